"""XLSX sheets through openpyxl's read-only parser, cell by cell: nothing is calculated, nothing is filled in.

Runs in the limited child process. A sheet's own `dimension` is never looked at: it is often wrong, and may lie.
"""

import warnings
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from defusedxml.ElementTree import fromstring, iterparse
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries
from openpyxl.worksheet._reader import FORMULA_TAG, ROW_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.constants import SHEET_MAIN_NS

from riskplug.errors import DataRefused
from riskplug.ingest.grid import Area, Cells, cell_name
from riskplug.ingest.native_cells import NativeCells
from riskplug.ingest.number_formats import shows_percent
from riskplug.ingest.spelling import Spelling

_MERGED = f"{{{SHEET_MAIN_NS}}}mergeCell"
_MAX_ROW = 1_048_576
_FIRST_CUSTOM_FORMAT = 164


class Book:
    """An open workbook: the sheets in their order, with what is shown and where each is stored."""

    def __init__(self, file: IO[bytes], spelling: Spelling) -> None:
        warnings.simplefilter("ignore")  # openpyxl says there what it leaves out: styles, validations, extensions
        self.spelling = spelling
        self._reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
        self._archive: ZipFile = self._reader.archive
        self._reader.read_manifest()
        self._recalculates = self._asks_to_recalculate()
        self._reader.read_strings()
        self._reader.read_workbook()
        apply_stylesheet(self._archive, self._reader.wb)
        found = [
            (str(sheet.name), sheet.state == "visible", str(link.target))
            for sheet, link in self._reader.parser.find_sheets()
            if "chartsheet" not in link.Type
        ]
        self.names = [name for name, _, _ in found]
        self.visible = [name for name, visible, _ in found if visible]
        self._places = {name: place for name, _, place in found}

    def sheet(self, name: str) -> "XlsxSheet":
        return XlsxSheet(self._archive.open(self._places[name]), self._reader, self.spelling, self._recalculates)

    def _asks_to_recalculate(self) -> bool:
        """Whether the writer left results to be calculated on opening: then a cached 0 stands for "not yet"."""
        part = next((name for name in self._archive.namelist() if name.lower() == "xl/workbook.xml"), None)
        if part is None:
            return False
        root = fromstring(self._archive.read(part), forbid_dtd=True)
        if "purl.oclc.org" in root.tag:
            raise DataRefused("a workbook in the strict form of Open XML", "", "save it as an ordinary .xlsx")
        found = root.find(f"{{{SHEET_MAIN_NS}}}calcPr")
        return found is not None and found.get("fullCalcOnLoad") in ("1", "true")


def _formats(book: Any) -> list[str]:
    """The number format of each style."""
    custom = dict(enumerate(book._number_formats, _FIRST_CUSTOM_FORMAT))
    return [custom.get(style.numFmtId) or BUILTIN_FORMATS.get(style.numFmtId, "") for style in book._cell_styles]


class XlsxSheet(WorkSheetParser):
    """The cells of one sheet as text."""

    def __init__(self, source: IO[bytes], reader: ExcelReader, spelling: Spelling, recalculates: bool) -> None:
        book: Any = reader.wb
        super().__init__(
            source,
            reader.shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        self.merged: list[Area] = []
        self.formulas: dict[tuple[int, int], str] = {}
        self.natives = NativeCells()
        self._spelling, self._recalculates = spelling, recalculates
        self._formats = _formats(book)
        # 0.05 shown as 5 %: such a cell says five percent, whatever number is stored
        self._percent = frozenset(at for at, code in enumerate(self._formats) if shows_percent(code))

    def rows(self) -> Iterator[tuple[int, Cells]]:
        for _, element in iterparse(self.source, forbid_dtd=True):
            if element.tag == ROW_TAG:
                row, cells = self.parse_row(element)
                element.clear()
                if row > _MAX_ROW:
                    raise DataRefused(f"a row {row:,}, which no sheet has", f"row {row}", "save the sheet again")
                yield row, self._texts(row, cells)
            elif element.tag == _MERGED:
                left, top, right, bottom = range_boundaries(element.get("ref", ""))
                self.merged.append(Area(top or 1, left or 1, bottom or _MAX_ROW, right or 1))

    def _texts(self, row: int, cells: list[dict[str, Any]]) -> Cells:
        texts: Cells = {}
        for cell in cells:
            column, value = cell["column"], cell["value"]
            if cell["row"] != row or column in texts:
                name = cell_name(cell["row"], column)
                raise DataRefused(f"cell {name} in row {row} is out of place", name, "save the sheet again")
            if value is not None and value != "":
                texts[column] = self._spelling.text(value)
                if not isinstance(value, str):
                    self.natives.note(row, column, value, self._format(cell.get("style_id", 0)))
        return texts

    def _format(self, style: int) -> str:
        return self._formats[style] if style < len(self._formats) else ""

    def parse_cell(self, element: Element) -> dict[str, Any]:
        """A cell as openpyxl reads it; what is no value of its type stays text, and a missing result is noted."""
        try:
            cell = super().parse_cell(element)
        except (ValueError, OverflowError):
            place = element.get("r")
            row, column = coordinate_to_tuple(place) if place else (self.row_counter, self.col_counter)
            cell = {"row": row, "column": column, "value": element.findtext(VALUE_TAG)}
        value = cell["value"]
        if isinstance(value, int | float) and not isinstance(value, bool) and self._shows_percent(element):
            cell["value"] = f"{self._spelling.text(float(Decimal(repr(value)) * 100))}%"
        formula = element.find(FORMULA_TAG)
        if formula is not None and self._is_uncalculated(element):
            text = f"={formula.text or ''}"[:200]
            cell["value"] = text
            self.formulas[cell["row"], cell["column"]] = text
        return cell

    def _shows_percent(self, element: Element) -> bool:
        style = element.get("s")
        return style is not None and style.isdigit() and int(style) in self._percent

    def _is_uncalculated(self, element: Element) -> bool:
        raw = element.findtext(VALUE_TAG)
        if not raw:
            return element.get("t") != "str"  # t="str" with nothing in it is a calculated empty text
        return self._recalculates and raw == "0"
