"""ERPNext's items, bins and suppliers: numbers nobody entered, countries by name, warehouses goods cannot leave."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from riskplug_plugins.erpnext.boms import ranked

from riskplug import units
from riskplug.model import Frames

if TYPE_CHECKING:
    import pandas as pd


def column_of(frame: "pd.DataFrame", name: str) -> "pd.Series":
    """A column, or missing throughout where this version of ERPNext has none."""
    import pandas as pd

    return frame[name] if name in frame else pd.Series(None, index=frame.index, dtype="str")


def country_codes(names: "pd.Series", countries: "pd.DataFrame") -> "pd.Series":
    """ISO codes by ERPNext's names of countries."""
    return names.map(countries.set_index("name")["code"].str.upper())


class ErpnextItems:
    """Items: one that is not stocked and has a BOM is phantom, without a BOM it is bulk; zero is no price or weight."""

    kind: ClassVar[str] = "erpnext_items"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        boms = ranked(inputs["boms"])
        default = boms[boms["rank"] == 1].set_index("item")
        has_bom = rows["name"].isin(default.index) | column_of(rows, "variant_of").isin(default.index)
        unstocked = rows["is_stock_item"] == "0"
        marked = rows["name"].map(column_of(default, "is_phantom_bom")) == "1"
        return rows.assign(
            **{
                "(phantom)": ((unstocked & has_bom) | marked).map({True: "1", False: "0"}),
                "(bulk)": (unstocked & ~has_bom).map({True: "1", False: "0"}),
                "(origin)": country_codes(column_of(rows, "country_of_origin"), inputs["countries"]),
                "(cost)": _above_zero(column_of(rows, "last_purchase_rate")),
                "(price)": _above_zero(column_of(rows, "standard_rate")),
                "(minutes)": _above_zero(column_of(rows, "T.manufacturing_time_in_mins")),
                "(grams)": _grams(column_of(rows, "weight_per_unit"), column_of(rows, "weight_uom")),
            }
        )


def _above_zero(numbers: "pd.Series") -> "pd.Series":
    """ERPNext fills numbers that nobody entered with zero."""
    import pandas as pd

    return numbers.where(pd.to_numeric(numbers, errors="coerce") != 0)


def _grams(weight: "pd.Series", unit: "pd.Series") -> "pd.Series":
    import pandas as pd

    known = units.canonical(unit)
    to_grams = pd.Series(units.factors(known, ["g"] * len(unit)), index=unit.index).where(unit.notna())
    grams = pd.to_numeric(_above_zero(weight), errors="coerce") * to_grams
    return grams.astype("str").where(grams.notna())


class ErpnextBins:
    """Stock by warehouse: rejected goods are blocked, goods between warehouses in transit, a customer's consignment."""

    kind: ClassVar[str] = "erpnext_bins"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        import pandas as pd

        between = column_of(inputs["companies"], "default_in_transit_warehouse").dropna()
        kind = pd.Series("unrestricted", index=rows.index, dtype="str")
        transit = (column_of(rows, "W.warehouse_type") == "Transit") | rows["warehouse"].isin(between)
        kind = kind.mask(transit, "transit")
        kind = kind.mask(column_of(rows, "W.is_rejected_warehouse") == "1", "blocked")
        kind = kind.mask(column_of(rows, "I.is_customer_provided_item") == "1", "consignment")
        return rows.assign(**{"(stock_type)": kind})


class ErpnextSuppliers:
    """Suppliers with the code of their country."""

    kind: ClassVar[str] = "erpnext_suppliers"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        return rows.assign(**{"(country)": country_codes(column_of(rows, "country"), inputs["countries"])})
