"""The part of a supply chain that a disruption touches: nothing else enters a linear programme."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from riskplug.plan.chain import Chain
from riskplug.plan.disruption import Disruption
from riskplug.plan.nodes import Flags, Floats, Ints


@dataclass(frozen=True)
class Piece:
    """Touched nodes that share something, apart from all others.

    ``nodes``: node of each place; ``needs`` and ``receipts`` hold places, groups are numbered from 0. Unknown stock,
    capacity and receipts stand as zero: ``understated`` says so, ``overstated`` what may be missing, in words.
    """

    nodes: Ints
    needs: pd.DataFrame
    stock: Floats
    demand_per_day: Floats
    margin: Floats
    capacity_per_day: Floats
    receipts: pd.DataFrame
    understated: tuple[str, ...]
    overstated: tuple[str, ...]

    @property
    def sold(self) -> Ints:
        """Places with a demand, an unknown one included."""
        return np.flatnonzero(self.demand_per_day != 0)


def pieces(chain: Chain, disruption: Disruption) -> Iterator[Piece]:
    """Pieces with a lost node and something sold.

    A node is short of supply when it is lost, when its capacity is limited or unknown, or when all alternates of a
    group it needs are; whatever else is needed can be had without limit and drops out, as in the models of the source.
    Lost parts that a free alternate replaces touch nothing above them.
    """
    ended = disruption.lost | np.isnan(chain.capacity_per_day)
    scarce, binding = _scarce(chain.needs, ended | np.isfinite(chain.capacity_per_day))
    edges = chain.needs[binding]
    label = _connected(edges, len(chain))
    hit = np.unique(label[disruption.lost])
    for one in hit:
        nodes = np.flatnonzero((label == one) & scarce)
        if (chain.demand_per_day[nodes] != 0).any():
            yield _piece(chain, disruption, nodes, edges, ended)


def _scarce(needs: pd.DataFrame, limited: Flags) -> tuple[Flags, Flags]:
    """Nodes short of supply, and the needs in groups of which every alternate is; one pass per level."""
    group = pd.factorize(needs["group"])[0]
    parent, component = needs["parent"].to_numpy(), needs["component"].to_numpy()
    size = np.bincount(group)
    scarce = limited.copy()
    while True:
        binding = np.bincount(group, weights=scarce[component])[group] == size[group] if len(group) else scarce[:0]
        fresh = parent[binding & ~scarce[parent]]
        if not len(fresh):
            return scarce, binding
        scarce[fresh] = True


def _connected(edges: pd.DataFrame, count: int) -> Ints:
    cells = (edges["parent"].to_numpy(), edges["component"].to_numpy())
    matrix = sparse.coo_array((np.ones(len(edges)), cells), shape=(count, count))
    return np.asarray(csgraph.connected_components(matrix, directed=False)[1])


def _piece(chain: Chain, disruption: Disruption, nodes: Ints, edges: pd.DataFrame, ended: Flags) -> Piece:
    place = np.full(len(chain), -1)
    place[nodes] = np.arange(len(nodes))
    inside = edges[place[edges["parent"].to_numpy()] >= 0]
    needs = pd.DataFrame(
        {
            "parent": place[inside["parent"].to_numpy()],
            "group": pd.factorize(inside["group"])[0],
            "component": place[inside["component"].to_numpy()],
            "quantity": inside["quantity"].to_numpy(dtype=float),
        }
    )
    arriving, vague = _receipts(chain, disruption, place, ended)
    return Piece(
        nodes,
        needs,
        np.where(chain.stock_unknown, 0.0, chain.stock)[nodes],
        chain.demand_per_day[nodes],
        chain.margin[nodes],
        np.where(ended, 0.0, chain.capacity_per_day)[nodes],
        arriving,
        _understated(chain, disruption, nodes, vague),
        _said((("bill of material", chain.partial[nodes].sum(), "incomplete"),)),
    )


def _receipts(chain: Chain, disruption: Disruption, place: Ints, ended: Flags) -> tuple[pd.DataFrame, int]:
    """Receipts that still arrive at nodes without supply, and how many of them have no usable day or quantity.

    What a node with supply has on order is part of what it can get, and does not count twice.
    """
    node = chain.receipts["node"].to_numpy()
    kept = (place[node] >= 0) & ended[node] & ~disruption.receipts_lost
    rows = chain.receipts[kept]
    vague = (rows["day"].isna() | ~(rows["quantity"] >= 0)).to_numpy()
    found = rows[~vague]
    day, quantity = found["day"].clip(lower=0).to_numpy(dtype=float), found["quantity"].to_numpy(dtype=float)
    arriving = {"node": place[found["node"].to_numpy()], "day": day, "quantity": quantity}
    return pd.DataFrame(arriving), int(vague.sum())


def _understated(chain: Chain, disruption: Disruption, nodes: Ints, vague: int) -> tuple[str, ...]:
    return _said(
        (
            ("stock", chain.stock_unknown[nodes].sum(), "unknown"),
            ("capacity", (np.isnan(chain.capacity_per_day) & ~disruption.lost)[nodes].sum(), "unknown"),
            ("loss", disruption.doubtful[nodes].sum(), "assumed, as what decides it is unknown"),
            ("receipt", vague, "without day or quantity"),
        )
    )


def _said(counts: tuple[tuple[str, int, str], ...]) -> tuple[str, ...]:
    return tuple(f"{what} {how}: {count}" for what, count, how in counts if count)
