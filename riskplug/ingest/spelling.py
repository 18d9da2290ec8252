"""Native cell values as the text that the profile's own declarations read: one way in for typed cells and text."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from riskplug.ingest.date_formats import DateFormat, NoSuchDay, date_format


@dataclass
class Spelling:
    """How a profile writes values.

    Without a declared decimal mark (None) fractions are written as 1234e-3: a native number is known for certain, and
    only texts with a point or comma are then in doubt.

    A native date is known for certain, so it is written in the first declared format whose text no declared format
    reads as another day. Where there is none it stays ISO text, and is named when it cannot be read.
    """

    decimal: str | None = "."
    date_formats: Sequence[str] = ("%Y-%m-%d",)
    years_from: int | None = None
    true_word: str = "true"
    false_word: str = "false"
    _days: dict[date, str] = field(default_factory=dict)

    def text(self, value: object) -> str:
        """The text of a cell that has a value."""
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return self.true_word if value else self.false_word
        if isinstance(value, float):
            whole = value.is_integer() and abs(value) < 1e15
            return str(int(value)) if whole else self._fraction(value)
        if isinstance(value, datetime):
            return self.day(value.date())
        return self.day(value) if isinstance(value, date) else str(value)

    def _fraction(self, value: float) -> str:
        if self.decimal is not None or not math.isfinite(value):
            return repr(value).replace(".", self.decimal or ".")
        sign, digits, exponent = Decimal(repr(value)).as_tuple()
        return f"{'-' if sign else ''}{''.join(map(str, digits))}e{exponent}"

    def day(self, day: date) -> str:
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = self._written(day)
        return found

    def _written(self, day: date) -> str:
        try:
            formats = [date_format(pattern) for pattern in self.date_formats]
        except ValueError:  # whoever reads dates by this profile says so
            return day.isoformat()
        for pattern in self.date_formats:
            text = _julian(day) if pattern == "CYYDDD" else day.strftime(pattern)
            days = {_read(known, text, self.years_from) for known in formats} - {None}
            if days == {day}:
                return text
        return day.isoformat()


def _read(known: DateFormat, text: str, years_from: int | None) -> date | None:
    try:
        return known.read(text, years_from)
    except NoSuchDay:
        return None


def _julian(day: date) -> str:
    return f"{(day.year - 1900) // 100}{day:%y%j}"
