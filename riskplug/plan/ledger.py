"""The dated inputs of the walk: opening stock, receipts and demand over the structure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.catalogue import RUNWAY_POLICIES
from riskplug.plan import netting
from riskplug.plan.average import Averages, averages, spread_out
from riskplug.plan.basis import Basis, basis_of, with_averages, without_requirement
from riskplug.plan.calendar import WorkCalendars
from riskplug.plan.demand import Demand, dated_demand
from riskplug.plan.expiry import Lots
from riskplug.plan.inputs import Inputs
from riskplug.plan.lead_times import production_time
from riskplug.plan.netting import Counted, Walked
from riskplug.plan.nodes import Flags, Floats, Ints
from riskplug.plan.production import Production, production
from riskplug.plan.receipts import Held, Receipts, receipts, with_production
from riskplug.plan.stock import Stock, not_out, usable_stock
from riskplug.plan.structure import Structure, structure


@dataclass(frozen=True)
class Ledger:
    """The dated inputs of the walk, per node.

    ``on_hand``: usable stock, unknown counts as 0; ``not_out``: what of it the restricted policy does not count because
    it may not have left its country. ``safety``: safety stock, NaN unknown; ``floor``: what a runway goes down to.
    """

    on_hand: Floats
    not_out: Floats
    safety: Floats
    floor: Floats
    stock: Stock
    demand: Demand
    arrivals: Receipts
    structure: Structure
    calendars: WorkCalendars
    horizon: int
    phantom: Flags
    basis: Basis
    production: Production
    means: Averages
    undated_after: Floats
    to_safety: bool

    def opening(self, policy: str) -> Floats:
        """Stock on the business date that a policy counts, unknown as 0."""
        return self.on_hand - self.not_out if policy == "restricted" else self.on_hand

    def supply(self, policy: str, floor: Floats | None = None) -> sparse.csr_array:
        """Opening stock less floor and the receipts a policy counts, places x days; a phantom has neither."""
        counted = self.arrivals.counted(policy) & ~self.phantom[self.arrivals.node]
        opening = self.opening(policy) - (self.floor if floor is None else floor)
        kept = np.flatnonzero(opening)
        node = np.concatenate([kept, self.arrivals.node[counted]])
        day = np.concatenate([np.zeros(len(kept), dtype=np.int64), self.arrivals.days(policy)[counted]])
        return self._by_place(node, day, np.concatenate([opening[kept], self.arrivals.quantity[counted]]))

    def lots(self, policy: str) -> Lots:
        """What of the opening stock expires, by place."""
        return self.lots_by(self._places(), policy)

    def lots_by(self, number: Ints, policy: str) -> Lots:
        """The same by another number of each node."""
        lots = self.stock.lots
        if policy == "restricted" and self.not_out.any():
            transit = self.stock.transit
            lots = lots.without_transit(np.divide(self.not_out, transit, out=np.zeros(len(transit)), where=transit > 0))
        return lots.at_places(number, self.opening(policy), self.horizon)

    def of_places(self, places: Ints) -> "Ledger":
        """The ledger of some places as nodes 0..n-1; they must hold all that stands above each of them.

        What stock and demand are made of and the averages stay those of all nodes.
        """
        nodes, stock = self.structure.nodes[places], self.stock
        number = np.full(len(self.structure.nodes), -1, dtype=np.int32)
        number[nodes] = np.arange(len(nodes), dtype=np.int32)
        demand = self.demand.only(number[self.demand.node] >= 0)
        return replace(
            self,
            **{name: getattr(self, name)[nodes] for name in ("on_hand", "not_out", "safety", "floor", "phantom")},
            stock=replace(stock, lots=stock.lots.numbered(number), transit=stock.transit[nodes]),
            demand=replace(demand, node=number[demand.node]),
            arrivals=self.arrivals.numbered(number),
            structure=replace(self.structure.only(places), nodes=np.arange(len(nodes))),
        )

    def independent(self) -> sparse.csr_array:
        return self._by_place(self.demand.node, self.demand.day, self.demand.quantity)

    def _by_place(self, node: np.ndarray, day: np.ndarray, quantity: Floats) -> sparse.csr_array:
        cells = (self._places()[node], day.astype(np.int32))
        shape = (len(self.structure.nodes), self.horizon + 1)
        return sparse.csr_array(sparse.coo_array((quantity, cells), shape=shape))

    def _places(self) -> Ints:
        place = np.empty(len(self.structure.nodes), dtype=np.int32)
        place[self.structure.nodes] = np.arange(len(place), dtype=np.int32)
        return place


def open_ledger(
    read: Inputs,
    replenishment: Floats,
    stopped: pd.Series,
    absent_stock: Mapping[str, str],
    *,
    held: Sequence[Held] = (),
    undated_after: Floats | None = None,
    refused: Collection[tuple[str, str]] = (),
    caught: Flags | None = None,
    averaged: Flags | None = None,
) -> Ledger:
    """The ledger of what was read; the keywords are those of plan()."""
    orders, phantom = read.tables["purchase_orders"], read.graph.phantom
    after = replenishment if undated_after is None else undated_after
    made_in = production_time(read.master, phantom)
    made = production(read, after, made_in)
    bought = receipts(read, stopped, after, held=held)
    means, dated = averages(read), dated_demand(read, made)
    built = structure(read.standing, phantom, read.master, read.index.site, made_in)
    basis = basis_of(read, dated, means, built, refused, averaged)
    stock = usable_stock(read, absent_stock)
    may_stop = np.zeros(len(read), dtype=bool) if caught is None else caught & ~np.isnan(stock.on_hand)
    safety = np.where(phantom, 0.0, read.master.number("safety_stock"))
    to_safety = read.policy.runway_floor == "safety_stock"
    return Ledger(
        np.nan_to_num(stock.on_hand),
        not_out(stock.transit, orders, may_stop, read.index, read.master, read.on),
        safety,
        np.nan_to_num(safety) if to_safety else np.zeros(len(read)),
        stock,
        with_averages(dated, spread_out(means, basis.averaged, read), basis.averaged),
        with_production(bought, made, read.horizon),
        without_requirement(built, basis.averaged),
        read.calendars,
        read.horizon,
        phantom,
        basis,
        made,
        means,
        after,
        to_safety,
    )


def walks(ledger: Ledger, watch: Flags | None = None) -> dict[str, Walked]:
    """One walk per distinct set of receipts: policies that count the same supply share it.

    ``watch``: nodes whose requirement by day is kept of the restricted walk, the one that chances rest on.
    """
    keys = {policy: supply_key(ledger, policy) for policy in RUNWAY_POLICIES}
    # the watched one first: each looks again only at places of which it counts another supply than the one before
    asked = {keys[policy]: policy for policy in reversed(RUNWAY_POLICIES)}
    counted = [_counted(ledger, one, watch if key == keys["restricted"] else None) for key, one in asked.items()]
    done = netting.walks(ledger.structure, counted, ledger.independent(), ledger.calendars)
    found = dict(zip(asked, done, strict=True))
    return {policy: found[key] for policy, key in keys.items()}


def supply_key(ledger: Ledger, policy: str) -> bytes:
    """Equal for policies that count the same supply, to the same floor."""
    counted = ledger.arrivals.counted(policy)
    key = np.packbits(counted).tobytes() + ledger.arrivals.days(policy)[counted].tobytes()
    return key + (ledger.not_out.tobytes() if policy == "restricted" and ledger.not_out.any() else b"")


def walked_down(ledger: Ledger, policy: str, floor: Floats | None = None, *, watch: Flags | None = None) -> Walked:
    """The walk of one policy, to another floor where one is given."""
    counted = _counted(ledger, policy, watch, floor)
    [found] = netting.walks(ledger.structure, [counted], ledger.independent(), ledger.calendars)
    return found


def _counted(ledger: Ledger, policy: str, watch: Flags | None, floor: Floats | None = None) -> Counted:
    places = None if watch is None else watch[ledger.structure.nodes]
    return Counted(ledger.supply(policy, floor), ledger.lots(policy), places)


def to_floor(ledger: Ledger, safety_stock: bool) -> Ledger:
    """The same ledger down to safety stock, unknown as 0, or to zero, at every part."""
    if safety_stock == ledger.to_safety:
        return ledger
    floor = np.nan_to_num(ledger.safety) if safety_stock else np.zeros(len(ledger.safety))
    return replace(ledger, floor=floor, to_safety=safety_stock)


def to_other_floor(ledger: Ledger, policy: str, watch: Flags | None = None) -> Walked | None:
    """To zero where the runways go to safety stock, else to safety stock; None where that makes none.

    ``watch``: nodes whose requirement by day is kept.
    """
    known = np.nan_to_num(ledger.safety)
    if not known.any():
        return None
    return walked_down(ledger, policy, np.zeros(len(known)) if ledger.to_safety else known, watch=watch)
