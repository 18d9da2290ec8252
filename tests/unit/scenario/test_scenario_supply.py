"""Production orders and average consumption in scenarios."""

from datetime import timedelta

import pytest

from riskplug.scenario.overlays import SiteLost
from riskplug.scenario.supply import without_site
from tests.unit.plan import worlds
from tests.unit.scenario.company import ON, SITE, base, found


def test_a_lost_site_finishes_no_production_order() -> None:
    order = {"order_no": "MO-1", "part_no": "A", "open_quantity": 5, "released": True}
    made = worlds.tables(["A"], production_orders=[order, {**order, "site": "ELSEWHERE"}])
    left = without_site(made, SiteLost(kind="site_lost", site=worlds.SITE), [worlds.SITE, "ELSEWHERE"])
    assert list(left["production_orders"]["site"].astype("object")) == ["ELSEWHERE"]


def test_requirements_that_an_alternate_takes_over_leave_the_others_at_their_average() -> None:
    """Ten M a week on five days are two a working day; all of it moves, and the product and C have no history."""
    company = base(demand=[], orders=[])
    before = company.outcome.part.set_index("part_no")
    moved = {"kind": "alternate", "part": "M", "alternate": "A", "site": SITE, "on": ON, "share_pct": 100}
    after = found(company, moved).part.set_index("part_no")
    assert before.loc["M", "demand_basis"] == "average"
    working_days = sum((ON + timedelta(days=n)).weekday() < 5 for n in range(1, 366))
    assert before.loc["M", "daily_demand"] * 365 == pytest.approx(2 * working_days, rel=0.06)
    assert after.loc["A", "daily_demand"] == pytest.approx(before.loc["M", "daily_demand"])
    assert after.loc["M", "daily_demand"] == pytest.approx(0, abs=1e-9)
