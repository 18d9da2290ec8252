"""plan(): from canonical tables and the graph to runways, dates and chances per part and site."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.catalogue import RUNWAY_POLICIES, RUNWAY_STATES
from riskplug.model import BomGraph, Frames
from riskplug.plan.calendar import WorkCalendars, dates_of
from riskplug.plan.chance import chances
from riskplug.plan.demand import Demand, daily_spread, independent_demand
from riskplug.plan.doubts import Found, find_doubts
from riskplug.plan.events import Event, events_frame, events_of
from riskplug.plan.lead_times import lead_times, production_days
from riskplug.plan.netting import CHANCE_DAYS, Walked, walk
from riskplug.plan.nodes import Flags, Floats, Master, NodeIndex
from riskplug.plan.receipts import Receipts, receipts
from riskplug.plan.runway import Runways, runways
from riskplug.plan.stock import Stock, usable_stock
from riskplug.plan.structure import Structure, structure
from riskplug.workspace import Workspace

Policies = dict[str, dict[str, object]]


@dataclass(frozen=True)
class Ledger:
    """The dated inputs of the walk. ``opening``: usable stock less the floor per node; unknown stock counts as 0."""

    opening: Floats
    floor: Floats
    stock: Stock
    demand: Demand
    arrivals: Receipts
    structure: Structure
    calendars: WorkCalendars
    horizon: int
    phantom: Flags

    def supply(self, policy: str) -> sparse.csr_array:
        """Opening stock and the receipts a policy counts, places x days; a phantom has neither."""
        counted = self.arrivals.counted(policy) & ~self.phantom[self.arrivals.node]
        kept = np.flatnonzero(self.opening)
        node = np.concatenate([kept, self.arrivals.node[counted]])
        day = np.concatenate([np.zeros(len(kept), dtype=np.int64), self.arrivals.day[counted]])
        return self._by_place(node, day, np.concatenate([self.opening[kept], self.arrivals.quantity[counted]]))

    def independent(self) -> sparse.csr_array:
        return self._by_place(self.demand.node, self.demand.day, self.demand.quantity)

    def _by_place(self, node: np.ndarray, day: np.ndarray, quantity: Floats) -> sparse.csr_array:
        place = np.empty(len(self.structure.nodes), dtype=np.int32)
        place[self.structure.nodes] = np.arange(len(place), dtype=np.int32)
        cells = (place[node], day.astype(np.int32))
        return sparse.csr_array(sparse.coo_array((quantity, cells), shape=(len(place), self.horizon + 1)))


@dataclass(frozen=True)
class Plan:
    """Runways, dates and chances. ``parts``: one row per graph node, in node order.

    Quantities are in base units. ``daily_demand`` is the requirement per calendar day to the horizon, dependent
    included; of a phantom, what passes through it. ``lower_bound``: an assembly above has unknown stock that counts
    as zero, or a receipt of unknown quantity is left out. NaN and NaT are unknown.
    """

    parts: pd.DataFrame
    on: date
    runways: Mapping[str, Runways] = field(repr=False)
    ledger: Ledger = field(repr=False)
    index: NodeIndex = field(repr=False)
    tables: Frames = field(repr=False)

    def policies(self, part_no: str, site: str) -> Policies:
        """{state, days, first_uncovered_date, last_covered_date} per policy; KeyError for a part not in the plan."""
        node = self.index.node(part_no, site)
        return {policy: self._said(found, node) for policy, found in self.runways.items()}

    def _said(self, found: Runways, node: int) -> dict[str, object]:
        state, first = RUNWAY_STATES[found.state[node]], int(found.first[node])
        last = {"runs_out": first - 1, "covered_to_horizon": self.ledger.horizon}.get(state)
        return {
            "state": state,
            "days": None if np.isnan(found.days[node]) else float(found.days[node]),
            "first_uncovered_date": None if first < 0 else self._day(first),
            "last_covered_date": None if last is None else self._day(last),
        }

    def events(self, part_no: str, site: str, policy: str = "restricted") -> pd.DataFrame:
        """Dated events of one part under one policy: date, kind, quantity, balance, reference.

        Quantities are signed, and the balance runs over them, except for two kinds of row that move nothing: a
        ``shortage`` says how much is missing below the floor on the first uncovered day, and a ``receipt`` of
        quantity 0 names one that a measure stops. Balances are missing where the stock is unknown. ``dependent``
        rows name the assembly that asks. Walks the assemblies above again; nothing of it is kept.
        """
        node = self.index.node(part_no, site)
        found = events_of(self._events(node, policy), self.ledger.stock.on_hand[node], self.ledger.floor[node])
        return events_frame(found, self.on)

    def _events(self, node: int, policy: str) -> list[Event]:
        return [*self._receipts(node, policy), *self._demands(node), *self._dependent(node, policy)]

    def _receipts(self, node: int, policy: str) -> list[Event]:
        arrivals, orders = self.ledger.arrivals, self.tables["purchase_orders"]
        counted = arrivals.counted(policy)
        at = np.flatnonzero((arrivals.node == node) & (counted | arrivals.stopped & (policy == "restricted")))
        lines = orders.iloc[arrivals.row[at]]
        names = lines["order_no"].astype("object").astype("str") + "/" + lines["line"].astype("object").astype("str")
        return [
            Event(
                int(arrivals.day[i]),
                "receipt",
                float(arrivals.quantity[i]) if counted[i] else 0.0,
                name if counted[i] else f"{name} (stopped)",
            )
            for i, name in zip(at, names, strict=True)
        ]

    def _demands(self, node: int) -> list[Event]:
        demand = self.ledger.demand
        at = np.flatnonzero(demand.node == node)
        names = self.tables["demand"]["reference"].astype("object").iloc[demand.row[at]]
        return [
            Event(int(demand.day[i]), "demand", -float(demand.quantity[i]), None if pd.isna(name) else str(name))
            for i, name in zip(at, names, strict=True)
        ]

    def _dependent(self, node: int, policy: str) -> list[Event]:
        """What each assembly asks for, from a walk over the assemblies above only."""
        ledger = self.ledger
        place = int(np.flatnonzero(ledger.structure.nodes == node)[0])
        places = ledger.structure.above(place)
        part = ledger.structure.only(places)
        walked = walk(part, ledger.supply(policy)[places], ledger.independent()[places], ledger.calendars)
        at = int(np.searchsorted(places, place))
        names = self.parts["part_no"]
        return [
            Event(int(day), "dependent", -float(factor * quantity), str(names.iloc[part.nodes[parent]]))
            for edges, asked in ((part.consumed, walked.net), (part.fixed, walked.orders))
            for parent, factor in _cells(edges, at)
            for day, quantity in _cells(asked, parent)
        ]

    def _day(self, day: int) -> date:
        return (pd.Timestamp(self.on) + pd.Timedelta(days=day)).date()


def _cells(matrix: sparse.csr_array, row: int) -> list[tuple[int, float]]:
    at = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return [(int(column), float(value)) for column, value in zip(matrix.indices[at], matrix.data[at], strict=True)]


def plan(
    tables: Frames,
    graph: BomGraph,
    *,
    workspace: Workspace,
    on: date,
    stopped: pd.Series,
    absent_stock: Mapping[str, str],
) -> Plan:
    """Net every part against its stock and receipts under the four receipt policies (DESIGN 8).

    ``stopped``: per purchase order row, true where a measure stops the receipt; missing counts as stopped.
    ``absent_stock``: ``zero`` or ``unknown`` per source; leave out a source whose inventory was refused.
    """
    index = NodeIndex.of(graph.nodes)
    master = Master.of(index, tables["parts"])
    horizon = workspace.workspace.horizon_days
    calendars = WorkCalendars.of(workspace, list(index.sites), on, horizon)
    replenishment = lead_times(index, master, tables["sourcing"], calendars, on)
    ledger = _ledger(tables, graph, index, master, calendars, replenishment, stopped, workspace, on, absent_stock)
    walked = _walks(ledger)
    found = find_doubts(
        graph, ledger.structure, index, master, ledger.stock, ledger.demand, ledger.arrivals, walked["stock"].required
    )
    kind = workspace.policy.day_kind
    states = {
        policy: _by_node(runways(one, found.doubts, ledger.structure.site, calendars, kind), ledger.structure)
        for policy, one in walked.items()
    }
    deviation = daily_spread(tables["consumption"], index, master, on)[1]
    parts = _parts(graph.nodes, ledger, walked["restricted"], states, found, master, replenishment, deviation, on)
    return Plan(parts, on, states, ledger, index, tables)


def _ledger(
    tables: Frames,
    graph: BomGraph,
    index: NodeIndex,
    master: Master,
    calendars: WorkCalendars,
    replenishment: Floats,
    stopped: pd.Series,
    workspace: Workspace,
    on: date,
    absent_stock: Mapping[str, str],
) -> Ledger:
    horizon, policy = workspace.workspace.horizon_days, workspace.policy
    stock = usable_stock(
        tables["inventory"], tables["parts"], index, master, workspace=workspace, on=on, absent_stock=absent_stock
    )
    # A phantom is never stocked: what lies there is a booking error, and no supply.
    stock = Stock(np.where(graph.phantom, 0.0, stock.on_hand), stock.reasons)
    arrivals = receipts(
        tables["purchase_orders"], stopped, index, master, replenishment, policy=policy, on=on, horizon=horizon
    )
    safety = np.nan_to_num(master.number("safety_stock")) if policy.runway_floor == "safety_stock" else 0.0
    floor = np.where(graph.phantom, 0.0, safety)
    return Ledger(
        np.nan_to_num(stock.on_hand) - floor,
        floor,
        stock,
        independent_demand(tables["demand"], index, master, on, horizon),
        arrivals,
        structure(graph, master, index.site, production_days(master, graph.phantom)),
        calendars,
        horizon,
        graph.phantom,
    )


def _walks(ledger: Ledger) -> dict[str, Walked]:
    """One walk per distinct set of receipts: policies that count the same receipts share it."""
    done: dict[bytes, Walked] = {}
    independent = ledger.independent()
    found = {}
    for policy in RUNWAY_POLICIES:
        key = np.packbits(ledger.arrivals.counted(policy)).tobytes()
        if key not in done:
            done[key] = walk(ledger.structure, ledger.supply(policy), independent, ledger.calendars)
        found[policy] = done[key]
    return found


def _by_node(found: Runways, structure: Structure) -> Runways:
    place = np.argsort(structure.nodes)
    return Runways(found.state[place], found.days[place], found.first[place])


def _parts(
    nodes: pd.DataFrame,
    ledger: Ledger,
    walked: Walked,
    states: Mapping[str, Runways],
    found: Found,
    master: Master,
    replenishment: Floats,
    deviation: Floats,
    on: date,
) -> pd.DataFrame:
    place = np.argsort(ledger.structure.nodes)
    restricted = states["restricted"]
    runs_out = restricted.first >= 0
    requirement_known = ~found.doubts.requirement[place] & ~found.doubts.incomplete[place]
    required = np.where(requirement_known, walked.required[place], np.nan)
    chance = _chances(ledger, walked, place, deviation, requirement_known)
    order_by = restricted.first - np.ceil(np.nan_to_num(replenishment)).astype(np.int64)
    columns: dict[str, object] = {
        "part_no": nodes["part_no"].array,
        "site": nodes["site"].array,
        "on_hand": ledger.stock.on_hand,
        "on_order": ledger.arrivals.on_order,
        "daily_demand": required / ledger.horizon,
    }
    for policy, one in states.items():
        columns[f"{policy}_runway_days"] = one.days
        columns[f"{policy}_runway_days_state"] = pd.Categorical.from_codes(
            one.state, pd.Index(RUNWAY_STATES, dtype="str")
        )
    columns["stock_out_date"] = dates_of(restricted.first, runs_out, on)
    columns["last_order_date"] = dates_of(order_by, runs_out & ~np.isnan(replenishment), on)
    for column, days in enumerate(CHANCE_DAYS):
        columns[f"p_stock_out_{days}"] = chance[:, column]
    columns["lower_bound"] = pd.array(found.lower_bound, dtype="boolean")
    columns["unknown_reason"] = _reasons(found, states)
    columns["lead_time_days"] = replenishment
    columns["safety_stock"] = master.number("safety_stock")
    return pd.DataFrame(columns, index=nodes.index)


def _chances(ledger: Ledger, walked: Walked, place: np.ndarray, deviation: Floats, requirement_known: Flags) -> Floats:
    """Against zero stock, whatever the floor of the runway is."""
    floor, first = ledger.floor, walked.first[place]
    left = walked.left[place] - walked.need[place] + floor
    first = np.where((first == 0) & (left >= 0), -1, first)
    known = requirement_known & ~np.isnan(ledger.stock.on_hand) & ~ledger.phantom
    found = chances(walked.balance[place] + floor[:, None], CHANCE_DAYS, first, left, deviation, known)
    found[:, np.array(CHANCE_DAYS) > ledger.horizon] = np.nan
    found[(walked.required[place] == 0) & known & (first != 0)] = 0.0
    return found


def _reasons(found: Found, states: Mapping[str, Runways]) -> pd.Series:
    """The reason of every node with an unknown runway or an uncounted receipt; missing elsewhere."""
    unknown = np.zeros(len(found.lower_bound), dtype=bool)
    for one in states.values():
        unknown |= one.state == RUNWAY_STATES.index("unknown")
    texts = np.full(len(unknown), None, dtype="object")
    said = np.array(list(found.reasons), dtype=np.intp)
    texts[said] = list(found.reasons.values())
    texts[~unknown & ~found.lower_bound] = None
    return pd.Series(texts).astype("str")
