"""Posting to Slack: every outcome is named, nothing is posted twice where Slack lets us look, no text becomes active."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Delivery, Digest, DigestLine, Notifier
from riskplug.testing import SlackServer

DIGEST = Digest("Works", date(2025, 4, 28), "s1", "2 new critical", {"new": 2}, (
    DigestLine("critical", "new", "Runs out · M-1", "M-1: 55 days left", "magnets", "k1"),))


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer().running() as server:
        yield server


@pytest.fixture
def notifier(slack: SlackServer, monkeypatch: pytest.MonkeyPatch) -> Notifier:
    monkeypatch.setenv("SLACK_TEST_TOKEN", "xoxb-canary")
    kind = PluginHost.load(Choice()).notifiers()["slack"]
    return kind(kind.Options(channel="#risk", token={"env": "SLACK_TEST_TOKEN"}, base_url=slack.url))


def delivery(notifier: Notifier, digest: Digest = DIGEST, **more: object) -> Delivery:
    return Delivery("key-1", {**notifier.render(digest), **more}, datetime.now(UTC))


def test_a_digest_is_posted_once_with_text_blocks_and_only_its_key_as_metadata(
    slack: SlackServer, notifier: Notifier
) -> None:
    receipt = notifier.send(delivery(notifier), timeout=5)
    assert receipt.outcome == "delivered"
    assert receipt.reference["channel"] == "C1"
    (message,) = slack.messages
    assert "2 new critical" in message["text"]
    assert message["metadata"] == {"event_type": "riskplug_digest", "event_payload": {"key": "key-1"}}
    assert message["unfurl_links"] in ("0", "false", False)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("429", "not_accepted"), ("500", "ambiguous"), ("channel_not_found", "rejected"), ("drop", "ambiguous"),
     ("internal_error", "ambiguous"), ("invalid_blocks", "rejected"), ("redirect", "rejected")],
)
def test_each_way_to_fail_has_its_outcome_and_is_one_post(
    slack: SlackServer, notifier: Notifier, fault: str, outcome: str
) -> None:
    slack.faults.append(fault)
    receipt = notifier.send(delivery(notifier), timeout=5)
    assert receipt.outcome == outcome, receipt.detail
    assert slack.posts == 1


def test_a_rate_limit_carries_the_wait(slack: SlackServer, notifier: Notifier) -> None:
    slack.faults.append("429")
    assert notifier.send(delivery(notifier), timeout=5).retry_after == 30


def test_a_redirect_never_gets_the_token(slack: SlackServer, notifier: Notifier) -> None:
    slack.faults.append("redirect")
    notifier.send(delivery(notifier), timeout=5)
    assert slack.elsewhere == []


def test_a_timeout_is_ambiguous(slack: SlackServer, notifier: Notifier) -> None:
    slack.faults.append("slow")
    assert notifier.send(delivery(notifier), timeout=1).outcome == "ambiguous"


def test_a_refused_connection_was_not_accepted(notifier: Notifier, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type(notifier)
    gone = kind(kind.Options(channel="#risk", token={"env": "SLACK_TEST_TOKEN"}, base_url="http://127.0.0.1:9/api/"))
    assert gone.send(delivery(notifier), timeout=2).outcome == "not_accepted"


def test_a_post_that_arrived_although_the_line_dropped_is_found_again(slack: SlackServer, notifier: Notifier) -> None:
    slack.faults.append("drop")
    sent = delivery(notifier)
    assert notifier.send(sent, timeout=5).outcome == "ambiguous"
    found = notifier.find(sent, timeout=5)
    assert found is not None
    assert found.outcome == "delivered"


def test_a_post_that_never_arrived_is_not_found(notifier: Notifier) -> None:
    assert notifier.find(delivery(notifier), timeout=5) is None


def test_the_minimal_form_is_text_alone(slack: SlackServer, notifier: Notifier) -> None:
    assert notifier.send(delivery(notifier, minimal=True), timeout=5).outcome == "delivered"
    assert "blocks" not in slack.messages[0]


HOSTILE = ["<!channel> now", "<https://x.example|Approved>", "a & b < c > d", "\u202eevil\u202c", "tab\tnew\nline\x1b[31m"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_data_stays_plain_text(notifier: Notifier, text: str) -> None:
    line = DigestLine("critical", "new", text, text, text, "k1")
    digest = Digest(text, date(2025, 4, 28), "s", text, {}, (line,), notes=(text,))
    payload = notifier.render(digest)
    marked = [block["text"]["text"] for block in payload["blocks"] if block["type"] == "section"]
    marked += [element["text"] for block in payload["blocks"] if block["type"] == "context"
               for element in block["elements"]]
    for shown in (*marked, payload["text"]):
        assert "<" not in shown and ">" not in shown
        assert not any(character in shown for character in "\u202e\u202c\x1b")


def test_a_thousand_long_alerts_stay_within_the_limits(slack: SlackServer, notifier: Notifier) -> None:
    lines = tuple(DigestLine("warning", "new", "t" * 5000, "x " * 9000, "o", str(n)) for n in range(1000))
    digest = Digest("W" * 900, date(2025, 4, 28), "s", "h" * 9000, {}, lines)
    assert notifier.send(delivery(notifier, digest), timeout=5).outcome == "delivered"
    assert "more: see the brief" in json.dumps(slack.messages[0]["blocks"])


def test_equal_digests_give_equal_bytes(notifier: Notifier) -> None:
    assert json.dumps(notifier.render(DIGEST)) == json.dumps(notifier.render(DIGEST))


@pytest.mark.parametrize(
    "options",
    [{"channel": "#risk", "token": "xoxb-literal"}, {"channel": "#risk", "token": {"env": "A"}, "chanel": "x"},
     {"channel": "#risk", "token": {"env": "A"}, "base_url": "https://slack.com.evil.example/api/"},
     {"channel": "#risk", "token": {"env": "A"}, "base_url": "http://slack.com/api/"}],
    ids=["literal token", "unknown key", "other host", "no https"],
)
def test_options_that_would_leak_or_lie_are_refused(options: dict[str, object]) -> None:
    kind = PluginHost.load(Choice()).notifiers()["slack"]
    with pytest.raises(ValueError, match="validation error"):
        kind.Options.model_validate(options)
