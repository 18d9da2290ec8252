"""Threads, edits, files, fallbacks and deadlines in the outbox: what waits, and what follows from a failure."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from riskplug.alerts import Reconciled
from riskplug.deliver import Fallback, Leased, Message, Settlement, send_outbox
from riskplug.extend.protocols import Attachment, Receipt
from riskplug.state import State
from riskplug.state.schema import outbox, outbox_file
from tests.unit.alerts.nights import outcome
from tests.unit.deliver.receivers import Talker
from tests.unit.state.conftest import Clock

LEASE = timedelta(minutes=5)
GONE = Receipt("rejected", "message_not_found", {"try": "post"})
ROOT = {"channel": "C1", "ts": "1.1"}


def queue(state: State, *messages: Message, on: date = date(2025, 4, 28)) -> None:
    claim = state.claim_scan(on, "w", "a")
    state.apply(claim, Reconciled(), outcome(), messages)
    state.finish_scan(claim, "complete", {})


def message(key: str, receiver: str = "one", **other: Any) -> Message:
    return Message(receiver, key, f"remarks of {key}", {"text": key}, **other)


def root(key: str = "root", **other: Any) -> Message:
    return message(key, slot="digest", **other)


def reply(key: str, **other: Any) -> Message:
    return message(key, operation="reply", thread="digest", **other)


def edit(key: str, **other: Any) -> Message:
    return message(key, operation="update", slot="digest", **other)


def take(state: State, *receivers: str) -> Leased | None:
    return state.lease(receivers or ("one",), now=state.clock(), lease=LEASE, owner="elsewhere")


def taken(state: State) -> Leased:
    leased = take(state)
    assert leased is not None
    return leased


def deliver(state: State, leased: Leased, **reference: str) -> None:
    settled = Settlement("delivered", Receipt("delivered", reference=reference or ROOT))
    assert state.settle(leased, settled, now=state.clock())


def statuses(state: State) -> dict[str, str]:
    with state.engine.begin() as connection:
        rows = connection.execute(select(outbox.c.delivery_key, outbox.c.status))
        return {str(key): str(status) for key, status in rows if len(str(key)) < 64}


def test_replies_wait_for_the_message_they_belong_to_and_then_know_where_it_is(state: State) -> None:
    queue(state, reply("early"), root(), reply("late"))
    first = taken(state)
    assert first.delivery.key == "root" and take(state) is None
    deliver(state, first)
    early = taken(state)
    deliver(state, early, ts="1.2")
    keys = [(one.delivery.key, one.delivery.thread) for one in (early, taken(state))]
    assert keys == [("early", ROOT), ("late", ROOT)]


def test_other_messages_do_not_wait_for_a_parent_that_is_late(state: State) -> None:
    queue(state, *(reply(f"r{n}") for n in range(30)), message("other"))
    assert taken(state).delivery.key == "other"


def test_an_edit_waits_for_its_message_and_knows_its_newest_place(state: State) -> None:
    queue(state, root(), edit("e1"))
    posted = taken(state)
    assert take(state) is None
    deliver(state, posted)
    found = taken(state)
    assert (found.delivery.operation, found.delivery.target) == ("update", ROOT)


def test_updates_coalesce_and_posts_never(state: State) -> None:
    queue(state, root(), edit("e1"))
    queue(state, edit("e2"), root("again"), reply("r"))
    queue(state, edit("e3"))
    assert statuses(state) == {
        "root": "pending",
        "e1": "superseded",
        "e2": "superseded",
        "again": "pending",
        "r": "pending",
        "e3": "pending",
    }
    assert [row.status for row in state.waiting()] == ["pending"] * 4


def test_an_edit_whose_sender_died_does_not_bring_back_what_is_old(state: State, clock: Clock) -> None:
    queue(state, root(), edit("e1"))
    deliver(state, taken(state))
    assert taken(state).delivery.key == "e1"
    queue(state, edit("e2"))
    assert take(state) is None  # the older one is under way: two at once could land in the wrong order
    clock.pass_(minutes=6)
    assert taken(state).delivery.key == "e2"
    assert statuses(state)["e1"] == "superseded"


def test_a_message_that_is_gone_is_posted_anew_and_its_thread_moves_with_it(state: State) -> None:
    queue(state, root(), edit("e1"), reply("r"))
    deliver(state, taken(state))
    lost = taken(state)
    anew = Settlement("pending", GONE, anew=True)
    assert state.settle(lost, anew, now=state.clock())
    again = taken(state)
    assert (again.delivery.operation, again.delivery.payload) == ("post", {"text": "e1", "lost": ROOT})
    deliver(state, again, channel="C1", ts="2.2")
    assert taken(state).delivery.thread == {"channel": "C1", "ts": "2.2"}


def test_a_reply_to_a_lost_message_takes_its_place(state: State) -> None:
    queue(state, root(), reply("r1"), reply("r2"))
    deliver(state, taken(state))
    assert state.settle(taken(state), Settlement("pending", GONE, anew=True), now=state.clock())
    first = taken(state)
    assert (first.delivery.key, first.delivery.operation, first.delivery.thread) == ("r1", "post", {})
    deliver(state, first, channel="C1", ts="3.3")
    assert taken(state).delivery.thread == {"channel": "C1", "ts": "3.3"}


def test_the_sender_posts_anew_once_and_gives_up_then(state: State, clock: Clock) -> None:
    queue(state, root(), edit("e1"))
    slack = Talker(Receipt("delivered", reference=ROOT), GONE, GONE)
    [told] = send_outbox(state, {"one": slack}, clock=clock, owner="a")
    assert (told.delivered, told.dead) == (1, 1)
    assert [one.operation for one in slack.sent] == ["post", "update", "post"]


def test_a_parent_that_is_refused_takes_its_replies_with_it_and_back(state: State) -> None:
    queue(state, root(), reply("r1"), edit("e1"), message("other"))
    dead = Settlement("dead", Receipt("rejected", "channel_not_found"))
    assert state.settle(taken(state), dead, now=state.clock())
    assert statuses(state) == {"root": "dead", "r1": "dead", "e1": "superseded", "other": "pending"}
    [number] = [row.id for row in state.waiting() if row.detail == "channel_not_found"]
    assert state.retry(number)
    assert statuses(state) == {"root": "ambiguous", "r1": "pending", "e1": "superseded", "other": "pending"}


def test_what_was_not_delivered_in_time_is_dead_and_not_dropped(state: State, clock: Clock) -> None:
    queue(state, root(expires_after=timedelta(days=2)), reply("r", expires_after=None))
    clock.pass_(days=1)
    leased = taken(state)
    later = Settlement("pending", Receipt("not_accepted", "rate limited"), clock.now + timedelta(days=3))
    assert state.settle(leased, later, now=clock())
    clock.pass_(days=2)
    assert take(state) is None
    assert statuses(state) == {"root": "dead", "r": "dead"}
    assert "not delivered by 2025-04-30: rate limited" in [row.detail for row in state.waiting()]


def test_a_dead_message_is_told_to_the_fallback_receiver_once(state: State, clock: Clock) -> None:
    queue(state, root(fallback=Fallback("two", {"text": "could not be delivered to one"})))
    dead = Settlement("dead", Receipt("rejected", "invalid_auth"))
    assert state.settle(taken(state), dead, now=clock())
    instead = take(state, "two")
    assert instead is not None and instead.delivery.payload == {"text": "could not be delivered to one"}
    deliver(state, instead)
    [number] = [row.id for row in state.waiting()]
    assert state.retry(number)
    assert state.settle(taken(state), dead, now=clock())
    assert take(state, "two") is None


def test_files_come_with_their_message_and_go_when_it_is_delivered(state: State) -> None:
    file = Attachment("f.xlsx", "application/x", b"\x00\xff" * 1000, "a picture of it")
    queue(state, root(), reply("f", files=(file,)))
    deliver(state, taken(state))
    leased = taken(state)
    assert leased.delivery.files == (file,)
    deliver(state, leased)
    with state.engine.begin() as connection:
        assert connection.execute(select(func.count()).select_from(outbox_file)).scalar() == 0


def test_what_is_out_there_is_the_newest_of_each_slot(state: State) -> None:
    queue(state, root(), edit("e1", last_word=True), message("s", slot="status"), message("no slot"))
    found = {(one.receiver, one.slot): (one.payload_hash, one.closed) for one in state.posted()}
    assert found == {
        ("one", "digest"): (edit("e1").payload_hash, True),
        ("one", "status"): (message("s").payload_hash, False),
    }
    assert state.settle(taken(state), Settlement("dead", Receipt("rejected")), now=state.clock())
    assert [one.slot for one in state.posted()] == ["status"]


def test_receivers_do_not_share_slots(state: State, opened: Callable[[], State]) -> None:
    queue(state, root(), message("theirs", "two", operation="reply", thread="digest"))
    deliver(state, taken(state))
    assert take(state, "two") is None


@pytest.mark.parametrize("moment", ["lease", "settle"])
def test_a_transaction_that_fails_leaves_the_message_as_it_was(
    state: State, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash of the database in the middle: all or nothing."""
    from riskplug.state import leasing

    queue(state, root(fallback=Fallback("two", {"text": "x"})))
    leased = taken(state) if moment == "settle" else None
    broken = {"lease": "_delivery", "settle": "_tell_instead"}[moment]
    before = statuses(state)

    def crash(*words: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(leasing, broken, crash)
    with pytest.raises(ZeroDivisionError):
        if leased is None:
            take(state)
        else:
            state.settle(leased, Settlement("dead", Receipt("rejected")), now=state.clock())
    assert statuses(state) == before
