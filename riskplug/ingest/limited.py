"""Reading sheets in a child process with limits of memory, computing time and wall time.

A hostile or broken workbook ends the child, never the scan: whatever happens there is a refusal with its reason.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa

from riskplug.errors import DataRefused

_CHILD = Path(__file__).with_name("sheet_child.py")
_REFUSED = 6
_KEPT_ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
_FIX = "export it as CSV or Parquet, or in several files"


@dataclass(frozen=True)
class Limits:
    """Of one child: address space in bytes, processor seconds, seconds on the clock."""

    memory: int = 2_000_000_000
    cpu_seconds: int = 300
    wall_seconds: int = 600


LIMITS = Limits()


def read_limited(data: bytes, request: Mapping[str, object], where: str) -> pa.Table:
    """The table that the child makes of the bytes; DataRefused when it refuses, breaks, or reaches a limit."""
    limits = LIMITS
    asked = json.dumps({**request, "memory": limits.memory, "cpu_seconds": limits.cpu_seconds})
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as made:
        given.write(data)
        given.seek(0)
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-X", "utf8", "-W", "ignore", str(_CHILD), asked],
                stdin=given,
                stdout=made,
                stderr=subprocess.DEVNULL,
                timeout=limits.wall_seconds,
                env=_environment(),
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise DataRefused(f"reading it takes longer than {limits.wall_seconds} s", where, _FIX) from error
        made.seek(0)
        return _answer(done.returncode, made, where, limits)


def _environment() -> dict[str, str]:
    """Nothing secret for a process that reads what strangers wrote, and openpyxl's guard against entities on."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return {**kept, "OPENPYXL_DEFUSEDXML": "True", "OPENPYXL_LXML": "False", "ARROW_DEFAULT_MEMORY_POOL": "system"}


def _answer(code: int, made: IO[bytes], where: str, limits: Limits) -> pa.Table:
    if code == 0:
        return pa.ipc.open_stream(pa.BufferReader(made.read())).read_all()
    if code == _REFUSED:
        said = json.loads(made.read())
        raise DataRefused(said["what"], f"{where}!{said['where']}" if said["where"] else where, said["fix"])
    if code == -getattr(signal, "SIGXCPU", 0):
        raise DataRefused(f"reading it takes more than {limits.cpu_seconds} s of computing", where, _FIX)
    how = f"signal {-code}" if code < 0 else f"code {code}"
    what = f"reading it ended with {how}: broken, or too large for {limits.memory // 1_000_000:,} MB"
    raise DataRefused(what, where, _FIX)
