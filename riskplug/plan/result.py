"""What the plan stage hands on, and the events behind one part's runway."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from riskplug.catalogue import RUNWAY_STATES
from riskplug.model import Frames
from riskplug.plan.above import Above
from riskplug.plan.events import Event, events_frame, events_of
from riskplug.plan.ledger import Ledger
from riskplug.plan.links import named
from riskplug.plan.nodes import Flags, Ints, NodeIndex
from riskplug.plan.outlook import Outlook
from riskplug.plan.runway import Runways

Policies = dict[str, dict[str, object]]


@dataclass(frozen=True)
class Plan:
    """Runways, dates and chances. ``parts``: one row per graph node, in node order.

    Quantities are in base units. ``daily_demand`` is the requirement per calendar day to the horizon, dependent
    included; of a phantom, what passes through it. ``lower_bound``: an assembly above has unknown stock that counts
    as zero, or a receipt of unknown quantity is left out. NaN and NaT are unknown. ``incomplete``: per node, true where
    some requirement from above is missing, so that only a shortage is certain.
    """

    parts: pd.DataFrame
    on: date
    runways: Mapping[str, Runways] = field(repr=False)
    ledger: Ledger = field(repr=False)
    index: NodeIndex = field(repr=False)
    tables: Frames = field(repr=False)
    incomplete: Flags = field(repr=False)
    outlook: Outlook = field(repr=False)

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
        rows name the assembly that asks, or the released production order; ``taken`` and ``given`` ones the part that
        gave or took what was free. An ``expiry`` is what leaves the stock because no lot of it was used in time. Walks
        the parts above again; nothing of it is kept.
        """
        node = self.index.node(part_no, site)
        found = events_of(self._events(node, policy), self._opening(node, policy), self.ledger.floor[node])
        if self.ledger.phantom[node]:
            # what passes through is no shortage
            found = [event for event in found if event.kind != "shortage"]
        return events_frame(found, self.on)

    def _opening(self, node: int, policy: str) -> float:
        """Stock on the business date; NaN where unknown."""
        known = not np.isnan(self.ledger.stock.on_hand[node])
        return float(self.ledger.opening(policy)[node]) if known else float("nan")

    def _events(self, node: int, policy: str) -> list[Event]:
        above = Above.of(self.ledger, node, policy)
        expiries = [Event(day, "expiry", -gone, None) for day, gone in above.expiring()]
        known = [*self._receipts(node, policy), *expiries, *self._demands(node)]
        return [*known, *self._dependent(above), *self._shared(above)]

    def _shared(self, above: Above) -> list[Event]:
        """What the part took of what others could spare, and what it gave."""
        moved = above.flows.of(above.at) if above.flows else []
        others = np.array([other for *_, other in moved], dtype=np.intp)
        names = named(self.parts.iloc[above.structure.nodes[others]])
        return [
            Event(day, "taken" if quantity > 0 else "given", quantity, name)
            for (day, quantity, _), name in zip(moved, names, strict=True)
        ]

    def _receipts(self, node: int, policy: str) -> list[Event]:
        arrivals = self.ledger.arrivals
        counted = arrivals.counted(policy)
        at = np.flatnonzero((arrivals.node == node) & (counted | arrivals.stopped & (policy == "restricted")))
        names = arrivals.names(self.tables, at)
        return [
            Event(
                int(arrivals.days(policy)[i]),
                "production" if arrivals.made[i] else "receipt",
                float(arrivals.quantity[i]) if counted[i] else 0.0,
                name if counted[i] else f"{name} (stopped)",
            )
            for i, name in zip(at, names, strict=True)
        ]

    def _demands(self, node: int) -> list[Event]:
        demand = self.ledger.demand
        at = np.flatnonzero(demand.node == node)
        said = zip(at, demand.kinds(at), self.demand_names(at), strict=True)
        return [Event(int(demand.day[i]), kind, -float(demand.quantity[i]), name) for i, kind, name in said]

    def demand_names(self, at: Ints) -> list[str | None]:
        """What asks for some of the ledger's demand: a reference, a production order, or past consumption."""
        return self.ledger.demand.names(self.tables, at)

    def _dependent(self, above: Above) -> list[Event]:
        """What each assembly asks for, from a walk over the assemblies above only."""
        names, nodes = self.parts["part_no"], above.structure.nodes
        return [
            Event(one.day, "dependent", -one.quantity, str(names.iloc[nodes[one.parent]]))
            for one in above.dependent(above.at)
        ]

    def _day(self, day: int) -> date:
        return (pd.Timestamp(self.on) + pd.Timedelta(days=day)).date()
