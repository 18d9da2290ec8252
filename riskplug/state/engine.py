"""Opening the state database: SQLite that behaves like a database, or PostgreSQL."""

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from riskplug.errors import StateUnusable, UsageError
from riskplug.private import private_folder

BUSY_SECONDS = 30.0
_READING = {"riskplug_reading": True}


def state_url(url: str, root: Path) -> URL:
    """The URL with a relative SQLite path made absolute against the workspace, and psycopg 3 for PostgreSQL."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        fix = "write sqlite:///FILE or postgresql://..."
        raise UsageError("not a database URL", "[state] url", fix) from error
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise UsageError("state cannot live in memory", "[state] url", "name a file: sqlite:///.riskplug/state.db")
        return parsed.set(database=str((root / parsed.database).absolute()))
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def state_file(url: URL) -> Path | None:
    """The SQLite file, or None."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def make_engine(url: URL) -> Engine:
    """An engine; for SQLite the file and its folder are made, readable by their owner alone."""
    file = state_file(url)
    if file is None:
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    try:
        private_folder(file.parent)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StateUnusable(
            f"state file cannot be opened: {error.strerror}", str(file), "check the path and its rights"
        ) from error
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def reading(engine: Engine) -> Engine:
    """The same engine for transactions that only read: they do not wait for a writer, and see one moment throughout."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(**_READING, isolation_level="REPEATABLE READ")
    return engine.execution_options(**_READING)


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own transactions leave DDL and SELECT outside; ours begin in _begin.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    _write_ahead(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """WAL stays with the file. The switch does not wait for other processes as statements do, so it is tried again."""
    deadline = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin(connection: Connection) -> None:
    kind = "DEFERRED" if connection.get_execution_options().get("riskplug_reading") else "IMMEDIATE"
    connection.exec_driver_sql(f"BEGIN {kind}")
