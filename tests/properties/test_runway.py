"""Runways against a day-by-day walk in plain Python, and what must hold for any company (eight invariants)."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskplug.plan import Plan
from tests.examples import examples
from tests.unit.plan.worlds import SITE, graph, planned

# A Monday; the United States have no federal holiday in the 60 days that follow.
ON = date(2025, 3, 3)
HORIZON = 60
POLICIES = ("stock", "firm", "all", "restricted")
SETTLED = settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class World:
    """Parts 0..n-1; edges lead from lower to higher numbers, over at most four levels."""

    level: tuple[int, ...]
    edges: dict[tuple[int, int], int]
    stock: tuple[int | None, ...]
    lead: tuple[int, ...]
    bought: tuple[bool, ...]
    phantom: tuple[bool, ...]
    receipts: tuple[tuple[int, int, int, bool, bool], ...]  # part, day, quantity, firm, stopped
    demand: tuple[tuple[int, int, int], ...]  # part, day, quantity
    unit: str = "pc"
    factor: int = 1

    @property
    def names(self) -> list[str]:
        return [f"A{number}" for number in range(len(self.level))]


@st.composite
def worlds(draw: Any) -> World:
    level = tuple(sorted(draw(st.lists(st.integers(0, 3), min_size=2, max_size=7))))
    size = len(level)
    pairs = [(p, c) for p in range(size) for c in range(size) if level[p] < level[c]]
    edges = {pair: draw(st.integers(1, 3)) for pair in pairs if draw(st.booleans())}
    part, day = st.integers(0, size - 1), st.integers(-5, HORIZON)
    each = lambda values: tuple(draw(st.lists(values, min_size=size, max_size=size)))  # noqa: E731
    return World(
        level,
        edges,
        each(st.one_of(st.integers(-3, 30), st.integers(0, 200), st.none())),
        each(st.integers(0, 4)),
        each(st.integers(0, 3).map(lambda n: n == 0)),
        each(st.integers(0, 4).map(lambda n: n == 0)),
        tuple(draw(st.lists(st.tuples(part, day, st.integers(1, 60), st.booleans(), st.booleans()), max_size=6))),
        tuple(draw(st.lists(st.tuples(part, day, st.integers(1, 40)), max_size=8))),
    )


def scan(world: World, policy: dict[str, Any] | None = None) -> Plan:
    names, unit, factor = world.names, world.unit, world.factor
    bom = graph(
        names,
        [(names[p], names[c], quantity) for (p, c), quantity in world.edges.items()],
        phantoms=[name for name, phantom in zip(names, world.phantom, strict=True) if phantom],
    )
    return planned(
        names,
        ON,
        bom=bom,
        horizon=HORIZON,
        absent="unknown",
        policy=policy,
        stopped=[stopped for *_, stopped in world.receipts],
        parts=[
            {"part_no": name, "base_unit": unit, "lead_time_days": lead, "procurement": "buy" if bought else "make"}
            for name, lead, bought in zip(names, world.lead, world.bought, strict=True)
        ],
        inventory=[
            {"part_no": name, "quantity": stock * factor}
            for name, stock in zip(names, world.stock, strict=True)
            if stock is not None
        ],
        purchase_orders=[
            {
                "part_no": names[part],
                "order_no": str(at),
                "line": "1",
                "due_date": ON + timedelta(days=day),
                "open_quantity": quantity * factor,
                "firm": firm,
            }
            for at, (part, day, quantity, firm, _) in enumerate(world.receipts)
        ],
        demand=[
            {"part_no": names[part], "date": ON + timedelta(days=day), "quantity": quantity * factor}
            for part, day, quantity in world.demand
        ],
    )


def work_days_back(day: int, count: int) -> int:
    while count > 0:
        day -= 1
        count -= (ON + timedelta(days=day)).weekday() < 5
    return max(day, 0)


def arrivals(world: World, part: int, policy: str) -> dict[int, int]:
    counts = {
        "stock": lambda f, s: False,
        "firm": lambda f, s: f,
        "all": lambda f, s: True,
        "restricted": lambda f, s: not s,
    }[policy]
    found: dict[int, int] = defaultdict(int)
    for at, day, quantity, firm, stopped in world.receipts:
        if at == part and counts(firm, stopped) and not world.phantom[part]:
            found[day if day >= 0 else 7] += quantity
    return found


def oracle(world: World, policy: str) -> list[tuple[str, float | None]]:
    """State and days of every part, one day after the other."""
    gross: list[dict[int, int]] = [defaultdict(int) for _ in world.level]
    for part, day, quantity in world.demand:
        gross[part][max(day, 0)] += quantity
    found = []
    for part in range(len(world.level)):
        opening = 0 if world.phantom[part] else world.stock[part] or 0
        supply = arrivals(world, part, policy)
        found.append(runway(world, part, opening, supply, gross[part]))
        if world.bought[part] and not world.phantom[part]:
            continue
        available = opening
        for day in range(HORIZON + 1):
            available += supply[day] - gross[part][day]
            lacking, available = max(0, -available), max(0, available)
            needed = work_days_back(day, 0 if world.phantom[part] else world.lead[part])
            for (parent, component), quantity in world.edges.items():
                if parent == part:
                    gross[component][needed] += lacking * quantity
    return found


def runway(
    world: World, part: int, opening: int, supply: dict[int, int], gross: dict[int, int]
) -> tuple[str, float | None]:
    wanted = sum(gross.values())
    if world.phantom[part]:
        return "no_demand", None
    if world.stock[part] is None:
        return ("unknown" if wanted else "no_demand"), None
    balance = opening
    for day in range(HORIZON + 1):
        available = balance + supply[day]
        balance = available - gross[day]
        if balance < 0:
            return ("runs_out", day - 1 + max(0, available) / gross[day]) if day else ("already_short", 0.0)
    return ("covered_to_horizon" if wanted else "no_demand"), None


def said(found: Plan, policy: str) -> list[tuple[str, float | None]]:
    return [
        (one["state"], one["days"]) for one in (found.policies(name, SITE)[policy] for name in found.parts["part_no"])
    ]  # type: ignore[misc]


def reach(found: Plan, policy: str) -> list[float]:
    """Runways as numbers that can be compared: no shortage is endless; unknown is left out as NaN."""
    rank = {"covered_to_horizon": float("inf"), "no_demand": float("inf"), "unknown": float("nan")}
    return [rank.get(state, days) for state, days in said(found, policy)]  # type: ignore[misc]


def never_shorter(longer: list[float], shorter: list[float]) -> bool:
    return not any(one < other - 1e-9 for one, other in zip(longer, shorter, strict=True))


@settings(SETTLED, max_examples=examples(100))
@given(worlds())
def test_every_runway_equals_the_walk_day_by_day(world: World) -> None:
    found = scan(world)
    for policy in POLICIES:
        for (state, days), (expected, length) in zip(said(found, policy), oracle(world, policy), strict=True):
            assert state == expected
            assert days == (None if length is None else pytest.approx(length))


@SETTLED
@given(worlds())
def test_events_add_up_to_their_balances_and_end_where_the_runway_does(world: World) -> None:
    found = scan(world)
    for part, name in enumerate(world.names):
        events = found.events(name, SITE)
        moving = events[events["kind"] != "shortage"]
        if world.stock[part] is not None or world.phantom[part]:
            assert moving["quantity"].cumsum().to_list() == pytest.approx(moving["balance"].to_list())
        short = events.loc[events["kind"] == "shortage", "date"].dt.date.to_list()
        first = found.policies(name, SITE)["restricted"]["first_uncovered_date"]
        assert world.phantom[part] or short == ([first] if first else [])


@SETTLED
@given(worlds(), st.data())
def test_more_stock_never_shortens_a_runway(world: World, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, len(world.level) - 1))
    more = tuple(s + 7 if s is not None and n == part else s for n, s in enumerate(world.stock))
    before, after = scan(world), scan(replace(world, stock=more))
    assert all(never_shorter(reach(after, policy), reach(before, policy)) for policy in POLICIES)


@SETTLED
@given(worlds(), st.data())
def test_a_receipt_more_or_earlier_never_shortens_a_runway(world: World, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, len(world.level) - 1))
    day = data.draw(st.integers(0, HORIZON))
    nothing, late, early = (
        scan(replace(world, receipts=world.receipts + extra))
        for extra in ((), ((part, day, 9, True, False),), ((part, day // 2, 9, True, False),))
    )
    for policy in POLICIES:
        assert never_shorter(reach(late, policy), reach(nothing, policy))
        assert never_shorter(reach(early, policy), reach(late, policy))


@SETTLED
@given(worlds())
def test_policies_that_count_more_receipts_never_give_less(world: World) -> None:
    found = scan(world)
    stock, firm, everything, restricted = (reach(found, policy) for policy in POLICIES)
    assert never_shorter(firm, stock)
    assert never_shorter(everything, firm)
    assert never_shorter(everything, restricted)
    assert never_shorter(restricted, stock)


@SETTLED
@given(worlds())
def test_splitting_a_demand_of_a_day_changes_nothing(world: World) -> None:
    split = tuple(one for part, day, quantity in world.demand for one in ((part, day, quantity - 1), (part, day, 1)))
    found, halves = scan(world), scan(replace(world, demand=split))
    assert all(said(found, policy) == said(halves, policy) for policy in POLICIES)


@SETTLED
@given(worlds())
def test_the_order_of_bom_lines_and_rows_is_irrelevant(world: World) -> None:
    turned = replace(
        world, edges=dict(reversed(world.edges.items())), demand=world.demand[::-1], receipts=world.receipts[::-1]
    )
    found, other = scan(world), scan(turned)
    assert all(said(found, policy) == said(other, policy) for policy in POLICIES)


@SETTLED
@given(worlds(), st.data())
def test_a_phantom_between_two_levels_changes_nothing(world: World, data: st.DataObject) -> None:
    if not world.edges:
        return
    (parent, component) = data.draw(st.sampled_from(sorted(world.edges)))
    size = len(world.level)
    edges = {edge: q for edge, q in world.edges.items() if edge != (parent, component)}
    edges |= {(parent, size): world.edges[parent, component], (size, component): 1}
    between = replace(
        world,
        edges=edges,
        level=(*world.level, 0),
        stock=(*world.stock, 50),
        lead=(*world.lead, 3),
        bought=(*world.bought, False),
        phantom=(*world.phantom, True),
    )
    found, longer = scan(world), scan(between)
    for policy in POLICIES:
        assert said(longer, policy)[:size] == said(found, policy)


@SETTLED
@given(worlds())
def test_scaling_units_changes_nothing(world: World) -> None:
    kilograms, grams = scan(replace(world, unit="kg")), scan(replace(world, unit="g", factor=1000))
    for policy in POLICIES:
        for (state, days), (other, length) in zip(said(kilograms, policy), said(grams, policy), strict=True):
            assert state == other
            assert days == (None if length is None else pytest.approx(length))


@SETTLED
@given(worlds())
def test_a_runway_is_never_negative_and_never_a_placeholder(world: World) -> None:
    found = scan(world)
    for policy in POLICIES:
        for state, days in said(found, policy):
            assert (days is not None) == (state in {"runs_out", "already_short"})
            assert days is None or 0 <= days <= HORIZON
