"""Declared date formats: the usual % letters and ``CYYDDD``, read without the help of a locale.

A field beside a separator may lack its leading zero; between two fields the full width is needed, else 2025428 would
be a date.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WIDTHS = {"Y": (4, 4), "G": (4, 4), "y": (2, 2), "j": (3, 3), "u": (1, 1), "f": (1, 9)}
_NARROW = dict.fromkeys("mdVHIMS", (1, 2))
_WORDS = {
    "b": "|".join(month[:3] for month in _MONTHS),
    "B": "|".join(_MONTHS),
    "a": "|".join(day[:3] for day in _DAYS),
    "A": "|".join(_DAYS),
    "p": "am|pm",
    "z": r"Z|[+-][0-9]{2}:?[0-9]{2}",
}
_TIME_LIMITS = {"H": (0, 23), "I": (1, 12), "M": (0, 59), "S": (0, 60)}
_JULIAN = "CYYDDD"
_TOKEN = re.compile("%(.)|(.)", re.DOTALL)


class NoSuchDay(ValueError):
    """A text of the declared shape that no calendar has; the message is the reason to show."""


@dataclass(frozen=True)
class DateFormat:
    """One declared format; ``shape`` is the text it takes, before anybody asks a calendar."""

    text: str
    shape: re.Pattern[str]

    def read(self, word: str, years_from: int | None) -> date | None:
        """The day a text means; None when it has another shape, NoSuchDay when the calendar lacks it."""
        found = self.shape.fullmatch(word)
        if found is None:
            return None
        fields = {name: text for name, text in found.groupdict().items() if text is not None}
        for name, (low, high) in _TIME_LIMITS.items():
            if not low <= int(fields.get(name, low)) <= high:
                raise NoSuchDay("no such time of day")
        try:
            return _iso_week(fields) if "V" in fields else _day(fields, _year(fields, years_from))
        except ValueError as error:
            raise NoSuchDay("no such week" if "V" in fields else "no such day") from error

    @property
    def of_digits(self) -> bool:
        """Whether its texts are digits only, so that a system may hand them over as whole numbers."""
        return self.text == _JULIAN or re.fullmatch("(%[YymdjGVu])+", self.text) is not None


@lru_cache(maxsize=256)
def date_format(text: str) -> DateFormat:
    """A format as declared; ValueError, with what is wrong, when it does not say which day is meant."""
    if text == _JULIAN:
        # JD Edwards: century from 1900 on, year, day of the year. A number has lost the zero of the 1900s; five digits
        # before 1970 are rather a spreadsheet's day number of our own years.
        century = "(?:(?P<C>[01])|(?=[7-9][0-9]{4}$))"
        return DateFormat(text, re.compile(f"{century}(?P<y>[0-9]{{2}})(?P<j>[0-9]{{3}})"))
    tokens = [(found[1], found[2]) for found in _TOKEN.finditer(text)]
    names = [letter for letter, _ in tokens if letter and letter != "%"]
    unknown = sorted(set(names) - _WIDTHS.keys() - _NARROW.keys() - _WORDS.keys())
    if unknown or text.endswith("%") != text.endswith("%%"):
        raise ValueError(f"unknown letter in date format {text!r}: {', '.join(f'%{name}' for name in unknown) or '%'}")
    twice = sorted({name for name in names if names.count(name) > 1})
    years = [name for name in names if name in "YyG"]
    if twice or len(years) != 1 or ("G" in names) != ("V" in names):
        raise ValueError(
            f"date format {text!r} must have one year (%Y or %y), or a week (%G and %V), and nothing twice"
        )
    pieces = [_piece(tokens, at) for at in range(len(tokens))]
    return DateFormat(text, re.compile("".join(pieces), re.IGNORECASE))


def _piece(tokens: list[tuple[str | None, str]], at: int) -> str:
    letter, literal = tokens[at]
    if letter is None or letter == "%":
        return re.escape(literal or "%")
    if letter in _WORDS:
        return f"(?P<{letter}>{_WORDS[letter]})"
    beside = [tokens[near][0] for near in (at - 1, at + 1) if 0 <= near < len(tokens)]
    low, high = _WIDTHS[letter] if letter in _WIDTHS else _NARROW[letter]
    glued = any(name is not None and name not in _WORDS and name != "%" for name in beside)
    return f"(?P<{letter}>[0-9]{{{high if glued and letter in _NARROW else low},{high}}})"


def _year(fields: Mapping[str, str], years_from: int | None) -> int:
    if "Y" in fields:
        return int(fields["Y"])
    if "C" in fields or years_from is None:
        return 1900 + 100 * int(fields.get("C", 0)) + int(fields["y"])
    return years_from + (int(fields["y"]) - years_from) % 100


def _day(fields: Mapping[str, str], year: int) -> date:
    if "j" in fields:
        day = date(year, 1, 1) + timedelta(days=int(fields["j"]) - 1)
        if day.year != year:
            raise ValueError("it belongs to another year")
        return day
    named = fields.get("b") or fields.get("B")
    month = [item[:3] for item in _MONTHS].index(named[:3].lower()) + 1 if named else int(fields.get("m", 1))
    return date(year, month, int(fields.get("d", 1)))


def _iso_week(fields: Mapping[str, str]) -> date:
    """The day of an ISO week, its Monday unless %u says otherwise; ValueError for week 53 of a year that has 52."""
    return date.fromisocalendar(int(fields["G"]), int(fields["V"]), int(fields.get("u", 1)))
