"""`riskplug outbox drop` and `retry`: all or nothing, with a name and a reason."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from riskplug.alerts import Reconciled
from riskplug.cli.app import app
from riskplug.deliver import Message, Settlement
from riskplug.errors import UsageError
from riskplug.extend.protocols import Receipt
from riskplug.scan import state_of
from riskplug.workspace import load
from tests.unit.alerts.nights import outcome

TOML = """\
[workspace]
name = "w"
[sites.DE01]
country = "DE"
[sources.erp]
path = "exports"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two messages, the first one dead."""
    (tmp_path / "riskplug.toml").write_text(TOML, encoding="utf-8")
    now = datetime.now(UTC)
    state = state_of(load(tmp_path), lambda: now)
    claim = state.claim_scan(date(2025, 4, 28), "w", "a")
    state.apply(claim, Reconciled(), outcome(), [Message("one", key, key, {"text": key}) for key in ("a", "b")])
    state.finish_scan(claim, "complete", {})
    leased = state.lease(("one",), now=now, lease=now - now, owner="x")
    assert leased and state.settle(leased, Settlement("dead", Receipt("rejected", "gone")), now=now)
    state.close()
    return tmp_path


def run(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(app, ["outbox", *words, "-w", str(folder)], catch_exceptions=False)


def test_a_message_is_put_away_and_taken_out_again(folder: Path) -> None:
    ran = run(folder, "drop", "1", "--by", "anna", "--reason", "the channel is gone")
    assert (ran.exit_code, ran.output) == (0, "put away: 1\n")
    assert [line.split()[0] for line in run(folder, "list").output.splitlines()] == ["2"]
    assert run(folder, "retry", "1").exit_code == 0
    assert [line.split()[:4] for line in run(folder, "list").output.splitlines()] == [
        ["1", "one", "post", "ambiguous"],
        ["2", "one", "post", "pending"],
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("1", "7", "--by", "anna", "--reason", "old"), "not waiting and not given up: 7"),
        (("1", "--by", "anna", "--reason", " "), "no reason"),
        (("1", "zzzz", "2.5", "--by", "anna", "--reason", "old"), "no number of a message: 'zzzz', '2.5'"),
        (("1", "²", "--by", "anna", "--reason", "old"), "no number of a message: '²'"),
        (("1", "9" * 30, "--by", "anna", "--reason", "old"), "no number of a message: '9999"),
    ],
)
def test_a_mistake_puts_nothing_away(folder: Path, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        run(folder, "drop", *words)
    assert refused.value.exit_code == 2
    assert len(run(folder, "list").output.splitlines()) == 2


def test_nobody_is_no_author(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from riskplug.cli import options

    monkeypatch.setattr(options, "account", lambda: "root")
    with pytest.raises(UsageError, match="nobody is named"):
        run(folder, "drop", "1", "--reason", "old")


def test_a_word_is_no_number_of_a_message_to_be_tried_again(folder: Path) -> None:
    with pytest.raises(UsageError, match="no number of a message: 'zzzz'") as refused:
        run(folder, "retry", "zzzz")
    assert refused.value.where == "outbox retry" and "riskplug outbox list" in refused.value.fix


def test_an_empty_outbox_says_so_beside_the_output(folder: Path) -> None:
    assert run(folder, "list").stderr == ""
    run(folder, "drop", "1", "2", "--by", "anna", "--reason", "the channel is gone")
    ran = run(folder, "list")
    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, "", "nothing waits, and nothing was given up\n")
