"""Nights of a small company in a Slack-shaped channel, with the installed command."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from command import Folder, Ran
from jsonschema import Draft202012Validator
from small_company import NIGHT, STOCK, dated, small_company, stock

from riskplug.testing import SlackServer

RECEIVER = """
[receivers.channel]
kind = "slack"
channel = "#procurement-risk"
token = {{ env = "SLACK_BOT_TOKEN" }}
base_url = "{base_url}"

[[routes]]
"""


@dataclass
class Channel:
    """A small company whose alerts go to a channel."""

    folder: Folder
    server: SlackServer

    def run(self, *words: str) -> Ran:
        return self.folder.run(*words, env={"SLACK_BOT_TOKEN": self.server.token})


@dataclass(frozen=True)
class Played:
    """What was done in the channel, and how the commands ended."""

    channel: Channel
    ran: dict[str, Ran]
    posts: dict[str, int]
    desk: str


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with SlackServer() as server:
        yield play(Channel(small_company(tmp_path_factory.mktemp("slack") / "small"), server))


def play(channel: Channel) -> Played:
    folder, server = channel.folder, channel.server
    folder.replace("riskplug.toml", "[[routes]]\n", RECEIVER.format(base_url=server.base_url))
    folder.replace("riskplug.toml", 'receivers = ["desk"]', 'receivers = ["desk", "channel"]')
    words = 'of stock left"'
    folder.replace("rules/stock-low.yaml", words, 'of stock left, {revenue_at_risk:.0f} {currency} at risk"')
    parts = (folder.path / "exports/parts.csv").read_text(encoding="utf-8")
    priced = parts.replace("unit_cost,", "unit_cost,unit_revenue,").replace(",90,EUR", ",90,250,EUR")
    folder.write("exports/parts.csv", priced.replace(",2.5,EUR", ",2.5,,EUR"))
    ran, posts = dict[str, Ran](), dict[str, int]()
    ran["preview"] = channel.run("notify", "preview", "channel", "--format", "json")
    server.retry_after = 2
    server.fail("", "rate_limit")
    ran["first"] = channel.run("scan")
    posts["first"] = len(server.posts())
    ran["outbox"] = channel.run("outbox", "list")
    ran["send"] = channel.run("outbox", "send", "--wait", "2")
    posts["send"] = len(server.posts())
    ran["again"] = channel.run("scan")
    posts["again"] = len(server.posts())
    dated(folder, NIGHT + timedelta(1))
    stock(folder, {**STOCK, "M-2": 600}, NIGHT + timedelta(1))
    ran["second"] = channel.run("scan")
    posts["second"] = len(server.posts())
    desk = (folder.path / "digest.txt").read_text(encoding="utf-8")
    ran["test"] = channel.run("notify", "test", "channel")
    server.scopes.discard("files:write")
    ran["test without files"] = channel.run("notify", "test", "channel")
    ran["test of a file"] = channel.run("notify", "test", "desk")
    ran["setup"] = channel.run("notify", "setup", "slack")
    return Played(channel, ran, posts, desk)


def texts(played: Played) -> list[str]:
    return [post["text"] for post in played.channel.server.posts()]


def test_the_preview_is_the_document_that_its_schema_says_and_what_is_sent_then(played: Played) -> None:
    said = played.ran["preview"].document()
    schema = json.loads((files("riskplug") / "schemas" / "preview.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(said)
    assert [one["operation"] for one in said["messages"]] == ["post", "post", "file"]
    assert said["messages"][0]["payload"]["text"] == texts(played)[0]
    assert said["messages"][0]["payload"]["blocks"] == played.channel.server.posts()[0]["blocks"]


def test_a_rate_limit_ends_in_exit_code_4_and_sending_goes_on_after_the_wait(played: Played) -> None:
    assert (played.ran["first"].code, played.posts["first"]) == (4, 1)
    assert "rate limited" in played.ran["outbox"].out and "not before" in played.ran["outbox"].out
    assert (played.ran["send"].code, played.posts["send"]) == (0, 3)


def test_the_same_scan_again_posts_nothing(played: Played) -> None:
    assert (played.ran["again"].code, played.posts["again"]) == (0, 3)


def test_what_was_resolved_is_edited_and_said_in_the_thread(played: Played) -> None:
    assert played.ran["second"].code == 0
    server = played.channel.server
    [single] = [root for root in server.roots() if root["text"].startswith("Resolved. critical: ")]
    assert "M-2: 41 days of stock left" in single["text"]
    assert [reply["text"][:22] for reply in server.replies(single["ts"])] == ["Resolved on 2025-04-29"]
    digests = [root["text"] for root in server.roots() if root["blocks"][0]["type"] == "header"]
    assert "1 resolved, 1 ongoing" in digests[1]


def test_chat_reads_no_amount_of_money(played: Played) -> None:
    assert "[price] EUR at risk" in str(texts(played))
    assert re.search(r"left, \d+ EUR at risk", played.desk) and "[price]" not in played.desk
    assert not re.search(r"\d EUR", str(texts(played)))


def test_a_test_says_what_works_and_ends_so(played: Played) -> None:
    assert (played.ran["test"].code, played.ran["test"].out.count("works")) == (0, 7)
    failed = played.ran["test without files"]
    assert failed.code == 4 and "file     FAILS" in failed.out and "files:write" not in failed.err
    assert (played.ran["test of a file"].code, "works" in played.ran["test of a file"].out) == (0, True)


def test_the_manifest_is_printed(played: Played) -> None:
    said = played.ran["setup"]
    assert said.code == 0 and "chat:write" in said.out and "/invite @riskplug" in said.out


def test_an_unknown_receiver_is_refused_with_a_suggestion(played: Played) -> None:
    ran = played.channel.run("notify", "test", "chanel")
    assert ran.code == 2 and "channel" in ran.err


def test_the_file_has_every_alert(played: Played, tmp_path: Path) -> None:
    import openpyxl

    [content, *_] = [one["content"] for one in played.channel.server.files.values() if one["name"].endswith(".xlsx")]
    (tmp_path / "f.xlsx").write_bytes(content)
    sheet = openpyxl.load_workbook(tmp_path / "f.xlsx").active
    assert sheet is not None
    head, *rows = sheet.values
    assert {row[head.index("part_no")] for row in rows} == {"M-1", "M-2"}
