"""Levels of an indented list as numbers, and the parent row of each row."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.ingest.extract import Lines
from riskplug.ingest.keys import clean
from riskplug.ingest.profile import Levels

TOP, UNDER_ROOT, NOWHERE = -1, -2, -3  # parents that are no row
UNREADABLE = -1

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class IndentedList:
    """``levels``: -1 where unreadable. ``roots``: product of each row, if the list says it beside (``has_roots``).

    ``unread``: lines that the reader had to set aside, each perhaps the parent of the rows after it.
    """

    levels: Ints
    components: pa.Array
    roots: pa.Array
    has_roots: bool
    lines: Lines
    unread: Lines

    @property
    def follows_gap(self) -> Mask:
        """Rows before which a line could not be read."""
        passed = np.searchsorted(self.unread, self.lines)
        return np.asarray(np.diff(passed, prepend=0) > 0)

    @property
    def is_root(self) -> Mask:
        """Rows that are the product itself."""
        return np.asarray(pc.fill_null(pc.equal(self.components, self.roots), False))

    @property
    def sections(self) -> Ints:
        """Numbers the stretches of rows that belong to one product."""
        codes = np.asarray(pc.fill_null(self.roots.dictionary_encode().indices, -1))
        return np.cumsum(np.diff(codes, prepend=codes[:1]) != 0).astype(np.int64)


def level_numbers(text: pa.Array, levels: Levels, lowest: int) -> Ints:
    """The level of each row, -1 where it cannot be read; indented rows count from ``lowest``."""
    if levels.marks in ("blanks", "indent"):
        return _indents(text, lowest)
    trimmed = pc.fill_null(pc.utf8_trim_whitespace(text), "")
    if levels.column == levels.component:
        dots = _length(pc.replace_substring_regex(trimmed, r"^(\.*).*$", r"\1"))
        return np.where(_length(trimmed) > dots, dots, UNREADABLE)
    fits = pc.match_substring_regex(trimmed, r"^\.*\d{1,6}$|^\.+$" if levels.marks == "dots" else r"^\d{1,6}$")
    digits = pc.replace_substring(trimmed, ".", "")
    is_number = pc.and_(fits, pc.not_equal(digits, ""))
    numbers = np.asarray(
        pc.fill_null(pc.cast(pc.if_else(is_number, digits, pa.scalar(None, pa.string())), pa.int64()), UNREADABLE)
    )
    if levels.marks == "number":
        return numbers
    dots = _length(trimmed) - _length(digits)
    # dots and number must agree, but for the top and for deep levels, whose dots no longer fit into their column
    agree = (dots == numbers) | (numbers == 0) | ((numbers > 9) & (dots < numbers))
    found = np.where(numbers < 0, dots, np.where(agree, numbers, UNREADABLE))
    return np.where(np.asarray(fits), found, UNREADABLE)


def _length(text: pa.Array) -> Ints:
    return np.asarray(pc.utf8_length(text)).astype(np.int64)


def _indents(text: pa.Array, lowest: int) -> Ints:
    """Leading blanks as levels: the step between two levels is the same in the whole list."""
    filled = pc.fill_null(text, "")
    rest = _length(pc.utf8_ltrim_whitespace(filled))
    blanks = np.where(rest > 0, _length(filled) - rest, UNREADABLE)
    read = blanks[blanks >= 0]
    if not len(read):
        return blanks
    step = max(1, int(np.gcd.reduce(read - read.min())))
    return np.where(blanks >= 0, (blanks - read.min()) // step + lowest, UNREADABLE)


def component_numbers(text: pa.Array, levels: Levels) -> pa.Array:
    """Part numbers without the marks of their level."""
    if levels.column == levels.component and levels.marks == "dots":
        text = pc.replace_substring_regex(text, r"^\s*\.+", "")
    # a list that went through a web page indents with no-break spaces
    return clean(pc.utf8_trim(text, characters=" \t\u00a0"), ())


def parent_rows(rows: IndentedList) -> Ints:
    """Row of the parent, or TOP, UNDER_ROOT, NOWHERE. Takes n log n steps, however deep the list.

    Level by level: the parent is the last row of the level above, if its block has not ended in between. A block ends
    at the next row that is not below it, where the product changes, and at a row without a readable level or a line
    that could not be read: that might have been the parent itself.
    """
    count = len(rows.levels)
    parents, ends = np.full(count, NOWHERE, dtype=np.int64), np.full(count + 1, -1, dtype=np.int64)
    next_doubt = _next((rows.levels < 0) & np.asarray(rows.components.is_valid()) | rows.follows_gap)
    next_section = _next(np.diff(rows.sections, prepend=0) != 0)
    tops, rooted = _tops(rows), np.asarray(rows.roots.is_valid())
    above, level_above = np.empty(0, dtype=np.int64), -1
    for here in _by_level(rows.levels):
        level = int(rows.levels[here[0]])
        above = above if level == level_above + 1 else above[:0]
        last = np.append(above, count)[np.searchsorted(above, here) - 1]
        is_below = here < ends[last]
        floating = np.where(tops[here], TOP, np.where(rooted[here] & (level == 1), UNDER_ROOT, NOWHERE))
        parents[here] = np.where(is_below, last, floating)
        stops = np.minimum(np.append(here[1:], count), np.where(is_below, ends[last], next_section[here]))
        ends[here] = np.where(parents[here] == NOWHERE, -1, np.minimum(stops, next_doubt[here]))
        above, level_above = here, level
    return parents


def _by_level(levels: Ints) -> list[Ints]:
    """The rows of each level, from the highest; unreadable ones are left out."""
    order = np.argsort(levels, kind="stable")
    order = order[levels[order] >= 0]
    return np.split(order, np.flatnonzero(np.diff(levels[order])) + 1) if len(order) else []


def _next(marked: Mask) -> Ints:
    """The next marked row after each row; their count where there is none."""
    at = np.where(marked, np.arange(len(marked)), len(marked))
    return np.append(np.minimum.accumulate(at[::-1])[::-1], len(marked))[1:].astype(np.int64)


def _tops(rows: IndentedList) -> Mask:
    """Rows that are products: level 0; the product named beside it on level 1; without such names the first level."""
    if rows.has_roots:
        return np.asarray((rows.levels == 0) | ((rows.levels == 1) & rows.is_root))
    read = rows.levels[rows.levels >= 0]
    return np.asarray(rows.levels == (read.min() if len(read) else 0))
