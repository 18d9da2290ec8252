"""Buttons over Socket Mode, against a WebSocket server on this host."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import slack_sdk.socket_mode

from riskplug.errors import UsageError
from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Listening
from riskplug.testing.slack_server import SlackServer

KIND = PluginHost.load(Choice()).notifiers()["slack"]
KEY = "k" * 64


class Desk:
    """Writes down what it is asked for, as slowly as it is told to."""

    def __init__(self) -> None:
        self.done: list[tuple[Any, ...]] = []
        self.fault: Exception | None = None
        self.seconds = 0.0

    def acknowledge(self, key: str, *, by: str) -> str:
        return self._do("acknowledge", key, by)

    def snooze(self, key: str, *, days: int, by: str) -> str:
        return self._do("snooze", key, days, by)

    def _do(self, *words: Any) -> str:
        time.sleep(self.seconds)
        if self.fault:
            raise self.fault
        self.done.append(words)
        return "Done <!channel>"


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer() as running:
        yield running


@pytest.fixture
def desk() -> Desk:
    return Desk()


Listen = Callable[..., None]


@pytest.fixture
def listen(server: SlackServer, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listen]:
    monkeypatch.setenv("T", server.token)
    monkeypatch.setenv("A", server.app_token)
    stopped, threads = threading.Event(), list[threading.Thread]()

    def start(**options: Any) -> None:
        given = {"channel": "c", "token": {"env": "T"}, "app_token": {"env": "A"}, "base_url": server.base_url}
        slack = KIND(KIND.Options.model_validate({**given, **options}))
        assert isinstance(slack, Listening)
        threads.append(threading.Thread(target=slack.listen, args=(desk,), kwargs={"stopped": stopped}))
        threads[0].start()

    yield start
    stopped.set()
    for thread in threads:
        thread.join(15)
        assert not thread.is_alive()


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_click_is_acknowledged_within_three_seconds_however_long_its_work_takes(
    server: SlackServer, desk: Desk, listen: Listen
) -> None:
    desk.seconds = 4
    listen()
    assert server.press("riskplug_acknowledge", KEY, wait=20) < 3
    until(lambda: bool(server.responses))
    assert desk.done == [("acknowledge", KEY, "anna (slack U1)")]
    [said] = server.responses
    assert (said["text"], said["response_type"]) == ("Done &lt;!channel&gt; (anna)", "in_channel")
    assert said["replace_original"] is False


def test_snooze_is_for_a_week_and_open_does_nothing(server: SlackServer, desk: Desk, listen: Listen) -> None:
    listen()
    server.press("riskplug_open", KEY, wait=20)
    server.press("riskplug_snooze", KEY, wait=20)
    until(lambda: bool(server.responses))
    assert desk.done == [("snooze", KEY, 7, "anna (slack U1)")]


def test_only_who_may_is_heard(server: SlackServer, desk: Desk, listen: Listen) -> None:
    listen(handlers=["U2"])
    server.press("riskplug_acknowledge", KEY, user="U1", wait=20)
    until(lambda: bool(server.responses))
    assert desk.done == [] and server.responses[0]["response_type"] == "ephemeral"
    server.press("riskplug_acknowledge", KEY, user="U2", wait=20)
    until(lambda: bool(desk.done))


@pytest.mark.parametrize(
    ("fault", "words"),
    [(UsageError("no alert kkk", "alerts", "see the list"), "no alert kkk"), (RuntimeError("secret"), "see the log")],
)
def test_a_refusal_is_told_to_the_person_alone_and_ends_nothing(
    server: SlackServer, desk: Desk, listen: Listen, fault: Exception, words: str
) -> None:
    desk.fault = fault
    listen()
    server.press("riskplug_acknowledge", KEY, wait=20)
    until(lambda: bool(server.responses))
    assert words in server.responses[0]["text"] and server.responses[0]["response_type"] == "ephemeral"
    assert "secret" not in server.responses[0]["text"]
    desk.fault = None
    server.press("riskplug_acknowledge", KEY, wait=20)
    until(lambda: bool(desk.done))


def test_a_lost_line_is_taken_up_again(
    server: SlackServer, desk: Desk, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The SDK reads a lost line in a busy loop, until it has heard nothing for four of its intervals of five seconds.
    hasty = partial(slack_sdk.socket_mode.SocketModeClient, ping_interval=0.5)
    monkeypatch.setattr("slack_sdk.socket_mode.SocketModeClient", hasty)
    listen()
    server.press("riskplug_acknowledge", KEY, wait=20)
    server.socket.drop()
    server.press("riskplug_acknowledge", KEY, wait=45)
    until(lambda: len(desk.done) == 2)


def test_without_an_app_token_nobody_can_listen(server: SlackServer, desk: Desk) -> None:
    slack = KIND(KIND.Options.model_validate({"channel": "c", "token": {"env": "T"}}))
    assert isinstance(slack, Listening)
    with pytest.raises(UsageError, match="app_token"):
        slack.listen(desk, stopped=threading.Event())


def test_a_wrong_app_token_is_said(server: SlackServer, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", "xapp-wrong")
    given = {"channel": "c", "token": {"env": "T"}, "app_token": {"env": "A"}, "base_url": server.base_url}
    slack = KIND(KIND.Options.model_validate(given))
    assert isinstance(slack, Listening)
    with pytest.raises(UsageError, match="invalid_auth"):
        slack.listen(desk, stopped=threading.Event())
