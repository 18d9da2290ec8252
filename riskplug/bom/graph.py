"""From bill-of-material lines to the graph that later stages walk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.bom.alternates import alternates
from riskplug.bom.dated import changes_within, dated_lines
from riskplug.bom.levels import Ints, loops, low_level_codes, reach
from riskplug.bom.lines import (
    Complaints,
    Edges,
    Floats,
    Lines,
    Rows,
    countable,
    edges,
    in_force,
    is_output,
    kind_is,
    one_alternative,
    report,
    spread,
    starts_within,
)
from riskplug.bom.nodes import Codes, Flags, Keys, Master, Presence, codes_over, part_index, site_index
from riskplug.model import BomGraph


def build_graph(
    bom_lines: pd.DataFrame,
    parts: pd.DataFrame,
    *,
    sites: Sequence[str],
    on: date,
    also: Sequence[pd.DataFrame] = (),
    horizon: int = 0,
) -> BomGraph:
    """The graph of all lines in force on a date; ``dated`` are those of the ``horizon`` days after it.

    Nodes are the part x site pairs of ``parts`` (a blank site is every site), of lines, and of ``also``. A line
    without site stands at every site where its parent is: by master row, by stock, orders or demand (``also``), by a
    line that names the site, or as a component of an assembly there; a parent that is nowhere stands everywhere.

    Left out silently: lines out of force, of another status or usage, of a higher alternative, by-products and
    negative quantities (outputs). Left out and reported in ``problems``: optional lines (not in every unit), and,
    with the parent partial, lines without a quantity or a unit factor, with reversed dates, impossible losses, on a
    cycle or naming their own parent. Parts missing from the parts list are reported and kept.
    """
    frames = [parts, bom_lines, *also]
    part_nos, names = part_index(bom_lines, parts, also), site_index(sites, frames)
    keys, listed = Keys.of(bom_lines, "parent", part_nos, names), Keys.of(parts, "part_no", part_nos, names)
    component = codes_over(bom_lines["component"], part_nos)
    present = Presence(len(names), len(part_nos))
    _add_masters(present, listed, [Keys.of(frame, "part_no", part_nos, names) for frame in also])
    active, reversed_ = in_force(bom_lines, on)
    named = (keys.part >= 0) & (component >= 0) & ~is_output(bom_lines)
    chosen = np.flatnonzero((active | reversed_) & named)
    changing = changes_within(bom_lines, on, horizon)
    known = np.flatnonzero(named & (active | reversed_ | starts_within(bom_lines, on, horizon))) if changing else chosen
    _add_lines(present, Keys(keys.part[known], keys.site[known]), component[known])
    nodes, number = present.frame(part_nos, names), present.number()
    shape = (len(names), len(part_nos))
    master = Master.of(parts, listed, number, nodes["part_no"].cat.codes.to_numpy().astype(np.int32), shape)

    def placed(rows: Rows) -> Lines:
        return spread(rows, keys, component, number, shape[1], shape[0])

    lines, complaints = placed(chosen), Complaints()
    lines = complaints.split(lines, reversed_[lines.row], "valid_from is after valid_to")
    graph = _graph(lines, bom_lines, nodes, master, complaints)
    dated = dated_lines(bom_lines, named, on, horizon, placed, master, graph) if changing else None
    if dated is None:
        return graph
    phantom = graph.phantom.copy()
    phantom[dated.only_phantom_later] = True
    return replace(graph, phantom=phantom, dated=dated)


def _add_masters(present: Presence, listed: Keys, also: Sequence[Keys]) -> None:
    present.add_everywhere(listed.part[listed.site < 0])
    for keys in (listed, *also):
        present.add(keys.part, keys.site)
    if len(present.pairs) == 1:
        for keys in also:
            present.add_everywhere(keys.part)


def _add_lines(present: Presence, keys: Keys, component: Codes) -> None:
    present.add(keys.part, keys.site)
    present.add(component, keys.site)
    blank = keys.site < 0
    if blank.any():
        present.follow(keys.part[blank], component[blank])


def _graph(lines: Lines, table: pd.DataFrame, nodes: pd.DataFrame, master: Master, complaints: Complaints) -> BomGraph:
    size = len(nodes)
    lines = one_alternative(lines, table, size)
    lines = countable(lines, table, complaints)
    itself = np.unique(lines.parent[lines.parent == lines.component])
    lines = complaints.split(lines, lines.parent == lines.component, "the part is a component of itself")
    replaceable = alternates(lines, table, master)
    phantom = master.phantom.copy()
    phantom[lines.component[kind_is(table, "phantom")[lines.row]]] = True
    lines, found = edges(lines, table, master, complaints)
    _report_missing(lines, master, complaints)
    matrices = _Matrices.of(found, size)
    level, cycles, matrices = _levelled(matrices, nodes, complaints)
    return BomGraph(
        nodes=nodes,
        as_built=matrices.as_built,
        consumed=matrices.consumed,
        fixed=matrices.fixed,
        level=level,
        phantom=phantom,
        cycles=tuple((int(node),) for node in itself) + cycles,
        partial=_partial(matrices, complaints, size),
        problems=report(complaints, nodes),
        alternates=replaceable,
    )


def _report_missing(lines: Lines, master: Master, complaints: Complaints) -> None:
    absent = ~master.listed[lines.component]
    complaints.add(lines[absent], "the component is missing from the parts list")
    parents = np.unique(lines.parent[~master.listed[lines.parent]])
    none = np.full(len(parents), -1, dtype=np.int32)
    complaints.add(Lines(parents.astype(np.intp), parents, none), "the parent is missing from the parts list")


@dataclass(frozen=True)
class _Matrices:
    as_built: sparse.csr_array
    consumed: sparse.csr_array
    fixed: sparse.csr_array

    @classmethod
    def of(cls, found: Edges, size: int) -> "_Matrices":
        as_built = _matrix(found.as_built, size)
        consumed = as_built if found.consumed is None else _matrix(found.consumed, size)
        return cls(as_built, consumed, _matrix(found.fixed, size))

    def pattern(self) -> sparse.csr_array:
        """Every edge: bulk lines are only in as_built, fixed ones only in fixed."""
        return self.as_built if not self.fixed.nnz else sparse.csr_array(self.as_built + self.fixed)

    def without(self, label: Ints) -> "_Matrices":
        as_built = _cut(self.as_built, label)
        consumed = as_built if self.consumed is self.as_built else _cut(self.consumed, label)
        return _Matrices(as_built, consumed, _cut(self.fixed, label))


def _matrix(edge: tuple[Codes, Codes, Floats], size: int) -> sparse.csr_array:
    """Several lines of one component under one parent add up."""
    parent, component, quantity = edge
    return sparse.csr_array(sparse.coo_array((quantity, (parent, component)), shape=(size, size)))


def _looped(matrix: sparse.csr_array, label: Ints) -> tuple[Flags, Codes]:
    parent = np.repeat(np.arange(matrix.shape[0], dtype=np.int32), np.diff(matrix.indptr))
    return (label[parent] >= 0) & (label[parent] == label[matrix.indices]), parent


def _cut(matrix: sparse.csr_array, label: Ints) -> sparse.csr_array:
    """The matrix without the edges inside a strongly connected component."""
    inside, parent = _looped(matrix, label)
    kept = ~inside
    return _matrix((parent[kept], matrix.indices[kept], matrix.data[kept]), matrix.shape[0])


def _levelled(
    matrices: _Matrices, nodes: pd.DataFrame, complaints: Complaints
) -> tuple[Ints, tuple[tuple[int, ...], ...], _Matrices]:
    pattern = matrices.pattern()
    level, _ = low_level_codes(pattern)
    label, cycles = loops(pattern, level)
    if not cycles:
        return level, (), matrices
    inside, parent = _looped(pattern, label)
    paths = _paths(cycles, label, nodes)
    cut = Lines(np.flatnonzero(inside), parent[inside], pattern.indices[inside].astype(np.int32))
    complaints.add(cut, (paths[which] for which in label[cut.parent]))
    matrices = matrices.without(label)
    return low_level_codes(matrices.pattern())[0], cycles, matrices


def _paths(cycles: tuple[tuple[int, ...], ...], label: Ints, nodes: pd.DataFrame) -> dict[int, str]:
    """The first cycle of each strongly connected component in words."""
    names = nodes["part_no"]
    return {
        int(label[path[0]]): "on a cycle: " + " > ".join(str(names.iloc[node]) for node in (*path, path[0]))
        for path in reversed(cycles)
    }


def _partial(matrices: _Matrices, complaints: Complaints, size: int) -> Flags:
    """The parents in doubt and everything above them."""
    doubted = np.concatenate([np.empty(0, dtype=np.int32), *complaints.doubted])
    if not len(doubted):
        return np.zeros(size, dtype=bool)
    return reach(sparse.csr_array(matrices.pattern().T), doubted)
