"""What the runway of one part says beyond its days: who is behind it, what would help, what to order."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from riskplug.model import BomGraph
from riskplug.plan import Explained, Law, balance_of, events, explained, extending, runway_document
from riskplug.plan import plan as planned_of
from tests.unit.plan.worlds import SITE, graph, tables, workspace

# A Monday; no public holiday in the two months that follow.
ON = date(2025, 3, 3)


def after(days: int) -> date:
    return ON + timedelta(days=days)


def needs(
    day: int, quantity: float, part: str = "A", reference: str | None = None, kind: str = "plan"
) -> dict[str, Any]:
    return {"part_no": part, "date": after(day), "quantity": quantity, "reference": reference, "kind": kind}


def order(day: int | None, quantity: float | None, number: str = "47", part: str = "A", **more: Any) -> dict[str, Any]:
    due = None if day is None else after(day)
    return {"part_no": part, "order_no": number, "line": "1", "due_date": due, "open_quantity": quantity, **more}


def stock(quantity: float, part: str = "A", **more: Any) -> dict[str, Any]:
    return {"part_no": part, "quantity": quantity, **more}


def of(
    part: str = "A",
    bom: BomGraph | None = None,
    policy: dict[str, Any] | None = None,
    under: str = "restricted",
    stopped: Sequence[bool] | None = None,
    law: Law | None = None,
    absent: str = "zero",
    **rows: Any,
) -> Explained:
    bom = bom or graph(["A"])
    settings, made = workspace(policy=policy), tables(list(bom.nodes["part_no"].astype(str)), **rows)
    orders = made["purchase_orders"]
    held = (orders["line"].notna() & False) if stopped is None else orders["line"].isin([]).mask(list(stopped), True)
    found = planned_of(
        made, bom, workspace=settings, on=ON, stopped=held.astype("boolean"), absent_stock={"erp": absent}
    )
    return explained(found, bom, settings, part, SITE, policy=under, law=law)


def document(**given: Any) -> dict[str, Any]:
    return runway_document(of(**given))


def extends(said: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {
        (one["kind"], one["what"].replace("/1", "")): pytest.approx((one["quantity"], one["days"], one["more_days"]))
        for one in said["extend"]
    }


# -------------------------------------------------------------------------------------------------------------- pegging
def test_what_breaks_a_part_is_told_with_the_orders_behind_it_and_what_of_them_is_short() -> None:
    # 10 wanted as spare part first, then 2 x 10 for the drive; 15 there: 5 for the drive, 15 of its 20 short
    bom = graph(["P", "A"], [("P", "A", 2)])
    demand = [needs(10, 10, "P", "SO-1"), needs(10, 10, "A", "SP-1")]
    said = document(bom=bom, inventory=[stock(15)], demand=demand)
    breaks = said["breaks"]
    assert (breaks["date"], breaks["required"], breaks["available"], breaks["short"]) == ("2025-03-13", 30, 15, 15)
    assert [(p["reference"], p["part_no"], p["quantity"], p["short"], p["route"]) for p in breaks["pegged"]] == [
        ("SP-1", "A", 10, 0, []),
        ("SO-1", "P", 20, 15, ["P"]),
    ]


def test_stock_of_an_assembly_serves_its_first_orders_and_only_the_last_are_behind_a_component() -> None:
    bom = graph(["P", "A"], [("P", "A", 1)])
    demand = [needs(5, 4, "P", "SO-1"), needs(9, 4, "P", "SO-2"), needs(9, 4, "P", "SO-3")]
    said = document(bom=bom, inventory=[stock(9, "P")], demand=demand)
    # 9 drives: 4 for SO-1, 4 for SO-2, 1 for SO-3; 3 are built
    assert [(p["reference"], p["quantity"]) for p in said["breaks"]["pegged"]] == [("SO-3", 3)]


def test_assemblies_of_a_day_are_served_in_the_order_in_which_the_events_list_them() -> None:
    bom = graph(["Z", "B", "A"], [("Z", "A", 1), ("B", "A", 1)])
    said = document(bom=bom, inventory=[stock(3)], demand=[needs(9, 3, "Z", "SO-1"), needs(9, 3, "B", "SO-2")])
    assert [(p["reference"], p["short"]) for p in said["breaks"]["pegged"]] == [("SO-2", 0), ("SO-1", 3)]
    assert [event["reference"] for event in said["events"] if event["kind"] == "dependent"] == ["B", "Z"]


def test_an_order_on_two_ways_waits_for_its_turn_on_each() -> None:
    # A goes into B and Z of the drive and into M of the motor, in this order: 2 for SO-1, 2 for SO-2, 2 for SO-1
    bom = graph(
        ["P", "Q", "B", "M", "Z", "A"],
        [("P", "B", 1), ("P", "Z", 1), ("Q", "M", 1), *((name, "A", 1) for name in "BMZ")],
    )
    said = document(bom=bom, inventory=[stock(3)], demand=[needs(9, 2, "P", "SO-1"), needs(9, 2, "Q", "SO-2")])
    pegged = [(p["reference"], p["quantity"], p["short"]) for p in said["breaks"]["pegged"]]
    # 3 there: both for SO-1 by way of B and one of SO-2; the other one and the two by way of Z are short
    assert pegged == [("SO-1", 4, 2), ("SO-2", 2, 1)]


def test_an_assembly_below_zero_asks_for_itself_first() -> None:
    bom = graph(["P", "A"], [("P", "A", 3)])
    said = document(bom=bom, inventory=[stock(-2, "P")], demand=[needs(0, 1, "P", "SO-1")])
    pegged = [(p["kind"], p["part_no"], p["quantity"], p["route"]) for p in said["breaks"]["pegged"]]
    assert pegged == [("stock", "P", 6, ["P"]), ("plan", "P", 3, ["P"])]


def test_a_quantity_per_order_goes_to_who_is_behind_the_order() -> None:
    bom = graph(["P", "A"], fixed=[("P", "A", 12)])
    demand = [needs(9, 1, "P", "SO-1"), needs(9, 3, "P", "SO-2")]
    said = document(bom=bom, demand=demand)
    assert [(p["reference"], p["quantity"]) for p in said["breaks"]["pegged"]] == [("SO-1", 3), ("SO-2", 9)]


def test_forty_levels_of_two_ways_each_are_pegged_at_once() -> None:
    names = [f"N{n:02}" for n in range(121)]
    lines = [
        (names[3 * n + at], names[3 * n + to], 0.5 if at else 1)
        for n in range(40)
        for at, to in ((0, 1), (0, 2), (1, 3), (2, 3))
    ]
    said = document(part=names[-1], bom=graph(names, lines), demand=[needs(9, 8, names[0], "SO-1")])
    assert [(p["reference"], p["quantity"], len(p["route"])) for p in said["breaks"]["pegged"]] == [("SO-1", 8, 80)]


# ------------------------------------------------------------------------------------------------------------ extending
def test_each_thing_that_is_not_counted_is_said_with_what_it_would_bring() -> None:
    # 10 there, 10 wanted on days 5, 15, 25 ...: covered to day 14; 10 more: to day 24
    demand = [needs(day, 10) for day in range(5, 100, 10)]
    said = document(
        demand=demand,
        inventory=[stock(10), stock(10, stock_type="quality"), stock(5, stock_type="blocked")],
        purchase_orders=[order(12, 20, "S"), order(30, 10, "L"), order(14, 10, "LATE")],
        stopped=[True, False, True],
        law=Law(65.0, ("m",), {}),
    )
    assert said["runways"][-1]["calendar_days"] == 14
    assert extends(said) == {
        ("licence", "S, LATE"): (30, 54, 40),  # 10 + 30 + 10 (of day 30): days 5, 15, 25, 35, 45 are covered
        ("licence", "S"): (20, 44, 30),
        ("licence", "LATE"): (10, 24, 10),
        ("expedite", "L"): (10, 24, 10),
        ("stock", "quality"): (10, 24, 10),
        ("stock", "blocked"): (5, 14.5, 0.5),
    }


def test_the_longest_runway_stands_first() -> None:
    said = document(
        demand=[needs(5, 10), needs(15, 10), needs(25, 10)],
        purchase_orders=[order(5, 10, "S"), order(5, 20, "M")],
        stopped=[True, True],
    )
    assert [one["what"] for one in said["extend"]] == ["S/1, M/1", "M/1", "S/1"]
    assert said["extend"][0]["state"] == "covered_to_horizon"
    assert said["extend"][0]["days"] is None


def test_an_overdue_line_would_bring_something_were_it_here_today() -> None:
    said = document(demand=[needs(3, 10), needs(20, 10)], purchase_orders=[order(-4, 10, "O")])
    assert extends(said) == {("overdue", "O"): (10, 19, 17)}
    ignored = document(
        demand=[needs(3, 10)], purchase_orders=[order(-4, 10, "O")], policy={"overdue_receipts": "ignore"}
    )
    assert extends(ignored) == {("overdue", "O"): (10, None, None)}


def test_lines_without_date_or_quantity_and_lines_beyond_the_horizon_are_not_forgotten() -> None:
    said = document(
        demand=[needs(3, 10)],
        policy={"undated_receipts": "ignore"},
        purchase_orders=[order(None, 10, "U"), order(900, 5, "B"), order(9, None, "Q")],
    )
    assert [(one["kind"], one["what"], one["quantity"], one["state"]) for one in said["extend"]] == [
        ("undated", "U/1", 10, "covered_to_horizon"),
        ("expedite", "B/1", 5, "runs_out"),
        ("receipt", "Q/1", None, None),
    ]


def test_what_is_not_firm_extends_the_firm_runway_only() -> None:
    given: dict[str, Any] = {"demand": [needs(3, 10)], "purchase_orders": [order(2, 10, "F", firm=False)]}
    assert extends(document(under="firm", **given)) == {("firm", "F"): (10, None, None)}
    assert document(**given)["breaks"] is None


def test_an_alternate_brings_only_what_it_never_needs_itself() -> None:
    bom = graph(["P", "A", "B"], [("P", "A", 1)])
    groups = {"parent": [0, 0], "group": [0, 0], "component": [1, 2], "required": [False, False]}
    bom = BomGraph(**{**vars(bom), "alternates": bom.alternates.reindex(range(2)).assign(**groups)})
    lines = [
        {"parent": "P", "component": part, "quantity": quantity, "alt_group": "1"}
        for part, quantity in (("A", 1), ("B", 2))
    ]
    # 50 there and 10 of them promised: 40 to spare, and two stand for one
    said = document(
        bom=bom,
        demand=[needs(5, 15, "P"), needs(20, 15, "P"), needs(40, 10, "B")],
        inventory=[stock(50, "B")],
        bom_lines=lines,
    )
    assert extends(said) == {("alternate", "B"): (20, 19 + 5 / 15, 15 + 5 / 15)}
    assert said["extend"][0]["note"] == "in P only"


def test_nothing_is_said_to_extend_what_lasts_or_what_is_unknown() -> None:
    lasting = document(inventory=[stock(10), stock(5, stock_type="quality")], demand=[needs(3, 10)])
    unknown = document(absent="unknown", demand=[needs(3, 10)], purchase_orders=[order(2, 5)])
    for said in (lasting, unknown):
        assert (said["breaks"], said["extend"], said["last_order"]["date"]) == (None, [], None)
    assert unknown["advice"] is None
    assert unknown["summary"] == "A at P1 has an unknown runway: no stock row."


# -------------------------------------------------------------------------------------------- floors, dates, quantities
def test_runways_to_zero_and_to_safety_stock_stand_side_by_side() -> None:
    said = document(
        parts=[{"part_no": "A", "safety_stock": 4}], inventory=[stock(10)], demand=[needs(3, 5), needs(8, 5)]
    )
    found = {(one["policy"], one["floor"]): (one["state"], one["calendar_days"]) for one in said["runways"]}
    assert found["all", "zero"] == ("covered_to_horizon", None)
    assert found["all", "safety_stock"] == ("runs_out", 7.2)
    assert len(found) == 8
    without = document(inventory=[stock(10)], demand=[needs(3, 5)])
    assert {one["floor"] for one in without["runways"]} == {"zero"}


def test_where_requirement_is_missing_only_a_shortage_is_certain() -> None:
    left_out = {"part_no": "P", "component": "A", "site": SITE, "reason": "no factor from roll to pc"}
    said = document(
        bom=graph(["P", "A"], [("P", "A", 1)], problems=[left_out]),
        policy={"runway_floor": "safety_stock"},
        parts=[{"part_no": "A", "safety_stock": 4}],
        inventory=[stock(10)],
        demand=[needs(3, 5, "P"), needs(8, 5, "P")],
    )
    found = {one["floor"]: one["state"] for one in said["runways"] if one["policy"] == "restricted"}
    assert found == {"zero": "unknown", "safety_stock": "runs_out"}


def test_work_days_stand_beside_calendar_days() -> None:
    # day 14 is a Monday: nine working days lie between, and thirteen days
    one = document(demand=[needs(14, 8)], inventory=[stock(4)])["runways"][0]
    assert (one["calendar_days"], one["work_days"]) == (13.5, 9.5)


def test_the_last_order_date_is_the_uncovered_day_less_every_term() -> None:
    master = {"part_no": "A", "procurement": "buy", "purchasing_days": 1, "lead_time_days": 10, "receiving_days": 2}
    said = document(parts=[master], demand=[needs(42, 5)], law=Law(licence_days=7.0))["last_order"]
    # Mon 14 April: received on Fri 11 and Mon 14, delivered by Thu 10, less 10 is Mon 31 March, less 7 Mon 24, which
    # purchasing takes: Fri 21; without the licence Mon 31 and Fri 28
    assert (said["date"], said["days_left"]) == ("2025-03-21", 18)
    assert said["date_without_licence"] == "2025-03-28"
    # today Mon 3: Tue 4, less licence Tue 11, Fri 21, then Mon 24 and Tue 25
    assert (said["delivered_if_ordered_today"], said["available_if_ordered_today"]) == ("2025-03-21", "2025-03-25")


def test_an_order_is_advised_in_lots_with_its_cost_and_what_it_comes_too_late_for() -> None:
    master = {"part_no": "A", "procurement": "buy", "lead_time_days": 10, "min_order_qty": 20, "order_multiple": 15}
    costs = {"unit_cost": 2.0, "currency": "EUR"}
    said = document(
        parts=[{**master, **costs}], inventory=[stock(5)], demand=[needs(7, 12), needs(10, 9), needs(30, 16)]
    )["advice"]
    # 37 wanted, 5 there: 32 short, three lots of 15; 7 are short before day 10
    assert said == {
        "lacking": 32,
        "quantity": 45,
        "short_before_arrival": 7,
        "cost": 90,
        "currency": "EUR",
        "coverage": None,
    }
    assert document(parts=[master], demand=[needs(7, 12)])["advice"]["cost"] is None


def test_coverage_looks_at_what_is_left_when_an_order_could_be_here() -> None:
    # 365 in 365 days are 1 a day; after day 10 there are 30 - 20 = 10, below 15: up to 40
    said = document(
        policy={"coverage_target_days": 40, "coverage_min_days": 15, "coverage_max_days": 45},
        parts=[{"part_no": "A", "procurement": "buy", "lead_time_days": 10, "order_multiple": 20}],
        inventory=[stock(30)],
        demand=[needs(7, 20), needs(100, 345)],
    )["advice"]["coverage"]
    assert said == {
        "daily_requirement": 1,
        "minimum": 15,
        "target": 40,
        "maximum": 45,
        "quantity": 40,
        "above_maximum": True,
    }


def test_advice_is_never_counted_as_supply() -> None:
    given: dict[str, Any] = {"demand": [needs(7, 20)], "inventory": [stock(5)]}
    plain, advised = document(**given), document(policy={"coverage_target_days": 40}, **given)
    assert (plain["runways"], plain["events"]) == (advised["runways"], advised["events"])


# -------------------------------------------------------------------------------------------------------------- summary
RUNS_OUT = "A at P1 runs out on Saturday 8 March 2025: "


@pytest.mark.parametrize(
    ("given", "summary"),
    [
        (
            {"purchase_orders": [order(4, 10, "S")], "stopped": [True]},
            RUNS_OUT + "order S/1 (10 pc) waits for a licence.",
        ),
        (
            {"purchase_orders": [order(9, 10, "L")]},
            RUNS_OUT + "order L/1 (10 pc) comes only on 2025-03-12.",
        ),
        (
            {"purchase_orders": [order(-2, 10, "O")]},
            RUNS_OUT + "order O/1 (10 pc) is overdue.",
        ),
        (
            {"purchase_orders": [order(2, 3)]},
            RUNS_OUT + "what is on order does not suffice.",
        ),
        ({}, RUNS_OUT + "nothing is on order."),
        ({"inventory": [stock(10)]}, "A at P1 is covered to the end of the 365 days that are planned."),
        ({"inventory": [stock(-1)]}, "A at P1 is short today: the stock on the books is below zero."),
        ({"demand": []}, "A at P1 has no demand in the next 365 days."),
    ],
)
def test_the_first_sentence_names_the_day_and_the_cause(given: dict[str, Any], summary: str) -> None:
    assert document(**{"demand": [needs(5, 10)], **given})["summary"] == summary


# ------------------------------------------------------------------------------------------------------------- document
def test_the_document_of_a_part_tells_policies_and_events() -> None:
    bom = graph(["P", "A"], [("P", "A", 2)])
    demand = [needs(10, 10, "P"), needs(4, 3, "A", "R-1")]
    found = document(
        bom=bom,
        demand=demand,
        stopped=[True, False],
        inventory=[stock(8)],
        purchase_orders=[order(6, 50, "47"), order(7, 5, "48")],
    )
    said = json.loads(json.dumps(found))
    assert said["schema"] == "riskplug.runway/1"
    assert said["policies"]["restricted"] == {
        "state": "runs_out",
        "days": 9.5,
        "first_uncovered_date": "2025-03-13",
        "last_covered_date": "2025-03-12",
    }
    assert said["policies"]["all"] == {
        "state": "covered_to_horizon",
        "days": None,
        "first_uncovered_date": None,
        "last_covered_date": "2026-03-03",
    }
    assert [tuple(event.values()) for event in said["events"]] == [
        ("2025-03-03", "stock", 8.0, 8.0, None),
        ("2025-03-07", "demand", -3.0, 5.0, "R-1"),
        ("2025-03-09", "receipt", 0.0, 5.0, "47/1 (stopped)"),
        ("2025-03-10", "receipt", 5.0, 10.0, "48/1"),
        ("2025-03-13", "dependent", -20.0, -10.0, "P"),
        ("2025-03-13", "shortage", 10.0, -10.0, None),
    ]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"absent": "unknown"},
        {"demand": []},
        {"inventory": [stock(-3)], "policy": {"coverage_target_days": 5}},
        {"purchase_orders": [order(2, 3), order(30, 9, "48"), order(None, 9, "49")], "stopped": [True, True, True]},
    ],
)
def test_every_document_is_as_its_schema_says(given: dict[str, Any]) -> None:
    text = (files("riskplug") / "schemas" / "runway.json").read_text(encoding="utf-8")
    checker = Draft202012Validator(json.loads(text), format_checker=FormatChecker())
    said = json.loads(json.dumps(document(**{"demand": [needs(10, 10)], **given})))
    assert [f"{error.json_path}: {error.message}" for error in checker.iter_errors(said)] == []


def test_the_schema_knows_every_kind_of_event_and_of_extension() -> None:
    known = json.loads((files("riskplug") / "schemas" / "runway.json").read_text(encoding="utf-8"))["$defs"]
    assert known["event"]["properties"]["kind"]["enum"] == list(events.KINDS)
    assert known["extension"]["properties"]["kind"]["enum"] == list(extending.KINDS)


# -------------------------------------------------------------------------------------------------------------- balance
def test_a_balance_shows_the_days_until_four_weeks_after_the_last_mark() -> None:
    found = of(
        parts=[{"part_no": "A", "procurement": "buy", "lead_time_days": 10}],
        demand=[needs(5, 10), needs(35, 1), needs(39, 1)],
        inventory=[stock(8)],
        purchase_orders=[order(2, 1, "C"), order(3, 50, "S")],
        stopped=[False, True],
    )
    balance = balance_of(found)
    assert balance is not None
    assert (balance.start, balance.first_uncovered, balance.order_here) == (ON, after(5), after(10))
    assert balance.end == after(38)
    assert balance.steps == ((ON, 8), (after(2), 9), (after(3), 9), (after(5), -1), (after(35), -2))
    arrivals = [(one.day, one.quantity, one.counted) for one in balance.arrivals]
    assert arrivals == [
        (after(2), 1, True),
        (after(3), 0, False),
    ]


def test_an_unknown_stock_has_no_balance() -> None:
    assert balance_of(of(absent="unknown", demand=[needs(5, 10)])) is None


# --------------------------------------------------------------------------------------------------------------- floors
def reaches_of(part: str, bom: BomGraph, floor: str, **rows: Any) -> dict[str, tuple[str, float | None]]:
    found = of(part, bom, policy={"runway_floor": floor}, **rows)
    row = found.plan.parts.iloc[found.node]
    said = {
        one["floor"]: (one["state"], one["calendar_days"])
        for one in runway_document(found)["runways"]
        if one["policy"] == "restricted"
    }
    facts = {
        name: (str(row[f"{fact}_runway_days_state"]), row[f"{fact}_runway_days"])
        for name, fact in (("zero", "zero"), ("safety_stock", "safety"))
    }
    assert said == {
        name: (state, pytest.approx(days) if days == days else None) for name, (state, days) in facts.items()
    }
    return said


@pytest.mark.parametrize("floor", ["zero", "safety_stock"])
def test_both_floors_are_those_of_the_assemblies_above_too(floor: str) -> None:
    bom = graph(["A", "C"], [("A", "C", 1)])
    parts = [{"part_no": "A", "safety_stock": 20}, {"part_no": "C", "safety_stock": 0}]
    # to zero A's own 20 cover its 10; to stay at 20 it needs 10 made on day 10, and 5 of C are there: 9 and 5/10
    rows = {"parts": parts, "inventory": [stock(20), stock(5, "C")], "demand": [needs(10, 10)]}
    assert reaches_of("C", bom, floor, **rows) == {"zero": ("no_demand", None), "safety_stock": ("runs_out", 9.5)}
    # nothing is asked for; A lacks 10 of its safety stock today, and C has 5 for it
    parts = [{"part_no": "A", "safety_stock": 30}, {"part_no": "C", "safety_stock": 0}]
    rows = {"parts": parts, "inventory": [stock(20), stock(5, "C")]}
    assert reaches_of("C", bom, floor, **rows) == {"zero": ("no_demand", None), "safety_stock": ("already_short", 0.0)}


def test_a_phantom_is_passed_through_never_short_and_never_ordered() -> None:
    bom = graph(["P", "A", "C"], [("P", "A", 1), ("A", "C", 2)], phantoms=["A"])
    said = document(bom=bom, demand=[needs(10, 10, "P")], inventory=[stock(3)])
    assert said["summary"].startswith("A at P1 is a phantom: nothing of it is kept")
    assert (said["advice"], [event["kind"] for event in said["events"]]) == (None, ["stock", "dependent"])


def test_a_part_made_by_the_minute_takes_as_long_as_the_order_that_it_needs() -> None:
    # 7 lacking at 720 minutes each are three and a half days
    parts = [{"part_no": "A", "procurement": "make", "minutes_per_unit": 720}]
    assert of(parts=parts, inventory=[stock(5)], demand=[needs(9, 12)]).order.delivery == 4
    assert of(parts=parts, inventory=[stock(50)], demand=[needs(9, 12)]).order.delivery == 1
