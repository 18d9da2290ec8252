"""The careful way from lines to records, taken when a file is not clean: every bad row is named by its line.

A quoted field may run over several lines. A quote that never closes must not swallow its neighbours: a record that
does not close properly within ``MAX_LINES`` lines, or that swallows a line which is a whole record by itself, is set
aside at its first line, and reading goes on with the next one. Every line is a row's, a reject, dropped, or blank.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from riskplug.ingest.extract import Reject

MAX_LINES = 200
BLANK = "blank line"
_EXCERPT = 200


@dataclass
class Records:
    """Rows of the declared width, the line each starts on, and what was left out.

    ``continued``: further lines of rows that run over several.
    """

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    continued: int = 0

    def drop(self, rule: str) -> None:
        self.dropped[rule] = self.dropped.get(rule, 0) + 1


def split_record(text: str, delimiter: str, quote: str) -> list[str] | None:
    """The fields of one record; None when its quotes do not balance."""
    if not quote or quote not in text:
        return text.split(delimiter)
    try:
        rows = list(_reader(io.StringIO(text, newline=""), delimiter, quote, len(text)))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _reader(lines: Iterable[str], delimiter: str, quote: str, longest: int) -> Iterator[list[str]]:
    # csv's own field limit would stop a long text cell with a bare library message
    csv.field_size_limit(max(csv.field_size_limit(), longest + 1))
    return csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=True)


class RecordSplitter:
    """Splits the lines of a delimited text into records of ``width`` fields."""

    def __init__(self, width: int, delimiter: str, quote: str, drop: Sequence[str]) -> None:
        self.width, self.delimiter, self.quote = width, delimiter, quote
        self.drop = [(f"line matches {pattern}", re.compile(pattern)) for pattern in drop]
        self._whole: dict[int, bool] = {}

    def plain(self, lines: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Lines that are a record by themselves, as far as counting delimiters and quotes can tell."""
        delimiter, quote, count = self.delimiter, self.quote, self.width - 1
        plain = [line.count(delimiter) == count and (not quote or line.count(quote) % 2 == 0) for line in lines]
        if self.drop:
            plain = [is_plain and self._drop_rule(line) is None for is_plain, line in zip(plain, lines, strict=True)]
        return np.asarray(plain, dtype=bool) & (count > 0)

    def split(self, lines: Sequence[str], first: int, skip: npt.NDArray[np.bool_]) -> Records:
        """Records of the lines not skipped; the first line is physical line ``first``.

        A loop over rows: only here are lines not yet columns, and only lines that are not plain come here.
        """
        found = Records()
        at = 0
        for start in np.flatnonzero(~skip).tolist():
            if start >= at:
                at = start + self._take(lines, start, first + start, found)
        return found

    def _drop_rule(self, line: str) -> str | None:
        return next((name for name, pattern in self.drop if pattern.search(line)), None)

    def _take(self, lines: Sequence[str], at: int, number: int, found: Records) -> int:
        line = lines[at]
        rule = self._drop_rule(line) if line.strip() else BLANK
        if rule is not None:
            found.drop(rule)
            return 1
        fields, used = self._record(lines, at)
        if fields is None:
            found.rejects.append(Reject(number, line[:_EXCERPT], "a quote is opened and never properly closed"))
        elif len(fields) != self.width:
            found.rejects.append(Reject(number, line[:_EXCERPT], self._miscount(len(fields))))
        else:
            found.rows.append(fields)
            found.lines.append(number)
            found.continued += used - 1
        return used

    def _miscount(self, count: int) -> str:
        kind = "too many" if count > self.width else "too few"
        return f"{kind} fields: {count} instead of {self.width}"

    def _record(self, lines: Sequence[str], at: int) -> tuple[list[str] | None, int]:
        """The fields of the record that starts on a line, and how many lines it takes; None when it never closes."""
        fields = split_record(lines[at], self.delimiter, self.quote)
        if fields is not None:
            return fields, 1
        used: list[str] = []
        following = self._until_whole(lines, at, used)
        try:
            fields = next(_reader(following, self.delimiter, self.quote, self._longest(lines, at)))
        except (csv.Error, StopIteration):
            return None, 1
        return (fields, len(used)) if len(fields) == self.width else (None, 1)

    def _until_whole(self, lines: Sequence[str], at: int, used: list[str]) -> Iterator[str]:
        """The lines that a record may take, as it asks for them."""
        for number in range(at, min(len(lines), at + MAX_LINES)):
            if number > at and self._is_whole(lines, number):
                return
            used.append(lines[number])
            yield f"{lines[number]}\n"

    def _longest(self, lines: Sequence[str], at: int) -> int:
        return sum(map(len, lines[at : at + MAX_LINES])) + MAX_LINES

    def _is_whole(self, lines: Sequence[str], at: int) -> bool:
        if at not in self._whole:
            line = lines[at]
            fields = None if line.count(self.quote) % 2 else split_record(line, self.delimiter, self.quote)
            self._whole[at] = fields is not None and len(fields) == self.width > 1
        return self._whole[at]
