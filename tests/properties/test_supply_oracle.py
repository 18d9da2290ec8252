"""Lots, released orders, both floors, production by the minute and BOM lines of some days only, day by day.

Against a walk in plain Python that moves every unit.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskplug.bom import build_graph
from riskplug.model import BomGraph
from riskplug.plan import Plan
from riskplug.tables import conform
from tests.examples import examples
from tests.unit.plan.worlds import SITE, graph, planned

# A Monday; the United States have no federal holiday in the 60 days that follow.
ON = date(2025, 3, 3)
HORIZON = 60
SLIP = 7
POLICIES = ("stock", "firm", "all", "restricted")
SETTLED = settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Made:
    """A released order: what it makes, how much, its first and last day, and its reservations where it has some."""

    part: int
    quantity: int
    start: int | None
    finish: int
    reserved: tuple[tuple[int, int, int], ...] | None  # part, day, quantity


@dataclass(frozen=True)
class World:
    """Parts 0..n-1; edges lead from lower to higher numbers. Stock without a date beside lots with a last day.

    ``windows``: first and last day of lines that have one, inclusive. ``minutes``: a unit, and days of buffer.
    """

    edges: dict[tuple[int, int], int]
    windows: dict[tuple[int, int], tuple[int | None, int | None]]
    lead: tuple[int, ...]
    minutes: tuple[tuple[int, int] | None, ...]
    safety: tuple[int, ...]
    stock: tuple[int, ...]
    lots: tuple[tuple[int, int, int], ...]  # part, quantity, last day
    receipts: tuple[tuple[int, int, int, bool], ...]  # part, day, quantity, stopped
    made: tuple[Made, ...]
    demand: tuple[tuple[int, int, int], ...]  # part, day, quantity

    @property
    def names(self) -> list[str]:
        return [f"A{number}" for number in range(len(self.stock))]


@st.composite
def worlds(draw: Any, dated: bool = False) -> World:
    """``dated``: many edges with first and last days, little stock, so that much is handed down on either side."""
    size = draw(st.integers(3, 4) if dated else st.integers(1, 5))
    pairs = [(p, c) for p in range(size) for c in range(p + 1, size)]
    part, day = st.integers(0, size - 1), st.integers(-5, HORIZON + 5)
    each = lambda values: tuple(draw(st.lists(values, min_size=size, max_size=size)))  # noqa: E731
    reserved = st.none() | st.lists(st.tuples(part, day, st.integers(1, 9)), min_size=1, max_size=2).map(tuple)
    orders = st.builds(Made, part, st.integers(1, 20), st.none() | day, day, reserved)
    lots = st.tuples(part, st.integers(1, 40), st.integers(-3, HORIZON + 5))
    receipts = st.tuples(part, day, st.integers(1, 40), st.booleans())
    edges = {pair: draw(st.integers(1, 3)) for pair in pairs if dated or draw(st.booleans())}
    window = st.tuples(st.none() | day, st.none() | day).filter(lambda ends: None in ends or ends[0] <= ends[1])
    return World(
        edges,
        {pair: draw(window) for pair in edges if dated and draw(st.integers(0, 3))},
        each(st.integers(0, 4)),
        each(st.none() | st.tuples(st.integers(0, 900), st.integers(0, 2))),
        each(st.integers(0, 15)),
        each(st.integers(-8, 10 if dated else 40)),
        tuple(draw(st.lists(lots, max_size=5))),
        tuple(draw(st.lists(receipts, max_size=4))),
        tuple(draw(st.lists(orders, max_size=3))),
        tuple(draw(st.lists(st.tuples(part, day, st.integers(1, 30)), min_size=3 * dated, max_size=8))),
    )


def on(day: int | None) -> date | None:
    return None if day is None else ON + timedelta(days=day)


def bom_of(world: World) -> BomGraph:
    names = world.names
    if not world.windows:
        return graph(names, [(names[p], names[c], quantity) for (p, c), quantity in world.edges.items()])
    lines = [
        {
            "parent": names[p],
            "component": names[c],
            "quantity": quantity,
            **dict(zip(("valid_from", "valid_to"), map(on, world.windows.get((p, c), (None, None))), strict=True)),
        }
        for (p, c), quantity in world.edges.items()
    ]
    index = pd.Index(names, dtype="str")
    parts = conform("parts", pd.DataFrame({"part_no": names, "site": SITE, "base_unit": "pc"}), index)
    frame = pd.DataFrame(lines, columns=[*lines[0]]).assign(site=SITE)
    for name in ("valid_from", "valid_to"):
        frame[name] = pd.to_datetime(frame[name])
    return build_graph(conform("bom_lines", frame, index), parts, sites=[SITE], on=ON, horizon=HORIZON)


def scan(world: World, floor: str = "zero") -> Plan:
    names = world.names
    row = lambda part, **more: {"part_no": names[part], **more}  # noqa: E731
    return planned(
        names,
        ON,
        horizon=HORIZON,
        bom=bom_of(world),
        policy={"runway_floor": floor, "without_demand": "never"},
        stopped=[stopped for *_, stopped in world.receipts],
        parts=[
            row(
                part,
                lead_time_days=lead,
                safety_stock=safety,
                procurement="make",
                minutes_per_unit=minutes and minutes[0],
                buffer_days=minutes and minutes[1],
            )
            for part, (lead, safety, minutes) in enumerate(zip(world.lead, world.safety, world.minutes, strict=True))
        ],
        inventory=[
            *(row(part, quantity=quantity) for part, quantity in enumerate(world.stock)),
            *(
                row(part, quantity=quantity, expires_on=on(last), lot=str(n))
                for n, (part, quantity, last) in enumerate(world.lots)
            ),
        ],
        purchase_orders=[
            row(part, order_no=str(n), line="1", due_date=on(day), open_quantity=quantity)
            for n, (part, day, quantity, _) in enumerate(world.receipts)
        ],
        production_orders=[
            row(
                one.part,
                order_no=f"MO-{n}",
                open_quantity=one.quantity,
                start_date=on(one.start),
                finish_date=on(one.finish),
                released=True,
            )
            for n, one in enumerate(world.made)
        ],
        demand=[
            *(row(part, date=on(day), quantity=quantity) for part, day, quantity in world.demand),
            *(
                row(part, date=on(day), quantity=quantity, kind="reservation", reference=f"MO-{n}")
                for n, one in enumerate(world.made)
                for part, day, quantity in one.reserved or ()
            ),
        ],
    )


def earlier(day: int, work_days: int) -> int:
    while work_days > 0:
        day -= 1
        work_days -= (ON + timedelta(days=day)).weekday() < 5
    return max(day, 0)


def in_force(world: World, edge: tuple[int, int], day: int) -> bool:
    """A line is in force from its first to its last day; one that ends before it starts never is."""
    first, last = world.windows.get(edge, (None, None))
    return (first is None or first <= day) and (last is None or day <= last)


def takes(world: World, part: int, quantity: int) -> int:
    """Work days to make some: minutes of all of them in days of 1,440, a buffer on top, a part of a day is a day."""
    if world.minutes[part] is None:
        return world.lead[part]
    each, buffer = world.minutes[part]
    return ceil(Fraction(each * quantity, 1440) + buffer)


def arriving(day: int) -> int:
    return day if day >= 0 else SLIP


def asked(world: World) -> list[dict[int, int]]:
    """Requirement by part and day before anything is handed down."""
    gross: list[dict[int, int]] = [defaultdict(int) for _ in world.stock]
    for part, day, quantity in world.demand:
        gross[part][max(day, 0)] += quantity
    for one in world.made:
        if one.reserved is not None:
            for part, day, quantity in one.reserved:
                gross[part][max(day, 0)] += quantity
            continue
        days = takes(world, one.part, one.quantity)
        start = earlier(arriving(one.finish), days) if one.start is None else max(one.start, 0)
        for (parent, component), per in world.edges.items():
            if parent == one.part and in_force(world, (parent, component), start):
                gross[component][start] += per * one.quantity
    return gross


def supplied(world: World, part: int, policy: str) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    if policy == "stock":
        return found
    for at, day, quantity, stopped in world.receipts:
        if at == part and not (policy == "restricted" and stopped):
            found[arriving(day)] += quantity
    for one in world.made:
        if one.part == part:
            found[arriving(one.finish)] += one.quantity
    return found


@dataclass
class Shelf:
    """The lots of a part and all its other stock, which may be owed."""

    lots: list[list[int]]  # last day, quantity
    other: int

    def take(self, quantity: int) -> None:
        for lot in sorted(self.lots):
            used = min(lot[1], quantity)
            lot[1] -= used
            quantity -= used
        self.other -= quantity

    def drop(self, day: int) -> int:
        gone = sum(lot[1] for lot in self.lots if lot[0] < day)
        self.lots = [lot for lot in self.lots if lot[0] >= day]
        return gone

    @property
    def total(self) -> int:
        return sum(lot[1] for lot in self.lots) + self.other


@dataclass
class Told:
    state: str
    days: float | None
    expiry: dict[int, int]
    required: int = 0


def oracle(world: World, policy: str, to_safety: bool) -> list[Told]:
    """State, calendar days and what expires of every part."""
    gross = asked(world)
    found = []
    for part in range(len(world.stock)):
        floor = world.safety[part] if to_safety else 0
        shelf = Shelf([[last, q] for at, q, last in world.lots if at == part and last >= 0], max(world.stock[part], 0))
        shelf.take(max(-world.stock[part], 0))
        supply, told, deepest = supplied(world, part, policy), Told("", None, {}), 0
        for day in range(HORIZON + 1):
            if gone := shelf.drop(day):
                told.expiry[day] = gone
            shelf.other += supply[day]
            available = shelf.total - floor
            shelf.take(gross[part][day])
            short = floor - shelf.total
            if short > 0 and not told.state:
                share = max(0, available) / gross[part][day] if gross[part][day] else 0
                told.state, told.days = ("runs_out", day - 1 + share) if day else ("already_short", 0.0)
            for (parent, component), per in world.edges.items():
                needed = earlier(day, takes(world, part, max(short - deepest, 0)))
                if parent == part and short > deepest and in_force(world, (parent, component), needed):
                    gross[component][needed] += per * (short - deepest)
            deepest = max(deepest, short)
        told.required = sum(quantity for day, quantity in gross[part].items() if day <= HORIZON)
        told.state = told.state or ("covered_to_horizon" if told.required else "no_demand")
        found.append(told)
    return found


def agrees(state: Any, days: Any, told: Told) -> None:
    assert state == told.state
    assert days == pytest.approx(float("nan") if told.days is None else told.days, nan_ok=True)


@SETTLED
@given(worlds(dated=True), st.sampled_from(["zero", "safety_stock"]))
def test_every_runway_equals_the_walk_that_moves_each_unit(world: World, floor: str) -> None:
    found = scan(world, floor)
    for policy in POLICIES:
        for row, told in zip(found.parts.to_dict("records"), oracle(world, policy, floor != "zero"), strict=True):
            agrees(row[f"{policy}_runway_days_state"], row[f"{policy}_runway_days"], told)
            assert policy != "restricted" or row["daily_demand"] * HORIZON == pytest.approx(told.required)


@SETTLED
@given(worlds(), st.sampled_from(["zero", "safety_stock"]))
def test_the_runways_to_both_floors_do_not_depend_on_the_floor_of_the_policy(world: World, floor: str) -> None:
    rows = scan(world, floor).parts.to_dict("records")
    for name, to_safety in (("zero", False), ("safety", True)):
        for row, told in zip(rows, oracle(world, "restricted", to_safety), strict=True):
            agrees(row[f"{name}_runway_days_state"], row[f"{name}_runway_days"], told)


@SETTLED
@given(worlds(), st.sampled_from(POLICIES))
def test_what_expires_is_what_the_walk_has_left_over(world: World, policy: str) -> None:
    found = scan(world)
    for name, told in zip(world.names, oracle(world, policy, False), strict=True):
        rows = found.events(name, SITE, policy)
        gone = rows[rows["kind"] == "expiry"]
        days = [(day.date() - ON).days for day in gone["date"]]
        assert dict(zip(days, -gone["quantity"], strict=True)) == pytest.approx(told.expiry)
        moving = rows[rows["kind"] != "shortage"]
        assert moving["quantity"].cumsum().to_list() == pytest.approx(moving["balance"].to_list())


def reach(found: Plan, policy: str) -> list[float]:
    rows = found.parts[[f"{policy}_runway_days", f"{policy}_runway_days_state"]].to_numpy()
    return [days if state in ("runs_out", "already_short") else float("inf") for days, state in rows]


@SETTLED
@given(worlds(), st.data())
def test_a_lot_that_lasts_longer_or_holds_more_never_shortens_a_runway(world: World, data: st.DataObject) -> None:
    if not world.lots:
        return
    at = data.draw(st.integers(0, len(world.lots) - 1))
    part, quantity, last = world.lots[at]
    for better in ((part, quantity + 5, last), (part, quantity, last + 9)):
        lots = (*world.lots[:at], better, *world.lots[at + 1 :])
        before, after = scan(world), scan(replace(world, lots=lots))
        for policy in POLICIES:
            pairs = zip(reach(after, policy), reach(before, policy), strict=True)
            assert not any(one < other - 1e-9 for one, other in pairs)


@SETTLED
@given(worlds())
def test_a_world_without_lots_past_the_horizon_is_the_one_with_plain_stock(world: World) -> None:
    dated = replace(world, lots=tuple((part, quantity, HORIZON) for part, quantity, _ in world.lots))
    stock = list(world.stock)
    for part, quantity, _ in dated.lots:
        stock[part] += quantity
    plain = replace(world, lots=(), stock=tuple(stock))
    for policy in POLICIES:
        assert reach(scan(dated), policy) == pytest.approx(reach(scan(plain), policy))


@SETTLED
@given(worlds())
def test_the_floor_of_safety_stock_never_lengthens_a_runway(world: World) -> None:
    row = scan(world).parts
    for zero, safety in zip(reach(scan(world), "restricted"), _days(row, "safety"), strict=True):
        assert safety <= zero + 1e-9


def _days(rows: Any, name: str) -> list[float]:
    states = rows[f"{name}_runway_days_state"].isin(["runs_out", "already_short"])
    return list(rows[f"{name}_runway_days"].where(states, float("inf")))
