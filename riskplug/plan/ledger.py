"""The dated inputs of the walk: opening stock, receipts and demand over the structure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.catalogue import RUNWAY_POLICIES
from riskplug.model import BomGraph, Frames
from riskplug.plan.calendar import WorkCalendars
from riskplug.plan.demand import Demand, independent_demand
from riskplug.plan.lead_times import production_days
from riskplug.plan.netting import Walked, walk
from riskplug.plan.nodes import Flags, Floats, Master, NodeIndex
from riskplug.plan.receipts import Held, Receipts, receipts
from riskplug.plan.stock import Stock, usable_stock
from riskplug.plan.structure import Structure, structure
from riskplug.workspace import Workspace


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
        day = np.concatenate([np.zeros(len(kept), dtype=np.int64), self.arrivals.days(policy)[counted]])
        return self._by_place(node, day, np.concatenate([self.opening[kept], self.arrivals.quantity[counted]]))

    def independent(self) -> sparse.csr_array:
        return self._by_place(self.demand.node, self.demand.day, self.demand.quantity)

    def _by_place(self, node: np.ndarray, day: np.ndarray, quantity: Floats) -> sparse.csr_array:
        place = np.empty(len(self.structure.nodes), dtype=np.int32)
        place[self.structure.nodes] = np.arange(len(place), dtype=np.int32)
        cells = (place[node], day.astype(np.int32))
        return sparse.csr_array(sparse.coo_array((quantity, cells), shape=(len(place), self.horizon + 1)))


def open_ledger(
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
    *,
    held: Sequence[Held] = (),
    undated_after: Floats | None = None,
) -> Ledger:
    horizon, policy = workspace.workspace.horizon_days, workspace.policy
    stock = usable_stock(
        tables["inventory"], tables["parts"], index, master, workspace=workspace, on=on, absent_stock=absent_stock
    )
    # A phantom is never stocked: what lies there is a booking error, and no supply.
    stock = Stock(np.where(graph.phantom, 0.0, stock.on_hand), stock.reasons)
    arrivals = receipts(
        tables["purchase_orders"],
        stopped,
        index,
        master,
        replenishment if undated_after is None else undated_after,
        policy=policy,
        on=on,
        horizon=horizon,
        held=held,
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


def walks(ledger: Ledger, watch: Flags | None = None) -> dict[str, Walked]:
    """One walk per distinct set of receipts: policies that count the same receipts share it.

    ``watch``: nodes whose requirement by day is kept.
    """
    places = None if watch is None else watch[ledger.structure.nodes]
    done: dict[bytes, Walked] = {}
    independent = ledger.independent()
    found = {}
    for policy in RUNWAY_POLICIES:
        counted = ledger.arrivals.counted(policy)
        key = np.packbits(counted).tobytes() + ledger.arrivals.days(policy)[counted].tobytes()
        if key not in done:
            done[key] = walk(ledger.structure, ledger.supply(policy), independent, ledger.calendars, places)
        found[policy] = done[key]
    return found
