"""Messages wait until somebody has them for sure; one sender at a time, and no attempt is forgotten."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from riskplug.alerts import Reconciled
from riskplug.deliver import Leased, Message, Settlement
from riskplug.extend.protocols import Receipt
from riskplug.state import State, this_owner
from riskplug.state.schema import attempt, message
from tests.unit.alerts.nights import outcome
from tests.unit.state.conftest import Clock

LEASE = timedelta(minutes=5)
DELIVERED = Settlement("delivered", Receipt("delivered", reference={"ts": "1.2"}))


def queue(state: State, *messages: Message, scope: str = "w") -> None:
    claim = state.claim_scan(date(2025, 4, 28), scope, "a")
    state.apply(claim, Reconciled(), outcome(), messages)
    state.finish_scan(claim, "complete", {})


def news(key: str, receiver: str = "one", remarks: str = "") -> Message:
    return Message(receiver, key, remarks or f"remarks of {key}", {"text": key})


def take(state: State, *receivers: str, owner: str = "a") -> Leased | None:
    return state.lease(receivers or ("one",), now=state.clock(), lease=LEASE, owner=owner)


def outcomes(state: State) -> list[str]:
    with state.engine.begin() as connection:
        return list(connection.scalars(select(attempt.c.outcome).order_by(attempt.c.outbox_id, attempt.c.n)))


def test_a_message_is_leased_once_and_gone_when_delivered(opened: Callable[[], State]) -> None:
    first, second = opened(), opened()
    queue(first, news("k"))
    leased = take(first)
    assert leased is not None and not leased.doubtful and leased.delivery.payload == {"text": "k"}
    assert take(second) is None
    assert first.settle(leased, DELIVERED, now=first.clock())
    assert (take(second), second.waiting(), outcomes(second)) == (None, [], ["delivered"])
    with first.engine.begin() as connection:
        assert connection.execute(select(message.c.receiver, message.c.reference)).all() == [("one", {"ts": "1.2"})]


def test_the_same_key_is_queued_once(state: State) -> None:
    queue(state, news("k"))
    queue(state, news("k"))
    assert len(state.waiting()) == 1


def test_remarks_alone_are_not_repeated_to_who_has_had_them(state: State) -> None:
    queue(state, Message("one", "k1", "scan incomplete", {"text": "x"}))
    queue(state, Message("one", "k2", "scan incomplete", {"text": "x"}))
    queue(state, Message("two", "k3", "scan incomplete", {"text": "x"}))
    assert [row.receiver for row in state.waiting()] == ["one", "two"]


def test_messages_of_one_receiver_are_taken_in_order(state: State) -> None:
    queue(state, news("first"), news("second"))
    first = take(state)
    assert first is not None and first.delivery.key == "first"
    assert take(state) is None, "one at a time: two at once could arrive in the other order"
    assert state.settle(first, DELIVERED, now=state.clock())
    second = take(state)
    assert second is not None and second.delivery.key == "second"


def test_a_message_is_left_alone_before_its_time(state: State, clock: Clock) -> None:
    queue(state, news("k"))
    leased = take(state)
    assert leased is not None
    later = Settlement("pending", Receipt("not_accepted", "rate limited", retry_after=30), clock() + timedelta(0, 30))
    state.settle(leased, later, now=clock())
    clock.pass_(seconds=29)
    assert take(state) is None
    clock.pass_(seconds=1)
    again = take(state)
    assert again is not None and (again.doubtful, again.attempt) == (False, 2)


@pytest.mark.parametrize("owner", ["somebody elsewhere", "a dead process here"])
def test_a_lost_lease_makes_the_message_doubtful(state: State, clock: Clock, owner: str) -> None:
    queue(state, news("k"))
    began = clock()
    assert take(state, owner=f"{this_owner().rpartition(':')[0]}:4194304" if "dead" in owner else owner)
    if "dead" not in owner:
        clock.pass_(minutes=4)
        assert take(state) is None
        clock.pass_(minutes=2)
    again = take(state)
    assert again is not None and again.doubtful and again.delivery.attempted_since == began
    assert outcomes(state) == ["lost", "started"]


def test_who_lost_the_lease_cannot_settle(state: State, clock: Clock) -> None:
    queue(state, news("k"))
    slow = take(state)
    clock.pass_(minutes=6)
    quick = take(state)
    assert slow is not None and quick is not None
    assert not state.settle(slow, Settlement("dead", Receipt("rejected")), now=clock())
    assert state.settle(quick, DELIVERED, now=clock())


def test_a_dead_message_stays_visible_and_can_be_tried_again(state: State, clock: Clock) -> None:
    queue(state, news("k"))
    leased = take(state)
    assert leased is not None
    state.settle(leased, Settlement("dead", Receipt("rejected", "channel_not_found")), now=clock())
    [row] = state.waiting()
    assert (row.status, row.detail, take(state)) == ("dead", "channel_not_found", None)
    assert state.retry(row.id) and not state.retry(row.id)
    again = take(state)
    assert again is not None and again.doubtful


def test_a_dead_message_of_another_workspace_is_not_ours_to_revive(opened: Callable[[], State]) -> None:
    ours = opened()
    queue(ours, news("k"))
    leased = take(ours)
    assert leased is not None
    ours.settle(leased, Settlement("dead", Receipt("rejected", "channel_not_found")), now=ours.clock())
    assert not replace(opened(), scope="other").retry(leased.id)
    assert [row.status for row in ours.waiting()] == ["dead"]


def test_the_minimal_form_is_remembered(state: State, clock: Clock) -> None:
    queue(state, news("k"))
    leased = take(state)
    assert leased is not None
    state.settle(leased, Settlement("pending", Receipt("rejected", "invalid_blocks"), minimal=True), now=clock())
    again = take(state)
    assert again is not None and again.delivery.payload == {"text": "k", "minimal": True}


def test_other_receivers_and_other_workspaces_are_not_touched(opened: Callable[[], State]) -> None:
    from dataclasses import replace

    state = opened()
    queue(state, news("k1", "two"))
    queue(state, news("k2"), scope="v")
    mine = replace(state, scope="w")
    assert take(mine) is None
    assert [row.receiver for row in mine.waiting()] == ["two"]
    assert take(replace(state, scope="v")) is not None


def test_eight_senders_take_forty_messages_once_each_and_in_order(opened: Callable[[], State]) -> None:
    first = opened()
    receivers = ["r0", "r1", "r2", "r3"]
    queue(first, *(news(f"{name} {n}", name) for n in range(10) for name in receivers))
    senders, sent = [opened() for _ in range(8)], list[str]()

    def drain(state: State) -> None:
        while state.waiting():
            if leased := take(state, *receivers):
                sent.append(leased.delivery.key)
                assert state.settle(leased, DELIVERED, now=state.clock())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(drain, senders))
    assert len(sent) == 40
    for name in receivers:
        assert [key for key in sent if key.startswith(name)] == [f"{name} {n}" for n in range(10)]
