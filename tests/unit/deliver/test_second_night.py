"""Whole nights from findings to Slack: the same night again posts nothing."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from riskplug.alerts import reconcile
from riskplug.deliver import Night, Remarks, plan_digests, send_outbox
from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Notifier
from riskplug.model import Outcome
from riskplug.state import State, open_state
from riskplug.testing.slack_server import SlackServer, active_marks
from riskplug.workspace import Route
from tests.unit.alerts.nights import covered, outcome
from tests.unit.deliver.receivers import ON, Clock


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer() as running:
        yield running


@pytest.fixture
def slack(server: SlackServer, monkeypatch: pytest.MonkeyPatch) -> Notifier:
    monkeypatch.setenv("T", server.token)
    kind = PluginHost.load(Choice()).notifiers()["slack"]
    options = {"channel": "#procurement-risk", "token": {"env": "T"}, "base_url": server.base_url}
    return kind(kind.Options.model_validate(options))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = open_state("sqlite:///state.db", tmp_path, clock=Clock())
    yield opened
    opened.close()


def night(state: State, slack: Notifier, on: date, told: Outcome, *degraded: str) -> None:
    claim = state.claim_scan(on, "w", "a")
    done = reconcile(state.ledger("w"), told, on=on, workspace="w", known_rules={"r": ("part", "part_no", "site")})
    planned = plan_digests(
        done.changes,
        done.news,
        night=Night("w", on, claim.scan_id, "w", claim.attempt),
        routes=[Route(receivers=("one",))],
        notifiers={"one": slack},
        remarks=Remarks(degraded=degraded),
    )
    state.apply(claim, done, told, [plan.message for plan in planned])
    state.finish_scan(claim, "complete", {})
    send_outbox(state, {"one": slack}, clock=state.clock, owner="a")


def tonight(*parts: str, failed: bool = False) -> Outcome:
    return outcome(
        [("r", part, "DE01", "critical") for part in parts],
        [covered("r", "DE01", "failed" if failed else "evaluated", "inventory refused" if failed else "")],
    )


def test_the_same_night_again_posts_nothing(state: State, slack: Notifier, server: SlackServer) -> None:
    for _ in range(3):
        night(state, slack, ON, tonight("M-1", "M-2"))
    assert len(server.posts()) == 1
    night(state, slack, ON + timedelta(1), tonight("M-1", "M-2"))
    assert len(server.posts()) == 1


def test_a_failed_export_is_told_once_a_night_and_never_as_resolved(
    state: State, slack: Notifier, server: SlackServer
) -> None:
    night(state, slack, ON, tonight("M-1"))
    for _ in range(2):
        night(state, slack, ON + timedelta(1), tonight(failed=True), "inventory of DE01 was refused")
    assert len(server.posts()) == 2
    assert "1 not re-checked" in server.posts()[1]["text"] and "resolved" not in server.posts()[1]["text"]
    night(state, slack, ON + timedelta(2), tonight(failed=True), "inventory of DE01 was refused")
    assert len(server.posts()) == 3
    night(state, slack, ON + timedelta(3), tonight())
    assert "1 resolved" in server.posts()[3]["text"]


def test_an_alert_corrected_off_and_on_within_a_date_is_told_each_time(
    state: State, slack: Notifier, server: SlackServer
) -> None:
    for parts in ([], ["M-1"], [], ["M-1"], [], ["M-1"]):
        night(state, slack, ON, tonight(*parts))
    assert len(server.posts()) == 5


def test_hostile_part_names_reach_the_channel_as_plain_text(state: State, slack: Notifier, server: SlackServer) -> None:
    night(state, slack, ON, tonight("<!channel>", "<http://x|Approved>", "\u202eevil", "x" * 10_000))
    [message] = server.posts()
    assert active_marks(message) == []
    assert "&lt;!channel&gt;" in str(message["blocks"])
