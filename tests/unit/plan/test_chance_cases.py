"""The worked cases of tests/cases/runway/chance.yaml come out as their sources print them."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from riskplug.plan.base_stock import (
    base_stock,
    base_stock_of_counts,
    cost_of,
    cost_of_counts,
    service_from_costs,
    spread_over,
)
from riskplug.plan.chance import chance_of_counts, chance_of_stock_out
from riskplug.plan.restriction import Restriction
from tests.unit.plan.test_runway_cases import cases
from tests.unit.plan.worlds import planned

ON = date(2025, 3, 3)


def of(kind: str) -> Any:
    return pytest.mark.parametrize("case", [one for one in cases("chance.yaml") if one.values[0]["kind"] == kind])


@of("reorder")
def test_a_reorder_point_and_its_safety_stock(case: dict[str, Any]) -> None:
    lead, daily, said = case["lead_days"], case["daily"], case["expect"]
    spread = spread_over(lead, case["deviation"], daily, case.get("lead_deviation_days", 0.0))
    point = base_stock(lead * daily, spread, case["service"])
    assert point == pytest.approx(said["point"], abs=said["within"])
    assert point - lead * daily == pytest.approx(said["safety"], abs=said["within"])
    left = chance_of_stock_out(np.array([point - lead * daily]), spread, 1)[0]
    assert left == pytest.approx(said["chance"], abs=1e-4)


@of("newsvendor")
def test_a_base_stock_by_costs(case: dict[str, Any]) -> None:
    holding, shortage, said = case["holding"], case["shortage"], case["expect"]
    periods, service = case.get("lead_periods", 0) + 1, service_from_costs(holding, shortage)
    mean = float(case["mean"] * periods)
    if "deviation" not in case:
        assert base_stock_of_counts(np.array([mean]), service) == said["stock"]
        assert cost_of_counts(said["stock"], mean, holding, shortage) == pytest.approx(said["cost"], abs=5e-6)
        return
    deviation = case["deviation"] * periods**0.5
    assert base_stock(mean, deviation, service) == pytest.approx(said["stock"], abs=5e-6)
    assert cost_of(said["stock"], mean, deviation, holding, shortage) == pytest.approx(said["cost"], abs=5e-6)


@of("restriction")
def test_a_stock_for_a_restriction_of_unknown_length(case: dict[str, Any]) -> None:
    about, said = Restriction(case["begins"], case["ends"]), case["expect"]
    costs = case["holding"], case["shortage"]
    assert about.free_share == pytest.approx(said["free"], abs=5e-7)
    assert [about.within(n) for n in range(4)] == pytest.approx(said["within"], abs=5e-7)
    assert about.stock_for(case["demand"], service_from_costs(*costs)) == said["stock"]
    for stock, cost in said["costs"].items():
        assert about.cost_of(stock, case["demand"], *costs) == pytest.approx(cost, abs=5e-5)


@of("run_out")
def test_a_chance_of_running_out_in_closed_form(case: dict[str, Any]) -> None:
    for day, expected in case["expect"].items():
        used = np.array([float(case["daily"] * day)])
        if "deviation" in case:
            found = chance_of_stock_out(case["stock"] - used, np.array([float(case["deviation"])]), day)
        else:
            found = chance_of_counts(np.array([float(case["stock"])]), used)
        assert found[0] == pytest.approx(expected, abs=5e-6)


@of("run_out")
def test_a_plan_says_the_same_of_a_part_with_that_history(case: dict[str, Any]) -> None:
    days = sorted(case["expect"])
    found = planned(
        ["A"],
        ON,
        exposed=["A"],
        inventory=[{"part_no": "A", "quantity": case["stock"]}],
        demand=[{"part_no": "A", "date": ON + timedelta(days=n), "quantity": case["daily"]} for n in range(1, 91)],
        consumption=[
            {"part_no": "A", "date": ON - timedelta(days=7 * n + 3), "quantity": quantity}
            for n, quantity in enumerate(case["weekly"] * 5)
        ],
    )
    said = found.outlook.chances(np.array([0]), np.array([days]))
    assert said.value[0].tolist() == pytest.approx([case["expect"][day] for day in days], abs=1e-4)
    assert found.parts.loc[0, "p_stock_out_60"] == pytest.approx(case["expect"][60], abs=1e-5)
    assert found.parts.loc[0, "chance_method"] == ("normal" if "deviation" in case else "poisson")
