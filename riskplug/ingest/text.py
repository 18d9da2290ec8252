"""Bytes to text: strictly as declared. What is no text of that kind is refused by its real name."""

import re

from riskplug.errors import DataRefused

_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")
_NEWLINE = re.compile(r"\r\n|\n|\r")
_FORMATS = (
    (b"PK\x03\x04", "a zip archive or an XLSX workbook"),
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"%PDF", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a SQLite database"),
)
_MARKUP = re.compile(rb"\s*<(!doctype|html|head|body|table|\?xml)", re.IGNORECASE)


def is_unfinished(name: str) -> bool:
    """Whether a file name says that a transfer is under way, or that an office program holds the file open."""
    return name.startswith("~$") or name.lower().endswith(_UNFINISHED)


def decode(data: bytes, encoding: str, where: str) -> str:
    """The text of a file, byte-order mark removed; DataRefused for anything that is not text so encoded."""
    if not data:
        raise DataRefused("the file is empty (0 bytes)", where, "export it again; an empty extract is never zero stock")
    _refuse_other_formats(data, encoding, where)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataRefused(
            f"byte {error.start} (0x{data[error.start]:02x}) is not {encoding}",
            f"{where}:{line}",
            "declare the file's real encoding in the profile, e.g. `encoding: cp1252`",
        ) from error
    nul = text.find("\0")
    if nul >= 0:
        raise DataRefused("NUL byte in a text file", f"{where}:{line_at(text, nul)}", "export the file again")
    return text.removeprefix("\ufeff")


def _refuse_other_formats(data: bytes, encoding: str, where: str) -> None:
    head = data[:64]
    found = next((name for magic, name in _FORMATS if head.startswith(magic)), "")
    if not found and _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        found = "an HTML or XML page"
    if not found and head.startswith((b"\xff\xfe", b"\xfe\xff")) and "16" not in encoding and "32" not in encoding:
        found = "UTF-16 text"
    if found:
        raise DataRefused(
            f"not {encoding} text but {found}: first bytes {head[:16]!r}",
            where,
            "save it as a text file, or declare what it is in the profile",
        )


def line_at(text: str, index: int) -> int:
    """The physical line of a character; CRLF, LF and a lone CR each end a line."""
    return count_newlines(text[:index]) + 1


def count_newlines(text: str) -> int:
    carriage = text.count("\r")
    return text.count("\n") + (carriage - text.count("\r\n") if carriage else 0)


def split_lines(text: str) -> list[str]:
    """The physical lines without their ends; a final newline makes no further line."""
    lines = _NEWLINE.split(text) if "\r" in text else text.split("\n")
    return lines[:-1] if lines and not lines[-1] else lines
