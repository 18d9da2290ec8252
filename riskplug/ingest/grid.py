"""From the cells of a sheet to a table: header rows, merged ranges, and cells that stand far outside.

Runs in the limited child process: nothing heavier than pyarrow may be imported here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

import pyarrow as pa

from riskplug.errors import DataRefused
from riskplug.ingest.native_cells import Meant, NativeCells

Cells = dict[int, str]
Unsure = dict[tuple[int, int], tuple[str, str]]
NEVER_CALCULATED = "holds a formula that was never calculated: open and save the workbook in a spreadsheet program"
FAR_COLUMNS = 16
FAR_ROWS = 1000
MAX_STRAY_ROWS = 100
_FLUSH = 10_000
_MAX_PREAMBLE = 1000


class Area(NamedTuple):
    """A merged range, bounds inclusive, first row and column 1."""

    top: int
    left: int
    bottom: int
    right: int


class Sheet(Protocol):
    """Rows in order, as number and filled cells. All else is known after the last row.

    ``formulas``: cells without a result. ``natives``: cells that may not be read as their text.
    """

    merged: list[Area]
    formulas: dict[tuple[int, int], str]
    natives: NativeCells

    def rows(self) -> Iterator[tuple[int, Cells]]: ...


@dataclass(frozen=True)
class Header:
    """``rows`` rows from ``row`` on are the header; ``until``: it starts with the first row that has this cell.

    ``names``: columns of a sheet without a header; its table begins at ``row``, or below the one with the cell.
    """

    row: int = 1
    rows: int = 1
    until: str | None = None
    names: Sequence[str] = ()

    @property
    def height(self) -> int:
        return (self.until is not None) if self.names else self.rows

    def width(self, titles: Mapping[int, Cells]) -> int:
        return len(self.names) or last_title(titles)


@dataclass(frozen=True)
class Grid:
    """``first``: sheet row of the table's first row; the others follow without gaps. ``preamble``: rows above.

    ``strays``: a row number, text and reason, for what stands outside. ``unsure``: row, cell, text and why it may not
    be read so.
    """

    table: pa.Table
    first: int
    preamble: list[str]
    strays: list[tuple[int, str, str]]
    unsure: list[tuple[int, str, str, str]]


@dataclass
class Strays:
    """Cells that belong to no table: counted, and the first of them named."""

    cells: int = 0
    rows: int = 0
    first: tuple[int, str, str] = (0, "", "")

    def add(self, row: int, cells: Mapping[int, str]) -> None:
        if not self.cells:
            column = min(cells)
            self.first = (row, cells[column], cell_name(row, column))
        self.cells += len(cells)
        self.rows += 1

    def entries(self, why: str) -> list[tuple[int, str, str]]:
        if not self.cells:
            return []
        row, text, name = self.first
        more = f", and {self.cells - 1} more" if self.cells > 1 else ""
        return [(row, text[:200], f"stray cell {name}{more}: {why}")]


@dataclass
class Body:
    """Rows below the header, kept as columns. A gap of FAR_ROWS blank rows ends the table: what follows is stray."""

    first: int
    width: int
    last: int = 0
    seen: int = 0
    filled: set[int] = field(default_factory=set)
    below: Strays = field(default_factory=Strays)
    beside: Strays = field(default_factory=Strays)
    _pending: list[Cells] = field(default_factory=list)
    _pieces: list[tuple[int, dict[int, pa.Array]]] = field(default_factory=list)

    def add(self, row: int, cells: Cells) -> None:
        last = self.last or self.first - 1
        if cells and max(cells) > self.width:
            self.beside.add(row, {column: text for column, text in cells.items() if column > self.width})
            cells = {column: text for column, text in cells.items() if column <= self.width}
        if not cells:
            return
        if self.below.cells or row - last - 1 > FAR_ROWS:
            self.below.add(row, cells)
            return
        self._pending += [{} for _ in range(row - last - 1)]
        self._pending.append(cells)
        self.filled.add(row)
        self.last, self.seen = row, max(self.seen, max(cells))
        if len(self._pending) >= _FLUSH:
            self._flush()

    def _flush(self) -> None:
        columns = sorted(set().union(*self._pending))
        arrays = {column: pa.array([cells.get(column) for cells in self._pending], pa.string()) for column in columns}
        self._pieces.append((len(self._pending), arrays))
        self._pending = []

    def column(self, at: int) -> pa.ChunkedArray:
        if self._pending:
            self._flush()
        chunks = [piece.get(at, pa.nulls(count, pa.string())) for count, piece in self._pieces]
        return pa.chunked_array(chunks, pa.string())


def form_table(sheet: Sheet, header: Header, meant: Meant) -> Grid:
    """The table of a sheet; DataRefused, `where` a cell or row, when it has no header or no order."""
    titles: dict[int, Cells] = {}
    preamble: dict[int, str] = {}
    top = None if header.until else header.row
    body: Body | None = None
    before = 0
    for row, cells in sheet.rows():
        if row <= before:
            raise DataRefused(f"row {row} comes after row {before}", f"row {row}", "save the sheet again")
        before = row
        if top is None and header.until in {text.strip() for text in cells.values()}:
            top = row
        if top is None or row < top:
            if row <= _MAX_PREAMBLE:
                preamble[row] = "\t".join(cells[column] for column in sorted(cells))
        elif row < top + header.height:
            titles[row] = cells
        elif cells:
            body = body or Body(top + header.height, header.width(titles) + FAR_COLUMNS)
            body.add(row, cells)
    if top is None or not header.width(titles):
        raise _no_header(header)
    body = body or Body(top + header.height, 0)
    return _grid(sheet, replace(header, row=top), titles, body, preamble, meant)


def _no_header(header: Header) -> DataRefused:
    what = f"no row with a cell {header.until!r}" if header.until else f"no header row: row {header.row} is blank"
    return DataRefused(what, "", f"correct `{'skip_until' if header.until else 'header_row'}` in the profile")


def _grid(
    sheet: Sheet, header: Header, titles: dict[int, Cells], body: Body, preamble: dict[int, str], meant: Meant
) -> Grid:
    width = max(header.width(titles), body.seen)
    names = header_names(titles, header, sheet.merged, width)
    if header.names:
        names = dict.fromkeys(names, "") | dict(enumerate(header.names, 1))
    columns = {at: body.column(at) for at in range(1, width + 1)}
    _show_zeros(columns, sheet.natives.zeros(names, meant), body)
    unsure = _unsure(columns, sheet, names, meant, body)
    if body.filled:
        _fill_down(columns, sheet.merged, body, unsure)
    used = {
        at: name or f"(column {at})" for at, name in names.items() if name or columns[at].null_count < len(columns[at])
    }
    _refuse_twice(list(used.values()))
    if body.below.rows > MAX_STRAY_ROWS:
        what = f"the rows go on at row {body.below.first[0]} after more than {FAR_ROWS} blank ones"
        raise DataRefused(what, f"row {body.below.first[0]}", "remove the gap, or the second table, from the sheet")
    return Grid(
        pa.table({name: columns[at] for at, name in used.items()}),
        body.first,
        [preamble.get(row, "") for row in range(1, min(header.row, _MAX_PREAMBLE + 1))],
        body.below.entries("it stands far below the table") + body.beside.entries("it stands beside the table")
        + _stray_titles(titles),
        [(row, cell_name(row, column), text, reason) for (row, column), (text, reason) in unsure.items()],
    )  # fmt: skip


def _show_zeros(
    columns: dict[int, pa.ChunkedArray], padded: Iterable[tuple[int, int, Iterable[int]]], body: Body
) -> None:
    """Keys that are numbers, as the sheet shows them: with the zeros that their format puts in front."""
    for at, width, rows in padded:
        if at not in columns:
            continue
        texts = columns[at].to_pylist()
        for row in rows:
            if row in body.filled:
                texts[row - body.first] = texts[row - body.first].zfill(width)
        columns[at] = pa.chunked_array([pa.array(texts, pa.string())])


def _unsure(
    columns: dict[int, pa.ChunkedArray], sheet: Sheet, names: dict[int, str], meant: Meant, body: Body
) -> Unsure:
    """Cells in the rows of the table that may not be read, with their text."""
    found = {
        (row, at): (formula, NEVER_CALCULATED)
        for (row, at), formula in sheet.formulas.items()
        if row in body.filled and at in columns
    }
    for row, at, reason in sheet.natives.doubts(names, meant):
        if row in body.filled and at in columns:
            found.setdefault((row, at), (columns[at][row - body.first].as_py() or "", reason))
    return found


def last_title(titles: Mapping[int, Cells]) -> int:
    """The last column of the header: a title far to the right of the others is a stray cell."""
    last = 0
    for column in sorted({column for cells in titles.values() for column, text in cells.items() if text.strip()}):
        if last and column - last > FAR_COLUMNS:
            break
        last = column
    return last


def _stray_titles(titles: Mapping[int, Cells]) -> list[tuple[int, str, str]]:
    strays, last = Strays(), last_title(titles)
    for row, cells in titles.items():
        if far := {column: text for column, text in cells.items() if column > last and text.strip()}:
            strays.add(row, far)
    return strays.entries("it stands beside the header")


def header_names(titles: Mapping[int, Cells], header: Header, merged: Sequence[Area], width: int) -> dict[int, str]:
    """One name per column; "" where the header is blank.

    A title merged over several columns belongs to each of them where titles stand below it, else to the first.
    """
    bottom = header.row + header.rows - 1
    words = {row: dict(titles.get(row, {})) for row in range(header.row, bottom + 1)}
    for area in merged:
        if header.row <= area.top and area.bottom < bottom and (word := words[area.top].get(area.left)):
            words[area.top] |= dict.fromkeys(range(area.left, min(area.right, width) + 1), word)
    return {at: " ".join(" ".join(cells.get(at, "") for cells in words.values()).split()) for at in range(1, width + 1)}


def _refuse_twice(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataRefused(f"column {name!r} is there twice", "", "rename one of them in the sheet")
        seen.add(name)


def _fill_down(columns: dict[int, pa.ChunkedArray], merged: Sequence[Area], body: Body, unsure: Unsure) -> None:
    """The first cell of a range merged over rows counts for each row of it that has anything else in it."""
    by_column: dict[int, list[Area]] = {}
    for area in merged:
        if area.bottom > area.top >= body.first and area.left in columns:
            by_column.setdefault(area.left, []).append(area)
    for at, areas in by_column.items():
        texts = columns[at].to_pylist()
        for area in areas:
            _fill_range(texts, area, body, unsure)
        columns[at] = pa.chunked_array([pa.array(texts, pa.string())])


def _fill_range(texts: list[str | None], area: Area, body: Body, unsure: Unsure) -> None:
    if area.top > body.last:
        return
    word = texts[area.top - body.first]
    doubt = unsure.get((area.top, area.left))
    for row in range(area.top + 1, min(area.bottom, body.last) + 1):
        if row in body.filled:
            texts[row - body.first] = word
            if doubt is not None:
                unsure[row, area.left] = doubt


def cell_name(row: int, column: int) -> str:
    """``D5`` for row 5, column 4."""
    letters = ""
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(65 + digit) + letters
    return f"{letters}{row}"
