"""Time to survive against slow oracles in plain Python on random worlds, and what must hold in all of them.

Trees with alternates: what can have been made of a part by a day is its stock, its receipts and, over its groups, the
least of the sums over alternates. Shared parts without alternates: gross to net in the order of levels. A day is
reached when this holds on it and on every day before; between receipts only the demand grows.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskplug.plan.buffer import cheapest_buffer
from riskplug.plan.buildable import buildable_now
from riskplug.plan.loss import loss_over_recovery
from riskplug.plan.survive import time_to_survive
from riskplug.plan.touched import Piece, pieces
from tests.examples import examples
from tests.unit.plan.chains import Named, Need, Receipt, chain_of

HORIZON = 64.0
SMALL = st.integers(0, 30)
SEVERAL = st.integers(1, 3)


@dataclass(frozen=True)
class World:
    needs: list[Need]
    stock: dict[str, float]
    demand: dict[str, float]
    capacity: dict[str, float]
    receipts: list[Receipt]
    lost: set[str]
    margin: dict[str, float]

    def named(self) -> Named:
        return chain_of(self.needs, self.stock, self.demand, self.margin, self.capacity, self.receipts)

    def groups(self, parent: str) -> list[list[tuple[str, float]]]:
        """Alternates and what they take, per group of a part."""
        found: dict[int, list[tuple[str, float]]] = {}
        for above, group, part, quantity in self.needs:
            if above == parent:
                found.setdefault(group, []).append((part, quantity))
        return list(found.values())

    def held(self, part: str, day: float) -> float:
        """Stock and receipts by a day; what a purchase that goes on has on order is part of what it can get."""
        arrived = sum(quantity for name, due, quantity in self.receipts if name == part and due <= day)
        return self.stock[part] + (arrived if part in self.lost or self.groups(part) else 0)

    def days(self) -> float:
        """The shortest over all products, the horizon where none stops before it."""
        found = time_to_survive(self.named().chain, self.disruption(), self.products(), HORIZON)
        return float(found.products["days"].fillna(HORIZON).min())

    def disruption(self):
        return self.named().without(self.lost)

    def products(self) -> np.ndarray:
        return self.named().at(*self.demand)

    def loss(self, ttr_days: float) -> float:
        return loss_over_recovery(self.named().chain, self.disruption(), ttr_days).value


@st.composite
def trees(draw: st.DrawFn) -> World:
    """F over parts of its own with alternates, two levels; some leaves lost, some with a capacity."""
    # What a capacity does without a loss is no disruption: one lost part of ample stock makes every world one.
    needs: list[Need] = [("F", 9, "X", 1)]
    stock, capacity = {"F": draw(SMALL), "X": 1000}, {}
    lost = {"X"}
    for group in range(draw(SEVERAL)):
        for alternate in range(draw(SEVERAL)):
            part = f"P{group}{alternate}"
            needs.append(("F", group, part, draw(SEVERAL)))
            below = draw(st.integers(0, 2))
            stock[part] = draw(SMALL)
            for number in range(below):
                needs.append((part, draw(st.integers(0, 1)), f"{part}L{number}", draw(SEVERAL)))
                stock[f"{part}L{number}"] = draw(SMALL)
            for leaf in [f"{part}L{number}" for number in range(below)] or [part]:
                fate = draw(st.sampled_from(["lost", "lost", "limited", "free"]))
                lost |= {leaf} if fate == "lost" else set()
                capacity |= {leaf: draw(st.sampled_from([0.5, 1, 2]))} if fate == "limited" else {}
            lost |= {part} if draw(st.integers(0, 9)) == 0 else set()
    capacity = {part: rate for part, rate in capacity.items() if part not in lost}
    arriving = st.tuples(st.sampled_from(list(stock)), st.integers(1, 12), SMALL)
    receipts = draw(st.lists(arriving, max_size=4))
    return World(needs, stock, {"F": draw(SEVERAL)}, capacity, receipts, lost, {"F": draw(SEVERAL)})


@st.composite
def shared(draw: st.DrawFn) -> World:
    """Three products and two assemblies over two purchases, each possibly used on several levels; no alternates."""
    parts = ["F1", "F2", "F3", "A1", "A2", "M1", "M2"]
    needs: list[Need] = []
    for at, parent in enumerate(parts[:5]):
        for group, part in enumerate(parts[max(at + 1, 3) :]):
            if draw(st.booleans()):
                needs.append((parent, group, part, draw(SEVERAL)))
    stock = {part: draw(SMALL) for part in parts}
    demand = {part: draw(st.integers(0, 3)) for part in ("F1", "F2", "F3")}
    lost = {"M1"} | draw(st.sets(st.sampled_from(parts), max_size=2))
    receipts = draw(st.lists(st.tuples(st.sampled_from(parts), st.integers(1, 12), SMALL), max_size=4))
    margin = {part: draw(SEVERAL) for part in demand}
    return World(needs, stock, demand, {}, receipts, lost, margin)


def makeable(world: World, part: str, day: float) -> float:
    """Units of a part of a tree that there can have been by a day."""
    held = world.held(part, day)
    if part in world.lost:
        return held
    groups = world.groups(part)
    if not groups:
        return held + world.capacity.get(part, inf) * day
    return held + min(sum(makeable(world, name, day) / quantity for name, quantity in group) for group in groups)


def tree_holds(world: World, day: float) -> bool:
    return makeable(world, "F", day) >= world.demand["F"] * day


def netting_holds(world: World, day: float) -> bool:
    """Whether what is needed by a day is there, all parents before their components.

    What was made of a part before a receipt of it came stays made, so the deepest shortage so far is what its
    components were used for; it is deepest just before receipts and on the day itself.
    """
    moments = [(float(due), False) for due in sorted({due for _, due, _ in world.receipts if due <= day})]
    deepest = dict.fromkeys(world.stock, 0.0)
    for moment, arrived in [*moments, (day, True)]:
        gross = {part: world.demand.get(part, 0) * moment for part in world.stock}
        for part in world.stock:
            held = world.held(part, moment if arrived else moment - 0.5)
            deepest[part] = net = max(deepest[part], gross[part] - held)
            if net > 1e-9 and part in world.lost:
                return False
            for group in world.groups(part):
                for name, quantity in group:
                    gross[name] += net * quantity
    return True


def reached(holds, world: World) -> float:
    """The day up to which every day holds, by halving between receipts."""
    begins = [0.0, *sorted({float(due) for _, due, _ in world.receipts}), HORIZON]
    for begin, end in pairwise(begins):
        # On the day of a receipt it counts; just before it does not.
        low, high = begin, end * (1 - 1e-12)
        if holds(world, high):
            continue
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if holds(world, middle) else (low, middle)
        return low
    return HORIZON


@settings(max_examples=examples(50), deadline=None)
@given(trees())
def test_a_tree_with_alternates_survives_as_long_as_the_recursion_allows(world: World) -> None:
    assert world.days() == pytest.approx(reached(tree_holds, world), abs=1e-4)


@settings(max_examples=examples(50), deadline=None)
@given(shared())
def test_products_that_share_parts_survive_as_long_as_netting_covers_them(world: World) -> None:
    assert world.days() == pytest.approx(reached(netting_holds, world), abs=1e-4)


@settings(max_examples=examples(50), deadline=None)
@given(shared(), st.sampled_from([HORIZON, 11.0, inf]))
def test_what_is_netted_is_what_the_linear_programme_tells(world: World, horizon_days: float) -> None:
    netted, built = told(world, horizon_days)
    with patch.object(Piece, "netting", None), patch("riskplug.plan.buildable._netted", return_value={}):
        programmed, most = told(world, horizon_days)
    for name in ("state", "alone_state"):
        assert netted[name].tolist() == programmed[name].tolist()
    for name in ("days", "alone_days"):
        assert netted[name].tolist() == pytest.approx(programmed[name].tolist(), abs=1e-6, nan_ok=True)
    assert built.drop(columns="units").equals(most.drop(columns="units"))
    assert built["units"].tolist() == pytest.approx(most["units"].tolist(), abs=1e-6, nan_ok=True)


def told(world: World, horizon_days: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How long all products last, and how many of each could be built."""
    chain, products = world.named().chain, world.products()
    return time_to_survive(chain, world.disruption(), products, horizon_days).products, buildable_now(chain, products)


@settings(max_examples=examples(50), deadline=None)
@given(trees())
def test_who_can_choose_takes_a_linear_programme(world: World) -> None:
    for piece in pieces(world.named().chain, world.disruption()):
        chooses = piece.needs["group"].duplicated().any()
        limited = ((piece.capacity_per_day > 0) & (piece.capacity_per_day < inf)).any()
        assert (piece.netting is None) == bool(chooses or limited)


@settings(max_examples=examples(25), deadline=None)
@given(trees())
def test_units_to_build_are_the_least_of_sums_over_a_tree(world: World) -> None:
    if not world.groups("F"):
        return
    bare = replace(world, stock=world.stock | {"F": 0}, receipts=[], lost=leaves(world), capacity={})
    named = world.named()
    units = buildable_now(named.chain, named.at("F"))["units"].iloc[0]
    assert units == pytest.approx(makeable(bare, "F", 0.0), abs=1e-6)


def leaves(world: World) -> set[str]:
    return set(world.stock) - {parent for parent, *_ in world.needs}


@settings(max_examples=examples(25), deadline=None)
@given(st.lists(st.tuples(SEVERAL, SEVERAL, SMALL, SEVERAL), min_size=1, max_size=4), SMALL, st.integers(0, 40))
def test_one_shared_part_goes_to_whom_it_earns_most_for(products, magnets: int, ttr_days: int) -> None:
    """products: (quantity, demand a day, stock, margin); the greatest margin per magnet is served first."""
    names = [f"F{number}" for number in range(len(products))]
    needs = [(name, 0, "M", quantity) for name, (quantity, *_) in zip(names, products, strict=True)]
    stock = {name: held for name, (_, _, held, _) in zip(names, products, strict=True)}
    demand = {name: rate for name, (_, rate, _, _) in zip(names, products, strict=True)}
    margin = {name: money for name, (*_, money) in zip(names, products, strict=True)}
    left, lost = float(magnets), 0.0
    for quantity, rate, held, money in sorted(products, key=lambda one: one[3] / one[0], reverse=True):
        short = max(0.0, rate * ttr_days - held)
        served = min(short, left / quantity)
        left -= served * quantity
        lost += (short - served) * money
    world = World(needs, stock | {"M": magnets}, demand, {}, [], {"M"}, margin)
    assert world.loss(ttr_days) == pytest.approx(lost, abs=1e-4)


WORLDS = st.one_of(trees(), shared())


@settings(max_examples=examples(25), deadline=None)
@given(WORLDS, st.data(), st.integers(1, 20))
def test_more_stock_never_shortens_the_days_nor_raises_the_loss(world: World, data: st.DataObject, more: int) -> None:
    part = data.draw(st.sampled_from(list(world.stock)))
    fuller = replace(world, stock=world.stock | {part: world.stock[part] + more})
    assert fuller.days() >= world.days() - 1e-4
    assert fuller.loss(20) <= world.loss(20) + 1e-4


@settings(max_examples=examples(25), deadline=None)
@given(WORLDS, st.integers(0, 30), st.integers(0, 30))
def test_a_longer_time_to_recover_never_lowers_the_loss(world: World, ttr_days: int, longer: int) -> None:
    assert world.loss(ttr_days + longer) >= world.loss(ttr_days) - 1e-4


@settings(max_examples=examples(25), deadline=None)
@given(WORLDS, st.integers(1, 5))
def test_a_later_receipt_never_lengthens_the_days(world: World, later: int) -> None:
    delayed = replace(world, receipts=[(part, day + later, quantity) for part, day, quantity in world.receipts])
    assert delayed.days() <= world.days() + 1e-4


@settings(max_examples=examples(25), deadline=None)
@given(WORLDS, st.integers(1, 40))
def test_nothing_is_lost_within_the_days_survived_and_something_beyond(world: World, ttr_days: int) -> None:
    days = world.days()
    lost = world.loss(ttr_days)
    assert (lost > 1e-4) == (days < ttr_days - 1e-3) or abs(days - ttr_days) < 1e-3


@settings(max_examples=examples(25), deadline=None)
@given(WORLDS, st.integers(1, 30))
def test_the_buffer_closes_the_gap_and_nine_tenths_of_it_do_not(world: World, ttr_days: int) -> None:
    named = world.named()
    found = cheapest_buffer(named.chain, world.disruption(), ttr_days, np.ones(len(named.names)))
    bought = named.by_name(found.stock, "quantity")

    def days_with(share: float) -> float:
        return replace(
            world, stock={part: held + share * bought.get(part, 0) for part, held in world.stock.items()}
        ).days()

    assert found.state in ("closes", "not_needed")
    assert days_with(1.0) >= ttr_days - 1e-3
    assert (days_with(0.9) < ttr_days) == (found.state == "closes")


@settings(max_examples=examples(25), deadline=None)
@given(WORLDS, st.randoms(use_true_random=False))
def test_the_order_of_needs_and_the_unit_of_a_part_change_nothing(world: World, random) -> None:
    shuffled = list(world.needs)
    random.shuffle(shuffled)
    parts = leaves(world) - set(world.demand)
    grams = World(
        [(above, group, part, qty * (1000 if part in parts else 1)) for above, group, part, qty in shuffled],
        {part: held * (1000 if part in parts else 1) for part, held in world.stock.items()},
        world.demand,
        {part: rate * (1000 if part in parts else 1) for part, rate in world.capacity.items()},
        [(part, day, qty * (1000 if part in parts else 1)) for part, day, qty in world.receipts],
        world.lost,
        world.margin,
    )
    assert grams.days() == pytest.approx(world.days(), abs=1e-3)
