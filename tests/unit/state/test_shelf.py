"""Messages put away by somebody or by age; what happened to alerts stays."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from riskplug.alerts import Reconciled
from riskplug.deliver import Leased, Message, Settlement, send_outbox
from riskplug.extend.protocols import Attachment, Receipt
from riskplug.state import State
from riskplug.state.schema import alert_event, attempt, message, outbox, outbox_file, outbox_item
from tests.unit.alerts.nights import outcome
from tests.unit.deliver.receivers import Talker
from tests.unit.state.conftest import Clock
from tests.unit.state.test_people import compared, key_of, tonight

ON = date(2025, 4, 28)
DEAD = Settlement("dead", Receipt("rejected", "channel_not_found"))


def night(state: State, on: date, *messages: Message, found: Any = None) -> None:
    done = compared(state, on, tonight("warning") if found is None else found)
    claim = state.claim_scan(on, "w", "a")
    state.apply(claim, done, outcome(), messages)
    state.finish_scan(claim, "complete", {})


def queue(state: State, *messages: Message, on: date = ON) -> None:
    claim = state.claim_scan(on, "w", "a")
    state.apply(claim, Reconciled(), outcome(), messages)
    state.finish_scan(claim, "complete", {})


def news(key: str, receiver: str = "one", **other: Any) -> Message:
    return Message(receiver, key, key, {"text": key}, **other)


def taken(state: State) -> Leased:
    leased = state.lease(("one",), now=state.clock(), lease=timedelta(minutes=5), owner="elsewhere")
    assert leased is not None
    return leased


def bury(state: State) -> None:
    assert state.settle(taken(state), DEAD, now=state.clock())


def send(state: State, clock: Clock) -> list[str]:
    slack = Talker()
    send_outbox(state, {"one": slack}, clock=clock, owner="a")
    return [one.key for one in slack.sent]


def rows(state: State) -> dict[str, tuple[int, str]]:
    with state.engine.begin() as connection:
        found = connection.execute(select(outbox.c.delivery_key, outbox.c.id, outbox.c.status)).all()
    return {key: (number, status) for key, number, status in found}


def number(state: State, key: str) -> int:
    return rows(state)[key][0]


def kept(state: State) -> set[str]:
    return set(rows(state))


def told(state: State) -> list[tuple[str, str, str, str, str]]:
    names = ("kind", "old", "new", "reason", "actor")
    with state.engine.begin() as connection:
        found = connection.execute(select(*(alert_event.c[name] for name in names)).order_by(alert_event.c.id)).all()
    return [tuple(row) for row in found if row.kind == "not told"]  # type: ignore[misc]


# --- by somebody


def test_a_dead_message_is_put_away_with_who_and_why(state: State, clock: Clock) -> None:
    night(state, ON)
    queue(state, news("a", items=((key_of(state), "new"),)))
    bury(state)
    assert state.drop([number(state, "a")], "anna", "the channel is gone") == []
    assert state.waiting() == [] and rows(state)["a"][1] == "dropped"
    assert told(state) == [("not told", "new", "one", "the channel is gone", "anna")]
    with state.engine.begin() as connection:
        found = connection.execute(select(attempt.c.n, attempt.c.outcome, attempt.c.detail).order_by(attempt.c.n))
        assert [tuple(row) for row in found] == [
            (1, "rejected", "channel_not_found"),
            (2, "dropped", "put away by anna: the channel is gone"),
        ]
    clock.pass_(days=1)
    assert send(state, clock) == []


def test_replies_and_edits_go_with_it_and_come_back_with_it(state: State, clock: Clock) -> None:
    below = {"operation": "reply", "thread": "digest"}
    queue(state, news("root", slot="digest"), news("r1", **below), news("e", operation="update", slot="digest"))
    queue(state, news("other"))
    assert state.drop([number(state, "root")], "anna", "old") == []
    assert [row.id for row in state.waiting()] == [number(state, "other")]
    assert state.retry(number(state, "root"))
    assert send(state, clock) == ["root", "r1", "other"]


def test_what_a_dead_parent_took_with_it_goes_as_well(state: State) -> None:
    queue(state, news("root", slot="digest"), news("r", operation="reply", thread="digest"))
    bury(state)
    assert state.drop([number(state, "root"), number(state, "r")], "anna", "old") == []
    with state.engine.begin() as connection:
        gone = select(attempt.c.outbox_id).where(attempt.c.outcome == "dropped").order_by(attempt.c.outbox_id)
        found = list(connection.scalars(gone))
    assert state.waiting() == [] and found == [number(state, "root"), number(state, "r")]


def test_replies_below_a_message_that_stands_again_are_not_lost(state: State, clock: Clock) -> None:
    """The alert was posted anew after its first message died; somebody puts the dead one away."""
    queue(state, news("first", slot="alert:k:1"))
    bury(state)
    queue(state, news("again", slot="alert:k:1"))
    assert send(state, clock) == ["again"]
    queue(state, news("note", operation="reply", thread="alert:k:1"))
    assert state.drop([number(state, "first")], "anna", "old") == []
    assert send(state, clock) == ["note"]


def test_all_of_them_or_none(state: State) -> None:
    queue(state, news("dead"), news("under way"))
    bury(state)
    taken(state)
    asked = [number(state, "dead"), number(state, "under way"), 999]
    assert state.drop(asked, "anna", "old") == [number(state, "under way"), 999]
    assert {status for _, status in rows(state).values()} == {"dead", "sending"}


def test_another_workspaces_messages_are_not_ours_to_put_away(opened: Callable[[], State]) -> None:
    from dataclasses import replace

    state = opened()
    queue(state, news("a"))
    assert replace(state, scope="v").drop([number(state, "a")], "anna", "old") == [number(state, "a")]


def test_a_message_that_is_tried_again_has_a_week(state: State, clock: Clock) -> None:
    below = {"operation": "reply", "thread": "digest", "expires_after": timedelta(days=1)}
    queue(state, news("a", slot="digest", expires_after=timedelta(days=1)), news("r", **below))
    bury(state)
    clock.pass_(days=30)
    assert state.retry(number(state, "a"))
    with state.engine.begin() as connection:
        assert set(connection.scalars(select(outbox.c.expires))) == {clock() + timedelta(days=7)}
    clock.pass_(days=7)
    assert send(state, clock) == [] and {status for _, status in rows(state).values()} == {"dead"}


# --- by age


def test_what_is_over_goes_after_its_time_and_what_waits_does_not(state: State, clock: Clock) -> None:
    file = Attachment("f.csv", "text/csv", b"a")
    queue(state, news("old", files=(file,)))
    send(state, clock)
    queue(state, news("waits", expires_after=None), news("dead", "two"))
    clock.pass_(days=29)
    queue(state, news("young", "two"), on=ON + timedelta(29))
    clock.pass_(days=2)
    assert state.prune("v", ON + timedelta(31), 30) == 0
    assert state.prune("w", ON + timedelta(31), 30) == 1
    assert kept(state) == {"waits", "dead", "young"}
    with state.engine.begin() as connection:
        for table in (message, outbox_file, outbox_item, attempt):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 0


def test_what_was_tried_a_while_ago_is_still_to_be_seen(state: State, clock: Clock) -> None:
    """A message of last year that was put back and given up again: nobody has seen that yet."""
    queue(state, news("a"))
    bury(state)
    clock.pass_(days=400)
    assert state.retry(number(state, "a"))
    bury(state)
    assert state.prune("w", ON + timedelta(400), 365) == 0
    clock.pass_(days=366)
    assert state.prune("w", ON + timedelta(766), 365) == 1


def test_the_messages_of_a_date_that_is_scanned_again_stay(state: State, clock: Clock) -> None:
    """A workspace whose date is pinned scans the same date for years, and is told nothing twice."""
    queue(state, news("a"))
    send(state, clock)
    clock.pass_(days=400)
    assert state.prune("w", ON, 365) == 0
    queue(state, news("a"))
    assert send(state, clock) == []


def test_what_can_still_be_edited_stays_as_long_as_its_alert_lives(state: State, clock: Clock) -> None:
    night(state, ON)
    slot = f"alert:{key_of(state)}:1"
    update = {"operation": "update", "slot": slot}
    queue(state, news("post", slot=slot), news("status", slot="status"), news("digest", slot="digest:2025-04-28:1"))
    send(state, clock)
    queue(state, news("edit", **update))
    send(state, clock)
    clock.pass_(days=40)
    night(state, ON + timedelta(40))
    assert state.prune("w", ON + timedelta(40), 30) == 2
    assert kept(state) == {"edit", "status"}
    assert {one.slot for one in state.posted()} == {slot, "status"}
    night(state, ON + timedelta(41), found=tonight())
    assert state.ledger("w")["condition"].tolist() == ["resolved"]
    clock.pass_(days=1)
    assert state.prune("w", ON + timedelta(41), 30) == 0, "it may come back as the same"
    clock.pass_(days=31)
    assert state.prune("w", ON + timedelta(72), 30) == 1
    assert kept(state) == {"status"}


def test_the_history_of_alerts_stays_and_says_who_was_not_told(state: State, clock: Clock) -> None:
    night(state, ON)
    before = state.events("w", [key_of(state)])
    queue(state, news("a", items=((key_of(state), "new"),)), news("b", items=((key_of(state), "new"),)))
    bury(state)
    send(state, clock)
    clock.pass_(days=31)
    assert state.prune("w", ON + timedelta(31), 30) == 2
    after = state.events("w", [key_of(state)])
    assert after[: len(before)] == before
    reason = "could not be delivered, and is too old to be kept"
    assert told(state) == [("not told", "new", "one", reason, "scan")]
    assert len(after) == len(before) + 1


def test_thousands_of_messages_go_in_one_night(state: State, clock: Clock) -> None:
    queue(state, *(news(f"k{n}", "two", expires_after=timedelta(days=1)) for n in range(1200)))
    clock.pass_(days=40)
    send(state, clock)
    assert state.prune("w", ON + timedelta(40), 30) == 1200


def test_a_restore_long_ago_is_forgotten_with_what_it_knew(state: State, clock: Clock) -> None:
    from riskplug.state import marks
    from riskplug.state.schema import sent_before

    with state.engine.begin() as connection:
        sent = marks.Sent("k", {}, clock())
        marks.mark(connection, clock(), until=ON, sent=[sent])
    state.prune("w", ON + timedelta(30), 30)
    with state.engine.begin() as connection:
        assert connection.execute(select(func.count()).select_from(sent_before)).scalar() == 1
    clock.pass_(days=31)
    state.prune("w", ON + timedelta(31), 30)
    with state.engine.begin() as connection:
        assert connection.execute(select(func.count()).select_from(sent_before)).scalar() == 0
