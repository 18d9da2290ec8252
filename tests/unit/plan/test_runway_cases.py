"""The worked runway and netting cases of tests/cases/runway come out as their sources print them."""

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from riskplug.model import BomGraph
from riskplug.plan import Plan, explained, runway_document
from tests.unit.plan.worlds import SITE, company, graph, part, planned, workspace

FOLDER = Path(__file__).parents[2] / "cases" / "runway"
# No weekday without work from here on for four weeks in the US calendar, so day numbers can be laid on work days.
MONDAY = date(2025, 3, 3)


def cases(name: str) -> list[Any]:
    found = YAML(typ="safe").load((FOLDER / name).read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["name"]) for case in found]


@pytest.mark.parametrize("case", cases("runways.yaml"))
def test_a_runway_has_the_printed_days_and_state(case: dict[str, Any]) -> None:
    found = single(case)
    for policy, (state, days, first) in case["expect"].items():
        said = found.policies("A", SITE)[policy]
        assert (said["state"], said["first_uncovered_date"]) == (state, first)
        assert said["days"] == (None if days is None else pytest.approx(days, abs=1e-6))
    for policy, shown in case.get("shown", {}).items():
        assert f"{found.policies('A', SITE)[policy]['days']:.1f}" == f"{shown:.1f}"


@pytest.mark.parametrize("case", [one for one in cases("runways.yaml") if "family" in one.values[0]])
def test_runways_to_both_floors_and_in_both_day_kinds_stand_side_by_side(case: dict[str, Any]) -> None:
    row = part(single(case), "A")
    for name, (state, days) in case["family"].items():
        assert row[f"{name}_runway_days_state"] == state
        assert row[f"{name}_runway_days"] == pytest.approx(np.nan if days is None else days, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("case", [one for one in cases("runways.yaml") if "new_lows" in one.values[0]])
def test_only_days_that_are_shorter_than_any_before_are_new_lows(case: dict[str, Any]) -> None:
    assert net(single(case), "A", 0) == {
        case["on"] + timedelta(days=day): quantity for day, quantity in case["new_lows"].items()
    }


@pytest.mark.parametrize(
    "case", [one for one in cases("runways.yaml") if {"warning", "unknown_reason"} & set(one.values[0])]
)
def test_what_is_wrong_or_unknown_is_said_at_the_part(case: dict[str, Any]) -> None:
    row = part(single(case), "A")
    assert case.get("warning") in (None, row["data_warning"])
    assert case.get("unknown_reason") in (None, row["unknown_reason"])


def single(case: dict[str, Any]) -> Plan:
    """The plan of a case of one part."""
    master = {name: case[name] for name in ("safety_stock", "lead_time_days") if name in case}
    kinds = {"stock": "unrestricted", **dict.fromkeys(("quality", "blocked", "transit", "consignment"))}
    return planned(
        ["A"],
        case["on"],
        horizon=case.get("horizon", 365),
        policy=case.get("policy"),
        stopped=case.get("stopped"),
        parts=[{"part_no": "A", **master}],
        inventory=[
            {"part_no": "A", "quantity": case[name], "stock_type": kind or name}
            for name, kind in kinds.items()
            if name in case
        ],
        demand=[{"part_no": "A", "date": day, "quantity": quantity} for day, quantity in wanted(case)],
        purchase_orders=[
            {"part_no": "A", "order_no": "1", "line": str(at), "due_date": day, "open_quantity": quantity}
            for at, (day, quantity) in enumerate(case.get("receipts", ()))
        ],
    )


def wanted(case: dict[str, Any]) -> list[tuple[date, float]]:
    forecast = [(case["on"] + timedelta(days=n), q) for n, q in enumerate(case.get("forecast", ()), start=1)]
    return [*case.get("demand", ()), *forecast]


def work_day(number: int) -> date:
    return np.busday_offset(MONDAY, number).astype(object)


def dated(values: dict[int, float]) -> dict[date, float]:
    return {work_day(number): float(quantity) for number, quantity in values.items()}


def bom_of(case: dict[str, Any]) -> BomGraph:
    return graph(
        list(case["parts"]), case.get("lines", ()), fixed=case.get("fixed", ()), phantoms=case.get("phantoms", ())
    )


def netted(case: dict[str, Any]) -> Plan:
    names, bom = list(case["parts"]), bom_of(case)
    safety = case.get("safety_stock", {})
    return planned(
        names,
        MONDAY,
        bom=bom,
        policy=case.get("policy"),
        parts=[
            {
                "part_no": name,
                "safety_stock": safety.get(name),
                **(lead if isinstance(lead, dict) else {"lead_time_days": lead}),
            }
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
        production_orders=[
            {
                "part_no": name,
                "order_no": number,
                "open_quantity": quantity,
                "start_date": None if start is None else work_day(start),
                "finish_date": work_day(finish),
                "released": True,
            }
            for number, name, quantity, start, finish in case.get("orders", ())
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


@pytest.mark.parametrize("case", [case for case in cases("netting.yaml") if "last_order" in case.values[0]])
def test_an_order_for_what_is_short_must_be_given_its_own_production_time_before(case: dict[str, Any]) -> None:
    found = netted(case)
    for name, day in case["last_order"].items():
        assert part(found, name)["last_order_date"].date() == work_day(day)
        shown = runway_document(explained(found, bom_of(case), workspace(), name, SITE))
        assert shown["last_order"]["date"] == work_day(day).isoformat()


def releases(found: Plan, part_no: str, lead: int) -> dict[date, float]:
    """When orders for what a part lacks must be released: its lead time in work days before each day."""
    lacking = net(found, part_no, 0)
    return {np.busday_offset(day, -lead).astype(object): quantity for day, quantity in lacking.items()}


@pytest.mark.parametrize("case", [case for case in cases("netting.yaml") if "release" in case.values[0]])
def test_orders_are_released_their_lead_time_before_the_need(case: dict[str, Any]) -> None:
    found = netted(case)
    assert {name: releases(found, name, case["parts"][name]) for name in case["release"]} == {
        name: dated(values) for name, values in case["release"].items()
    }


def at_site(name: str, case: dict[str, Any]) -> dict[str, str]:
    """A part "A", or "A DE01" where a case has several sites."""
    part_no, _, site = name.partition(" ")
    return {"part_no": part_no, "site": site or case.get("sites", [SITE])[0]}


def validity(line: dict[str, Any]) -> dict[str, date]:
    return {name: MONDAY + timedelta(days=line[name]) for name in ("valid_from", "valid_to") if name in line}


def served(case: dict[str, Any]) -> Plan:
    lines = [{"site": None, **line, **validity(line)} for line in case.get("lines", ())]
    told = [row if isinstance(row, dict) else {"part_no": row} for row in case.get("parts", ())]
    named = {line[end] for line in lines for end in ("parent", "component")} - {row["part_no"] for row in told}
    return company(
        MONDAY,
        sites=case.get("sites", (SITE,)),
        lanes=case.get("lanes", ()),
        policy=case.get("policy"),
        absent=case.get("absent", "zero"),
        parts=[{"site": None, **row} for row in (*told, *({"part_no": name} for name in sorted(named)))],
        bom_lines=lines,
        inventory=[{**at_site(name, case), "quantity": stock} for name, stock in case.get("stock", {}).items()],
        demand=[
            {
                **at_site(name, case),
                "date": MONDAY + timedelta(days=day),
                "quantity": quantity,
                "unit": (*unit, "pc")[0],
            }
            for name, day, quantity, *unit in case["demand"]
        ],
        purchase_orders=[
            {
                **at_site(name, case),
                "order_no": str(at),
                "line": "1",
                "due_date": MONDAY + timedelta(days=day),
                "open_quantity": quantity,
            }
            for at, (name, day, quantity) in enumerate(case.get("receipts", ()))
        ],
        production_orders=[
            {
                **at_site(name, case),
                "order_no": f"MO-{at}",
                "open_quantity": quantity,
                "start_date": MONDAY + timedelta(days=start),
                "finish_date": MONDAY + timedelta(days=finish),
                "released": True,
            }
            for at, (name, start, finish, quantity) in enumerate(case.get("orders", ()))
        ],
    )


def moved(found: Plan, name: str, case: dict[str, Any], *kinds: str) -> dict[int, float]:
    events = found.events(*at_site(name, case).values())
    rows = events[events["kind"].isin(kinds)]
    days = (rows["date"].dt.date - MONDAY).map(lambda gap: gap.days)
    return {int(day): float(abs(rows["quantity"][days == day].sum())) for day in days.unique()}


@pytest.mark.parametrize("case", [*cases("losses.yaml"), *cases("sharing.yaml"), *cases("dated_lines.yaml")])
def test_lines_alternates_and_lanes_ask_and_give_as_the_case_says(case: dict[str, Any]) -> None:
    found = served(case)
    for name, expected in case.get("gross", {}).items():
        assert moved(found, name, case, "demand", "dependent") == pytest.approx(expected, abs=1e-6)
    for kind in ("taken", "given"):
        for name, expected in case.get(kind, {}).items():
            assert moved(found, name, case, kind) == expected
    for name, (state, days, first) in case.get("runway", {}).items():
        said = found.policies(*at_site(name, case).values())["restricted"]
        date_of = None if first is None else MONDAY + timedelta(days=first)
        assert (name, said["state"], said["first_uncovered_date"]) == (name, state, date_of)
        assert said["days"] == (None if days is None else pytest.approx(days, abs=1e-6))
    if "lower" in case:
        bound = found.parts[found.parts["lower_bound"].fillna(False)]
        reasons = bound["unknown_reason"].astype("object").where(bound["unknown_reason"].notna(), None)
        assert dict(zip(bound["part_no"].astype("str"), reasons, strict=True)) == case["lower"]


@pytest.mark.parametrize("case", [*cases("losses.yaml"), *cases("dated_lines.yaml")])
def test_the_walk_requires_what_the_events_of_the_case_add_up_to(case: dict[str, Any]) -> None:
    rows = served(case).parts.set_index(["part_no", "site"])
    for name, expected in case.get("gross", {}).items():
        required = rows.loc[tuple(at_site(name, case).values()), "daily_demand"] * 365
        assert (name, required) == (name, pytest.approx(sum(expected.values()), abs=1e-6))


@pytest.mark.parametrize("case", [one for one in cases("netting.yaml") if "rows" in one.values[0]])
def test_projected_stock_what_to_procure_and_availability_come_out_row_by_row(case: dict[str, Any]) -> None:
    found, rows = netted(case), case["rows"]
    name, days = rows["part"], [work_day(day) for day in rows["days"]]
    events = found.events(name, SITE)
    projected = events.groupby("date")["balance"].last()
    lacking = net(found, name, case["safety_stock"][name])
    procured = [lacking.get(day, 0.0) for day in days]
    assert [projected[pd.Timestamp(day)] for day in days] == rows["projected_stock"]
    assert procured == rows["to_procure"]
    assert list(projected.to_numpy() + np.cumsum(procured)) == rows["running_availability"]
