"""The cases of tests/cases/runway/orders.yaml: when an order is here, how much, in which lots."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from riskplug.plan.calendar import WorkCalendars
from riskplug.plan.coverage import Profile, average_daily, cover, lot
from riskplug.plan.replenishment import Replenishment
from riskplug.workspace import Site
from tests.unit.plan.worlds import SITE, workspace

CASES = YAML(typ="safe").load(
    (Path(__file__).parents[2] / "cases" / "runway" / "orders.yaml").read_text(encoding="utf-8")
)


def cases(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in CASES[kind]]


def replenishment(terms: dict[str, Any], country: str | None = None) -> Replenishment:
    site = Site(country=country or "ZZ")
    calendars = WorkCalendars.of(workspace(site=site), [SITE], date(2025, 1, 1), 365)
    return Replenishment(
        terms.get("purchasing", 0),
        terms.get("delivery"),
        terms.get("receiving", 0),
        terms.get("made", False),
        terms.get("licence", 0),
        calendars.calendars[0],
    )


@pytest.mark.parametrize("case", cases("replenishment"))
def test_an_order_is_here_and_must_be_given_on_the_worked_days(case: dict[str, Any]) -> None:
    order = replenishment(case["terms"], case.get("country"))
    arrival = order.arrival(case["ordered"]) if "ordered" in case else None
    found = {
        "delivered": arrival and arrival[0],
        "available": arrival and arrival[1],
        "last_order": order.last_order(case["needed"]) if "needed" in case else None,
    }
    assert {name: found[name] for name in case["expect"]} == case["expect"]


few, days = st.integers(0, 4), st.integers(0, 27)


@given(few, days, few, st.booleans(), st.integers(0, 9), st.integers(0, 60))
def test_an_order_of_the_last_day_is_in_time_and_one_of_the_next_working_day_is_not(
    purchasing: int, delivery: int, receiving: int, made: bool, licence: int, day: int
) -> None:
    order = Replenishment(purchasing, delivery, receiving, made, licence, np.busdaycalendar())
    needed = date(2025, 6, 2) + timedelta(days=day)
    last = order.last_order(needed)
    assert last is not None
    following = next(
        last + timedelta(days=n) for n in range(1, 5) if not purchasing or (last + timedelta(days=n)).weekday() < 5
    )
    here, late = order.arrival(last), order.arrival(following)
    assert here is not None
    assert late is not None
    assert here[1] <= needed < late[1]


@pytest.mark.parametrize("case", cases("coverage"))
def test_a_profile_orders_what_its_source_prints(case: dict[str, Any]) -> None:
    daily = average_daily(case["required"], case["days"], whole=case.get("whole", False))
    found = cover(Profile(*case["profile"]), case["stock"] - case["required"], daily)
    for name, expected in case["expect"].items():
        assert getattr(found, name) == (None if expected is None else pytest.approx(expected)), name


@pytest.mark.parametrize("case", cases("lots"))
def test_a_lot_is_no_smaller_than_it_may_be_and_a_multiple(case: dict[str, Any]) -> None:
    assert lot(case["quantity"], case.get("min"), case.get("multiple")) == pytest.approx(case["expect"])
