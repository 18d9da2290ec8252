"""A rule kind in a process of its own: a fresh interpreter that is ended hard at its limits and can break nothing.

It protects the night's run from a plugin that hangs, leaks or crashes. It is no jail: the process has the rights of the
scan, and a plugin stays code that you trust.
"""

import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import IO, Any

import pandas as pd

from riskplug.errors import PluginFault
from riskplug.extend.contract import Asked, need_untouched
from riskplug.extend.guard import OUT_OF_MEMORY, Care, Fault, Guarded, cut
from riskplug.extend.needs import Needs
from riskplug.extend.passing import read_findings, write_frames
from riskplug.extend.protocols import ScanContext
from riskplug.model import Frames

REQUEST, RESULT, FINDINGS = "request.pickle", "result.json", "findings.arrow"
MAX_PRINTED = 1_000_000
MAX_RESULT = 1_000_000
_SHOWN = 300
_CHILD = Path(__file__).with_name("kind_child.py")
_KEPT_ENVIRONMENT = ("PATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT", "TZ", "LANG", "LC_ALL")
_LEAN = "let it read or make less, or raise memory_limit_mb"
_PRINTS = "let it print less; numbers for people belong into the findings"


@dataclass(frozen=True, slots=True)
class Request:
    """What the other process is told: the kind by plugin and name, its options as they were written, the scan."""

    care: Care
    kind: str
    given: dict[str, Any]
    context: ScanContext
    asked: Asked


def assess_apart(request: Request, frames: Frames, needs: Needs) -> Guarded[pd.DataFrame]:
    """Plain findings of a kind that ran in a process of its own, or why there are none. KeyboardInterrupt ends it."""
    started = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory(prefix="riskplug-") as folder:
            result = _asked(request, frames, needs, Path(folder))
    except PluginFault as fault:
        result = _Result(fault=f"{fault.what} -> {fault.fix}" if fault.fix else fault.what)
    where = f"rule {request.asked.rule}"
    return Guarded(
        result.plain,
        Fault(request.care.plugin, where, result.fault) if result.fault else None,
        time.perf_counter() - started,
        result.warnings,
        result.raised,
        result.notes,
    )


@dataclass(frozen=True)
class _Result:
    """What came back. Findings or a fault, never both."""

    plain: pd.DataFrame | None = None
    fault: str = ""
    raised: tuple[str, str] = ("", "")
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def _asked(request: Request, frames: Frames, needs: Needs, folder: Path) -> _Result:
    if request.care.place is None:
        fix = "name a plugin of a file or package, or take `isolation` away"
        raise PluginFault("cannot run in a process of its own: it comes from no plugin", "", fix)
    declared = {name: frames[name] if some is None else frames[name][list(some)] for name, some in needs.items()}
    write_frames(declared, folder)
    (folder / REQUEST).write_bytes(pickle.dumps(request))
    ended = _run(folder, request.care.time_limit_seconds)
    _need_whole(ended, request.care)
    return _answer(folder, request, ended)


@dataclass
class _Ended:
    """How the process ended: its code (negative: a signal), and what it printed."""

    code: int = 0
    is_late: bool = False
    printed: bytearray = field(default_factory=bytearray)

    @property
    def is_loud(self) -> bool:
        return len(self.printed) > MAX_PRINTED

    def words(self) -> str:
        """What it printed, shortened; from where Python speaks of a crash, else the end of it."""
        text = bytes(self.printed).decode("utf-8", errors="replace")
        text = " / ".join(line.strip() for line in text.splitlines() if line.strip())
        text = "".join(sign if sign.isprintable() else "?" for sign in text)
        crash = text.find("Fatal Python error")
        shown = text[crash : crash + _SHOWN] if crash >= 0 else text[-_SHOWN:]
        return f"; it printed: {shown}" if shown else ""


def _run(folder: Path, seconds: float) -> _Ended:
    """Run the child to its end, or to ours."""
    ended = _Ended()
    process = subprocess.Popen(
        [sys.executable, "-P", "-B", "-X", "utf8", "-X", "faulthandler", str(_CHILD), str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=_environment(folder),
        start_new_session=True,
    )
    assert process.stdout is not None
    listener = Thread(target=_listen, args=(process, process.stdout, ended), daemon=True)
    listener.start()
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        ended.is_late = True
    finally:
        _end(process)
        listener.join(timeout=5)
        process.stdout.close()
    ended.code = process.returncode
    return ended


def _listen(process: "subprocess.Popen[bytes]", pipe: IO[bytes], ended: _Ended) -> None:
    """Keep what is printed, and end a process that prints without end."""
    with contextlib.suppress(OSError, ValueError):
        while chunk := os.read(pipe.fileno(), 65_536):
            ended.printed += chunk
            if ended.is_loud:
                _kill(process)
                return


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill the process and what it started, on systems without process groups itself alone."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Nothing of it is left: also what a process that ended by itself has started."""
    _kill(process)
    process.wait()


def _environment(folder: Path) -> dict[str, str]:
    """What Python needs and nothing else: no secret, no home, and a place for files that is gone afterwards."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    own = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), str(folder))
    paths = os.pathsep.join(str(Path(path).absolute()) for path in sys.path if path)
    return {**kept, **own, "PYTHONPATH": paths, "ARROW_DEFAULT_MEMORY_POOL": "system"}


def _need_whole(ended: _Ended, care: Care) -> None:
    """PluginFault for a process that did not come to its own end."""
    if ended.is_loud:
        raise PluginFault(f"was ended: it printed more than {MAX_PRINTED:,} characters{ended.words()}", "", _PRINTS)
    if ended.is_late:
        what = f"was ended: it took longer than {care.time_limit_seconds:g} s{ended.words()}"
        raise PluginFault(what, "", "make it faster, or raise time_limit_seconds")
    if ended.code:
        how = _signal(-ended.code) if ended.code < 0 else f"code {ended.code}"
        fix = "see the plugin; a library in C may have crashed, or memory ran out"
        raise PluginFault(f"its process ended with {how}{ended.words()}", "", fix)


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _answer(folder: Path, request: Request, ended: _Ended) -> _Result:
    """What the process left, trusted no more than the plugin."""
    try:
        said = json.loads((folder / RESULT).read_bytes()[:MAX_RESULT])
        heard = tuple(cut(str(text)) for text in said["warnings"])[:20]
        raised = (str(said["raised"][0]), str(said["raised"][1]))
        notes = tuple(cut(str(text)) for text in said["notes"])[:5]
        fault = cut(str(said["fault"]), 2_000)
        if fault == OUT_OF_MEMORY:
            fault = f"was ended: it took more than {request.care.memory_limit_mb:,} MB of memory -> {_LEAN}"
        if fault:
            return _Result(None, fault, raised, heard, notes)
        plain = read_findings(folder / FINDINGS)
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        fix = "let assess() return; it must not end the process"
        raise PluginFault(f"its process ended without an answer{ended.words()}", "", fix) from error
    need_untouched(plain, request.asked)
    return _Result(plain, "", raised, heard, notes)
