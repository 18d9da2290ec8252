"""Reshaper `bc_lead_times`: date formulas as days."""

import re
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from riskplug_plugins.business_central.fields import fields

from riskplug.model import Frames

if TYPE_CHECKING:
    import pandas as pd

# A month is taken at its longest: a lead time that is short by a day is the worse error.
_DAYS = {"D": 1, "W": 7, "M": 31, "Q": 92, "Y": 366}
_FORMULA = re.compile(r"(?:\+?\d+[DWMQY])+", re.IGNORECASE)


class LeadTimes:
    """Items, or items of vendors, with `(lead time)`: days of a formula such as 30D, 6W or 1M+5D.

    Months count 31 days, quarters 92. A formula with another word (CM, WD1) is no length of time: unknown.
    """

    kind: ClassVar[str] = "bc_lead_times"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """The rows with their lead time in days beside them."""
        formula = fields(rows, {"formula": "Lead Time Calculation"}, "the table")["formula"]
        days = {text: _days(str(text)) for text in formula.dropna().unique()}
        return rows.assign(**{"(lead time)": formula.map(days).astype("str")})


def _days(formula: str) -> str | None:
    text = formula.strip("<>").replace(" ", "")
    if not _FORMULA.fullmatch(text):
        return None
    return str(sum(int(count) * _DAYS[unit.upper()] for count, unit in re.findall(r"(\d+)([A-Za-z])", text)))
