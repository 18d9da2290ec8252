"""Lines that start or end within the horizon: what each asks for, on which days.

The lines in force of a parent change on a few days only. Between two of them nothing changes, so such a span of a
parent is treated as the parent itself is on the business date: alternatives, groups of alternates, units and losses by
the same functions, with the number of the span in place of that of the parent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from riskplug.bom.alternates import alternates
from riskplug.bom.levels import loops, low_level_codes
from riskplug.bom.lines import (
    Complaints,
    Edges,
    Lines,
    Rows,
    countable,
    counts,
    edges,
    kind_is,
    one_alternative,
    report,
)
from riskplug.bom.nodes import Codes, Flags, Master
from riskplug.model import DATED_COLUMNS, BomGraph, DatedLines

Days = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Window:
    """First and last day of each line within the horizon, as days after the business date; both inclusive."""

    first: Days
    last: Days
    horizon: int

    @classmethod
    def of(cls, table: pd.DataFrame, on: date, horizon: int) -> "Window":
        today = np.datetime64(on, "D")
        start, end = (table[name].to_numpy().astype("datetime64[D]") for name in ("valid_from", "valid_to"))
        first = np.where(np.isnat(start), 0, (start - today).astype(np.int64))
        last = np.where(np.isnat(end), horizon, (end - today).astype(np.int64))
        return cls(np.maximum(first, 0), np.minimum(last, horizon), horizon)

    @property
    def within(self) -> Flags:
        """Lines that are in force on some day of the horizon."""
        return np.asarray(self.first <= self.last)

    @property
    def changing(self) -> Flags:
        return np.asarray(self.within & ((self.first > 0) | (self.last < self.horizon)))


def changes_within(table: pd.DataFrame, on: date, horizon: int) -> bool:
    """Whether a line starts or ends within the horizon at all; most bills of material are not that young."""
    today = np.datetime64(on, "s")
    last = today + np.timedelta64(horizon, "D")
    start, end = (table[name].to_numpy().astype("datetime64[s]", copy=False) for name in ("valid_from", "valid_to"))
    return bool((((start > today) & (start <= last)) | ((end >= today) & (end < last))).any())


@dataclass(frozen=True)
class _Spans:
    """Days on which the lines of a parent stay the same: parent node, first and last day of each, in that order."""

    parent: Codes
    first: Days
    last: Days
    horizon: int

    @classmethod
    def of(cls, lines: Lines, window: Window) -> "_Spans":
        step, parents = window.horizon + 2, lines.parent.astype(np.int64)
        first, after = window.first[lines.row], window.last[lines.row] + 1
        ends = after <= window.horizon
        found = np.unique(np.concatenate([parents * step, parents * step + first, parents[ends] * step + after[ends]]))
        parent, day = np.divmod(found, step)
        following = np.append(parent[1:] == parent[:-1], False)
        last = np.where(following, np.append(day[1:], 0) - 1, window.horizon)
        return cls(parent.astype(np.int32), day, last, window.horizon)

    def spread(self, lines: Lines, window: Window) -> Lines:
        """The lines once per span in which they are in force, by the number of the span."""
        step, parents = self.horizon + 2, lines.parent.astype(np.int64)
        keys = self.parent * np.int64(step) + self.first
        begin = np.searchsorted(keys, parents * step + window.first[lines.row])
        count = np.searchsorted(keys, parents * step + window.last[lines.row], side="right") - begin
        each = np.repeat(np.arange(len(lines.row)), count)
        span = np.repeat(begin - np.cumsum(count) + count, count) + np.arange(len(each))
        return Lines(lines.row[each], span.astype(np.int32), lines.component[each])


def dated_lines(
    table: pd.DataFrame,
    usable: Flags,
    on: date,
    horizon: int,
    placed: Callable[[Rows], Lines],
    master: Master,
    graph: BomGraph,
) -> DatedLines | None:
    """What lines of ``usable`` rows ask for by day, of every parent whose lines change; None where none does.

    ``graph``: that of the business date. Bulk, optional and shareless lines, higher alternatives and lines that cannot
    be counted are left out as there, the last ones with their reason.
    """
    window = Window.of(table, on, horizon)
    kept = usable & window.within & counts(table)
    lines = placed(np.flatnonzero(kept))
    changing = np.zeros(len(graph.nodes), dtype=bool)
    changing[lines.parent[window.changing[lines.row]]] = True
    if not changing.any():
        return None
    lines = lines[changing[lines.parent]]
    spans, complaints = _Spans.of(lines, window), Complaints()
    lines = one_alternative(spans.spread(lines, window), table, len(spans.parent))
    lines = countable(lines, table, complaints)
    lines = lines[spans.parent[lines.parent] != lines.component]
    replaceable = alternates(lines, table, master)
    lines, found = edges(lines, table, master, complaints)
    rows, closing = _without_circles(_merged(found, spans), graph, on)
    problems = pd.concat([_reported(complaints, spans, graph), closing], ignore_index=True)
    level = low_level_codes(_pattern(rows, graph))[0]
    only_later = np.setdiff1d(lines.component[kind_is(table, "phantom")[lines.row]], _components(graph))
    return DatedLines(changing, rows, level, problems, _dated_groups(replaceable, spans), only_later)


def _merged(found: Edges, spans: _Spans) -> pd.DataFrame:
    """DATED_COLUMNS: spans that follow each other with the same quantity are one."""
    frames = [
        pd.DataFrame({"span": span, "component": component, "quantity": quantity}).assign(fixed=fixed)
        for (span, component, quantity), fixed in ((found.consumed or found.as_built, False), (found.fixed, True))
    ]
    rows = pd.concat(frames, ignore_index=True).groupby(["span", "component", "fixed"], as_index=False).sum()
    rows = rows[rows["quantity"] > 0]
    span = rows["span"].to_numpy(dtype=np.intp)
    rows = rows.assign(parent=spans.parent[span], first=spans.first[span], last=spans.last[span])
    rows = rows.sort_values(["parent", "component", "fixed", "first"], ignore_index=True)
    before = rows.shift()
    same = (rows["first"] == before["last"] + 1) & (rows["quantity"] == before["quantity"])
    for name in ("parent", "component", "fixed"):
        same &= rows[name] == before[name]
    by = rows.groupby((~same).cumsum().to_numpy())
    merged = by.first().assign(last=by["last"].last())
    return merged[list(DATED_COLUMNS)].reset_index(drop=True)


def _pattern(rows: pd.DataFrame, graph: BomGraph) -> sparse.csr_array:
    """Every edge of the business date and of the days after it."""
    cells = (rows["parent"].to_numpy(dtype=np.intp), rows["component"].to_numpy(dtype=np.intp))
    later = sparse.csr_array(sparse.coo_array((np.ones(len(rows)), cells), shape=graph.as_built.shape))
    return sparse.csr_array(graph.as_built + graph.fixed + later)


def _without_circles(rows: pd.DataFrame, graph: BomGraph, on: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows without those that would close a circle with others, and what is to be said of them.

    Levels are the same on all days, so a line that turns a structure round cannot be followed, even where both never
    are in force together. Lines of the business date stay; what they close is cut and reported already.
    """
    pattern = _pattern(rows, graph)
    level, _ = low_level_codes(pattern)
    label, cycles = loops(pattern, level)
    parent, component = rows["parent"].to_numpy(dtype=np.intp), rows["component"].to_numpy(dtype=np.intp)
    today = sparse.csr_array(graph.as_built + graph.fixed)
    keys, size = parent.astype(np.int64) * pattern.shape[0] + component, pattern.shape[0]
    there = np.repeat(np.arange(size, dtype=np.int64), np.diff(today.indptr)) * size + today.indices
    bad = (label[parent] >= 0) & (label[parent] == label[component]) & ~np.isin(keys, there)
    if not cycles or not bad.any():
        return rows, report(Complaints(), graph.nodes)
    cut = rows[bad & (rows["first"] > 0)]
    said, complaints = (on + timedelta(days=int(day)) for day in cut["first"]), Complaints()
    lines = Lines(np.arange(len(cut)), cut["parent"].to_numpy(np.int32), cut["component"].to_numpy(np.int32))
    complaints.add(lines, [f"it starts on {day} and would close a circle with other lines" for day in said])
    return rows[~bad].reset_index(drop=True), report(complaints, graph.nodes)


def _reported(complaints: Complaints, spans: _Spans, graph: BomGraph) -> pd.DataFrame:
    """What was left out of later spans; that of the business date stands in the graph."""
    for at, frame in enumerate(complaints.frames):
        later = spans.first[frame["parent"]] > 0
        complaints.frames[at] = frame.assign(parent=spans.parent[frame["parent"]])[later]
    found: pd.DataFrame = report(complaints, graph.nodes).drop_duplicates(ignore_index=True)
    return found


def _dated_groups(replaceable: pd.DataFrame, spans: _Spans) -> pd.DataFrame:
    """ALTERNATE_COLUMNS with the days on which each group is as it is; a span of a group is a group of its own."""
    span = replaceable["parent"].to_numpy(dtype=np.intp)
    return replaceable.assign(parent=spans.parent[span], first=spans.first[span], last=spans.last[span])


def _components(graph: BomGraph) -> npt.NDArray[np.integer]:
    return np.unique(np.concatenate([graph.as_built.indices, graph.fixed.indices]))
