"""The walk level by level: what it hands down, and what it keeps for those who ask later."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskplug.plan import structure
from riskplug.plan.ledger import walks
from tests.unit.plan.worlds import SITE, after, graph, part, planned

ON = date(2025, 3, 3)
DAYS = 100


def needs(part_no: str, quantity: float, on: int) -> dict[str, Any]:
    return {"part_no": part_no, "quantity": quantity, "date": after(ON, on)}


@pytest.mark.parametrize("block", [7, 10_000])
def test_nothing_that_is_handed_down_is_lost_however_much_it_is(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(structure, "BLOCK", block)
    products = [f"P{n}" for n in range(30)]
    lines = [*((name, "A", 2.0) for name in products), ("A", "B", 3.0)]
    found = planned(
        [*products, "A", "B"],
        ON,
        bom=graph([*products, "A", "B"], lines),
        inventory=[{"part_no": "B", "quantity": 17_999}],
        demand=[needs(name, 1, on) for name in products for on in range(1, DAYS + 1)],
    )
    # 30 products x 100 days are 3000, of which each takes 2 A, and an A takes 3 B
    assert part(found, "A")["daily_demand"] * 365 == pytest.approx(6_000)
    assert part(found, "B")["daily_demand"] * 365 == pytest.approx(18_000)
    # one B is missing on the last of the days
    assert part(found, "B")["stock_out_date"] == pd.Timestamp(after(ON, DAYS))
    assert part(found, "B")["stock_runway_days"] == pytest.approx(DAYS - 1 + 179 / 180)


def test_only_the_walk_that_chances_rest_on_keeps_requirements_by_day() -> None:
    bought = {"part_no": "A", "order_no": "1", "line": "1", "open_quantity": 4, "due_date": after(ON, 5), "firm": False}
    found = planned(
        ["A", "B"], ON, demand=[needs("A", 3, 2), needs("A", 2, 40), needs("B", 1, 9)], purchase_orders=[bought]
    )
    walked = walks(found.ledger, np.array([True, False]))
    kept = walked["restricted"]
    # policies that count the same receipts share a walk: no measure stops the order, and it is not firm
    assert walked["all"] is kept and walked["firm"] is walked["stock"]
    # of A alone, by place; the balance is 0 - 3 + 4 by day 30, two less by day 60
    at = np.argsort(found.ledger.structure.nodes)
    assert dict(zip(kept.watched.indices.tolist(), kept.watched.data.tolist(), strict=True)) == {2: 3, 40: 2}
    assert np.diff(kept.watched.indptr)[at].tolist() == [2, 0]
    assert kept.balance[at].tolist() == [[1, -1, -1], [-1, -1, -1]]
    assert (walked["stock"].watched.nnz, len(walked["stock"].balance)) == (0, 0)
    assert walked["stock"].required[at].tolist() == [5, 1]


def test_each_policy_hands_down_what_its_own_receipts_leave_open() -> None:
    bought = [
        {
            "part_no": name,
            "order_no": "1",
            "line": "1",
            "open_quantity": quantity,
            "due_date": after(ON, 5),
            "firm": firm,
        }
        for name, quantity, firm in (("P", 4, True), ("P", 3, False), ("P", 2, False), ("A", 6, True), ("B", 1, False))
    ]
    found = planned(
        ["P", "A", "B", "C"],
        ON,
        bom=graph(["P", "A", "B", "C"], [("P", "A", 2.0)]),
        demand=[needs("P", 10, 20), needs("A", 1, 30), needs("B", 1, 9), needs("C", 1, 9)],
        purchase_orders=bought,
        stopped=[False, False, True, False, False],
    )
    walked = walks(found.ledger)
    place = np.argsort(found.ledger.structure.nodes)
    # 10 P less 0, 4, 4 + 3 + 2 and 4 + 3 of them, two A each; and one A besides
    assert {name: one.required[place[1]] for name, one in walked.items()} == {
        "stock": 21,
        "firm": 13,
        "all": 3,
        "restricted": 7,
    }
    # with six A on order the first is missing on the day of the P, with the last one, or never
    assert {name: one.first[place[1]] for name, one in walked.items()} == {
        "stock": 20,
        "firm": 20,
        "all": -1,
        "restricted": 30,
    }
    assert {name: one.left[place[1]] for name, one in walked.items() if name != "all"} == {
        "stock": 0,
        "firm": 6,
        "restricted": 0,
    }
    # what is on order of B counts for two of them, and of C there is nothing
    assert {name: one.first[place[2:]].tolist() for name, one in walked.items()} == {
        "stock": [9, 9],
        "firm": [9, 9],
        "all": [-1, 9],
        "restricted": [-1, 9],
    }


def test_policies_that_ask_for_the_same_count_their_own_receipts_of_it() -> None:
    bought = [
        {
            "part_no": "B",
            "order_no": "1",
            "line": "1",
            "open_quantity": quantity,
            "due_date": after(ON, 5),
            "firm": firm,
        }
        for quantity, firm in ((4, True), (3, False), (2, False))
    ]
    found = planned(
        ["P", "B", "C"],
        ON,
        bom=graph(["P", "B", "C"], [("P", "B", 1.0), ("P", "C", 1.0)]),
        inventory=[{"part_no": "C", "quantity": 6}],
        demand=[needs("P", 10, 20)],
        purchase_orders=bought,
        stopped=[False, False, True],
    )
    walked = walks(found.ledger)
    place = np.argsort(found.ledger.structure.nodes)[1:]
    assert all(one.first[place].tolist() == [20, 20] for one in walked.values())
    left = {name: one.left[place].tolist() for name, one in walked.items()}
    assert left == {"stock": [0, 6], "firm": [4, 6], "all": [9, 6], "restricted": [7, 6]}


def test_what_was_short_before_is_not_asked_for_again_when_it_is_short_again() -> None:
    bought = [
        {"part_no": name, "order_no": "1", "line": "1", "open_quantity": quantity, "due_date": after(ON, on)}
        for name, quantity, on in (("P", 3, 4), ("P", 1, 6), ("Q", 1, 4))
    ]
    wanted = (("P", 5, 2), ("P", 1, 5), ("P", 2, 7), ("P", 3, 8), ("Q", 2, 3), ("Q", 1, 9))
    needed = [needs(*one) for one in wanted]
    lines = [("P", "A", 1.0), ("Q", "A", 10.0)]
    found = planned(["P", "Q", "A"], ON, bom=graph(["P", "Q", "A"], lines), demand=needed, purchase_orders=bought)
    asked = found.events("A", SITE, "all")
    asked = asked[asked["kind"] == "dependent"]
    # P: -5, -2 by day 4, -3, -2 by day 6, -4 and -7: seven at the deepest, of which five are asked for on day 2
    # Q: -2, -1 by day 4, -2 again on day 9: nothing more than on day 3
    days = [pd.Timestamp(after(ON, on)) for on in (2, 3, 8)]
    assert list(zip(asked["date"], asked["quantity"], strict=True)) == list(zip(days, [-5, -20, -2], strict=True))


@pytest.mark.parametrize(("large", "small"), [(1e15, 0.1), (2.0**53, 1.0)])
def test_a_small_part_beside_large_ones_keeps_its_digits(large: float, small: float) -> None:
    parts, held = ["A", "B", "C", "D"], (large, large, 3 * small, large)
    stock = [{"part_no": name, "quantity": quantity} for name, quantity in zip(parts, held, strict=True)]
    wanted = [needs(name, 1, 2) for name in ("A", "B", "D")] + [needs("C", small, on) for on in (1, 2, 3, 4)]
    found = planned(parts, ON, inventory=stock, demand=wanted)
    # three of four are there, of the fourth nothing is
    assert part(found, "C")["stock_runway_days"] == pytest.approx(3)
    assert part(found, "C")["stock_out_date"] == pd.Timestamp(after(ON, 4))
    assert {part(found, name)["stock_runway_days_state"] for name in "ABD"} == {"covered_to_horizon"}
