"""How much of a part rests on evidence better than a guess: by places, and by mass or spend."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from riskplug.bom.nodes import codes_over
from riskplug.bom.rollup import Layer, layers, ones
from riskplug.model import BomGraph

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
PROVEN, UNPROVEN = 0, 1


def coverage(graph: BomGraph, parts: pd.DataFrame) -> Floats:
    """Percent of the parts at or below each node whose content rests on evidence better than a guess.

    ``parts`` has part_no and content_known. Counted are the parts without components, once for each place where they
    stand in the exploded list: distinct ones cannot be counted upwards without listing what is below every node. An
    assembly with evidence of its own is covered whole.
    """
    known = known_nodes(graph, parts)
    places, share = np.ones(len(known)), known.astype(float)
    for layer in layers(ones(graph.as_built), graph.level):
        total = layer.rows @ places
        proven = layer.rows @ (places * share)
        # 2**1500 places are more than a float holds; the ratio is right below that, and bounded beyond
        places[layer.nodes] = np.minimum(total, 1e300)
        share[layer.nodes] = np.where(known[layer.nodes], 1.0, np.minimum(proven / total, 1.0))
    return 100 * share


def known_nodes(graph: BomGraph, parts: pd.DataFrame) -> Flags:
    """Per node, whether its part's own content is known (content_known); an unknown flag counts as no."""
    part_nos = graph.nodes["part_no"].cat
    codes = codes_over(parts["part_no"], part_nos.categories)
    known = np.zeros(len(part_nos.categories) + 1, dtype=bool)
    known[codes[parts["content_known"].astype("boolean").fillna(False).to_numpy(dtype=bool)]] = True
    known[-1] = False
    return known[part_nos.codes.to_numpy()]


@dataclass(frozen=True)
class Covered:
    """Of one unit of each node, how much (grams, money) is of parts with evidence (``proven``) and without.

    ``unproven`` is NaN where that of a part without evidence is unknown: then the share could be anything.
    ``lower_bound``: that of a part with evidence is unknown, so ``proven``, ``total`` and ``pct`` are lower bounds.
    """

    proven: Floats
    unproven: Floats
    lower_bound: Flags

    @property
    def total(self) -> Floats:
        return np.asarray(self.proven + self.unproven)

    @property
    def pct(self) -> Floats:
        """NaN where there is nothing to take a share of."""
        total = self.total
        return np.asarray(100 * self.proven / np.where(total > 0, total, np.nan))


def covered(
    graph: BomGraph,
    matrix: sparse.csr_array,
    known: Flags,
    worth: Floats,
    *,
    ends: Flags | None = None,
    whole: Floats | None = None,
) -> Covered:
    """Shares of mass or spend, level by level through one of the graph's matrices.

    ``worth``: grams or money in one base unit of a node without components, or of one that ``ends`` the walk (bought
    as it is); NaN unknown. ``known``: evidence of its own, which covers an assembly whole. ``whole``: what an assembly
    amounts to by another source; it closes a gap below, and the rest that no part accounts for counts as unproven.
    Partial nodes have a gap of their own.
    """
    stops = (np.diff(matrix.indptr) == 0) | (False if ends is None else ends)
    unknown = np.isnan(worth)
    amount, gap = np.zeros((2, len(worth))), np.zeros((2, len(worth)), dtype=bool)
    for side, here in ((PROVEN, stops & known), (UNPROVEN, stops & ~known)):
        amount[side][here], gap[side][here] = np.nan_to_num(worth[here]), unknown[here]
    outer = np.full(len(worth), np.nan) if whole is None else whole
    for layer in layers(matrix, graph.level):
        _add(layer, amount, gap, graph.partial, known, outer, stops)
    return Covered(amount[PROVEN], np.where(gap[UNPROVEN], np.nan, amount[UNPROVEN]), gap[PROVEN])


def _add(layer: Layer, amount: Floats, gap: Flags, partial: Flags, known: Flags, whole: Floats, stops: Flags) -> None:
    """The assemblies of one level out of their components. A gap is one whatever the number of its causes."""
    nodes, made = layer.nodes, ~stops[layer.nodes]
    below = np.stack([layer.rows @ side for side in amount])
    open_ = np.logical_or.reduceat(gap[:, layer.rows.indices], layer.rows.indptr[:-1], axis=1)
    open_[UNPROVEN] |= partial[nodes]
    told = below.sum(axis=0)
    closed = open_.any(axis=0) & (whole[nodes] >= told)
    below[UNPROVEN] = np.where(closed, whole[nodes] - below[PROVEN], below[UNPROVEN])
    open_[UNPROVEN] &= ~closed
    sure = known[nodes]
    below = np.where(sure, np.stack([below.sum(axis=0), np.zeros(len(nodes))]), below)
    both = open_.any(axis=0)
    # a known assembly of known mass has no gap, whatever is below it
    open_ = np.where(sure, np.stack([both & ~closed, np.zeros(len(nodes), dtype=bool)]), open_)
    for side in (PROVEN, UNPROVEN):
        amount[side][nodes[made]], gap[side][nodes[made]] = below[side][made], open_[side][made]
