"""The rows of one canonical table from a source: its own files or tables, the ones joined to them, taken apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa

from riskplug.errors import DataRefused
from riskplug.extend import guard
from riskplug.extend.protocols import Reshaper
from riskplug.ingest.clients import Clients
from riskplug.ingest.declared import DeclarationFile, read_or_reject
from riskplug.ingest.extract import Extract, one_array
from riskplug.ingest.files import find_files, name_within, read_file, unread_files
from riskplug.ingest.fill_down import filled_down
from riskplug.ingest.indented import unfolded
from riskplug.ingest.joins import joined_with, partners_left, stacked
from riskplug.ingest.keys import clean
from riskplug.ingest.mapping import columns_of_join, columns_used
from riskplug.ingest.meant import meant_by
from riskplug.ingest.native_cells import Meant
from riskplug.ingest.profile import Input, Join, Profile, TableRule
from riskplug.ingest.totals import without_totals

if TYPE_CHECKING:  # SQLAlchemy is not needed for files
    from sqlalchemy.engine import Connection

ROW = "(row)"
"""Column that tells a reshaped row from which row it was made."""


@dataclass(frozen=True)
class Reshape:
    """A plugin's reshaper, with the plugin's name for messages."""

    plugin: str
    reshaper: Reshaper


class Origin(Protocol):
    """Where a source's tables are."""

    def rows(self, table: str, rule: TableRule) -> list[Extract]: ...

    def beside(self, item: Join | Input, rule: TableRule, name: str, meant: Meant) -> list[Extract]: ...


@dataclass(frozen=True)
class Folder:
    """A folder of exports. ``given``: files to read as the table's own, whatever they are called.

    ``declared``: supplier declaration files read so far; one file holds several tables.
    """

    path: Path
    profile: Profile
    root: Path
    zone: str
    given: Sequence[Path] | None = None
    declared: dict[Path, DeclarationFile] = field(default_factory=dict)

    def files(self, table: str, rule: TableRule) -> Sequence[Path]:
        """The files of a table itself."""
        return find_files(self.path, rule, table) if self.given is None else self.given

    def files_beside(self, item: Join | Input, rule: TableRule, name: str) -> Sequence[Path]:
        """The files of what is joined to it, or handed to a reshaper."""
        folder = self.path if self.path.is_dir() else self.path.parent
        return find_files(folder, _rule_beside(item, rule), name)

    def name_of(self, path: Path) -> str:
        """What a file is called in all that is said of it."""
        return name_within(path, self.root)

    def rows(self, table: str, rule: TableRule) -> list[Extract]:
        files = self.files(table, rule)
        if self.profile.reader == "canonical" and not self.profile.tables and len(files) > 1 and self.given is None:
            raise DataRefused(
                f"table {table} is there twice: {', '.join(path.name for path in files)}",
                str(self.path),
                "keep one of the files",
            )
        if self.profile.reader == "declared":
            return [self._declared(path).extract(table) for path in files]
        return [read_file(path, table, self.profile, rule, self.root, self.zone) for path in files]

    def unread(self) -> list[str]:
        """Names of files that are no exports: transfers under way, or held open by an office program."""
        return unread_files(self.path)

    def _declared(self, path: Path) -> DeclarationFile:
        if path not in self.declared:
            self.declared[path] = read_or_reject(path, self.root)
        return self.declared[path]

    def beside(self, item: Join | Input, rule: TableRule, name: str, meant: Meant) -> list[Extract]:
        own = _rule_beside(item, rule)
        meant = meant.beside(f"{name}.", frozenset(item.on.values())) if isinstance(item, Join) else meant
        return [
            read_file(path, name, self.profile, own, self.root, self.zone, meant)
            for path in self.files_beside(item, rule, name)
        ]


def _rule_beside(item: Join | Input, rule: TableRule) -> TableRule:
    lines = tuple(drop for drop in getattr(item, "drop_rows", ()) if drop.line is not None)
    return TableRule(files=item.files, sheet=item.sheet, drop_rows=lines, header_row=rule.header_row)


@dataclass(frozen=True)
class Database:
    """A connection in its one transaction."""

    connection: "Connection"
    source: str
    profile: Profile

    def rows(self, table: str, rule: TableRule) -> list[Extract]:
        from riskplug.ingest.database import read_all, read_query, read_table

        if rule.query is not None:
            return [read_query(self.connection, rule.query, f"{self.source}:{table}")]
        where = f"{self.source}:{rule.table}"
        if rule.reshape:  # whose columns no rule names
            return [read_all(self.connection, str(rule.table), where)]
        prefixes = tuple(f"{join.name}." for join in rule.join)
        used = {name for name in columns_used(rule) if not prefixes or not name.startswith(prefixes)}
        return [read_table(self.connection, str(rule.table), used | self._client, where)]

    def beside(self, item: Join | Input, rule: TableRule, name: str, _: Meant) -> list[Extract]:
        from riskplug.ingest.database import has_table, read_all, read_table

        where = f"{self.source}:{item.table}"
        optional = not item.required if isinstance(item, Input) else item.keep == "every"
        if optional and not has_table(self.connection, str(item.table)):
            return []
        if isinstance(item, Input) or rule.reshape:
            return [read_all(self.connection, str(item.table), where)]
        return [read_table(self.connection, str(item.table), columns_of_join(rule, item) | self._client, where)]

    @property
    def _client(self) -> set[str]:
        return set(self.profile.client.column if self.profile.client else ())


def gathered(
    origin: Origin, table: str, rule: TableRule, profile: Profile, on: date, reshapes: Mapping[str, Reshape]
) -> list[Extract]:
    """The extracts of one table, of one client, joined and reshaped as the profile says; none without a file."""
    clients, meant = Clients(profile), meant_by(rule, table)
    extracts = clients.only_ours([filled_down(extract, rule, profile) for extract in origin.rows(table, rule)])
    if not extracts:
        return []
    if rule.levels:
        extracts = [without_totals(extract, rule.drop_rows, rule.levels, profile) for extract in extracts]
        extracts = unfolded(extracts, rule.levels, profile, tuple(columns_used(rule)))
    for join in rule.join:
        partners = partners_left(_partners(origin, join, rule, clients, meant), join, profile)
        extracts = [joined_with(extract, partners, join, profile) for extract in extracts] if partners else extracts
    first, *more = extracts
    if rule.reshape:
        whole = replace(stacked(extracts), beside=(*(replace(each, beside=()) for each in more), *first.beside))
        return [_reshaped(whole, origin, rule, clients, on, reshapes, meant)]
    return [first, *(replace(extract, beside=()) for extract in more)]  # what is joined is told once


def _partners(origin: Origin, join: Join, rule: TableRule, clients: Clients, meant: Meant) -> list[Extract]:
    """The files that are joined; none where rows are kept without them and the source does not deliver any."""
    found = clients.only_ours(origin.beside(join, rule, join.name, meant), beside=True)
    if found or join.keep == "every":
        return found
    names = ", ".join(join.files)
    raise DataRefused(f"no file {names} for {join.name}", names, "add it to the export: rows cannot be read without it")


def _reshaped(
    extract: Extract,
    origin: Origin,
    rule: TableRule,
    clients: Clients,
    on: date,
    reshapes: Mapping[str, Reshape],
    meant: Meant,
) -> Extract:
    profile = clients.profile
    reshape = reshapes.get(str(rule.reshape))
    if reshape is None:
        known = ", ".join(sorted(reshapes)) or "none"
        raise DataRefused(
            f"profile {profile.name} needs reshaper {rule.reshape!r}, which no plugin gives; known: {known}",
            extract.file,
            "switch the plugin on, or correct `reshape` in the profile",
        )
    inputs = {name: _input(origin, name, item, rule, clients, meant) for name, item in rule.inputs.items()}
    frames = {name: _texts(stacked(found).columns, profile) for name, found in inputs.items() if found}
    rows = _texts(extract.columns, profile).assign(**{ROW: np.arange(extract.columns.num_rows)})
    asked = guard.call(reshape.plugin, f"reshape {rule.reshape}", lambda: reshape.reshaper.reshape(rows, frames, on))
    if asked.fault is not None or asked.value is None or ROW not in asked.value:
        said = str(asked.fault or f"plugin {reshape.plugin}, reshape {rule.reshape}: gave no rows with {ROW!r}")
        raise DataRefused(said, extract.file, "repair or switch off the plugin; the table is refused until then")
    made = asked.value
    at = made[ROW].to_numpy(dtype=np.int64)
    left_out = extract.columns.num_rows - len(np.unique(at))
    dropped = {**extract.dropped, **({f"left out by {rule.reshape}": left_out} if left_out else {})}
    columns = pa.table({str(name): pa.array(made[name], pa.string()) for name in made.columns if name != ROW})
    beside = (*extract.beside, *chain.from_iterable(inputs.values()))
    return replace(extract, columns=columns, lines=extract.lines[at], dropped=dropped, beside=beside)


def _input(origin: Origin, name: str, item: Input, rule: TableRule, clients: Clients, meant: Meant) -> list[Extract]:
    found = clients.only_ours(origin.beside(item, rule, name, meant), beside=True)
    if found or not item.required:
        return found
    names = ", ".join(item.files)
    raise DataRefused(f"no file {names} for {name}", names, "add it to the export: rows cannot be read without it")


def _texts(columns: pa.Table, profile: Profile) -> pd.DataFrame:
    cleaned = {
        name: clean(one_array(columns.column(name)).cast(pa.string()), profile.null_words).to_pandas()
        for name in columns.column_names
    }
    return pd.DataFrame(cleaned, dtype="str")
