"""Which products stop when parts are lost, through all levels and with every alternate that could take over.

A part that is made is lost when any of its lines is; a line with alternates when all of them are; a part that may be
made or bought when both ways are. Stock is not looked at: it delays a stop and prevents none.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from riskplug.bom.levels import Flags, Ints, Nodes, Step, loops, low_level_codes, reach, steps
from riskplug.bom.products import BLOCK, Floats, Words
from riskplug.bom.rollup import every_edge, ones
from riskplug.model import BomGraph


@dataclass(frozen=True)
class Needs:
    """What each node needs: all that its edges lead to, or, where ``any_will_do``, one of them.

    Nodes of the graph come first; behind them stand groups of alternates and the two ways of parts that may be made or
    bought. ``bought``: per node of the graph, the node that a lost source of supply takes away. ``knotted``: nodes that
    alternates make part of a cycle; ``level`` orders all others, the tops first.
    """

    edges: sparse.csr_array
    any_will_do: Flags
    bought: Nodes
    knotted: Flags
    level: Ints

    @classmethod
    def of(cls, graph: BomGraph, either: Flags) -> "Needs":
        """``either``: parts that may be made or bought; those without components are simply bought."""
        size = len(graph.level)
        if not either.any() and graph.alternates.empty:
            no = np.zeros(size, dtype=bool)
            return cls(every_edge(graph), no, np.arange(size), no, graph.level)
        lines = _plain_edges(graph)
        both = np.flatnonzero(either & (np.diff(every_edge(graph).indptr) > 0))
        parent, component, any_will_do = _with_groups(graph, lines, size)
        made = np.arange(len(any_will_do), len(any_will_do) + len(both))
        buy = made + len(both)
        at = np.full(len(any_will_do), -1)
        at[both] = made
        parent = np.where(at[parent] >= 0, at[parent], parent)
        any_will_do[both] = True
        any_will_do = np.append(any_will_do, np.zeros(2 * len(both), dtype=bool))
        parent, component = np.r_[parent, both, both], np.r_[component, made, buy]
        bought = np.arange(size)
        bought[both] = buy
        return cls.tied(_matrix(parent, component, len(any_will_do)), any_will_do, bought)

    @classmethod
    def tied(cls, edges: sparse.csr_array, any_will_do: Flags, bought: Nodes) -> "Needs":
        """Knots that nothing outside can start, a mistake in the data, are cut: they stop nothing by themselves."""
        label, level = _ordered(edges)
        needs = cls(edges, any_will_do, bought, label >= 0, level)
        if not needs.knotted.any():
            return needs
        nothing = np.zeros((len(level), 1), dtype=np.uint64)
        stuck = needs.knotted & (_settled(needs, np.arange(len(level)), nothing)[:, 0] != 0)
        lines = edges.tocoo()
        kept = ~stuck[lines.row] | (label[lines.row] != label[lines.col])
        return (
            needs
            if kept.all()
            else cls.tied(_matrix(lines.row[kept], lines.col[kept], len(level)), any_will_do, bought)
        )

    @cached_property
    def above(self) -> sparse.csr_array:
        """The edges the other way round."""
        return sparse.csr_array(self.edges.T)

    @property
    def rescued(self) -> Flags:
        """Nodes whose loss something may make up for on the way up."""
        return reach(self.edges, np.flatnonzero(self.any_will_do))


def _plain_edges(graph: BomGraph) -> tuple[Nodes, Nodes]:
    """Every edge but those that only stand for an alternate."""
    edges = every_edge(graph).tocoo()
    members = graph.alternates[~graph.alternates["required"]]
    if members.empty:
        return edges.row.astype(np.intp), edges.col.astype(np.intp)
    size = len(graph.level)
    replaceable = members["parent"].to_numpy() * size + members["component"].to_numpy()
    kept = ~np.isin(edges.row.astype(np.int64) * size + edges.col, replaceable)
    return edges.row[kept].astype(np.intp), edges.col[kept].astype(np.intp)


def _with_groups(graph: BomGraph, lines: tuple[Nodes, Nodes], size: int) -> tuple[Nodes, Nodes, Flags]:
    rows = graph.alternates
    number, groups = pd.factorize(rows["group"])
    above = rows.drop_duplicates("group")["parent"].to_numpy(dtype=np.intp)
    parent = np.r_[lines[0], above, size + number]
    component = np.r_[lines[1], size + np.arange(len(groups)), rows["component"].to_numpy(dtype=np.intp)]
    return parent, component, np.arange(size + len(groups)) >= size


def _ordered(edges: sparse.csr_array) -> tuple[Ints, Ints]:
    """(number of the knot of each node, -1 outside; level of each node, edges inside knots left out)."""
    level, _ = low_level_codes(edges)
    label, knots = loops(edges, level)
    if not knots:
        return label, level
    lines = edges.tocoo()
    kept = (label[lines.row] < 0) | (label[lines.row] != label[lines.col])
    return label, low_level_codes(_matrix(lines.row[kept], lines.col[kept], edges.shape[0]))[0]


def _matrix(parent: Nodes, component: Nodes, size: int) -> sparse.csr_array:
    return ones(sparse.csr_array(sparse.coo_array((np.ones(len(parent)), (parent, component)), shape=(size, size))))


def products_stopped(
    needs: Needs, lost: pd.DataFrame, products: Nodes, site: npt.NDArray[np.integer], worth: Floats
) -> pd.DataFrame:
    """candidate, site, products and revenue: one row per candidate and site where a product stops.

    ``lost``: frame candidate (0, 1, ...), node, way (`part`: the part itself is gone; `supply`: it can no longer be
    bought). ``products``: their node numbers, with the ``site`` code and the ``worth`` of each; revenue is NaN where
    that of one of them is unknown. Candidates travel up as bits, 512 at a time, over what is above them only.
    """
    rows = lost.assign(at=np.where(lost["way"] == "supply", needs.bought[lost["node"]], lost["node"]))
    rows = rows.sort_values("candidate", kind="stable")
    candidates, numbers = np.unique(rows["candidate"].to_numpy(), return_inverse=True)
    found = []
    for first in range(0, len(candidates), BLOCK):
        start, end = np.searchsorted(numbers, [first, first + BLOCK])
        block = rows.iloc[start:end]
        bits, nodes = _climb(needs, block["at"].to_numpy(dtype=np.intp), numbers[start:end] - first)
        found.append(_counted(bits, nodes, products, site, worth, candidates[first : first + BLOCK]))
    empty = pd.DataFrame({"candidate": [0], "site": [0], "products": [0.0], "revenue": [0.0]}).iloc[:0]
    return pd.concat([empty, *found], ignore_index=True)


def _climb(needs: Needs, start: Nodes, which: Nodes) -> tuple[Words, Nodes]:
    """One bit per candidate and node above the start nodes: set where the node is lost with the candidate."""
    nodes = np.flatnonzero(reach(needs.above, start))
    lost = np.zeros((len(nodes), which.max() // 64 + 1), dtype=np.uint64)
    at = np.searchsorted(nodes, start)
    np.bitwise_or.at(lost, (at, which // 64), np.uint64(1) << (which % 64).astype(np.uint64))
    return _settled(needs, nodes, lost), nodes


def _settled(needs: Needs, nodes: Nodes, lost: Words) -> Words:
    """``lost`` and what is lost for want of it; ``lost`` is that of ``nodes``, the rest is safe."""
    any_will_do, edges = needs.any_will_do[nodes], np.diff(needs.edges.indptr)[nodes]
    knotted, bits = needs.knotted[nodes], lost.copy()
    # an alternate that needs its own parent cannot be the first to be had: knots count as lost until shown otherwise
    bits[knotted] = ~np.uint64(0)
    upwards = steps(needs.edges, -needs.level, nodes)
    walk = list(upwards) if knotted.any() else upwards
    while True:
        before = bits[knotted]
        for step in walk:
            bits[step.at] = lost[step.at] | _below(step, bits, any_will_do[step.at], edges[step.at])
        if np.array_equal(before, bits[knotted]):
            return bits


def _below(step: Step, bits: Words, any_will_do: Flags, edges: Nodes) -> Words:
    """What is lost for want of what is below: of any of it, or, where any will do, of all of the ``edges``."""
    below = bits.take(step.ends, axis=0)
    lost: Words = np.bitwise_or.reduceat(below, step.starts, axis=0)
    if any_will_do.any():
        safe = np.diff(step.starts, append=len(step.ends)) < edges
        all_lost = np.bitwise_and.reduceat(below, step.starts, axis=0)
        lost[any_will_do] = np.where(safe[any_will_do, None], np.uint64(0), all_lost[any_will_do])
    return lost


def _counted(
    bits: Words, nodes: Nodes, products: Nodes, site: npt.NDArray[np.integer], worth: Floats, candidates: Nodes
) -> pd.DataFrame:
    """Products and their worth per candidate of a block and site."""
    known = np.isin(products, nodes)
    place, worth, at = site[known], worth[known], np.searchsorted(nodes, products[known])
    octets = np.ascontiguousarray(bits[at].astype("<u8")).view(np.uint8)
    product, candidate = np.nonzero(np.unpackbits(octets, axis=1, bitorder="little"))
    hits = pd.DataFrame({"candidate": candidates[candidate], "site": place[product], "revenue": worth[product]})
    by = hits.groupby(["candidate", "site"])
    unknown = hits["revenue"].isna().groupby([hits["candidate"], hits["site"]]).any()
    found = pd.DataFrame({"products": by.size().astype(float), "revenue": by["revenue"].sum().mask(unknown)})
    return found.reset_index()


def members_of(graph: BomGraph) -> pd.DataFrame:
    """node, alternate: every other component that could stand in for a node on some line."""
    rows = graph.alternates[["group", "component"]]
    pairs = rows.merge(rows, on="group", suffixes=("", "_other"))
    pairs = pairs[pairs["component"] != pairs["component_other"]]
    return (
        pairs[["component", "component_other"]]
        .set_axis(["node", "alternate"], axis=1)
        .drop_duplicates(ignore_index=True)
    )
