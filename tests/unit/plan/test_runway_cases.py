"""The worked runway and netting cases of tests/cases/runway come out as their sources print them."""

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from riskplug.plan import Plan
from tests.unit.plan.worlds import SITE, graph, planned

FOLDER = Path(__file__).parents[2] / "cases" / "runway"
# No weekday without work from here on for four weeks in the US calendar, so day numbers can be laid on work days.
MONDAY = date(2025, 3, 3)


def cases(name: str) -> list[Any]:
    found = YAML(typ="safe").load((FOLDER / name).read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["name"]) for case in found]


@pytest.mark.parametrize("case", cases("runways.yaml"))
def test_a_runway_has_the_printed_days_and_state(case: dict[str, Any]) -> None:
    master = {name: case[name] for name in ("safety_stock", "lead_time_days") if name in case}
    found = planned(
        ["A"],
        case["on"],
        policy=case.get("policy"),
        stopped=case.get("stopped"),
        parts=[{"part_no": "A", **master}],
        inventory=[{"part_no": "A", "quantity": case["stock"]}],
        demand=[{"part_no": "A", "date": day, "quantity": quantity} for day, quantity in wanted(case)],
        purchase_orders=[
            {"part_no": "A", "order_no": "1", "line": str(at), "due_date": day, "open_quantity": quantity}
            for at, (day, quantity) in enumerate(case.get("receipts", ()))
        ],
    )
    for policy, (state, days, first) in case["expect"].items():
        said = found.policies("A", SITE)[policy]
        assert (said["state"], said["first_uncovered_date"]) == (state, first)
        assert said["days"] == (None if days is None else pytest.approx(days, abs=1e-6))


def wanted(case: dict[str, Any]) -> list[tuple[date, float]]:
    forecast = [(case["on"] + timedelta(days=n), q) for n, q in enumerate(case.get("forecast", ()), start=1)]
    return [*case.get("demand", ()), *forecast]


def work_day(number: int) -> date:
    return np.busday_offset(MONDAY, number).astype(object)


def dated(values: dict[int, float]) -> dict[date, float]:
    return {work_day(number): float(quantity) for number, quantity in values.items()}


def netted(case: dict[str, Any]) -> Plan:
    names = list(case["parts"])
    bom = graph(names, case.get("lines", ()), fixed=case.get("fixed", ()), phantoms=case.get("phantoms", ()))
    safety = case.get("safety_stock", {})
    return planned(
        names,
        MONDAY,
        bom=bom,
        policy=case.get("policy"),
        parts=[
            {"part_no": name, "lead_time_days": lead, "safety_stock": safety.get(name)}
            for name, lead in case["parts"].items()
        ],
        inventory=[{"part_no": name, "quantity": stock} for name, stock in case.get("stock", {}).items()],
        demand=[
            {"part_no": name, "date": work_day(day), "quantity": quantity} for name, day, quantity in case["demand"]
        ],
        purchase_orders=[
            {"part_no": name, "order_no": str(at), "line": "1", "due_date": work_day(day), "open_quantity": quantity}
            for at, (name, day, quantity) in enumerate(case.get("receipts", ()))
        ],
    )


def gross(found: Plan, part_no: str) -> dict[date, float]:
    events = found.events(part_no, SITE)
    asked = events[events["kind"].isin(["demand", "dependent"])]
    return {day.date(): float(-rows["quantity"].sum()) for day, rows in asked.groupby("date")}


def net(found: Plan, part_no: str, floor: float) -> dict[date, float]:
    """What a part lacks each day beyond what it lacked before, read off the balances of its events."""
    lacking: dict[date, float] = defaultdict(float)
    deepest = 0.0
    for day, rows in found.events(part_no, SITE).groupby("date"):
        short = max(0.0, floor - float(rows["balance"].iloc[-1]))
        if short > deepest:
            lacking[day.date()] = short - deepest
            deepest = short
    return dict(lacking)


@pytest.mark.parametrize("case", cases("netting.yaml"))
def test_requirements_pass_through_the_levels_as_the_source_prints_them(case: dict[str, Any]) -> None:
    found = netted(case)
    assert {name: gross(found, name) for name in case.get("gross", {})} == {
        name: dated(values) for name, values in case.get("gross", {}).items()
    }
    floors = case.get("safety_stock", {})
    assert {name: net(found, name, floors.get(name, 0)) for name in case.get("net", {})} == {
        name: dated(values) for name, values in case.get("net", {}).items()
    }
