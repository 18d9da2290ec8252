"""Databases through SQLAlchemy: read-only, one instant for all tables, streamed, names checked before use."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from riskplug.errors import DataRefused, UsageError, suggestion
from riskplug.ingest.extract import Extract
from riskplug.ingest.profile import TableRule
from riskplug.secrets import SecretRef

PARTITION = 20_000


@contextmanager
def connect(url: SecretRef | str, root: Path, source: str) -> Iterator[Connection]:
    """A read-only connection in one transaction, rolled back at the end; DataRefused when there is none to be had."""
    parsed = _parse(url, source)
    engine = _engine(parsed, root, source)
    try:
        with engine.connect() as connection:
            frozen = _begin(connection)
            yield frozen
            frozen.rollback()
    except sa.exc.SQLAlchemyError as error:
        raise _refusal(error, parsed, source) from error
    finally:
        engine.dispose()


def read_table(connection: Connection, rule: TableRule, where: str) -> Extract:
    """The profile's columns of one database table as text, with the primary key beside them."""
    name = str(rule.table)
    schema, _, table = name.rpartition(".")
    columns = _checked_columns(connection, table, schema or None, rule, where)
    read = sa.table(table, *(sa.column(column) for column in columns), schema=schema or None)
    query = sa.select(read)
    result = connection.execution_options(yield_per=PARTITION).execute(query)
    batches = [_as_table(columns, rows) for rows in result.partitions(PARTITION)]
    content = pa.concat_tables(batches) if batches else _as_table(columns, [])
    unread = [column["name"] for column in sa.inspect(connection).get_columns(table, schema or None)]
    content = content.replace_schema_metadata({"unread": "\n".join(sorted(set(unread) - set(columns)))})
    lines = np.arange(1, content.num_rows + 1, dtype=np.int64)
    return Extract(where, content, lines, _row_hash(content), content.nbytes)


def _parse(url: SecretRef | str, source: str) -> URL:
    text = url.resolve().get_secret_value() if isinstance(url, SecretRef) else url
    try:
        return make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        # the library's message would repeat the text, and with it a password
        raise UsageError(
            "not a database URL",
            f"[sources.{source}] url",
            "write dialect+driver://user@host/database, e.g. postgresql+psycopg://...",
        ) from None


def _engine(url: URL, root: Path, source: str) -> Engine:
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        file = path if path.is_absolute() else root / path
        if not file.is_file():
            raise DataRefused(f"no database file {file}", f"[sources.{source}] url", "check the path")
        url = URL.create(url.drivername, database=f"file:{quote(str(file))}", query={"mode": "ro", "uri": "true"})
    try:
        return sa.create_engine(url, hide_parameters=True)
    except (ImportError, sa.exc.NoSuchModuleError) as error:
        raise DataRefused(
            f"no driver for {url.drivername}",
            f"[sources.{source}] url",
            "install riskplug[postgresql] or riskplug[mariadb], or the driver of your database",
        ) from error


def _begin(connection: Connection) -> Connection:
    """Start the one transaction in which every table is read."""
    backend = connection.dialect.name
    if backend == "sqlite":
        connection.exec_driver_sql("BEGIN")
    elif backend == "postgresql":
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    elif backend in ("mysql", "mariadb"):
        connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    return connection.execution_options(stream_results=True)


def _checked_columns(connection: Connection, table: str, schema: str | None, rule: TableRule, where: str) -> list[str]:
    inspector = sa.inspect(connection)
    tables = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
    if table not in tables:
        raise DataRefused(
            f"no table {table!r} in the database", where, suggestion(table, tables) or "check the profile"
        )
    there = [column["name"] for column in inspector.get_columns(table, schema)]
    key = inspector.get_pk_constraint(table, schema).get("constrained_columns", [])
    wanted = {name for name in _named_columns(rule) if name in there} | set(key)
    return [name for name in there if name in wanted]


def _named_columns(rule: TableRule) -> set[str]:
    named = {name for column in rule.columns.values() for name in column.source_columns}
    named |= {item.column for item in rule.drop_rows if item.column}
    return (
        named | set(rule.unpivot.columns if rule.unpivot else ()) | ({rule.as_of.column or ""} if rule.as_of else set())
    )


def _as_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> pa.Table:
    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return pa.table({name: _texts(column) for name, column in zip(columns, values, strict=True)})


def _texts(values: Sequence[object]) -> pa.Array:
    return pa.array(
        [value if value is None or isinstance(value, str) else _text(value) for value in values], pa.string()
    )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _row_hash(content: pa.Table) -> str:
    """A hash of the rows in any order: a database promises none."""
    rows = np.sort(pd.util.hash_pandas_object(content.to_pandas(), index=False).to_numpy())
    return hashlib.sha256("\x1f".join(content.column_names).encode() + rows.tobytes()).hexdigest()


def _refusal(error: sa.exc.SQLAlchemyError, url: URL, source: str) -> DataRefused:
    text = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
    if url.password:
        text = text.replace(str(url.password), "***")
    return DataRefused(
        f"the database cannot be read: {text}",
        f"[sources.{source}] {url.render_as_string()}",
        "check that it runs, the URL and the rights of the user",
    )
