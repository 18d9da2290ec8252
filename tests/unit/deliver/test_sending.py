"""At least once, never blindly twice, and no receiver in another's way."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from riskplug.alerts import Reconciled
from riskplug.deliver import Delivered, Message, send_outbox
from riskplug.extend.protocols import Notifier, Receipt
from riskplug.model import Outcome
from riskplug.state import State, open_state
from tests.unit.alerts.nights import outcome
from tests.unit.deliver.receivers import ON, Blind, Clock, Obedient

REFUSED = Receipt("rejected", "channel_not_found")
BUSY = Receipt("not_accepted", "rate limited", retry_after=30)
DOUBT = Receipt("ambiguous", "timed out")
THERE = Receipt("delivered", "found", {"ts": "1.2"})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state(tmp_path: Path, clock: Clock) -> Iterator[State]:
    opened = open_state("sqlite:///state.db", tmp_path, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def queue(state: State) -> Callable[..., None]:
    def put(*receivers: str, text: str = "hello") -> None:
        claim = state.claim_scan(ON, "w", "a")
        told: Outcome = outcome()
        messages = [Message(name, f"{name} {text}", f"{name} {text} r", {"text": text}) for name in receivers]
        state.apply(claim, Reconciled(), told, messages)
        state.finish_scan(claim, "complete", {})

    return put


def send(state: State, notifiers: dict[str, Notifier], clock: Clock, **more: int) -> dict[str, Delivered]:
    return {one.receiver: one for one in send_outbox(state, notifiers, clock=clock, owner="a", timeout=1, **more)}


def test_a_message_is_sent_once(state: State, queue: Callable[..., None], clock: Clock) -> None:
    queue("one")
    slack = Obedient()
    assert str(send(state, {"one": slack}, clock)["one"]) == "1 delivered"
    assert str(send(state, {"one": slack}, clock)["one"]) == "nothing to send"
    assert len(slack.sent) == 1


def test_one_receivers_failure_neither_repeats_nor_hides_the_others(
    state: State, queue: Callable[..., None], clock: Clock
) -> None:
    queue("good", "bad")
    good, bad = Obedient(), Obedient(REFUSED)
    first = send(state, {"good": good, "bad": bad}, clock)
    assert (first["good"].complete, first["bad"].dead, first["bad"].detail) == (True, 1, "channel_not_found")
    again = send(state, {"good": good, "bad": bad}, clock)
    assert (len(good.sent), len(bad.sent), again["bad"].complete) == (1, 1, False)


def test_a_busy_receiver_is_left_alone_for_as_long_as_it_asks(
    state: State, queue: Callable[..., None], clock: Clock
) -> None:
    queue("one")
    queue("one", text="second")
    slack = Obedient(BUSY)
    assert send(state, {"one": slack}, clock)["one"].waiting == 2
    assert len(slack.sent) == 1
    clock.pass_(seconds=30)
    assert send(state, {"one": slack}, clock)["one"].delivered == 2
    assert slack.looked == []


def test_what_arrived_although_no_answer_came_is_not_sent_again(
    state: State, queue: Callable[..., None], clock: Clock
) -> None:
    queue("one")
    slack = Obedient(DOUBT, found=THERE)
    assert send(state, {"one": slack}, clock)["one"].delivered == 1
    assert (len(slack.sent), len(slack.looked)) == (1, 1)
    assert slack.looked[0].attempted_since == clock()


def test_what_did_not_arrive_is_looked_for_again_and_then_sent_again(
    state: State, queue: Callable[..., None], clock: Clock
) -> None:
    queue("one")
    slack = Obedient(DOUBT)
    began = clock()
    assert send(state, {"one": slack}, clock)["one"].waiting == 1
    clock.pass_(minutes=2)
    assert send(state, {"one": slack}, clock)["one"].delivered == 1
    assert (len(slack.sent), len(slack.looked)) == (2, 2)
    assert slack.looked[1].attempted_since == began
    assert slack.sent[0].key == slack.sent[1].key


def test_while_nobody_can_look_nothing_is_sent_again(state: State, queue: Callable[..., None], clock: Clock) -> None:
    queue("one")
    slack = Obedient(DOUBT, found=OSError("network is down"))
    for _ in range(3):
        assert send(state, {"one": slack}, clock)["one"].waiting == 1
        clock.pass_(hours=2)
    assert len(slack.sent) == 1
    slack.found = THERE
    assert send(state, {"one": slack}, clock)["one"].delivered == 1
    assert len(slack.sent) == 1


def test_a_receiver_that_cannot_be_asked_is_sent_to_again(
    state: State, queue: Callable[..., None], clock: Clock
) -> None:
    queue("one")
    hook = Blind(DOUBT)
    send(state, {"one": hook}, clock)
    clock.pass_(minutes=2)
    assert send(state, {"one": hook}, clock)["one"].delivered == 1
    assert (len(hook.sent), hook.looked) == (2, [])


def test_a_notifier_that_raises_is_doubtful_and_named(state: State, queue: Callable[..., None], clock: Clock) -> None:
    queue("one", "two")
    broken, good = Obedient(RuntimeError("boom")), Obedient()
    told = send(state, {"one": broken, "two": good}, clock)
    assert told["two"].complete and told["one"].waiting == 1 and "boom" in told["one"].detail


def test_a_busy_answer_does_not_make_a_doubtful_message_certain(
    state: State, queue: Callable[..., None], clock: Clock
) -> None:
    queue("one")
    slack = Obedient(DOUBT, BUSY)
    send(state, {"one": slack}, clock)
    clock.pass_(minutes=2)
    send(state, {"one": slack}, clock)
    slack.found = THERE
    clock.pass_(minutes=2)
    assert send(state, {"one": slack}, clock)["one"].delivered == 1
    assert len(slack.sent) == 2


def test_waits_grow_and_end_in_a_visible_dead_message(state: State, queue: Callable[..., None], clock: Clock) -> None:
    queue("one")
    slack = Obedient(*[Receipt("not_accepted", "refused")] * 9)
    for minutes in (0, 1, 2, 4):
        clock.pass_(minutes=minutes)
        told = send(state, {"one": slack}, clock, max_attempts=4)["one"]
    assert (told.dead, told.waiting, len(slack.sent)) == (1, 0, 4)
    assert [row.status for row in state.waiting()] == ["dead"]


def test_a_refused_form_is_sent_once_more_without_it(state: State, queue: Callable[..., None], clock: Clock) -> None:
    queue("one")
    form = Receipt("rejected", "invalid_blocks", {"try": "minimal"})
    slack = Obedient(form)
    assert send(state, {"one": slack}, clock)["one"].delivered == 1
    assert [bool(one.payload.get("minimal")) for one in slack.sent] == [False, True]
    queue("one", text="again")
    slack.answers = [form, form]
    assert send(state, {"one": slack}, clock)["one"].dead == 1
    assert len(slack.sent) == 4


def test_a_receiver_without_notifier_is_reported(state: State, queue: Callable[..., None], clock: Clock) -> None:
    queue("gone")
    told = send(state, {"one": Obedient()}, clock)
    assert str(told["gone"]) == "1 waiting (no notifier for this receiver is loaded)"


def test_a_lease_lost_while_sending_is_looked_up_by_the_next_sender(
    state: State, queue: Callable[..., None], clock: Clock
) -> None:
    queue("one")
    assert state.lease(["one"], now=clock(), lease=timedelta(minutes=5), owner="elsewhere")
    slack = Obedient(found=THERE)
    assert send(state, {"one": slack}, clock)["one"].waiting == 1
    clock.pass_(minutes=6)
    assert send(state, {"one": slack}, clock)["one"].delivered == 1
    assert slack.sent == []
