"""A part is walked alone against the same stock, receipts and demand as among all."""

from datetime import date
from typing import Any

import pytest

from riskplug.plan import Plan
from riskplug.plan.above import Around
from riskplug.plan.explained import FLOORS
from riskplug.plan.ledger import to_floor
from tests.unit.plan.worlds import after, assert_cut_down, graph, planned

ON = date(2025, 3, 3)
NAMES = ["X", "C", "P", "A", "Q"]


def stock(part_no: str, quantity: float, kind: str = "unrestricted", last: int | None = None) -> dict[str, Any]:
    expires = None if last is None else after(ON, last)
    return {"part_no": part_no, "quantity": quantity, "stock_type": kind, "expires_on": expires, "lot": f"{kind}{last}"}


def order(part_no: str, day: int, quantity: float, number: str, firm: bool) -> dict[str, Any]:
    return {
        "part_no": part_no,
        "order_no": number,
        "line": "1",
        "due_date": after(ON, day),
        "open_quantity": quantity,
        "firm": firm,
    }


@pytest.fixture(scope="module")
def company() -> Plan:
    """C is built into A and Q, A into P; X into nothing. All have stock, receipts and demand of their own."""
    bom = graph(NAMES, [("P", "A", 2), ("A", "C", 3), ("Q", "C", 1)])
    return planned(
        NAMES,
        ON,
        bom=bom,
        policy={"usable_stock": ["unrestricted", "transit"]},
        parts=[{"part_no": name, "safety_stock": place} for place, name in enumerate(NAMES)],
        inventory=[
            row
            for place, name in enumerate(NAMES, 1)
            for row in (
                stock(name, 40 * place, last=9),
                stock(name, 30 * place, last=4),
                stock(name, 10 * place),
                stock(name, 0.1 * place, "transit", 20),
            )
        ],
        purchase_orders=[
            order(name, 5 + place, 7 * place, f"{name}{firm}", firm)
            for place, name in enumerate(NAMES, 1)
            for firm in (True, False)
        ],
        demand=[
            {"part_no": name, "quantity": quantity, "date": after(ON, day)}
            for name in NAMES
            for day, quantity in ((3, 0.1), (3, 0.2), (3, 0.3), (12, 90))
        ],
        stopped=[False, True] * len(NAMES),
        caught=["A", "X"],
    )


@pytest.mark.parametrize("part", range(len(NAMES)))
@pytest.mark.parametrize("safety_stock", [False, True])
def test_a_part_alone_has_what_it_has_among_all(company: Plan, part: int, safety_stock: bool) -> None:
    assert_cut_down(to_floor(company.ledger, safety_stock), part)


@pytest.mark.parametrize(("part", "near"), [("X", "X"), ("P", "P"), ("A", "PA"), ("C", "CPAQ")])
def test_only_what_stands_above_a_part_is_around_it(company: Plan, part: str, near: str) -> None:
    around = Around.of(company.ledger, NAMES.index(part))
    assert sorted(NAMES[node] for node in around.structure.nodes) == sorted(near)
    assert NAMES[around.structure.nodes[around.at]] == part
    assert len(around.ledger.demand.node) == 4 * len(near)


def test_each_policy_and_floor_is_walked_with_what_it_counts(company: Plan) -> None:
    walks = Around.of(company.ledger, NAMES.index("A")).walks(["stock", "firm", "all", "restricted"], FLOORS)
    counted = {key: float((above.supply + above.gone)[above.at].sum()) for key, above in walks.items()}
    # stock of 160 + 120 + 40 + 0.4; a firm line of 28 and one of 28 that is stopped, as is the transit; 3 of safety
    to_zero = {"stock": 320.4, "firm": 348.4, "all": 376.4, "restricted": 348.0}
    assert counted == pytest.approx(
        {(name, floor): most - 3 * (floor == "safety_stock") for name, most in to_zero.items() for floor in FLOORS}
    )


def test_policies_that_count_the_same_are_walked_once() -> None:
    alone = planned(["A"], ON, inventory=[stock("A", 5)], demand=[{"part_no": "A", "quantity": 9, "date": ON}])
    walks = Around.of(alone.ledger, 0).walks(["stock", "firm", "all", "restricted"], FLOORS)
    assert len({id(above) for above in walks.values()}) == 1
    assert len(walks) == 8
