"""The state of the first night is put back after the third, the others are scanned again: nothing is told twice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from command import Folder, Ran
from small_company import NIGHT, STOCK, dated, small_company, stock

from riskplug.testing import SlackServer

# seven scans in one fixture
pytestmark = pytest.mark.timeout(900)

RECEIVER = """
[receivers.channel]
kind = "slack"
channel = "#procurement-risk"
token = {{ env = "SLACK_BOT_TOKEN" }}
base_url = "{base_url}"

[[routes]]
"""
# M-2 is resolved on the second night; M-1 turns critical on the third.
NIGHTS = {
    0: STOCK,
    1: {**STOCK, "M-2": 600},
    2: {**STOCK, "M-1": 40, "M-2": 600},
}


@dataclass
class Channel:
    folder: Folder
    server: SlackServer
    shown: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ran: dict[str, Ran] = field(default_factory=dict)

    def run(self, *words: str) -> Ran:
        return self.folder.run(*words, env={"SLACK_BOT_TOKEN": self.server.token})

    def night(self, n: int) -> Ran:
        dated(self.folder, NIGHT + timedelta(n))
        stock(self.folder, NIGHTS[n], NIGHT + timedelta(n))
        ran = self.run("scan")
        assert ran.code in (0, 1, 3), ran.err
        return ran

    def look(self, name: str) -> None:
        """What the channel shows now: when it was posted, below what, what it says, which files."""
        self.shown[name] = [
            {"ts": one["ts"], "thread": one.get("thread_ts"), "text": one["text"], "files": _names(one)}
            for one in self.server.posts()
        ]


def _names(post: dict[str, Any]) -> list[str]:
    return [file["name"] for file in post.get("files", [])]


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    with SlackServer() as server:
        made = Channel(small_company(tmp_path_factory.mktemp("restored") / "small"), server)
        play(made)
        yield made


def play(channel: Channel) -> None:
    """The state is lost with its disk, so that only the channel itself knows what was sent."""
    folder = channel.folder
    folder.replace("riskplug.toml", "[[routes]]\n", RECEIVER.format(base_url=channel.server.base_url))
    folder.replace("riskplug.toml", 'receivers = ["desk"]', 'receivers = ["desk", "channel"]')
    channel.night(0)
    channel.ran["backup"] = channel.run("state", "backup", "yesterday.db")
    channel.look("first")
    # A night that fails counts as an attempt, and what it could not say is said by the next.
    inventory = folder.path / "exports/parts.csv"
    parts = inventory.read_text(encoding="utf-8")
    folder.write("exports/parts.csv", "nonsense\n1\n")
    dated(folder, NIGHT + timedelta(1))
    channel.ran["refused"] = channel.run("scan")
    folder.write("exports/parts.csv", parts)
    for n in (1, 2):
        channel.night(n)
        channel.look(str(n))
    for name in ("state.db", "state.db-wal", "state.db-shm"):
        (folder.state / name).unlink(missing_ok=True)
    channel.ran["restore"] = channel.run("state", "restore", "yesterday.db")
    for n in (1, 2):
        channel.night(n)
        channel.look(f"again {n}")
    dated(folder, NIGHT + timedelta(3))
    stock(folder, {**STOCK, "M-2": 600}, NIGHT + timedelta(3))
    channel.run("scan")
    channel.look("after")


def test_nothing_is_there_twice_and_everything_reads_as_it_did(channel: Channel) -> None:
    assert channel.ran["refused"].code == 6 and channel.ran["restore"].code == 0
    assert len(channel.shown["first"]) < len(channel.shown["1"]) < len(channel.shown["2"])
    assert channel.shown["again 2"] == channel.shown["2"]
    # nor did the first night of the second round add one
    assert [one["ts"] for one in channel.shown["again 1"]] == [one["ts"] for one in channel.shown["2"]]


def test_later_edits_and_notes_reach_the_messages_of_the_nights_that_were_lost(channel: Channel) -> None:
    """M-1 turned critical on the third night, in a message of its own, which the fourth night edits and answers."""
    [single] = [one for one in channel.shown["2"] if not one["thread"] and re.match(r"critical: .*M-1", one["text"])]
    now = {one["ts"]: one for one in channel.shown["after"]}
    assert now[single["ts"]]["text"] != single["text"]
    new = [one for one in channel.shown["after"] if one["ts"] not in {old["ts"] for old in channel.shown["2"]}]
    assert any(one["thread"] == single["ts"] and re.match(r"\w+ on 2025-05-01", one["text"]) for one in new)


def test_the_command_says_which_nights_are_to_be_scanned_again(channel: Channel) -> None:
    said = channel.ran["restore"].out
    assert [f"--business-date 2025-04-{day}" in said for day in (28, 29, 30)] == [False, True, True]
    assert "receivers are asked" in channel.ran["restore"].err and "before-restore" not in said
    assert (channel.folder.path / "yesterday.db.sha256").exists()


def test_a_file_of_one_day_has_each_message_once(channel: Channel) -> None:
    text = (channel.folder.path / "digest.txt").read_text(encoding="utf-8")
    assert text.count("Small, 2025-05-01\n") == 1


def test_a_damaged_backup_changes_nothing(channel: Channel, tmp_path: Path) -> None:
    """Runs last: the state must be as it was."""
    bad = tmp_path / "bad.db"
    content = bytearray((channel.folder.path / "yesterday.db").read_bytes())
    content[len(content) // 2] ^= 0xFF
    bad.write_bytes(content)
    sums = (channel.folder.path / "yesterday.db.sha256").read_text(encoding="utf-8")
    (tmp_path / "bad.db.sha256").write_text(sums, encoding="utf-8")
    before = channel.run("alerts", "list").out
    ran = channel.run("state", "restore", str(bad))
    assert ran.code == 11 and "SHA-256" in ran.err
    assert channel.run("alerts", "list").out == before
