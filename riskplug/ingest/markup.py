"""Tables in HTML pages and in SpreadsheetML 2003, which programs save under the name .xls.

Runs in the limited child process. HTML cells are text as they stand; typed cells of SpreadsheetML are spelt as the
profile declares.
"""

import io
import re
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse

from riskplug.errors import DataRefused
from riskplug.ingest.grid import Area, Cells, Grid, Header, form_table
from riskplug.ingest.spelling import Spelling

_BLANKS = re.compile(r"[ \t\r\n\f\xa0]+")
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_MAX_SPAN = 1000
_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_EXCEL = "{urn:schemas-microsoft-com:office:excel}"


class HtmlTable:
    """One table of a page; rows are numbered from 1 within it."""

    def __init__(self) -> None:
        self.merged: list[Area] = []
        self.formulas: dict[tuple[int, int], str] = {}
        self._rows: list[Cells] = []
        self._taken: dict[int, int] = {}  # column to the last row that a cell from above reaches
        self._column = 0
        self._cell: list[str] | None = None
        self._spans = (1, 1)

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
        self._cell, self._spans = [], spans

    def add(self, text: str) -> None:
        if self._cell is not None:
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
        elif self._open and tag in ("br", "p", "div"):
            self._open[-1].add(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""
        elif self._open and tag in ("td", "th", "tr", "table"):
            self._open[-1].end_cell()
            if tag == "table":
                self._open.pop()

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


def html_grid(data: bytes, encoding: str, wide: str | None, header: Header, wanted: set[str]) -> Grid:
    """The one table of a page that has wanted columns; DataRefused for a page without, e.g. a login page."""
    page = Page()
    page.feed(_html_text(data, encoding, wide))
    page.close()
    # a joined file may name no columns; its key is looked for after the join
    found = [
        (len(wanted.intersection(grid.table.column_names)) if wanted else 1, grid) for grid in _grids(page, header)
    ]
    most = max((count for count, _ in found), default=0)
    best = [grid for count, grid in found if count == most]
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
    return best[0]


def _html_text(data: bytes, encoding: str, wide: str | None) -> str:
    declared = _CHARSET.search(data[:4096])
    marked = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else ""
    name = wide or marked or (declared[1].decode() if declared else encoding)
    try:
        return data.decode(name).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        raise DataRefused(f"the page is not {name} as it says: {error}", "", "export it again, as UTF-8") from error


def _grids(page: Page, header: Header) -> Iterator[Grid]:
    for table in page.tables:
        try:
            yield form_table(table, header)
        except DataRefused:  # a table of the layout: no header where the data table has its
            continue


class Spreadsheet:
    """A SpreadsheetML workbook: its sheets in order, and what is shown."""

    def __init__(self, data: bytes, spelling: Spelling) -> None:
        self._data, self.spelling = data, spelling
        self.names: list[str] = []
        hidden: set[str] = set()
        for event, element in self._events():
            if event == "start" and element.tag == f"{_SS}Worksheet":
                self.names.append(element.get(f"{_SS}Name", ""))
            elif event == "end" and element.tag == f"{_EXCEL}Visible" and (element.text or "") != "SheetVisible":
                hidden.add(self.names[-1] if self.names else "")
            elif event == "end" and element.tag == f"{_SS}Row":
                element.clear()
        self.visible = [name for name in self.names if name not in hidden]

    def _events(self) -> Iterator[tuple[str, Element]]:
        return iter(iterparse(io.BytesIO(self._data), events=("start", "end"), forbid_dtd=True))

    def sheet(self, name: str) -> "SpreadsheetSheet":
        return SpreadsheetSheet(self._events(), name, self.spelling)


class SpreadsheetSheet:
    """One sheet. Rows and cells may skip ahead by `ss:Index`, and rows of a `ss:Span` follow unseen."""

    def __init__(self, events: Iterator[tuple[str, Element]], name: str, spelling: Spelling) -> None:
        self.merged: list[Area] = []
        self.formulas: dict[tuple[int, int], str] = {}
        self._events, self._name, self._spelling = events, name, spelling

    def rows(self) -> Iterator[tuple[int, Cells]]:
        row, inside = 0, False
        for event, element in self._events:
            if element.tag == f"{_SS}Worksheet":
                inside = event == "start" and element.get(f"{_SS}Name", "") == self._name
            elif event == "end" and element.tag == f"{_SS}Row":
                if inside:
                    row = _number(element, "Index", row + 1)
                    yield row, self._cells(row, element)
                    row += _number(element, "Span", 0)
                element.clear()

    def _cells(self, row: int, element: Element) -> Cells:
        cells: Cells = {}
        column = 0
        for cell in element.iterfind(f"{_SS}Cell"):
            column = _number(cell, "Index", column + 1)
            if (text := self._text(cell)) is not None:
                cells[column] = text
            elif formula := cell.get(f"{_SS}Formula"):
                cells[column] = self.formulas[row, column] = formula[:200]
            across, down = _number(cell, "MergeAcross", 0), _number(cell, "MergeDown", 0)
            if across or down:
                self.merged.append(Area(row, column, row + down, column + across))
            column += across
        return cells

    def _text(self, cell: Element) -> str | None:
        data = cell.find(f"{_SS}Data")
        text = "".join(data.itertext()) if data is not None else ""
        if data is None or not text:
            return None
        kind = data.get(f"{_SS}Type", "String")
        try:
            if kind == "Number":
                return self._spelling.text(int(text) if text.lstrip("-").isdigit() else float(text))
            if kind == "DateTime":
                return self._spelling.text(datetime.fromisoformat(text))
        except ValueError:
            return text
        return self._spelling.text(text == "1") if kind == "Boolean" else text


def _number(element: Element, name: str, default: int) -> int:
    text = element.get(f"{_SS}{name}")
    if text is None:
        return default
    try:
        return int(text)
    except ValueError as error:
        raise DataRefused(f"ss:{name} is {text[:20]!r}", "", "save the workbook again") from error
