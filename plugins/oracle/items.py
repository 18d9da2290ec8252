"""Reshapers `oracle_items` and `oracle_stock`: weights in grams, and whose stock it is."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from riskplug import units
from riskplug.model import Frames

if TYPE_CHECKING:
    import pandas as pd

_ZERO = r"[+-]?0*[.,]?0*"


class OracleItems:
    """MTL_SYSTEM_ITEMS_B: the weight in grams, lead time of the whole lot; what was never maintained is unknown."""

    kind: ClassVar[str] = "oracle_items"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """The rows with `(weight)` and `(grams)`, the grams in one of its units, beside them."""
        names = column(rows, "WEIGHT_UOM_CODE")
        found = {name: units.factor(units.canonical_name(str(name)), "g") for name in names.dropna().unique()}
        grams = names.map({name: f"{factor:.12g}" for name, factor in found.items() if factor == factor}).astype("str")
        weight = column(rows, "UNIT_WEIGHT")
        known = grams.notna() & ~weight.str.fullmatch(_ZERO).fillna(True).astype(bool)
        return rows.assign(**{"(weight)": weight.where(known), "(grams)": grams})


class OracleStock:
    """On-hand rows: consigned stock is the supplier's, a subinventory that is not nettable holds no usable stock."""

    kind: ClassVar[str] = "oracle_stock"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """The rows with `(stock type)` beside them."""
        import pandas as pd

        kinds = pd.Series("unrestricted", index=rows.index, dtype="str")
        kinds = kinds.where(column(rows, "SUBINVENTORY.AVAILABILITY_TYPE") != "2", "blocked")
        consigned = (column(rows, "IS_CONSIGNED") == "1") | (column(rows, "OWNING_TP_TYPE") == "1")
        return rows.assign(**{"(stock type)": kinds.where(~consigned, "consignment")})


def column(rows: "pd.DataFrame", name: str) -> "pd.Series":
    """A column, missing throughout where the export has none."""
    import numpy as np
    import pandas as pd

    return rows[name] if name in rows else pd.Series(np.nan, index=rows.index, dtype="str")
