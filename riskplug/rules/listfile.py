"""Lists that rules name, from a CSV file beside them: an update of the list is a change of data, with its own dates."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from riskplug.documents import Document, KeyPath
from riskplug.errors import Problem, suggestion
from riskplug.rules.csvfile import Unreadable, day_of, read_beside, repeated
from riskplug.rules.rulefile import NamedList
from riskplug.rules.tree import Literal, day_number

COLUMNS = ("value", "effective_from", "effective_to", "source", "note")
MAX_BYTES = 5_000_000


def list_values(entry: NamedList, document: Document, path: KeyPath) -> tuple[tuple[Literal, ...], tuple[Problem, ...]]:
    """The values of a list, each with the days on which it is one, and every problem of its file.

    A CSV file has a column ``value`` and, if wanted, effective_from and effective_to (inclusive), source and note.
    A row's own dates count before those of the list.
    """
    inline = tuple(_value(value, entry.effective_from, entry.effective_to) for value in entry.values)
    first, last = entry.effective_from, entry.effective_to
    if first and last and last < first:
        what = f"ends {last}, before it begins on {first}"
        return inline, (
            document.problem((*path, "effective_to"), what, "exchange the dates", "list-dates", value=True),
        )
    if entry.file is None:
        return inline, ()
    try:
        file, table = read_beside(document.path, entry.file, MAX_BYTES)
    except Unreadable as error:
        what, fix = f"cannot read {entry.file}: {error}", "name a UTF-8 CSV file beside the rule file"
        return inline, (document.problem((*path, "file"), what, fix, "list-file", value=True),)
    problems: list[Problem] = []
    rows = tuple(_rows(file, table, entry, problems))
    return (*inline, *rows), tuple(problems)


def _value(value: str | float, first: date | None, last: date | None) -> Literal:
    return Literal(
        value if isinstance(value, str) else float(value),
        "text" if isinstance(value, str) else "bare",
        first=None if first is None else day_number(first),
        last=None if last is None else day_number(last),
    )


def _rows(file: Path, table: Sequence[Sequence[str]], entry: NamedList, problems: list[Problem]) -> Iterator[Literal]:
    header = [name.strip() for name in table[0]] if table else []
    strange = [name for name in header if name not in COLUMNS]
    if strange or "value" not in header:
        what = f"unknown column {strange[0]!r}" if strange else "no column 'value'"
        fix = (suggestion(strange[0], COLUMNS) if strange else "") or f"use {', '.join(COLUMNS)}"
        problems.append(Problem(what, f"{file}:1", fix, "list-file"))
        return
    if repeated(header):
        fix = "keep one of them"
        problems.append(Problem(f"column {repeated(header)!r} stands there twice", f"{file}:1", fix, "list-file"))
        return
    for number, cells in enumerate(table[1:], start=2):
        if not cells:
            continue
        if len(cells) != len(header):
            what = f"{len(cells)} cells under {len(header)} columns"
            problems.append(Problem(what, f"{file}:{number}", "write one cell per column", "list-file"))
            continue
        row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        if not row["value"]:
            problems.append(Problem("no value", f"{file}:{number}", "remove the line", "list-file"))
            continue
        first, last = (_day(row.get(name, ""), file, number, name, problems) for name in COLUMNS[1:3])
        first, last = first or entry.effective_from, last or entry.effective_to
        if first and last and last < first:
            what = f"ends {last}, before it begins on {first}"
            problems.append(Problem(what, f"{file}:{number}", "exchange the dates", "list-file"))
        yield _value(row["value"], first, last)


def _day(text: str, file: Path, number: int, name: str, problems: list[Problem]) -> date | None:
    try:
        return day_of(text) if text else None
    except ValueError:
        problems.append(Problem(f"{name} {text!r} is no date", f"{file}:{number}", "write 2025-04-28", "list-file"))
        return None
