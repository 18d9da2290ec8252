"""What a file really is, by its bytes: names lie, and every program saves something else as .xls."""

import io
import re
import zipfile
from typing import Literal

Format = Literal[
    "text", "utf-16", "utf-32", "html", "spreadsheetml", "xml", "mhtml", "xlsx", "other_sheet", "zip", "gzip", "packed",
    "xls", "pdf", "parquet", "sqlite",
]  # fmt: skip

NAMES: dict[Format, str] = {
    "text": "plain text",
    "utf-16": "UTF-16 text",
    "utf-32": "UTF-32 text",
    "html": "an HTML or XML page",
    "spreadsheetml": "an Excel 2003 XML workbook (SpreadsheetML)",
    "xml": "an HTML or XML page",
    "mhtml": "a web archive (MHTML)",
    "xlsx": "an XLSX workbook",
    "other_sheet": "an office document other than XLSX (.xlsb, .ods, .docx)",
    "zip": "a zip archive or an XLSX workbook",
    "gzip": "gzip-compressed data",
    "packed": "an archive of another kind (7z, rar, xz, bzip2, zstd)",
    "xls": "an old Excel workbook (.xls), or a workbook with a password",
    "pdf": "a PDF document",
    "parquet": "a Parquet file",
    "sqlite": "a SQLite database",
}
WAYS_OUT: dict[Format, str] = {
    "text": "declare `reader: delimited` with its encoding and delimiter",
    "utf-16": "declare `encoding: utf-16` and the delimiter, for spreadsheets' text mostly a tab",
    "utf-32": "declare `encoding: utf-32` and the delimiter, or export it as UTF-8",
    "html": "a login or error page: repeat the download; a table in a page: declare `reader: xlsx`, or export as CSV",
    "spreadsheetml": "declare `reader: xlsx`, or export it as CSV",
    "xml": "export it as CSV, XLSX or Parquet",
    "mhtml": "export it as CSV or XLSX",
    "xlsx": "declare `reader: xlsx`, or save the sheet as CSV",
    "other_sheet": "save it as .xlsx or CSV",
    "zip": "save the export as .xlsx, CSV or Parquet",
    "gzip": "deliver it unpacked",
    "packed": "deliver it as gzip or zip, or unpacked",
    "xls": "save it as .xlsx without a password, or as CSV",
    "pdf": "export the list as CSV or XLSX",
    "parquet": "declare `reader: parquet`",
    "sqlite": "declare `reader: sql`, and the database by `url` in riskplug.toml",
}
_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"%PDF", "pdf"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3", "sqlite"),
    (b"7z\xbc\xaf\x27\x1c", "packed"),
    (b"Rar!\x1a\x07", "packed"),
    (b"\xfd7zXZ\x00", "packed"),
    (b"\x28\xb5\x2f\xfd", "packed"),
    (b"BZh", "packed"),
    (b"MIME-Version:", "mhtml"),
)
_HEAD = 4096
_MARK = "\xef\xbb\xbf"  # of UTF-8, its bytes as characters
# Which of four bytes are filled in every four (True), zero in every four (None).
_BY_ZEROS: dict[tuple[bool | None, ...], str] = {
    (True, None, True, None): "utf-16-le",
    (None, True, None, True): "utf-16-be",
    (True, None, None, None): "utf-32-le",
    (None, None, None, True): "utf-32-be",
}
_HTML = re.compile(
    r"\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+html|html|head|body|table|meta|div|style|script)\b",
    re.IGNORECASE | re.DOTALL,
)
_XML = re.compile(r"\s*<(\?xml|!doctype|[\w:.-]+\s[^>]*xmlns)", re.IGNORECASE)
_EXCEL_2003 = "urn:schemas-microsoft-com:office:spreadsheet"


def recognise(data: bytes) -> Format:
    """The format of a file's bytes; `text` for everything that is none of the known others."""
    head = data[:_HEAD]
    found = next((name for magic, name in _MAGIC if head.startswith(magic)), None)
    if found == "packed" and head.startswith(b"BZh") and not (head[3:4].isdigit() and head[4:10] == b"1AY&SY"):
        found = None  # a column called BZh...
    if found == "zip":
        return _of_zip(data)
    if found:
        return found
    wide = wide_encoding(head)
    text = head.decode(wide or "latin-1", errors="ignore").lstrip("\ufeff")
    while text.startswith(_MARK):
        text = text.removeprefix(_MARK)
    return _of_markup(text) or ("utf-32" if wide and "32" in wide else "utf-16" if wide else "text")


def _of_markup(text: str) -> Format | None:
    if not text.lstrip().startswith("<"):
        return None
    if _EXCEL_2003 in text and re.search(r"<(\w+:)?Workbook\b", text):
        return "spreadsheetml"
    if _HTML.match(text):
        return "html"
    return "xml" if _XML.match(text) else None


def wide_encoding(data: bytes) -> str | None:
    """The UTF-16 or UTF-32 encoding that bytes are in: by their mark, or without one by where their zeros are."""
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return "utf-32"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    sample = data[: min(len(data), 64) & ~3]
    if len(sample) < 8:
        return None
    filled = tuple(all(sample[at::4]) if any(sample[at::4]) else None for at in range(4))
    return _BY_ZEROS.get(filled)


def _of_zip(data: bytes) -> Format:
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return "zip"
    if any(name.lower() in ("xl/workbook.xml", "xl\\workbook.xml") for name in names):
        return "xlsx"
    office = "[Content_Types].xml" in names or "mimetype" in names
    return "other_sheet" if office else "zip"
