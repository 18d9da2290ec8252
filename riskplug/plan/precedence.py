"""In which order parts are netted when some serve others, and which of them would wait for themselves."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from riskplug.plan.nodes import Flags, Ints


@dataclass(frozen=True)
class Arcs:
    """Pairs of nodes of which the first must be netted before the second."""

    first: Ints
    second: Ints

    def __add__(self, other: "Arcs") -> "Arcs":
        return Arcs(np.concatenate([self.first, other.first]), np.concatenate([self.second, other.second]))

    def __getitem__(self, kept: Flags) -> "Arcs":
        return Arcs(self.first[kept], self.second[kept])


@dataclass(frozen=True)
class Order:
    """``level``: of each node; what it depends on stands on a lower one, or is of its own ``unit``.

    A unit is a set of nodes that may all serve each other: their own requirements are all known before one of them
    takes anything, so none waits for another. Most units are single nodes.
    """

    level: Ints
    unit: Ints


def waiting_for_itself(size: int, requirements: Arcs, serving: Arcs) -> Flags:
    """Serving arcs that would close a circle in which requirements are handed down.

    A part made from its own alternate, for instance: what it lacks is asked of the alternate, and what the alternate
    can spare decides what it lacks. Parts that only serve each other make no such circle.
    """
    label = _knots(size, requirements + serving)
    inside = label[requirements.first] == label[requirements.second]
    knotted = np.zeros(size, dtype=bool)
    knotted[label[requirements.first[inside]]] = True
    return np.asarray((label[serving.first] == label[serving.second]) & knotted[label[serving.first]])


def order(level: Ints, requirements: Arcs, serving: Arcs) -> Order:
    """``level``: low-level codes, from which nodes are only moved down. ``serving``: none that waits for itself."""
    unit = _knots(len(level), serving)
    arcs = requirements + serving
    first, second = unit[arcs.first], unit[arcs.second]
    first, second = first[first != second], second[first != second]
    deepest = np.zeros(len(level), dtype=level.dtype)
    np.maximum.at(deepest, unit, level)
    while True:
        before = deepest.copy()
        np.maximum.at(deepest, second, before[first] + 1)
        if np.array_equal(before, deepest):
            return Order(deepest[unit], unit)


def _knots(size: int, arcs: Arcs) -> Ints:
    """Strongly connected component of each node."""
    ones = np.ones(len(arcs.first))
    edges = sparse.coo_array((ones, (arcs.first, arcs.second)), shape=(size, size)).tocsr()
    return np.asarray(csgraph.connected_components(edges, directed=True, connection="strong")[1])
