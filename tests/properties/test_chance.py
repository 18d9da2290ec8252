"""What must hold of chances of running out in any small company."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.unit.plan.worlds import part, planned

ON = date(2025, 3, 3)
SETTLED = settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
DAYS = (30, 60, 90)
# Where bounds settle a chance, it may differ by as much from one that is simulated.
SLACK = 2e-6


@dataclass(frozen=True)
class World:
    """One part: stock, weeks of past use, needs and receipts (day, quantity, stopped), days late of past lines."""

    stock: int
    weeks: tuple[int, ...]
    demand: tuple[tuple[int, int], ...]
    receipts: tuple[tuple[int, int, bool], ...]
    late: tuple[int, ...]
    rate: float | None
    licence: tuple[int, int]


@st.composite
def worlds(draw: Any) -> World:
    swing = draw(st.sampled_from([0, 1, 3, 8]))
    mean = draw(st.integers(8, 20))
    receipt = st.tuples(st.integers(1, 95), st.integers(1, 80), st.booleans())
    first = draw(st.integers(1, 70))
    return World(
        draw(st.integers(0, 120)),
        (mean - swing, mean + swing) * 5,
        tuple(draw(st.lists(st.tuples(st.integers(1, 90), st.integers(1, 30)), min_size=1, max_size=6))),
        tuple(draw(st.lists(receipt, max_size=3))),
        tuple(draw(st.one_of(st.just([]), st.lists(st.integers(-10, 40), min_size=8, max_size=12)))),
        draw(st.one_of(st.none(), st.sampled_from([0.0, 30.0, 100.0]))),
        (first, first + draw(st.integers(0, 30))),
    )


def chances(world: World) -> np.ndarray:
    rows = {
        "inventory": [{"part_no": "A", "quantity": world.stock}],
        "demand": [{"part_no": "A", "date": ON + timedelta(days=day), "quantity": n} for day, n in world.demand],
        "consumption": [
            {"part_no": "A", "date": ON - timedelta(days=7 * n + 3), "quantity": used}
            for n, used in enumerate(world.weeks)
        ],
        "purchase_orders": [
            {"part_no": "A", "order_no": str(n), "line": "1", "supplier": "S", "open_quantity": quantity,
             "due_date": ON + timedelta(days=day)}
            for n, (day, quantity, _) in enumerate(world.receipts)
        ],
        "goods_receipts": [
            {"part_no": "A", "order_no": f"R{n}", "line": "1", "supplier": "S", "quantity": 1,
             "due_date": ON - timedelta(days=90), "received_on": ON - timedelta(days=90 - days)}
            for n, days in enumerate(world.late)
        ],
    }  # fmt: skip
    start, end = map(float, world.licence)
    terms = pd.DataFrame({"earliest": start, "latest": end}, index=range(len(world.receipts)))
    found = planned(
        ["A"],
        ON,
        horizon=120,
        policy={} if world.rate is None else {"licence_approval_pct": world.rate},
        stopped=[stopped for *_, stopped in world.receipts],
        licences=terms,
        **rows,
    )
    return part(found, "A")[[f"p_stock_out_{day}" for day in DAYS]].to_numpy(dtype=float)


def no_higher(one: np.ndarray, other: np.ndarray) -> None:
    assert (one <= other + SLACK).all(), (one, other)


@SETTLED
@given(worlds())
def test_a_chance_is_one_and_rises_with_the_days(world: World) -> None:
    found = chances(world)
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) >= 0).all()
    assert np.array_equal(found, chances(world))


def test_the_day_with_the_highest_chance_counts_whether_it_is_the_first_shortage_or_not() -> None:
    """Weeks of 0 and 16: deviation sqrt(10 * 64 / 9) = 8.4327 a week, 3.1873 a day. Day 69 uses 82 in all.

    Stock 53, by day 60: day 1 is short of 1, Phi(1 / 3.1873) = 0.6231; by day 90: day 69 is short of 29,
    Phi(29 / (3.1873 * sqrt(69))) = Phi(1.0953) = 0.8633, more than at the end, Phi(29 / (3.1873 * sqrt(90))) = 0.8312.
    """
    demand = ((1, 10), (1, 14), (1, 10), (1, 10), (69, 28), (1, 10))
    world = World(53, (0, 16) * 5, demand, (), (), None, (1, 1))
    assert chances(world) == pytest.approx([0.6231, 0.6231, 0.8633], abs=5e-5)
    # one that comes too late to help is looked at day by day as well
    assert chances(replace(world, receipts=((80, 1, False),))) == pytest.approx([0.6231, 0.6231, 0.8633], abs=5e-5)


@SETTLED
@example(World(53, (0, 16) * 5, ((1, 54), (69, 28)), (), (), None, (1, 1)), 1)
@given(worlds(), st.integers(1, 60))
def test_more_stock_never_raises_a_chance(world: World, more: int) -> None:
    no_higher(chances(replace(world, stock=world.stock + more)), chances(world))


@SETTLED
@given(worlds(), st.integers(0, 2), st.integers(1, 40))
def test_an_earlier_receipt_never_raises_a_chance(world: World, at: int, days: int) -> None:
    sooner = [(max(day - days, 1) if n == at else day, *rest) for n, (day, *rest) in enumerate(world.receipts)]
    no_higher(chances(replace(world, receipts=tuple(sooner))), chances(world))


@SETTLED
@given(worlds(), st.integers(1, 80), st.integers(1, 60), st.booleans())
def test_one_more_receipt_never_raises_a_chance(world: World, day: int, quantity: int, stopped: bool) -> None:
    more = (*world.receipts, (day, quantity, stopped))
    no_higher(chances(replace(world, receipts=more)), chances(world))


@SETTLED
@given(worlds(), st.sampled_from([30.0, 60.0, 100.0]))
def test_a_higher_approval_never_raises_a_chance(world: World, rate: float) -> None:
    lower = replace(world, rate=None if rate == 30 else rate / 2)
    no_higher(chances(replace(world, rate=rate)), chances(lower))


@SETTLED
@given(worlds(), st.integers(1, 20))
def test_suppliers_that_are_later_never_lower_a_chance(world: World, days: int) -> None:
    no_higher(chances(world), chances(replace(world, late=tuple(one + days for one in world.late))))
