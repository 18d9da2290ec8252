"""Whole nights from findings to Slack: the same night again posts nothing."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskplug.alerts import reconcile
from riskplug.deliver import (
    AS_IT_IS,
    Night,
    Reader,
    Redactor,
    Remarks,
    known_names,
    plan_digests,
    send_outbox,
)
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


def night(state: State, slack: Notifier, on: date, told: Outcome, *degraded: str, reader: Reader | None = None) -> None:
    claim = state.claim_scan(on, "w", "a")
    done = reconcile(state.ledger("w"), told, on=on, workspace="w", known_rules={"r": ("part", "part_no", "site")})
    planned = plan_digests(
        done.changes,
        done.news,
        night=Night("w", on, claim.scan_id, "w", claim.attempt),
        routes=[Route(receivers=("one",))],
        notifiers={"one": slack},
        remarks=Remarks(degraded=degraded, days=frozenset({"r"})),
        readers={"one": reader} if reader else {},
        posted=state.posted(),
        draw=lambda bars: b"png",
    )
    assert [plan.fault for plan in planned if plan.fault] == []
    state.apply(claim, done, told, [message for plan in planned for message in plan.messages])
    state.finish_scan(claim, "complete", {})
    send_outbox(state, {"one": slack}, clock=state.clock, owner="a")


def tonight(*parts: str, failed: bool = False) -> Outcome:
    return outcome(
        [("r", part, "DE01", "critical") for part in parts],
        [covered("r", "DE01", "failed" if failed else "evaluated", "inventory refused" if failed else "")],
    )


def digests(server: SlackServer) -> list[str]:
    """The texts of the digests, without single messages and the status line."""
    return [root["text"] for root in server.roots() if root["blocks"][0]["type"] == "header"]


def singles(server: SlackServer) -> list[dict[str, Any]]:
    return [root for root in server.roots() if root["text"].startswith(("critical: ", "Resolved. ", "Could not"))]


def statuses(server: SlackServer) -> list[str]:
    return [root["text"] for root in server.roots() if root["text"].startswith("Nothing new")]


def test_the_same_night_again_posts_nothing(state: State, slack: Notifier, server: SlackServer) -> None:
    for _ in range(3):
        night(state, slack, ON, tonight("M-1", "M-2"))
    assert (len(server.roots()), len(digests(server)), len(singles(server))) == (3, 1, 2)
    assert server.edits == {}


def test_a_night_without_news_leaves_one_status_line_that_later_ones_edit(
    state: State, slack: Notifier, server: SlackServer
) -> None:
    night(state, slack, ON, tonight("M-1", "M-2"))
    for later in (1, 2, 3, 3):
        night(state, slack, ON + timedelta(later), tonight("M-1", "M-2"))
    assert statuses(server) == ["Nothing new on 2025-05-01: 2 open, 2 of them critical"]
    assert (len(digests(server)), len(singles(server)), sum(server.edits.values())) == (1, 2, 2)


def test_the_status_line_moves_below_a_newer_digest(state: State, slack: Notifier, server: SlackServer) -> None:
    for day, parts in enumerate((["M-1"], ["M-1"], ["M-1", "M-2"], ["M-1", "M-2"], ["M-1", "M-2"])):
        night(state, slack, ON + timedelta(day), tonight(*parts))
    kinds = ["digest" if text in digests(server) else "status" for text in _without_singles(server)]
    assert kinds == ["digest", "status", "digest", "status"]


def _without_singles(server: SlackServer) -> list[str]:
    return [root["text"] for root in server.roots() if root not in singles(server)]


def test_what_became_of_an_alert_is_edited_into_its_message_and_noted_in_its_thread(
    state: State, slack: Notifier, server: SlackServer
) -> None:
    night(state, slack, ON, tonight("M-1"))
    night(state, slack, ON + timedelta(1), tonight())
    [single] = singles(server)
    assert single["text"].startswith("Resolved. critical: r · DE01 M-1")
    assert [reply["text"] for reply in server.replies(single["ts"])] == [
        "Resolved on 2025-04-29: r · DE01 M-1: M-1 is short"
    ]
    night(state, slack, ON + timedelta(2), tonight("M-1"))
    assert [reply["text"][:4] for reply in server.replies(single["ts"])] == ["Reso", "Back"]
    assert singles(server)[0]["text"].startswith("critical: ") and len(singles(server)) == 1


def test_a_resolved_alert_is_edited_no_more(state: State, slack: Notifier, server: SlackServer) -> None:
    for day, parts in enumerate((["M-1"], [], [], [])):
        night(state, slack, ON + timedelta(day), tonight(*parts))
    [single] = singles(server)
    assert server.edits[single["ts"]] == 1


def test_a_failed_export_is_told_once_a_night_and_never_as_resolved(
    state: State, slack: Notifier, server: SlackServer
) -> None:
    night(state, slack, ON, tonight("M-1"))
    for _ in range(2):
        night(state, slack, ON + timedelta(1), tonight(failed=True), "inventory of DE01 was refused")
    assert len(digests(server)) == 2
    assert "1 not re-checked" in digests(server)[1] and "resolved" not in digests(server)[1]
    assert singles(server)[0]["text"].startswith("Could not be re-checked. critical")
    night(state, slack, ON + timedelta(2), tonight(failed=True), "inventory of DE01 was refused")
    assert len(digests(server)) == 3
    night(state, slack, ON + timedelta(3), tonight())
    assert "1 resolved" in digests(server)[3]


def test_an_alert_corrected_off_and_on_within_a_date_is_told_each_time(
    state: State, slack: Notifier, server: SlackServer
) -> None:
    for parts in ([], ["M-1"], [], ["M-1"], [], ["M-1"]):
        night(state, slack, ON, tonight(*parts))
    assert (len(digests(server)), len(singles(server))) == (5, 1)
    assert len(server.replies(singles(server)[0]["ts"])) == 4


def test_hostile_part_names_reach_the_channel_as_plain_text(state: State, slack: Notifier, server: SlackServer) -> None:
    night(state, slack, ON, tonight("<!channel>", "<http://x|Approved>", "\u202eevil", "x" * 10_000))
    assert len(server.roots()) == 5
    for message in server.posts():
        assert active_marks(message) == []
    assert "&lt;!channel&gt;" in str(server.posts())


def test_the_file_and_the_picture_go_into_the_thread_of_the_digest(
    state: State, slack: Notifier, server: SlackServer
) -> None:
    night(state, slack, ON, tonight("M-1", "M-2"))
    [root] = [one for one in server.roots() if one["text"] in digests(server)]
    [filed] = server.replies(root["ts"])
    assert [file["name"] for file in filed["files"]] == ["riskplug-2025-04-28-1.xlsx", "riskplug-2025-04-28-1.png"]
    assert [file["content"][:3] for file in server.files.values()] == [b"PK\x03", b"png"]


def hashing(key: bytes) -> Reader:
    """A receiver that reads part numbers as hashes; without the key as nothing."""
    policy = {**AS_IT_IS, "part_numbers": "hashed"}
    known = known_names({"part_numbers": ["M-1", "M-2"]})
    return Reader(Redactor(policy, key, {}, known), keyless=not key)  # type: ignore[arg-type]


NO_KEY = "receiver one: environment variable KEY is not set; what should be hashed is left out, and what was sent stays"


def test_a_scan_without_the_hash_key_rewrites_nothing_that_was_sent_and_says_so(
    state: State, slack: Notifier, server: SlackServer
) -> None:
    night(state, slack, ON, tonight("M-1"), reader=hashing(b"a key"))
    [before] = [single["text"] for single in singles(server)]
    assert "part-" in before and "M-1" not in before
    night(state, slack, ON, tonight("M-1"), NO_KEY, reader=hashing(b""))
    assert ([single["text"] for single in singles(server)], server.edits) == ([before], {})
    assert len(digests(server)) == 2 and "scan incomplete" in digests(server)[1]
    night(state, slack, ON, tonight("M-1"), reader=hashing(b"a key"))
    assert ([single["text"] for single in singles(server)], server.edits) == ([before], {})


def test_what_ends_while_the_hash_key_is_missing_is_said_below_the_message(
    state: State, slack: Notifier, server: SlackServer
) -> None:
    night(state, slack, ON, tonight("M-1"), reader=hashing(b"a key"))
    [before] = singles(server)
    night(state, slack, ON + timedelta(1), tonight(), NO_KEY, reader=hashing(b""))
    assert (singles(server)[0]["text"], server.edits) == (before["text"], {})
    assert [reply["text"] for reply in server.replies(before["ts"])] == [
        "Resolved on 2025-04-29: r · DE01 [part]: [part] is short"
    ]
