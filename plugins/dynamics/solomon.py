"""Reshaper `solomon_orders`: the unit factor of an order line, which is multiplied or divided by."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from riskplug.model import Frames

if TYPE_CHECKING:
    import pandas as pd


class SolomonOrders:
    """PurOrdDet: CnvFact multiplies where UnitMultDiv is M, and divides where it is D."""

    kind: ClassVar[str] = "solomon_orders"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """The rows with `(times)` and `(divided by)`; both blank, and the line set aside, where nobody says which."""
        import numpy as np
        import pandas as pd

        kind = rows["UnitMultDiv"] if "UnitMultDiv" in rows else pd.Series(np.nan, index=rows.index, dtype="str")
        factor = rows["CnvFact"]
        one = pd.Series("1", index=rows.index, dtype="str").where(kind.isin(["M", "D"]))
        return rows.assign(
            **{"(times)": factor.where(kind == "M", one), "(divided by)": factor.where(kind == "D", one)}
        )
