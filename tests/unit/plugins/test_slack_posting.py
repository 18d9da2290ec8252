"""One post, four outcomes: what the Slack receiver makes of every way a call can end."""

import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Delivery, Digest, DigestLine, Notifier
from riskplug.testing.slack_server import SlackServer

KEY = "k" * 64
DIGEST = Digest(
    "Sample",
    date(2025, 4, 28),
    "s1",
    "1 new critical",
    {"new": 1},
    (DigestLine("critical", "new", "Runway · DE01 M-1", "12 days left", "anna", "a" * 64),),
)


@pytest.fixture(scope="module")
def kind() -> type[Notifier]:
    host = PluginHost.load(Choice())
    assert not host.faults
    return host.notifiers()["slack"]


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer() as running:
        yield running


@pytest.fixture
def slack(server: SlackServer, kind: type[Notifier], monkeypatch: pytest.MonkeyPatch) -> Notifier:
    monkeypatch.setenv("TEST_SLACK_TOKEN", server.token)
    return made(kind, base_url=server.base_url)


def made(kind: type[Notifier], **options: Any) -> Notifier:
    given = {"channel": "#procurement-risk", "token": {"env": "TEST_SLACK_TOKEN"}, **options}
    return kind(kind.Options.model_validate(given))


def delivery(slack: Notifier, since: datetime | None = None) -> Delivery:
    return Delivery(KEY, slack.render(DIGEST), since)


def test_a_post_arrives_once_with_text_blocks_and_an_opaque_key(slack: Notifier, server: SlackServer) -> None:
    receipt = slack.send(delivery(slack), timeout=5)
    [message] = server.posts()
    assert (receipt.outcome, dict(receipt.reference)) == ("delivered", {"channel": "C0PROCURE", "ts": message["ts"]})
    assert message["text"].startswith("1 new critical")
    assert message["metadata"] == {"event_type": "riskplug_digest", "event_payload": {"key": KEY}}
    assert message["unfurl_links"] is False and message["unfurl_media"] is False and message["link_names"] is False


@pytest.mark.parametrize(
    ("fault", "outcome", "stored"),
    [
        ("drop", "ambiguous", 1),
        ("drop_before", "ambiguous", 0),
        ("slow", "ambiguous", 1),
        ("error_500", "ambiguous", 0),
        ("error_500_after", "ambiguous", 1),
        ("portal", "ambiguous", 0),
        ("rate_limit", "not_accepted", 0),
        ("fatal_error", "ambiguous", 0),
        ("not_in_channel", "rejected", 0),
        ("invalid_auth", "rejected", 0),
        ("an_error_word_of_next_year", "rejected", 0),
    ],
)
def test_every_fault_has_its_outcome_and_is_tried_once(
    slack: Notifier, server: SlackServer, fault: str, outcome: str, stored: int
) -> None:
    server.slow_seconds = 1.5
    server.fail(fault)
    assert slack.send(delivery(slack), timeout=1).outcome == outcome
    assert len(server.posts()) == stored
    assert len(server.requests) == 1


def test_the_wait_that_slack_asks_for_is_handed_on(slack: Notifier, server: SlackServer) -> None:
    server.retry_after = 17
    server.fail("rate_limit")
    assert slack.send(delivery(slack), timeout=5).retry_after == 17


def test_a_redirect_is_refused_and_the_token_goes_nowhere_else(slack: Notifier, server: SlackServer) -> None:
    with SlackServer() as other:
        server.elsewhere = f"{other.base_url}chat.postMessage"
        server.fail("redirect")
        assert slack.send(delivery(slack), timeout=5).outcome == "rejected"
        assert other.requests == []


def test_a_refused_connection_was_not_accepted(kind: type[Notifier], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SLACK_TOKEN", "xoxb-test")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        slack = made(kind, base_url=f"http://127.0.0.1:{closed.getsockname()[1]}/api/")
        assert slack.send(delivery(slack), timeout=2).outcome == "not_accepted"


def test_a_connection_lost_while_the_request_was_being_sent_is_doubtful(
    kind: type[Notifier], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than the buffers of both ends hold, to a server that takes the connection and never reads."""
    monkeypatch.setenv("TEST_SLACK_TOKEN", "xoxb-test")
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        slack = made(kind, base_url=f"http://127.0.0.1:{deaf.getsockname()[1]}/api/")
        assert slack.send(Delivery(KEY, {"text": "x" * 30_000_000}), timeout=1).outcome == "ambiguous"


def test_an_unset_token_is_not_accepted_and_names_the_variable(
    slack: Notifier, server: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_SLACK_TOKEN")
    receipt = slack.send(delivery(slack), timeout=5)
    assert receipt.outcome == "not_accepted" and "TEST_SLACK_TOKEN" in receipt.detail
    assert server.requests == []


def test_a_message_of_a_bad_form_asks_for_the_minimal_one(slack: Notifier, server: SlackServer) -> None:
    bad = {"text": "headline", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]}
    receipt = slack.send(Delivery(KEY, bad), timeout=5)
    assert (receipt.outcome, receipt.detail, receipt.reference) == ("rejected", "invalid_blocks", {"try": "minimal"})
    assert slack.send(Delivery(KEY, {**bad, "minimal": True}), timeout=5).outcome == "delivered"
    assert "blocks" not in server.posts()[0]


def test_an_arrived_message_is_found_by_its_key(slack: Notifier, server: SlackServer) -> None:
    began = datetime.now(UTC)
    server.fail("drop")
    assert slack.send(delivery(slack), timeout=5).outcome == "ambiguous"
    found = slack.find(delivery(slack, began), timeout=5)
    assert found is not None and found.outcome == "delivered"
    assert found.reference["ts"] == server.posts()[0]["ts"]


def test_another_message_is_not_taken_for_it(slack: Notifier, server: SlackServer) -> None:
    began = datetime.now(UTC)
    slack.send(Delivery("other", slack.render(DIGEST)), timeout=5)
    assert slack.find(delivery(slack, began), timeout=5) is None


def test_a_message_is_found_behind_three_hundred_others(slack: Notifier, server: SlackServer) -> None:
    began = datetime.now(UTC)
    slack.send(delivery(slack), timeout=5)
    noise = server.messages["C0PROCURE"]
    noise += [{"ts": f"{float(noise[0]['ts']) + number:.6f}", "text": "chatter"} for number in range(1, 301)]
    found = slack.find(delivery(slack, began), timeout=5)
    assert found is not None and found.outcome == "delivered"


@pytest.mark.parametrize("scope", ["channels:history", "channels:read"])
def test_without_the_right_to_look_the_workspace_decides(
    kind: type[Notifier], server: SlackServer, monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    monkeypatch.setenv("TEST_SLACK_TOKEN", server.token)
    server.scopes.discard(scope)
    resend, hold = (made(kind, base_url=server.base_url, on_doubt=word) for word in ("resend", "hold"))
    assert resend.find(delivery(resend), timeout=5) is None
    held = hold.find(delivery(hold), timeout=5)
    assert held is not None and held.outcome == "ambiguous"


def test_a_token_in_the_file_is_refused_without_being_repeated(kind: type[Notifier]) -> None:
    with pytest.raises(ValidationError, match="must be a reference") as refused:
        made(kind, token="xoxb-secret-value")
    assert "xoxb-secret-value" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://slack.com/api/",
        "https://slack.com.evil.example/",
        "https://evilslack.com/",
        "ftp://127.0.0.1/",
        "https://10.0.0.1/api/",
    ],
)
def test_only_slack_itself_or_this_host_is_posted_to(kind: type[Notifier], url: str) -> None:
    with pytest.raises(ValidationError, match=r"slack\.com"):
        made(kind, base_url=url)


def test_the_token_shows_nowhere(slack: Notifier, server: SlackServer) -> None:
    server.fail("not_in_channel")
    receipt = slack.send(delivery(slack), timeout=5)
    assert server.token not in repr(receipt) + repr(slack) + repr(vars(slack)) + repr(slack.render(DIGEST))
