"""An older state is put back whole or not at all, and knows that it does not know what was sent since."""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import select, text

from riskplug.alerts import Reconciled
from riskplug.deliver import Message, send_outbox
from riskplug.errors import LockHeld, StateUnusable, UsageError
from riskplug.extend.protocols import Capabilities, Notifier, Receipt
from riskplug.state import State, open_state, this_owner
from riskplug.state.backup import backup_file, check_copy, checksum_of
from riskplug.state.restore import Restored, restore_file
from riskplug.state.schema import message as message_table
from riskplug.state.schema import outbox, restore_mark
from tests.unit.alerts.nights import outcome
from tests.unit.deliver.receivers import Obedient
from tests.unit.state.conftest import Clock

ON = date(2025, 4, 28)
THERE = Receipt("delivered", "found", {"ts": "1.2"})


class Deaf(Obedient):
    """Cannot be asked."""

    capabilities: ClassVar[Capabilities] = Capabilities()


def queue(state: State, *messages: Message, on: date = ON) -> None:
    claim = state.claim_scan(on, "w", "a")
    state.apply(claim, Reconciled(), outcome(), messages)
    state.finish_scan(claim, "complete", {})


def news(key: str, receiver: str = "one") -> Message:
    return Message(receiver, key, key, {"text": key}, slot=f"slot of {key}")


def send(state: State, clock: Clock, notifier: Notifier) -> str:
    [told] = send_outbox(state, {"one": notifier}, clock=clock, owner="a", timeout=5)
    return str(told)


def statuses(state: State) -> dict[str, str]:
    with state.engine.begin() as connection:
        return {str(key): str(said) for key, said in connection.execute(select(outbox.c.delivery_key, outbox.c.status))}


def lite(folder: Path, clock: Clock) -> State:
    return open_state("sqlite:///state.db", folder, clock=clock)


def put_back(folder: Path, clock: Clock, told: Sequence[str] = ()) -> Restored:
    return restore_file(folder / "copy.db", folder / "state.db", clock=clock, told=told)


def marked(state: State, *told: str, nights: Sequence[date] = ()) -> datetime:
    return state.mark_restored(nights, told)[0]


# --- the mark, on both databases


def test_what_may_have_been_sent_is_looked_for_before_it_is_sent(opened: Callable[[], State], clock: Clock) -> None:
    state, began = opened(), clock()
    queue(state, news("a"))
    clock.pass_(days=2)
    assert marked(state) == began
    queue(state, news("b"), on=ON + timedelta(1))
    slack = Obedient(found=THERE)
    assert send(opened(), clock, slack) == "2 delivered"
    assert slack.sent == [] and [one.attempted_since for one in slack.looked] == [began, began]
    with state.engine.begin() as connection:
        assert list(connection.scalars(select(message_table.c.reference))) == [{"ts": "1.2"}] * 2
    assert [one.slot for one in state.posted()] == ["slot of a", "slot of b"]


def test_what_is_not_there_is_sent(opened: Callable[[], State], clock: Clock) -> None:
    state = opened()
    queue(state, news("a"))
    marked(state)
    slack = Obedient()
    assert send(state, clock, slack) == "1 delivered" and [one.key for one in slack.sent] == ["a"]


def test_later_nights_are_not_doubted(opened: Callable[[], State], clock: Clock) -> None:
    state, slack = opened(), Obedient(found=THERE)
    marked(state, nights=[ON + timedelta(3)])
    for day in (1, 3, 4):
        queue(state, news(f"day {day}"), on=ON + timedelta(day))
    send(state, clock, slack)
    assert [one.key for one in slack.sent] == ["day 4"]


def test_two_restores_are_looked_through_from_the_earlier(opened: Callable[[], State], clock: Clock) -> None:
    state = opened()
    queue(state, news("a"))
    early = marked(state)
    clock.pass_(hours=5)
    queue(state, news("b"))
    assert marked(state) > early
    slack = Obedient(found=THERE)
    send(state, clock, slack)
    assert {one.attempted_since for one in slack.looked} == {early}


def test_a_state_that_was_never_written_may_have_sent_anything(opened: Callable[[], State], clock: Clock) -> None:
    assert marked(opened()) == datetime(2000, 1, 1, tzinfo=UTC)


def test_a_receiver_that_was_told_everything_is_told_nothing_again(opened: Callable[[], State], clock: Clock) -> None:
    state, mail = opened(), Deaf()
    marked(state, "one")
    queue(state, news("a"))
    assert send(state, clock, mail) == "nothing to send"
    queue(state, news("b", "two"))
    queue(state, news("c"), on=ON + timedelta(2))
    send_outbox(state, {"one": mail}, clock=clock, owner="a")
    assert [one.key for one in mail.sent] == ["c"]
    assert statuses(state) == {"a": "superseded", "b": "ambiguous", "c": "delivered"}


def test_one_that_cannot_be_asked_is_sent_it_with_the_same_key(opened: Callable[[], State], clock: Clock) -> None:
    state, hook = opened(), Deaf()
    queue(state, news("a"))
    marked(state)
    send(state, clock, hook)
    assert [one.key for one in hook.sent] == ["a"]


def test_a_deadline_that_passed_meanwhile_is_given_anew(opened: Callable[[], State], clock: Clock) -> None:
    """Else it would be dead, and its fallback told, although it may have arrived."""
    state, slack = opened(), Obedient(found=THERE)
    queue(state, news("a"))
    clock.pass_(days=30)
    marked(state)
    assert send(state, clock, slack) == "1 delivered"


def test_a_scan_under_way_refuses_the_mark_and_one_that_ended_long_ago_is_over(state: State, clock: Clock) -> None:
    claim = state.claim_scan(ON, "w", this_owner())
    with pytest.raises(LockHeld, match="a scan of 2025-04-28 is running"):
        marked(state)
    with state.engine.begin() as connection:
        assert connection.execute(select(restore_mark)).all() == []
    clock.pass_(minutes=31)
    marked(state)
    with pytest.raises(LockHeld):
        state.finish_scan(claim, "complete", {})
    state.claim_scan(ON, "w", this_owner())


def test_a_failed_scan_is_no_turn_of_its_date(state: State) -> None:
    """Keys and names of files carry the turn: after a restore the one that failed is not run again."""
    assert state.turn("w", ON) == 0
    claim = state.claim_scan(ON, "w", "a")
    state.finish_scan(claim, "failed", {})
    assert state.turn("w", ON) == 0
    queue(state, news("a"), news("b"))
    queue(state)
    queue(state, news("c"), on=ON + timedelta(1))
    assert (state.turn("w", ON), state.turn("w", ON + timedelta(1)), state.turn("v", ON)) == (1, 1, 0)
    queue(state, news("d"))
    assert state.turn("w", ON) == 2


# --- the file


def test_yesterdays_state_comes_back_and_todays_is_kept_beside(tmp_path: Path, clock: Clock) -> None:
    state = lite(tmp_path, clock)
    queue(state, news("a"))
    backup_file(tmp_path / "state.db", tmp_path / "copy.db")
    clock.pass_(days=1)
    queue(state, news("b"), on=ON + timedelta(1))
    done = put_back(tmp_path, clock)
    assert (done.checked, done.lost, done.kept) == (True, (ON + timedelta(1),), tmp_path / "state.db.before-restore")
    assert list(statuses(state)) == ["a"], "who has the file open sees the older state"
    assert done.kept and check_copy(done.kept)
    with closing(sqlite3.connect(done.kept)) as kept:
        assert kept.execute("SELECT delivery_key FROM outbox ORDER BY id").fetchall() == [("a",), ("b",)]
    assert put_back(tmp_path, clock).kept == tmp_path / "state.db.before-restore-2"
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith(".restore")} == set()


def test_what_the_replaced_state_had_delivered_is_taken_over_by_every_receiver(tmp_path: Path, clock: Clock) -> None:
    """Mail cannot be asked; the state that gives way still knows."""
    state, mail = lite(tmp_path, clock), Deaf(Receipt("delivered", reference={"message_id": "<a>"}))
    queue(state, news("waits in the copy"))
    backup_file(tmp_path / "state.db", tmp_path / "copy.db")
    queue(state, news("b"), on=ON + timedelta(1))
    send(state, clock, mail)
    assert put_back(tmp_path, clock).known == 2
    queue(state, news("b"), news("c"), on=ON + timedelta(1))
    mail.sent.clear()
    assert send(state, clock, mail) == "1 delivered"
    assert [one.key for one in mail.sent] == ["c"]
    with state.engine.begin() as connection:
        references = connection.scalars(select(message_table.c.reference).order_by(message_table.c.outbox_id)).all()
    assert references[0] == {"message_id": "<a>"}
    # and so does a second restore
    put_back(tmp_path, clock)
    queue(state, news("b"), on=ON + timedelta(1))
    assert send(state, clock, mail) == "nothing to send"


def test_a_damaged_state_is_kept_as_it_is_and_replaced(tmp_path: Path, clock: Clock) -> None:
    lite(tmp_path, clock).close()
    backup_file(tmp_path / "state.db", tmp_path / "copy.db")
    (tmp_path / "state.db").write_bytes(b"no database at all " * 1000)
    done = put_back(tmp_path, clock)
    assert done.known is None and done.kept
    assert done.kept.read_bytes() == b"no database at all " * 1000
    state = lite(tmp_path, clock)
    queue(state, news("a"))
    assert statuses(state) == {"a": "ambiguous"}
    state.close()


def test_a_lost_state_is_put_back(tmp_path: Path, clock: Clock) -> None:
    state = lite(tmp_path, clock)
    queue(state, news("a"))
    state.close()
    backup_file(tmp_path / "state.db", tmp_path / "copy.db")
    (tmp_path / "state.db").unlink()
    done = put_back(tmp_path, clock)
    assert (done.kept, done.known) == (None, None)
    assert list(statuses(lite(tmp_path, clock))) == ["a"]
    assert (tmp_path / "state.db").stat().st_mode & 0o777 == 0o600


def refused(folder: Path, clock: Clock) -> StateUnusable:
    before = (folder / "state.db").read_bytes()
    with pytest.raises(StateUnusable) as told:
        put_back(folder, clock)
    assert (folder / "state.db").read_bytes() == before
    assert not (folder / "state.db.before-restore").exists()
    assert told.value.exit_code == 11 and str(folder / "copy.db") in told.value.where
    return told.value


@pytest.mark.parametrize("checksum", [True, False])
def test_a_changed_backup_is_refused_by_its_checksum_or_by_sqlite(tmp_path: Path, clock: Clock, checksum: bool) -> None:
    lite(tmp_path, clock).close()
    copy = backup_file(tmp_path / "state.db", tmp_path / "copy.db")
    with copy.open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xff" * (1 if checksum else 4096))
    if not checksum:
        checksum_of(copy).unlink()
    assert ("SHA-256" if checksum else "damaged") in str(refused(tmp_path, clock))


def test_a_backup_of_a_newer_version_is_refused(tmp_path: Path, clock: Clock) -> None:
    state = lite(tmp_path, clock)
    with state.engine.begin() as connection:
        connection.execute(text("UPDATE riskplug_version SET version_num = 'from-next-year'"))
    state.close()
    backup_file(tmp_path / "state.db", tmp_path / "copy.db")
    assert "newer riskplug (schema from-next-year" in str(refused(tmp_path, clock))


@pytest.mark.parametrize("content", ["", "CREATE TABLE invoices (id)"])
def test_a_foreign_database_is_refused(tmp_path: Path, clock: Clock, content: str) -> None:
    lite(tmp_path, clock).close()
    with closing(sqlite3.connect(tmp_path / "copy.db")) as other:
        other.executescript(content or "VACUUM")
    assert "not riskplug's" in str(refused(tmp_path, clock))


def test_a_backup_of_an_older_version_is_brought_up(tmp_path: Path, clock: Clock) -> None:
    state = lite(tmp_path, clock)
    queue(state, news("a"))
    state.close()
    copy = backup_file(tmp_path / "state.db", tmp_path / "copy.db")
    with closing(sqlite3.connect(copy)) as older:
        older.executescript(
            "DROP TABLE receiver_hold; DROP TABLE restore_mark; DROP TABLE sent_before;"
            "ALTER TABLE alert DROP COLUMN checksum; ALTER TABLE outbox DROP COLUMN checksum;"
            "UPDATE riskplug_version SET version_num = '0004';"
        )
    checksum_of(copy).unlink()
    before = copy.read_bytes()
    assert not put_back(tmp_path, clock).checked
    assert copy.read_bytes() == before, "the backup itself stays as it was"
    again = lite(tmp_path, clock)
    assert statuses(again) == {"a": "ambiguous"}
    again.close()


def test_nothing_is_put_back_while_a_scan_runs(tmp_path: Path, clock: Clock) -> None:
    state = lite(tmp_path, clock)
    backup_file(tmp_path / "state.db", tmp_path / "copy.db")
    claim = state.claim_scan(ON, "w", this_owner())
    with pytest.raises(LockHeld) as told:
        put_back(tmp_path, clock)
    assert told.value.exit_code == 5
    state.finish_scan(claim, "complete", {})
    put_back(tmp_path, clock)


def test_a_scan_that_begins_in_between_writes_nothing(tmp_path: Path, clock: Clock) -> None:
    """Its claim is gone with the state that it was made in."""
    state = lite(tmp_path, clock)
    backup_file(tmp_path / "state.db", tmp_path / "copy.db")
    claim = state.claim_scan(ON, "w", "another host")
    clock.pass_(minutes=31)
    put_back(tmp_path, clock)
    with pytest.raises(LockHeld):
        state.apply(claim, Reconciled(), outcome(), [news("a")])
    assert statuses(state) == {}


@pytest.mark.parametrize("name", ["copy.db", "state.db"])
def test_no_backup_or_the_state_itself_is_a_mistake(tmp_path: Path, clock: Clock, name: str) -> None:
    lite(tmp_path, clock).close()
    with pytest.raises(UsageError):
        restore_file(tmp_path / name, tmp_path / "state.db", clock=clock)


@pytest.mark.parametrize("moment", ["_replaced", "_marked", "_kept", "_put"])
def test_a_restore_that_dies_leaves_the_state_as_it_was(
    tmp_path: Path, clock: Clock, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from riskplug.state import restore

    state = lite(tmp_path, clock)
    backup_file(tmp_path / "state.db", tmp_path / "copy.db")
    queue(state, news("b"))

    class Killed(BaseException):
        pass

    def die(*given: object, **more: object) -> None:
        raise Killed

    monkeypatch.setattr(restore, moment, die)
    with pytest.raises(Killed):
        put_back(tmp_path, clock)
    assert statuses(state) == {"b": "pending"}
    monkeypatch.undo()
    put_back(tmp_path, clock)
    assert statuses(state) == {}


def test_a_sender_at_work_does_not_stop_a_restore(tmp_path: Path, clock: Clock) -> None:
    """It read before, writes after: what it settles is not there any more, and nothing is lost by that."""
    state = lite(tmp_path, clock)
    backup_file(tmp_path / "state.db", tmp_path / "copy.db")
    queue(state, news("b"))
    under_way, restored = threading.Event(), threading.Event()

    class Slow(Deaf):
        def send(self, delivery: object, *, timeout: float) -> Receipt:
            under_way.set()
            assert restored.wait(30)
            return Receipt("delivered")

    thread = threading.Thread(target=lambda: send(lite(tmp_path, clock), clock, Slow()))
    thread.start()
    assert under_way.wait(30)
    put_back(tmp_path, clock)
    restored.set()
    thread.join()
    assert statuses(state) == {}
    queue(state, news("b"))
    assert statuses(state) == {"b": "ambiguous"}


def test_a_copy_and_its_log_are_put_back_together(tmp_path: Path, clock: Clock) -> None:
    """Somebody copied the files of a state in use: what is not yet in the first stands in the second."""
    state = lite(tmp_path, clock)
    queue(state, news("a"))
    for suffix in ("", "-wal"):
        shutil.copy(tmp_path / f"state.db{suffix}", tmp_path / f"copy.db{suffix}")
    queue(state, news("b"))
    assert not put_back(tmp_path, clock).checked
    assert list(statuses(state)) == ["a"]


def test_a_new_copy_never_stands_beside_the_checksum_of_an_older_one(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from riskplug.state import backup

    state = lite(tmp_path, clock)
    backup_file(tmp_path / "state.db", tmp_path / "copy.db")
    queue(state, news("a"))
    monkeypatch.setattr(backup, "write_checksum", lambda file: None)
    backup_file(tmp_path / "state.db", tmp_path / "copy.db")
    assert not check_copy(tmp_path / "copy.db")


def test_the_checksum_is_the_one_that_sha256sum_checks(tmp_path: Path, clock: Clock) -> None:
    import subprocess

    lite(tmp_path, clock).close()
    copy = backup_file(tmp_path / "state.db", tmp_path / "copy.db")
    subprocess.run(["sha256sum", "--check", "--strict", "copy.db.sha256"], cwd=tmp_path, check=True)
    assert {path.name for path in tmp_path.glob("copy*")} == {copy.name, "copy.db.sha256"}
    assert checksum_of(copy).stat().st_mode & 0o777 == 0o600
    assert replace(put_back(tmp_path, clock)).checked


def test_the_documented_commands_put_a_postgresql_state_back(tmp_path: Path, clock: Clock) -> None:
    """docs/state.md says what to type; here it is typed."""
    import os
    import re
    import subprocess

    from sqlalchemy import make_url

    from tests.servers import new_database, postgresql

    url = new_database(postgresql(), "put_back")
    import pgserver

    place = make_url(url)
    tools = Path(pgserver.__file__).parent / "pginstall/bin"
    env = {**os.environ, "PGHOST": str(place.query["host"]), "PGUSER": str(place.username), "PATH": str(tools)}

    def typed(line: str) -> None:
        words = line.replace("DATABASE", "put_back").split()
        done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    page = (Path(__file__).parents[3] / "docs/state.md").read_text(encoding="utf-8")
    [nightly] = re.findall(r"`(pg_dump .*)` \|", page)
    [block] = re.findall(r"```\n(pg_dump .*?)```", page, re.DOTALL)
    *commands, last = block.strip().splitlines()
    assert last == "riskplug state restore --mark" and len(commands) == 4
    state = open_state(url, tmp_path, clock=clock)
    queue(state, news("a"))
    typed(nightly)
    queue(state, news("b"), on=ON + timedelta(1))
    send(state, clock, Obedient())
    state.close()
    for command in commands:
        typed(command)
    again, slack = open_state(url, tmp_path, clock=clock), Obedient(found=THERE)
    assert again.mark_restored([ON + timedelta(1)], ()) == (clock(), (ON + timedelta(1),))
    queue(again, news("b"), on=ON + timedelta(1))
    assert send(again, clock, slack) == "2 delivered" and slack.sent == []
    again.close()
