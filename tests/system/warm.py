"""`riskplug` as a process of its own, without importing its libraries anew each time.

Of a small scan most of the time goes into imports (Great Expectations alone takes longer than the scan). Here a clean
interpreter that has imported them waits on a socket and forks for every command: each still is a process with its own
folder, environment, streams and exit code, and can be killed. Before the fork riskplug has only been imported, and its
own YAML files and material tables read. What is there by then is no garbage: a search through it would copy its pages.
Two such interpreters with different hash seeds take turns, so that output which hangs on the order of a set shows.

Run as a program this file is the waiting side.
"""

import atexit
import gc
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

_LENGTH = 8
IMPORTED = (
    "great_expectations",
    "great_expectations.expectations",
    "alembic.command",
    "alembic.config",
    "altair",
    "multiprocessing.synchronize",
    "openpyxl",
    "pyarrow.dataset",
    "riskplug.analysis",
    "riskplug.cli.app",
    "riskplug.cli.logged",
    "riskplug.report",
    "riskplug.scan",
    "riskplug.validate",
    "slack_sdk",
    "sqlalchemy",
    "vl_convert",
    "xlsxwriter",
)


DECIDED_AT_THE_START = ("LANG", "LC_", "PYTHON")
"""Variables that an interpreter reads once; a command that brings its own needs one of its own."""


def can(environment: Mapping[str, str]) -> bool:
    """Whether a command with these variables of its own may be forked."""
    return not any(name.startswith(DECIDED_AT_THE_START) for name in environment)


def run(
    words: Sequence[str], cwd: Path, environment: Mapping[str, str], seconds: float, *, as_one: bool = False
) -> tuple[int, bytes, bytes]:
    """Exit code (negative for a signal), stdout and stderr of `riskplug WORDS` in a folder.

    ``as_one``: both go the same way, as at a terminal, and are told as stdout.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, socket.socket(socket.AF_UNIX) as line:
        line.settimeout(seconds)
        line.connect(next(_turns()))
        asked = json.dumps({"words": list(words), "cwd": str(cwd), "environment": dict(environment)}).encode()
        socket.send_fds(line, [len(asked).to_bytes(_LENGTH)], [out.fileno(), (out if as_one else err).fileno()])
        line.sendall(asked)
        told = _read(line, _LENGTH)
        if len(told) < _LENGTH:
            raise RuntimeError(f"the interpreter that forks for `riskplug {' '.join(words)}` has ended")
        out.seek(0)
        err.seek(0)
        return int.from_bytes(told, signed=True), out.read(), err.read()


@lru_cache(maxsize=1)
def _turns() -> "itertools.cycle[str]":
    return itertools.cycle([_waiting(hash_seed) for hash_seed in ("1", "2")])


def _waiting(hash_seed: str) -> str:
    """Start an interpreter; the address at which it waits."""
    address = str(Path(tempfile.mkdtemp(prefix="warm-")) / "door")
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONWARNINGS")}
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen(64)
        process = subprocess.Popen(
            [sys.executable, __file__, str(door.fileno())],
            env={**clean, "PYTHONHASHSEED": hash_seed},
            pass_fds=[door.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    atexit.register(process.kill)
    return address


def _read(line: socket.socket, length: int) -> bytes:
    got = b""
    while len(got) < length:
        piece = line.recv(length - len(got))
        if not piece:
            break
        got += piece
    return got


def _wait_and_fork(door: socket.socket) -> None:
    for name in IMPORTED:
        import_module(name)
    _read_what_ships()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        line, _ = door.accept()
        if os.fork() == 0:
            door.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return _answer(line)
        line.close()


def _read_what_ships() -> None:
    """What a process reads once: YAML files, material tables and templates of riskplug itself, holidays."""
    from holidays import country_holidays

    from riskplug.content import load_knowledge
    from riskplug.documents import load_yaml
    from riskplug.extend.discovery import shipped_folder
    from riskplug.ingest.profile_file import SHIPPED
    from riskplug.report.brief import PAGE, environment

    for folder in (SHIPPED, shipped_folder("plugins"), shipped_folder("rules")):
        for path in sorted(folder.rglob("*.yaml")):
            load_yaml(path)
    load_knowledge(shipped_folder("rules") / "materials")
    environment().get_template(PAGE)
    country_holidays("DE")  # which reads those of every country


def _answer(line: socket.socket) -> None:
    """Fork the command and tell how it ended."""
    head, streams, _, _ = socket.recv_fds(line, _LENGTH, 2)
    asked = json.loads(_read(line, int.from_bytes(head)))
    child = os.fork()
    if child == 0:
        line.close()
        return _become(asked, streams)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    line.sendall(ended.to_bytes(_LENGTH, signed=True))
    os._exit(0)


def _become(asked: Mapping[str, Any], streams: Sequence[int]) -> None:
    """Be the command from here to the end of the process, as `python -m riskplug` would."""
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    for number, stream in enumerate(streams, start=1):
        os.dup2(stream, number)
        os.close(stream)
    sys.path[0] = asked["cwd"]
    sys.argv = [str(Path(str(import_module("riskplug").__file__)).with_name("__main__.py")), *asked["words"]]
    import_module("riskplug.cli").main()


if __name__ == "__main__":
    _wait_and_fork(socket.socket(fileno=int(sys.argv[1])))
