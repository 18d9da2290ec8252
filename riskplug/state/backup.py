"""Copies of a SQLite state. Under write-ahead logging the file alone is not the database, so SQLite itself copies.

Beside a copy stands its SHA-256, as `sha256sum` writes it: SQLite's own check does not see every damage.
"""

import hashlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from riskplug.errors import StateUnusable


def backup_file(source: Path, target: Path) -> Path:
    """Copy a database that may be in use; the copy appears whole or not at all, readable by its owner alone."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_RDWR | os.O_CREAT, 0o600))
    with closing(sqlite3.connect(source)) as reader, closing(sqlite3.connect(draft)) as writer:
        reader.backup(writer)
        # One plain file: a reader of the copy needs no other beside it.
        writer.execute("PRAGMA journal_mode = DELETE")
    # Never a new copy beside the checksum of an older one.
    checksum_of(target).unlink(missing_ok=True)
    draft.replace(target)
    _write_checksum(target)
    return target


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


def _write_checksum(file: Path) -> None:
    draft = checksum_of(file).with_name(f".{file.name}.sha256.part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(f"{_digest(file)}  {file.name}\n")
    draft.replace(checksum_of(file))


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
