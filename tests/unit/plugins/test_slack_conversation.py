"""Threads, edits and files in Slack, each with the ways in which it can fail."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from ruamel.yaml import YAML

from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Attachment, Delivery, Digest, DigestLine, Notifier, Probed
from riskplug.testing.slack_server import SlackServer, block_problems

FILES = (Attachment("a.xlsx", "application/x", b"sheet"), Attachment("a.png", "image/png", b"picture", "a bar"))
KIND = PluginHost.load(Choice()).notifiers()["slack"]
TEXT = {"text": "hello", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}]}


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer() as running:
        yield running


@pytest.fixture
def slack(server: SlackServer, monkeypatch: pytest.MonkeyPatch) -> Notifier:
    monkeypatch.setenv("T", server.token)
    return KIND(
        KIND.Options.model_validate({"channel": "#planning", "token": {"env": "T"}, "base_url": server.base_url})
    )


def posted(slack: Notifier, key: str = "root") -> dict[str, str]:
    return dict(slack.send(Delivery(key, TEXT), timeout=5).reference)


def test_a_reply_goes_below_its_message_and_is_found_there(slack: Notifier, server: SlackServer) -> None:
    root = posted(slack)
    server.fail("drop")
    reply = Delivery("reply", TEXT, datetime.now(UTC), "reply", root)
    assert slack.send(reply, timeout=5).outcome == "ambiguous"
    assert [one["text"] for one in server.replies(root["ts"], "C0PLANNING")] == ["hello"]
    found = slack.find(reply, timeout=5)
    assert found is not None and found.outcome == "delivered"
    assert slack.find(Delivery("other", TEXT, datetime.now(UTC), "reply", root), timeout=5) is None


def test_an_edit_replaces_text_and_blocks_and_a_minimal_one_clears_the_blocks(
    slack: Notifier, server: SlackServer
) -> None:
    root = posted(slack)
    assert (
        slack.send(Delivery("e", {**TEXT, "text": "new"}, None, "update", {}, root), timeout=5).outcome == "delivered"
    )
    assert (server.posts("C0PLANNING")[0]["text"], len(server.posts("C0PLANNING"))) == ("new", 1)
    bare = {**TEXT, "text": "bare", "minimal": True}
    slack.send(Delivery("e", bare, None, "update", {}, root), timeout=5)
    assert (server.posts("C0PLANNING")[0]["text"], server.posts("C0PLANNING")[0]["blocks"]) == ("bare", [])


@pytest.mark.parametrize("word", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_an_edit_that_is_no_longer_possible_asks_for_a_new_message(
    slack: Notifier, server: SlackServer, word: str
) -> None:
    root = posted(slack)
    server.fail(word, method="chat.update")
    receipt = slack.send(Delivery("e", TEXT, None, "update", {}, root), timeout=5)
    assert (receipt.outcome, receipt.reference) == ("rejected", {"try": "post"})


def test_a_new_message_says_what_it_takes_over_from(slack: Notifier, server: SlackServer) -> None:
    root = posted(slack)
    slack.send(Delivery("e", {**TEXT, "lost": root}), timeout=5)
    server.vanish(root["ts"])
    slack.send(Delivery("f", {**TEXT, "lost": root}), timeout=5)
    first, second = (one["text"] for one in server.posts("C0PLANNING"))
    link = f"https://test.slack.com/archives/C0PLANNING/p{root['ts'].replace('.', '')}"
    assert first == f"hello\nTakes over from <{link}|an earlier message>"
    assert second == "hello\nTakes over from a message that is no longer there"


def test_a_reply_to_a_message_that_somebody_deleted_asks_for_a_new_one(slack: Notifier, server: SlackServer) -> None:
    root = posted(slack)
    server.vanish(root["ts"])
    receipt = slack.send(Delivery("r", TEXT, None, "reply", root), timeout=5)
    assert (receipt.outcome, receipt.reference) == ("rejected", {"try": "post"})


def filed(root: dict[str, str]) -> Delivery:
    return Delivery("file", {"text": "All alerts"}, datetime.now(UTC), "file", root, files=FILES)


def test_files_are_one_message_in_the_thread(slack: Notifier, server: SlackServer) -> None:
    root = posted(slack)
    assert slack.send(filed(root), timeout=5).outcome == "delivered"
    [shown] = server.replies(root["ts"], "C0PLANNING")
    assert [one["name"] for one in shown["files"]] == ["a.xlsx", "a.png"]
    assert [one["content"] for one in server.files.values()] == [b"sheet", b"picture"]


@pytest.mark.parametrize(
    ("method", "fault", "outcome", "shown"),
    [
        ("files.getUploadURLExternal", "drop", "not_accepted", 0),
        ("files.getUploadURLExternal", "rate_limit", "not_accepted", 0),
        ("upload", "drop_before", "not_accepted", 0),
        ("upload", "error_500", "not_accepted", 0),
        ("files.completeUploadExternal", "drop", "ambiguous", 1),
        ("files.completeUploadExternal", "drop_before", "ambiguous", 0),
        ("files.completeUploadExternal", "not_in_channel", "rejected", 0),
    ],
)
def test_only_the_last_of_the_three_calls_can_leave_a_doubt(
    slack: Notifier, server: SlackServer, method: str, fault: str, outcome: str, shown: int
) -> None:
    root = posted(slack)
    server.fail(fault, method=method)
    assert slack.send(filed(root), timeout=5).outcome == outcome
    assert len(server.replies(root["ts"], "C0PLANNING")) == shown
    assert (slack.find(filed(root), timeout=5) is not None) == bool(shown)


def test_a_redirected_upload_is_refused(slack: Notifier, server: SlackServer) -> None:
    root = posted(slack)
    server.elsewhere = "http://127.0.0.1:1/"
    server.fail("redirect", method="upload")
    assert slack.send(filed(root), timeout=5).outcome == "rejected"


def test_a_test_says_what_works(slack: Notifier, server: SlackServer) -> None:
    assert isinstance(slack, Probed)
    steps = list(slack.probe(digest("whole"), FILES[0], timeout=5))
    assert [(step.name, step.works) for step in steps] == [
        (name, True) for name in ("auth", "channel", "post", "update", "reply", "file", "history")
    ]
    assert server.posts("C0PLANNING")[0]["text"].startswith("head")


@pytest.mark.parametrize(
    ("scope", "failing"),
    [
        ("files:write", ["file"]),
        ("channels:history", ["history"]),
        ("chat:write", ["post"]),
        ("channels:read", ["channel", "history"]),
    ],
)
def test_a_test_names_what_a_missing_scope_costs(
    slack: Notifier, server: SlackServer, scope: str, failing: list[str]
) -> None:
    server.scopes.discard(scope)
    assert isinstance(slack, Probed)
    steps = list(slack.probe(digest("whole"), FILES[0], timeout=5))
    assert [step.name for step in steps if not step.works] == failing


def test_a_test_with_a_wrong_token_ends_at_the_door(
    slack: Notifier, server: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("T", "xoxb-wrong")
    assert isinstance(slack, Probed)
    [step] = slack.probe(digest("whole"), FILES[0], timeout=5)
    assert (step.name, step.works) == ("auth", False) and "check the variable" in step.detail


def digest(part: Any, text: str = "head", lines: int = 1) -> Digest:
    one = DigestLine("critical", "new", text, text, text, "a" * 64, text, text, "")
    rest = {"part": part, "open": {"critical": (3, 1), "warning": (2, -4)}}
    return Digest("w", date(2025, 4, 28), "s", text, {"new": 1}, (one,) * lines, 3, (text,), **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize("part", ["parent", "thread", "single", "note", "status"])
@pytest.mark.parametrize("text", ["x" * 9000, "<!channel> &" * 800, "`*_~" * 400, "\u202e \n", "=1"])
def test_every_part_stays_within_the_limits_whatever_the_data(part: str, text: str) -> None:
    slack = KIND(KIND.Options.model_validate({"channel": "c", "token": {"env": "T"}, "app_token": {"env": "A"}}))
    payload = slack.render(digest(part, text, 1 if part in ("single", "note") else 10))
    assert list(block_problems(payload["blocks"])) == []
    assert 0 < len(payload["text"]) <= 3500 and "<!" not in str(payload)
    assert "`" not in payload["text"] + str([block for block in payload["blocks"] if block["type"] != "table"])


def test_the_parent_has_counts_against_the_last_scan_and_a_table() -> None:
    slack = KIND(KIND.Options.model_validate({"channel": "c", "token": {"env": "T"}}))
    header, headline, counts, table, *_ = slack.render(digest("parent"))["blocks"]
    assert [one["text"] for one in counts["elements"]] == ["Open: 3 critical (+1), 2 warning (−4)", "1 new"]
    assert [cell["text"] for cell in table["rows"][0]] == ["Alert", "Where", "What", "Left", "Owner"]
    assert (header["type"], headline["text"]["text"]) == ("header", "*head*")


def test_buttons_are_there_where_somebody_listens_and_open_where_there_is_a_page() -> None:
    def actions(**options: Any) -> list[str]:
        made = KIND(KIND.Options.model_validate({"channel": "c", "token": {"env": "T"}, **options}))
        blocks = made.render(digest("single"))["blocks"]
        return [
            button["text"]["text"] for block in blocks if block["type"] == "actions" for button in block["elements"]
        ]

    assert actions() == []
    assert actions(app_token={"env": "A"}) == ["Acknowledge", "Snooze 7 days"]
    assert actions(report_url="https://x.example/brief") == ["Open"]
    with pytest.raises(ValueError, match="https"):
        actions(report_url="javascript:alert(1)")


def test_a_payload_that_slack_would_refuse_is_noticed_before_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own check stands behind the rendering: a block too long there is an error here."""
    from riskplug_plugins.slack import limits

    long = {"text": "t", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2801}}]}
    assert list(limits.problems(long)) == ["blocks/0: 2801 characters, 1 to 2800 are taken"]
    wide = {"text": "t", "blocks": [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]}] * 2}
    assert len(list(limits.problems(wide))) == 3
    assert [*limits.problems({"text": "", "blocks": [{"type": "video"}] * 46})][:2] == [
        "text: 0 characters, 1 to 3500 are taken",
        "blocks: 46 items, 45 are taken",
    ]


def test_the_manifest_asks_for_the_scopes_that_the_code_needs(server: SlackServer) -> None:
    from riskplug_plugins.slack.setup import MANIFEST, SETUP

    manifest: Any = YAML(typ="safe").load(MANIFEST)
    assert server.scopes <= set(manifest["oauth_config"]["scopes"]["bot"])
    assert manifest["settings"]["socket_mode_enabled"] and manifest["settings"]["interactivity"]["is_enabled"]
    assert "/invite @riskplug" in SETUP
