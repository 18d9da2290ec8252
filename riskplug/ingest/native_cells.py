"""Cells that may not be taken as the text they hold: keys that became dates, numbers shown with zeros, marked text.

Runs in the limited child process. A sheet notes such cells while it is read, before it is known what its columns mean.
"""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from riskplug.ingest.number_formats import shows_other_text, zeros_shown

_SAFE_WHOLE = 10**15  # a spreadsheet keeps fifteen digits of a number
_AGAIN = "format the column as text and enter the key again"
_FRACTION = f"is a number with a fraction: zeros at the end of a key are lost; {_AGAIN}"
_LONG = f"is a number of more than 15 digits, and a spreadsheet keeps only 15; {_AGAIN}"
_BOOLEAN = f"is true or false instead of a key; {_AGAIN}"
_FROM_MARKUP = "markup"


@dataclass(frozen=True)
class Meant:
    """Source columns by what is read from them.

    ``keys``: part numbers and other keys. ``codes``: text that is a code, e.g. customs numbers. ``worded``: keys whose
    values a rule translates, true and false perhaps among them. ``exact``: everything that is no free text.
    """

    keys: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    worded: frozenset[str] = frozenset()
    exact: frozenset[str] = frozenset()

    def beside(self, prefix: str, keys: frozenset[str]) -> "Meant":
        """What is meant by the columns of a joined table, whose own keys are given."""
        own = [_own(names, prefix) for names in (self.keys, self.codes, self.worded, self.exact)]
        return Meant(own[0] | keys, own[1], own[2], own[3] | keys)


def _own(names: frozenset[str], prefix: str) -> frozenset[str]:
    return frozenset(name.removeprefix(prefix) for name in names if name.startswith(prefix))


@dataclass
class NativeCells:
    """Rows by column and by what is to be said of their cell there: few words for many rows."""

    _doubts: dict[tuple[int, str, str], "array[int]"] = field(default_factory=dict)
    _zeros: dict[tuple[int, int], "array[int]"] = field(default_factory=dict)

    def note(self, row: int, column: int, value: object, format_code: str) -> None:
        """Look at a cell's value that is no text, as it would be read for a key."""
        if isinstance(value, bool):
            self._doubt(column, "boolean", _BOOLEAN, row)
        elif isinstance(value, int | float):
            self._note_number(row, column, value, format_code)
        elif isinstance(value, date | time | timedelta):
            kind = "date" if isinstance(value, date) else "time"
            self._doubt(column, kind, f"is a {kind} instead of a key: a spreadsheet made it of one; {_AGAIN}", row)

    def _note_number(self, row: int, column: int, value: float, format_code: str) -> None:
        if value != value // 1:
            self._doubt(column, "fraction", _FRACTION, row)
        elif abs(value) >= _SAFE_WHOLE:
            self._doubt(column, "long", _LONG, row)
        elif value >= 0 and (width := zeros_shown(format_code)):
            self._zeros.setdefault((column, width), array("q")).append(row)
        elif shows_other_text(format_code):
            reason = f"is a number that is shown otherwise, by the format {format_code[:50]}; {_AGAIN}"
            self._doubt(column, "format", reason, row)

    def note_markup(self, row: int, column: int, reason: str) -> None:
        """A cell of which a part is raised, struck out or hidden."""
        self._doubt(column, _FROM_MARKUP, reason, row)

    def _doubt(self, column: int, kind: str, reason: str, row: int) -> None:
        self._doubts.setdefault((column, kind, reason), array("q")).append(row)

    def doubts(self, names: Mapping[int, str], meant: Meant) -> Iterator[tuple[int, int, str]]:
        """Row, column and reason of each cell that may not be read where its column is meant so."""
        for (column, kind, reason), rows in self._doubts.items():
            name = names.get(column, "")
            asked = meant.exact if kind == _FROM_MARKUP else meant.keys
            if name in asked and not (kind == "boolean" and name in meant.worded):
                yield from ((row, column, reason) for row in rows)

    def zeros(self, names: Mapping[int, str], meant: Meant) -> Iterator[tuple[int, int, "array[int]"]]:
        """Column, width and rows of the numbers of keys and codes that are shown with zeros in front."""
        for (column, width), rows in self._zeros.items():
            if names.get(column, "") in meant.keys | meant.codes:
                yield column, width, rows
