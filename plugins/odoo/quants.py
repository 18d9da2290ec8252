"""Odoo's stock: in which warehouse a location is, whose the goods are, and whether they may be used."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from riskplug_plugins.odoo.products import column_of, part_numbers, true_in

from riskplug.model import Frames

if TYPE_CHECKING:
    import pandas as pd


class OdooQuants:
    """Quants with part number, warehouse, stock type, lot and its expiry.

    Goods of another owner are consignment; a scrap location is blocked, a return location returns, what is below a
    warehouse's quality location quality.
    """

    kind: ClassVar[str] = "odoo_quants"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        locations, lots = inputs["locations"], inputs["lots"].set_index("id")
        place = rows["location_id"]
        owner = column_of(rows, "owner_id")
        foreign = owner.notna() & ~owner.isin(inputs["companies"]["partner_id"])
        stock_type = place.map(_stock_types(locations, inputs["warehouses"])).mask(foreign, "consignment")
        expiry = column_of(lots, "expiration_date", "life_date")
        return rows.assign(
            **{
                "(part)": rows["product_id"].map(part_numbers(inputs["products"])),
                "(warehouse)": place.map(warehouse_of_location(locations, inputs["warehouses"])),
                "(stock_type)": stock_type,
                "(owner)": owner.where(foreign),
                "(lot)": column_of(rows, "lot_id").map(lots["name"]),
                "(expires)": column_of(rows, "lot_id").map(expiry),
            }
        )


def _above(locations: "pd.DataFrame") -> "pd.DataFrame":
    """Each location with itself and every location above it, nearest last."""
    import pandas as pd

    steps = locations["parent_path"].str.strip("/").str.split("/")
    return pd.DataFrame({"id": locations["id"], "above": steps}).explode("above", ignore_index=True)


def warehouse_of_location(locations: "pd.DataFrame", warehouses: "pd.DataFrame") -> "pd.Series":
    """Code of the warehouse by location id; a location outside all warehouses is not in it."""
    codes = warehouses[["view_location_id", "code"]].rename(columns={"view_location_id": "above"})
    found = _above(locations).merge(codes, on="above").drop_duplicates("id", keep="last")
    return found.set_index("id")["code"]


def _stock_types(locations: "pd.DataFrame", warehouses: "pd.DataFrame") -> "pd.Series":
    import pandas as pd

    checked = column_of(warehouses, "wh_qc_stock_loc_id").dropna()
    above = _above(locations)
    in_quality = locations["id"].isin(above.loc[above["above"].isin(checked), "id"])
    kind = pd.Series("unrestricted", index=locations.index, dtype="str")
    kind = kind.mask(in_quality, "quality")
    kind = kind.mask(true_in(column_of(locations, "return_location")), "returns")
    return kind.mask(true_in(column_of(locations, "scrap_location")), "blocked").set_axis(locations["id"])
