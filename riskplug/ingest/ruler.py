"""Where the columns of a ruled list are: between bars that stand at the same place in every line, or between tabs."""

import codecs
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

BAR, TAB = "|", "\t"
# Stands behind a character that takes two columns; no text has one, NUL bytes are refused when it is decoded.
_SECOND_HALF = "\0"

Mask = npt.NDArray[np.bool_]


class Ruler(Protocol):
    """Tells which lines have the columns of the list, and cuts those."""

    @property
    def width(self) -> int:
        """The number of columns."""
        ...

    def cells(self, line: str) -> list[str]: ...

    def fits(self, lines: pa.Array) -> Mask: ...

    def cut(self, lines: pa.Array) -> list[pa.Array]: ...

    def is_short(self, line: str) -> bool:
        """Whether a line ends before its last column."""
        ...

    def misfit(self, line: str) -> str:
        """Why a line does not fit."""
        ...


@dataclass(frozen=True)
class Bars:
    """Columns between bars at fixed positions. A bar anywhere else is text.

    ``open_start``, ``open_end``: a column before the first bar, and one behind the last.
    """

    bars: tuple[int, ...]
    open_start: bool
    open_end: bool

    @classmethod
    def of(cls, line: str) -> "Bars":
        bars = tuple(at for at, char in enumerate(line) if char == BAR)
        return cls(bars, bool(line[: bars[0]].strip()), bool(line[bars[-1] + 1 :].strip()))

    @classmethod
    def usual(cls, lines: Sequence[str], width: int) -> "Bars | None":
        """The bars that most lines of ``width`` columns have; a blank first column may come on top."""
        found = Counter(bars for line in lines if BAR in line if _holds((bars := cls.of(line)).cells(line), width))
        return found.most_common(1)[0][0] if found else None

    @property
    def width(self) -> int:
        return len(self.spans)

    @property
    def spans(self) -> list[tuple[int, int | None]]:
        spans: list[tuple[int, int | None]] = [(0, self.bars[0])] if self.open_start else []
        spans += [(left + 1, right) for left, right in zip(self.bars, self.bars[1:], strict=False)]
        return [*spans, (self.bars[-1] + 1, None)] if self.open_end else spans

    def cells(self, line: str) -> list[str]:
        return [line[start:stop].strip() for start, stop in self.spans]

    def fits(self, lines: pa.Array) -> Mask:
        fits = np.ones(len(lines), dtype=bool)
        for bar in self.bars:
            fits &= np.asarray(pc.equal(pc.utf8_slice_codeunits(lines, bar, bar + 1), BAR))
        if not self.open_start:
            fits &= _is_blank(pc.utf8_slice_codeunits(lines, 0, self.bars[0]))
        if not self.open_end:
            fits &= _is_blank(pc.utf8_slice_codeunits(lines, self.bars[-1] + 1))
        return fits

    def cut(self, lines: pa.Array) -> list[pa.Array]:
        return [pc.utf8_slice_codeunits(lines, start, stop) for start, stop in self.spans]

    def is_short(self, line: str) -> bool:
        return len(line) <= self.bars[-1]

    def misfit(self, line: str) -> str:
        return "its bars do not stand where the header has them"


@dataclass(frozen=True)
class Tabs:
    """Columns between tabs, ``width`` of them."""

    width: int

    @classmethod
    def usual(cls, lines: Sequence[str], width: int) -> "Tabs | None":
        """As many columns as most lines have, ``width`` or a blank first one on top."""
        found = Counter(line.count(TAB) + 1 for line in lines if _holds(cls(0).cells(line), width))
        return cls(found.most_common(1)[0][0]) if found else None

    def cells(self, line: str) -> list[str]:
        return [cell.strip() for cell in line.split(TAB)]

    def fits(self, lines: pa.Array) -> Mask:
        return np.asarray(pc.equal(pc.count_substring(lines, TAB), self.width - 1))

    def cut(self, lines: pa.Array) -> list[pa.Array]:
        parts = pc.split_pattern(lines, TAB)
        return [pc.list_element(parts, at) for at in range(self.width)]

    def is_short(self, line: str) -> bool:
        return line.count(TAB) < self.width - 1

    def misfit(self, line: str) -> str:
        count = line.count(TAB) + 1
        return f"too {'few' if count < self.width else 'many'} fields: {count} instead of {self.width}"


def _holds(cells: Sequence[str], width: int) -> bool:
    return len(cells) == width or (len(cells) == width + 1 and not cells[0])


def _is_blank(cells: pa.Array) -> Mask:
    return np.asarray(pc.equal(pc.utf8_trim_whitespace(cells), ""))


def widened(lines: Sequence[str], encoding: str) -> list[str]:
    """The lines as they stand on a screen: East Asian characters take two columns, so a filler follows them."""
    joined = "\n".join(lines)
    wide = {ord(char): char + _SECOND_HALF for char in set(joined) if not char.isascii() and _is_wide(char, encoding)}
    return joined.translate(wide).split("\n") if wide else list(lines)


def narrowed(cells: pa.Array) -> pa.Array:
    """Cells of widened lines as text again."""
    return pc.replace_substring(cells, _SECOND_HALF, "")


def _is_wide(char: str, encoding: str) -> bool:
    # in an East Asian code page the columns are the bytes, ambiguous characters included
    if codecs.lookup(encoding).name.startswith("utf"):
        return unicodedata.east_asian_width(char) in "WF"
    return len(char.encode(encoding)) > 1
