"""How every scan of a workspace ended, a line each: ``<state folder>/ends.ndjson``.

It stands beside the database, so that a scan which found no database is counted too.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from riskplug.private import private_folder

NAME = "ends.ndjson"
CODES = ("2", "3", "4", "5", "6", "10", "11", "70", "130", "143")
"""Exit codes that a scan can fail with. 1 stands for a scan that broke off unforeseen, not for findings."""


@dataclass(frozen=True)
class Past:
    """What the journal says: the last success, the last scan that came to its end, and failed scans by exit code."""

    last_success: datetime | None = None
    last_complete: datetime | None = None
    failures: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(CODES, 0))


def write_end(folder: Path, *, ended: datetime, scan_id: str, exit_code: int, complete: bool) -> None:
    """Add a line. What another process broke off in the middle of a line does not spoil this one."""
    private_folder(folder)
    line = json.dumps({"ended": ended.isoformat(), "scan_id": scan_id, "exit_code": exit_code, "complete": complete})
    with os.fdopen(os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as stream:
        stream.seek(0, os.SEEK_END)
        whole = stream.tell() == 0 or _last_byte(stream.fileno()) == b"\n"
        stream.write((b"" if whole else b"\n") + line.encode() + b"\n")


def read_past(folder: Path) -> Past:
    """What the lines say together; a line that cannot be read is left out."""
    success = complete = None
    failures = dict.fromkeys(CODES, 0)
    for ended, code, came_to_end in _lines(folder / NAME):
        complete = ended if came_to_end else complete
        if came_to_end and code in (0, 1):
            success = ended
        elif str(code) in failures:
            failures[str(code)] += 1
    return Past(success, complete, failures)


def _lines(path: Path) -> Iterator[tuple[datetime, int, bool]]:
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    for line in text.splitlines():
        try:
            said: dict[str, Any] = json.loads(line)
            yield datetime.fromisoformat(said["ended"]), int(said["exit_code"]), bool(said["complete"])
        except (ValueError, KeyError, TypeError):
            continue


def _last_byte(descriptor: int) -> bytes:
    return os.pread(descriptor, 1, os.fstat(descriptor).st_size - 1)
