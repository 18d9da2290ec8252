"""Who else is told when nobody takes an alert up, or when its runway falls faster than the calendar."""

from datetime import date

import numpy as np
import pytest

from riskplug.alerts import Decision, Pace, Policy, Rung
from riskplug.deliver import routed
from riskplug.workspace import Match, Route
from tests.unit.alerts.nights import Life

WEDNESDAY = date(2025, 4, 30)
# 1 May is Labour Day in Germany and not in the United States.
LABOUR_DAY = np.busdaycalendar(holidays=["2025-05-01"])
LADDER = (
    Rung(("critical",), after_business_days=2, to=("boss",)),
    Rung((), faster_than_calendar_days=14, to=("head",)),
)


def life_of(
    ladder: tuple[Rung, ...] = LADDER, site: str = "DE01", metric: float = 60, severity: str = "critical"
) -> Life:
    life = Life(Policy({"r": Pace(worse=-1, days=True)}, ladder=ladder, calendars={site: LABOUR_DAY}))
    life.found(WEDNESDAY, severity, 60)
    return life


def told(life: Life, day: int, metric: float, severity: str = "critical") -> list[tuple[str, tuple[str, ...]]]:
    return [(change.kind, change.to) for change in life.found(date(2025, 5, day), severity, metric).news]


@pytest.mark.parametrize(
    ("site", "day"),
    [("DE01", 3), ("elsewhere", 2)],  # Wednesday and Friday, the holiday between; or Wednesday and Thursday
)
def test_two_business_days_without_anybody_are_counted_by_the_calendar_of_the_site(site: str, day: int) -> None:
    life = life_of(site=site)
    days = [on for on in (1, 2, 3, 4, 5, 6) if told(life, on, 60 - on)]
    assert days == [day]


def test_an_escalation_is_told_once_with_its_receivers_and_its_reason() -> None:
    life = life_of()
    [change] = life.found(date(2025, 5, 6), "critical", 54).news
    assert (change.kind, change.to, change.reason) == ("escalated", ("boss",), "not acknowledged for 2 business days")
    assert told(life, 6, 54) == told(life, 7, 53) == []


def test_an_acknowledged_alert_is_not_escalated_for_want_of_an_answer() -> None:
    life = life_of()
    life.decide(Decision(life.row["alert_key"], "ack", "anna", severity="critical", set_on=WEDNESDAY))
    assert told(life, 9, 51) == []


def test_the_count_begins_anew_when_an_acknowledgement_ends() -> None:
    """It ends on Tuesday 6 May: Tuesday and Wednesday are over on Thursday 8 May."""
    life = life_of()
    life.decide(
        Decision(life.row["alert_key"], "ack", "anna", until=date(2025, 5, 6), severity="critical", set_on=WEDNESDAY)
    )
    assert told(life, 6, 54) == [("expired", ())]
    assert [told(life, day, 60 - day) for day in (7, 8)] == [[], [("escalated", ("boss",))]]


def test_a_milder_alert_is_not_for_that_step() -> None:
    assert told(life_of(severity="warning"), 9, 51, "warning") == []


def test_a_runway_that_falls_two_weeks_more_than_the_calendar_is_escalated_although_acknowledged() -> None:
    """60 days on 30 April; on 2 May 58 would be the calendar's. 45 is 13 days less, 44 is 14."""
    life = life_of()
    life.decide(Decision(life.row["alert_key"], "ack", "anna", severity="critical", set_on=WEDNESDAY))
    assert told(life, 2, 45) == []
    [change] = life.found(date(2025, 5, 2), "critical", 44).news
    assert change.to == ("head",)
    assert change.reason == "the runway fell 14 days more than the calendar since it opened"


def test_a_snoozed_alert_waits_with_its_steps() -> None:
    life = life_of()
    life.decide(
        Decision(
            life.row["alert_key"], "snooze", "anna", until=date(2025, 5, 20), severity="critical", set_on=WEDNESDAY
        )
    )
    assert told(life, 9, 20) == []


def test_an_alert_keeps_the_steps_it_opened_with() -> None:
    life = life_of(ladder=())
    life.policy = Policy({"r": Pace(worse=-1, days=True)}, ladder=LADDER)
    assert told(life, 9, 51) == []
    other = life_of()
    other.policy = Policy({"r": Pace(worse=-1, days=True)})
    assert told(other, 9, 51) == [("escalated", ("boss",))]


def test_a_reopened_alert_starts_at_the_first_step_again() -> None:
    life = life_of()
    assert told(life, 5, 55) == [("escalated", ("boss",))]
    assert told(life, 6, 0, "") == [("resolved", ())]
    assert told(life, 7, 53) == [("reopened", ())]
    assert told(life, 9, 51) == [("escalated", ("boss",))]


def test_an_alert_that_gets_worse_on_the_same_night_is_worse_and_goes_to_the_step_too() -> None:
    life = life_of(ladder=(Rung((), after_business_days=1, to=("boss",)),), severity="warning")
    [change] = life.found(date(2025, 5, 2), "critical", 58).news
    assert (change.kind, change.to) == ("worse", ("boss",))
    assert [kind for _, kind, _, _ in life.log] == ["new", "worse", "escalated"]


def test_who_a_step_names_is_told_beside_the_routes_and_nobody_twice() -> None:
    routes = (Route(match=Match(severity=("critical",)), receivers=("buyers", "boss")),)
    [change] = life_of().found(date(2025, 5, 6), "critical", 54).news
    assert {name: len(told) for name, told in routed([change], routes).items()} == {"buyers": 1, "boss": 1}
    assert {name: len(told) for name, told in routed([change], ()).items()} == {"boss": 1}
