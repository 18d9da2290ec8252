"""Supply chains as a linear programme sees them: what a part needs, what there is of it, what is sold of it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from riskplug.plan.nodes import Flags, Floats, Ints

NEED_COLUMNS = ("parent", "group", "component", "quantity")
RECEIPT_COLUMNS = ("node", "day", "quantity")
_ENDS = ("parent", "component")


@dataclass(frozen=True)
class Chain:
    """Nodes 0..n-1 (part x site) in base units and days; every array has a value per node.

    ``needs``: NEED_COLUMNS, a row per component that one unit of ``parent`` may be made with. Rows of one ``group`` are
    alternates, of which any mix will do; an ordinary component is a group of its own. A group belongs to one parent;
    ``quantity`` is what one unit takes, losses included, if this component alone is used. Priorities and shares do
    not bind: in an emergency what there is will be used.
    ``stock``: usable now, NaN unknown; a negative one is a wrong booking, so unknown too. None for phantoms: pass 0.
    ``demand_per_day``: sold, NaN unknown. ``margin``: money lost with one unit not sold, NaN unknown.
    ``capacity_per_day``: the most that can be bought or made while not lost; inf without limit, NaN unknown.
    ``partial``: something below may be missing in the bill of material.
    ``receipts``: RECEIPT_COLUMNS, ``day`` after the business date, by the policies for overdue and undated ones.
    ``within``: cut out of a chain that has been checked, so that it need not be again.

    ValueError: arrays that do not fit, a need that is not positive, a group of two parents, a cycle.
    """

    needs: pd.DataFrame
    stock: Floats
    demand_per_day: Floats
    margin: Floats
    capacity_per_day: Floats
    partial: Flags
    receipts: pd.DataFrame
    within: bool = False

    def __post_init__(self) -> None:
        if self.within:
            return
        arrays = (self.demand_per_day, self.margin, self.capacity_per_day, self.partial)
        if any(len(array) != len(self.stock) for array in arrays):
            raise ValueError(f"arrays of a chain need a value for each of its {len(self.stock)} nodes")
        if not (self.needs["quantity"] > 0).all():
            raise ValueError("a need must be a positive quantity; leave components of unknown quantity out as partial")
        if self._shared_groups().any():
            raise ValueError("a group of alternates belongs to one parent")
        if (np.nan_to_num(self.demand_per_day) < 0).any() or (np.nan_to_num(self.margin) < 0).any():
            raise ValueError("demand and margin cannot be negative")
        if (on_cycle := self._on_cycle()).size:
            raise ValueError(f"nodes {on_cycle.tolist()} need themselves; leave cycles out and mark them partial")

    def __len__(self) -> int:
        return len(self.stock)

    @cached_property
    def columns(self) -> tuple[Ints, Ints, Floats]:
        """Parent, component and quantity of each need."""
        parent, component = (self.needs[name].to_numpy() for name in _ENDS)
        return parent, component, self.needs["quantity"].to_numpy(dtype=np.float64)

    @cached_property
    def made(self) -> Flags:
        """Nodes that need something."""
        found = np.zeros(len(self), dtype=bool)
        found[self.needs["parent"].to_numpy()] = True
        return found

    @cached_property
    def stock_unknown(self) -> Flags:
        return ~(self.stock >= 0)

    @cached_property
    def group(self) -> Ints:
        """Number of the group of each need, from 0."""
        given = self.needs["group"].to_numpy()
        steps = np.diff(given, prepend=0)
        in_order = ((steps == 0) | (steps == 1)).all() and (given[:1] == 0).all()
        return np.asarray(given if in_order else pd.factorize(given)[0])

    @cached_property
    def group_size(self) -> Ints:
        return np.bincount(self.group).astype(np.int32)

    def _shared_groups(self) -> Flags:
        """Needs whose group another parent has too."""
        parent = self.columns[0]
        if len(self.group_size) == len(parent):
            return np.zeros(0, dtype=bool)
        found = np.zeros(len(self.group_size), dtype=parent.dtype)
        found[self.group] = parent
        return np.asarray(found[self.group] != parent)

    @cached_property
    def _uses(self) -> tuple[Ints, Ints]:
        """Needs in the order of their component, and where those of each component begin."""
        return _sorted_by(self.columns[1], len(self))

    @cached_property
    def _bills(self) -> tuple[Ints, Ints]:
        """Needs in the order of their parent, and where those of each parent begin."""
        return _sorted_by(self.columns[0], len(self))

    def uses_of(self, nodes: Ints) -> Ints:
        """Positions of the needs whose component is one of the nodes."""
        return _of(nodes, *self._uses)

    def needs_of(self, nodes: Ints) -> Ints:
        """Positions of the needs whose parent is one of the nodes."""
        return _of(nodes, *self._bills)

    def _on_cycle(self) -> Ints:
        """Nodes on the first cycle found, none without one."""
        parent, component, _ = self.columns
        if (own := parent == component).any():
            return np.asarray(parent[own][:1])
        rows, begin = self._bills
        cells = (np.ones(len(rows)), component[rows], begin)
        edges: sparse.csr_array[np.float64, tuple[int, int]] = sparse.csr_array(cells, shape=(len(self), len(self)))
        found, label = csgraph.connected_components(edges, directed=True, connection="strong")
        if found == len(self):
            return np.empty(0, dtype=np.intp)
        return np.flatnonzero(label == np.argmax(np.bincount(label)))

    def inside(self, nodes: Ints) -> tuple[Ints, Ints]:
        """The nodes at and below some nodes, and the positions of what they need, both in order."""
        found, front = np.zeros(len(self), dtype=bool), nodes
        met: list[Ints] = [np.empty(0, dtype=np.intp)]
        found[front] = True
        while len(front):
            met.append(self.needs_of(front))
            components = np.unique(self.columns[1][met[-1]])
            front = components[~found[components]]
            found[front] = True
        return np.flatnonzero(found), np.sort(np.concatenate(met))

    def inside_each(self, nodes: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """The same of each node by itself: which of ``nodes`` and what is at and below it; which and what that needs.

        All in order. Takes a byte for every node of the chain and each of ``nodes``.
        """
        size, begin = len(self), self._bills[1]
        front: Ints = np.arange(len(nodes)) * size + nodes
        found = np.zeros(len(nodes) * size, dtype=bool)
        met: list[Ints] = [np.empty(0, dtype=np.int64)]
        there = [front]
        found[front] = True
        while len(front):
            which, node = np.divmod(front, size)
            rows = self.needs_of(node)
            of = np.repeat(which, begin[node + 1] - begin[node])
            met.append(of * len(self.columns[1]) + rows)
            below = of * size + self.columns[1][rows]
            front = np.unique(below[~found[below]])
            found[front] = True
            there.append(front)
        which, node = np.divmod(np.sort(np.concatenate(there)), size)
        of, rows = np.divmod(np.sort(np.concatenate(met)), max(len(self.columns[1]), 1))
        return which, node, of, rows

    def below(self, nodes: Ints) -> "tuple[Chain, Ints]":
        """The chain at and below some nodes, without receipts; and which node each of its own is, in their order.

        Takes time for what is below, whatever else the chain holds.
        """
        places, rows = self.inside(nodes)
        ends = {name: np.searchsorted(places, column[rows]) for name, column in zip(_ENDS, self.columns, strict=False)}
        needs = self.needs.iloc[rows].assign(**ends)
        stock, demand, margin, capacity = (
            values[places] for values in (self.stock, self.demand_per_day, self.margin, self.capacity_per_day)
        )
        none = self.receipts.iloc[:0]
        return Chain(needs, stock, demand, margin, capacity, self.partial[places], none, within=True), places


def _sorted_by(column: Ints, count: int) -> tuple[Ints, Ints]:
    """Counted, not compared, which takes a tenth of the time."""
    rows = np.arange(len(column), dtype=np.int32)
    if (column[1:] >= column[:-1]).all():
        ends = np.cumsum(np.bincount(column, minlength=count))
        return rows, np.append(0, ends).astype(np.int32)
    cells = sparse.csr_array(sparse.coo_array((rows, (column, rows)), shape=(count, len(column))))
    return cells.data, cells.indptr


def _of(nodes: Ints, order: Ints, begin: Ints) -> Ints:
    start, count = begin[nodes], begin[nodes + 1] - begin[nodes]
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    found: Ints = order[np.repeat(start, count) + offset]
    return found
