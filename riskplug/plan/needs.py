"""What the parts of a company need, read from its bill of material as a supply chain sees it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from riskplug.model import BomGraph
from riskplug.plan.chain import NEED_COLUMNS
from riskplug.plan.nodes import Flags, Floats, Ints, Master

# What is left of a need after the shares of alternates is rounding below this part of it.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Links:
    """``needs``: NEED_COLUMNS of a Chain. Nodes of the graph come first, then two per part that may be made or bought
    (made, bought), one per alternate of unknown quantity, and one per fixed quantity.

    ``of``: the graph's node of each. ``bought``: per node of the graph, the one that a lost source takes away, -1 where
    nothing is bought. ``vague``: nodes that stand for an alternate of which nobody knows how much it takes.
    ``partial``: something below may be missing, or more of it is used than is counted.
    """

    needs: pd.DataFrame
    of: Ints
    bought: Ints
    vague: Flags
    partial: Flags

    def __len__(self) -> int:
        return len(self.of)


def links(graph: BomGraph, master: Master, required: Floats) -> Links:
    """Needs per unit of all that is made here, alternates in groups with their full quantity.

    Bought parts need nothing, whatever bill they have; bulk parts are always there, and an alternate that is one makes
    its group free. Phantoms are passed through as parts without stock. A part that may be made or bought is what either
    way gives. A fixed quantity per order counts as if all that is ``required`` of its parent (per node, over the
    horizon) were one order, the least it can be; what it is used for is partial where it is short. Needs on a cycle are
    left out, and their parent is partial unless an alternate is left.
    """
    size = len(graph.level)
    makes = graph.phantom | ~master.is_("procurement", "buy")
    plain, groups = _plain(graph, makes, ~master.flag("bulk")), _groups(graph, makes, master.flag("bulk"))
    fixed = _fixed(graph, makes, ~master.flag("bulk"), required)
    rows = plain.assign(group=np.arange(len(plain), dtype=np.int32))
    if len(groups):
        groups = groups.assign(group=groups["group"] + len(plain))
        rows = pd.concat([rows, groups], ignore_index=True)
    rows = rows[list(NEED_COLUMNS)]
    made = np.zeros(size, dtype=bool)
    made[rows["parent"].to_numpy()] = True
    either = np.flatnonzero(made & master.is_("procurement", "both") & ~graph.phantom)
    rows = _either_way(rows, either, size)
    unclear = rows["quantity"].isna().to_numpy()
    first, more = size + 2 * len(either), int(unclear.sum())
    of = [np.arange(size), either, either, rows["component"].to_numpy()[unclear], fixed["component"].to_numpy()]
    component = np.array(rows["component"])
    component[unclear] = first + np.arange(more)
    rows = _with_fixed(rows.assign(component=component, quantity=rows["quantity"].fillna(1.0)), fixed, first + more)
    node = np.concatenate(of).astype(np.intp)
    # The graph has no cycles left; alternates without a share are no edges of it.
    rows, cut = _without_cycles(rows, len(node)) if len(groups) else (rows, np.empty(0, dtype=np.intp))
    place = np.arange(len(node))
    partial = _above(rows, (graph.partial & makes)[node] & (place < first), cut) | (place >= first + more)
    vague = (place >= first) & (place < first + more)
    narrow = dict.fromkeys(("parent", "group", "component"), np.int32)
    return Links(rows.astype(narrow), node, _bought(graph, master, rows, either), vague, partial)


def _plain(graph: BomGraph, makes: Flags, planned: Flags) -> pd.DataFrame:
    """Needs outside groups: what is consumed, less what groups take of it today."""
    edges = graph.consumed.tocoo()
    size = len(graph.level)
    parent, component = edges.row, edges.col
    rows, rest = graph.alternates, edges.data
    if len(rows):
        taken = rows["taken"].groupby(rows["parent"] * size + rows["component"]).sum()
        edge = parent.astype(np.int64) * size + component
        rest = rest - taken.reindex(edge, fill_value=0.0).to_numpy(dtype=float)
    kept = (rest > ROUNDING * edges.data) & (edges.data > 0) & makes[parent] & planned[component]
    return pd.DataFrame({"parent": parent[kept], "component": component[kept], "quantity": rest[kept]})


def _groups(graph: BomGraph, makes: Flags, bulk: Flags) -> pd.DataFrame:
    """Groups of alternates of what is made, without those that something always there belongs to."""
    rows = graph.alternates
    always = rows["bulk"] | bulk[rows["component"].to_numpy()]
    free = always.groupby(rows["group"]).transform("any").astype(bool)
    known = rows.assign(quantity=rows["quantity"].mask(rows["fixed"]))
    kept: pd.DataFrame = known[~free & makes[rows["parent"].to_numpy()]]
    return kept.reset_index(drop=True)


def _either_way(rows: pd.DataFrame, either: Ints, size: int) -> pd.DataFrame:
    """Parts of ``either`` in a group of two: their made one, which needs what they did, and their bought one."""
    if not len(either):
        return rows.reset_index(drop=True)
    made = size + np.arange(len(either))
    at = np.searchsorted(either, rows["parent"]).clip(max=len(either) - 1)
    moved = rows.assign(parent=np.where(either[at] == rows["parent"], made[at], rows["parent"]))
    group = int(rows["group"].max()) + 1 + np.arange(len(either))
    ways = [
        pd.DataFrame({"parent": either, "group": group, "component": way, "quantity": 1.0})
        for way in (made, made + len(either))
    ]
    return pd.concat([moved, *ways], ignore_index=True)


def _without_cycles(rows: pd.DataFrame, count: int) -> tuple[pd.DataFrame, Ints]:
    """Needs without those on a cycle, and the parents that lose all of a group with them."""
    cells = (rows["parent"].to_numpy(), rows["component"].to_numpy())
    edges = sparse.coo_array((np.ones(len(rows)), cells), shape=(count, count))
    found, label = csgraph.connected_components(edges, directed=True, connection="strong")
    looped = label[cells[0]] == label[cells[1]] if found < count else cells[0] == cells[1]
    left = rows[~looped].reset_index(drop=True)
    gone = rows[looped & ~rows["group"].isin(left["group"]).to_numpy()]
    return left, gone["parent"].to_numpy()


def _fixed(graph: BomGraph, makes: Flags, planned: Flags, required: Floats) -> pd.DataFrame:
    """parent, component, quantity per unit of the parent if all of it is one order; parents that are required."""
    edges = graph.fixed.tocoo()
    kept = makes[edges.row] & planned[edges.col] & (required[edges.row] > 0) & (edges.data > 0)
    parent = edges.row[kept].astype(np.int64)
    return pd.DataFrame(
        {
            "parent": parent,
            "component": edges.col[kept].astype(np.int64),
            "quantity": edges.data[kept] / required[parent],
        }
    )


def _with_fixed(rows: pd.DataFrame, fixed: pd.DataFrame, first: int) -> pd.DataFrame:
    """Needs with fixed quantities, each through a node of its own from ``first`` on."""
    if fixed.empty:
        return rows
    group, node = int(rows["group"].max()) + 1 + np.arange(len(fixed)), first + np.arange(len(fixed))
    to_it = fixed.assign(component=node, quantity=1.0, group=group)
    from_it = fixed.assign(parent=node, group=group + len(fixed))
    return pd.concat([rows, to_it, from_it], ignore_index=True)[list(NEED_COLUMNS)]


def _above(rows: pd.DataFrame, partial: Flags, more: Ints) -> Flags:
    """The partial nodes and everything above the further ones."""
    found = partial.copy()
    found[more] = True
    parent, component = rows["parent"].to_numpy(), rows["component"].to_numpy()
    while (fresh := parent[found[component] & ~found[parent]]).size:
        found[fresh] = True
    return found


def _bought(graph: BomGraph, master: Master, rows: pd.DataFrame, either: Ints) -> Ints:
    size = len(graph.level)
    parents = rows["parent"].to_numpy()
    made = np.isin(np.arange(size), parents[parents < size]) | master.is_("procurement", "make") | graph.phantom
    bought = np.where(made, -1, np.arange(size))
    bought[either] = size + len(either) + np.arange(len(either))
    return bought
