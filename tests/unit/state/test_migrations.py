"""The schema moves up whole or not at all, after a backup; what cannot be used is refused with what to do."""

import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, inspect, text

from riskplug.errors import StateUnusable, UsageError
from riskplug.state import State, open_state
from riskplug.state.backup import backup_file, check_copy, check_file
from riskplug.state.engine import make_engine, state_url
from riskplug.state.migrate import MIGRATIONS, revisions, upgrade, usable
from tests.unit.state.conftest import Clock

NEXT = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9999", "{head}"

def upgrade() -> None:
    op.create_table("added", sa.Column("id", sa.Integer(), primary_key=True))
    {then}
"""


def with_next(folder: Path, then: str = "pass") -> Path:
    """The shipped migrations and one more."""
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_next.py").write_text(NEXT.format(head=revisions()[0], then=then), encoding="utf-8")
    return folder


def version(state: State) -> object:
    with state.engine.begin() as connection:
        return connection.execute(text("SELECT version_num FROM riskplug_version")).scalar()


def tables(state: State) -> set[str]:
    return set(inspect(state.engine).get_table_names())


def test_an_empty_database_gets_every_table(state: State) -> None:
    assert tables(state) == {
        "scan",
        "coverage",
        "alert",
        "alert_event",
        "alert_handling",
        "alert_volume",
        "outbox",
        "outbox_file",
        "outbox_item",
        "attempt",
        "receiver_hold",
        "restore_mark",
        "sent_before",
        "message",
        "silence",
        "silence_end",
        "riskplug_version",
    }
    assert version(state) == revisions()[0]


def test_opening_again_changes_nothing(opened: Callable[[], State]) -> None:
    first, again = opened(), opened()
    assert version(first) == version(again)


def test_a_database_of_a_newer_version_is_refused(opened: Callable[[], State]) -> None:
    with opened().engine.begin() as connection:
        connection.execute(text("UPDATE riskplug_version SET version_num = 'from-next-year'"))
    with pytest.raises(StateUnusable, match="newer riskplug") as refused:
        opened()
    assert refused.value.exit_code == 11


@pytest.mark.parametrize("looks", [0, 1])
def test_a_database_that_another_process_makes_meanwhile_is_ours(
    postgres: Any, clock: Clock, tmp_path: Path, looks: int
) -> None:
    """The other process is done after so many of our statements; SQLite lets nobody in between."""
    postgres.psql(f"CREATE SCHEMA between_{looks};")
    url = f"{postgres.get_uri()}&options=-csearch_path%3Dbetween_{looks}"
    engine, left = make_engine(state_url(url, tmp_path)), looks

    def meanwhile(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == -1:
            open_state(url, tmp_path, clock=clock).close()

    with engine.connect() as connection:
        event.listen(engine, "before_cursor_execute", meanwhile)
        found = usable(connection, revisions())
    engine.dispose()
    assert left < 0
    assert found in (None, revisions()[0])


def test_an_upgrade_adds_what_is_new(state: State, clock: Clock, tmp_path: Path) -> None:
    upgrade(state.engine, clock, with_next(tmp_path / "m"))
    assert "added" in tables(state)
    assert version(state) == "9999"


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(state: State, clock: Clock, tmp_path: Path) -> None:
    before = tables(state)
    with pytest.raises(ZeroDivisionError):
        upgrade(state.engine, clock, with_next(tmp_path / "m", "1 / 0"))
    assert (tables(state), version(state)) == (before, revisions()[0])
    upgrade(state.engine, clock, with_next(tmp_path / "again"))
    assert version(state) == "9999"


def test_the_password_of_a_database_is_not_shown() -> None:
    with pytest.raises(StateUnusable) as refused:
        open_state("postgresql://ann:geheim@127.0.0.1:1/x", Path(), clock=Clock())
    assert "geheim" not in str(refused.value) and "cannot be reached" in str(refused.value)


def sqlite_state(folder: Path, clock: Clock) -> State:
    return open_state("sqlite:///deep/state.db", folder, clock=clock)


def test_a_relative_path_is_the_workspaces_and_for_its_owner_alone(tmp_path: Path, clock: Clock) -> None:
    state = sqlite_state(tmp_path, clock)
    state.claim_scan(clock().date(), "w", "a")
    made = [path for path in (tmp_path / "deep").iterdir() if path.is_file()]
    assert {path.name for path in made} >= {"state.db", "state.db-wal"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    state.close()


def test_an_upgrade_keeps_a_backup_of_what_was_there(tmp_path: Path, clock: Clock) -> None:
    state = sqlite_state(tmp_path, clock)
    state.claim_scan(clock().date(), "w", "a")
    upgrade(state.engine, clock, with_next(tmp_path / "m"), keep=tmp_path / "deep/backups")
    [kept] = (tmp_path / "deep/backups").glob("*.db")
    assert check_copy(kept)
    assert kept.name == f"state-{revisions()[0]}-20250428T021500Z.db"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with closing(sqlite3.connect(kept)) as copy:
        assert copy.execute("SELECT count(*) FROM scan").fetchone() == (1,)
        assert copy.execute("SELECT version_num FROM riskplug_version").fetchone() == (revisions()[0],)
    state.close()


def test_no_backup_is_made_of_an_empty_or_current_database(tmp_path: Path, clock: Clock) -> None:
    for _ in range(2):
        sqlite_state(tmp_path, clock).close()
    assert not (tmp_path / "deep/backups").exists()


def test_a_backup_of_a_database_in_use_has_every_row(tmp_path: Path, clock: Clock) -> None:
    state = sqlite_state(tmp_path, clock)
    state.claim_scan(clock().date(), "w", "a")
    check_file(backup_file(tmp_path / "deep/state.db", tmp_path / "copy.db"))
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM scan").fetchone() == (1,)
    state.close()


def test_a_file_that_is_no_database_is_refused_with_what_to_do(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/state.db").write_bytes(b"not a database at all " * 1000)
    with pytest.raises(StateUnusable, match="cannot be read") as refused:
        sqlite_state(tmp_path, clock)
    assert "backup" in refused.value.fix


def test_a_foreign_database_is_refused_and_left_alone(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "deep").mkdir()
    with closing(sqlite3.connect(tmp_path / "deep/state.db")) as other:
        other.execute("CREATE TABLE invoices (id)")
    before = (tmp_path / "deep/state.db").read_bytes()
    with pytest.raises(StateUnusable, match="not riskplug's"):
        sqlite_state(tmp_path, clock)
    assert (tmp_path / "deep/state.db").read_bytes() == before
    with closing(sqlite3.connect(tmp_path / "deep/state.db")) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("invoices",)]


def test_damage_is_found_by_a_check(tmp_path: Path, clock: Clock) -> None:
    sqlite_state(tmp_path, clock).close()
    file = tmp_path / "deep/state.db"
    with file.open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xff" * 4096)
    with pytest.raises(StateUnusable, match="damaged"):
        check_file(file)


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "sqlite:///:memory:"])
def test_a_url_that_cannot_hold_state_is_refused(url: str, tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(UsageError):
        open_state(url, tmp_path, clock=clock)
