"""What the plan stage hands on, and the events behind one part's runway."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.catalogue import RUNWAY_STATES
from riskplug.model import Frames
from riskplug.plan.events import Event, events_frame, events_of
from riskplug.plan.ledger import Ledger
from riskplug.plan.netting import handed_down
from riskplug.plan.nodes import NodeIndex
from riskplug.plan.runway import Runways

Policies = dict[str, dict[str, object]]


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
                int(arrivals.days(policy)[i]),
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
        net, orders = handed_down(part, ledger.supply(policy)[places], ledger.independent()[places], ledger.calendars)
        at = int(np.searchsorted(places, place))
        names = self.parts["part_no"]
        return [
            Event(int(day), "dependent", -float(factor * quantity), str(names.iloc[part.nodes[parent]]))
            for edges, asked in ((part.consumed, net), (part.fixed, orders))
            for parent, factor in _cells(edges, at)
            for day, quantity in _cells(asked, parent)
        ]

    def _day(self, day: int) -> date:
        return (pd.Timestamp(self.on) + pd.Timedelta(days=day)).date()


def _cells(matrix: sparse.csr_array, row: int) -> list[tuple[int, float]]:
    at = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return [(int(column), float(value)) for column, value in zip(matrix.indices[at], matrix.data[at], strict=True)]
