"""Bytes to text: strictly as declared. What is no text of that kind is refused by its real name."""

import re

from riskplug.errors import DataRefused
from riskplug.ingest.recognise import NAMES, WAYS_OUT, Format, recognise

_UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".download", ".filepart")
_HELD_OPEN = ("~$", ".~lock.", "._")
_NEWLINE = re.compile(r"\r\n|\n|\r")


def is_unfinished(name: str) -> bool:
    """Whether a file name says that a transfer is under way, or that an office program holds the file open."""
    return name.startswith(_HELD_OPEN) or name.lower().endswith(_UNFINISHED)


def decode(data: bytes, encoding: str, where: str) -> str:
    """The text of a file, byte-order marks removed; DataRefused for anything that is not text so encoded."""
    refuse_empty(data, where)
    found = recognise(data)
    if found != "text" and not (found in ("utf-16", "utf-32") and found[-2:] in encoding):
        raise not_as_declared(found, f"{encoding} text", data, where)
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
    return text.lstrip("\ufeff")  # a program that adds a mark to a text that has one makes two


def refuse_empty(data: bytes, where: str) -> None:
    if not data:
        raise DataRefused("the file is empty (0 bytes)", where, "export it again; an empty extract is never zero stock")


def not_as_declared(found: Format, declared: str, data: bytes, where: str) -> DataRefused:
    """The refusal of a file that is something else than its profile says, by its real name."""
    return DataRefused(f"not {declared} but {NAMES[found]}: first bytes {data[:16]!r}", where, WAYS_OUT[found])


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
