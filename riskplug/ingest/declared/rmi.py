"""The RMI templates CMRT, EMRT and AMRT: who smelts which metal, and whether it stays in the products. Never a mass.

Cells are found by their labels, since rows and columns move between versions; the layout is not confirmed against
filled templates. A workbook without these labels is refused, not guessed at.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from riskplug.errors import DataRefused
from riskplug.ingest.declared.account import HINT, UNANSWERED, Account, Direction
from riskplug.ingest.declared.declaration_file import DeclarationFile
from riskplug.ingest.declared.masses import NOTHING
from riskplug.ingest.declared.statements import Piece
from riskplug.ingest.declared.substances import Substances, folded

Rows = Sequence[Sequence[str]]
MAX_UNPACKED = 200_000_000
MAX_ROWS = 50_000
MAX_COLUMNS = 200
"""The templates have fewer than 40; a row with one cell in the last column of a sheet would have 16,384."""
_FORMATS = {
    "CMRT": "CONFLICT MINERALS REPORTING TEMPLATE",
    "EMRT": "EXTENDED MINERALS REPORTING TEMPLATE",
    "AMRT": "ADDITIONAL MINERALS REPORTING TEMPLATE",
}
_QUESTION = re.compile(r"\s*([0-9]+|[A-Z])\s*[).]\s+\S")
_REMAINS = re.compile(r"REMAIN.*PRODUCT|CONTAINED IN .*PRODUCT")
_USED = re.compile(r"INTENTIONALLY (ADDED|USED)|USED IN .*PRODUCT")
SMELTER = "smelter: kept in its own list"
_YES, _NO = ("YES", "TRUE"), ("NO", "FALSE")


@dataclass(frozen=True, slots=True)
class Cell:
    """A filled cell: 1-based row, 0-based column."""

    row: int
    column: int
    text: str


def read_rmi(data: bytes, where: str, substances: Substances) -> DeclarationFile:
    """Suspicions and smelters of a template; DataRefused for a workbook that is none of them."""
    sheets = workbook_texts(data, where)
    declaration = _sheet(sheets, "declaration")
    if declaration is None:
        raise DataRefused("no sheet Declaration", where, "CMRT, EMRT and AMRT are read; save it from the RMI template")
    cells = [Cell(r, c, text) for r, row in enumerate(declaration, 1) for c, text in enumerate(row) if text]
    format_, version = _format(cells, where)
    supplier = _field(cells, "COMPANY NAME")
    account = Account(substances, where, supplier, "final", _field(cells, "EFFECTIVE DATE")[:10])
    products = _products(_sheet(sheets, "product list") or (), _field(cells, "DECLARATION SCOPE"))
    answered = _declared(cells, format_, version, products, account)
    if not answered:
        raise DataRefused(
            f"{format_} without a question that is known here", where, "save it from a template of 2021 or later"
        )
    _smelters(_sheet(sheets, "smelter list") or (), products, account)
    return account.as_file(where, format_, version)


def workbook_texts(data: bytes, where: str) -> dict[str, Rows]:
    """Every sheet as rows of trimmed texts. The one place that opens the workbook."""
    _refuse_bomb(data, where)
    import openpyxl  # a third of a second to import, for files that most workspaces do not have

    try:
        with warnings.catch_warnings(action="ignore"), closing(_opened(openpyxl, data)) as book:
            limits = {"max_row": MAX_ROWS, "max_col": MAX_COLUMNS}
            return {name: _texts(book[name].iter_rows(**limits, values_only=True)) for name in book.sheetnames}
    except Exception as error:  # openpyxl lets errors of zipfile, XML and its own through
        raise DataRefused(f"not a readable workbook: {error}", where, "save it again as .xlsx") from error


def _opened(openpyxl: Any, data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)


def _refuse_bomb(data: bytes, where: str) -> None:
    try:
        unpacked = sum(item.file_size for item in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except zipfile.BadZipFile as error:
        raise DataRefused(f"not a workbook: {error}", where, "save it again as .xlsx") from error
    if unpacked > MAX_UNPACKED:
        raise DataRefused(f"unpacks to {unpacked:,} bytes", where, "no RMI template is that large")


def _texts(rows: Iterator[tuple[object, ...]]) -> Rows:
    return [[" ".join(str(cell).split()) if cell is not None else "" for cell in row] for row in rows]


def _sheet(sheets: Mapping[str, Rows], name: str) -> Rows | None:
    return next((rows for title, rows in sheets.items() if title.strip().lower() == name), None)


def _format(cells: Sequence[Cell], where: str) -> tuple[str, str]:
    """CMRT, EMRT or AMRT and the revision, from the title of the sheet."""
    text = " ".join(folded(cell.text) for cell in cells if cell.row <= 15)
    for name, title in _FORMATS.items():
        if title in text or f"({name})" in text:
            revision = re.search(r"(?:REVISION|VERSION)\s*([0-9]+(?:\.[0-9]+)*)", text)
            return name, revision[1] if revision else ""
    raise DataRefused("no title of CMRT, EMRT or AMRT on the sheet Declaration", where, "save it from the RMI template")


def _field(cells: Sequence[Cell], label: str) -> str:
    """What stands right of a label."""
    found = next((cell for cell in cells if folded(cell.text).startswith(label)), None)
    return _right_of(found, cells) if found else ""


def _right_of(label: Cell, cells: Sequence[Cell]) -> str:
    beside = (cell.text for cell in cells if cell.row == label.row and cell.column > label.column)
    return next(beside, "")


def _products(rows: Rows, scope: str) -> tuple[Piece | None, ...]:
    """Products the answers are about; none stands for the whole company."""
    if folded(scope).startswith(("A", "COMPANY")) or not rows:
        return (None,)
    at, columns = _header(rows, {"mpn": "MANUFACTURER'S PRODUCT NUMBER", "part_no": "REQUESTER'S PRODUCT NUMBER"})
    found = [
        Piece(line, "", _cell(row, columns.get("part_no")), _cell(row, columns.get("mpn")), "", NOTHING, None)
        for line, row in enumerate(rows[at:], at + 1)
    ]
    return tuple(each for each in found if each.part_no or each.mpn) or (None,)


def _header(rows: Rows, labels: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    """Rows up to and with the header, and the columns of the labels in it; the row with most of them is the header."""
    best: tuple[int, dict[str, int]] = (0, {})
    for at, row in enumerate(rows[:50], 1):
        texts = [folded(text).replace("’", "'") for text in row]
        found = {
            name: column
            for name, label in labels.items()
            if (column := next((c for c, text in enumerate(texts) if text.startswith(label)), None)) is not None
        }
        if len(found) > len(best[1]):
            best = (at, found)
    return best


def _cell(row: Sequence[str], column: int | None) -> str:
    return row[column] if column is not None and column < len(row) else ""


def _declared(
    cells: Sequence[Cell], format_: str, version: str, products: Sequence[Piece | None], account: Account
) -> int:
    """Suspicions of the answers per metal; whether a metal stays in the product beats whether it is used to make it."""
    remains, used = (_answers(cells, question) for question in (_REMAINS, _USED))
    for metal in dict.fromkeys((*remains, *used)):
        _of_metal(metal, remains.get(metal), used.get(metal), f"{format_} {version}".strip(), products, account)
    return len({*remains, *used})


def _of_metal(
    metal: str,
    remains: Cell | None,
    used: Cell | None,
    document: str,
    products: Sequence[Piece | None],
    account: Account,
) -> None:
    account.elements += 1
    counts, question = (
        (remains, "remains in the product") if remains and _truth(remains.text) is not None else (used, "used")
    )
    yes = _truth(counts.text) if counts else None
    if counts is None or yes is None:
        account.drop(UNANSWERED)
        return
    account.drop(HINT)
    direction: Direction = "raises" if yes else "lowers"
    material = account.substances.material(metal) or metal.lower()
    for product in products:
        account.suspect(product, material, direction, f"{document}: {metal} {question}: {counts.text}", counts.row)


def _truth(text: str) -> bool | None:
    word = folded(text)
    return True if word.startswith(_YES) else False if word in _NO or word.startswith(("NO,", "NO ")) else None


def _answers(cells: Sequence[Cell], question: re.Pattern[str]) -> dict[str, Cell]:
    """Answer by metal of the first question in these words: the metals stand below it, up to the next question."""
    asked = [cell for cell in cells if _QUESTION.match(cell.text)]
    at = next((place for place, cell in enumerate(asked) if question.search(folded(cell.text))), None)
    if at is None:
        return {}
    begin = asked[at]
    end = asked[at + 1].row if at + 1 < len(asked) else begin.row + 30
    metals = [cell for cell in cells if begin.row < cell.row < end and cell.column == begin.column]
    headed = [cell.column for cell in cells if cell.row == begin.row and folded(cell.text).startswith("ANSWER")]
    return {_metal(cell.text): _answer(cell, headed, cells) for cell in metals}


def _answer(metal: Cell, headed: Sequence[int], cells: Sequence[Cell]) -> Cell:
    """The answer of a metal, from the column under Answer: a comment beside it is none."""
    under = [cell.text for cell in cells if cell.row == metal.row and cell.column in headed]
    text = next(iter(under), "") if headed else _right_of(metal, cells)
    return Cell(metal.row, metal.column, text)


def _metal(label: str) -> str:
    return re.sub(r"\s*\(\*\)|\s*\*", "", label).strip()


_SMELTER_LABELS = {
    "metal": "METAL",
    "id": "SMELTER IDENTIFICATION",
    "entered": "SMELTER IDENTIFICATION NUMBER INPUT",
    "name": "SMELTER NAME",
    "listed": "SMELTER LOOK-UP",
    "country": "SMELTER COUNTRY",
}


def _smelters(rows: Rows, products: Sequence[Piece | None], account: Account) -> None:
    """The smelter list; a row without metal is reported where it names a smelter."""
    at, columns = _header(rows, _SMELTER_LABELS)
    if {"metal", "country"} - columns.keys():
        return
    columns["id"] = _identification(rows[at - 1], columns.get("id"))
    for line, row in enumerate(rows[at:], at + 1):
        of = {name: _cell(row, column) for name, column in columns.items()}
        name = of.get("name") or of.get("listed") or ""
        number = of["id"] or of.get("entered", "")
        if not (name or number):
            continue
        account.elements += 1
        if not of["metal"]:
            account.reject(line, name or number, "smelter without a metal")
            continue
        account.drop(SMELTER)
        parts = list(dict.fromkeys((each.part_no or each.mpn) if each else "" for each in products))
        entry = (account.substances.material(of["metal"]) or of["metal"].lower(), number, name, of["country"])
        account.smelters += [(*entry, part, account.supplier, line) for part in parts]


def _identification(header: Sequence[str], found: int | None) -> int:
    """The column of the identification itself, not the one in which a number is typed to look it up."""
    exact = [c for c, text in enumerate(header) if folded(_metal(text)) == "SMELTER IDENTIFICATION"]
    return exact[0] if exact else -1 if found is None else found
