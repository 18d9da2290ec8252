"""Which finished products hang on each part."""

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from riskplug.bom.levels import Nodes, reach, steps
from riskplug.bom.rollup import every_edge
from riskplug.model import BomGraph

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]
WORDS = 8
BLOCK = 64 * WORDS
# Bits of a double that hold a whole number exactly, and the exponent of the least one.
WHOLE, LEAST = 53, -1074


def products_above(
    graph: BomGraph, is_product: npt.NDArray[np.bool_], revenue: Floats | None = None
) -> tuple[Floats, Floats]:
    """(number of distinct products each node goes into, their summed revenue); a product counts for itself.

    The revenue is NaN where that of any of them is unknown; sums are rounded once, so that they do not depend on any
    order. Products travel down as bits, a block at a time, over what is below them only; paths are never listed.
    """
    size = len(graph.level)
    counts, money, unknown = np.zeros(size), np.zeros((size, 2)), np.zeros(size, dtype=bool)
    worth = np.full(size, np.nan) if revenue is None else np.asarray(revenue, dtype=float)
    edges = every_edge(graph)
    products = _akin(edges, np.flatnonzero(is_product))
    if not len(products):
        return counts, counts.copy()
    known = _in_two(np.nan_to_num(worth[products], nan=0.0))
    parents = sparse.csr_array(edges.T)
    for first in range(0, len(products), BLOCK):
        block = products[first : first + BLOCK]
        nodes = np.flatnonzero(reach(edges, block))
        bits = _descend(parents, graph.level, nodes, block)
        counts[nodes] += np.bitwise_count(bits).sum(axis=1)
        if revenue is None:
            continue
        money[nodes] += _weighted(bits, known[first : first + BLOCK])
        unknown[nodes] |= (bits & _as_words(np.isnan(worth[block]))).any(axis=1)
    unknown |= (counts > 0) & (revenue is None)
    return counts, np.where(unknown, np.nan, money.sum(axis=1))


def products_over(
    graph: BomGraph, nodes: npt.NDArray[np.integer], is_product: npt.NDArray[np.bool_]
) -> tuple[str, ...]:
    """Part numbers of the products that any of the nodes goes into, sorted; a product among them counts for itself."""
    above = reach(sparse.csr_array(every_edge(graph).T), nodes)
    return tuple(sorted(graph.nodes.loc[above & is_product, "part_no"].astype("str").unique()))


def _akin(edges: sparse.csr_array, products: Nodes) -> Nodes:
    """The products, those that share assemblies beside each other: then little lies below more than one block.

    Parts without components are left out: screws that go into everything would make all products akin.
    """
    if len(products) <= BLOCK:
        return products
    kept = (np.diff(edges.indptr) > 0)[edges.indices]
    ends = np.append(0, np.cumsum(kept))[edges.indptr]
    lines = sparse.csr_array((np.ones(ends[-1]), edges.indices[kept], ends), shape=edges.shape)
    _, kin = csgraph.connected_components(lines, directed=False)
    akin: Nodes = products[np.argsort(kin[products], kind="stable")]
    return akin


def _descend(parents: sparse.csr_array, level: npt.NDArray[np.int32], nodes: Nodes, block: Nodes) -> Words:
    """One bit per product and node: set where the product is the node or above it."""
    bits = np.zeros((len(nodes), WORDS), dtype=np.uint64)
    which = np.arange(len(block))
    bits[np.searchsorted(nodes, block), which // 64] |= np.uint64(1) << (which % 64).astype(np.uint64)
    for step in steps(parents, level, nodes):
        bits[step.at] |= np.bitwise_or.reduceat(bits.take(step.ends, axis=0), step.starts, axis=0)
    return bits


def _as_words(flags: npt.NDArray[np.bool_]) -> Words:
    padded = np.zeros(BLOCK, dtype=bool)
    padded[: len(flags)] = flags
    return np.packbits(padded, bitorder="little").view("<u8").astype(np.uint64)


def _in_two(values: Floats) -> Floats:
    """n x 2, which add up to the values: any sums of either column alone are exact.

    The first holds multiples of the smallest step in which a double still counts the sum of all; the second what is
    left, in a step so much smaller again.
    """
    exponent = max(int(np.frexp(np.abs(values).sum())[1]) - WHOLE + 1, LEAST + WHOLE)
    step, finer = np.ldexp(1.0, [exponent, max(exponent + len(values).bit_length() - WHOLE + 1, LEAST)])
    most = np.rint(values / step) * step
    return np.column_stack([most, np.rint((values - most) / finer) * finer])


def _weighted(bits: Words, weights: Floats) -> Floats:
    """Sums of the weights of the set bits, a byte at a time through a table of its 256 sums; a column each."""
    padded = np.zeros((BLOCK, weights.shape[1]))
    padded[: len(weights)] = weights
    patterns = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").astype(float)
    sums = patterns @ padded.reshape(8 * WORDS, 8, -1)
    octets = bits.astype("<u8", copy=False).view(np.uint8).ravel()
    some = np.flatnonzero(octets != 0)
    node, position = np.divmod(some, 8 * WORDS)
    found = sums[position, octets[some]]
    return np.column_stack([np.bincount(node, column, len(bits)) for column in found.T])
