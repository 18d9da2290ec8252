"""One part and all that its requirement may come from, walked again under one policy."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from riskplug.plan.expiry import expired
from riskplug.plan.ledger import Ledger
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
        place = int(np.flatnonzero(ledger.structure.nodes == node)[0])
        places = ledger.structure.above(place)
        part = ledger.structure.only(places)
        supply, independent = ledger.supply(policy)[places], ledger.independent()[places]
        lots = ledger.lots(policy).of_places(places)
        net, orders, flows = handed_down(part, supply, independent, ledger.calendars, lots)
        gross = sparse.csr_array(independent + part.consumed @ net + part.fixed @ orders)
        if part.dated is not None:
            some_days = part.dated.asked(0, len(places), net, part.fixed_once)
            gross = gross if some_days is None else sparse.csr_array(gross + some_days)
        gross.sort_indices()
        gone = expired(lots, gross)
        supply = sparse.csr_array(supply - gone)
        if flows:
            supply, gross = supply + flows.taken(supply.shape), gross + flows.given(gross.shape)
            gross.sort_indices()
        row, day, quantity = net_of(supply, gross, part.hands_down)
        needed = ledger.calendars.earlier(part.site[row], day, part.made_in[row].work_days(quantity))
        own = int(np.searchsorted(places, place))
        return cls(part, own, supply, gross, gone, Asked(row, day, needed, quantity), flows)

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


def _cells(matrix: sparse.csr_array, row: int) -> list[tuple[int, float]]:
    at = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return [(int(column), float(value)) for column, value in zip(matrix.indices[at], matrix.data[at], strict=True)]
