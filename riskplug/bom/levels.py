"""Low-level codes, cycles and reach over CSR arrays: loops over levels, never over nodes or edges."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Nodes = npt.NDArray[np.intp]
# A strongly connected component can hold exponentially many cycles; enough are named to find the wrong lines.
CYCLES_NAMED = 20
# A level with more lines than nodes / WIDE is counted over all nodes.
WIDE = 16


def edges_of(indptr: npt.NDArray[np.integer], nodes: npt.NDArray[np.integer]) -> npt.NDArray[np.intp]:
    """Positions in ``indices`` of all edges that start at the nodes, node by node."""
    starts = indptr[nodes].astype(np.intp)
    counts = indptr[nodes + 1] - starts
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - ends + counts, counts) + np.arange(total)


def low_level_codes(graph: sparse.csr_array) -> tuple[Ints, Ints]:
    """(level per node, nodes in level order); level -1 on and below a cycle.

    Kahn's walk, a whole level at a time: the level of a node is the longest way down to it from the top.
    """
    size = graph.shape[0]
    indptr, indices = graph.indptr, graph.indices
    waiting = np.bincount(indices, minlength=size).astype(np.int32)
    level = np.full(size, -1, dtype=np.int32)
    stamp = np.empty(size, dtype=np.int32)
    front = np.flatnonzero(waiting == 0).astype(np.int32)
    order: list[Ints] = []
    while len(front):
        level[front] = len(order)
        order.append(front)
        below = indices[edges_of(indptr, front)]
        front = _freed_widely(below, waiting) if len(below) * WIDE > size else _freed(below, waiting, stamp)
    return level, np.concatenate(order) if order else np.empty(0, dtype=np.int32)


def _freed_widely(below: Ints, waiting: Ints) -> Ints:
    """Components whose last parent has been passed; a pass over all nodes, quick when the level is a good part."""
    passed = np.bincount(below, minlength=len(waiting)).astype(np.int32)
    waiting -= passed
    return np.flatnonzero((waiting == 0) & (passed > 0)).astype(np.int32)


def _freed(below: Ints, waiting: Ints, stamp: Ints) -> Ints:
    """The same in time that grows with the level alone, however many nodes there are."""
    np.subtract.at(waiting, below, 1)
    return _once(below[waiting[below] == 0], stamp)


def _once(nodes: npt.NDArray[np.integer], stamp: Ints) -> Ints:
    """Each node once, however many lines lead to it: the last position written wins. ``stamp``: one place per node."""
    positions = np.arange(len(nodes), dtype=np.int32)
    stamp[nodes] = positions
    once: Ints = nodes[stamp[nodes] == positions]
    return once


def reach(graph: sparse.csr_array, start: npt.NDArray[np.integer]) -> Flags:
    """True for the start nodes and everything that edges lead to from them."""
    seen = np.zeros(graph.shape[0], dtype=bool)
    stamp = np.empty(len(seen), dtype=np.int32)
    front = np.asarray(start)
    while len(front):
        seen[front] = True
        front = _once(front, stamp)
        below = graph.indices[edges_of(graph.indptr, front)]
        front = below[~seen[below]]
    return seen


def by_level(level: Ints) -> Nodes:
    """Positions in ascending order of the levels, those of one level as they come; short numbers sort much quicker."""
    shortest = np.result_type(*map(np.min_scalar_type, (level.min(initial=0), level.max(initial=0))))
    return np.argsort(level.astype(shortest), kind="stable")


@dataclass(frozen=True)
class Step:
    """Some nodes of one level, by position among those walked over, each with a line to another of them or more.

    ``ends``: where the lines lead to, node by node. ``starts``: where the lines of each begin.
    """

    at: Nodes
    ends: Ints
    starts: Nodes


def steps(graph: sparse.csr_array, level: Ints, nodes: Nodes) -> Iterator[Step]:
    """The lines between some nodes, ascending and once each, level by level, the lowest number first.

    For what is asked of many small parts of one graph: no matrix is cut out.
    """
    place = np.full(graph.shape[0], -1, dtype=np.int32)
    place[nodes] = np.arange(len(nodes), dtype=np.int32)
    order = by_level(level[nodes])
    turns = np.flatnonzero(np.diff(level[nodes[order]])) + 1
    for first, last in pairwise([0, *turns.tolist(), len(order)]):
        at = order[first:last]
        ends = place[graph.indices[edges_of(graph.indptr, nodes[at])]]
        within = np.append(0, np.cumsum(ends >= 0))
        bounds = within[np.append(0, np.cumsum(graph.indptr[nodes[at] + 1] - graph.indptr[nodes[at]]))]
        some = np.diff(bounds) > 0
        if some.any():
            yield Step(at[some], ends[ends >= 0], bounds[:-1][some])


def loops(graph: sparse.csr_array, level: Ints) -> tuple[npt.NDArray[np.int32], tuple[tuple[int, ...], ...]]:
    """(component label per node, -1 off cycles; the cycles in path order) of what the level walk left behind."""
    left = np.flatnonzero(level < 0)
    label = np.full(graph.shape[0], -1, dtype=np.int32)
    if not len(left):
        return label, ()
    rest = graph[left][:, left]
    count, found = csgraph.connected_components(rest, directed=True, connection="strong")
    sizes = np.bincount(found, minlength=count)
    looped = sizes[found] > 1
    label[left[looped]] = found[looped]
    cycles: list[tuple[int, ...]] = []
    for which in np.unique(found[looped]):
        nodes = left[found == which]
        cycles += [tuple(int(node) for node in nodes[list(path)]) for path in _cycles(graph[nodes][:, nodes])]
    return label, tuple(sorted(cycles))


def _cycles(knot: sparse.csr_array) -> list[tuple[int, ...]]:
    """Cycles of one strongly connected component: the shortest through a node, cut, and again while any is left."""
    named: list[tuple[int, ...]] = []
    knot = sparse.csr_array(knot, copy=True)
    while len(named) < CYCLES_NAMED:
        _, found = csgraph.connected_components(knot, directed=True, connection="strong")
        looped = np.flatnonzero(np.bincount(found)[found] > 1)
        if not len(looped):
            break
        path = _shortest_through(knot, int(looped[0]))
        named.append(_from_lowest(path))
        knot = _without(knot, path[-1], path[0])
    return named


def _shortest_through(knot: sparse.csr_array, node: int) -> tuple[int, ...]:
    order, before = csgraph.breadth_first_order(knot, node, directed=True)
    into = knot.tocsc().indices[knot.tocsc().indptr[node] : knot.tocsc().indptr[node + 1]]
    last = int(next(step for step in order if step in into))
    path = [last]
    while path[-1] != node:
        path.append(int(before[path[-1]]))
    return tuple(reversed(path))


def _from_lowest(path: tuple[int, ...]) -> tuple[int, ...]:
    at = path.index(min(path))
    return path[at:] + path[:at]


def _without(knot: sparse.csr_array, parent: int, component: int) -> sparse.csr_array:
    edges = knot.tocoo()
    kept = ~((edges.row == parent) & (edges.col == component))
    return sparse.csr_array((edges.data[kept], (edges.row[kept], edges.col[kept])), shape=knot.shape)
