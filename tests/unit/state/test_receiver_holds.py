"""A receiver that asked for a pause has it from every command, and its messages keep their order."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import pytest
from sqlalchemy import text

from riskplug.alerts import Reconciled
from riskplug.deliver import Delivered, Leased, Message, Settlement, send_outbox
from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Capabilities, Notifier, Receipt
from riskplug.state import State
from riskplug.state.migrate import upgrade
from riskplug.testing.slack_server import SlackServer
from tests.unit.alerts.nights import outcome
from tests.unit.deliver.receivers import Obedient
from tests.unit.state.conftest import Clock

BUSY = Receipt("not_accepted", "rate limited", retry_after=30)
REFUSED = Receipt("not_accepted", "connection refused")
DOUBT = Receipt("ambiguous", "timed out")


class Doubtful(Obedient):
    """Cannot be asked."""

    capabilities: ClassVar[Capabilities] = Capabilities()


class InOneChannel(Obedient):
    """Two of these write to one place."""

    def limit_key(self) -> str:
        return "the channel"


def queue(state: State, *messages: Message, scope: str = "w") -> None:
    claim = state.claim_scan(date(2025, 4, 28), scope, "a")
    state.apply(claim, Reconciled(), outcome(), messages)
    state.finish_scan(claim, "complete", {})


def news(key: str, receiver: str = "one", **other: Any) -> Message:
    return Message(receiver, key, f"remarks of {key}", {"text": key}, **other)


def send(state: State, clock: Clock, /, **notifiers: Notifier) -> dict[str, Delivered]:
    return {one.receiver: one for one in send_outbox(state, notifiers, clock=clock, owner="a", timeout=5)}


def keys(receiver: Obedient) -> list[str]:
    return [delivery.key for delivery in receiver.sent]


@pytest.mark.parametrize(("answer", "wait"), [(BUSY, 30), (REFUSED, 60), (DOUBT, 60)])
def test_the_next_command_sends_nothing_before_the_time_and_then_all_in_order(
    opened: Callable[[], State], clock: Clock, answer: Receipt, wait: int
) -> None:
    queue(opened(), *(news(key) for key in "abc"))
    slack = Doubtful(answer)
    assert send(opened(), clock, one=slack)["one"].waiting == 3
    clock.pass_(seconds=wait - 1)
    assert send(opened(), clock, one=slack)["one"].waiting == 3
    assert keys(slack) == ["a"]
    clock.pass_(seconds=1)
    assert send(opened(), clock, one=slack)["one"].delivered == 3
    assert keys(slack) == ["a", "a", "b", "c"]


def test_what_is_queued_meanwhile_waits_as_well_and_says_so(opened: Callable[[], State], clock: Clock) -> None:
    state, slack = opened(), Obedient(BUSY)
    queue(state, news("a"))
    send(state, clock, one=slack)
    queue(state, news("b"))
    clock.pass_(seconds=29)
    send(opened(), clock, one=slack)
    assert keys(slack) == ["a"]
    until = datetime(2025, 4, 28, 2, 15, 30, tzinfo=UTC)
    assert [row.not_before for row in state.waiting()] == [until, until]


def test_a_message_that_is_given_up_leaves_the_pause(opened: Callable[[], State], clock: Clock) -> None:
    state, slack = opened(), Obedient(BUSY)
    queue(state, news("a"), news("b"))
    [told] = send_outbox(state, {"one": slack}, clock=clock, owner="a", max_attempts=1)
    assert (told.dead, told.waiting, keys(slack)) == (1, 1, ["a"])
    clock.pass_(seconds=29)
    send(opened(), clock, one=slack)
    assert keys(slack) == ["a"]
    clock.pass_(seconds=1)
    assert send(opened(), clock, one=slack)["one"].delivered == 1


def test_other_receivers_and_other_workspaces_go_on(opened: Callable[[], State], clock: Clock) -> None:
    state = opened()
    queue(state, news("a"), news("b", "two"))
    queue(state, news("c"), scope="v")
    one, two = Obedient(BUSY), Obedient()
    told = send(replace(state, scope="w"), clock, one=one, two=two)
    assert (told["one"].waiting, told["two"].delivered) == (1, 1)
    assert send(replace(state, scope="v"), clock, one=one)["one"].delivered == 1
    assert keys(one) == ["a", "c"]


def test_receivers_of_one_channel_wait_together(opened: Callable[[], State], clock: Clock) -> None:
    state = opened()
    queue(state, news("a"), news("b", "two"), news("c", "three"))
    one, two, three = InOneChannel(BUSY), InOneChannel(), Obedient()
    send(state, clock, one=one, two=two, three=three)
    clock.pass_(seconds=29)
    send(opened(), clock, one=one, two=two, three=three)
    assert (keys(one), keys(two), keys(three)) == (["a"], [], ["c"])
    clock.pass_(seconds=1)
    send(opened(), clock, one=one, two=two, three=three)
    assert (keys(one), keys(two)) == (["a", "a"], ["b"])


def test_a_failure_that_is_no_limit_is_the_receivers_own(opened: Callable[[], State], clock: Clock) -> None:
    state = opened()
    queue(state, news("a"), news("b", "two"))
    one, two = InOneChannel(REFUSED), InOneChannel()
    send(state, clock, one=one, two=two)
    assert keys(two) == ["b"]


def test_a_longer_pause_is_not_cut_short(opened: Callable[[], State], clock: Clock) -> None:
    state = opened()
    queue(state, news("a"), news("b", "two"))
    one, two = InOneChannel(BUSY), InOneChannel(replace(BUSY, retry_after=300))
    first = state.lease(("one",), now=clock(), lease=timedelta(minutes=5), owner="a")
    send(state, clock, two=two, one=one)  # five minutes for both
    assert first is not None
    until = clock() + timedelta(seconds=30)
    settled = Settlement("pending", BUSY, until, hold_until=until)
    assert state.settle(first, settled, now=clock())
    clock.pass_(seconds=299)
    send(opened(), clock, one=one, two=two)
    assert keys(one) == []


@pytest.mark.parametrize("asked", [float("inf"), 1e12, float("nan"), -5.0])
def test_no_answer_of_a_receiver_stops_the_run_or_holds_it_for_ever(
    opened: Callable[[], State], clock: Clock, asked: float
) -> None:
    state = opened()
    queue(state, news("a"), news("b", "two"))
    one = Obedient(replace(BUSY, retry_after=asked))
    assert send(state, clock, one=one, two=Obedient())["two"].delivered == 1
    clock.pass_(days=1)
    assert send(state, clock, one=one)["one"].delivered == 1


def test_nothing_overtakes_a_message_that_another_is_just_sending(opened: Callable[[], State], clock: Clock) -> None:
    queue(opened(), news("a"), news("b"))
    under_way, other = threading.Event(), threading.Event()

    class Slow(Obedient):
        def send(self, delivery: Any, *, timeout: float) -> Receipt:
            under_way.set()
            assert other.wait(30)
            return super().send(delivery, timeout=timeout)

    slow, second, first = Slow(), Obedient(), opened()
    thread = threading.Thread(target=lambda: send(first, clock, one=slow))
    thread.start()
    assert under_way.wait(30)
    assert send(opened(), clock, one=second)["one"].waiting == 2
    other.set()
    thread.join()
    assert (keys(slow), keys(second)) == (["a", "b"], [])


@pytest.mark.parametrize("moment", ["before the look", "after the look"])
def test_a_look_that_is_overtaken_by_another_sender_takes_nothing_out_of_order(
    opened: Callable[[], State], clock: Clock, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL lets two senders look at once: the slower one must not take what comes after the faster one's."""
    from riskplug.state import leasing

    queue(opened(), news("a"), news("b"))
    first, second = opened(), opened()
    looking, go_on = threading.Event(), threading.Event()
    name = "_expire" if moment == "before the look" else "_leased"
    before, waits = getattr(leasing, name), threading.local()

    def slowly(*given: Any, **more: Any) -> Any:
        if getattr(waits, "here", False):
            looking.set()
            go_on.wait(1)
        return before(*given, **more)

    monkeypatch.setattr(leasing, name, slowly)
    taken: list[Leased | None] = []

    def take(state: State, slow: bool) -> None:
        waits.here = slow
        taken.append(state.lease(("one",), now=clock(), lease=timedelta(minutes=5), owner="a"))

    threads = [threading.Thread(target=take, args=(state, state is second)) for state in (second, first)]
    threads[0].start()
    assert looking.wait(30)
    threads[1].start()
    threads[1].join(0.3)
    go_on.set()
    for thread in threads:
        thread.join()
    assert [one.delivery.key for one in taken if one] == ["a"]


def test_slack_is_left_alone_as_long_as_it_asks_whatever_the_command(
    opened: Callable[[], State], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = PluginHost.load(Choice()).notifiers()["slack"]
    with SlackServer() as server:
        monkeypatch.setenv("T", server.token)
        options = {"token": {"env": "T"}, "base_url": server.base_url}
        of = {name: {**options, "channel": place} for name, place in (("a", "#procurement-risk"), ("b", "C0PLANNING"))}
        made = {name: kind(kind.Options.model_validate(given)) for name, given in of.items()}
        same = kind(kind.Options.model_validate({**of["a"], "channel": "procurement-risk"}))
        queue(opened(), *(news(f"{name}{n}", name) for n in range(3) for name in ("a", "b", "same")))
        server.retry_after = 120
        server.fail("rate_limit")
        send(opened(), clock, **made, same=same)
        assert sorted(one["text"] for one in (*server.posts(), *server.posts("C0PLANNING"))) == ["b0", "b1", "b2"]
        clock.pass_(seconds=119)
        asked = len(server.requests)
        send(opened(), clock, **made, same=same)
        assert len(server.requests) == asked
        clock.pass_(seconds=1)
        send(opened(), clock, **made, same=same)
        told = [one["text"] for one in server.posts()]
        assert [one for one in told if one[0] == "a"] == ["a0", "a1", "a2"] and len(told) == 6


def test_a_pause_that_an_older_version_wrote_down_goes_on_holding(opened: Callable[[], State], clock: Clock) -> None:
    state = opened()
    queue(state, news("a"), news("b"))
    until = (clock() + timedelta(seconds=30)).isoformat(timespec="microseconds")
    with state.engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET not_before = :until WHERE delivery_key = 'a'"), {"until": until})
        for table in ("receiver_hold", "restore_mark", "sent_before"):
            connection.execute(text(f"DROP TABLE {table}"))
        for table in ("alert", "outbox"):
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN checksum"))
        connection.execute(text("UPDATE riskplug_version SET version_num = '0004'"))
    upgrade(state.engine, clock)
    slack = Obedient()
    send(state, clock, one=slack)
    assert keys(slack) == []
    clock.pass_(seconds=30)
    send(state, clock, one=slack)
    assert keys(slack) == ["a", "b"]
