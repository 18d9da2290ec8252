"""Tables in HTML pages and in SpreadsheetML 2003, which programs save under the name .xls.

Runs in the limited child process. HTML cells are text as they stand; typed cells of SpreadsheetML are spelt as the
profile declares.
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html.parser import HTMLParser
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse

from riskplug.errors import DataRefused
from riskplug.ingest.grid import Area, Cells, Grid, Header, form_table
from riskplug.ingest.native_cells import Meant, NativeCells
from riskplug.ingest.number_formats import shows_percent
from riskplug.ingest.spelling import Spelling

_BLANKS = re.compile(r"[ \t\r\n\f\xa0]+")
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_MAX_SPAN = 1000
_VOID = ("br", "col", "hr", "img", "input", "link", "meta", "wbr")
_RAISED = ("sup", "sub")
_REVISED = ("del", "ins", "s", "strike")
_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
# Names that stand for a format, and that a percent is shown by or not.
_NAMED_FORMATS = {
    "General Number": "General", "Fixed": "0.00", "Standard": "#,##0.00", "Percent": "0.00%", "Scientific": "0.00E+00",
    "Currency": "#,##0.00", "Euro Currency": "#,##0.00",
}  # fmt: skip
_EXCEL = "{urn:schemas-microsoft-com:office:excel}"


@dataclass(frozen=True)
class Mark:
    """Why marked text makes a value doubtful; ``is_gone``: it belongs to no text either."""

    reason: str
    is_gone: bool


def _mark(tag: str, given: Mapping[str, str | None]) -> Mark | None:
    """What an element says of its text: 10<sup>2</sup> is not 102, and struck out text is no value."""
    style = "".join((given.get("style") or "").lower().split())
    if tag in _RAISED or "vertical-align:su" in style:
        return Mark(
            "holds raised or lowered text, such as a power or a footnote's number: write it as plain text", False
        )
    if tag in _REVISED or "line-through" in style:
        return Mark("holds text that is struck out or inserted: accept or undo the change", tag != "ins")
    if "hidden" in given or "display:none" in style or "visibility:hidden" in style:
        return Mark("holds hidden text: export the value alone", True)
    return None


class HtmlTable:
    """One table of a page; rows are numbered from 1 within it. ``is_ended``: not cut off by the end of the page."""

    def __init__(self) -> None:
        self.merged: list[Area] = []
        self.formulas: dict[tuple[int, int], str] = {}
        self.natives = NativeCells()
        self.is_ended = False
        self._rows: list[Cells] = []
        self._taken: dict[int, int] = {}  # column to the last row that a cell from above reaches
        self._column = 0
        self._cell: list[str] | None = None
        self._spans = (1, 1)
        self._inside: list[tuple[str, Mark | None]] = []
        self._doubt = ""

    def rows(self) -> Iterator[tuple[int, Cells]]:
        yield from enumerate(self._rows, 1)

    def start_row(self) -> None:
        self.end_cell()
        self._rows.append({})
        self._column = 0

    def start_cell(self, spans: tuple[int, int]) -> None:
        self.end_cell()
        if not self._rows:
            self.start_row()
        self._cell, self._spans, self._inside, self._doubt = [], spans, [], ""

    def start_inside(self, tag: str, mark: Mark | None) -> None:
        """An element within the cell."""
        if self._cell is not None and tag not in _VOID:
            self._inside.append((tag, mark))

    def end_inside(self, tag: str) -> None:
        at = next((at for at in reversed(range(len(self._inside))) if self._inside[at][0] == tag), None)
        if at is not None:
            del self._inside[at:]

    def add(self, text: str) -> None:
        """Text of the cell: what is struck out or hidden is none of its value."""
        if self._cell is None:
            return
        marks = [mark for _, mark in self._inside if mark is not None]
        if marks and text.strip():
            self._doubt = self._doubt or marks[0].reason
        if not any(mark.is_gone for mark in marks):
            self._cell.append(text)

    def end_cell(self) -> None:
        if self._cell is None:
            return
        row, (across, down) = len(self._rows), self._spans
        at = self._column + 1
        while self._taken.get(at, 0) >= row:
            at += 1
        if text := _BLANKS.sub(" ", "".join(self._cell)).strip():
            self._rows[-1][at] = text
        if self._doubt:
            self._rows[-1].setdefault(at, "")
            self.natives.note_markup(row, at, self._doubt)
        if across > 1 or down > 1:
            self.merged.append(Area(row, at, row + down - 1, at + across - 1))
            self._taken |= dict.fromkeys(range(at, at + across), row + down - 1)
        self._column, self._cell = at + across - 1, None


class Page(HTMLParser):
    """The tables of a page, nested ones each by itself, and the first words that are shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[HtmlTable] = []
        self.words = ""
        self._open: list[HtmlTable] = []
        self._hidden = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._hidden = tag
        elif tag == "table":
            self._open.append(HtmlTable())
            self.tables.append(self._open[-1])
        elif self._open and tag == "tr":
            self._open[-1].start_row()
        elif self._open and tag in ("td", "th"):
            given = dict(attrs)
            self._open[-1].start_cell((_span(given.get("colspan")), _span(given.get("rowspan"))))
        elif self._open:
            if tag in ("br", "p", "div"):
                self._open[-1].add(" ")
            self._open[-1].start_inside(tag, _mark(tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""
        elif self._open and tag in ("td", "th", "tr", "table"):
            self._open[-1].end_cell()
            if tag == "table":
                self._open.pop().is_ended = True
        elif self._open:
            self._open[-1].end_inside(tag)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if len(self.words) < 200:
            self.words = _BLANKS.sub(" ", f"{self.words} {data}")[:200]
        if self._open:
            self._open[-1].add(data)

    def close(self) -> None:
        super().close()
        for table in self._open:
            table.end_cell()


def _span(text: str | None) -> int:
    return min(int(text), _MAX_SPAN) if text and text.strip().isascii() and text.strip().isdigit() and int(text) else 1


def html_grid(data: bytes, encoding: str, wide: str | None, header: Header, wanted: set[str], meant: Meant) -> Grid:
    """The one table of a page that has wanted columns; DataRefused for a page without, e.g. a login page, or cut."""
    page = Page()
    page.feed(_html_text(data, encoding, wide))
    page.close()
    # a joined file may name no columns; its key is looked for after the join
    found = [
        (len(wanted.intersection(grid.table.column_names)) if wanted else 1, table, grid)
        for table, grid in _grids(page, header, meant)
    ]
    most = max((count for count, _, _ in found), default=0)
    best = [(table, grid) for count, table, grid in found if count == most]
    if not most:
        raise DataRefused(
            f"an HTML or XML page without a table of the wanted columns; it begins with {page.words.strip()[:80]!r}",
            "",
            "a login or error page: repeat the download; else correct `header_row` or the column names in the profile",
        )
    if len(best) > 1:
        raise DataRefused(
            f"{len(best)} tables of the page have the wanted columns", "", "export one table, as CSV or XLSX"
        )
    table, grid = best[0]
    if not table.is_ended:
        raise DataRefused("the page ends in the middle of its table", "", "repeat the download, or transfer it again")
    return grid


def _html_text(data: bytes, encoding: str, wide: str | None) -> str:
    declared = _CHARSET.search(data[:4096])
    marked = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else ""
    name = wide or marked or (declared[1].decode() if declared else encoding)
    try:
        return data.decode(name).lstrip("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        raise DataRefused(f"the page is not {name} as it says: {error}", "", "export it again, as UTF-8") from error


def _grids(page: Page, header: Header, meant: Meant) -> Iterator[tuple[HtmlTable, Grid]]:
    for table in page.tables:
        try:
            yield table, form_table(table, header, meant)
        except DataRefused:  # a table of the layout: no header where the data table has its
            continue


class Spreadsheet:
    """A SpreadsheetML workbook: its sheets in order, and what is shown."""

    def __init__(self, data: bytes, spelling: Spelling) -> None:
        self._data, self.spelling = data, spelling
        self.names: list[str] = []
        self._formats: dict[str, str] = {}
        hidden: set[str] = set()
        for event, element in self._events():
            if event == "start" and element.tag == f"{_SS}Worksheet":
                self.names.append(element.get(f"{_SS}Name", ""))
            elif event == "end" and element.tag == f"{_EXCEL}Visible" and (element.text or "") != "SheetVisible":
                hidden.add(self.names[-1] if self.names else "")
            elif event == "end" and element.tag == f"{_SS}Style":
                self._formats[element.get(f"{_SS}ID", "")] = self._format(element)
            elif event == "end" and element.tag == f"{_SS}Row":
                element.clear()
        self.visible = [name for name in self.names if name not in hidden]

    def _events(self) -> Iterator[tuple[str, Element]]:
        return iter(iterparse(io.BytesIO(self._data), events=("start", "end"), forbid_dtd=True))

    def _format(self, style: Element) -> str:
        """The number format of a style, its own or that of the style it builds on."""
        own = style.find(f"{_SS}NumberFormat")
        if own is None:
            return self._formats.get(style.get(f"{_SS}Parent", "Default"), "")
        code = own.get(f"{_SS}Format", "")
        return _NAMED_FORMATS.get(code, code)

    def sheet(self, name: str) -> "SpreadsheetSheet":
        return SpreadsheetSheet(self._events(), name, self.spelling, self._formats)


class SpreadsheetSheet:
    """One sheet. Rows and cells may skip ahead by `ss:Index`, and rows of a `ss:Span` follow unseen.

    A cell without a style of its own has that of its row, or else of its column.
    """

    def __init__(
        self, events: Iterator[tuple[str, Element]], name: str, spelling: Spelling, formats: Mapping[str, str]
    ) -> None:
        self.merged: list[Area] = []
        self.formulas: dict[tuple[int, int], str] = {}
        self.natives = NativeCells()
        self._events, self._name, self._spelling, self._formats = events, name, spelling, formats
        self._of_columns: dict[int, str] = {}

    def rows(self) -> Iterator[tuple[int, Cells]]:
        row, column, inside = 0, 0, False
        for event, element in self._events:
            if element.tag == f"{_SS}Worksheet":
                inside = event == "start" and element.get(f"{_SS}Name", "") == self._name
            elif inside and event == "end" and element.tag == f"{_SS}Column":
                column = self._note_column(column, element)
            elif event == "end" and element.tag == f"{_SS}Row":
                if inside:
                    row = _number(element, "Index", row + 1)
                    yield row, self._cells(row, element)
                    row += _number(element, "Span", 0)
                element.clear()

    def _note_column(self, before: int, element: Element) -> int:
        """Remember the style of one or several columns; the last of them."""
        first = _number(element, "Index", before + 1)
        last = first + min(_number(element, "Span", 0), _MAX_SPAN)
        if style := element.get(f"{_SS}StyleID"):
            self._of_columns |= dict.fromkeys(range(first, last + 1), style)
        return last

    def _cells(self, row: int, element: Element) -> Cells:
        cells: Cells = {}
        column = 0
        of_row = element.get(f"{_SS}StyleID")
        for cell in element.iterfind(f"{_SS}Cell"):
            column = _number(cell, "Index", column + 1)
            style = cell.get(f"{_SS}StyleID") or of_row or self._of_columns.get(column, "Default")
            value = self._value(row, column, cell)
            if value is not None:
                cells[column] = self._noted(row, column, value, self._formats.get(style, ""))
            elif formula := cell.get(f"{_SS}Formula"):
                cells[column] = self.formulas[row, column] = formula[:200]
            across, down = _number(cell, "MergeAcross", 0), _number(cell, "MergeDown", 0)
            if across or down:
                self.merged.append(Area(row, column, row + down, column + across))
            column += across
        return cells

    def _noted(self, row: int, column: int, value: object, code: str) -> str:
        """The text of a value, and a note where a key may not be read so."""
        if isinstance(value, int | float) and not isinstance(value, bool) and shows_percent(code):
            return f"{self._spelling.text(float(Decimal(repr(value)) * 100))}%"
        if not isinstance(value, str):
            self.natives.note(row, column, value, code)
        return self._spelling.text(value)

    def _value(self, row: int, column: int, cell: Element) -> object:
        """What a cell holds, in its type; None without a value, and text where it is no value of its type."""
        data = cell.find(f"{_SS}Data")
        text = "".join(data.itertext()) if data is not None else ""
        if data is None or not text:
            return None
        for part in data.iter():
            if (mark := _mark(part.tag.rsplit("}", 1)[-1].lower(), {})) is not None:
                self.natives.note_markup(row, column, mark.reason)
        kind = data.get(f"{_SS}Type", "String")
        try:
            if kind == "Number":
                return int(text) if text.lstrip("-").isdigit() else float(text)
            if kind == "DateTime":
                return datetime.fromisoformat(text)
        except ValueError:
            return text
        return text == "1" if kind == "Boolean" else text


def _number(element: Element, name: str, default: int) -> int:
    text = element.get(f"{_SS}{name}")
    if text is None:
        return default
    try:
        return int(text)
    except ValueError as error:
        raise DataRefused(f"ss:{name} is {text[:20]!r}", "", "save the workbook again") from error
