"""Where nobody says when a part is needed, its past consumption does, and says so."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskplug.plan import Plan
from riskplug.plan.average import averages
from riskplug.plan.inputs import Inputs
from tests.unit.plan.test_runway_cases import cases
from tests.unit.plan.worlds import SITE, after, graph, part, planned, tables, workspace

ON = date(2025, 6, 2)


def issue(quantity: float, ago: int, part_no: str = "A", **more: Any) -> dict[str, Any]:
    return {"part_no": part_no, "quantity": quantity, "date": after(ON, -ago), **more}


def needs(quantity: float, on: int, part_no: str = "A") -> dict[str, Any]:
    return {"part_no": part_no, "quantity": quantity, "date": after(ON, on)}


def stock(quantity: float, part_no: str = "A") -> dict[str, Any]:
    return {"part_no": part_no, "quantity": quantity}


# 180 in the 9 working days from Monday 05-19 to Friday 05-30, without Memorial Day: 20 a day
HISTORY = [issue(100, 14, days_without_stock=0), issue(80, 3, days_without_stock=0)]


@pytest.mark.parametrize("case", cases("averages.yaml"))
def test_average_consumption_gives_the_printed_cover(case: dict[str, Any]) -> None:
    rows = [issue(quantity, ago, days_without_stock=out) for ago, quantity, out in case["issues"]]
    if case.get("every_day"):
        read = Inputs.of(tables(["A"], consumption=rows), graph(["A"]), workspace(), ON)
        every_day = replace(read.calendars, calendars=(np.busdaycalendar(weekmask="1111111"),))
        mean = averages(replace(read, calendars=every_day)).per_work_day[0]
        assert (mean, case["stock"] / mean) == (pytest.approx(case["per_work_day"]), pytest.approx(case["work_days"]))
        return
    found = planned(["A"], ON, consumption=rows, inventory=[stock(case["stock"])])
    row = part(found, "A")
    events = found.events("A", SITE)
    assert set(-events.loc[events["kind"] == "demand", "quantity"].round(6)) == {case["per_work_day"]}
    assert row["work_runway_days"] == pytest.approx(case["work_days"])
    assert (row["stock_runway_days_state"], row["demand_basis"]) == ("runs_out", "average")
    assert (None if pd.isna(row["data_warning"]) else row["data_warning"]) == case.get("warning")


def test_it_is_needed_on_every_working_day_after_the_business_date() -> None:
    found = planned(["A"], ON, consumption=HISTORY, horizon=35)
    rows = found.events("A", SITE)
    days = set(rows.loc[rows["kind"] == "demand", "date"].dt.date)
    free = {date(2025, 6, 19), date(2025, 7, 4)}
    every = {ON + timedelta(days=n) for n in range(1, 36)}
    assert days == {day for day in every if day.weekday() < 5} - free
    assert set(rows.loc[rows["kind"] == "demand", "reference"]) == {"average consumption"}


def bases(choice: str | None, **more: Any) -> dict[str, str]:
    policy = {"without_demand": choice} if choice else None
    found = planned(["P", "A", "B"], ON, policy=policy, consumption=[*HISTORY, issue(9, 10, "P")], **more)
    return dict(zip(found.parts["part_no"], found.parts["demand_basis"], strict=True))


def test_by_default_only_sites_without_any_dated_demand_fall_back() -> None:
    assert bases(None) == {"P": "average", "A": "average", "B": "none"}
    assert bases(None, demand=[needs(1, 5, "B")]) == {"P": "none", "A": "none", "B": "dated"}


def test_demand_that_is_past_or_beyond_the_horizon_is_dated_demand_all_the_same() -> None:
    assert bases(None, demand=[needs(1, -5, "B")]) == {"P": "none", "A": "none", "B": "dated"}
    assert bases(None, demand=[needs(1, 900, "B")]) == {"P": "none", "A": "none", "B": "none"}


def test_on_demand_single_parts_without_dated_requirement_fall_back() -> None:
    assert bases("part", demand=[needs(1, 5, "P")]) == {"P": "dated", "A": "average", "B": "none"}


def test_a_part_whose_assembly_is_wanted_on_a_date_has_dated_requirement_even_if_stock_covers_it() -> None:
    more: dict[str, Any] = {"bom": graph(["P", "A", "B"], [("P", "A", 1)]), "inventory": [stock(99, "P")]}
    assert bases("part", demand=[needs(1, 5, "P")], **more) == {"P": "dated", "A": "none", "B": "none"}


def test_never_is_never() -> None:
    assert bases("never") == {"P": "none", "A": "none", "B": "none"}


def test_what_a_part_was_issued_for_is_in_its_average_and_not_asked_for_again() -> None:
    bom = graph(["P", "A", "B"], [("P", "A", 2), ("P", "B", 1)])
    found = planned(
        ["P", "A", "B"],
        ON,
        bom=bom,
        consumption=[*HISTORY, issue(9, 10, "P")],
        production_orders=[
            {"order_no": "1", "part_no": "P", "open_quantity": 5, "start_date": after(ON, 1), "released": True}
        ],
    )
    # A: 20 on each working day; B has no history, so what P asks for (1 on each working day, and the order's 5) counts
    assert part(found, "A")["demand_basis"] == "average"
    assert set(kinds(found, "A")) == {"stock", "demand", "shortage"}
    assert {"dependent"} <= set(kinds(found, "B"))
    assert part(found, "B")["demand_basis"] == "average"


def kinds(found: Plan, part_no: str) -> list[str]:
    return list(found.events(part_no, SITE)["kind"])


@pytest.mark.parametrize("table", ["demand", "production_orders"])
def test_a_refused_table_is_not_no_demand(table: str) -> None:
    found = planned(["A"], ON, consumption=HISTORY, inventory=[stock(9)], refused=[table])
    row = part(found, "A")
    assert (row["restricted_runway_days_state"], row["demand_basis"]) == ("unknown", "none")
    assert row["unknown_reason"] == f"the table {table} was refused or not delivered"
    assert np.isnan(row["daily_demand"])


def test_a_shortage_is_certain_whatever_was_refused() -> None:
    found = planned(["A"], ON, inventory=[stock(-1)], refused=["demand"])
    assert part(found, "A")["restricted_runway_days_state"] == "already_short"


def test_refused_consumption_leaves_unknown_what_would_rest_on_it_and_nothing_else() -> None:
    undated = planned(["A"], ON, inventory=[stock(9)], refused=["consumption"])
    dated = planned(["A"], ON, inventory=[stock(9)], refused=["consumption"], demand=[needs(1, 5)])
    assert part(undated, "A")["restricted_runway_days_state"] == "unknown"
    assert (
        part(undated, "A")["unknown_reason"]
        == "no dated demand, and the table consumption was refused or not delivered"
    )
    assert part(dated, "A")["restricted_runway_days_state"] == "covered_to_horizon"


def test_consumption_in_a_unit_without_factor_is_unknown() -> None:
    found = planned(["A"], ON, consumption=[*HISTORY, issue(1, 5, unit="ROL")], inventory=[stock(9)])
    row = part(found, "A")
    assert (row["restricted_runway_days_state"], row["unknown_reason"]) == ("unknown", "no conversion ROL to pc")


def test_a_part_that_was_out_of_stock_all_the_time_has_an_unknown_average() -> None:
    found = planned(["A"], ON, consumption=[issue(5, 14, days_without_stock=14)], inventory=[stock(9)])
    row = part(found, "A")
    assert row["restricted_runway_days_state"] == "unknown"
    assert row["unknown_reason"] == "no stock on any day of the consumption looked at"


def test_more_returns_than_issues_are_no_requirement() -> None:
    found = planned(["A"], ON, consumption=[issue(5, 14), issue(-6, 3)], inventory=[stock(9)])
    assert part(found, "A")["restricted_runway_days_state"] == "no_demand"


def test_consumption_dated_today_or_later_is_not_past() -> None:
    found = planned(["A"], ON, consumption=[*HISTORY, issue(1000, 0), issue(1000, -5)], inventory=[stock(30)])
    assert part(found, "A")["work_runway_days"] == pytest.approx(1.5)
