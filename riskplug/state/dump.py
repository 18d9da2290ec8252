"""A PostgreSQL state as one file, without programs of the server: rows as COPY writes them, and what schema they have.

A zip of ``state.json`` and one ``TABLE.copy`` per table. It is read back into a schema of the same revision, made by
the migrations, so that a copy of an older version can be put back by a newer one.
"""

import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, inspect, text

from riskplug.errors import StateUnusable
from riskplug.private import private_file, private_folder
from riskplug.state.backup import checksum_of, write_checksum
from riskplug.state.schema import metadata

SCHEMA, MANIFEST = "riskplug.pgstate/1", "state.json"
_BLOCK = 1 << 20
_FIX = "use another backup"


@dataclass(frozen=True, slots=True)
class Dump:
    """What a copy holds: the revision of its schema, and of each table its columns and rows, parents first."""

    revision: str
    columns: Mapping[str, tuple[str, ...]]
    rows: Mapping[str, int]


def write_dump(connection: Connection, revision: str, target: Path) -> Path:
    """Copy the state as the connection's transaction sees it; the file appears whole or not at all."""
    private_folder(target.parent)
    draft = target.with_name(f".{target.name}.part")
    try:
        with os.fdopen(private_file(draft), "wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
                _write(connection, revision, archive)
            stream.flush()
            os.fsync(stream.fileno())
        checksum_of(target).unlink(missing_ok=True)
        draft.replace(target)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    write_checksum(target)
    return target


def read_dump(file: Path) -> Dump:
    """What a copy says of itself; StateUnusable when it is none, or damaged."""
    try:
        with zipfile.ZipFile(file) as archive:
            said = json.loads(archive.read(MANIFEST))
            broken = archive.testzip()
        if broken or said["schema"] != SCHEMA:
            raise StateUnusable(f"the backup is damaged: {broken or said['schema']}", str(file), _FIX)
        columns = {str(name): tuple(map(str, one["columns"])) for name, one in said["tables"].items()}
        rows = {str(name): int(one["rows"]) for name, one in said["tables"].items()}
        return Dump(str(said["revision"]), columns, rows)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, EOFError, OSError) as error:
        raise StateUnusable("the backup is no copy of a PostgreSQL state, or is damaged", str(file), _FIX) from error


def load_dump(connection: Connection, file: Path, dump: Dump) -> None:
    """Put the rows into the empty tables of the copy's own revision."""
    with zipfile.ZipFile(file) as archive:
        for table, columns in dump.columns.items():
            statement = _copy(connection, table, columns, "FROM STDIN")
            with archive.open(f"{table}.copy") as source, _cursor(connection) as cursor, cursor.copy(statement) as into:
                while block := source.read(_BLOCK):
                    into.write(block)
            _go_on_counting(connection, table)


def own_tables(connection: Connection) -> list[str]:
    """The state's tables that the database has, parents first."""
    there = set(inspect(connection).get_table_names()) & set(metadata.tables)
    found = MetaData()
    found.reflect(connection, only=sorted(there))
    return [table.name for table in found.sorted_tables if table.name in there]


def _write(connection: Connection, revision: str, archive: zipfile.ZipFile) -> None:
    tables: dict[str, Any] = {}
    for table in own_tables(connection):
        columns = [str(column["name"]) for column in inspect(connection).get_columns(table)]
        with archive.open(f"{table}.copy", "w", force_zip64=True) as into:
            for block in _copied(connection, table, columns):
                into.write(block)
        rows = connection.execute(text(f"SELECT count(*) FROM {_quoted(connection, table)}")).scalar_one()
        tables[table] = {"columns": columns, "rows": rows}
    archive.writestr(MANIFEST, json.dumps({"schema": SCHEMA, "revision": revision, "tables": tables}, indent=1))


def _copied(connection: Connection, table: str, columns: list[str]) -> Iterator[bytes]:
    with _cursor(connection) as cursor, cursor.copy(_copy(connection, table, columns, "TO STDOUT")) as source:
        for block in source:
            yield bytes(block)


def _copy(connection: Connection, table: str, columns: Any, way: str) -> str:
    names = ", ".join(_quoted(connection, name) for name in columns)
    return f"COPY {_quoted(connection, table)} ({names}) {way}"


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)


def _cursor(connection: Connection) -> Any:
    """The driver's own cursor, in the connection's transaction: SQLAlchemy has no COPY."""
    driver = connection.connection.driver_connection
    assert driver is not None
    return driver.cursor()


def _go_on_counting(connection: Connection, table: str) -> None:
    """A number that the server gives out is never given out twice."""
    for column in inspect(connection).get_columns(table):
        if column.get("autoincrement") is True or "nextval" in str(column.get("default")):
            name = _quoted(connection, str(column["name"]))
            last = f"(SELECT coalesce(max({name}), 0) + 1 FROM {_quoted(connection, table)})"
            given = "pg_get_serial_sequence(:table, :column)"
            count = text(f"SELECT setval({given}, {last}, false)")
            connection.execute(count, {"table": _quoted(connection, table), "column": column["name"]})
