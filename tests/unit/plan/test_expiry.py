"""Lots leave the stock the day after their last one, as far as they were not used: first expired, first out."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from riskplug.plan import Plan
from riskplug.plan.expiry import Lots, expired
from tests.unit.plan.worlds import SITE, after, graph, part, planned

ON = date(2025, 3, 3)


def lot(quantity: float, last: int | None, part_no: str = "A", **more: Any) -> dict[str, Any]:
    expires = None if last is None else after(ON, last)
    return {"part_no": part_no, "quantity": quantity, "expires_on": expires, "lot": f"L{last}", **more}


def needs(quantity: float, on: int, part_no: str = "A") -> dict[str, Any]:
    return {"part_no": part_no, "quantity": quantity, "date": after(ON, on)}


def scan(*lots: dict[str, Any], demand: list[dict[str, Any]], **more: Any) -> Plan:
    return planned(["A"], ON, inventory=lots, demand=demand, **more)


def gone(found: Plan, part_no: str = "A") -> dict[int, float]:
    """What expires, by day after the business date."""
    rows = found.events(part_no, SITE)
    rows = rows[rows["kind"] == "expiry"]
    return dict(zip((rows["date"] - pd.Timestamp(ON)).dt.days, -rows["quantity"], strict=True))


def test_a_lot_counts_through_its_last_day_and_not_on_the_next() -> None:
    on_the_last = scan(lot(10, 5), demand=[needs(10, 5)])
    on_the_next = scan(lot(10, 5), demand=[needs(10, 6)])
    assert (gone(on_the_last), part(on_the_last, "A")["stock_runway_days_state"]) == ({}, "covered_to_horizon")
    assert gone(on_the_next) == {6: 10}
    assert part(on_the_next, "A")["stock_runway_days"] == 5


def test_the_lot_that_expires_first_is_used_first() -> None:
    # 4 on day 2 and 7 on day 6; 10 through day 3, 5 through day 8: 10 - 4 go on day 4, the 7 take all five and two more
    found = scan(lot(5, 8), lot(10, 3), lot(20, None), demand=[needs(4, 2), needs(7, 6)])
    assert gone(found) == {4: 6}
    assert list(found.events("A", SITE)["balance"]) == [35, 31, 25, 18]


def test_what_is_left_of_each_lot_goes_on_its_own_day() -> None:
    # 12 needed through day 5 use the first 10 and 2 of the second; 3 more through day 9 leave 8 - 2 - 3
    found = scan(lot(10, 5), lot(8, 9), demand=[needs(12, 4), needs(3, 9), needs(1, 20)])
    assert gone(found) == {10: 3}
    assert part(found, "A")["stock_out_date"] == pd.Timestamp(after(ON, 20))


def test_several_rows_with_the_same_last_day_are_one_quantity() -> None:
    assert gone(scan(lot(3, 5, location="1"), lot(4, 5, location="2"), demand=[needs(5, 1)])) == {6: 2}


def test_stock_without_a_date_does_not_expire() -> None:
    assert gone(scan(lot(10, None), demand=[needs(1, 300)])) == {}


def test_a_lot_that_outlasts_the_horizon_never_goes() -> None:
    assert gone(scan(lot(10, 10), demand=[needs(1, 1)], horizon=10)) == {}
    assert gone(scan(lot(10, 9), demand=[needs(1, 1)], horizon=10)) == {10: 9}


def test_receipts_are_used_after_the_lots_that_lie_there() -> None:
    line = {"part_no": "A", "order_no": "1", "line": "1", "due_date": after(ON, 1), "open_quantity": 50}
    assert gone(scan(lot(10, 5), demand=[needs(4, 3)], purchase_orders=[line])) == {6: 6}


def test_stock_booked_below_zero_is_taken_from_the_lots_first() -> None:
    # 10 less a booking of 3: 7 on hand, of which 2 are used in time
    found = scan(lot(10, 5), {"part_no": "A", "quantity": -3}, demand=[needs(2, 3)])
    assert gone(found) == {6: 5}


def test_an_assembly_that_expires_is_asked_of_its_components() -> None:
    found = planned(
        ["P", "A"], ON, bom=graph(["P", "A"], [("P", "A", 2)]), inventory=[lot(10, 5, "P")], demand=[needs(4, 9, "P")]
    )
    assert gone(found, "P") == {6: 10}
    rows = found.events("A", SITE)
    assert rows.loc[rows["kind"] == "dependent", "quantity"].to_list() == [-8]


def test_what_assemblies_ask_for_counts_before_a_lot_expires() -> None:
    found = planned(
        ["P", "A"], ON, bom=graph(["P", "A"], [("P", "A", 2)]), inventory=[lot(10, 5)], demand=[needs(4, 3, "P")]
    )
    assert gone(found) == {6: 2}


def test_a_lot_in_a_unit_without_factor_leaves_the_stock_unknown() -> None:
    found = scan(lot(10, 5), lot(1, 9, unit="ROL"), demand=[needs(1, 9)])
    assert part(found, "A")["stock_runway_days_state"] == "unknown"
    assert gone(found) == {}


def test_what_expires_pulls_the_balance_below_safety_stock_on_that_day() -> None:
    found = scan(
        lot(10, 5),
        demand=[needs(1, 30)],
        parts=[{"part_no": "A", "safety_stock": 4}],
        policy={"runway_floor": "safety_stock"},
    )
    # ten above a floor of four until day 5; on day 6 nothing is there, and nothing is needed that could be half covered
    assert found.policies("A", SITE)["stock"]["first_uncovered_date"] == after(ON, 6)
    assert part(found, "A")["stock_runway_days"] == 5


def test_the_chance_of_running_out_knows_what_expires() -> None:
    weekly = [{"part_no": "A", "quantity": 70, "date": after(ON, -7 * n - 3)} for n in range(10)]
    found = scan(lot(100, 5), demand=[needs(10, 20)], consumption=weekly)
    assert part(found, "A")["p_stock_out_30"] == 1


def test_expired_is_the_largest_excess_of_lots_over_requirement_so_far() -> None:
    # the worked number of the docstring, beside a place without lots and one with a debt of 8
    quantity, owed = np.array([10.0, 5.0, 10.0]), np.array([0.0, 0.0, 8.0])
    lots = Lots(np.array([0, 0, 2]), np.array([3, 8, 4]), quantity, owed, np.zeros(3, dtype=bool))
    gross = sparse.csr_array(np.array([[0, 0, 4, 0, 0, 0, 7, 0, 0, 0], [1] * 10, [1] + [0] * 9], dtype=float))
    found = expired(lots, gross).toarray()
    assert [(int(r), int(d), float(found[r, d])) for r, d in zip(*np.nonzero(found), strict=True)] == [
        (0, 4, 6.0),
        (2, 5, 1.0),
    ]


@pytest.mark.parametrize("policy", ["stock", "firm", "all", "restricted"])
def test_every_policy_sees_it(policy: str) -> None:
    assert scan(lot(10, 5), demand=[needs(10, 6)]).policies("A", SITE)[policy]["state"] == "runs_out"
