"""Decisions of people in the database: what holds, what the log keeps, and what a scan under way may not undo."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select, text

from riskplug.alerts import Decision, Pace, Policy, Reconciled, Silence, reconcile
from riskplug.model import Outcome
from riskplug.state import State
from riskplug.state.migrate import MIGRATIONS, upgrade
from riskplug.state.schema import alert_event
from tests.unit.alerts.nights import covered, outcome
from tests.unit.state.conftest import Clock

ON = date(2025, 4, 28)
POLICY = Policy({"r": Pace(step=7, worse=-1, days=True, max_share_pct=50, min_findings=10)})


def tonight(*severities: str, rows: int = 1000) -> Outcome:
    found = [("r", f"M-{number}", "DE01", severity) for number, severity in enumerate(severities)]
    return outcome(found, [{**covered("r", "DE01"), "rows": rows}])


def compared(state: State, on: date, told: Outcome) -> Reconciled:
    known = {"r": ("part", "part_no", "site")}
    ledger, memory = state.ledger("w"), state.memory("w")
    return reconcile(ledger, told, on=on, workspace="w", known_rules=known, policy=POLICY, memory=memory)


def night(state: State, on: date, told: Outcome) -> Reconciled:
    claim = state.claim_scan(on, "w", "somebody")
    done = compared(state, on, told)
    state.apply(claim, done, told, [])
    state.finish_scan(claim, "complete", {})
    return done


def key_of(state: State) -> str:
    return str(state.ledger("w").query("rule == 'r'")["alert_key"].iloc[0])


def snoozed(key: str, **terms: Any) -> Decision:
    return Decision(key, "snooze", "anna", "wait for the truck", severity="warning", metric=12.0, set_on=ON, **terms)


def held(state: State) -> pd.DataFrame:
    found = state.memory("w").handled
    assert found is not None
    return found


def test_a_decision_comes_back_as_it_was_made(state: State) -> None:
    night(state, ON, tonight("warning"))
    state.decide([snoozed(key_of(state), until=date(2025, 5, 12), until_worse=True, until_metric=5.5)])
    [row] = held(state).to_dict("records")
    assert (row["kind"], row["author"], row["reason"]) == ("snooze", "anna", "wait for the truck")
    assert (row["until"].date(), row["until_worse"], row["until_metric"]) == (date(2025, 5, 12), True, 5.5)
    assert (row["severity"], row["metric"], row["set_on"].date()) == ("warning", 12.0, ON)


def test_a_later_decision_replaces_the_earlier_one_and_the_log_keeps_both(state: State) -> None:
    night(state, ON, tonight("warning"))
    key = key_of(state)
    state.decide([snoozed(key, until=date(2025, 5, 12))])
    state.decide([snoozed(key, until=date(2025, 6, 1))])
    assert held(state)["until"].dt.date.tolist() == [date(2025, 6, 1)]
    said = [(event.kind, event.new, event.actor) for event in state.events("w", [key])]
    assert said == [
        ("new", "open warning", "scan"),
        ("snooze", "until 2025-05-12", "anna"),
        ("snooze", "until 2025-06-01", "anna"),
    ]


def test_a_decision_that_ended_is_gone_and_logged_by_the_scan(state: State) -> None:
    night(state, ON, tonight("warning"))
    key = key_of(state)
    state.decide([snoozed(key, until=ON + timedelta(1))])
    done = night(state, ON + timedelta(1), tonight("warning"))
    assert ([c.kind for c in done.news], len(held(state))) == (["expired"], 0)
    last = state.events("w", [key])[-1]
    assert (last.kind, last.old, last.actor, last.business_date) == ("expired", "snooze", "scan", ON + timedelta(1))


def test_a_decision_made_while_a_scan_runs_survives_it(opened: Callable[[], State], clock: Clock) -> None:
    scanning, person = opened(), opened()
    night(scanning, ON, tonight("warning"))
    key = key_of(scanning)
    person.decide([snoozed(key, until=ON + timedelta(1))])
    claim = scanning.claim_scan(ON + timedelta(1), "w", "somebody")
    done = compared(scanning, ON + timedelta(1), tonight("warning"))
    assert done.ended["kind"].tolist() == ["snooze"]
    clock.pass_(minutes=1)
    person.decide([snoozed(key, until=ON + timedelta(30)), Decision(key, "ack", "ben", set_on=ON)])
    scanning.apply(claim, done, tonight("warning"), [])
    assert held(person)["kind"].tolist() == ["ack", "snooze"]


def test_withdrawn_decisions_and_remarks_are_logged(state: State) -> None:
    night(state, ON, tonight("warning"))
    key = key_of(state)
    state.decide([Decision(key, "ack", "anna", set_on=ON)])
    state.withdraw(held(state), "ben", "she is on leave")
    state.comment([key], "ben", "called the supplier")
    assert len(held(state)) == 0
    said = [(event.kind, event.reason, event.actor) for event in state.events("w", [key])[1:]]
    assert said == [("ack", "", "anna"), ("unack", "she is on leave", "ben"), ("comment", "called the supplier", "ben")]


def test_another_workspace_sees_neither_decisions_nor_history(state: State) -> None:
    night(state, ON, tonight("warning"))
    key = key_of(state)
    state.decide([snoozed(key, until=date(2025, 5, 12))])
    other = state.memory("another").handled
    assert other is not None and len(other) == 0 and state.events("another", [key]) == []


def test_a_held_rule_is_released_and_told_by_the_next_scan(state: State) -> None:
    many = tonight(*["warning"] * 60, rows=100)
    assert "held" in {c.kind for c in night(state, ON, many).changes}
    assert state.held_rules("w") == ("r",)
    assert state.release("w", "r", "anna", "all of them are real") == 60
    assert set(state.ledger("w").query("rule == 'r'")["suppression"]) == {""}
    done = night(state, ON, many)
    assert sum(c.kind == "new" for c in done.news) == 60
    assert state.release("w", "r", "anna", "") is None


def test_a_release_given_while_a_scan_runs_survives_it(opened: Callable[[], State]) -> None:
    scanning, person = opened(), opened()
    many = tonight(*["warning"] * 60, rows=100)
    night(scanning, ON, many)
    claim = scanning.claim_scan(ON, "w", "somebody")
    done = compared(scanning, ON, many)
    person.release("w", "r", "anna", "")
    scanning.apply(claim, done, many, [])
    scanning.finish_scan(claim, "complete", {})
    assert sum(c.kind == "new" for c in night(scanning, ON, many).news) == 60


def test_a_release_that_is_used_up_is_taken_away(state: State) -> None:
    many = tonight(*["warning"] * 60, rows=100)
    night(state, ON, many)
    state.release("w", "r", "anna", "")
    night(state, ON, many)
    night(state, ON + timedelta(1), tonight("warning", rows=100))
    assert "held" in {c.kind for c in night(state, ON + timedelta(2), many).changes}


def test_the_last_complete_scans_are_remembered_newest_first(state: State) -> None:
    for day in (0, 0, 2, 1):
        claim = state.claim_scan(ON + timedelta(day), "w", "somebody")
        state.finish_scan(claim, "failed" if day == 1 else "complete", {})
    assert state.scan_dates("w", 5) == (ON + timedelta(2), ON)
    assert state.scan_dates("w", 1) == (ON + timedelta(2),)


def test_the_log_is_only_added_to(state: State) -> None:
    night(state, ON, tonight("warning"))
    with state.engine.begin() as connection:
        before = connection.execute(select(alert_event)).all()
    state.decide([snoozed(key_of(state), until=date(2025, 5, 12))])
    night(state, ON + timedelta(1), tonight("critical"))
    with state.engine.begin() as connection:
        assert connection.execute(select(alert_event).order_by(alert_event.c.id)).all()[: len(before)] == before


def test_alerts_of_an_older_version_go_on_and_are_not_told_again(opened: Callable[[], State], tmp_path: Any) -> None:
    """A database as the first version left it: columns of the second are filled in, and the night after is quiet."""
    import shutil

    first = tmp_path / "first"
    shutil.copytree(MIGRATIONS, first, ignore=shutil.ignore_patterns("__pycache__", "000[2-9]*"))
    current = opened()
    engine = replace(current).engine
    with engine.begin() as connection:
        for table in (
            "silence_end",
            "silence",
            "alert_handling",
            "alert_volume",
            "outbox_item",
            "attempt",
            "message",
            "outbox_file",
            "receiver_hold",
            "restore_mark",
            "sent_before",
        ):
            connection.execute(text(f"DROP TABLE IF EXISTS {table}"))
        for table in ("outbox", "alert_event", "coverage", "scan", "alert", "riskplug_version"):
            connection.execute(text(f"DROP TABLE IF EXISTS {table}"))
    upgrade(engine, current.clock, first)
    told = compared(_Empty(current), ON, tonight("warning")).alerts.iloc[0]  # type: ignore[arg-type]
    names = ("alert_key", "rule", "grain", "identity", "site", "part_no", "material", "measure", "owner", "condition")
    names = (*names, "severity", "message", "content_hash", "reason")
    values = {name: str(told[name]) for name in names}
    row = {**values, "scope": "w", "metric": 12.0, "episode": 1, "version": 1}
    row |= dict.fromkeys(("first_seen", "last_seen", "checked_on"), ON.isoformat())
    marks = ", ".join(f":{name}" for name in row)
    with engine.begin() as connection:
        connection.execute(text(f"INSERT INTO alert ({', '.join(row)}) VALUES ({marks})"), row)
    upgrade(engine, current.clock)
    done = night(current, ON + timedelta(1), tonight("warning"))
    assert ([c.kind for c in done.changes], done.news) == (["ongoing"], ())
    assert current.ledger("w")["opened_on"].dt.date.tolist() == [ON]


def silence(until: date, lets_critical: bool = False) -> Silence:
    return Silence(0, (("rule", ("r", "q*")), ("site", ("DE01",))), until, "anna", "stocktaking", lets_critical, ON)


def test_a_silence_comes_back_as_it_was_made_and_another_workspace_does_not_see_it(state: State, clock: Clock) -> None:
    made = state.silence("w", silence(date(2025, 5, 12), lets_critical=True))
    assert made == replace(silence(date(2025, 5, 12), lets_critical=True), number=made.number, at=clock())
    assert (state.silences("w"), state.silences("another"), tuple(state.memory("w").silences)) == ([made], [], (made,))


def test_a_silence_is_ended_once_and_its_record_stays(state: State, clock: Clock) -> None:
    made = state.silence("w", silence(date(2025, 5, 12)))
    assert state.unsilence(made.number, "ben", "came earlier", ON + timedelta(1)) is True
    assert state.unsilence(made.number, "carl", "me too", ON + timedelta(2)) is False
    [kept] = state.silences("w")
    ended = replace(made, ended_on=ON + timedelta(1), ended_by="ben", ended_reason="came earlier", ended_at=clock())
    assert kept == ended


def test_a_silenced_alert_is_stored_with_what_silences_it_and_told_when_that_ends(state: State) -> None:
    made = state.silence("w", silence(ON + timedelta(2)))
    assert night(state, ON, tonight("warning")).news == ()
    row = state.ledger("w").iloc[0]
    assert (row["suppression"], row["suppressed_by"]) == ("silenced", f"silence {made.number}")
    assert pd.isna(row["said_on"])
    assert [c.kind for c in night(state, ON + timedelta(2), tonight("warning")).news] == ["new"]
    assert state.ledger("w").iloc[0]["said_on"].date() == ON + timedelta(2)


class _Empty:
    """A state without alerts, for a first comparison."""

    def __init__(self, state: State) -> None:
        self._state = state

    def ledger(self, scope: str) -> None:
        return None

    def memory(self, scope: str) -> None:
        return None


@pytest.mark.parametrize("count", [1, 600])
def test_many_alerts_are_decided_at_once_and_asked_for_at_once(state: State, count: int) -> None:
    night(state, ON, tonight(*["warning"] * count, rows=10_000))
    keys = state.ledger("w").query("rule == 'r'")["alert_key"].tolist()
    state.decide([Decision(key, "ack", "anna", set_on=ON) for key in keys])
    assert len(held(state)) == count
    assert len(state.events("w", keys)) == 2 * count
