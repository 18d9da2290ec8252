"""An upgrade on either database: whole or not at all, whatever ends it; the backup made before it can be put back."""

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, inspect, select, text

from riskplug.alerts import Reconciled
from riskplug.deliver import Message
from riskplug.errors import LockHeld, StateUnusable
from riskplug.state import State, open_state
from riskplug.state.migrate import current, revisions, upgrade
from riskplug.state.restore import restore_dump, restore_file
from riskplug.state.store import found_schema
from tests.unit.alerts.nights import outcome
from tests.unit.state.conftest import Clock
from tests.unit.state.test_migrations import with_next

ON = date(2025, 4, 28)
ROOT = Path(__file__).parents[3]
HALF = """op.add_column("outbox", sa.Column("extra", sa.Integer(), nullable=True))
    op.execute("DELETE FROM outbox_item")
    op.execute("UPDATE outbox SET detail = 'spoilt', payload = '{}'")
    op.drop_index("outbox_slot", table_name="outbox")
    """
KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from riskplug.state.engine import make_engine, state_url
from riskplug.state.migrate import upgrade
upgrade(make_engine(state_url(sys.argv[1], Path("/"))), lambda: datetime.now(UTC), Path(sys.argv[2]))
"""


@pytest.fixture
def filled(state: State) -> State:
    """A night with a message that was queued."""
    claim = state.claim_scan(ON, "w", "a")
    message = Message("one", "k", "k", {"text": "hello", "of": [1, 2.5, None]}, items=())
    state.apply(claim, Reconciled(), outcome(), [message])
    state.finish_scan(claim, "complete", {"degraded": ["\t\\N ü"]})
    return state


def everything(state: State) -> dict[str, Any]:
    """Every row, column and index of the database, as it is there."""
    found = MetaData()
    found.reflect(state.engine)
    with state.engine.begin() as connection:
        rows = {table.name: sorted(map(repr, connection.execute(select(table)))) for table in found.sorted_tables}
    shapes = {
        table.name: (sorted(table.c.keys()), sorted(str(index.name) for index in table.indexes))
        for table in found.sorted_tables
    }
    return {"rows": rows, "shapes": shapes}


def queued(state: State) -> list[Any]:
    columns = ("delivery_key", "payload", "receiver", "status")
    with state.engine.begin() as connection:
        return list(connection.execute(text(f"SELECT {', '.join(columns)} FROM outbox")))


def test_a_migration_that_fails_midway_leaves_the_old_version_whole_and_readable(
    filled: State, opened: Callable[[], State], clock: Clock, tmp_path: Path
) -> None:
    before = everything(filled)
    with pytest.raises(ZeroDivisionError):
        upgrade(filled.engine, clock, with_next(tmp_path / "m", HALF + "1 / 0"), keep=tmp_path / "kept")
    assert everything(filled) == before
    [waits] = opened().waiting()
    assert (waits.receiver, waits.status, waits.detail) == ("one", "pending", "")
    done = upgrade(filled.engine, clock, with_next(tmp_path / "again", HALF), keep=tmp_path / "kept")
    assert (done.found, done.head) == (revisions()[0], "9999")
    assert "added" in inspect(filled.engine).get_table_names()


def test_a_migration_killed_midway_leaves_the_old_version_whole_and_readable(
    filled: State, url: str, clock: Clock, tmp_path: Path
) -> None:
    before = everything(filled)
    folder = with_next(tmp_path / "m", HALF + "import os; os.kill(os.getpid(), 9)")
    words = [sys.executable, "-c", KILLED, url, str(folder)]
    died = subprocess.run(words, cwd=ROOT, capture_output=True, timeout=120, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert everything(filled) == before
    assert upgrade(filled.engine, clock, with_next(tmp_path / "again", HALF)).head == "9999"


def test_the_backup_made_before_an_upgrade_can_be_put_back(
    filled: State, opened: Callable[[], State], url: str, clock: Clock, tmp_path: Path
) -> None:
    rows = queued(filled)
    done = upgrade(filled.engine, clock, with_next(tmp_path / "m", HALF), keep=tmp_path / "kept")
    assert done.backup is not None and queued(filled) != rows
    if filled.engine.dialect.name == "sqlite":
        restored = restore_file(done.backup, tmp_path / "state.db", clock=clock)
    else:
        with pytest.raises(StateUnusable, match="newer"):
            restore_dump(done.backup, filled.engine, tmp_path, clock=clock)
        emptied(filled)
        restored = restore_dump(done.backup, filled.engine, tmp_path, clock=clock)
    assert restored.checked
    again = opened()
    # whether it was sent since is not known, so it is looked for before it is sent
    assert [tuple(row)[:3] for row in queued(again)] == [tuple(row)[:3] for row in rows]
    assert [row.status for row in again.waiting()] == ["ambiguous"]
    assert [(row.business_date, row.status) for row in again.scans("w")] == [(ON, "complete")]
    assert again.check_rows() == 1
    claim = again.claim_scan(ON, "w", "b")
    again.apply(claim, Reconciled(), outcome(), [Message("one", "next", "next", {"text": "more"})])
    assert len(again.waiting()) == 2


def emptied(state: State) -> None:
    """As a new, empty database."""
    found = MetaData()
    found.reflect(state.engine)
    found.drop_all(state.engine)


@pytest.mark.parametrize("head", ["9999", "deadbeef", "two"])
def test_a_newer_and_an_unknown_schema_are_refused_without_a_write(
    filled: State, url: str, clock: Clock, tmp_path: Path, head: str
) -> None:
    with filled.engine.begin() as connection:
        if head == "two":
            connection.execute(text("INSERT INTO riskplug_version VALUES ('0001')"))
        else:
            connection.execute(text(f"UPDATE riskplug_version SET version_num = '{head}'"))
    before = everything(filled)
    filled.close()
    file = tmp_path / "state.db"
    plain = file.read_bytes() if file.exists() else b""
    for ask in (lambda: open_state(url, tmp_path, clock=clock), lambda: found_schema(url, tmp_path)):
        with pytest.raises(StateUnusable) as refused:
            ask()
        assert refused.value.exit_code == 11 and refused.value.fix
    assert (file.read_bytes() if file.exists() else b"") == plain
    assert everything(filled) == before
    assert not (tmp_path / "backups").exists() and not (tmp_path / ".riskplug").exists()
    filled.close()


def test_a_copy_that_cannot_be_written_stops_the_upgrade(filled: State, clock: Clock, tmp_path: Path) -> None:
    before = everything(filled)
    (tmp_path / "kept").write_text("no folder", encoding="utf-8")
    with pytest.raises(StateUnusable, match="backup before the upgrade cannot be written") as refused:
        upgrade(filled.engine, clock, with_next(tmp_path / "m"), keep=tmp_path / "kept")
    assert "nothing was changed" in refused.value.fix
    assert everything(filled) == before


def test_a_copy_of_postgresql_that_was_cut_or_changed_is_refused_and_changes_nothing(
    postgres: Any, clock: Clock, tmp_path: Path
) -> None:
    postgres.psql("CREATE SCHEMA cut;")
    uri = postgres.get_uri()
    state = open_state(f"{uri}{'&' if '?' in uri else '?'}options=-csearch_path%3Dcut", tmp_path, clock=clock)
    claim = state.claim_scan(ON, "w", "a")
    copy = state.dump(tmp_path / "copy.pgstate")
    with pytest.raises(LockHeld):
        state.restore(copy, tmp_path)
    state.finish_scan(claim, "complete", {})
    before, whole = everything(state), copy.read_bytes()
    for spoilt in (whole[: len(whole) // 2], whole[:200] + b"\xff" + whole[201:], b"no zip"):
        copy.write_bytes(spoilt)
        with pytest.raises(StateUnusable):
            state.restore(copy, tmp_path)
        (tmp_path / "copy.pgstate.sha256").rename(tmp_path / "aside")
        if spoilt != whole[:200] + b"\xff" + whole[201:]:
            with pytest.raises(StateUnusable):
                state.restore(copy, tmp_path)
        (tmp_path / "aside").rename(tmp_path / "copy.pgstate.sha256")
    assert everything(state) == before
    with state.engine.begin() as connection:
        assert current(connection) == revisions()[0]
    state.close()
