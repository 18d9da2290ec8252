"""`riskplug alerts`: which alerts are meant, what is said of them, what is refused and why."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from typer.testing import CliRunner

from riskplug.alerts import reconcile
from riskplug.cli.app import app
from riskplug.errors import UsageError
from riskplug.scan import state_of
from riskplug.state import State
from riskplug.workspace import load
from tests.unit.alerts.nights import Finding, covered, outcome

ON = date(2025, 4, 28)
TOML = """\
[workspace]
name = "w"
business_date = "2025-04-28"
[sites.DE01]
country = "DE"
[sources.erp]
path = "exports"
"""
FOUND: list[Finding] = [
    ("low", "M-1", "DE01", "critical"),
    ("low", "M-2", "DE01", "warning"),
    ("low", "M-20", "US01", "warning"),
    ("old", "M-1", "DE01", "info"),
]
Run = Callable[..., Any]


def state_in(folder: Path) -> State:
    return state_of(load(folder), lambda: datetime(2025, 4, 28, 4, tzinfo=UTC))


def night(folder: Path, on: date, found: list[Finding]) -> None:
    state, told = (
        state_in(folder),
        outcome(found, [covered("low", "DE01"), covered("low", "US01"), covered("old", "DE01")]),
    )
    claim = state.claim_scan(on, "w", "test")
    known = dict.fromkeys(("low", "old"), ("part", "part_no", "site"))
    done = reconcile(state.ledger("w"), told, on=on, workspace="w", known_rules=known, memory=state.memory("w"))
    state.apply(claim, done, told, [])
    state.finish_scan(claim, "complete", {})
    state.close()


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace after its first night, for each test to copy."""
    made = tmp_path_factory.mktemp("scanned")
    (made / "riskplug.toml").write_text(TOML, encoding="utf-8")
    night(made, ON, FOUND)
    return made


@pytest.fixture
def folder(scanned: Path, tmp_path: Path) -> Path:
    shutil.copytree(scanned, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LOGNAME", "ida")

    def ran(*words: str) -> Any:
        return CliRunner().invoke(app, ["alerts", words[0], "-w", str(folder), *words[1:]])

    return ran


def refused(run: Run, *words: str) -> str:
    result = run(*words)
    assert isinstance(result.exception, UsageError) and result.exception.exit_code == 2
    return str(result.exception)


def document(run: Run, name: str, *words: str) -> dict[str, Any]:
    """The JSON that a command prints, checked against its schema."""
    result = run(*words, "--format", "json")
    assert result.exit_code == 0, result.exception
    said: dict[str, Any] = json.loads(result.stdout)
    schema = json.loads((files("riskplug") / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(said)
    return said


def listed(run: Run, *words: str) -> list[tuple[str, str]]:
    return [(one["rule"], one["part_no"]) for one in document(run, "alerts", "list", *words)["alerts"]]


def key_of(run: Run, rule: str, part: str) -> str:
    [one] = document(run, "alerts", "list", "--rule", rule, "--part", part)["alerts"]
    return str(one["key"])


def test_the_worst_comes_first(run: Run) -> None:
    assert [one["severity"] for one in document(run, "alerts", "list")["alerts"]] == [
        "critical",
        "warning",
        "warning",
        "info",
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--rule", "old"), [("old", "M-1")]),
        (("--rule", "o*"), [("old", "M-1")]),
        (("--severity", "critical"), [("low", "M-1")]),
        (("--severity", "critical", "--severity", "info"), [("low", "M-1"), ("old", "M-1")]),
        (("--part", "m-2*", "--site", "US01"), [("low", "M-20")]),
        (("--part", "M-2"), [("low", "M-2")]),
        (("--text", "m-20 IS"), [("low", "M-20")]),
        (("--owner", "anna", "--rule", "old"), [("old", "M-1")]),
        (("--owner", "ben"), []),
        (("--since", "2025-04-28", "--rule", "old"), [("old", "M-1")]),
        (("--since", "2025-04-29"), []),
        (("--condition", "resolved"), []),
        (("--handling", "none", "--suppression", "none", "--rule", "old"), [("old", "M-1")]),
    ],
)
def test_filters_mean_what_they_say(run: Run, words: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    assert listed(run, *words) == expected


def test_closed_alerts_are_listed_when_they_are_asked_for(run: Run, folder: Path) -> None:
    night(folder, date(2025, 4, 29), FOUND[1:])
    assert len(listed(run)) == 3
    assert len(listed(run, "--all")) == 4
    assert listed(run, "--condition", "resolved") == [("low", "M-1")]


def test_text_fits_eighty_columns_and_says_what_was_decided(run: Run) -> None:
    run("snooze", key_of(run, "low", "M-2"), "--until", "2025-05-12", "--until-runway", "5", "--by", "anna")
    result = run("list")
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0][10:].split() == ["critical", "open", "since", "2025-04-28", "low"]
    assert "    [snoozed by anna until 2025-05-12 or 5 days of runway]" in lines
    assert result.stderr.strip() == "4 alerts: 1 critical, 2 warning, 1 info; 1 snoozed"


def test_one_alert_is_shown_with_decisions_and_history(run: Run) -> None:
    key = key_of(run, "low", "M-1")
    run("ack", key, "--reason", "order placed")
    run("assign", key, "--to", "ben", "--by", "anna")
    shown = document(run, "alert", "show", key[:10])
    assert [(one["kind"], one["author"], one["assignee"]) for one in shown["handlings"]] == [
        ("ack", "ida", ""),
        ("assign", "anna", "ben"),
    ]
    assert [event["kind"] for event in shown["events"]] == ["new", "ack", "assign"]
    assert (shown["alert"]["handling"], shown["alert"]["assignee"]) == ("acknowledged", "ben")
    text = run("show", key[:6]).stdout
    assert "acknowledged  by ida on 2025-04-28: order placed" in text and max(map(len, text.splitlines())) <= 80


def test_the_author_is_the_account_or_who_is_named(run: Run) -> None:
    key = key_of(run, "low", "M-1")
    run("comment", key, "-m", "called them")
    run("comment", key, "-m", "called again", "--by", "ben")
    events = document(run, "alert_history", "history", key)["events"]
    assert [(event["actor"], event["reason"]) for event in events[1:]] == [
        ("ida", "called them"),
        ("ben", "called again"),
    ]


def test_several_alerts_by_filter_need_a_yes(run: Run) -> None:
    assert "assign 2 alerts" in refused(run, "assign", "--severity", "warning", "--to", "ben")
    assert document(run, "alerts", "list", "--handling", "assigned")["alerts"] == []
    done = document(run, "alert_action", "assign", "--severity", "warning", "--to", "ben", "--yes")
    assert (done["action"], done["count"]) == ("assign", 2)
    assert sorted(listed(run, "--assignee", "BEN")) == [("low", "M-2"), ("low", "M-20")]


def test_one_alert_by_filter_or_several_by_key_need_none(run: Run) -> None:
    assert run("ack", "--rule", "old").exit_code == 0
    assert run("ack", key_of(run, "low", "M-1"), key_of(run, "low", "M-2")).exit_code == 0
    assert len(listed(run, "--handling", "acknowledged")) == 3


def test_acting_upon_everything_must_be_meant(run: Run) -> None:
    assert "which alerts?" in refused(run, "ack")
    assert "no alert is meant" in refused(run, "ack", "--rule", "nothing")


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("ffffffff", ("no alert has a key that begins with 'ffffffff'", "riskplug alerts list")),
        ("ab", ("'ab' is too short for a key", "at least 4")),
    ],
)
def test_a_key_that_does_not_exist_says_what_where_and_what_to_do(run: Run, word: str, says: tuple[str, str]) -> None:
    for command in ("show", "ack"):
        said = refused(run, command, word)
        assert all(part in said for part in (*says, "alert key"))


def test_an_ambiguous_key_names_the_alerts_it_could_mean() -> None:
    import pandas as pd

    from riskplug.alerts.selection import keys_of

    keys = ["abcd1" + "0" * 59, "abcd2" + "0" * 59]
    alerts = pd.DataFrame({"key": keys, "message": ["M-1 is short", "M-2 is short"]})
    with pytest.raises(UsageError, match=r"2 alerts have a key that begins with 'abcd': abcd1.*M-1 is short.*; abcd2"):
        keys_of(alerts, ["abcd"])
    assert keys_of(alerts, ["abcd1", "ABCD1"]) == keys[:1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("snooze",), "a snooze needs an end"),
        (("snooze", "--until", "2025-04-28"), "2025-04-28 is not after 2025-04-28"),
        (("snooze", "--until", "2025-07-28"), "more than 90 days"),
        (("snooze", "--until-runway", "12"), "at 12 days or fewer already"),
        (("snooze", "--until", "tomorrow"), "'tomorrow' is not a date"),
        (("waive", "--until", "2025-12-31"), "a waiver needs a reason"),
        (("waive", "--reason", "known"), "a waiver needs an expiry"),
        (("waive", "--reason", "known", "--until", "2026-05-01"), "more than 365 days"),
        (("assign", "--to", " "), "assigned to nobody"),
        (("comment", "-m", " "), "an empty remark"),
        (("unack",), "not acknowledged"),
        (("unack", "--what", "everything"), "use one of ack, assign, snooze, waive, all"),
    ],
)
def test_what_a_decision_lacks_is_said(run: Run, words: tuple[str, ...], says: str) -> None:
    key = key_of(run, "low", "M-1")
    assert says in refused(run, words[0], key, *words[1:])
    assert len(document(run, "alert", "show", key)["events"]) == 1


def test_everything_a_waiver_lacks_is_said_at_once(run: Run) -> None:
    said = refused(run, "waive", key_of(run, "low", "M-1"))
    assert "needs an expiry" in said and "needs a reason" in said


def test_the_last_day_a_workspace_allows_is_allowed(run: Run) -> None:
    assert run("snooze", key_of(run, "low", "M-1"), "--until", "2025-07-27").exit_code == 0


def test_a_shared_account_may_acknowledge_but_accept_no_risk(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "root")
    key = key_of(run, "low", "M-1")
    assert run("ack", key).exit_code == 0
    waiver = ("waive", key, "--reason", "known", "--until", "2025-05-31")
    assert "nobody is named as author" in refused(run, *waiver)
    assert run(*waiver, "--by", "carl").exit_code == 0


def test_decisions_are_taken_back_by_kind(run: Run) -> None:
    key = key_of(run, "low", "M-1")
    run("snooze", key, "--until-worse")
    assert "add --what snooze" in refused(run, "unack", key)
    assert run("unack", key, "--what", "all", "--reason", "too early").exit_code == 0
    assert document(run, "alert", "show", key)["handlings"] == []
    assert listed(run, "--suppression", "snoozed") == []


def test_a_closed_alert_cannot_be_handled(run: Run, folder: Path) -> None:
    key = key_of(run, "low", "M-1")
    night(folder, date(2025, 4, 29), FOUND[1:])
    assert "closed already" in refused(run, "ack", key)


def test_a_rule_that_is_not_held_cannot_be_released(run: Run) -> None:
    assert "the alerts of rule 'low' are not held" in refused(run, "release", "low", "--by", "anna")


def test_what_is_named_is_looked_up_before_the_person_is_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "root")
    said = refused(run, "release", "NOPE")
    assert all(part in said for part in ("no rule 'NOPE' has alerts", "alerts release NOPE", "nothing is held"))
    assert "the alerts of rule 'low' are not held" in refused(run, "release", "low")
    waiver = ("--reason", "known", "--until", "2025-05-31")
    assert "no alert has a key that begins with 'beef'" in refused(run, "waive", "beef", *waiver)


def test_a_held_rule_is_released_by_a_person_only(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy import text

    state = state_in(folder)
    with state.engine.begin() as connection:
        connection.execute(text("UPDATE alert_volume SET held = 1, reason = 'far too many' WHERE rule = 'low'"))
    state.close()
    monkeypatch.setenv("LOGNAME", "root")
    assert "did you mean 'low'?" in refused(run, "release", "lwo")
    assert "nobody is named as author" in refused(run, "release", "low")
    assert "3 findings may pass" in run("release", "low", "--by", "anna").stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--severity", "crit"), "did you mean 'critical'?"),
        (("--condition", "opne"), "did you mean 'open'?"),
        (("--handling", "acked"), "known: accepted_risk, acknowledged, assigned, none"),
    ],
)
def test_a_word_that_no_alert_can_have_is_refused_with_the_nearest(run: Run, words: tuple[str, str], says: str) -> None:
    assert says in refused(run, "list", *words)


def test_history_is_told_in_order_and_cut_at_its_limit(run: Run, folder: Path) -> None:
    night(folder, date(2025, 4, 29), FOUND[1:])
    said = document(run, "alert_history", "history", "--limit", "2")
    assert (len(said["events"]), said["earlier"]) == (2, 3)
    assert said["events"][-1]["kind"] == "resolved"
    assert "resolved   open critical -> resolved critical" in run("history", "--rule", "low").stdout


def test_a_snooze_by_a_condition_ends_after_the_longest_time_all_the_same(run: Run) -> None:
    # 90 days after 2025-04-28
    run("snooze", key_of(run, "low", "M-1"), "--until-worse")
    run("snooze", key_of(run, "low", "M-2"), "--until-runway", "5")
    lines = run("list").stdout
    assert "[snoozed by ida until 2025-07-27 or worse]" in lines
    assert "[snoozed by ida until 2025-07-27 or 5 days of runway]" in lines


def test_a_number_of_suppliers_is_no_runway_to_wait_for(folder: Path, run: Run) -> None:
    found: list[Finding] = [("single-source", "M-9", "DE01", "warning")]
    night(folder, date(2025, 4, 29), [*FOUND, *found])
    assert "not measured in days left" in refused(run, "snooze", "--rule", "single-source", "--until-runway", "5", "-y")


def test_a_decision_has_the_business_date_of_the_last_scan_and_the_time_of_the_clock(run: Run, folder: Path) -> None:
    night(folder, date(2025, 5, 2), FOUND)
    key = key_of(run, "low", "M-1")
    before = datetime.now(UTC)
    # 90 days after 2025-05-02, whatever the clock says
    assert "more than 90 days from 2025-05-02" in refused(run, "snooze", key, "--until", "2025-08-01")
    assert run("snooze", key, "--until", "2025-07-31", "--by", "anna").exit_code == 0
    shown = document(run, "alert", "show", key)
    last = shown["events"][-1]
    assert (last["kind"], last["business_date"]) == ("snooze", "2025-05-02")
    assert before <= datetime.fromisoformat(last["at"]) <= datetime.now(UTC)
    assert shown["handlings"][0]["set_on"] == "2025-05-02"
    at = f"{last['at'][:10]} {last['at'][11:16]} UTC"
    said = " ".join(run("history", key).stdout.split())
    assert f"{key[:10]} 2025-05-02 snooze until 2025-07-31; by anna at {at}" in said


@pytest.mark.parametrize("action", ["ack", "comment", "unack"])
def test_a_business_date_can_be_given_for_everything_that_is_done(run: Run, action: str) -> None:
    key = key_of(run, "low", "M-1")
    words = {
        "ack": [("ack", key)],
        "comment": [("comment", key, "-m", "called")],
        "unack": [("ack", key), ("unack", key)],
    }[action]
    for one in words:
        assert run(*one, "--business-date", "2025-05-05").exit_code == 0
    events = document(run, "alert", "show", key)["events"]
    assert [event["business_date"] for event in events] == ["2025-04-28", *["2025-05-05"] * len(words)]


def test_a_date_before_the_last_scan_is_refused(run: Run) -> None:
    said = refused(run, "ack", key_of(run, "low", "M-1"), "--business-date", "2025-04-27")
    assert "2025-04-27 is before the last scan, which was of 2025-04-28" in said
