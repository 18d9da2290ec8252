"""XLSX workbooks, row by row through openpyxl's read-only mode: small memory, no formulas run."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime

import pyarrow as pa

from riskplug.errors import DataRefused

MAX_UNPACKED = 2_000_000_000
MAX_RATIO = 200
MAX_BLANK_ROWS = 1000
Row = tuple[object, ...]


def read_workbook(data: bytes, sheet: str | None, header_row: int, decimal: str, where: str) -> pa.Table:
    """The named or first visible sheet as text columns; numbers are written with the profile's decimal mark."""
    _refuse_bomb(data, where)
    import openpyxl  # a third of a second to import, for files that most workspaces do not have

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Exception as error:  # openpyxl lets errors of zipfile, XML and its own through
        raise DataRefused(f"not a readable workbook: {error}", where, "save it again as .xlsx") from error
    try:
        visible = [name for name in book.sheetnames if book[name].sheet_state == "visible"]
        name = sheet or (visible or [""])[0]
        if name not in book.sheetnames:
            raise DataRefused(f"no sheet {name!r}", where, f"sheets: {', '.join(book.sheetnames)}")
        return _as_table(_rows(book[name].iter_rows(min_row=header_row, values_only=True)), decimal, where)
    finally:
        book.close()


def _refuse_bomb(data: bytes, where: str) -> None:
    try:
        sizes = [(item.file_size, item.compress_size) for item in zipfile.ZipFile(io.BytesIO(data)).infolist()]
    except zipfile.BadZipFile as error:
        raise DataRefused(
            f"not a workbook: {error}; first bytes {data[:16]!r}", where, "save it again as .xlsx"
        ) from error
    unpacked, packed = sum(size for size, _ in sizes), sum(size for _, size in sizes)
    if unpacked > MAX_UNPACKED or (unpacked > 50_000_000 and unpacked > MAX_RATIO * max(packed, 1)):
        raise DataRefused(f"unpacks from {packed:,} to {unpacked:,} bytes", where, "export it as CSV or Parquet")


def _rows(rows: Iterator[Row]) -> Iterator[Row]:
    """Rows up to the last filled one: a stray cell far below ends the sheet, not a million blank rows."""
    blank = 0
    for row in rows:
        filled = any(cell is not None for cell in row)
        blank = 0 if filled else blank + 1
        if blank > MAX_BLANK_ROWS:
            return
        yield row


def _as_table(rows: Iterator[Row], decimal: str, where: str) -> pa.Table:
    header = next(rows, ())
    names = [str(cell).strip() if cell is not None else f"(column {at})" for at, cell in enumerate(header, 1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataRefused(f"column {twice[0]!r} is there twice", where, "rename one of them in the sheet")
    if not names:
        raise DataRefused("no header row", where, "correct `header_row` in the profile")
    wanted = len(names)
    columns = list(zip(*((*row, *[None] * wanted)[:wanted] for row in rows), strict=True)) or [()] * wanted
    texts = ([_text(cell, decimal) for cell in column] for column in columns)
    return pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, texts, strict=True)})


def _text(cell: object, decimal: str) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell).replace(".", decimal)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)
