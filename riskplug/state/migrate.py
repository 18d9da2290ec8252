"""Bringing the database to this version's schema: whole or not at all, after a backup, never downwards."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, inspect, text

from riskplug.errors import StateUnusable
from riskplug.state.backup import backup_file
from riskplug.state.dump import write_dump
from riskplug.state.engine import state_file
from riskplug.state.schema import VERSION_TABLE, metadata

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number does, as long as nobody else's is the same: it serialises migrations of one PostgreSQL database.
_ADVISORY_LOCK = 7_239_164_402


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade did. ``found``: the revision before it, None where the database was empty."""

    found: str | None
    head: str
    backup: Path | None = None


def upgrade(
    engine: Engine, clock: Callable[[], datetime], migrations: Path = MIGRATIONS, *, keep: Path | None = None
) -> Upgraded:
    """Migrate to the head where needed, after a backup into the folder ``keep``, where one is named.

    StateUnusable when the database is newer, unknown or not riskplug's, and when the backup cannot be written.
    """
    known = revisions(migrations)
    with engine.connect() as connection:
        if (found := usable(connection, known)) == known[0]:
            return Upgraded(found, known[0])
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        # Another process may have migrated while this one waited for the lock.
        if (found := usable(connection, known)) == known[0]:
            return Upgraded(found, known[0])
        backup = _backup(connection, found, keep, clock()) if found and keep else None
        migrate(connection, "head", migrations)
    return Upgraded(found, known[0], backup)


def revisions(migrations: Path = MIGRATIONS) -> list[str]:
    """Known revisions, the newest first."""
    from alembic.script import ScriptDirectory

    return [script.revision for script in ScriptDirectory.from_config(_config(migrations)).walk_revisions()]


def current(connection: Connection) -> str | None:
    """The database's revision; None when it has none. StateUnusable where that cannot be said."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = [str(row[0]) for row in connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}"))]
    if len(found) > 1:
        what = f"the state has {len(found)} schemas at once: {', '.join(sorted(found))}"
        raise StateUnusable(what, connection.engine.url.render_as_string(), _OTHER)
    return found[0] if found else None


def refuse_unknown_file(url: URL) -> None:
    """StateUnusable for a SQLite file that must not be used, before anything opens it to write.

    A file that SQLite cannot read is none of this function's business: whoever opens it says so.
    """
    file = state_file(url)
    if file is None or not file.is_file() or not file.stat().st_size:
        return
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as reader:
        tables = {str(row[0]) for row in reader.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        rows = reader.execute(f"SELECT version_num FROM {VERSION_TABLE}") if VERSION_TABLE in tables else ()
        _judge([str(row[0]) for row in rows], tables, revisions(), url.render_as_string())


def migrate(connection: Connection, to: str, migrations: Path = MIGRATIONS) -> None:
    """Run the migrations up to a revision in the connection's transaction."""
    from alembic import command

    config = _config(migrations)
    config.attributes["connection"] = connection
    command.upgrade(config, to)


_OTHER = "name another database under [state] url in riskplug.toml, or restore a backup"


def usable(connection: Connection, known: list[str]) -> str | None:
    """``current``; StateUnusable where the database is newer, unknown or not riskplug's."""
    # In this order: another process may bring an empty database up between the two looks.
    tables = set(inspect(connection).get_table_names())
    found = current(connection)
    _judge([found] if found else [], tables, known, connection.engine.url.render_as_string())
    return found


def _judge(found: list[str], tables: set[str], known: list[str], where: str) -> None:
    """StateUnusable where a database with these tables and revisions is not one that this version may use."""
    ours = tables & {*metadata.tables, VERSION_TABLE}
    if not found and (ours or (tables and where.startswith("sqlite"))):
        raise StateUnusable("there is a database, but not riskplug's", where, _OTHER)
    if not found or found == known[:1] or (len(found) == 1 and found[0] in known):
        return
    said = f"schema {', '.join(found)}; this one knows up to {known[0]}"
    place = "" if where.startswith("sqlite") else ", into an empty database"
    fix = f"install that version again, or restore a backup from before the upgrade{place}"
    if all(one.isdigit() and int(one) > int(known[0]) for one in found):
        raise StateUnusable(f"the state was written by a newer riskplug ({said})", where, fix)
    what = f"the state is of a newer riskplug, or was changed by something else ({said})"
    raise StateUnusable(what, where, fix)


def _backup(connection: Connection, found: str, folder: Path, now: datetime) -> Path:
    """What is there before the migration: as SQLite copies it, or as a file of ours where the database is a server."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    file = state_file(connection.engine.url)
    try:
        if file:
            return backup_file(file, folder / f"{file.stem}-{found}-{stamp}.db")
        return write_dump(connection, found, folder / f"state-{found}-{stamp}.pgstate")
    except (OSError, sqlite3.OperationalError) as error:
        what = f"the backup before the upgrade cannot be written: {getattr(error, 'strerror', None) or error}"
        raise StateUnusable(what, str(folder), "free space there; nothing was changed") from error


def _config(migrations: Path) -> "Config":
    from alembic.config import Config

    config = Config()
    # The option is read through configparser, which gives % a meaning.
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config
