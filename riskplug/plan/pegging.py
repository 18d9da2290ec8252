"""Which sales orders and forecasts stand behind the requirement of a day, through all levels.

First come, first served: the requirements of a day count in the order in which events are listed (independent demand by
reference, then assemblies by part number), and what is short is the last of them. What an assembly hands down on a day
is never more than it was asked for on that day and what its stock lies below the floor; so the last of that day's
requirement is what it asks its components for.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from riskplug.plan.above import Above, Dependent
from riskplug.plan.demand import Demand
from riskplug.plan.nodes import Ints

Names = Callable[[Ints], Sequence[str | None]]

Route = tuple[int, "Route"] | None
"""A place and the rest of the way up to the part that is sold; linked, so that a thousand levels cost nothing."""

NOTHING = 1e-9
# Requirements that reach a part on several ways stand in its list once per way. A ladder of diamonds doubles them with
# every step; beyond this many they are put together, where the first of each stands.
MOST_PIECES = 5_000


@dataclass(frozen=True, slots=True)
class Peg:
    """A requirement and how much of the pegged part it is behind; ``short``: of it not covered.

    ``at``: index into the plan's Demand; None where an assembly, the first of the route, fills up its own stock that is
    below its floor today. ``route``: nodes from the part that is sold down to the assembly that asks, one way where
    there are several; empty for demand of the pegged part itself.
    """

    at: int | None
    quantity: float
    short: float
    route: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """``at``: index into Demand; below zero for the stock of a place that is filled up, one number per place."""

    at: int
    quantity: float
    route: Route


def pegs(above: Above, demand: Demand, names: Names, part_nos: pd.Series, day: int, covered: float) -> list[Peg]:
    """The requirement of the part on a day by independent demand, in first-come order; ``covered`` of it is there.

    ``names``: what the events call some of the demand; ``part_nos``: by node.

    The quantities add up to the requirement of the day. Takes one pass over the days and places behind it, whatever
    the number of ways between two places. Worked: 30 wanted on a day, 10 by a spare part order and 2 for each of 10
    motors that a drive order asks for; 15 there: the order is covered, of the drive's 20 are 15 short.
    """
    behind = _Behind(above, demand, names, part_nos)
    found = behind.of(above.at, day)
    ends = np.cumsum([piece.quantity for piece in found])
    short = np.clip(ends - covered, 0.0, [piece.quantity for piece in found]) if found else ends
    # one peg per requirement, but only after each of its ways has had its turn
    lacking: dict[int, float] = {}
    for piece, missing in zip(found, short.tolist(), strict=True):
        lacking[piece.at] = lacking.get(piece.at, 0.0) + missing
    return [
        Peg(piece.at if piece.at >= 0 else None, piece.quantity, lacking[piece.at], _nodes(above, piece.route))
        for piece in _merged(found)
    ]


class _Behind:
    """Requirements of places on days, split by independent demand; parents before components, each once."""

    def __init__(self, above: Above, demand: Demand, names: Names, part_nos: pd.Series) -> None:
        self._above, self._demand, self._called = above, demand, names
        self._names = part_nos.iloc[above.structure.nodes].astype("str").tolist()
        # in a scenario a row below zero takes requirement away; it stands behind nothing
        self._mine = np.flatnonzero(np.isin(demand.node, above.structure.nodes) & (demand.quantity > 0))
        self._askers: dict[int, dict[int, list[Dependent]]] = {}
        self._found: dict[tuple[int, int], list[_Piece]] = {}

    def of(self, place: int, day: int) -> list[_Piece]:
        for one in sorted(self._needed(place, day)):
            self._found[one] = self._split(*one)
        return self._found[place, day]

    def _needed(self, place: int, day: int) -> set[tuple[int, int]]:
        """Places and days whose split is needed for that of one."""
        seen, front = {(place, day)}, [(place, day)]
        while front:
            at = front.pop()
            for asker in self._asking(*at):
                source = (asker.parent, int(self._above.asked.day[asker.asked]))
                if source not in seen:
                    seen.add(source)
                    front.append(source)
        return seen

    def _asking(self, place: int, day: int) -> list[Dependent]:
        if place not in self._askers:
            by_day: dict[int, list[Dependent]] = {}
            for one in sorted(self._above.dependent(place), key=lambda one: (self._names[one.parent], one.asked)):
                by_day.setdefault(one.day, []).append(one)
            self._askers[place] = by_day
        return self._askers[place].get(day, [])

    def _split(self, place: int, day: int) -> list[_Piece]:
        pieces = [*self._own(place, day), *(p for asker in self._asking(place, day) for p in self._asked(asker))]
        joined = _joined(pieces)
        return joined if len(joined) <= MOST_PIECES else _merged(joined)

    def _own(self, place: int, day: int) -> Iterable[_Piece]:
        demand, mine = self._demand, self._mine
        at = mine[(demand.node[mine] == self._above.structure.nodes[place]) & (demand.day[mine] == day)]
        named = sorted(zip(at.tolist(), self._called(at), strict=True), key=lambda one: one[1] or "")
        return [_Piece(i, float(demand.quantity[i]), None) for i, _ in named]

    def _asked(self, asker: Dependent) -> Iterable[_Piece]:
        """The last of what the assembly is asked for on the day, brought to quantities of the component."""
        asked = self._above.asked
        lacking = float(asked.quantity[asker.asked])
        of_parent = _last(self._found[asker.parent, int(asked.day[asker.asked])], lacking)
        rest = lacking - sum(piece.quantity for piece in of_parent)
        if rest > NOTHING * lacking:
            # it can only be stock that is below its floor today, which came before all demand
            of_parent.insert(0, _Piece(-1 - asker.parent, rest, None))
        factor = asker.quantity / lacking
        return [_Piece(one.at, one.quantity * factor, (asker.parent, one.route)) for one in of_parent]


def _last(pieces: Sequence[_Piece], quantity: float) -> list[_Piece]:
    """The end of a list, as much as adds up to a quantity."""
    found: list[_Piece] = []
    left = quantity
    for piece in reversed(pieces):
        if left <= NOTHING * quantity:
            break
        found.append(replace(piece, quantity=min(piece.quantity, left)))
        left -= piece.quantity
    return found[::-1]


def _joined(pieces: Iterable[_Piece]) -> list[_Piece]:
    """The list with neighbours of one requirement put together, which changes no order."""
    found: list[_Piece] = []
    for piece in pieces:
        if found and found[-1].at == piece.at:
            found[-1] = replace(found[-1], quantity=found[-1].quantity + piece.quantity)
        else:
            found.append(piece)
    return found


def _merged(pieces: Iterable[_Piece]) -> list[_Piece]:
    """One piece per requirement, where its first stands."""
    found: dict[int, _Piece] = {}
    for piece in pieces:
        known = found.get(piece.at)
        found[piece.at] = replace(known, quantity=known.quantity + piece.quantity) if known else piece
    return list(found.values())


def _nodes(above: Above, route: Route) -> tuple[int, ...]:
    nodes = []
    while route:
        place, route = route
        nodes.append(int(above.structure.nodes[place]))
    return tuple(reversed(nodes))
