"""One part and all that its requirement may come from, walked again under one policy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from riskplug.plan.expiry import expired
from riskplug.plan.ledger import Ledger, supply_key, to_floor
from riskplug.plan.netting import handed_down, net_of
from riskplug.plan.nodes import Floats, Ints
from riskplug.plan.serving import Flows
from riskplug.plan.structure import Structure


@dataclass(frozen=True)
class Asked:
    """Net requirements by place: wanted on ``day``, components needed on ``needed``; quantity of the place itself."""

    place: Ints
    day: Ints
    needed: Ints
    quantity: Floats


@dataclass(frozen=True)
class Dependent:
    """What one assembly asks of a component: ``asked`` is a row of Asked, ``quantity`` of the component."""

    parent: int
    asked: int
    day: int
    quantity: float
    per_order: bool


@dataclass(frozen=True)
class Above:
    """Places of a part and everything that its requirement and supply depend on; ``at``: the part's own.

    ``supply``, ``gross``: places x days; opening stock less the floor on day 0, receipts, and what was taken of others,
    less what expires; all requirement, and what was given. ``gone``: what expires. ``flows``: what was taken and given,
    None where nothing is shared.
    """

    structure: Structure
    at: int
    supply: sparse.csr_array
    gross: sparse.csr_array
    gone: sparse.csr_array
    asked: Asked
    flows: Flows | None

    @classmethod
    def of(cls, ledger: Ledger, node: int, policy: str) -> "Above":
        return Around.of(ledger, node).walked(policy)

    @classmethod
    def within(cls, ledger: Ledger, part: Structure, at: int, policy: str) -> "Above":
        """The walk over ``part``, whose places are the nodes 0..n-1 of the ledger."""
        supply, independent, lots = ledger.supply(policy), ledger.independent(), ledger.lots(policy)
        net, orders, flows = handed_down(part, supply, independent, ledger.calendars, lots)
        gross = sparse.csr_array(independent + part.consumed @ net + part.fixed @ orders)
        if part.dated is not None:
            some_days = part.dated.asked(0, len(part.nodes), net, part.fixed_once)
            gross = gross if some_days is None else sparse.csr_array(gross + some_days)
        gross.sort_indices()
        gone = expired(lots, gross)
        supply = sparse.csr_array(supply - gone)
        if flows:
            supply, gross = supply + flows.taken(supply.shape), gross + flows.given(gross.shape)
            gross.sort_indices()
        row, day, quantity = net_of(supply, gross, part.hands_down)
        needed = ledger.calendars.earlier(part.site[row], day, part.made_in[row].work_days(quantity))
        return cls(part, at, supply, gross, gone, Asked(row, day, needed, quantity), flows)

    def expiring(self) -> list[tuple[int, float]]:
        """(day, quantity) of what expires of the part itself."""
        return _cells(self.gone, self.at)

    def dependent(self, place: int) -> Iterator[Dependent]:
        """What the assemblies of a place ask of it, by assembly and day."""
        for edges, per_order in ((self.structure.consumed, False), (self.structure.fixed, True)):
            for parent, factor in _cells(edges, place):
                first, end = np.searchsorted(self.asked.place, [parent, parent + 1]).tolist()
                for at in range(first, min(end, first + 1) if per_order and self.structure.fixed_once else end):
                    quantity = factor * (1.0 if per_order else float(self.asked.quantity[at]))
                    yield Dependent(parent, at, int(self.asked.needed[at]), quantity, per_order)
        if self.structure.dated is not None:
            for edge in self.structure.dated.of_row(place):
                yield from self._on_some_days(*edge)

    def _on_some_days(self, parent: int, factor: float, per_order: bool, start: int, last: int) -> Iterator[Dependent]:
        first, end = np.searchsorted(self.asked.place, [parent, parent + 1]).tolist()
        inside = [at for at in range(first, end) if start <= self.asked.needed[at] <= last]
        for at in inside[:1] if per_order and self.structure.fixed_once else inside:
            quantity = factor * (1.0 if per_order else float(self.asked.quantity[at]))
            yield Dependent(parent, at, int(self.asked.needed[at]), quantity, per_order)

    def by_day(self, place: int) -> tuple[Floats, Floats]:
        """(supply, requirement) of a place, one value per day."""
        return self.supply[[place]].toarray()[0], self.gross[[place]].toarray()[0]


@dataclass(frozen=True)
class Around:
    """A part among all that its requirement and its supply may depend on, before any walk.

    ``structure``: of these places alone; ``ledger``: the same, its nodes numbered in order of places, so that a walk
    takes as long as they do and not as long as the whole company. ``at``: the part's own place.
    """

    structure: Structure
    ledger: Ledger
    at: int

    @classmethod
    def of(cls, ledger: Ledger, node: int) -> "Around":
        place = int(np.flatnonzero(ledger.structure.nodes == node)[0])
        places = ledger.structure.above(place)
        some = ledger.of_places(places)
        named = replace(some.structure, nodes=ledger.structure.nodes[places])
        return cls(named, some, int(np.searchsorted(places, place)))

    def walked(self, policy: str) -> Above:
        """Under one policy, down to the floor of the ledger."""
        return Above.within(self.ledger, self.structure, self.at, policy)

    def walks(self, policies: Sequence[str], floors: Sequence[str]) -> dict[tuple[str, str], Above]:
        """By policy and floor, ``zero`` or ``safety_stock``; one walk for all that count the same here."""
        to = {floor: replace(self, ledger=to_floor(self.ledger, floor == "safety_stock")) for floor in floors}
        done: dict[tuple[bytes, bytes], Above] = {}
        found = {}
        for policy in policies:
            for floor in floors:
                ledger = to[floor].ledger
                key = supply_key(ledger, policy), ledger.floor.tobytes()
                found[policy, floor] = done[key] = done.get(key) or to[floor].walked(policy)
        return found


def _cells(matrix: sparse.csr_array, row: int) -> list[tuple[int, float]]:
    at = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return [(int(column), float(value)) for column, value in zip(matrix.indices[at], matrix.data[at], strict=True)]
