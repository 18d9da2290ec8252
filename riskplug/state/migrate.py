"""Bringing the database to this version's schema: whole or not at all, after a backup, never downwards."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from riskplug.errors import StateUnusable
from riskplug.state.backup import backup_file
from riskplug.state.engine import state_file
from riskplug.state.schema import VERSION_TABLE

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number does, as long as nobody else's is the same: it serialises migrations of one PostgreSQL database.
_ADVISORY_LOCK = 7_239_164_402


def upgrade(engine: Engine, clock: Callable[[], datetime], migrations: Path = MIGRATIONS, *, keep: bool = True) -> None:
    """Migrate to the head where needed, after a backup unless ``keep`` is false.

    StateUnusable when the database is newer, unknown or not riskplug's.
    """
    known = revisions(migrations)
    with engine.connect() as connection:
        found = _checked(connection, known, engine)
    if found == known[0]:
        return
    file = state_file(engine.url)
    if found and file and keep:
        stamp = clock().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        backup_file(file, file.parent / "backups" / f"{file.stem}-{found}-{stamp}.db")
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        # Another process may have migrated while this one waited for the lock.
        if _checked(connection, known, engine) != known[0]:
            _run(connection, migrations)


def revisions(migrations: Path = MIGRATIONS) -> list[str]:
    """Known revisions, the newest first."""
    from alembic.script import ScriptDirectory

    return [script.revision for script in ScriptDirectory.from_config(_config(migrations)).walk_revisions()]


def current(connection: Connection) -> str | None:
    """The database's revision; None when it is empty."""
    inspector = inspect(connection)
    if not inspector.has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()


def _checked(connection: Connection, known: list[str], engine: Engine) -> str | None:
    found, where = current(connection), engine.url.render_as_string()
    if found is None and connection.dialect.name == "sqlite" and inspect(connection).get_table_names():
        raise StateUnusable(
            "the file is a database, but not riskplug's", where, "name another file under [state] url in riskplug.toml"
        )
    if found is not None and found not in known:
        raise StateUnusable(
            f"the state was written by a newer riskplug (schema {found}; this one knows up to {known[0]})",
            where,
            "install that version again, or restore a backup from before the upgrade",
        )
    return found


def _run(connection: Connection, migrations: Path) -> None:
    from alembic import command

    config = _config(migrations)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config(migrations: Path) -> "Config":
    from alembic.config import Config

    config = Config()
    # The option is read through configparser, which gives % a meaning.
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config
