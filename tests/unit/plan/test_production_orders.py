"""Released production orders are supply of what they make and ask for what they are made of."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskplug.model import BomGraph
from riskplug.plan import Plan, explained, runway_document
from tests.unit.plan.worlds import SITE, after, graph, part, planned, workspace

# A Monday.
ON = date(2025, 3, 3)
PARTS = ["P", "A", "B"]
# P is made of two A and, whatever the size of the order, three B; it takes four work days.
MASTER = [{"part_no": "P", "procurement": "make", "lead_time_days": 4}]
BOM = graph(PARTS, [("P", "A", 2)], fixed=[("P", "B", 3)])


def order(quantity: float = 10, start: int | None = 2, finish: int | None = 8, **more: Any) -> dict[str, Any]:
    return {
        "order_no": "MO-1",
        "part_no": "P",
        "open_quantity": quantity,
        "start_date": None if start is None else after(ON, start),
        "finish_date": None if finish is None else after(ON, finish),
        "released": True,
        **more,
    }


def needs(part_no: str, quantity: float, on: int, **more: Any) -> dict[str, Any]:
    return {"part_no": part_no, "quantity": quantity, "date": after(ON, on), **more}


def scan(*orders: dict[str, Any], demand: list[dict[str, Any]] | None = None, **more: Any) -> Plan:
    settings: dict[str, Any] = {
        "bom": BOM,
        "parts": MASTER,
        "production_orders": orders,
        "demand": demand or [],
        **more,
    }
    return planned(PARTS, ON, **settings)


def moves(found: Plan, part_no: str) -> list[tuple[int, str, float, str | None]]:
    """(day, kind, quantity, reference) of all but the opening stock and the shortage."""
    rows = found.events(part_no, SITE)
    kept = rows[~rows["kind"].isin(["stock", "shortage"])]
    days = (kept["date"] - pd.Timestamp(ON)).dt.days
    names = [None if pd.isna(name) else name for name in kept["reference"]]
    return list(zip(days, kept["kind"], kept["quantity"], names, strict=True))


def test_a_released_order_brings_its_part_on_the_finish_and_asks_for_components_on_the_start() -> None:
    found = scan(order())
    assert moves(found, "P") == [(8, "production", 10, "MO-1")]
    assert moves(found, "A") == [(2, "dependent", -20, "MO-1")]
    assert part(found, "P")["on_order"] == 10


def test_a_fixed_quantity_is_needed_once_for_the_order() -> None:
    assert moves(scan(order(10), order(1, order_no="MO-2")), "B") == [
        (2, "dependent", -3, "MO-1"),
        (2, "dependent", -3, "MO-2"),
    ]


@pytest.mark.parametrize(
    ("policy", "state"),
    [("stock", "runs_out"), *((policy, "covered_to_horizon") for policy in ("firm", "all", "restricted"))],
)
def test_every_policy_but_stock_alone_counts_it(policy: str, state: str) -> None:
    found = scan(order(10), demand=[needs("P", 10, 9)], inventory=[{"part_no": "A", "quantity": 99}])
    assert found.policies("P", SITE)[policy]["state"] == state


def test_its_components_feel_the_measure_that_it_does_not() -> None:
    line = {"part_no": "A", "order_no": "47", "line": "1", "due_date": after(ON, 1), "open_quantity": 20}
    found = scan(order(10), demand=[needs("P", 10, 9)], purchase_orders=[line], stopped=[True])
    assert found.policies("P", SITE)["restricted"]["state"] == "covered_to_horizon"
    assert found.policies("A", SITE)["restricted"]["first_uncovered_date"] == after(ON, 2)
    assert found.policies("A", SITE)["all"]["state"] == "covered_to_horizon"


def test_reservations_take_the_place_of_the_bill_of_material() -> None:
    # 12 of the 20 A have been withdrawn, and B is not needed at all
    reservation = needs("A", 8, 3, kind="reservation", reference="MO-1")
    found = scan(order(), demand=[reservation])
    assert moves(found, "A") == [(3, "dependent", -8, "MO-1")]
    assert moves(found, "B") == []


def test_reservations_of_another_order_or_of_another_kind_do_not() -> None:
    others = [
        needs("A", 5, 3, kind="reservation", reference="MO-7"),
        needs("A", 6, 3, kind="sales_order", reference="MO-1"),
    ]
    assert moves(scan(order(), demand=others), "A") == [
        (2, "dependent", -20, "MO-1"),
        (3, "demand", -6, "MO-1"),
        (3, "demand", -5, "MO-7"),
    ]


def test_an_order_with_two_outputs_is_exploded_for_none_of_them_when_it_has_reservations() -> None:
    reservation = needs("B", 1, 3, kind="reservation", reference="MO-1")
    found = scan(order(), order(4, part_no="A"), demand=[reservation])
    assert moves(found, "A") == [(8, "production", 4, "MO-1")]


@pytest.mark.parametrize("released", [False, None])
def test_an_order_that_is_not_released_counts_as_nothing_and_is_said(released: bool | None) -> None:
    found = scan(order(released=released), demand=[needs("P", 10, 9)])
    # P is short and asks for A itself: four work days before Wednesday, day 9, is Thursday, day 3
    assert moves(found, "P") == [(9, "demand", -10, None)]
    assert moves(found, "A") == [(3, "dependent", -20, "P")]
    assert part(found, "P")["data_warning"] == "1 production order(s) not released, so not counted"
    assert part(found, "P")["on_order"] == 0


@pytest.mark.parametrize(("released", "quantity"), [(False, None), (None, -8), (True, -8)])
def test_reservations_count_unless_their_order_is_known_not_to_be_released(
    released: bool | None, quantity: float | None
) -> None:
    reservation = needs("A", 8, 3, kind="reservation", reference="MO-1")
    found = moves(scan(order(released=released), demand=[reservation]), "A")
    assert [row[2] for row in found] == ([] if quantity is None else [quantity])


@pytest.mark.parametrize(("policy", "day"), [("slip:7", 7), ("slip:0", 0), ("keep", 0)])
def test_an_overdue_finish_follows_the_policy_and_its_components_are_needed_today(policy: str, day: int) -> None:
    found = scan(order(start=-9, finish=-2), policy={"overdue_receipts": policy})
    assert [row[0] for row in moves(found, "P")] == [day]
    assert moves(found, "A") == [(0, "dependent", -20, "MO-1")]


def test_an_undated_order_is_finished_after_the_lead_time_and_starts_today() -> None:
    found = scan(order(start=None, finish=None), policy={"undated_receipts": "lead_time"})
    assert [row[0] for row in moves(found, "P")] == [4]
    assert [row[0] for row in moves(found, "A")] == [0]


@pytest.mark.parametrize(("rule", "finish"), [("overdue_receipts", -2), ("undated_receipts", None)])
@pytest.mark.parametrize("reserved", [False, True])
def test_an_order_whose_finish_is_not_credited_is_ignored_with_its_components(
    rule: str, finish: int | None, reserved: bool
) -> None:
    rows = [needs("P", 10, 9)] + [needs("A", 20, 3, kind="reservation", reference="MO-1")] * reserved
    found = scan(order(start=None, finish=finish), demand=rows, policy={rule: "ignore"})
    # 10 P are short on day 9 and ask for 20 A four work days before, and for nothing twice
    assert moves(found, "P") == [(9, "demand", -10, None)]
    assert moves(found, "A") == [(3, "dependent", -20, "P")]
    assert "1 production order(s) ignored whole" in part(found, "P")["data_warning"]


def test_an_order_that_starts_after_its_finish_is_said() -> None:
    found = scan(order(start=9, finish=8), order(start=8, finish=8, order_no="MO-2"))
    assert part(found, "P")["data_warning"] == "1 production order(s) start after their finish"


def test_without_a_start_components_are_needed_by_the_production_time_before_the_finish() -> None:
    # four work days before Tuesday, day 8: Wednesday, day 2
    assert moves(scan(order(start=None)), "A") == [(2, "dependent", -20, "MO-1")]


def test_a_finish_beyond_the_horizon_brings_nothing_and_its_start_within_it_still_asks() -> None:
    # four work days before Monday, day 14: Tuesday, day 8
    found = scan(order(start=None, finish=14), horizon=10)
    assert moves(found, "P") == []
    assert moves(found, "A") == [(8, "dependent", -20, "MO-1")]
    assert moves(scan(order(start=11, finish=14), horizon=10), "A") == []


def test_a_component_that_is_a_phantom_passes_the_requirement_on() -> None:
    bom = graph(["P", "F", "C"], [("P", "F", 2), ("F", "C", 3)], phantoms=["F"])
    found = planned(["P", "F", "C"], ON, bom=bom, production_orders=[order()])
    assert moves(found, "C") == [(2, "dependent", -60, "F")]


def test_bulk_components_are_not_asked_for() -> None:
    found = scan(order(), parts=[*MASTER, {"part_no": "A", "bulk": True}])
    assert moves(found, "A") == []


def test_an_order_of_unknown_quantity_leaves_its_part_and_its_components_in_doubt() -> None:
    found = scan(order(unit="ROL"), demand=[needs("P", 1, 9)], inventory=[{"part_no": "A", "quantity": 99}])
    made, component = part(found, "P"), part(found, "A")
    assert (made["stock_runway_days_state"], bool(made["lower_bound"])) == ("runs_out", True)
    assert component["restricted_runway_days_state"] == "unknown"
    assert component["unknown_reason"] == "requirement of production order MO-1: no conversion ROL to pc"
    assert np.isnan(made["on_order"])


def test_a_line_left_out_of_the_bill_of_material_of_an_open_order_is_a_doubt() -> None:
    problem = {"part_no": "P", "component": "B", "site": SITE, "reason": "no conversion ROL to pc"}
    bom = graph(PARTS, [("P", "A", 2)], problems=[problem])
    assert part(scan(order(), bom=bom), "B")["restricted_runway_days_state"] == "unknown"


def test_orders_in_another_unit_are_converted() -> None:
    found = scan(order(3, unit="kg"), parts=[{**MASTER[0], "base_unit": "g"}])
    assert moves(found, "P") == [(8, "production", 3000, "MO-1")]
    assert moves(found, "A") == [(2, "dependent", -6000, "MO-1")]


def test_what_an_order_lacks_is_asked_for_once_more_by_its_part() -> None:
    # 15 needed on day 9, 10 come on day 8: only 5 are handed down, beside the 20 A of the order
    found = scan(order(), demand=[needs("P", 15, 9)])
    assert moves(found, "A") == [(2, "dependent", -20, "MO-1"), (3, "dependent", -10, "P")]


def pegged(found: Plan, bom: BomGraph, part_no: str) -> list[dict[str, Any]]:
    document = runway_document(explained(found, bom, workspace(), part_no, SITE))
    return list(document["breaks"]["pegged"])


def test_the_order_that_breaks_a_component_is_named_with_what_it_asks_for() -> None:
    found = scan(order(), inventory=[{"part_no": "A", "quantity": 5}])
    (peg,) = pegged(found, BOM, "A")
    assert (peg["kind"], peg["reference"], peg["date"], peg["demanded"]) == ("production", "MO-1", "2025-03-05", 20)
    assert (peg["quantity"], peg["short"]) == (20, 15)


def test_the_reservation_that_breaks_a_component_is_its_own_row() -> None:
    reservation = needs("A", 8, 3, kind="reservation", reference="MO-1")
    (peg,) = pegged(scan(order(), demand=[reservation]), BOM, "A")
    assert (peg["kind"], peg["reference"], peg["demanded"]) == ("reservation", "MO-1", 8)


def test_average_consumption_that_breaks_a_part_is_named() -> None:
    history = [{"part_no": "A", "quantity": 80, "date": after(ON, -14)}]
    found = planned(PARTS, ON, bom=BOM, consumption=history)
    # 80 in the ten working days from Monday 17 February on, without a free Presidents' Day: 80 / 9 on Tuesday
    (peg,) = pegged(found, BOM, "A")
    assert (peg["kind"], peg["reference"], peg["date"]) == ("average", "average consumption", "2025-03-04")
    assert peg["demanded"] == pytest.approx(80 / 9)
