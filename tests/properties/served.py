"""Companies whose parts serve each other, and a day-by-day walk over them in plain Python."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from riskplug.plan import Plan
from tests.unit.plan.worlds import company

# A Monday; the United States have no federal holiday in the 40 days that follow.
ON = date(2025, 3, 3)
HORIZON = 40
Node = tuple[str, str]


@dataclass(frozen=True)
class Line:
    parent: str
    component: str
    quantity: int
    kind: str = "normal"  # normal, fixed, by_product
    group: str | None = None
    priority: int | None = None


@dataclass(frozen=True)
class World:
    """Parts P0, P1, ...: lines lead from lower to higher numbers. Stock, receipts and demand are per part and site."""

    sites: tuple[str, ...]
    lead: dict[str, int]
    bought: frozenset[str]
    lines: tuple[Line, ...]
    lanes: tuple[tuple[str, str, int], ...]
    stock: dict[Node, int | None]
    receipts: tuple[tuple[Node, int, int, bool], ...]  # day, quantity, stopped
    demand: tuple[tuple[Node, int, int], ...]
    in_order: bool = True
    once: bool = False
    protection: str = "horizon"
    safety_time: int = 0
    whole: bool = False

    @property
    def parts(self) -> list[str]:
        return list(self.lead)


@st.composite
def worlds(draw: Any) -> World:
    size = draw(st.integers(3, 6))
    parts = [f"P{number}" for number in range(size)]
    sites = ("S1", "S2")[: draw(st.integers(1, 2))]
    lines: list[Line] = []
    for at, parent in enumerate(parts[:-1]):
        below = parts[at + 1 :]
        if len(below) > 1 and draw(st.integers(0, 2)):
            group = draw(st.lists(st.sampled_from(below), min_size=2, max_size=3, unique=True))
            lines += [
                Line(parent, part, draw(st.integers(1, 3)), "normal", "1", rank) for rank, part in enumerate(group)
            ]
        for part in draw(st.lists(st.sampled_from(below), max_size=2, unique=True)):
            kind = draw(st.sampled_from(("normal", "normal", "fixed", "by_product")))
            lines.append(Line(parent, part, draw(st.integers(1, 3)), kind))
    nodes = st.tuples(st.sampled_from(parts), st.sampled_from(sites))
    days, count = st.integers(-2, HORIZON), st.integers(5, 40)
    ends = st.sampled_from((("S1", "S2"), ("S2", "S1")))
    lanes = draw(st.lists(st.tuples(ends, st.integers(0, 9)), max_size=3)) if len(sites) > 1 else []
    return World(
        sites,
        {part: draw(st.sampled_from((0, 1, 2, 3, 12))) for part in parts},
        frozenset(part for part in parts if draw(st.integers(0, 7)) == 7),
        tuple(lines),
        tuple((origin, end, days) for (origin, end), days in lanes),
        {
            (part, site): draw(st.one_of(st.integers(5, 60), st.integers(0, 90), st.integers(-3, 9), st.none()))
            for part in parts
            for site in sites
        },
        tuple(draw(st.lists(st.tuples(nodes, days, count, st.booleans()), max_size=4))),
        tuple(draw(st.lists(st.tuples(nodes, days, count), min_size=2, max_size=9))),
        draw(st.integers(0, 5)) < 5,
        draw(st.booleans()),
        draw(st.sampled_from(("horizon", "lead_time"))),
        draw(st.integers(0, 2)),
    )


def scan(world: World) -> Plan:
    return company(
        ON,
        sites=world.sites,
        horizon=HORIZON,
        absent="unknown",
        lanes=[{"from": origin, "to": end, "days": days} for origin, end, days in world.lanes],
        policy={
            "alternates": ("whole" if world.whole else "in_order") if world.in_order else "preferred",
            "fixed_quantities": "once" if world.once else "each_day",
            "giver_protection": world.protection,
            "safety_time_days": world.safety_time,
        },
        stopped=[stopped for *_, stopped in world.receipts],
        parts=[
            {
                "part_no": part,
                "site": site,
                "lead_time_days": world.lead[part],
                "procurement": "buy" if part in world.bought else "make",
            }
            for part in world.parts
            for site in world.sites
        ],
        bom_lines=[
            {
                "parent": line.parent,
                "component": line.component,
                "quantity": line.quantity,
                "site": None,
                "fixed": line.kind == "fixed",
                "line_kind": "by_product" if line.kind == "by_product" else "normal",
                "alt_group": line.group,
                "alt_priority": line.priority,
            }
            for line in world.lines
        ],
        inventory=[
            {"part_no": part, "site": site, "quantity": stock}
            for (part, site), stock in world.stock.items()
            if stock is not None
        ],
        purchase_orders=[
            {
                "part_no": part,
                "site": site,
                "order_no": str(at),
                "line": "1",
                "due_date": ON + timedelta(days=day),
                "open_quantity": quantity,
            }
            for at, ((part, site), day, quantity, _) in enumerate(world.receipts)
        ],
        demand=[
            {"part_no": part, "site": site, "date": ON + timedelta(days=day), "quantity": quantity}
            for (part, site), day, quantity in world.demand
        ],
    )


@dataclass(frozen=True)
class Link:
    """``channel``: parents whose requirement may be served, with the quantity of the taker; None for all of it."""

    giver: Node
    taker: Node
    ratio: float
    days: int
    channel: tuple[tuple[Node, int], ...] | None
    order: tuple[Any, ...]


class Walk:
    """One day after the other, one link after the other; slow and plain."""

    def __init__(self, world: World, policy: str) -> None:
        self.world = world
        self.nodes = [(part, site) for part in world.parts for site in world.sites]
        self.counted = {"stock": (), "all": (True, False), "restricted": (False,)}[policy]
        self.used = [line for line in world.lines if line.kind != "by_product" and self._preferred(line)]
        self.links = self._without_circles(self._links())
        self.taken: dict[Node, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        self.given: dict[Node, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        self.net: dict[Node, dict[int, float]] = {}
        self.gross: dict[Node, dict[int, float]] = {}
        for unit in self._units_in_order():
            for node in unit:
                self.gross[node] = self._gross(node)
                self.net[node] = self._lacking(node)
            for node in unit:
                links = sorted((one for one in self.links if one.taker == node), key=lambda one: one.order)
                for link in links:
                    if link.channel is None or not world.whole:
                        self._serve(link)
                if world.whole:
                    self._serve_whole(node, [one for one in links if one.channel is not None])

    def _preferred(self, line: Line) -> bool:
        return line.priority in (None, 0)

    def _links(self) -> list[Link]:
        world, found = self.world, []
        for origin, end, days in dict.fromkeys(world.lanes):
            for part in world.parts:
                found.append(Link((part, origin), (part, end), 1.0, days, None, (0, days)))
        # of two lanes between the same sites the faster one counts
        found = [
            one
            for one in found
            if one.days == min(o.days for o in found if (o.giver, o.taker) == (one.giver, one.taker))
        ]
        if not world.in_order:
            return found
        channels: dict[tuple[Any, ...], list[tuple[Node, int]]] = defaultdict(list)
        for head in (line for line in world.lines if line.priority == 0):
            others = [one for one in world.lines if one.parent == head.parent and one.priority]
            alternates = tuple((one.component, one.quantity / head.quantity) for one in others)
            for site in world.sites:
                if alternates:
                    key = ((head.component, site), alternates)
                    channels[key].append(((head.parent, site), head.quantity))
        for (taker, alternates), parents in channels.items():
            found += [
                Link((part, taker[1]), taker, ratio, 0, tuple(parents), (1, alternates, rank))
                for rank, (part, ratio) in enumerate(alternates)
            ]
        return found

    def _without_circles(self, links: list[Link]) -> list[Link]:
        links = [one for one in links if self.world.stock[one.giver] is not None]
        for kind in ((True,), (True, False)):
            among = [one for one in links if (one.channel is not None) in kind]
            bad = [one for one in among if self._waits_for_itself(one, among)]
            links = [one for one in links if one not in bad]
        return links

    def _waits_for_itself(self, link: Link, among: list[Link]) -> bool:
        """Giver and taker on a circle of which at least one step hands requirement down."""
        requirements = set(self._requirements())
        steps = requirements | {(one.giver, one.taker) for one in among}
        together = {n for n in self.nodes if n in reach(steps, link.giver) and link.giver in reach(steps, n)}
        return link.taker in together and any(p in together and c in together for p, c in requirements)

    def _requirements(self) -> Iterable[tuple[Node, Node]]:
        for line in self.used:
            if line.parent not in self.world.bought:
                for site in self.world.sites:
                    yield (line.parent, site), (line.component, site)

    def _units_in_order(self) -> list[list[Node]]:
        """Nodes that may all serve each other, after all that they depend on; by level, then part number and site."""
        serving = {(one.giver, one.taker) for one in self.links}
        unit = {
            n: tuple(sorted(m for m in self.nodes if m in reach(serving, n) and n in reach(serving, m)))
            for n in self.nodes
        }
        lines = [((line.parent, site), (line.component, site)) for line in self.used for site in self.world.sites]

        @cache
        def code(node: Node) -> int:
            return max((code(p) + 1 for p, c in lines if c == node), default=0)

        @cache
        def level(members: tuple[Node, ...]) -> int:
            before = [unit[a] for a, b in (*self._requirements(), *serving) if b in members and a not in members]
            return max([*map(code, members), *(level(one) + 1 for one in before)])

        return [list(one) for one in sorted(set(unit.values()), key=lambda one: (level(one), one))]

    def supply(self, node: Node) -> dict[int, float]:
        found: dict[int, float] = defaultdict(float)
        found[0] += self.world.stock[node] or 0
        for at, day, quantity, stopped in self.world.receipts:
            if at == node and stopped in self.counted:
                found[day if day >= 0 else 7] += quantity
        return found

    def _gross(self, node: Node) -> dict[int, float]:
        found: dict[int, float] = defaultdict(float)
        for at, day, quantity in self.world.demand:
            if at == node:
                found[max(day, 0)] += quantity
        for line in self.used:
            if line.component == node[0] and line.parent not in self.world.bought:
                for day, lacking in self._asked((line.parent, node[1])).items():
                    orders = lacking[1] if line.kind == "fixed" else lacking[0]
                    found[day] += line.quantity * orders
        return found

    def _asked(self, parent: Node) -> dict[int, tuple[float, int]]:
        """(net requirement, orders) of a parent by the day on which its components are needed."""
        found: dict[int, tuple[float, int]] = {}
        for number, (day, lacking) in enumerate(sorted((d, q) for d, q in self.net[parent].items() if q > 1e-6)):
            needed = work_days_back(day, self.world.lead[parent[0]])
            net, orders = found.get(needed, (0.0, 0))
            found[needed] = net + lacking, orders + (not (self.world.once and number))
        return found

    def _lacking(self, node: Node) -> dict[int, float]:
        available, supply, found = 0.0, self.supply(node), {}
        for day in range(HORIZON + 1):
            available += supply[day] - self.gross[node][day]
            found[day], available = max(0.0, -available), max(0.0, available)
        return found

    def until(self, node: Node) -> int:
        """First day whose requirement a giver leaves to a new order; bought in calendar days, made in work days."""
        makes = node[0] not in self.world.bought and any(line.parent == node[0] for line in self.used)
        if self.world.protection == "horizon" or makes:
            return HORIZON + 1
        lead = self.world.lead[node[0]]
        day = lead if node[0] in self.world.bought else work_days_on(0, lead)
        return max(work_days_on(day, self.world.safety_time), 1)

    def _free(self, node: Node, day: int) -> float:
        """The lowest balance from a day on, what was given already taken off; of what is needed the protected part."""
        balance, lowest, supply = 0.0, float("inf"), self.supply(node)
        for at in range(HORIZON + 1):
            needed = self.gross[node][at] if at < self.until(node) else 0.0
            balance += supply[at] - needed - self.given[node][at]
            lowest = min(lowest, balance) if at >= day else lowest
        return max(0.0, lowest)

    def _serve(self, link: Link) -> None:
        may = dict(self.gross[link.taker])
        if link.channel is not None:
            may = defaultdict(float)
            for parent, quantity in link.channel:
                if parent[0] not in self.world.bought:
                    for day, (net, _) in self._asked(parent).items():
                        may[day] += quantity * net
            for day, quantity in self.taken[(link.taker, link.channel)].items():  # type: ignore[index]
                may[day] -= quantity
        for day in range(link.days, HORIZON + 1):
            wanted = min(self.net[link.taker][day], may.get(day, 0.0))
            got = min(wanted, self._free(link.giver, day - link.days) / link.ratio)
            if got > 1e-9:
                self.net[link.taker][day] -= got
                self.given[link.giver][day - link.days] += got * link.ratio
                self.taken[link.taker][day] += got
                self.taken[(link.taker, link.channel)][day] += got  # type: ignore[index]

    def _serve_whole(self, node: Node, links: list[Link]) -> None:
        """All that a channel asks for on a day from one alternate, if the part itself runs short on it."""
        may: dict[Any, dict[int, float]] = {one.channel: defaultdict(float) for one in links}
        for channel, asked in may.items():
            for parent, quantity in channel:
                if parent[0] not in self.world.bought:
                    for day, (net, _) in self._asked(parent).items():
                        asked[day] += quantity * net
        balance, deepest, supply = 0.0, 0.0, self.supply(node)
        for day in range(HORIZON + 1):
            balance += supply[day] + self.taken[node][day] - self.gross[node][day]
            for link in links:
                quantity = may[link.channel][day]
                short = balance < -deepest - 1e-6 and quantity > 1e-9
                if short and self._free(link.giver, day) >= quantity * link.ratio - 1e-6:
                    self.given[link.giver][day] += quantity * link.ratio
                    self.taken[node][day] += quantity
                    balance, may[link.channel][day] = balance + quantity, 0.0
            self.net[node][day] = max(0.0, -balance - deepest)
            deepest = max(deepest, -balance)

    def runway(self, node: Node) -> tuple[str, float | None]:
        gross = self.gross[node]
        wanted = sum(gross.values()) + sum(self.given[node].values())
        if self.world.stock[node] is None:
            return ("unknown" if wanted else "no_demand"), None
        balance, supply = 0.0, self.supply(node)
        for day in range(HORIZON + 1):
            available = balance + supply[day] + self.taken[node][day]
            needed = gross[day] + self.given[node][day]
            balance = available - needed
            if balance < -1e-6:
                return ("runs_out", day - 1 + max(0.0, available) / needed) if day else ("already_short", 0.0)
        return ("covered_to_horizon" if wanted else "no_demand"), None


def reach(steps: Iterable[tuple[Node, Node]], start: Node) -> set[Node]:
    found, front = {start}, [start]
    while front:
        here = front.pop()
        fresh = {b for a, b in steps if a == here} - found
        found |= fresh
        front += fresh
    return found


def work_days_back(day: int, count: int) -> int:
    while count > 0:
        day -= 1
        count -= (ON + timedelta(days=day)).weekday() < 5
    return max(day, 0)


def work_days_on(day: int, count: int) -> int:
    """The n-th working day after a day; the day itself for none."""
    while count > 0:
        day += 1
        count -= (ON + timedelta(days=day)).weekday() < 5
    return day
