"""Why another part or site has nothing to spare: every note is true."""

from datetime import date, timedelta
from typing import Any

import pytest

from riskplug.model import BomGraph
from riskplug.plan.elsewhere import Spare
from riskplug.plan.extending import site_changes
from tests.unit.plan.test_explained import ON, document, needs, order, stock
from tests.unit.plan.worlds import graph

LINES = [{"parent": "P", "component": part, "quantity": 1, "alt_group": "1"} for part in ("A", "B")]
BUY = {"part_no": "B", "procurement": "buy"}


def pair() -> BomGraph:
    bom = graph(["P", "A", "B"], [("P", "A", 1)])
    groups = {"parent": [0, 0], "group": [0, 0], "component": [1, 2], "required": [False, False]}
    return BomGraph(**{**vars(bom), "alternates": bom.alternates.reindex(range(2)).assign(**groups)})


def alternate(**given: Any) -> tuple[float | None, str]:
    """(quantity, note) of B in the place of A, of which 10 are short on day 5."""
    given["demand"] = [needs(5, 10, "P"), *given.get("demand", ())]
    said = document(bom=pair(), bom_lines=LINES, **given)
    (one,) = (one for one in said["extend"] if one["kind"] == "alternate")
    return one["quantity"], one["note"]


def test_what_is_there_and_needed_by_nobody_is_to_spare() -> None:
    assert alternate(inventory=[stock(30, "B")]) == (30, "in P only")


def test_a_part_without_stock_has_none_and_one_below_zero_says_so() -> None:
    assert alternate() == (0, "has none")
    assert alternate(inventory=[stock(-3, "B")]) == (0, "its stock is below zero")


def test_a_part_that_needs_all_of_it_says_so() -> None:
    # of unknown lead time: all to the horizon is kept
    assert alternate(inventory=[stock(30, "B")], demand=[needs(200, 30, "B")]) == (0, "needs all it has, or it expires")


def test_what_is_needed_only_after_a_new_order_could_be_there_is_to_spare() -> None:
    given: dict[str, Any] = {"inventory": [stock(30, "B")], "demand": [needs(20, 12, "B"), needs(200, 30, "B")]}
    assert alternate(parts=[{**BUY, "lead_time_days": 40}], **given) == (18, "in P only")
    said = alternate(parts=[{**BUY, "lead_time_days": 40}], policy={"giver_protection": "horizon"}, **given)
    assert said == (0, "needs all it has, or it expires")


def test_a_part_that_gets_more_later_says_from_when_on_it_can_spare_something() -> None:
    # 30 there and 30 needed on day 8; 50 come on day 15, Tuesday 18 March
    given: dict[str, Any] = {"inventory": [stock(30, "B")], "demand": [needs(8, 30, "B")]}
    said = alternate(purchase_orders=[order(15, 50, part="B")], **given)
    assert said == (0, "needs all it has, or it expires; something to spare from 2025-03-18")
    said = alternate(purchase_orders=[order(15, 50, part="B")])
    assert said == (0, "has none; something to spare from 2025-03-18")


def test_safety_stock_is_not_to_spare() -> None:
    said = alternate(
        policy={"runway_floor": "safety_stock"},
        parts=[{"part_no": "A", "safety_stock": 0}, {"part_no": "P", "safety_stock": 0}, {**BUY, "safety_stock": 40}],
        inventory=[stock(30, "B")],
    )
    assert said == (0, "has no more than its safety stock")


def test_a_lot_that_expires_is_not_to_spare_in_part_only() -> None:
    # 30 through day 2 are gone on day 3: as nobody knows that they would be used before, nothing counts as free
    said = alternate(inventory=[stock(30, "B", expires_on=ON + timedelta(days=2))])
    assert said == (0, "needs all it has, or it expires")


def test_what_the_plan_has_given_already_is_not_to_spare_again() -> None:
    spare = Spare(1, 30.0, 0.0, given=30.0)
    (change,) = site_changes({"X1": spare}, lambda day: ON + timedelta(days=day), {"X1"})
    assert (change.quantity, change.note) == (0, "gives or needs all it has")


@pytest.mark.parametrize(
    ("spare", "note"),
    [
        (Spare(1, None, None), "stock unknown"),
        (Spare(1, 5.0, None), "what it needs itself is unknown"),
        (Spare(1, 5.0, 0.0, uncounted=5.0), "its stock is not known to have left its country"),
        (Spare(1, 5.0, 5.0), "no lane from there"),
    ],
)
def test_a_site_says_what_stands_in_the_way(spare: Spare, note: str) -> None:
    (change,) = site_changes({"X1": spare}, lambda day: date(2025, 1, 1) + timedelta(days=day), frozenset())
    assert change.note == note


def test_a_site_with_a_lane_and_something_to_spare_needs_no_note() -> None:
    (change,) = site_changes({"X1": Spare(1, 5.0, 5.0)}, lambda day: ON, {"X1"})
    assert (change.quantity, change.note) == (5.0, None)
