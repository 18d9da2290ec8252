"""`riskplug alerts silence`, `silences` and `unsilence`: what they ask for, refuse, keep and show."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.test_alerts_commands import (
    FOUND,
    ON,
    Run,
    document,
    folder,
    key_of,
    listed,
    night,
    refused,
    run,
    scanned,
)

__all__ = ["folder", "run", "scanned"]
WHY = ("--until", "2025-05-12", "--reason", "stocktaking", "--by", "anna")


def silences(run: Run, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document(run, "silences", "silences", *words)["silences"]
    return found


def test_a_silence_says_at_once_what_it_holds_and_the_list_shows_it(run: Run) -> None:
    [made] = document(run, "silences", "silence", "rule=lo*", "site=DE01", *WHY)["silences"]
    assert (made["id"], made["state"], made["alerts"]) == (1, "current", 2)
    assert made["matchers"] == {"rule": ["lo*"], "site": ["DE01"]}
    assert (made["author"], made["reason"], made["set_on"], made["until"]) == (
        "anna",
        "stocktaking",
        "2025-04-28",
        "2025-05-12",
    )
    assert listed(run, "--suppression", "silenced") == [("low", "M-1"), ("low", "M-2")]
    assert "[quiet by silence 1]" in run("list").stdout
    assert run("silences").stdout.splitlines()[0] == "   1  current  until 2025-05-12  2 alerts  rule=lo* site=DE01"


def test_the_next_scan_keeps_it_quiet_and_history_says_why(run: Run, folder: Path) -> None:
    run("silence", "part=M-1", *WHY)
    night(folder, ON + timedelta(1), FOUND)
    events = document(run, "alert", "show", key_of(run, "low", "M-1"))["events"]
    assert (events[-1]["kind"], events[-1]["reason"]) == (
        "silenced",
        "silence 1 by anna until 2025-05-12: stocktaking",
    )


def test_silences_that_end_soon_come_first_and_ended_ones_last(run: Run, folder: Path) -> None:
    run("silence", "rule=low", *WHY)
    run("silence", "rule=old", "--until", "2025-05-05", "--reason", "r", "--by", "anna")
    run("silence", "site=US01", *WHY)
    assert run("unsilence", "3", "--by", "ben", "--reason", "came earlier").exit_code == 0
    assert [(one["id"], one["state"], one["alerts"]) for one in silences(run)] == [
        (2, "ending", 1),
        (1, "current", 3),
        (3, "ended", 0),
    ]
    assert "ended by ben on 2025-04-28: came earlier" in run("silences").stdout
    night(folder, date(2025, 5, 6), FOUND)
    assert [(one["id"], one["state"]) for one in silences(run)] == [(1, "ending"), (2, "ended"), (3, "ended")]


def test_a_silence_that_was_ended_holds_nothing_any_more(run: Run) -> None:
    run("silence", "rule=low", *WHY)
    run("unsilence", "1", "--by", "ben", "--reason", "came earlier")
    assert listed(run, "--suppression", "silenced") == []
    assert "silence 1 has ended already" in refused(run, "unsilence", "1", "--by", "ben")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (WHY, "which alerts?"),
        (("rule=lwo", *WHY), "no rule is like 'lwo'"),
        (("site=DE02", *WHY), "no site is like 'DE02'"),
        (("severity=crit", *WHY), "no severity is like 'crit'"),
        (("sight=DE01", *WHY), "no matcher 'sight'"),
        (("DE01", *WHY), "'DE01' asks for nothing"),
        (("site=", *WHY), "'site=' asks for nothing"),
        (("rule=*", *WHY), "a silence over everything"),
        (("rule=volume-guard", *WHY), "this is never silenced"),
        (("rule=low", "--reason", "r", "--by", "a"), "a silence needs an end"),
        (("rule=low", "--until", "2025-05-12", "--by", "a"), "a silence needs a reason"),
        (("rule=low", "--until", "2025-04-28", "--reason", "r", "--by", "a"), "2025-04-28 is not after 2025-04-28"),
        # 90 days after 2025-04-28 is 2025-07-27
        (("rule=low", "--until", "2025-07-28", "--reason", "r", "--by", "a"), "more than 90 days"),
    ],
)
def test_what_a_silence_lacks_is_said_and_nothing_is_kept(run: Run, words: tuple[str, ...], says: str) -> None:
    assert says in refused(run, "silence", *words)
    assert silences(run) == []


@pytest.mark.parametrize("word", ["rule=", "site=", "rule= "])
def test_an_empty_word_is_one_mistake(run: Run, word: str) -> None:
    said = refused(run, "silence", word, *WHY)
    assert f"{word!r} asks for nothing" in said and said.count("->") == 1


@pytest.mark.parametrize("severity", ["critical", "crit*", "CRITICAL"])
def test_a_silence_over_critical_alerts_cannot_let_them_pass(run: Run, severity: str) -> None:
    words = ("silence", f"severity={severity}", "site=DE01", *WHY)
    assert "lets them pass" in refused(run, *words, "--let-critical")
    assert silences(run) == []
    assert run(*words).exit_code == 0
    assert run("silence", "severity=critical", "severity=warning", *WHY, "--let-critical").exit_code == 0


def test_the_end_of_a_silence_needs_a_reason(run: Run) -> None:
    run("silence", "rule=low", *WHY)
    for words in ((), ("--reason", " ")):
        said = refused(run, "unsilence", "1", "--by", "ben", *words)
        assert "the end of a silence needs a reason" in said and "--reason" in said
    assert [one["state"] for one in silences(run)] == ["current"]


def test_everything_that_a_silence_lacks_is_said_at_once(run: Run) -> None:
    said = refused(run, "silence", "rule=lwo", "sight=x")
    assert all(text in said for text in ("no rule is like", "no matcher", "needs an end", "needs a reason"))


def test_a_silence_and_its_end_need_a_person_but_the_number_is_looked_up_first(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "root")
    assert "nobody is named" in refused(run, "silence", "rule=low", "--until", "2025-05-12", "--reason", "r")
    assert "no silence '7'" in refused(run, "unsilence", "7")
    run("silence", "rule=low", *WHY)
    assert "those that hold are 1" in refused(run, "unsilence", "7")
    assert "nobody is named" in refused(run, "unsilence", "1")


def test_what_a_silence_asks_for_can_be_tried_with_the_filters_of_the_list(run: Run) -> None:
    assert listed(run, "--supplier", "Ningbo*") == []
    assert listed(run, "--rule", "LO*", "--site", "de01") == [("low", "M-1"), ("low", "M-2")]
