"""Journals: CSV files that people and commands add lines to, and that live in a workspace's git.

One entry per line and nothing ever rewritten, so that a change reads as one added line and two people's additions
merge as lines. Files are read strictly: every problem at once, each with file:line:column. Lines are added under a
lock by writing a whole new file beside the old one and renaming it, so that a killed command leaves the old file.
"""

import csv
import io
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import pandas as pd

from riskplug.cells import plain_cell, safe_cell
from riskplug.documents import Position, excerpt
from riskplug.errors import LockHeld, Problem, UsageError, suggestion

Cell = str | float | date | None
WAIT_SECONDS = 20.0
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Field:
    """A column. Numbers are never negative; ``choices`` limits a text."""

    name: str
    kind: Literal["text", "number", "date"] = "text"
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One line of a journal, as read and as written there."""

    values: Mapping[str, Cell]
    place: str
    line: int
    record: str

    def problem(self, column: str, what: str, fix: str, code: str) -> Problem:
        """A problem at a cell, with the line and a caret."""
        return _at(self.place, self.line, self.record, list(self.values).index(column), what, fix, code)

    def text(self, name: str) -> str:
        """A text cell, empty where nothing is written."""
        return str(self.values[name] or "")


@dataclass(frozen=True)
class Journal:
    """What a journal is made of."""

    fields: tuple[Field, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    def read(self, path: Path) -> tuple[list[Entry], list[Problem]]:
        """The entries in file order, and everything that is wrong with the file; an absent file has no entries.

        A byte order mark, CRLF and blank lines are taken as they come: spreadsheet programs write them.
        """
        if not path.exists():
            return [], []
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            what = f"byte {error.start} is not UTF-8"
            return [], [Problem(what, str(path), "save it as CSV UTF-8", "journal-encoding")]
        heading, *records = _records(text)
        if wrong := self._heading(str(path), heading):
            return [], [wrong]
        read = [self._entry(str(path), line, record) for line, record in records if record.strip(", \t")]
        return [entry for entry, found in read if not found], [problem for _, found in read for problem in found]

    def _heading(self, place: str, record: tuple[int, str]) -> Problem | None:
        line, text = record
        names = [name.strip() for name in _split(text) or []]
        if names == list(self.names):
            return None
        unknown = next((at for at, name in enumerate(names) if name not in self.names), 0)
        fix = f"the first line must read {','.join(self.names)}"
        if ";" in text and "," not in text:
            what, fix = "the columns are separated by semicolons", "save it as CSV with commas and decimal points"
        elif names and names[unknown] not in self.names:
            what = f"unknown column {names[unknown]!r}"
            fix = "; ".join(filter(None, (suggestion(names[unknown], self.names), fix)))
        else:
            what = "the columns are not those of this file"
        return _at(place, line, text, unknown, what, fix, "journal-heading")

    def _entry(self, place: str, line: int, record: str) -> tuple[Entry, list[Problem]]:
        cells = _split(record) or []
        values: dict[str, Cell] = {}
        entry = Entry(values, place, line, record)
        if not cells:
            return entry, [_at(place, line, record, 0, "a quote is not closed", "close the quote", "journal-quote")]
        if len(cells) != len(self.fields):
            what = f"{len(cells)} cells, the heading has {len(self.fields)}"
            fix = "add or remove commas; put a text that holds a comma in double quotes"
            odd = min(len(cells) - 1, len(self.fields))
            return entry, [_at(place, line, record, odd, what, fix, "journal-cells")]
        faults = []
        for field, cell in zip(self.fields, cells, strict=True):
            try:
                values[field.name] = _value(field, cell.strip())
            except ValueError as error:
                values[field.name] = None
                faults.append((field.name, *error.args))
        return entry, [entry.problem(*fault) for fault in faults]

    def line_of(self, values: Mapping[str, Cell]) -> str:
        """One line for an entry, without its end; line breaks in texts become blanks."""
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow([_written(values.get(name)) for name in self.names])
        return out.getvalue()

    def drafted(self, entries: Sequence[Mapping[str, Cell]]) -> tuple[list[Entry], list[Problem]]:
        """Entries as they will read once they are written, and what is wrong with them, for whoever typed them."""
        drafts = [self._entry("command line", 0, self.line_of(entry)) for entry in entries]
        good = [entry for entry, found in drafts if not found]
        return good, [problem for _, found in drafts for problem in found]

    def add(self, path: Path, entries: Sequence[Mapping[str, Cell]]) -> None:
        """Add entries at the end, all or none, whatever happens. The caller holds the lock."""
        old = path.read_bytes() if path.exists() else b""
        end = "\r\n" if b"\r\n" in old else "\n"
        lines = [] if old.strip() else [",".join(self.names)]
        lines += [self.line_of(entry) for entry in entries]
        joint = b"" if not old or old.endswith(b"\n") else end.encode()
        _replace(path, old + joint + "".join(line + end for line in lines).encode())

    def frame(self, entries: Sequence[Entry]) -> pd.DataFrame:
        """The entries as a frame: text str, number float64, date datetime64[s], and ``line``."""
        columns = {
            field.name: pd.Series([entry.values[field.name] for entry in entries], dtype=_DTYPES[field.kind])
            for field in self.fields
        }
        return pd.DataFrame({**columns, "line": pd.Series([entry.line for entry in entries], dtype="int64")})


_DTYPES = {"text": "str", "number": "float64", "date": "datetime64[s]"}


def refuse(problems: Sequence[Problem]) -> None:
    """UsageError with every problem in the order of the lines, if there is one."""
    if problems:
        raise UsageError.of(sorted(problems, key=_line))


def _line(problem: Problem) -> int:
    found = re.search(r":([0-9]+):[0-9]+$", problem.where)
    return int(found.group(1)) if found else 0


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a journal: beside it, released by the system when its holder dies; LockHeld after a while."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / f".{path.name}.lock").open("a+b") as stream:
        deadline = time.monotonic() + WAIT_SECONDS
        while not _lock(stream.fileno()):
            if time.monotonic() > deadline:
                raise LockHeld("another riskplug command is writing here", str(path), "try again when it has ended")
            time.sleep(0.02)
        yield


def _lock(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        lock = getattr(msvcrt, "locking")  # noqa: B009  (absent from the types of other systems)
        try:
            os.lseek(handle, 0, os.SEEK_SET)
            lock(handle, getattr(msvcrt, "LK_NBLCK"), 1)  # noqa: B009
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and see that it is on the disk; a link keeps leading to the same file."""
    target = path.resolve()
    draft = target.with_name(f".{target.name}.part")
    with draft.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(target)
    if os.name == "posix":
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _records(text: str) -> list[tuple[int, str]]:
    """Records with the line each starts on; a quoted text may run over several lines."""
    made: list[tuple[int, str]] = []
    begun, held = 0, ""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        begun, held = (begun, f"{held}\n{line}") if held else (number, line)
        if held.count('"') % 2 == 0:
            made.append((begun, held))
            held = ""
    if held:
        # a quote that never closes swallows nothing: only its own line is at fault
        first, *rest = held.split("\n")
        made.append((begun, first))
        made += [(begun + place, line) for place, line in enumerate(rest, 1)]
    return made


def _at(place: str, line: int, record: str, cell: int, what: str, fix: str, code: str) -> Problem:
    """A problem at a cell of a record."""
    column = _column(record, cell)
    return Problem(what, f"{place}:{line}:{column}", fix, code, excerpt(record, Position(1, column)))


def _split(record: str) -> list[str] | None:
    try:
        rows = list(csv.reader(io.StringIO(record, newline=""), strict=True))
    except csv.Error:
        return None
    return rows[0] if rows else []


def _column(record: str, place: int) -> int:
    """The column, from 1, at which a cell of a record starts."""
    quoted, seen = False, 0
    for at, character in enumerate(record):
        if seen == place:
            return at + 1
        quoted ^= character == '"'
        seen += character == "," and not quoted
    return len(record) + 1


def _value(field: Field, text: str) -> Cell:
    """The value of a cell; ValueError(what, fix, code) where it is none."""
    text = plain_cell(text)
    if not text:
        if field.required:
            raise ValueError(f"{field.name} is empty", f"write the {field.name.replace('_', ' ')}", "journal-empty")
        return None
    if field.kind == "date":
        try:
            return date.fromisoformat(text if _DATE.fullmatch(text) else "no")
        except ValueError:
            raise ValueError(f"{text!r} is not a date", "write it as YYYY-MM-DD", "journal-date") from None
    if field.kind == "number":
        if not _NUMBER.fullmatch(text):
            fix = "write digits with a decimal point, no sign, no unit"
            raise ValueError(f"{text!r} is not a number from 0 on", fix, "journal-number")
        return float(text)
    if field.choices and text not in field.choices:
        fix = suggestion(text, field.choices)
        raise ValueError(f"unknown {field.name.replace('_', ' ')} {text!r}", fix, "journal-choice")
    return text


def _written(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.9g}"
    return value.isoformat() if isinstance(value, date) else safe_cell(" ".join(value.split()))
