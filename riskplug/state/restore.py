"""Putting an older SQLite state back: checked first, then marked, then in its place all at once."""

import shutil
import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError

from riskplug.errors import StateUnusable, UsageError
from riskplug.private import private_folder
from riskplug.state import marks
from riskplug.state.backup import backup_file, check_copy, damage, schema_of
from riskplug.state.dump import Dump, load_dump, own_tables, read_dump, write_dump
from riskplug.state.engine import make_engine, reading, state_url
from riskplug.state.migrate import current, migrate, revisions, upgrade, usable
from riskplug.state.schema import VERSION_TABLE

KEPT = "before-restore"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back. ``kept``: where the replaced state is now, None when there was none. ``since``: when the
    backup was last written. ``checked``: it had a checksum. ``lost``: dates scanned since, which it does not know.
    ``known``: how many deliveries of the replaced state it was told of; None when that could not be read.
    """

    kept: Path | None
    since: datetime
    checked: bool
    lost: tuple[date, ...]
    known: int | None


@dataclass(frozen=True, slots=True)
class _Replaced:
    """What can still be read of the state that gives way."""

    sent: tuple[marks.Sent, ...] = ()
    nights: frozenset[date] = frozenset()


def restore_file(
    backup: Path,
    file: Path,
    *,
    clock: Callable[[], datetime],
    nights: Collection[date] = (),
    told: Collection[str] = (),
) -> Restored:
    """Put a backup in the place of a state file that may be open elsewhere.

    ``nights``: business dates that are known, from elsewhere, to have been scanned. ``told``: receivers that are taken
    to have everything up to the last of them. The state that gives way stays beside as ``*.before-restore``. Until the
    last step it is untouched; that step happens or not, whatever is killed. LockHeld while a scan is under way;
    StateUnusable when the backup is damaged, not riskplug's, or of a newer version.
    """
    if not backup.is_file():
        raise UsageError("no such backup", str(backup), "name a file that `riskplug state backup` wrote")
    if file.exists() and backup.samefile(file):
        raise UsageError("that is the state itself", str(backup), "name a backup of it")
    checked = check_copy(backup)
    private_folder(file.parent)
    with TemporaryDirectory(prefix=".restore-", dir=file.parent) as passing:
        draft = _copied(backup, Path(passing) / "state.db")
        replaced = _replaced(file, clock())
        since, lost = _marked(draft, backup, replaced, clock, nights, told)
        kept = _kept(file, readable=replaced is not None)
        _put(draft, file, over=replaced is not None)
    return Restored(kept, since, checked, lost, None if replaced is None else len(replaced.sent))


def restore_dump(
    backup: Path,
    engine: Engine,
    folder: Path,
    *,
    clock: Callable[[], datetime],
    nights: Collection[date] = (),
    told: Collection[str] = (),
) -> Restored:
    """``restore_file`` for PostgreSQL: in one transaction, after a copy of what gives way into ``folder``."""
    if not backup.is_file():
        raise UsageError("no such backup", str(backup), "name a file that `riskplug state backup` wrote")
    checked = check_copy(backup)
    refuse_unusable_dump(backup)
    dump = read_dump(backup)
    with engine.begin() as connection:
        replaced, kept = _Replaced(), None
        if (found := usable(connection, revisions())) is not None:
            marks.refuse_while_scanning(connection, clock())
            replaced = _Replaced(tuple(marks.delivered(connection)), frozenset(marks.scanned(connection)))
            kept = write_dump(connection, found, _free(folder / "state.pgstate"))
        _exchange(connection, backup, dump)
        since, lost = _mark(connection, replaced, clock(), nights, told)
    return Restored(kept, since, checked, lost, len(replaced.sent))


def _exchange(connection: Connection, backup: Path, dump: Dump) -> None:
    """Other tables of the database are left alone."""
    for table in (*reversed(own_tables(connection)), VERSION_TABLE):
        connection.execute(text(f"DROP TABLE IF EXISTS {table}"))
    migrate(connection, dump.revision)
    load_dump(connection, backup, dump)
    migrate(connection, "head")


def refuse_unusable(file: Path, backup: Path) -> None:
    """StateUnusable for what cannot be put back: damaged, not riskplug's, or of a newer version.

    ``file``: where it can be read; ``backup``: what people call it.
    """
    what = damage(file)
    if what:
        raise StateUnusable(f"the backup is damaged: {what}", str(backup), "use another backup")
    found = schema_of(file)
    if found is None:
        raise StateUnusable("the backup is not riskplug's, or is empty", str(backup), "use another backup")
    _refuse_revision(found, backup)


def refuse_unusable_dump(file: Path) -> None:
    """StateUnusable for a copy of a PostgreSQL state that cannot be put back."""
    _refuse_revision(read_dump(file).revision, file)


def _refuse_revision(found: str, backup: Path) -> None:
    known = revisions()
    if found not in known:
        raise StateUnusable(
            f"the backup was written by a newer riskplug (schema {found}; this one knows up to {known[0]})",
            str(backup),
            "install that version, or use an older backup",
        )


def last_doubtful(now: datetime, nights: Collection[date]) -> date:
    """The last business date that may have been scanned before a restore; tomorrow's may have begun elsewhere."""
    return max([*nights, now.date() + timedelta(days=1)])


def _copied(backup: Path, draft: Path) -> Path:
    """The backup, with what write-ahead logging may have left beside it, where it can be opened and changed."""
    for suffix in ("", "-wal"):
        source = backup.with_name(backup.name + suffix)
        if source.is_file():
            shutil.copyfile(source, draft.with_name(draft.name + suffix))
            draft.with_name(draft.name + suffix).chmod(0o600)
    refuse_unusable(draft, backup)
    return draft


def _marked(
    draft: Path,
    backup: Path,
    replaced: _Replaced | None,
    clock: Callable[[], datetime],
    nights: Collection[date],
    told: Collection[str],
) -> tuple[datetime, tuple[date, ...]]:
    """Bring the copy to this version and write down that it is one; since when, and the dates that it does not know."""
    engine = make_engine(state_url(f"sqlite:///{draft}", draft.parent))
    try:
        upgrade(engine, clock)
        with engine.begin() as connection:
            return _mark(connection, replaced or _Replaced(), clock(), nights, told)
    finally:
        engine.dispose()


def _mark(
    connection: Connection, replaced: _Replaced, now: datetime, nights: Collection[date], told: Collection[str]
) -> tuple[datetime, tuple[date, ...]]:
    mine = marks.scanned(connection)
    later = {*nights, *replaced.nights} - mine
    since = marks.mark(connection, now, until=last_doubtful(now, {*mine, *later}), told=told, sent=replaced.sent)
    newest = max(mine, default=date.min)
    return since, tuple(sorted(night for night in later if night > newest))


def _replaced(file: Path, now: datetime) -> _Replaced | None:
    """What the present state knows; None when there is none or it cannot be read. LockHeld while it is scanned with."""
    if not file.exists() or damage(file):
        return None
    engine = make_engine(state_url(f"sqlite:///{file}", file.parent))
    try:
        with reading(engine).begin() as connection:
            if current(connection) is None:
                return _Replaced()
            marks.refuse_while_scanning(connection, now)
            return _Replaced(_sent(connection), frozenset(marks.scanned(connection)))
    except DatabaseError:
        return None
    finally:
        engine.dispose()


def _sent(connection: Connection) -> tuple[marks.Sent, ...]:
    """Deliveries; none from a state so old that it does not have what we would look at."""
    try:
        return tuple(marks.delivered(connection))
    except DatabaseError:
        return ()


def _kept(file: Path, *, readable: bool) -> Path | None:
    """Keep what gives way beside: as SQLite copies it, or byte for byte where SQLite cannot."""
    if not file.exists():
        return None
    target = _free(file)
    if readable:
        return backup_file(file, target)
    for suffix in ("", "-wal"):
        source = file.with_name(file.name + suffix)
        if source.exists():
            shutil.copy2(source, target.with_name(target.name + suffix))
    return target


def _free(file: Path) -> Path:
    """A name that no earlier restore has taken."""
    names = (file.with_name(f"{file.name}.{KEPT}{suffix}") for suffix in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in names if not name.exists())


def _put(draft: Path, file: Path, *, over: bool) -> None:
    """SQLite writes it over a state that it can read, in one transaction: who has that open goes on with the new one.

    A file that SQLite cannot read is exchanged; nobody can be working with it.
    """
    if over:
        with closing(sqlite3.connect(draft)) as source, closing(sqlite3.connect(file)) as target:
            source.backup(target)
        return
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    with closing(sqlite3.connect(draft)) as copy:
        copy.execute("PRAGMA journal_mode = DELETE")
    draft.replace(file)
