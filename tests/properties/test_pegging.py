"""Pegs against a walk of single units, each of which knows for whom it is needed."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given

from riskplug.plan.above import Above, Around
from riskplug.plan.explained import FLOORS
from riskplug.plan.ledger import to_floor
from riskplug.plan.pegging import Peg, pegs
from riskplug.plan.result import Plan
from riskplug.plan.rewalk import reach
from tests.properties.test_runway import HORIZON, POLICIES, SETTLED, World, arrivals, said, scan, work_days_back, worlds
from tests.unit.plan.worlds import SITE, assert_cut_down

Units = list[tuple[str, int]]
"""For whom each unit is needed: a row of the demand table, or the stock of a part."""


def units_of_days(world: World, policy: str) -> list[dict[int, Units]]:
    """Every unit that every part is asked for, by day, first come first."""
    asked: list[dict[int, list[tuple[str, int, Units]]]] = [defaultdict(list) for _ in world.level]
    found: list[dict[int, Units]] = []
    for part in range(len(world.level)):
        own: dict[int, Units] = defaultdict(list)
        for row, (of, day, quantity) in enumerate(world.demand):
            if of == part:
                own[max(day, 0)] += [("row", row)] * quantity
        days = {
            day: own[day]
            + [unit for _, _, units in sorted(asked[part][day], key=lambda one: one[:2]) for unit in units]
            for day in range(HORIZON + 1)
        }
        found.append(days)
        hand_down(world, part, days, arrivals(world, part, policy), asked)
    return found


def hand_down(
    world: World, part: int, days: dict[int, Units], supply: dict[int, int], asked: list[dict[int, Any]]
) -> None:
    if world.bought[part] and not world.phantom[part]:
        return
    stock = 0 if world.phantom[part] else world.stock[part] or 0
    for day in range(HORIZON + 1):
        wanted = days[day]
        there = stock + supply[day]
        if there < 0:
            wanted = [("stock", part)] * -there + wanted
            there = 0
        lacking = wanted[there:]
        stock = max(0, there - len(wanted))
        needed = work_days_back(day, 0 if world.phantom[part] else world.lead[part])
        for (parent, component), quantity in world.edges.items():
            if parent == part and lacking:
                asked[component][needed].append((world.names[part], day, [u for u in lacking for _ in range(quantity)]))


def pegged(found: Plan, part: int, day: int, covered: float, policy: str) -> list[Peg]:
    above = Above.of(found.ledger, part, policy)
    behind = pegs(above, found.ledger.demand, found.demand_names, found.parts["part_no"], day, covered)
    row = found.ledger.demand.row
    return [replace(one, at=None if one.at is None else int(row[one.at])) for one in behind]


def counted(found: list[Peg], quantity: str) -> dict[tuple[str, int], float]:
    whose = [("row", one.at) if one.at is not None else ("stock", one.route[0]) for one in found]
    amounts = {who: getattr(one, quantity) for who, one in zip(whose, found, strict=True)}
    assert len(amounts) == len(found)
    return {who: amount for who, amount in amounts.items() if amount > 1e-9}


def near(expected: Units) -> Any:
    return pytest.approx({who: float(count) for who, count in Counter(expected).items()})


@SETTLED
@given(worlds())
def test_pegs_are_the_units_asked_for_on_the_first_uncovered_day(world: World) -> None:
    found = scan(world)
    for policy in POLICIES:
        units = units_of_days(world, policy)
        for part in range(len(world.level)):
            own = Above.of(found.ledger, part, policy)
            one = reach(*own.by_day(own.at), found.ledger.calendars.before[0])
            if one.first is None:
                continue
            behind = pegged(found, part, one.first, one.available, policy)
            wanted = units[part][one.first]
            assert counted(behind, "quantity") == near(wanted)
            assert counted(behind, "short") == near(wanted[max(0, round(one.available)) :])


@SETTLED
@given(worlds())
def test_a_part_walked_alone_has_the_runway_of_the_plan(world: World) -> None:
    found = scan(world)
    for policy in POLICIES:
        for part, (state, days) in enumerate(said(found, policy)):
            if state == "unknown" or world.phantom[part] or world.stock[part] is None:
                continue
            above = Above.of(found.ledger, part, policy)
            one = reach(*above.by_day(above.at), found.ledger.calendars.before[0])
            assert (one.state, one.days) == (state, None if days is None else pytest.approx(days))


@SETTLED
@given(worlds())
def test_a_route_leads_along_lines_from_the_part_that_is_sold(world: World) -> None:
    found = scan(world)
    for part in range(len(world.level)):
        first = found.policies(found.parts["part_no"].iloc[part], SITE)["restricted"]["first_uncovered_date"]
        if first is None:
            continue
        for peg in pegged(found, part, (first - found.on).days, 0.0, "restricted"):  # type: ignore[operator]
            way = (*peg.route, part)
            assert all(step in world.edges for step in pairwise(way))
            assert peg.at is None or way[0] == world.demand[peg.at][0]


@SETTLED
@given(worlds())
def test_the_ledger_around_a_part_is_that_of_all_parts_cut_down(world: World) -> None:
    whole = scan(world).ledger
    for part in range(len(world.level)):
        assert_cut_down(whole, part)


@SETTLED
@given(worlds())
def test_walks_that_are_shared_are_those_that_are_not(world: World) -> None:
    whole = scan(world).ledger
    for part in range(len(world.level)):
        walks = Around.of(whole, part).walks(POLICIES, FLOORS)
        assert list(walks) == [(policy, floor) for policy in POLICIES for floor in FLOORS]
        for (policy, floor), above in walks.items():
            alone = Above.of(to_floor(whole, floor == "safety_stock"), part, policy)
            for one, other in zip(above.by_day(above.at), alone.by_day(alone.at), strict=True):
                assert one.tobytes() == other.tobytes()
