"""kill -9 between claiming a message and knowing that it arrived: nothing is lost, nothing is sent blindly again."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from riskplug.alerts import Reconciled
from riskplug.deliver import Message, send_outbox
from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Attachment, Notifier
from riskplug.state import State, open_state
from riskplug.testing.slack_server import SlackServer
from tests.unit.alerts.nights import outcome

ROOT = Path(__file__).parents[3]
SENDER = """
import os, sys, time
from datetime import UTC, datetime
from pathlib import Path
from riskplug.deliver import send_outbox
from riskplug.extend.host import Choice, PluginHost
from riskplug.state import open_state, this_owner

kind = PluginHost.load(Choice()).notifiers()["slack"]
if sys.argv[3] == "before":
    kind.send = lambda *_, **__: print("sending", flush=True) or time.sleep(60)
slack = kind(kind.Options.model_validate({"channel": "C0PROCURE", "token": {"env": "T"}, "base_url": sys.argv[2]}))
state = open_state("sqlite:///state.db", Path(sys.argv[1]), clock=lambda: datetime.now(UTC))
send_outbox(state, {"one": slack}, clock=lambda: datetime.now(UTC), owner=this_owner(), timeout=60)
"""


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer() as running:
        running.slow_seconds = 20
        yield running


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = open_state("sqlite:///state.db", tmp_path, clock=now)
    claim = opened.claim_scan(date(2025, 4, 28), "w", "a")
    opened.apply(claim, Reconciled(), outcome(), [Message("one", "k", "r", {"text": "hello"})])
    opened.finish_scan(claim, "complete", {})
    yield opened
    opened.close()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_sender_killed_before_or_after_the_post_leaves_exactly_one(
    state: State, server: SlackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setenv("T", server.token)
    server.fail("slow")
    child = subprocess.Popen(
        [sys.executable, "-c", SENDER, str(tmp_path), server.base_url, moment], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    if moment == "before":
        assert child.stdout.readline() == b"sending\n"
    else:
        until(lambda: bool(server.posts()))
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert len(server.posts()) == (moment == "after")
    server._faults.clear()

    [told] = send_outbox(state, {"one": slack_of(server)}, clock=now, owner="b")
    assert (told.delivered, told.waiting) == (1, 0)
    assert len(server.posts()) == 1
    assert server.requests.count("conversations.history") == 1


CALLS = {"file": "files.completeUploadExternal", "reply": "chat.postMessage", "update": "chat.update"}


@pytest.mark.parametrize("operation", list(CALLS))
def test_a_sender_killed_in_a_thread_leaves_one_of_each(
    state: State, server: SlackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    """Killed when Slack has done what it was asked for and has not said so yet."""
    monkeypatch.setenv("T", server.token)
    files = (Attachment("a.csv", "text/csv", b"a"),) if operation == "file" else ()
    place = {"slot": "root"} if operation == "update" else {"thread": "root"}
    claim = state.claim_scan(date(2025, 4, 28), "w", "a")
    more = [
        Message("one", "root", "root", {"text": "root"}, slot="root"),
        Message("one", "more", "more", {"text": "more"}, operation=operation, files=files, **place),  # type: ignore[arg-type]
    ]
    state.apply(claim, Reconciled(), outcome(), more)
    state.finish_scan(claim, "complete", {})
    # hello and root come first, and are answered at once
    server.fail(*(["", ""] if operation == "reply" else []), "slow", method=CALLS[operation])
    child = subprocess.Popen([sys.executable, "-c", SENDER, str(tmp_path), server.base_url, "after"], cwd=ROOT)
    until(lambda: any(post["text"] == "more" for post in server.posts()), 60)
    child.send_signal(signal.SIGKILL)
    child.wait()
    server._faults.clear()

    [told] = send_outbox(state, {"one": slack_of(server)}, clock=now, owner="b")
    assert (told.delivered, told.waiting) == (1, 0)
    texts = sorted(post["text"] for post in server.posts())
    assert texts == (["hello", "more"] if operation == "update" else ["hello", "more", "root"])


def slack_of(server: SlackServer) -> Notifier:
    kind = PluginHost.load(Choice()).notifiers()["slack"]
    options = {"channel": "C0PROCURE", "token": {"env": "T"}, "base_url": server.base_url}
    return kind(kind.Options.model_validate(options))


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
