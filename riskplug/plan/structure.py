"""The bill of material as the netting walk needs it: nodes in low-level order, edges seen from the component."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from riskplug.plan.dated import DatedEdges, Standing
from riskplug.plan.lead_times import ProductionTime
from riskplug.plan.nodes import Flags, Ints, Master
from riskplug.plan.precedence import Arcs
from riskplug.plan.serving import Sharing

# Nodes of one level do not depend on each other: wide levels are walked in blocks, which bounds the memory.
BLOCK = 10_000


@dataclass(frozen=True)
class Structure:
    """Places 0..n-1 are nodes in low-level order; ``nodes[place]`` is the node, ``blocks`` are place boundaries.

    ``consumed[c, p]`` and ``fixed[c, p]``: quantity of the component at place c per unit, or per order, of the parent
    at place p; only parents that hand their requirement down have entries. ``made_in``: work days from the need for the
    parent back to the need for its components. Every parent stands before its components and in an earlier block.
    ``fixed_once``: fixed quantities count for the first day of net requirement alone. ``sharing``: who may take what
    others can spare; a giver stands in an earlier block than its taker, or in the same one where either may give.
    ``dated``: edges that are in force on some days only, None for none.
    """

    nodes: Ints
    blocks: Ints
    consumed: sparse.csr_array
    fixed: sparse.csr_array
    made_in: ProductionTime
    site: Ints
    hands_down: Flags
    fixed_once: bool = False
    sharing: Sharing | None = None
    dated: DatedEdges | None = None

    def below(self, flags: Flags) -> Flags:
        """Places under a flagged one, along the edges of requirement; a flagged place itself only below another."""
        marked = flags.astype(np.float64)
        under = np.zeros(len(flags), dtype=bool)
        if not flags.any():
            return under
        for first, last in zip(self.blocks[:-1], self.blocks[1:], strict=True):
            for edges in (self.consumed, self.fixed):
                under[first:last] |= rows_of(edges, first, last) @ marked[:first] > 0
            if self.dated is not None:
                under[first:last] |= self.dated.under(first, last, marked > 0)
            marked[first:last] = np.maximum(marked[first:last], under[first:last])
        return under

    def above(self, place: int) -> Ints:
        """The place and all places its requirement and its supply may depend on, in order."""
        found, front = np.zeros(len(self.nodes), dtype=bool), np.array([place])
        while len(front):
            found[front] = True
            parents = np.concatenate([self.consumed[front].indices, self.fixed[front].indices])
            if self.dated is not None:
                parents = np.concatenate([parents, self.dated.parent[np.isin(self.dated.row, front)]])
            near = parents if self.sharing is None else np.concatenate([parents, self.sharing.neighbours(front)])
            front = np.unique(near[~found[near]])
        return np.flatnonzero(found)

    def only(self, places: Ints) -> "Structure":
        """The structure of some places, which must hold all that stands above each of them."""
        some = self.moved(places, np.unique(np.searchsorted(places, self.blocks)))
        return replace(some, sharing=self.sharing and self.sharing.only(places))

    def moved(self, places: Ints, blocks: Ints) -> "Structure":
        """Some or all places in a new order, and the blocks of it; nothing is shared."""
        number = np.full(len(self.nodes), -1, dtype=np.intp)
        number[places] = np.arange(len(places))
        return Structure(
            self.nodes[places],
            blocks,
            sparse.csr_array(self.consumed[places][:, places]),
            sparse.csr_array(self.fixed[places][:, places]),
            self.made_in[places],
            self.site[places],
            self.hands_down[places],
            self.fixed_once,
            dated=self.dated and self.dated.numbered(number, number),
        )

    def requirements(self) -> Arcs:
        """Parent and component of every edge of requirement, as places."""
        edges = [sparse.coo_array(matrix) for matrix in (self.consumed, self.fixed)]
        parent, component = (np.concatenate([getattr(one, end) for one in edges]) for end in ("col", "row"))
        arcs = Arcs(parent, component)
        return arcs if self.dated is None else arcs + Arcs(self.dated.parent, self.dated.row)


def structure(standing: Standing, phantom: Flags, master: Master, site: Ints, made_in: ProductionTime) -> Structure:
    """Low-level order, and the edges along which requirements flow: not out of bought parts, not into bulk parts."""
    level = standing.level
    order = np.argsort(level, kind="stable")
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    makes = phantom | ~master.is_("procurement", "buy")
    planned = ~master.flag("bulk")
    consumed, fixed = (
        _from_component(matrix, place, level, makes, planned) for matrix in (standing.consumed, standing.fixed)
    )
    dated = _dated(standing, place, makes, planned)
    hands_down = np.zeros(len(order), dtype=bool)
    hands_down[consumed.indices] = True
    hands_down[fixed.indices] = True
    if dated is not None:
        hands_down[dated.parent] = True
    return Structure(
        order, _blocks(level[order]), consumed, fixed, made_in[order], site[order], hands_down, dated=dated
    )


def _dated(standing: Standing, place: Ints, makes: Flags, planned: Flags) -> DatedEdges | None:
    if standing.dated is None:
        return None
    parent, component = (standing.dated[name].to_numpy(dtype=np.intp) for name in ("parent", "component"))
    kept = makes[parent] & planned[component] & (standing.level[parent] < standing.level[component])
    return DatedEdges.of(standing.dated[kept], place[component[kept]], place)


def _from_component(
    matrix: sparse.csr_array, place: Ints, level: Ints, makes: Flags, planned: Flags
) -> sparse.csr_array:
    """The transposed matrix in places; edges that do not lead down, as on a cycle, are left out."""
    parent = np.repeat(np.arange(matrix.shape[0], dtype=np.int32), np.diff(matrix.indptr))
    component, quantity = matrix.indices, matrix.data
    kept = makes[parent] & planned[component] & (quantity > 0) & (level[parent] < level[component])
    cells = (place[component[kept]], place[parent[kept]])
    return sparse.csr_array(sparse.coo_array((quantity[kept], cells), shape=matrix.shape))


def _blocks(level: Ints) -> Ints:
    """Boundaries of levels, wide ones cut into pieces."""
    return blocks_of(level, np.arange(len(level)))


def blocks_of(level: Ints, unit: Ints) -> Ints:
    """The same where neighbours of one unit stay together; both per place, in order."""
    starts = np.flatnonzero(np.r_[True, level[1:] != level[:-1]]) if len(level) else np.empty(0, dtype=np.intp)
    whole = np.flatnonzero(np.r_[True, unit[1:] != unit[:-1]])
    cuts = whole[np.searchsorted(whole, np.arange(0, len(level), BLOCK), side="right") - 1]
    return np.unique(np.concatenate([starts, cuts, [len(level)]]))


def rows_of(matrix: sparse.csr_array, first: int, last: int) -> sparse.csr_array:
    """Rows first..last of a matrix whose entries there all lie in columns before ``first``."""
    indptr = matrix.indptr[first : last + 1]
    cells = slice(indptr[0], indptr[-1])
    return sparse.csr_array(
        (matrix.data[cells], matrix.indices[cells], indptr - indptr[0]), shape=(last - first, first)
    )
