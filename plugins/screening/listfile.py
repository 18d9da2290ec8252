"""The list: a CSV file of named firms, as public consolidated screening lists are published."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from riskplug.errors import PluginFault

Column = Literal["name", "aliases", "country", "address", "programme", "source", "date", "identifiers"]
COLUMNS: tuple[Column, ...] = get_args(Column)
_DATED = re.compile(r"(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)(?!\d)")
# Addresses and aliases of public lists are longer than what the csv module takes by itself.
_LONGEST_FIELD = 10_000_000


class ListOptions(BaseModel):
    """How the list file is to be read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Path = Field(description="CSV file of the list, from the workspace's folder.")
    title: str = Field(default="", description="What the list is called; empty: the file's name.")
    columns: dict[Column, str] = Field(default={}, description="Headings of the file, where they are not these words.")
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    separator: str = Field(default=";", min_length=1, description="Between aliases, and between identifiers.")
    encoding: str = "utf-8-sig"
    as_of: date | None = Field(default=None, description="Day the list was fetched; else a date in the file's name.")
    min_entries: int = Field(default=1, ge=1, description="A file with fewer names is taken for cut off.")


@dataclass(frozen=True, slots=True)
class Entry:
    """A firm on the list; ``line``: of the file. What the list does not say is empty, or None."""

    line: int
    name: str
    aliases: tuple[str, ...] = ()
    country: str = ""
    address: str = ""
    programme: str = ""
    source: str = ""
    listed_on: date | None = None
    identifiers: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The name and all aliases."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class NameList:
    """The entries that were on the list on a day. ``as_of``: how old the list itself is; None where nothing says so."""

    title: str
    file: str
    sha256: str
    as_of: date | None
    entries: tuple[Entry, ...]


def read_list(options: ListOptions, root: Path, on: date) -> NameList:
    """The list as of a day: entries of a later date are left out, those of no date are taken.

    PluginFault where the file is not there, not readable or cut off: no list is not the same as no match.
    """
    path = root / options.file
    try:
        content = path.read_bytes()
        text = content.decode(options.encoding)
    except (OSError, UnicodeError, LookupError) as error:
        what = f"the list cannot be read: {error}; nobody was screened"
        raise PluginFault(what, str(path), "put the list there, or correct `file` or `encoding` of the rule") from None
    every = list(_entries(text, options, path))
    if len(every) < options.min_entries:
        what = f"{len(every)} names on the list, at least {options.min_entries} were expected; nobody was screened"
        raise PluginFault(what, str(path), "fetch the list again, or correct `min_entries` of the rule")
    entries = tuple(entry for entry in every if entry.listed_on is None or entry.listed_on <= on)
    as_of = options.as_of or _date_of(path.name)
    title = options.title or path.stem
    return NameList(title, options.file.as_posix(), hashlib.sha256(content).hexdigest(), as_of, entries)


def _entries(text: str, options: ListOptions, path: Path) -> Iterator[Entry]:
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_FIELD))
    # Lines end with \n, \r\n or \r; what else str.splitlines takes for an end, such as U+2028, is text of a field.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=options.delimiter, strict=True)
    try:
        heading = next(reader, [])
        places = _places(heading, options.columns, path)
        for row in reader:
            if not any(map(str.strip, row)):
                continue
            if len(row) != len(heading):
                what = f"{len(row)} fields under {len(heading)} headings: a quote is missing, or the file was cut off"
                raise PluginFault(what, f"{path}:{reader.line_num}", "fetch the list again; nobody was screened")
            yield _entry({name: row[at].strip() for name, at in places.items()}, reader.line_num, options, path)
    except csv.Error as error:
        raise PluginFault(
            f"no CSV: {error}", f"{path}:{reader.line_num}", "fetch the list again; nobody was screened"
        ) from None


def _places(heading: list[str], columns: Mapping[Column, str], path: Path) -> dict[Column, int]:
    """Where each of our columns stands; only the name, and what the rule names, has to be there."""
    there = {title.strip().casefold(): at for at, title in enumerate(heading)}
    wanted = {name: columns.get(name, name).casefold() for name in COLUMNS}
    lacking = [title for name, title in wanted.items() if title not in there and (name == "name" or name in columns)]
    if lacking:
        fix = f"name the heading under `columns` of the rule; the file has {', '.join(heading) or 'none'}"
        raise PluginFault(f"no column {', '.join(lacking)}; nobody was screened", f"{path}:1", fix)
    every = [title.strip().casefold() for title in heading]
    twice = [title for title in dict.fromkeys(wanted.values()) if every.count(title) > 1]
    if twice:
        columns_of = ", ".join(str(at + 1) for at, title in enumerate(every) if title == twice[0])
        what = f"heading {twice[0]!r} stands over columns {columns_of}; nobody was screened"
        raise PluginFault(what, f"{path}:1", "keep one of them, or name another heading under `columns` of the rule")
    return {name: there[title] for name, title in wanted.items() if title in there}


def _entry(row: Mapping[Column, str], line: int, options: ListOptions, path: Path) -> Entry:
    """A row as an entry; what has no letter and no digit, such as a hyphen, is no name."""
    aliases, identifiers = (_several(row.get(name, ""), options.separator) for name in ("aliases", "identifiers"))
    names = tuple(name for name in (row["name"], *aliases) if any(map(str.isalnum, name)))
    if not names:
        said = f", only {row['name']!r}" if row["name"] else ""
        fix = "correct the list, or remove the line; nobody was screened"
        raise PluginFault(f"an entry without a name{said}", f"{path}:{line}", fix)
    return Entry(
        line,
        names[0],
        names[1:],
        row.get("country", ""),
        row.get("address", ""),
        row.get("programme", ""),
        row.get("source", ""),
        _date_of(row.get("date", "")),
        identifiers,
    )


def _several(text: str, separator: str) -> tuple[str, ...]:
    return tuple(filter(None, (one.strip() for one in text.split(separator))))


def _date_of(text: str) -> date | None:
    """The first ISO date in a text, with or without hyphens; None where there is none, or none that exists."""
    found = _DATED.search(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
