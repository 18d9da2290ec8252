"""Adding up from the bottom: one sparse product per level, never a path at a time."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse

from riskplug.bom.levels import by_level
from riskplug.model import BomGraph

Floats = npt.NDArray[np.float64]
# scipy leaves the interpreter lock while it multiplies, so that two threads are nearly twice as fast.
THREADS = min(4, os.cpu_count() or 1)
# Lines of a level below which a second thread costs more than it saves.
SPLIT_FROM = 50_000


@dataclass(frozen=True)
class Layer:
    """The assemblies of one level: their node numbers, and their rows of a matrix."""

    nodes: npt.NDArray[np.intp]
    rows: sparse.csr_array


def layers(matrix: sparse.csr_array, level: npt.NDArray[np.int32]) -> Iterator[Layer]:
    """The assemblies level by level, the deepest first. Every component lies deeper than its parent."""
    matrix = sparse.csr_array(matrix)
    has_lines = np.flatnonzero(np.diff(matrix.indptr))
    if not len(has_lines):
        return
    order = has_lines[by_level(level[has_lines])]
    sorted_rows = matrix[order]
    bounds = np.append(np.flatnonzero(np.diff(level[order], prepend=-1)), len(order))
    for first, last in zip(bounds[-2::-1], bounds[:0:-1], strict=True):
        yield Layer(order[first:last], _slice(sorted_rows, int(first), int(last)))


def _slice(matrix: sparse.csr_array, first: int, last: int) -> sparse.csr_array:
    """Neighbouring rows without copying their data."""
    start, end = int(matrix.indptr[first]), int(matrix.indptr[last])
    indptr = matrix.indptr[first : last + 1] - start
    return sparse.csr_array(
        (matrix.data[start:end], matrix.indices[start:end], indptr), shape=(last - first, matrix.shape[1])
    )


def roll_up(matrix: sparse.csr_array, values: Floats, graph: BomGraph) -> Floats:
    """Own values and those of everything below, per unit of each node: ``total = values + matrix @ total``.

    ``values`` is n x k, ``matrix`` one of the graph's. NaN means unknown and stays unknown all the way up, column by
    column. Work grows with lines x k, whatever the number of paths.
    """
    return add_up(matrix, values, graph.level)


def add_up(matrix: sparse.csr_array, values: Floats, level: npt.NDArray[np.int32]) -> Floats:
    """``roll_up`` over any nodes whose ``level`` orders them, such as a part of those of a graph."""
    total = np.array(values, dtype=float)
    with ThreadPoolExecutor(THREADS) as threads:
        for layer in layers(matrix, level):
            shares = _shares(layer, THREADS) if layer.rows.nnz > SPLIT_FROM else [layer]
            list(threads.map(partial(_add_below, total=total), shares))
    return total


def _add_below(layer: Layer, total: Floats) -> None:
    """Add what the components amount to. Assemblies of one level never contain each other: their order is free."""
    total[layer.nodes] += layer.rows @ total


def _shares(layer: Layer, count: int) -> list[Layer]:
    """The layer cut into pieces of about as many lines each; every assembly stays whole, so sums stay the same."""
    ends = np.searchsorted(layer.rows.indptr, np.linspace(0, layer.rows.nnz, count + 1)[1:-1]).tolist()
    bounds = [0, *ends, len(layer.nodes)]
    return [Layer(layer.nodes[a:b], _slice(layer.rows, a, b)) for a, b in pairwise(bounds)]


def every_edge(graph: BomGraph) -> sparse.csr_array:
    """The edges of all kinds (per unit, bulk, per order) with weight one: what goes into what."""
    edges = graph.as_built if not graph.fixed.nnz else sparse.csr_array(graph.as_built + graph.fixed)
    return ones(edges)


def ones(matrix: sparse.csr_array) -> sparse.csr_array:
    """The same edges, each with weight one: for counting distinct components."""
    return sparse.csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)


def used_up(graph: BomGraph) -> sparse.csr_array:
    """Quantities losses included; bulk lines, which have no planned requirement, with their quantity as built."""
    if graph.consumed is graph.as_built:
        return graph.as_built
    return sparse.csr_array(graph.as_built.maximum(graph.consumed))


def part_of(graph: BomGraph, nodes: npt.NDArray[np.integer]) -> BomGraph:
    """The graph of some nodes and the edges between them."""
    as_built = sparse.csr_array(graph.as_built[nodes][:, nodes])
    same = graph.consumed is graph.as_built
    return BomGraph(
        nodes=graph.nodes.iloc[nodes].reset_index(drop=True),
        as_built=as_built,
        consumed=as_built if same else sparse.csr_array(graph.consumed[nodes][:, nodes]),
        fixed=sparse.csr_array(graph.fixed[nodes][:, nodes]),
        level=graph.level[nodes],
        phantom=graph.phantom[nodes],
        cycles=(),
        partial=graph.partial[nodes],
        problems=graph.problems.iloc[:0],
    )
