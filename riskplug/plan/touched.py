"""The part of a supply chain that a disruption touches: nothing else enters a linear programme."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from riskplug.plan.chain import Chain
from riskplug.plan.disruption import Disruption
from riskplug.plan.netted import Netting
from riskplug.plan.nodes import Flags, Floats, Ints

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Piece:
    """Touched nodes that share something, apart from all others.

    ``nodes``: node of each place; ``needs`` and ``receipts`` hold places, groups are numbered from 0. Unknown stock,
    capacity and receipts stand as zero: ``understated`` says so, ``overstated`` what may be missing, in words.
    ``ended``: sold places that for certain can neither be made nor bought and lie in no stock.
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
    ended: Flags

    @property
    def sold(self) -> Ints:
        """Places with a demand, an unknown one included."""
        return np.flatnonzero(self.demand_per_day != 0)

    @cached_property
    def groups(self) -> int:
        return int(self.needs["group"].max()) + 1 if len(self.needs) else 0

    @cached_property
    def columns(self) -> int:
        """Unknowns of its largest programme: what is made, kept and served between any two days with receipts."""
        periods = self.receipts["day"].nunique() + 1
        return (2 * len(self.nodes) + len(self.needs)) * periods

    @cached_property
    def netting(self) -> Netting | None:
        """What tells of it without a programme: nothing has an alternate, and what is made is made without limit."""
        limited = np.isfinite(self.capacity_per_day)
        if self.groups < len(self.needs) or self.capacity_per_day[limited].any():
            return None
        parent, component, quantity = (self.needs[name].to_numpy() for name in ("parent", "component", "quantity"))
        return Netting.of(parent, component, quantity, limited)

    @cached_property
    def key(self) -> bytes:
        """The same for pieces of one chain that are short of the same, as surely, with the same receipts."""
        frames = (self.needs, self.receipts)
        arrays = [frame[name].to_numpy() for frame in frames for name in frame.columns]
        found = blake2b(bytes([bool(self.understated)]), digest_size=16)
        for array in (self.nodes, self.capacity_per_day, self.ended, *arrays):
            found.update(np.ascontiguousarray(array).tobytes() + b"|")
        return found.digest()


@dataclass(frozen=True)
class Solved:
    """Answers over pieces of one chain, by what was asked: disruptions that take the same away share them."""

    answers: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def once(self, key: tuple[object, ...], ask: Callable[[], _Answer]) -> _Answer:
        if key not in self.answers:
            self.answers[key] = ask()
        answer: _Answer = self.answers[key]
        return answer


class TooLarge(ValueError):
    """A piece would take more unknowns than asked for."""


def pieces(chain: Chain, disruption: Disruption, most: int | None = None) -> Iterator[Piece]:
    """Pieces with a lost node and something sold; TooLarge before the first where one has more columns than ``most``.

    A node is short of supply when it is lost, when its capacity is limited or unknown, or when all alternates of a
    group it needs are; whatever else is needed can be had without limit and drops out, as in the models of the source.
    Lost parts that a free alternate replaces touch nothing above them. Walks up from what is short, so that the time
    grows with what is touched.
    """
    ended = disruption.lost | np.isnan(chain.capacity_per_day)
    nodes, rows = scarce(chain, ended | np.isfinite(chain.capacity_per_day))
    parent, component = (np.searchsorted(nodes, column[rows]) for column in chain.columns[:2])
    label = _connected(parent, component, len(nodes))
    arriving = _receipts(chain, disruption, nodes, ended)
    asked = np.intersect1d(label[disruption.lost[nodes]], label[chain.demand_per_day[nodes] != 0])
    if most is not None and (_columns(label, label[parent], nodes, arriving)[asked] > most).any():
        raise TooLarge
    for one in asked:
        at = np.flatnonzero(label == one)
        yield _piece(chain, disruption, nodes[at], rows[label[parent] == one], ended, arriving)


def _columns(label: Ints, of_need: Ints, nodes: Ints, receipts: "_Arriving") -> Ints:
    """``Piece.columns`` by label, before anything is built."""
    count = int(label.max(initial=-1)) + 1
    known = ~np.isnan(receipts.day) & (receipts.quantity >= 0)
    at = label[np.searchsorted(nodes, receipts.node[known])]
    days = pd.DataFrame({"label": at, "day": np.maximum(receipts.day[known], 0.0)}).drop_duplicates()
    needs, places = np.bincount(of_need, minlength=count), np.bincount(label, minlength=count)
    return (2 * places + needs) * (np.bincount(days["label"], minlength=count) + 1)


def scarce(chain: Chain, limited: Flags) -> tuple[Ints, Ints]:
    """Nodes short of supply in order, and the needs in groups of which every alternate is; one pass per level."""
    short, left = limited.copy(), chain.group_size.copy()
    parent = chain.columns[0]
    met: list[Ints] = [np.empty(0, dtype=np.intp)]
    front: Ints = np.flatnonzero(limited)
    while len(front):
        rows = chain.uses_of(front)
        np.subtract.at(left, chain.group[rows], 1)
        met.append(rows)
        above = parent[rows[left[chain.group[rows]] == 0]]
        front = np.unique(above[~short[above]])
        short[front] = True
    rows = np.sort(np.concatenate(met))
    return np.flatnonzero(short), rows[left[chain.group[rows]] == 0]


def _connected(parent: Ints, component: Ints, count: int) -> Ints:
    matrix = sparse.coo_array((np.ones(len(parent)), (parent, component)), shape=(count, count))
    return np.asarray(csgraph.connected_components(matrix, directed=False)[1])


def _piece(chain: Chain, disruption: Disruption, nodes: Ints, rows: Ints, ended: Flags, receipts: "_Arriving") -> Piece:
    parent, component, quantity = chain.columns
    needs = {
        "parent": np.searchsorted(nodes, parent[rows]),
        "group": np.unique(chain.group[rows], return_inverse=True)[1],
        "component": np.searchsorted(nodes, component[rows]),
        "quantity": quantity[rows],
    }
    coming = np.flatnonzero(np.isin(receipts.node, nodes))
    vague = np.isnan(receipts.day[coming]) | ~(receipts.quantity[coming] >= 0)
    known = coming[~vague]
    arriving = {
        "node": np.searchsorted(nodes, receipts.node[known]),
        "day": np.maximum(receipts.day[known], 0.0),
        "quantity": receipts.quantity[known],
    }
    return Piece(
        nodes,
        pd.DataFrame(needs),
        np.where(chain.stock_unknown[nodes], 0.0, chain.stock[nodes]),
        chain.demand_per_day[nodes],
        chain.margin[nodes],
        np.where(ended[nodes], 0.0, chain.capacity_per_day[nodes]),
        pd.DataFrame(arriving),
        _understated(chain, disruption, nodes, int(vague.sum())),
        _said((("bill of material", int(chain.partial[nodes].sum()), "incomplete"),)),
        (disruption.lost & ~disruption.doubtful)[nodes] & (chain.stock[nodes] == 0),
    )


@dataclass(frozen=True)
class _Arriving:
    """Receipts that still arrive."""

    node: Ints
    day: Floats
    quantity: Floats


def _receipts(chain: Chain, disruption: Disruption, nodes: Ints, ended: Flags) -> _Arriving:
    """Receipts at nodes without supply, and at those that are made of something short.

    What a purchase that goes on has on order is part of what it can get, and does not count twice.
    """
    node = chain.receipts["node"].to_numpy()
    kept = (ended | chain.made)[node] & ~disruption.receipts_lost & np.isin(node, nodes)
    day, quantity = (chain.receipts[name].to_numpy(dtype=np.float64) for name in ("day", "quantity"))
    return _Arriving(node[kept], day[kept], quantity[kept])


def _understated(chain: Chain, disruption: Disruption, nodes: Ints, vague: int) -> tuple[str, ...]:
    return _said(
        (
            ("stock", int(chain.stock_unknown[nodes].sum()), "unknown"),
            ("capacity", int((np.isnan(chain.capacity_per_day[nodes]) & ~disruption.lost[nodes]).sum()), "unknown"),
            ("loss", int(disruption.doubtful[nodes].sum()), "assumed, as what decides it is unknown"),
            ("receipt", vague, "without day or quantity"),
        )
    )


def _said(counts: tuple[tuple[str, int, str], ...]) -> tuple[str, ...]:
    return tuple(f"{what} {how}: {count}" for what, count, how in counts if count)
