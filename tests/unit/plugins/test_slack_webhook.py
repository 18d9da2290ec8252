"""The reduced form: an incoming webhook posts a digest, and says so little that much stays in doubt."""

from collections.abc import Iterator
from datetime import date

import pytest
from pydantic import ValidationError

from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Delivery, Digest, DigestLine, Notifier
from riskplug.testing.slack_server import SlackServer

KIND = PluginHost.load(Choice()).notifiers()["slack_webhook"]
LINE = DigestLine("critical", "new", "Runway · DE01 M-1", "12 days left", "anna", "a" * 64)
DIGEST = Digest("Sample", date(2025, 4, 28), "s1", "1 new critical", {"new": 1}, (LINE,))


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer() as running:
        yield running


@pytest.fixture
def hook(server: SlackServer, monkeypatch: pytest.MonkeyPatch) -> Notifier:
    monkeypatch.setenv("HOOK", server.webhook_url)
    return KIND(KIND.Options.model_validate({"url": {"env": "HOOK"}}))


def test_a_digest_arrives_once(hook: Notifier, server: SlackServer) -> None:
    assert hook.send(Delivery("k", hook.render(DIGEST)), timeout=5).outcome == "delivered"
    [message] = server.posts()
    assert message["text"].startswith("1 new critical") and message["unfurl_links"] is False


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("drop", "ambiguous"),
        ("error_500", "ambiguous"),
        ("portal", "ambiguous"),
        ("rate_limit", "not_accepted"),
        ("redirect", "rejected"),
    ],
)
def test_every_fault_has_its_outcome(hook: Notifier, server: SlackServer, fault: str, outcome: str) -> None:
    server.elsewhere = "http://127.0.0.1:1/"
    server.fail(fault, method="webhook")
    assert hook.send(Delivery("k", hook.render(DIGEST)), timeout=5).outcome == outcome
    assert server.requests == ["services"]


def test_blocks_that_are_refused_are_tried_without(hook: Notifier, server: SlackServer) -> None:
    bad = {"text": "head", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]}
    receipt = hook.send(Delivery("k", bad), timeout=5)
    assert (receipt.outcome, receipt.reference) == ("rejected", {"try": "minimal"})
    assert hook.send(Delivery("k", {**bad, "minimal": True}), timeout=5).outcome == "delivered"


def test_it_can_do_nothing_else_and_says_so(hook: Notifier) -> None:
    can = hook.capabilities
    assert not (can.update or can.thread or can.file or can.reconcile) and can.chat
    assert hook.find(Delivery("k", {}), timeout=5) is None


def test_the_address_is_a_secret_and_slacks(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match="reference"):
        KIND(KIND.Options.model_validate({"url": "https://hooks.slack.com/services/T/B/x"}))
    monkeypatch.setenv("HOOK", "https://hooks.slack.com.evil.example/services/T/B/x")
    hook = KIND(KIND.Options.model_validate({"url": {"env": "HOOK"}}))
    assert hook.send(Delivery("k", {"text": "t"}), timeout=1).outcome == "rejected"
