"""Copies of a SQLite state. Under write-ahead logging the file alone is not the database, so SQLite itself copies.

Beside a copy stands its SHA-256, as `sha256sum` writes it: SQLite's own check does not see every damage.
"""

import hashlib
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

from riskplug.errors import StateUnusable, UsageError
from riskplug.private import private_file, private_folder
from riskplug.state.schema import VERSION_TABLE


def backup_file(source: Path, target: Path) -> Path:
    """Copy a database that may be in use; the copy appears whole or not at all, readable by its owner alone."""
    private_folder(target.parent)
    draft = target.with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    os.close(private_file(draft))
    try:
        with closing(sqlite3.connect(source)) as reader, closing(sqlite3.connect(draft)) as writer:
            reader.backup(writer)
            # One plain file: a reader of the copy needs no other beside it.
            writer.execute("PRAGMA journal_mode = DELETE")
        # Never a new copy beside the checksum of an older one.
        checksum_of(target).unlink(missing_ok=True)
        draft.replace(target)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    write_checksum(target)
    return target


def backup_for_people(source: Path, target: Path, *, replace: bool = False) -> Path:
    """``backup_file`` to a place that somebody named: in a folder that is there, over nothing without ``replace``.

    UsageError for a place that cannot be written or must not be; StateUnusable when the state cannot be read.
    """
    _refuse_state_itself(source, target)
    try:
        return copy_for_people(partial(backup_file, source), target, replace=replace)
    except sqlite3.OperationalError as error:
        raise UsageError(f"the backup cannot be written: {error}", str(target), _PLACE) from error
    except sqlite3.DatabaseError as error:
        raise StateUnusable(f"the state is damaged: {error}", str(source), restore_hint(source)) from error


def copy_for_people(copy: Callable[[Path], Path], target: Path, *, replace: bool = False) -> Path:
    """Let a copy be written to a place that somebody named; UsageError when it cannot be, or must not."""
    try:
        _refuse_place(target, replace)
        return copy(target)
    except OSError as error:
        raise UsageError(f"the backup cannot be written: {error.strerror or error}", str(target), _PLACE) from error


_PLACE = "check the rights and the space there, or name another file"


def _refuse_state_itself(source: Path, target: Path) -> None:
    own = [source.with_name(source.name + suffix).resolve() for suffix in ("", "-wal", "-shm", "-journal")]
    # a name that the file system does not take is told where it is written
    with suppress(OSError):
        if target.resolve() in own or (target.exists() and target.samefile(source)):
            raise UsageError("that is the state itself, not a place for its backup", str(target), "name another file")


def _refuse_place(target: Path, replace: bool) -> None:
    if target.is_dir():
        raise UsageError("that is a folder", str(target), f"name the file to write: {target / 'state-2025-04-28.db'}")
    if not target.parent.is_dir():
        raise UsageError(f"no folder {target.parent}", str(target), "make it, or mount the disk that it is on")
    if target.exists() and not replace:
        fix = "name a new file, one per night, or add --replace to write over this one"
        raise UsageError("there is such a file already", str(target), fix)


def checksum_of(file: Path) -> Path:
    """Where the checksum of a copy stands."""
    return file.with_name(f"{file.name}.sha256")


def check_file(file: Path) -> None:
    """Read every page and every reference; StateUnusable with what SQLite found."""
    what = damage(file)
    if what:
        raise StateUnusable(f"the state is damaged: {what}", str(file), restore_hint(file))


def damage(file: Path) -> str:
    """What SQLite finds wrong with a file, or nothing."""
    with closing(sqlite3.connect(file)) as connection:
        try:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        except sqlite3.DatabaseError as error:
            found, broken = [str(error)], []
    if found != ["ok"]:
        return "; ".join(found[:3])
    return f"{len(broken)} rows refer to rows that are not there" if broken else ""


def schema_of(file: Path) -> str | None:
    """The revision of riskplug's schema that a SQLite file has; None where it has none."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        there = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        if connection.execute(there, (VERSION_TABLE,)).fetchone() is None:
            return None
        found = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()
    return None if found is None else str(found[0])


def check_copy(file: Path) -> bool:
    """Compare a copy with its checksum; False where there is none to compare with, StateUnusable where they differ."""
    kept = checksum_of(file)
    if not kept.exists():
        return False
    said = kept.read_text(encoding="utf-8", errors="replace").split()
    if not said or said[0].lower() != _digest(file):
        raise StateUnusable(
            f"the backup is not what was written: its SHA-256 is not the one in {kept.name}",
            str(file),
            "use another backup; this one was changed or cut on its way",
        )
    return True


def restore_hint(file: Path) -> str:
    """What to do with a file that cannot be used."""
    kept = sorted((file.parent / "backups").glob("*.db"), key=lambda path: path.stat().st_mtime_ns)
    first = f"`riskplug state restore {kept[-1]}`" if kept else "`riskplug state restore FILE` with your backup"
    return f"{first}, or move it away: the next scan then starts an empty ledger and reports every alert as new"


def write_checksum(file: Path) -> None:
    """Write the SHA-256 of a copy beside it."""
    draft = checksum_of(file).with_name(f".{file.name}.sha256.part")
    with os.fdopen(private_file(draft), "w", encoding="utf-8") as stream:
        stream.write(f"{_digest(file)}  {file.name}\n")
    draft.replace(checksum_of(file))


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
