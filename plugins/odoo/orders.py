"""Odoo's orders and vendor lists: part numbers, stock units, warehouses, and the day goods are promised."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from riskplug_plugins.odoo.products import column_of, part_numbers, variants
from riskplug_plugins.odoo.units import stock_factors

from riskplug.model import Frames

if TYPE_CHECKING:
    import pandas as pd


class OdooOrderLines:
    """Purchase and sales order lines.

    Ordered and received (delivered) quantity of a line are both in the line's unit. A purchase order goes to the
    warehouse of its receipt operation; a sales order without a promised day is due its lead time after the order.
    """

    kind: ClassVar[str] = "odoo_order_lines"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        unit = column_of(rows, "product_uom_id", "product_uom")
        codes = inputs["warehouses"].set_index("id")["code"]
        receipt = inputs["picking_types"].set_index("id")["warehouse_id"] if "picking_types" in inputs else None
        place = column_of(rows, "O.warehouse_id")
        if receipt is not None:
            place = column_of(rows, "O.picking_type_id").map(receipt)
        return rows.assign(
            **{
                "(part)": rows["product_id"].map(part_numbers(inputs["products"])),
                "(to_stock_unit)": stock_factors(inputs["units"], unit, rows["T.uom_id"]),
                "(warehouse)": place.map(codes),
                "(day)": _day(rows),
            }
        )


def _day(rows: "pd.DataFrame") -> "pd.Series":
    import pandas as pd

    promised = column_of(rows, "date_planned", "O.commitment_date")
    ordered = pd.to_datetime(column_of(rows, "O.date_order").str[:10], errors="coerce")
    lead = pd.to_numeric(column_of(rows, "customer_lead")).fillna(0)
    usual = (ordered + pd.to_timedelta(lead.round(), unit="D")).dt.strftime("%Y-%m-%d")
    return promised.fillna(usual.astype("str"))


class OdooVendors:
    """Vendor prices once for each product they are for."""

    kind: ClassVar[str] = "odoo_vendors"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        each = variants(rows, inputs["products"])
        return each.assign(**{"(part)": each["product"].map(part_numbers(inputs["products"]))})
