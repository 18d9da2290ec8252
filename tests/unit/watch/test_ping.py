"""The ping, against a real web server that answers well, badly, late, elsewhere, or not at all."""

import socket
import time

import pytest
from nights import a_night, a_record

from riskplug.secrets import SecretRef
from riskplug.watch import ping
from riskplug.watch.ping import ping_end, ping_start, summary
from tests.watchers import hangs, says, watcher

URL = SecretRef(env="PING")


def test_a_start_and_every_kind_of_end_has_an_address_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with watcher() as server:
        monkeypatch.setenv("PING", server.url)
        assert ping_start(URL) == ""
        for night in (
            a_night(exit_code=0),
            a_night(exit_code=1),
            a_night(exit_code=3),
            a_night(exit_code=6, record=None),
            a_night(exit_code=70, record=None),
        ):
            assert ping_end(URL, night) == ""
    tail = [path.removeprefix("/ping/11111111-2222") for path in server.paths]
    # findings above the threshold are no failure of the scan; an unforeseen end is
    assert tail == ["/start", "", "", "/3", "/6", "/fail"]


def test_words_are_added_before_a_query(monkeypatch: pytest.MonkeyPatch) -> None:
    with watcher(path="/ping/key/?create=1") as server:
        monkeypatch.setenv("PING", server.url)
        ping_start(URL)
    assert server.paths == ["/ping/key/start?create=1"]


def test_the_body_says_how_it_went_and_names_nothing() -> None:
    assert summary(a_night(exit_code=3)).splitlines() == [
        "scan 2025-04-28-1-abc",
        "exit code 3: complete, but to be read with care",
        "90 seconds",
        "2 critical, 0 warning, 1 info",
        "2 reasons for care, 0 messages waiting, 2 given up",
    ]
    failed = summary(a_night(exit_code=6, record=None, reason="DataRefused", scan_id=""))
    assert failed.splitlines() == [
        "scan not begun",
        "exit code 6: the data were refused",
        "error: DataRefused",
        "90 seconds",
    ]
    assert "desk" not in summary(a_night(record=a_record(degraded=("inventory of part M-1",))))


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (says(500, b"key 11111111-2222 unknown"), "HTTP 500"),
        (says(404), "HTTP 404"),
        (says(302, Location="http://127.0.0.1:1/elsewhere"), "a redirect, which is not followed"),
    ],
)
def test_an_end_that_is_not_taken_is_told_twice_and_then_left(
    monkeypatch: pytest.MonkeyPatch, answer: object, problem: str
) -> None:
    with watcher(answer) as server:  # type: ignore[arg-type]
        monkeypatch.setenv("PING", server.url)
        assert ping_end(URL, a_night(exit_code=0)) == problem
    assert len(server.asked) == 2


def test_a_redirect_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    with watcher() as other, watcher(says(302, Location=other.url)) as server:
        monkeypatch.setenv("PING", server.url)
        assert ping_start(URL) != ""
    assert other.asked == []


def test_a_server_that_hangs_is_left_when_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ping, "TIMEOUT", 0.3)
    with watcher(hangs(3)) as server:
        monkeypatch.setenv("PING", server.url)
        began = time.monotonic()
        assert "within 0.3 seconds" in ping_start(URL)
        assert time.monotonic() - began < 2


def test_the_time_is_five_seconds() -> None:
    assert ping.TIMEOUT == 5.0


def test_nobody_there_is_said_without_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    monkeypatch.setenv("PING", f"http://127.0.0.1:{port}/ping/11111111-2222")
    assert ping_start(URL) == "Connection refused"


@pytest.mark.parametrize("url", ["http://hc-ping.com/11111111-2222", "ftp://127.0.0.1/x", "https://a:b@hc-ping.com/x"])
def test_an_address_that_is_not_safe_is_not_asked_nor_repeated(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("PING", url)
    monkeypatch.setattr(ping, "ask", lambda *_, **__: pytest.fail("asked"))
    problem = ping_start(URL)
    assert problem.startswith("the address must") and url not in problem


def test_an_address_that_is_not_set_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PING", raising=False)
    assert ping_start(URL) == "environment variable PING is not set (PING)"
