"""Which finished products hang on each part."""

import numpy as np
import numpy.typing as npt
from scipy import sparse

from riskplug.bom.levels import reach
from riskplug.bom.rollup import every_edge, layers
from riskplug.model import BomGraph

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]
WORDS = 8
BLOCK = 64 * WORDS


def products_above(
    graph: BomGraph, is_product: npt.NDArray[np.bool_], revenue: Floats | None = None
) -> tuple[Floats, Floats]:
    """(number of distinct products each node goes into, their summed revenue); a product counts for itself.

    The revenue is NaN where that of any of them is unknown. Products travel down as bits, 512 at a time, over what is
    below them only; paths are never listed.
    """
    size = len(graph.level)
    counts, money, unknown = np.zeros(size), np.zeros(size), np.zeros(size, dtype=bool)
    worth = np.full(size, np.nan) if revenue is None else np.asarray(revenue, dtype=float)
    edges = every_edge(graph)
    # a node's products are those of its parents: walk the transpose, tops first
    products = np.flatnonzero(is_product)
    for first in range(0, len(products), BLOCK):
        block = products[first : first + BLOCK]
        nodes = np.flatnonzero(reach(edges, block))
        bits = _descend(edges, graph.level, nodes, block)
        counts[nodes] += np.bitwise_count(bits).sum(axis=1)
        if revenue is None:
            continue
        known = np.nan_to_num(worth[block], nan=0.0)
        money[nodes] += _weighted(bits, known)
        unknown[nodes] |= (bits & _as_words(np.isnan(worth[block]))).any(axis=1)
    unknown |= (counts > 0) & (revenue is None)
    return counts, np.where(unknown, np.nan, money)


def products_over(
    graph: BomGraph, nodes: npt.NDArray[np.integer], is_product: npt.NDArray[np.bool_]
) -> tuple[str, ...]:
    """Part numbers of the products that any of the nodes goes into, sorted; a product among them counts for itself."""
    above = reach(sparse.csr_array(every_edge(graph).T), nodes)
    return tuple(sorted(graph.nodes.loc[above & is_product, "part_no"].astype("str").unique()))


def _descend(
    edges: sparse.csr_array, level: npt.NDArray[np.int32], nodes: npt.NDArray[np.intp], block: npt.NDArray[np.intp]
) -> Words:
    """One bit per product and node: set where the product is the node or above it."""
    bits = np.zeros((len(nodes), WORDS), dtype=np.uint64)
    which = np.arange(len(block))
    at = np.searchsorted(nodes, block)
    bits[at, which // 64] |= np.uint64(1) << (which % 64).astype(np.uint64)
    parents = sparse.csr_array(edges[nodes][:, nodes].T)
    for layer in layers(parents, int(level.max(initial=0)) - level[nodes]):
        above = np.bitwise_or.reduceat(bits.take(layer.rows.indices, axis=0), layer.rows.indptr[:-1], axis=0)
        bits[layer.nodes] |= above
    return bits


def _as_words(flags: npt.NDArray[np.bool_]) -> Words:
    padded = np.zeros(BLOCK, dtype=bool)
    padded[: len(flags)] = flags
    return np.packbits(padded, bitorder="little").view("<u8").astype(np.uint64)


def _weighted(bits: Words, weights: Floats) -> Floats:
    """Sum of the weights of the set bits, a byte at a time through a table of its 256 sums."""
    padded = np.zeros(BLOCK)
    padded[: len(weights)] = weights
    patterns = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").astype(float)
    sums = np.stack([patterns @ eight for eight in padded.reshape(-1, 8)])
    octets = bits.astype("<u8", copy=False).view(np.uint8).ravel()
    some = np.flatnonzero(octets != 0)
    node, position = np.divmod(some, 8 * WORDS)
    total: Floats = np.bincount(node, sums[position, octets[some]], len(bits)).astype(float, copy=False)
    return total
