"""Work days: years and codes without a calendar, lead times of nothing, days before today and at the horizon."""

from datetime import date

import numpy as np
import pytest

from riskplug.errors import UsageError
from riskplug.plan import Plan
from riskplug.plan.calendar import WorkCalendars
from riskplug.workspace import Site
from tests.unit.plan.worlds import SITE, after, graph, part, planned, workspace

ON = date(2025, 3, 3)


def made(on: date, site: Site, lead: float = 1) -> Plan:
    return planned(["A"], on, parts=[{"part_no": "A", "lead_time_days": lead, "procurement": "make"}], site=site)


def test_a_year_without_holidays_has_weekends_alone() -> None:
    # the package knows Germany up to 2100, and 1 January is a holiday there
    known = made(date(2099, 12, 31), Site(country="DE"))
    unknown = made(date(2102, 12, 29), Site(country="DE"))
    # Thursday 31 December 2099 to Monday 4 January 2100; Friday 29 December 2102 to Monday 1 January 2103
    assert part(known, "A")["lead_time_days"] == 4
    assert part(unknown, "A")["lead_time_days"] == 3


def test_a_calendar_that_ends_within_the_horizon_is_used_as_far_as_it_goes() -> None:
    # India's calendar of the package ends with 2035: Republic Day, Friday 26 January 2035, is known, 2036's is not
    known, unknown = (made(date(year, 1, 25), Site(country="IN", calendar="IN")) for year in (2035, 2036))
    assert part(known, "A")["lead_time_days"] == 4
    # Friday 25 January 2036 to Monday: 26 January 2036 is a Saturday, so a plain weekend
    assert part(unknown, "A")["lead_time_days"] == 3


@pytest.mark.parametrize("code", ["QQ", "DE-QQ", "de"])
def test_a_calendar_nobody_knows_is_refused_and_named_with_its_site(code: str) -> None:
    with pytest.raises(UsageError) as caught:
        made(ON, Site(country="DE", calendar=code))
    assert f"'{code}'" in str(caught.value) and f"[sites.{SITE}] calendar" in str(caught.value)


def test_a_country_without_a_calendar_works_monday_to_friday() -> None:
    # QQ is no country of the package; Friday 7 March 2025 to Monday
    assert part(made(date(2025, 3, 7), Site(country="QQ")), "A")["lead_time_days"] == 3


def test_a_region_has_its_own_holidays() -> None:
    # Epiphany, Monday 6 January 2025, is free in Bavaria and not in Hesse; Friday before to Tuesday, or to Monday
    bavaria, hesse = (made(date(2025, 1, 3), Site(country="DE", calendar=code)) for code in ("DE-BY", "DE-HE"))
    assert (part(bavaria, "A")["lead_time_days"], part(hesse, "A")["lead_time_days"]) == (4, 3)


def needed(lead: float | None, wanted: int, on: date = ON, horizon: int = 30) -> dict[int, float]:
    """When one unit of A asks for its component, by day after the business date."""
    found = planned(
        ["A", "C"],
        on,
        bom=graph(["A", "C"], [("A", "C", 1)]),
        horizon=horizon,
        parts=[{"part_no": "A", "lead_time_days": lead}],
        demand=[{"part_no": "A", "date": after(on, wanted), "quantity": 1}],
    )
    events = found.events("C", SITE)
    asked = events[events["kind"] == "dependent"]
    return {(day.date() - on).days: -quantity for day, quantity in zip(asked["date"], asked["quantity"], strict=True)}


@pytest.mark.parametrize("lead", [0, None])
def test_a_lead_time_of_nothing_or_none_asks_on_the_day_itself_a_sunday_too(lead: float | None) -> None:
    # Sunday 9 March 2025 is day 6
    assert needed(lead, 6) == {6: 1}


def test_a_part_of_a_day_is_a_work_day() -> None:
    # Sunday, day 6: the work day before it is Friday, day 4
    assert needed(0.25, 6) == {4: 1}


@pytest.mark.parametrize(("lead", "wanted", "day"), [(2, 1, 0), (400, 10, 0), (1, 1, 0), (1, 0, 0), (0, -20, 0)])
def test_what_should_have_been_asked_for_before_today_is_asked_for_today(lead: float, wanted: int, day: int) -> None:
    assert needed(lead, wanted) == {day: 1}


def test_the_last_day_of_the_horizon_counts_and_nothing_after_it_does() -> None:
    assert needed(0, 30) == {30: 1}
    # wanted on day 31, so its component of day 28 is not asked for either
    assert needed(2, 31) == {}


def test_nothing_but_holidays_ahead_leaves_today() -> None:
    # a horizon of one day that begins on Saturday 8 March 2025 has no work day at all
    assert needed(1, 1, on=date(2025, 3, 8), horizon=1) == {0: 1}


def test_days_are_found_back_and_forth() -> None:
    # Thursday 3 July 2025, Friday 4 July is Independence Day: the next work day is Monday, day 4
    calendars = WorkCalendars.of(workspace(), [SITE], date(2025, 7, 3), 10)
    one, site = np.array([1]), np.array([0])
    assert calendars.later(site, np.array([0]), one).tolist() == [4]
    assert calendars.earlier(site, np.array([4]), one).tolist() == [0]


def test_days_back_are_tabulated_for_the_few_sites_and_lead_times_there_are() -> None:
    on, horizon = date(2025, 12, 29), 20
    sites = {"DE": Site(country="DE", calendar="DE"), "US": Site(country="US", calendar="US")}
    calendars = WorkCalendars.of(workspace().model_copy(update={"sites": sites}), ["DE", "US"], on, horizon)
    site, back = np.array([0, 1, 1, 0, 1]), np.array([2, 2, 36_500, 0, 2])
    by, table = calendars.tabulated(site, back)
    assert len(table) == 4 and by[1] == by[4]
    # the holidays within the horizon, and weekends
    holidays = {"DE": ["2026-01-01"], "US": ["2026-01-01", "2026-01-19"]}
    for row, (place, days) in enumerate(zip(("DE", "US", "US", "DE", "US"), back, strict=True)):
        every = np.datetime64(on, "D") + np.arange(horizon + 1)
        moved = np.busday_offset(every, -min(days, 99), roll="forward", holidays=holidays[place]) - every[0]
        expected = np.maximum(moved.astype(int), 0) if days else np.arange(horizon + 1)
        assert table[by[row]].tolist() == expected.tolist()
