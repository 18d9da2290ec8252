"""Databases through SQLAlchemy: read-only, one instant for all tables, streamed, names checked before use."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from riskplug.errors import DataRefused, UsageError, suggestion
from riskplug.ingest.extract import Extract, numbered
from riskplug.ingest.query_rows import Gathered
from riskplug.ingest.sqlite_limit import limit_statements, passed_limit
from riskplug.secrets import SecretRef

PARTITION = 10_000


@contextmanager
def connect(url: SecretRef | str, root: Path, source: str, timeout_seconds: float = 900) -> Iterator[Connection]:
    """A read-only connection in one transaction, rolled back at the end; DataRefused when there is none to be had.

    A statement that runs longer than ``timeout_seconds`` is cancelled by the server, or by SQLite itself.
    """
    parsed = _parse(url, source)
    engine = _engine(parsed, root, source)
    try:
        with engine.connect() as connection:
            frozen = _begin(connection, timeout_seconds)
            yield frozen
            if not frozen.invalidated:  # else it has ended with the connection
                frozen.rollback()
    except sa.exc.SQLAlchemyError as error:
        raise _refusal(error, parsed, source) from error
    finally:
        engine.dispose()


def read_table(connection: Connection, name: str, wanted: Iterable[str], where: str) -> Extract:
    """The wanted columns of one database table or view as text, with the primary key beside them.

    Wanted columns that the table does not have are left out: the mapping says which of them it cannot do without.
    """
    schema, _, table = _spelt(connection, name).rpartition(".")
    with _alone(connection, where):
        columns, unread = _checked_columns(connection, table, schema or None, set(wanted), where)
        read = sa.table(table, *(sa.column(column) for column in columns.values()), schema=schema or None)
        result = connection.execution_options(yield_per=PARTITION).execute(sa.select(read))
        rows = _streamed(result, list(columns))
    return _extract(rows, where, unread)


def read_all(connection: Connection, name: str, where: str) -> Extract:
    """Every column of a table, for a plugin that asks for the table as it is."""
    schema, _, table = _spelt(connection, name).rpartition(".")
    with _alone(connection, where):
        there = _columns(connection, table, schema or None) if has_table(connection, name) else {}
    return read_table(connection, name, there, where)


def has_table(connection: Connection, name: str) -> bool:
    schema, _, table = _spelt(connection, name).rpartition(".")
    with _alone(connection, name):
        return bool(sa.inspect(connection).has_table(table, schema or None))


def _spelt(connection: Connection, name: str) -> str:
    """A name as SQLAlchemy spells it: Oracle's and HANA's upper-case names are lower-case ones there."""
    dialect = connection.dialect
    if not getattr(dialect, "requires_name_normalize", False):
        return name
    return ".".join(str(dialect.normalize_name(part)) for part in name.split("."))


def _columns(connection: Connection, table: str, schema: str | None) -> dict[str, str]:
    """Columns of a table by the name a profile gives them, with their name in SQLAlchemy."""
    names = [str(column["name"]) for column in sa.inspect(connection).get_columns(table, schema)]
    if not getattr(connection.dialect, "requires_name_normalize", False):
        return {name: name for name in names}
    return {str(connection.dialect.denormalize_name(name)): name for name in names}


def read_query(connection: Connection, query: str, where: str) -> Extract:
    """The rows of one SELECT that a profile spells out; DataRefused when it is anything else."""
    refuse_other_statements(query, where)
    # the query is no template: neither a colon nor a percent sign in it is a parameter
    statement = sa.text(query.replace(":", "\\:"))
    with _alone(connection, where):
        result = connection.execution_options(yield_per=PARTITION).execute(statement)
        columns = list(result.keys())
        twice = sorted({name for name in columns if columns.count(name) > 1})
        if twice:
            result.close()
            raise DataRefused(f"column {twice[0]!r} is there twice", where, "give one of them another name with AS")
        rows = _streamed(result, columns)
    return _extract(rows, where)


_LOST = "scan again when the database runs"


@contextmanager
def _alone(connection: Connection, where: str) -> Iterator[None]:
    """What goes wrong with one table refuses that table; the others are still read, as of the same instant."""
    if connection.invalidated:
        raise DataRefused("the connection was lost before this table was read", where, _LOST)
    try:
        _to_savepoint(connection, "SAVEPOINT")
        yield
    except sa.exc.SQLAlchemyError as error:
        if connection.invalidated:
            raise DataRefused(f"the connection was lost: {_first_line(error)}", where, _LOST) from error
        _to_savepoint(connection, "ROLLBACK TO SAVEPOINT")
        if (seconds := passed_limit(connection)) is not None:
            what = f"the statement took longer than {seconds:g} s and was interrupted"
            raise DataRefused(what, where, "raise `timeout_seconds` of the source, or read less") from error
        what, fix = f"the table cannot be read: {_first_line(error)}", "check the rights of the user and the time limit"
        raise DataRefused(what, where, fix) from error


def _to_savepoint(connection: Connection, what: str) -> None:
    """PostgreSQL runs nothing more after an error, except from a savepoint; the others go on by themselves."""
    if connection.dialect.name == "postgresql":
        unstreamed = {"stream_results": False, "yield_per": None}
        connection.exec_driver_sql(f"{what} before_table", execution_options=unstreamed)


_TEXTS = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)
_WRITES = re.compile(
    r"\b(insert|update|delete|merge|replace|create|alter|drop|truncate|grant|revoke|call|exec|execute|do|copy|load|into"
    r"|attach|pragma|vacuum|lock|set)\b",
    re.IGNORECASE,
)


def refuse_other_statements(query: str, where: str) -> None:
    """Only one SELECT may run. The user's rights and the read-only transaction stand behind this, not instead of it."""
    if "/*!" in query:  # MariaDB and MySQL carry out what stands in such a comment
        raise DataRefused("the query holds an executable comment", where, "write one SELECT without /*! */")
    bare = _TEXTS.sub(" ' ", query).strip().rstrip(";").strip()
    what = ""
    if not re.match(r"(select|with)\b", bare, re.IGNORECASE):
        what = "the query is no SELECT"
    elif ";" in bare:
        what = "the query holds more than one statement"
    elif found := _WRITES.search(bare):
        what = f"the query contains {found[0].upper()}"
    if what:
        raise DataRefused(what, where, "write one SELECT; a name that is such a word goes into quotes")


def _extract(rows: Gathered, where: str, unread: Sequence[str] = ()) -> Extract:
    content = rows.table().replace_schema_metadata({"unread": "\n".join(unread)} if unread else None)
    return Extract(where, content, numbered(1, content.num_rows), rows.sha256(), content.nbytes)


def _streamed(result: sa.CursorResult[Any], columns: Sequence[str]) -> Gathered:
    gathered = Gathered(columns)
    try:
        for rows in result.partitions(PARTITION):
            gathered.add(rows)
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated:
            _leave_the_rest(result.context.cursor)
        raise
    return gathered


def _leave_the_rest(cursor: Any) -> None:
    """Close a cursor whose connection is gone: left open, drivers complain about it when it is collected."""
    rest = getattr(cursor, "_result", None)
    if rest is not None:
        rest.unbuffered_active = False  # PyMySQL would read what is left of the rows
    with suppress(Exception):
        cursor.close()


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
        engine = sa.create_engine(url, hide_parameters=True)
    except (ImportError, sa.exc.NoSuchModuleError) as error:
        raise DataRefused(
            f"no driver for {url.drivername}",
            f"[sources.{source}] url",
            "install riskplug[postgresql] or riskplug[mariadb], or the driver of your database",
        ) from error
    if engine.dialect.driver == "psycopg":
        sa.event.listen(engine, "connect", _read_days_as_text)
    return engine


def _read_days_as_text(connection: Any, _: object) -> None:
    """Days as text: psycopg has no date for `infinity`, which is none here, nor for years before Christ."""
    from psycopg.adapt import Loader

    class Day(Loader):
        def load(self, data: Any) -> str:
            text = bytes(data).decode()
            if text.endswith("infinity"):
                return ""
            return text if text.endswith("BC") else text[:10]

    for name in ("date", "timestamp", "timestamptz"):
        connection.adapters.register_loader(name, Day)


def _begin(connection: Connection, timeout_seconds: float) -> Connection:
    """Start the one transaction in which every table is read: all of them as they were at one instant."""
    backend = connection.dialect.name
    if backend == "sqlite":
        limit_statements(connection, timeout_seconds)
        connection.exec_driver_sql("BEGIN")
    elif backend == "postgresql":
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        connection.exec_driver_sql("SET LOCAL datestyle = 'ISO'")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(timeout_seconds * 1000)}")
    elif backend in ("mysql", "mariadb"):
        # for the session too: a CREATE or DROP ends a transaction that alone is read-only, and is then carried out
        connection.exec_driver_sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # the two have gone apart: seconds here, milliseconds there
        limit = f"max_statement_time = {timeout_seconds:g}"
        if not getattr(connection.dialect, "is_mariadb", False):
            limit = f"max_execution_time = {int(timeout_seconds * 1000)}"
        connection.exec_driver_sql(f"SET SESSION {limit}")
        connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    return connection.execution_options(stream_results=True)


def _checked_columns(
    connection: Connection, table: str, schema: str | None, wanted: set[str], where: str
) -> tuple[dict[str, str], list[str]]:
    """(columns to read, columns that nobody reads), both as the live schema has them."""
    inspector = sa.inspect(connection)
    tables = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
    if table not in tables:
        raise DataRefused(
            f"no table {table!r} in the database", where, suggestion(table, tables) or "check the profile"
        )
    there = _columns(connection, table, schema)
    key = set(inspector.get_pk_constraint(table, schema).get("constrained_columns", []))
    read = {name: own for name, own in there.items() if name in wanted or own in key}
    if not read:
        raise DataRefused(f"{table} has none of the columns {', '.join(sorted(wanted))}", where, "check the profile")
    return read, sorted(there.keys() - read.keys())


def _first_line(error: sa.exc.SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).strip().split("\n")[0]


def _refusal(error: sa.exc.SQLAlchemyError, url: URL, source: str) -> DataRefused:
    text = _first_line(error)
    if url.password:
        text = text.replace(str(url.password), "***")
    return DataRefused(
        f"the database cannot be read: {text}",
        f"[sources.{source}] {url.render_as_string()}",
        "check that it runs, the URL and the rights of the user",
    )
