"""Copies of a SQLite state. Under write-ahead logging the file alone is not the database, so SQLite itself copies."""

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
    draft.replace(target)
    return target


def check_file(file: Path) -> None:
    """Read every page and every reference; StateUnusable with what SQLite found."""
    with closing(sqlite3.connect(file)) as connection:
        try:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        except sqlite3.DatabaseError as error:
            found, broken = [str(error)], []
    if found != ["ok"] or broken:
        what = "; ".join(found[:3]) if found != ["ok"] else f"{len(broken)} rows refer to rows that are not there"
        raise StateUnusable(f"the state is damaged: {what}", str(file), restore_hint(file))


def restore_hint(file: Path) -> str:
    """What to do with a file that cannot be used."""
    kept = sorted((file.parent / "backups").glob("*.db"), key=lambda path: path.stat().st_mtime_ns)
    first = f"copy {kept[-1]} over it" if kept else "restore it from your backup"
    return f"{first}, or move it away: the next scan then starts an empty ledger and reports every alert as new"
