"""The state's database goes away, is held, is damaged, or its disk is full: nothing is told, nothing is lost."""

import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from command import Folder
from crash_points import NOW, Company, dead_owner
from small_company import NIGHT, dated, stock

from riskplug.errors import StateUnusable
from riskplug.state import engine as state_engine
from riskplug.state.backup import backup_file, check_file
from riskplug.state.restore import restore_file

pytestmark = pytest.mark.timeout(600)
SECOND = NIGHT + timedelta(days=1)
ALERTS = "SELECT alert_key, condition, severity, version FROM alert"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A company after its first night, with the exports of the second."""
    company = Company.made(tmp_path_factory.mktemp("outages") / "small")
    company.scanned(owner=dead_owner())
    later(company)
    company.remembered.clear()
    return company


def later(company: Company) -> None:
    dated(company.folder, SECOND)
    stock(company.folder, {"M-1": 30, "M-2": 600, "M-3": 50}, SECOND)


@pytest.fixture
def company(first: Company, tmp_path: Path) -> Company:
    """A copy of it that may be spoilt."""
    shutil.copytree(first.folder.path, tmp_path / "small")
    return replace(first, folder=Folder(tmp_path / "small"))


def alerts(company: Company) -> list[Any]:
    with closing(sqlite3.connect(company.folder.state / "state.db")) as database:
        return sorted(database.execute(ALERTS), key=str)


def told(company: Company) -> str:
    return (company.folder.path / "digest.txt").read_text(encoding="utf-8")


def times_told(company: Company) -> int:
    return told(company).splitlines().count(f"Small, {SECOND}")


def brief(company: Company) -> bytes:
    return (company.folder.state / "brief.html").read_bytes()


def catches_up(company: Company) -> None:
    """The next scan compares the night and tells it, once."""
    record = company.scanned()
    assert {change.kind for change in record.changes} == {"worse", "resolved", "new"}
    assert times_told(company) == 1 and record.degraded == ()


# ---- held, gone


@pytest.mark.parametrize("stage", ["ingest", "alerts", "deliver"])
def test_a_state_that_somebody_holds_ends_the_scan_and_the_next_catches_up(
    company: Company, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setattr(state_engine, "BUSY_SECONDS", 0.2)
    before = told(company), brief(company), alerts(company)
    holder = sqlite3.connect(company.folder.state / "state.db", isolation_level=None)

    def hold(name: str) -> None:
        if name == stage:
            holder.execute("BEGIN EXCLUSIVE")

    with pytest.raises(StateUnusable, match="held by another program") as ended:
        company.scanned(owner=dead_owner(), at=hold)
    holder.execute("ROLLBACK")
    holder.close()
    assert ended.value.exit_code == 11 and "end what holds it" in ended.value.fix
    assert (told(company), brief(company)) == before[:2]
    assert (alerts(company) == before[2]) == (stage != "deliver")
    company.scanned()
    assert times_told(company) == 1 and alerts(company) != before[2]


class Server:
    """A PostgreSQL of our own, which may be stopped."""

    def __init__(self, folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            (folder / "run").mkdir(mode=0o700)
            patch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
            import pgserver

            self.server = pgserver.get_server(folder / "pg", cleanup_mode="stop")
        self.data = folder / "pg"

    @property
    def url(self) -> str:
        return str(self.server.get_uri())

    def stop(self) -> None:
        pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        os.kill(pid, signal.SIGQUIT)  # at once, as when the machine is switched off
        while (self.data / "postmaster.pid").exists():
            pass

    def start(self) -> None:
        self.server.ensure_postgres_running()


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("pg"))
    yield made
    made.server.cleanup()


def test_a_server_that_stops_midway_ends_the_scan_and_the_next_catches_up(
    first: Company, server: Server, tmp_path: Path
) -> None:
    company = Company.made(tmp_path / "small", {})
    toml = company.folder.toml
    toml.write_text(f'{toml.read_text(encoding="utf-8")}\n[state]\nurl = "{server.url}"\n', encoding="utf-8")
    company.scanned(owner=dead_owner())
    later(company)
    company.remembered.clear()
    company.remembered.update(first.remembered)
    before = told(company), brief(company)

    def stop(name: str) -> None:
        if name == "alerts":
            server.stop()

    with pytest.raises(StateUnusable) as ended:
        company.scanned(owner=dead_owner(), at=stop)
    assert ended.value.exit_code == 11 and "check that it runs" in ended.value.fix
    assert (told(company), brief(company)) == before
    server.start()
    catches_up(company)
    engine = sa.create_engine(server.url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        ends = list(connection.scalars(sa.text("SELECT status FROM scan ORDER BY started, attempt")))
        opened = connection.scalars(sa.text("SELECT alert_key FROM alert_event WHERE kind = 'new'")).all()
    engine.dispose()
    assert sorted(ends) == ["abandoned", "complete", "complete"] and len(opened) == len(set(opened)) == 3


# ---- a disk that is full


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[None]:
    """A file system of its own over a folder, with what was in it."""
    aside = place.with_name("aside")
    place.rename(aside)
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        place.rmdir()
        aside.rename(place)
        pytest.skip(f"a small disk cannot be mounted here, and this test needs one (root and mount): {mounted.stderr}")
    try:
        shutil.copytree(aside, place, dirs_exist_ok=True)
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def alerts_elsewhere(company: Company, tmp_path: Path) -> list[Any]:
    """Read from a copy: on a full disk SQLite cannot even read."""
    copy = tmp_path / "copied"
    copy.mkdir(exist_ok=True)
    for name in ("state.db", "state.db-wal"):
        (copy / name).unlink(missing_ok=True)
        if (company.folder.state / name).exists():
            shutil.copy(company.folder.state / name, copy)
    check_file(copy / "state.db")
    with closing(sqlite3.connect(copy / "state.db")) as database:
        return sorted(database.execute(ALERTS), key=str)


def test_on_a_full_disk_the_old_brief_and_state_stay_and_later_everything_is_told(
    company: Company, tmp_path: Path
) -> None:
    state = company.folder.state
    old, alerts_before = brief(company), alerts(company)
    ballast, ended, seen = state / "ballast", [], []
    with small_disk(state, "6m"):
        for free in (0, 60_000, 200_000, 450_000):
            ballast.unlink(missing_ok=True)
            space = os.statvfs(state)
            ballast.write_bytes(b"x" * max(0, space.f_bavail * space.f_bsize - free))
            with pytest.raises(StateUnusable) as full:
                company.scanned(owner=dead_owner())
            ended.append(full.value.what)
            assert full.value.exit_code == 11 and "free space" in full.value.fix, free
            assert brief(company) == old
            seen.append(alerts_elsewhere(company, tmp_path))
        ballast.unlink()
        company.scanned()
        assert brief(company) != old and alerts(company) != alerts_before
        assert [found for found in seen if found not in (alerts_before, alerts(company))] == []
        assert times_told(company) == 1
    assert any("the state cannot be written" in what for what in ended), ended
    assert any("No space left" in what for what in ended), ended


# ---- damage


def flipped(file: Path, at: int, length: int = 1) -> None:
    data = bytearray(file.read_bytes())
    for place in range(at, at + length):
        data[place] ^= 0x01
    file.write_bytes(bytes(data))


def settled(company: Company) -> Path:
    """The state in one file, without a log beside it."""
    file = company.folder.state / "state.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


def refused(company: Company) -> StateUnusable:
    before = told(company), brief(company)
    with pytest.raises(StateUnusable) as found:
        company.scanned()
    assert found.value.exit_code == 11 and "state restore" in found.value.fix
    assert (told(company), brief(company)) == before
    return found.value


def test_a_flipped_header_is_refused_and_the_backup_put_back(company: Company) -> None:
    file = settled(company)
    copy = backup_file(file, company.folder.state / "backups" / "monday.db")
    flipped(file, 0, 16)
    assert "monday.db" in refused(company).fix
    restore_file(copy, file, clock=lambda: NOW)
    catches_up(company)


def test_a_flipped_letter_of_an_alert_which_sqlite_does_not_see_is_refused(company: Company) -> None:
    file = settled(company)
    copy = backup_file(file, company.folder.state / "backups" / "monday.db")
    message = b"160 left"
    at = file.read_bytes().index(message)
    flipped(file, at)
    check_file(file)  # which finds nothing
    assert "alert are not as they were written" in refused(company).what
    restore_file(copy, file, clock=lambda: NOW)
    catches_up(company)


def test_a_message_that_was_changed_is_never_sent(company: Company) -> None:
    company.scanned(owner=dead_owner(), deliver=False)
    file = settled(company)
    at = file.read_bytes().rindex(b"30 left")
    flipped(file, at)
    check_file(file)
    before = told(company)
    with pytest.raises(StateUnusable, match="not as they were written"):
        company.scanned()
    assert told(company) == before
