"""Silences by matcher hold back news of alerts that are there and that are to come, and nothing else."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from riskplug.alerts import GUARD, Decision, Pace, Policy, Reconciled
from riskplug.alerts.handling import ending_lines
from riskplug.deliver import Night, Remarks, digest_of
from tests.unit.alerts.nights import Finding, Life, covered, outcome

FIRST = date(2025, 4, 28)  # a Monday
UNTIL = FIRST + timedelta(10)


def night(life: Life, days: int, *findings: Finding, failed: str = "") -> Reconciled:
    sites = ("DE01", "US01")
    coverage = [
        covered(r, s, "failed" if s == failed else "evaluated", "no stock list" if s == failed else "")
        for r in ("r1", "r2")
        for s in sites
    ]
    return life.night(FIRST + timedelta(days), outcome(findings, coverage))


def told(done: Reconciled) -> list[tuple[str, str]]:
    return [(change.kind, change.identity["part_no"]) for change in done.news]


def suppressions(done: Reconciled) -> dict[str, str]:
    return {change.identity["part_no"]: change.suppression for change in done.changes}


A: Finding = ("r1", "A", "DE01", "warning")
B: Finding = ("r1", "B", "US01", "warning")
C: Finding = ("r2", "C", "DE01", "warning")


def test_alerts_to_come_are_counted_kept_and_not_told() -> None:
    life = Life()
    life.silence(UNTIL, site="DE01")
    done = night(life, 0, A, B, C)
    assert told(done) == [("new", "B")]
    assert suppressions(done) == {"A": "silenced", "B": "", "C": "silenced"}
    assert set(life.ledger["condition"]) == {"open"}
    kept = life.ledger.set_index("part_no")
    assert (kept.loc["A", "suppression"], kept.loc["A", "suppressed_by"]) == ("silenced", "silence 1")
    assert kept["said_on"].notna().to_dict() == {"A": False, "B": True, "C": False}


def test_a_digest_counts_what_is_silenced() -> None:
    life = Life()
    life.silence(UNTIL, site="DE01")
    done = night(life, 0, A, B, C)
    digest = digest_of(Night("w", FIRST, "s"), done.changes, done.news, Remarks())
    assert digest.counts == {"new": 1, "silenced": 2}
    assert digest.headline == "1 new or worse warning, 2 silenced (w, 2025-04-28)"


def test_the_log_says_which_silence_by_whom_and_why_and_when_it_was_over() -> None:
    life = Life()
    life.silence(FIRST + timedelta(2), site="DE01")
    for days in (0, 1, 1, 2, 2):
        night(life, days, A)
    said = [(on, kind, reason) for on, kind, _, reason in life.log if kind != "new"]
    assert said == [
        (FIRST, "silenced", "silence 1 by anna until 2025-04-30: stocktaking"),
        (FIRST + timedelta(2), "unsilenced", "silence 1 is over"),
    ]


def test_what_opened_under_a_silence_is_new_to_people_when_it_ends_once() -> None:
    life = Life()
    life.silence(UNTIL, rule="r1")
    night(life, 0, A)
    assert told(night(life, 9, A)) == []
    done = night(life, 10, A)
    assert [(c.kind, c.reason) for c in done.news] == [("new", "silence 1 is over")]
    assert told(night(life, 10, A)) == told(night(life, 11, A)) == []


def test_what_people_knew_before_is_no_longer_silent_when_it_ends() -> None:
    life = Life()
    night(life, 0, A)
    life.silence(UNTIL, on=FIRST, rule="r1")
    assert told(night(life, 1, A)) == []
    assert told(night(life, 10, A)) == [("expired", "A")]


def test_a_silence_that_is_taken_back_holds_nothing_from_the_next_scan_on() -> None:
    life = Life()
    made = life.silence(UNTIL, part_no="A")
    night(life, 0, A)
    life.silences = [replace(made, ended_on=FIRST, ended_by="ben")]
    done = night(life, 0, A)
    assert [(c.kind, c.reason) for c in done.news] == [("new", "silence 1 was ended by ben")]


def test_what_is_gone_before_anybody_heard_of_it_is_resolved_without_a_word() -> None:
    life = Life()
    life.silence(FIRST + timedelta(1), rule="r1")
    night(life, 0, A)
    done = night(life, 1)
    assert ([c.kind for c in done.changes], told(done)) == (["resolved"], [])


def test_what_people_knew_and_is_gone_under_a_silence_is_resolved_without_a_word() -> None:
    life = Life()
    night(life, 0, A)
    life.silence(UNTIL, rule="r1")
    done = night(life, 1)
    assert ([c.kind for c in done.changes], told(done)) == (["resolved"], [])
    assert told(night(life, 30, A)) == [("new", "A")]


@pytest.mark.parametrize(("lets_critical", "news"), [(True, [("worse", "A")]), (False, [])])
def test_worse_to_critical_breaks_through_only_where_the_silence_says_so(
    lets_critical: bool, news: list[tuple[str, str]]
) -> None:
    life = Life()
    night(life, 0, A)
    life.silence(UNTIL, rule="r1", lets_critical=lets_critical)
    assert told(night(life, 1, A)) == []
    assert told(night(life, 2, ("r1", "A", "DE01", "critical"))) == news


def test_a_silence_over_warnings_holds_no_critical_alert() -> None:
    life = Life()
    life.silence(UNTIL, severity="warning")
    night(life, 0, A)
    done = night(life, 1, ("r1", "A", "DE01", "critical"))
    # never told: to people it is new, whatever it was before
    assert [(c.kind, c.reason) for c in done.news] == [("new", "silence 1 does not hold it any more")]


def test_several_matchers_must_all_fit_and_patterns_know_no_capitals() -> None:
    life = Life()
    life.silence(UNTIL, rule="R*", site="de0?", part_no="a")
    assert suppressions(night(life, 0, A, B, C)) == {"A": "silenced", "B": "", "C": ""}


def test_a_gap_in_the_data_is_told_in_spite_of_a_silence() -> None:
    life = Life()
    night(life, 0, A)
    life.silence(UNTIL, site="DE01")
    done = night(life, 1, failed="DE01")
    assert [(c.kind, c.reason) for c in done.news] == [("unknown", "no stock list")]
    again = night(life, 2, failed="DE01")
    assert ([(c.kind, c.reason, c.suppression) for c in again.changes], again.news) == (
        [("unknown", "no stock list", "silenced")],
        (),
    )


def test_an_alert_about_a_table_is_never_silenced() -> None:
    life = Life()
    life.silence(UNTIL, rule="*", severity="warning")
    told_of = outcome([A], [covered("r1", "DE01")])
    told_of.findings.loc[0, "grain"] = "table"
    assert told(life.night(FIRST, told_of)) == [("new", "A")]


def test_what_the_volume_guard_holds_is_said_in_spite_of_a_silence() -> None:
    life = Life(Policy({"r1": Pace(max_share_pct=50, min_findings=3)}))
    life.silence(UNTIL, rule="*", severity="warning")
    many = [("r1", f"P{n}", "DE01", "warning") for n in range(6)]
    done = life.night(FIRST, outcome(many, [{**covered("r1", "DE01"), "rows": 10}]))
    assert [change.rule for change in done.news] == [GUARD]
    assert {change.suppression for change in done.changes if change.rule == "r1"} == {"held"}


def test_a_snooze_and_a_silence_both_hold_until_the_later_one_ends() -> None:
    life = Life()
    night(life, 0, A)
    life.silence(FIRST + timedelta(3), rule="r1")
    life.decide(Decision(life.row["alert_key"], "snooze", "anna", until=FIRST + timedelta(5), severity="warning"))
    heard = [told(night(life, days, A)) for days in range(1, 7)]
    assert heard == [[], [], [], [], [("expired", "A")], []]


def test_a_silenced_alert_is_not_escalated() -> None:
    from riskplug.alerts import Rung

    life = Life(Policy(ladder=(Rung(("critical",), after_business_days=1, to=("lead",)),)))
    critical: Finding = ("r1", "A", "DE01", "critical")
    night(life, 0, critical)
    life.silence(UNTIL, rule="r1")
    assert told(night(life, 3, critical)) == []


def test_a_silence_that_ends_within_a_week_is_announced() -> None:
    life = Life()
    life.silence(FIRST + timedelta(8), rule="r1", site="DE01")
    assert night(life, 0, A).ending == ()
    [line] = ending_lines(night(life, 1, A).ending)
    assert line == ("silence by anna ends on 2025-05-06: silence 1, rule=r1 site=DE01 (riskplug alerts silences)")


def test_an_ending_silence_names_the_alerts_that_it_keeps_quiet() -> None:
    life = Life()
    life.silence(FIRST + timedelta(8), rule="r1", site="DE01")
    [held] = night(life, 1, A).ending
    [key] = life.ledger["alert_key"]
    assert held.holds == {key}
    life = Life()
    life.silence(FIRST + timedelta(8), rule="another")
    assert [one.holds for one in night(life, 1, A).ending] == [frozenset()]


def test_a_field_of_the_identity_can_be_asked_for() -> None:
    life = Life()
    life.silence(UNTIL, supplier="Ningbo*")
    told_of = outcome([A, B], [covered("r1", "DE01"), covered("r1", "US01")])
    told_of.findings["identity"] = ['{"part_no": "A", "supplier": "Ningbo Magnets"}', '{"part_no": "B"}']
    assert suppressions(life.night(FIRST, told_of)) == {"A": "silenced", "B": ""}
