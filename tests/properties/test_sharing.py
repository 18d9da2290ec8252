"""Alternates in order or whole, and lanes, against a day-by-day walk in plain Python, and what they must never do."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from riskplug.plan import Plan, serving, structure
from riskplug.plan.above import Above
from riskplug.plan.rewalk import reach
from tests.examples import examples
from tests.properties.served import HORIZON, ON, Node, Walk, World, scan, worlds

POLICIES = ("stock", "all", "restricted")
SETTLED = settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.too_slow])
ENDLESS = {"covered_to_horizon": float("inf"), "no_demand": float("inf"), "unknown": float("nan")}


def said(found: Plan, node: Node, policy: str) -> tuple[str, float | None]:
    one = found.policies(*node)[policy]
    return one["state"], one["days"]  # type: ignore[return-value]


def shorter(after: Plan, before: Plan, node: Node) -> bool:
    """NaN, an unknown runway, compares as not shorter."""
    for policy in POLICIES:
        (state, days), (old, was) = said(after, node, policy), said(before, node, policy)
        if ENDLESS.get(state, days) < ENDLESS.get(old, was) - 1e-9:  # type: ignore[operator]
            return True
    return False


def givers(world: World) -> list[Node]:
    return sorted({link.giver for link in Walk(world, "stock").links})


@settings(SETTLED, max_examples=examples(120))
@given(worlds(), st.booleans())
def test_every_runway_equals_the_walk_day_by_day(world: World, whole: bool) -> None:
    world = replace(world, whole=whole)
    found = scan(world)
    for policy in POLICIES:
        walk = Walk(world, policy)
        for node in walk.nodes:
            state, days = walk.runway(node)
            assert said(found, node, policy) == (state, None if days is None else pytest.approx(days, abs=1e-6))


@SETTLED
@given(worlds(), st.booleans())
def test_in_small_blocks_the_walk_finds_the_same(world: World, whole: bool) -> None:
    world = replace(world, whole=whole)
    found = scan(world)
    with pytest.MonkeyPatch.context() as small:
        small.setattr(structure, "BLOCK", 2)
        small.setattr(serving, "CELLS", 1)
        assert_frame_equal(scan(world).parts, found.parts)


@SETTLED
@given(worlds())
def test_events_add_up_and_what_one_takes_another_gives(world: World) -> None:
    found, walk = scan(world), Walk(world, "restricted")
    for node in walk.nodes:
        events = found.events(*node)
        by_kind = events.groupby("kind")["quantity"].sum()
        taken = sum(walk.taken[node].values())
        assert by_kind.get("taken", 0.0) == pytest.approx(taken)
        assert -by_kind.get("given", 0.0) == pytest.approx(sum(walk.given[node].values()))
        short = events.loc[events["kind"] == "shortage", "date"].dt.date.to_list()
        first = found.policies(*node)["restricted"]["first_uncovered_date"]
        assert world.stock[node] is None or short == ([first] if first else [])
        above = Above.of(found.ledger, found.index.node(*node), "restricted")
        again = reach(*above.by_day(above.at), np.zeros(HORIZON + 1, dtype=int)).first
        assert world.stock[node] is None or again == (None if first is None else (first - ON).days)


@SETTLED
@given(worlds(), st.data())
def test_more_stock_of_a_giver_shortens_neither_its_runway_nor_that_of_a_taker(
    world: World, data: st.DataObject
) -> None:
    if not givers(world):
        return
    giver = data.draw(st.sampled_from(givers(world)))
    more = replace(world, stock={**world.stock, giver: (world.stock[giver] or 0) + 7})
    before, after = scan(world), scan(more)
    takers = {link.taker for link in Walk(world, "stock").links if link.giver == giver}
    assert not any(shorter(after, before, node) for node in {giver, *takers})


@SETTLED
@given(worlds(), st.integers(0, 9))
def test_a_lane_shortens_no_runway_at_either_end(world: World, days: int) -> None:
    if len(world.sites) < 2:
        return
    back = tuple(lane for lane in world.lanes if lane[0] == "S2")
    base = replace(world, in_order=False, protection="horizon", lanes=back)
    before, after = scan(base), scan(replace(base, lanes=(*base.lanes, ("S1", "S2", days))))
    assert not any(shorter(after, before, node) for node in world.stock)


@SETTLED
@given(worlds())
def test_giving_makes_nobody_short_of_what_it_protects(world: World) -> None:
    found, walk = scan(world), Walk(world, "restricted")
    for node in givers(world):
        events = found.events(*node)
        early = events[events["date"].dt.date < ON + timedelta(days=walk.until(node))]
        gives = early.index[early["kind"] == "given"]
        assert (early.loc[gives, "balance"] >= -1e-9).all()
        assert gives.empty or (early.loc[gives[0] :, "balance"] >= -1e-9).all()


@SETTLED
@given(worlds())
def test_the_order_of_rows_is_irrelevant(world: World) -> None:
    turned = replace(
        world,
        lines=world.lines[::-1],
        stock=dict(reversed(world.stock.items())),
        receipts=world.receipts[::-1],
        demand=world.demand[::-1],
    )
    found, other = scan(world), scan(turned)
    assert all(said(found, node, policy) == said(other, node, policy) for node in world.stock for policy in POLICIES)


@SETTLED
@given(worlds())
def test_without_alternates_and_lanes_the_choice_changes_no_bit(world: World) -> None:
    plain = replace(
        world, lanes=(), lines=tuple(replace(line, group=None, priority=None) for line in world.lines), in_order=False
    )
    assert_frame_equal(scan(plain).parts, scan(replace(plain, in_order=True)).parts, check_exact=True)
