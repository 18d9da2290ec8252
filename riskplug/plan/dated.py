"""Requirements along BOM lines that are in force on some days of the horizon only.

A requirement counts on the day on which the component is needed: before the first day of a line and after its last one
the line asks for nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.model import BomGraph
from riskplug.plan.nodes import Flags, Floats, Ints


@dataclass(frozen=True)
class Standing:
    """Lines by how long they are in force. ``consumed``, ``fixed``: all horizon long, as in BomGraph; ``dated``:
    DATED_COLUMNS of the others in order of parents, None where there are none; ``level``: low-level code per node, over
    both.
    """

    consumed: sparse.csr_array
    fixed: sparse.csr_array
    dated: pd.DataFrame | None
    level: Ints

    @classmethod
    def of(cls, graph: BomGraph, horizon: int) -> "Standing":
        if graph.dated is None:
            return cls(graph.consumed, graph.fixed, None, graph.level)
        edges = graph.dated.edges
        always = ((edges["first"] == 0) & (edges["last"] >= horizon)).to_numpy()
        per_order = edges["fixed"].to_numpy(dtype=bool)
        consumed, fixed = (
            _with(_without(matrix, graph.dated.changing), edges[always & (per_order == fixed)])
            for matrix, fixed in ((graph.consumed, False), (graph.fixed, True))
        )
        return cls(consumed, fixed, edges[~always], graph.dated.level)

    def components(self, node: int) -> Ints:
        """What a node is made of on any day."""
        found = [m.indices[m.indptr[node] : m.indptr[node + 1]] for m in (self.consumed, self.fixed)]
        if self.dated is not None:
            start, end = np.searchsorted(self.dated["parent"].to_numpy(), [node, node + 1])
            found.append(self.dated["component"].to_numpy()[start:end])
        return np.unique(np.concatenate(found))


def _without(matrix: sparse.csr_array, rows: Flags) -> sparse.csr_array:
    counts = np.diff(matrix.indptr)
    kept = np.repeat(~rows, counts)
    indptr = np.concatenate([[0], np.cumsum(np.where(rows, 0, counts))]).astype(matrix.indptr.dtype)
    return sparse.csr_array((matrix.data[kept], matrix.indices[kept], indptr), shape=matrix.shape)


def _with(matrix: sparse.csr_array, edges: pd.DataFrame) -> sparse.csr_array:
    cells = (edges["parent"].to_numpy(dtype=np.intp), edges["component"].to_numpy(dtype=np.intp))
    more = sparse.coo_array((edges["quantity"].to_numpy(dtype=float), cells), shape=matrix.shape)
    return sparse.csr_array(matrix + more.tocsr())


@dataclass(frozen=True)
class DatedEdges:
    """Edges by ``row``, the place of a component or a channel, in order: ``quantity`` of it per unit of the ``parent``,
    a place, or per order of it, needed from day ``first`` to day ``last``.
    """

    row: Ints
    parent: Ints
    quantity: Floats
    per_order: Flags
    first: Ints
    last: Ints

    @classmethod
    def of(cls, edges: pd.DataFrame, row: Ints, place: Ints) -> "DatedEdges | None":
        """``row``: of each edge; ``place``: of each node. None without edges."""
        if not len(edges):
            return None
        names = ("quantity", "fixed", "first", "last")
        return cls(row, place[edges["parent"].to_numpy(dtype=np.intp)], *(edges[n].to_numpy() for n in names)).sorted()

    def __getitem__(self, some: Ints | Flags | slice) -> "DatedEdges":
        return DatedEdges(*(getattr(self, name)[some] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.row)

    def sorted(self) -> "DatedEdges":
        return self[np.argsort(self.row, kind="stable")]

    def numbered(self, row: Ints | None, place: Ints) -> "DatedEdges | None":
        """The same by new numbers, -1 for what is not there any more; rows keep theirs where none are given."""
        rows, parents = self.row if row is None else row[self.row], place[self.parent]
        kept = (rows >= 0) & (parents >= 0)
        moved = DatedEdges(rows, parents, self.quantity, self.per_order, self.first, self.last)[kept]
        return moved.sorted() if len(moved) else None

    def between(self, start: int, end: int) -> "DatedEdges":
        return self[slice(*np.searchsorted(self.row, [start, end]))]

    def asked(self, start: int, end: int, net: sparse.csr_array, once: bool) -> sparse.csr_array | None:
        """What rows of a block are asked for by day, None for nothing. ``net``: net requirement, places x days.

        ``once``: what is used per order is used for the first order in force alone.
        """
        some = self.between(start, end)
        starts = net.indptr[some.parent].astype(np.intp)
        counts = net.indptr[some.parent + 1] - starts
        edge = np.repeat(np.arange(len(some)), counts)
        cell = np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(len(edge))
        day = net.indices[cell]
        inside = (day >= some.first[edge]) & (day <= some.last[edge])
        if once:
            per_order = np.flatnonzero(inside & some.per_order[edge])
            inside[per_order[~_firsts(edge[per_order])]] = False
        edge, cell, day = edge[inside], cell[inside], day[inside]
        if not len(edge):
            return None
        value = some.quantity[edge] * np.where(some.per_order[edge], 1.0, net.data[cell])
        shape = (end - start, net.shape[1])
        return sparse.csr_array(sparse.coo_array((value, (some.row[edge] - start, day)), shape=shape))

    def under(self, start: int, end: int, marked: Flags) -> Flags:
        """Rows of a block below a marked parent, on whatever day."""
        some, found = self.between(start, end), np.zeros(end - start, dtype=bool)
        found[some.row[marked[some.parent]] - start] = True
        return found

    def of_row(self, row: int) -> Iterator[tuple[int, float, bool, int, int]]:
        """(parent, quantity, per order, first and last day) of one row."""
        one = self.between(row, row + 1)
        return zip(*(getattr(one, name).tolist() for name in list(self.__dataclass_fields__)[1:]), strict=True)


def _firsts(key: Ints) -> Flags:
    """The first of each run of equal keys."""
    return np.asarray(np.r_[True, key[1:] != key[:-1]][: len(key)])
