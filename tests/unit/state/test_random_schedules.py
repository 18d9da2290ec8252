"""Two hundred random nights of faults and crashes: nothing is lost or twice there, threads and edits are right."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import event

from riskplug.alerts import Reconciled
from riskplug.deliver import LEASE, Leased, Message, OutboxRow, Posted, Settlement, send_outbox
from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Attachment, Delivery, Notifier, Receipt
from riskplug.state import State
from riskplug.testing.slack_server import SlackServer
from tests.examples import of_today
from tests.unit.alerts.nights import outcome
from tests.unit.state.conftest import Clock

FAULTS = ("drop", "drop_before", "error_500", "error_500_after", "portal", "rate_limit", "fatal_error")
METHODS = (
    *("chat.postMessage",) * 5,
    "chat.update",
    "conversations.history",
    "conversations.replies",
    "files.getUploadURLExternal",
    "upload",
    "files.completeUploadExternal",
)
CRASHES = ("before the lease", "after the lease", "after the send", "after the settlement", "", "", "")
SEEDS = {"sqlite": of_today(range(160)), "postgresql": of_today(range(160, 200))}
NAMES_OF_TWO = ["digest", "reply 1", "single"]
CHANNELS = {"one": "C0PROCURE", "two": "C0PLANNING"}


class Killed(KeyboardInterrupt):
    """Goes through everything, as kill -9 does; of exceptions only an interrupt passes the guard around a receiver."""


@dataclass
class Holds:
    """What the sender promised each receiver, kept beside the database: until when it is left alone, what it has had.

    The oracle of order: a message may be lent only when no older one of its receiver waits that could go.
    """

    until: dict[str, datetime] = field(default_factory=dict)
    under_way: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def known(self) -> dict[str, datetime]:
        """What was written down before a look: a pause that begins during it stops the next one."""
        with self.lock:
            return dict(self.until)

    def check(self, leased: Leased, held: Mapping[str, datetime], now: datetime) -> None:
        with self.lock:
            name = leased.receiver
            assert held.get(name, now) <= now, f"{leased.delivery.key} is lent while {name} is held"
            key, until = self.under_way.get(name, ("", now))
            assert until <= now or key == leased.delivery.key, f"{leased.delivery.key} is lent beside {key}"
            self.under_way[name] = (leased.delivery.key, now + LEASE)

    def ended(self, leased: Leased) -> None:
        """Before it is settled: as soon as that is written, the next one may be lent."""
        with self.lock:
            self.under_way.pop(leased.receiver, None)

    def note(self, leased: Leased, settlement: Settlement, now: datetime) -> None:
        with self.lock:
            if settlement.hold_until:
                for name in (leased.receiver, *settlement.companions):
                    self.until[name] = max(settlement.hold_until, self.until.get(name, now))


@dataclass
class Crashing:
    """A store whose process dies at one moment of one run."""

    state: State
    moment: str
    countdown: int
    holds: "Holds"

    def _die(self, moment: str) -> None:
        if moment == self.moment:
            self.countdown -= 1
            if self.countdown <= 0:
                raise Killed

    def lease(self, *receivers: Any, **how: Any) -> Leased | None:
        self._die("before the lease")
        held = self.holds.known()
        leased = self.state.lease(*receivers, **how)
        if leased:
            self.holds.check(leased, held, self.state.clock())
        self._die("after the lease")
        return leased

    def settle(self, leased: Leased, settlement: Settlement, **how: Any) -> bool:
        self._die("after the send")
        self.holds.ended(leased)
        settled = self.state.settle(leased, settlement, **how)
        if settled:
            self.holds.note(leased, settlement, self.state.clock())
        self._die("after the settlement")
        return settled

    def waiting(self) -> list[OutboxRow]:
        return self.state.waiting()

    def posted(self) -> list[Posted]:
        return self.state.posted()


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer() as running:
        yield running


@pytest.fixture
def notifiers(server: SlackServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, Notifier]:
    monkeypatch.setenv("T", server.token)
    kind = PluginHost.load(Choice()).notifiers()["slack"]
    return {
        name: kind(kind.Options.model_validate({"channel": place, "token": {"env": "T"}, "base_url": server.base_url}))
        for name, place in CHANNELS.items()
    }


def of(receiver: str, seed: int, name: str, **other: Any) -> Message:
    key = f"{seed}/{receiver}/{name}"
    return Message(receiver, key, key, {"text": key}, expires_after=None, **other)


def first_night(receiver: str, seed: int) -> list[Message]:
    if receiver == "two":
        return [of(receiver, seed, "digest", slot="digest"), of(receiver, seed, "single", slot="alert")]
    file = Attachment(f"{seed}-{receiver}.csv", "text/csv", b"a,b")
    return [
        of(receiver, seed, "digest", slot="digest"),
        of(receiver, seed, "single", slot="alert"),
        of(receiver, seed, "reply 1", operation="reply", thread="digest"),
        of(receiver, seed, "reply 2", operation="reply", thread="digest"),
        of(receiver, seed, "file", operation="file", thread="digest", files=(file,)),
    ]


def second_night(receiver: str, seed: int) -> list[Message]:
    if receiver == "two":
        return [of(receiver, seed, "reply 1", operation="reply", thread="digest")]
    return [
        of(receiver, seed, "edit 1", operation="update", slot="alert"),
        of(receiver, seed, "note", operation="reply", thread="alert"),
    ]


def queue(state: State, messages: list[Message]) -> None:
    claim = state.claim_scan(date(2025, 4, 28), state.scope, "a")
    state.apply(claim, Reconciled(), outcome(), messages)
    state.finish_scan(claim, "complete", {})


def play(state: State, server: SlackServer, notifiers: Mapping[str, Notifier], clock: Clock, rng: Random) -> None:
    """Some rounds of sending, each with faults and perhaps a crash, and nights that come in between."""
    holds = Holds()
    seed = int(state.scope.removeprefix("w"))
    nights = [first_night, second_night, third_night]
    for turn in range(6):
        if turn % 2 == 0:
            queue(state, [message for name in CHANNELS for message in nights[turn // 2](name, seed)])
        for _ in range(rng.randrange(5)):
            server.fail(rng.choice(FAULTS), method=rng.choice(METHODS))
        store = Crashing(state, rng.choice(CRASHES), rng.randrange(1, 6), holds)
        try:
            send_outbox(store, notifiers, clock=clock, owner="gone", timeout=5, max_attempts=99)
        except Killed:
            clock.pass_(minutes=6)
        clock.pass_(minutes=rng.choice((0, 1, 3, 70)))


def third_night(receiver: str, seed: int) -> list[Message]:
    return [of(receiver, seed, "edit 2", operation="update", slot="alert")]


def calm(state: State, server: SlackServer, notifiers: Mapping[str, Notifier], clock: Clock) -> None:
    server._faults.clear()
    for _ in range(6):
        clock.pass_(hours=2)
        if all(one.complete for one in send_outbox(state, notifiers, clock=clock, owner="b", timeout=5)):
            return


def check(state: State, server: SlackServer, seed: int) -> None:
    assert state.waiting() == []
    for receiver, place in CHANNELS.items():
        mine = [one for one in server.posts(place) if _key(one).startswith(f"{seed}/{receiver}/")]
        names = sorted(_key(one).rsplit("/", 1)[1] for one in mine)
        assert names == (["digest", "note", "reply 1", "reply 2", "single"] if receiver == "one" else NAMES_OF_TWO)
        found = {_key(one).rsplit("/", 1)[1]: one for one in mine}
        assert found["single"]["text"] == f"{seed}/{receiver}/edit 2"
        below = {name: one["thread_ts"] for name, one in found.items() if "thread_ts" in one}
        assert below == {name: found["single" if name == "note" else "digest"]["ts"] for name in below}
        assert set(below) == set(names) - {"digest", "single"}
    files = [one for one in server.posts("C0PROCURE") if one.get("files")]
    [digest] = [one for one in server.posts("C0PROCURE") if _key(one) == f"{seed}/one/digest"]
    assert [(one["thread_ts"], one["files"][0]["name"]) for one in files] == [(digest["ts"], f"{seed}-one.csv")]


def _key(message: Mapping[str, Any]) -> str:
    return str((message.get("metadata") or {}).get("event_payload", {}).get("key", ""))


def without_disk(state: State) -> None:
    """Our processes die, the computer does not: nothing is waited for that only a power cut would lose."""
    lite = state.engine.dialect.name == "sqlite"

    def hasten(connection: Any, _: object) -> None:
        with closing(connection.cursor()) as cursor:
            cursor.execute("PRAGMA synchronous = OFF" if lite else "SET synchronous_commit = off")

    event.listen(state.engine, "connect", hasten)
    state.engine.dispose()


def test_nothing_is_lost_and_nothing_arrives_twice_whatever_breaks(
    url: str, opened: Callable[[], State], server: SlackServer, notifiers: dict[str, Notifier], clock: Clock
) -> None:
    state = opened()
    without_disk(state)
    for seed in SEEDS["sqlite" if url.startswith("sqlite") else "postgresql"]:
        for kept in server.messages.values():
            kept.clear()
        mine = replace(state, scope=f"w{seed}")
        play(mine, server, notifiers, clock, Random(seed))
        calm(mine, server, notifiers, clock)
        try:
            check(mine, server, seed)
        except AssertionError as error:
            raise AssertionError(f"schedule {seed}") from error


@pytest.mark.parametrize("seed", range(6))
def test_two_senders_at_once_keep_the_order_and_the_pauses_of_every_receiver(
    opened: Callable[[], State], clock: Clock, seed: int
) -> None:
    """Two processes and receivers of moods: each message once, in order, none while its receiver is held."""
    rng, holds, said = Random(seed), Holds(), list[tuple[str, str]]()
    names = ["one", "two", "three"]
    states = [replace(opened(), scope="w1") for _ in range(2)]
    for state in states:
        without_disk(state)
    wait = [rng.choice((None, None, None, 30.0, 90.0)) for _ in range(60)]

    class Moody:
        """Takes most messages; asks for a pause, or does not answer, now and then."""

        kind, Options, limits = "moody", object, None
        capabilities = PluginHost.load(Choice()).notifiers()["slack_webhook"].capabilities

        def render(self, digest: object) -> dict[str, str]:
            return {"text": ""}

        def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
            refuses = wait.pop() if wait else None
            if refuses is not None:
                return Receipt("not_accepted", "busy", retry_after=refuses if refuses > 30 else None)
            said.append((delivery.key.split("/")[1], delivery.key))
            return Receipt("delivered")

        def find(self, delivery: Delivery, *, timeout: float) -> None:
            return None

        def limit_key(self) -> str:
            return "the same for all"

    moody: Any = {name: Moody() for name in names}
    queue(states[0], [of(name, 1, f"{n:02}") for n in range(6) for name in names])
    for turn in range(40):
        _both(states, moody, clock, holds)
        if turn == 3:
            queue(states[0], [of(name, 1, f"{n:02}") for n in range(6, 9) for name in names])
        clock.pass_(seconds=rng.choice((45, 100, 4000)))
        if turn > 3 and not states[0].waiting():
            break
    assert states[0].waiting() == []
    for name in names:
        assert [key for receiver, key in said if receiver == name] == [f"1/{name}/{n:02}" for n in range(9)]


def _both(states: list[State], notifiers: Any, clock: Clock, holds: Holds) -> None:
    """Two senders at the same moment; what either raised is raised with its traceback."""
    failed, start = list[BaseException](), threading.Barrier(2)

    def send(state: State) -> None:
        start.wait(30)
        try:
            store = Crashing(state, "", 0, holds)
            send_outbox(store, notifiers, clock=clock, owner="a", timeout=5, max_attempts=999)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=send, args=(state,)) for state in states]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise BaseExceptionGroup("senders", failed)


def test_a_receiver_that_cannot_be_asked_may_have_it_twice_and_never_loses_it(
    opened: Callable[[], State], clock: Clock
) -> None:
    """The same without a look: at least once is what is left."""
    state, arrived = replace(opened(), scope="w1"), dict[str, int]()
    rng = Random(7)

    class Deaf:
        kind, Options, limits = "deaf", object, None
        capabilities = PluginHost.load(Choice()).notifiers()["slack_webhook"].capabilities

        def render(self, digest: object) -> dict[str, str]:
            return {"text": ""}

        def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
            arrives, known = rng.random() < 0.6, rng.random() < 0.5
            arrived[delivery.key] = arrived.get(delivery.key, 0) + arrives
            return Receipt("delivered") if arrives and known else Receipt("ambiguous", "line dropped")

        def find(self, delivery: Delivery, *, timeout: float) -> None:
            raise AssertionError("it cannot be asked")

    queue(state, [of("one", 1, str(n)) for n in range(30)])
    for _ in range(99):
        send_outbox(state, {"one": Deaf()}, clock=clock, owner="a", max_attempts=99)  # type: ignore[dict-item]
        clock.now += timedelta(hours=2)
    assert state.waiting() == [] and min(arrived.values()) >= 1 and len(arrived) == 30
