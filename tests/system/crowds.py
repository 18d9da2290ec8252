"""Schedulers in each other's way: twelve at once, one that was asleep while another took over, nights left out."""

import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from command import Folder, Ran, finish
from small_company import NIGHT, dated, small_company, stock

from tests.servers import new_database, postgresql

PATIENCE = 120.0
AUTO = ("scan", "--business-date", "auto", "--format", "json")
HOLD = """\
import time
from pathlib import Path

from riskplug.extend import hookimpl

GO = Path(__file__).parents[1] / "go"


@hookimpl
def riskplug_scan_started(context):
    while not GO.exists():
        time.sleep(0.05)
"""
SLEEP = """\
import os
import signal

from riskplug.extend import hookimpl


@hookimpl
def riskplug_stage_finished(context, stage, seconds, rows):
    if stage == os.environ.get("SLEEP_AFTER"):
        os.kill(os.getpid(), signal.SIGSTOP)
"""
DIE = SLEEP.replace("SLEEP_AFTER", "DIE_AFTER").replace("SIGSTOP", "SIGKILL")


@dataclass(frozen=True)
class Crowd:
    """``ran``: twelve scans started at once. ``later``: three more once their date was done."""

    ran: list[Ran]
    later: list[Ran]
    digest: str


@dataclass(frozen=True)
class Slept:
    """``late``: how the scan ended that slept until its lease was over; ``other``: the one that scanned meanwhile."""

    other: Ran
    late: Ran
    alerts: str
    digests: tuple[str, str]
    """After the other scan, and when the late one had woken up."""
    lease: timedelta
    """From the start of the late scan until its claim would have ended by itself, as it stood when it fell asleep."""


@dataclass(frozen=True)
class LeftOut:
    """Nights of which some were left out. ``digests``: what the receiver held after each."""

    folder: Folder
    scans: dict[str, Ran] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)


def crowd(path: Path, url: str | None = None) -> Crowd:
    """Twelve scans started at once; the one that got the claim waits until all others have ended."""
    folder = _company(path, url)
    folder.write("plugins/hold.py", HOLD)
    with ThreadPoolExecutor(12) as pool:
        running = [pool.submit(folder.run, *AUTO) for _ in range(12)]
        until = time.monotonic() + PATIENCE
        while sum(not one.done() for one in running) > 1 and time.monotonic() < until:
            time.sleep(0.1)
        (folder.path / "go").touch()
        ran = [one.result() for one in running]
        later = list(pool.map(lambda _: folder.run(*AUTO), range(3)))
    return Crowd(ran, later, _digest(folder))


def slept(path: Path, url: str | None = None) -> Slept:
    """A scan is stopped before it compares with the ledger, its lease runs out, another one scans, it goes on."""
    folder = _company(path, url)
    folder.write("plugins/sleep.py", SLEEP)
    late = folder.start("scan", "--format", "json", env={"SLEEP_AFTER": "rules"})
    _wait_for_sleep(late)
    engine = sa.create_engine(url or f"sqlite:///{folder.state}/state.db")
    with engine.begin() as connection:
        started, ends = connection.execute(sa.text("SELECT started, lease_until FROM scan")).one()
        changed = connection.execute(sa.text("UPDATE scan SET lease_until = '2000-01-01T00:00:00.000000+00:00'"))
        assert changed.rowcount == 1
    engine.dispose()
    other = folder.run("scan", "--format", "json")
    before = _digest(folder)
    os.kill(late.pid, signal.SIGCONT)
    woken = finish(late)
    alerts = folder.run("alerts", "history", "--all", "--format", "json").out
    lease = datetime.fromisoformat(ends) - datetime.fromisoformat(started)
    return Slept(other, woken, alerts, (before, _digest(folder)), lease)


def on_sqlite(path: Path) -> tuple[Crowd, Slept]:
    """Both with the state where it is by default."""
    return crowd(path / "crowd"), slept(path / "slept")


def on_postgresql(path: Path) -> tuple[Crowd, Slept]:
    """Both with the state in PostgreSQL."""
    server = postgresql()
    return (
        crowd(path / "crowd", new_database(server, "crowd")),
        slept(path / "slept", new_database(server, "slept")),
    )


def left_out(path: Path) -> LeftOut:
    """A night twice, one that died with its snapshot written, one on which nothing ran, and two whole ones."""
    played = LeftOut(_company(path))
    folder = played.folder
    folder.write("plugins/die.py", DIE)

    def night(name: str, days: int, pieces: int, **env: str) -> None:
        on = NIGHT + timedelta(days)
        dated(folder, on)
        stock(folder, {"M-1": pieces, "M-2": 50, "M-3": 600}, on)
        played.scans[name] = folder.run(*AUTO, env=env)
        played.digests[name] = _digest(folder)

    night("first", 0, 160)
    night("again", 0, 160)
    night("died", 1, 50, DIE_AFTER="snapshot")
    night("caught up", 3, 600)
    night("next", 4, 600)
    return played


def _company(path: Path, url: str | None = None) -> Folder:
    folder = small_company(path / "small")
    if url:
        folder.write("riskplug.toml", folder.toml.read_text(encoding="utf-8") + f'\n[state]\nurl = "{url}"\n')
    return folder


def _digest(folder: Folder) -> str:
    digest = folder.path / "digest.txt"
    return digest.read_text(encoding="utf-8") if digest.exists() else ""


def _wait_for_sleep(process: "subprocess.Popen[bytes]") -> None:
    """Until the process stands still, as the kernel sees it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T":
            return
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"the scan never fell asleep: {finish(process).err[-2000:]}")
