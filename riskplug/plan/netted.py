"""How long stock lasts where nobody can choose: parts without alternates take no linear programme.

Where a group is one component and what is not lost is made without limit, a demand tells top down what it takes of
each part: its stock first, the rest made when it is needed, of components. That leaves the most at any time. What is
asked of a part until a day is then convex in the day and linear between the days on which stocks end; the day on which
the first lost part runs out is met from above by Newton's steps, each of which leaves a linear piece behind.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse

from riskplug.plan.nodes import Flags, Floats, Ints


@dataclass(frozen=True)
class _Layer:
    """Neighbouring places of one level, and what one of each takes of every place."""

    made: slice
    needs: sparse.csc_array


@dataclass(frozen=True)
class Netting:
    """Places of which some are lost: their stock counts, and nothing of them is made. ``layers``: tops first.

    ``order``: the places level by level, as ``lost`` and ``layers`` number them. Demands and stocks have a row per
    place and a column per case; cases do not know of each other.
    """

    order: Ints
    lost: Ints
    layers: tuple[_Layer, ...]

    @classmethod
    def of(cls, parent: Ints, component: Ints, quantity: Floats, lost: Flags) -> "Netting":
        """``parent``, ``component``, ``quantity``: of each need, none of which is an alternate of another."""
        hands_down = ~lost[parent]
        parent, component, quantity = parent[hands_down], component[hands_down], quantity[hands_down]
        level = _levels(parent, component, len(lost))
        order = np.argsort(level, kind="stable")
        number = np.empty_like(order)
        number[order] = np.arange(len(order))
        rows = np.argsort(number[parent], kind="stable")
        needs = (quantity[rows], number[component[rows]])
        begin = np.concatenate([[0], np.cumsum(np.bincount(number[parent], minlength=len(order)))])
        ends = np.cumsum(np.bincount(level)).tolist()
        layers = (_layer(first, end, begin, needs) for first, end in pairwise([0, *ends]))
        return cls(order, np.flatnonzero(lost[order]), tuple(layer for layer in layers if layer.needs.nnz))

    def lasts(self, demand: Floats, stock: Floats, days: float) -> Floats:
        """Days that each case lasts, at most ``days``, which may be without end."""
        demand, stock = demand[self.order], stock[self.order]
        found = np.full(demand.shape[1], days)
        while True:
            slope, less = self._asked(found, demand, stock)
            slope, room = slope[self.lost], less[self.lost] + stock[self.lost]
            until = np.divide(room, slope, out=np.full_like(room, np.inf), where=slope > 0)
            sooner = np.minimum(found, until.min(axis=0, initial=np.inf))
            if (sooner == found).all():
                return found
            found = sooner

    def last_apart(self, demand: Floats, stock: Floats, part: Ints, parts: int) -> Floats:
        """Days that each of some parts lasts, maybe without end; no need leads from one into another.

        ``demand``, ``stock`` and the number of its ``part``: of each place.
        """
        demand, stock, part = demand[self.order], stock[self.order], part[self.order]
        found = np.full(parts, np.inf)
        while True:
            slope, less = (values[:, 0] for values in self._asked(found[part, None], demand[:, None], stock[:, None]))
            slope, room = slope[self.lost], less[self.lost] + stock[self.lost]
            until = np.divide(room, slope, out=np.full_like(room, np.inf), where=slope > 0)
            sooner = found.copy()
            np.minimum.at(sooner, part[self.lost], until)
            if (sooner == found).all():
                return found
            found = sooner

    def left(self, demand: Floats, stock: Floats, days: float) -> Floats:
        """What is left of the stocks after some days."""
        slope, less = self._asked(np.full(demand.shape[1], days), demand[self.order], stock[self.order])
        left = np.empty_like(stock)
        left[self.order] = stock[self.order] - (slope * days - less)
        return np.maximum(left, 0.0)

    def _asked(self, days: Floats, demand: Floats, stock: Floats) -> tuple[Floats, Floats]:
        """(slope, less), in ``order``: until a day close before ``days``, slope x day - less is asked of a place.

        ``days``: of each case, or of each place and case.
        """
        slope, less = demand.copy(), np.zeros_like(demand)
        days = np.broadcast_to(days, demand.shape)
        endless = np.isinf(days)
        until = np.where(endless, 0.0, days)
        for layer in self.layers:
            own, before, here = slope[layer.made], less[layer.made], stock[layer.made]
            makes = np.where(endless[layer.made], own > 0, own * until[layer.made] - before > here)
            slope += layer.needs @ np.where(makes, own, 0.0)
            less += layer.needs @ np.where(makes, before + here, 0.0)
        return slope, less


def _layer(first: int, end: int, begin: Ints, needs: tuple[Floats, Ints]) -> _Layer:
    """``begin``: where the needs of each place begin among ``needs``, quantities and components."""
    at = slice(begin[first], begin[end])
    quantity, component = needs
    shape = (len(begin) - 1, end - first)
    return _Layer(
        slice(first, end), sparse.csc_array((quantity[at], component[at], begin[first : end + 1] - begin[first]), shape)
    )


def _levels(parent: Ints, component: Ints, count: int) -> Ints:
    """Longest way from the top of each place; without cycles."""
    level = np.zeros(count, dtype=np.intp)
    rows = np.arange(len(parent))
    while len(rows):
        deeper = level[parent[rows]] + 1
        fresh = deeper > level[component[rows]]
        moved = component[rows[fresh]]
        np.maximum.at(level, moved, deeper[fresh])
        is_moved = np.zeros(count, dtype=bool)
        is_moved[moved] = True
        rows = np.flatnonzero(is_moved[parent])
    return level


@dataclass(frozen=True)
class Span:
    """From one day to another: ``demand`` a day of each place and case, ``supply`` of each place as it begins."""

    begin: float
    end: float
    demand: Floats
    supply: Floats


def lasting(netting: Netting, spans: Iterable[Span], near: Callable[[float], float]) -> Floats:
    """Day on which each case stops, in the first span through which it does not last; the end of the last else.

    ``near``: from which day on a case has lasted to the end of a span.
    """
    found, going = np.empty(0), np.empty(0, dtype=bool)
    before: Span | None = None
    stock = np.zeros(())
    for span in spans:
        if before is None:
            stock, going = np.zeros_like(span.demand), np.ones(span.demand.shape[1], dtype=bool)
            found = np.full(span.demand.shape[1], span.begin)
        else:
            stock = netting.left(before.demand, stock, before.end - before.begin)
        stock = stock + span.supply[:, None]
        days = span.begin + netting.lasts(span.demand, stock, span.end - span.begin)
        found = np.where(going, days, found)
        going &= days >= near(span.end)
        if not going.any():
            break
        before = span
    return found
