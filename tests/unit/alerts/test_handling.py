"""What people decide keeps alerts quiet for as long as was said, ends early when it must, and loses nothing."""

from datetime import date, timedelta

import pytest

from riskplug.alerts import Decision, HandlingKind, Pace, Policy, Reconciled
from riskplug.alerts.handling import ending_lines
from tests.unit.alerts.nights import Life

FIRST = date(2025, 4, 28)  # a Monday


def opened(severity: str = "warning", metric: float = 40, **policy: object) -> Life:
    """A life with one alert, told on the first night; its metric is days left, a step is 7 days."""
    life = Life(Policy({"r": Pace(step=7, worse=-1, days=True)}, **policy))  # type: ignore[arg-type]
    life.found(FIRST, severity, metric)
    return life


def decided(life: Life, kind: HandlingKind, **terms: object) -> Life:
    row = life.row
    life.decide(
        Decision(row["alert_key"], kind, "anna", severity=row["severity"], metric=row["metric"], set_on=FIRST, **terms)  # type: ignore[arg-type]
    )
    return life


def told(done: Reconciled) -> list[str]:
    return [change.kind for change in done.news]


def night(life: Life, days: int, severity: str, metric: float = 40, **also: object) -> Reconciled:
    return life.found(FIRST + timedelta(days), severity, metric, **also)


def test_a_snoozed_alert_is_evaluated_and_counted_but_not_told() -> None:
    life = decided(opened(), "snooze", until=FIRST + timedelta(10))
    done = night(life, 1, "warning", 20)
    [change] = done.changes
    assert (change.kind, change.suppression, told(done)) == ("worse", "snoozed", [])
    assert life.row["metric"] == 20 and life.log[-1][1] == "worse"


def test_a_snooze_ends_on_its_date_and_the_alert_is_told_again() -> None:
    life = decided(opened(), "snooze", until=FIRST + timedelta(2))
    assert told(night(life, 1, "warning", 39)) == []
    done = night(life, 2, "warning", 38)
    assert [(c.kind, c.reason) for c in done.news] == [("expired", "snooze by anna ended: its date has come")]
    assert len(life.handled) == 0
    assert told(night(life, 2, "warning", 38)) == told(night(life, 3, "warning", 37)) == []


def test_a_scan_after_the_date_of_a_snooze_ends_it_as_well() -> None:
    life = decided(opened(), "snooze", until=FIRST + timedelta(2))
    assert told(night(life, 9, "warning", 31)) == ["expired"]


def test_a_higher_severity_ends_a_snooze() -> None:
    life = decided(opened(), "snooze", until=FIRST + timedelta(60))
    done = night(life, 1, "critical", 39)
    assert [(c.kind, c.suppression) for c in done.news] == [("worse", "")]
    assert done.ended["cause"].tolist() == ["worse"]


@pytest.mark.parametrize(("until_worse", "kinds"), [(True, ["worse"]), (False, [])])
def test_a_stock_out_much_earlier_ends_only_a_snooze_until_worse(until_worse: bool, kinds: list[str]) -> None:
    life = decided(opened(), "snooze", until=FIRST + timedelta(60), until_worse=until_worse)
    assert told(night(life, 1, "warning", 20)) == kinds


def test_a_snooze_until_days_of_runway_ends_when_they_are_reached() -> None:
    life = decided(opened(), "snooze", until_metric=37)
    assert told(night(life, 2, "warning", 38)) == []
    [change] = night(life, 3, "warning", 37).news
    assert (change.kind, change.reason) == ("expired", "snooze by anna ended: 37 days of runway are reached")


def test_a_snoozed_alert_that_is_gone_is_resolved_without_a_word_and_comes_back_unsnoozed() -> None:
    life = decided(opened(), "snooze", until=FIRST + timedelta(60))
    done = night(life, 1, "")
    assert ([c.kind for c in done.changes], told(done), len(life.handled)) == (["resolved"], [], 0)
    assert told(night(life, 2, "warning")) == ["reopened"]


def test_a_failed_scan_ends_no_snooze_and_resolves_nothing() -> None:
    life = decided(opened(), "snooze", until=FIRST + timedelta(60))
    done = night(life, 1, "", coverage="failed")
    assert ([c.kind for c in done.changes], told(done), len(life.handled)) == (["unknown"], [], 1)


def test_what_moved_while_it_was_snoozed_is_counted_from_what_was_told() -> None:
    """41 days, minus one a day: told 40, then quietly 20 (worse); a fall of 8 more is worse again, from 20."""
    life = decided(opened(), "snooze", until=FIRST + timedelta(2))
    night(life, 1, "warning", 20)
    [change] = night(life, 2, "warning", 11).news
    assert (change.kind, change.metric) == ("worse", 11)


def test_an_acknowledgement_quiets_nothing_and_ends_when_the_alert_gets_worse() -> None:
    life = decided(opened(), "ack")
    [change] = night(life, 1, "warning", 39).changes
    assert (change.kind, change.handling, change.suppression) == ("ongoing", "acknowledged", "")
    done = night(life, 2, "critical", 38)
    assert (told(done), done.ended["cause"].tolist(), done.news[0].handling) == (["worse"], ["worse"], "none")
    assert done.news[0].reason == "acknowledgement by anna ended: the alert got worse"


def test_an_acknowledgement_ends_with_the_alert_and_an_assignment_stays() -> None:
    life = decided(decided(opened(), "ack"), "assign", assignee="ben")
    done = night(life, 1, "")
    assert (told(done), life.handled["kind"].tolist()) == (["resolved"], ["assign"])


@pytest.mark.parametrize(("kinds", "handling"), [(("assign",), "assigned"), (("assign", "ack"), "acknowledged")])
def test_the_handling_is_the_strongest_of_what_holds(kinds: tuple[HandlingKind, ...], handling: str) -> None:
    life = opened()
    for kind in kinds:
        decided(life, kind, assignee="ben")
    assert night(life, 1, "warning", 39).changes[0].handling == handling


def test_a_waived_risk_stays_quiet_over_return_until_it_expires() -> None:
    life = decided(opened(), "waive", until=FIRST + timedelta(30), reason="second source in June")
    assert told(night(life, 1, "")) == told(night(life, 2, "warning")) == []
    [change] = night(life, 3, "warning").changes
    assert (change.handling, change.suppression) == ("accepted_risk", "waived")
    assert told(night(life, 30, "warning", 10)) == ["expired"]


def test_a_waiver_accepts_no_higher_severity_but_a_later_number() -> None:
    life = decided(opened(), "waive", until=FIRST + timedelta(30), reason="known")
    assert told(night(life, 1, "warning", 5)) == []
    assert told(night(life, 2, "critical", 4)) == ["worse"]


def test_what_ends_within_a_week_is_announced() -> None:
    life = decided(decided(opened(), "snooze", until=FIRST + timedelta(8)), "assign", assignee="ben")
    assert night(life, 0, "warning").ending == ()
    [ending] = night(life, 1, "warning", 39).ending
    assert (ending.kind, ending.until, ending.author, ending.owner) == ("snooze", date(2025, 5, 6), "anna", "anna")
    [line] = ending_lines([ending])
    assert (
        line == f"snooze by anna ends on 2025-05-06: M-1 is short (riskplug alerts show {life.row['alert_key'][:10]})"
    )


def test_of_many_endings_a_few_are_named_and_the_rest_counted() -> None:
    life = decided(opened(), "snooze", until=FIRST + timedelta(3))
    [ending] = night(life, 1, "warning", 39).ending
    assert ending_lines([ending] * 13)[-1] == "3 more silences, snoozes, waivers and acknowledgements end soon"
