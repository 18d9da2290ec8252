"""An open alert that nobody has taken up is brought up again after some business days, and once."""

from datetime import date, timedelta

import numpy as np
import pytest

from riskplug.alerts import Decision, Pace, Policy, Reconciled
from riskplug.deliver import Night, Remarks, digest_of
from tests.unit.alerts.nights import Life, covered, outcome

FIRST = date(2025, 4, 28)  # a Monday
EVERY = (("critical", 3), ("warning", 5), ("info", 0))


def life_of(**policy: object) -> Life:
    life = Life(Policy(default=Pace(repeat_every=EVERY), **policy))  # type: ignore[arg-type]
    life.found(FIRST, "warning")
    return life


def reminders(life: Life, *days: int, severity: str = "warning") -> list[int]:
    """Days after the first night on which the alert is told as a reminder."""
    nights = {day: life.found(FIRST + timedelta(day), severity) for day in days}
    return [day for day, done in nights.items() if [change.kind for change in done.news] == ["reminder"]]


def test_it_comes_after_as_many_working_days_as_were_said_and_again() -> None:
    # Monday 28 April and five working days: Monday 5 May, day 7; five more: Monday 12 May, day 14
    assert reminders(life_of(), *range(1, 22)) == [7, 14, 21]


def test_a_date_that_is_scanned_again_reminds_nobody_again() -> None:
    life = life_of()
    assert reminders(life, 6, 7) == [7]
    done = life.found(FIRST + timedelta(7), "warning")
    assert (done.news, len(done.events)) == ((), 0)


def test_a_scan_that_comes_late_reminds_then_and_counts_from_then() -> None:
    # day 10 is Thursday 8 May; five working days later Thursday 15 May, day 17
    assert reminders(life_of(), 10, 14, 16, 17) == [10, 17]


def test_holidays_of_the_site_are_no_working_days() -> None:
    # Thursday 1 May is a holiday: the fifth working day after Monday 28 April is Tuesday 6 May, day 8
    calendars = {"DE01": np.busdaycalendar(holidays=["2025-05-01"])}
    assert reminders(life_of(calendars=calendars), *range(1, 10)) == [8]


def test_a_severity_has_its_own_days_and_info_none() -> None:
    life = Life(Policy(default=Pace(repeat_every=EVERY)))
    life.found(FIRST, "critical")
    assert reminders(life, 1, 2, 3, severity="critical") == [3]
    life = Life(Policy(default=Pace(repeat_every=EVERY)))
    life.found(FIRST, "info")
    assert reminders(life, 1, 3, 5, 7, 14, 21, 28, 59, severity="info") == []


def test_it_says_since_when_and_is_logged_and_counted() -> None:
    life = life_of()
    done = life.found(FIRST + timedelta(7), "warning")
    [change] = done.news
    assert (change.kind, change.reason) == ("reminder", "told on 2025-04-28, nobody has answered")
    assert life.log[-1] == (FIRST + timedelta(7), "reminder", "", "told on 2025-04-28, nobody has answered")
    digest = digest_of(Night("w", FIRST, "s"), done.changes, done.news, Remarks())
    assert digest.headline == "1 still open and not answered (w, 2025-04-28)"
    assert [line.change for line in digest.lines] == ["reminder"]


def test_news_of_it_starts_the_count_anew() -> None:
    life = life_of()
    life.found(FIRST + timedelta(4), "critical")  # told on Friday 2 May as worse
    assert reminders(life, 5, 6, 7, 8, 9, severity="critical") == [9]  # three working days: Wednesday 7 May


@pytest.mark.parametrize(("kind", "days"), [("ack", []), ("waive", []), ("snooze", []), ("assign", [7])])
def test_what_is_taken_up_or_quiet_is_not_brought_up(kind: str, days: list[int]) -> None:
    life = life_of()
    life.decide(Decision(life.row["alert_key"], kind, "anna", until=FIRST + timedelta(99), severity="warning"))  # type: ignore[arg-type]
    assert reminders(life, 7, 8) == days


def test_a_silenced_alert_is_not_brought_up() -> None:
    life = life_of()
    life.silence(FIRST + timedelta(20), rule="r")
    assert reminders(life, 7, 8) == []


def test_what_could_not_be_checked_or_is_not_open_is_not_brought_up() -> None:
    life = life_of()
    kinds = [change.kind for change in life.found(FIRST + timedelta(7), "", coverage="failed").news]
    assert kinds == ["unknown"]
    assert [c.kind for c in life.found(FIRST + timedelta(20), "", coverage="failed").news] == []


def test_a_rule_without_reminders_has_none() -> None:
    life = Life()
    life.found(FIRST, "critical")
    assert reminders(life, 1, 3, 5, 7, 14, 21, 28, 39, severity="critical") == []


def test_each_alert_has_its_own_count() -> None:
    life = Life(Policy(default=Pace(repeat_every=EVERY)))

    def night(days: int, *parts: str) -> Reconciled:
        some = [("r", part, "DE01", "warning") for part in parts]
        return life.night(FIRST + timedelta(days), outcome(some, [covered("r", "DE01")]))

    night(0, "A")
    night(1, "A", "B")
    assert [(c.kind, c.identity["part_no"]) for c in night(7, "A", "B").news] == [("reminder", "A")]
    assert [(c.kind, c.identity["part_no"]) for c in night(8, "A", "B").news] == [("reminder", "B")]
