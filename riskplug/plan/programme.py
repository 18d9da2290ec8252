"""The linear programme over one touched piece: production, use of alternates and stock, period by period.

Source: Simchi-Levi et al., Interfaces 45(5), 2015, in the form of a public notebook that follows it
(ryuta-yoshimatsu/supply-chain-stress-test), extended by dated receipts: a period begins with each of them. Processing
takes no time, flows are continuous, production at a lost node is zero and its stock counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from riskplug.plan.highs import INFEASIBLE, OPTIMAL, UNBOUNDED, minimum
from riskplug.plan.nodes import Floats, Ints
from riskplug.plan.touched import Piece


@dataclass(frozen=True)
class Periods:
    """``days``: length of each; ``supply[k, place]``: stock and receipts at the start of period k."""

    days: Floats
    supply: Floats


def starts(piece: Piece, until: float) -> Floats:
    """Days on which a period begins: today and each receipt before ``until``."""
    days = piece.receipts["day"].to_numpy()
    return np.unique(np.append(days[days < until], 0.0))


def periods(piece: Piece, begin: Floats, until: float) -> Periods:
    """Periods from each of ``begin`` to the next, the last to ``until``, which may be infinite."""
    supply = np.zeros((len(begin), len(piece.nodes)))
    supply[0] = piece.stock
    day = piece.receipts["day"].to_numpy()
    counted = day <= begin[-1]
    at = np.searchsorted(begin, day[counted], side="right") - 1
    cells = (at, piece.receipts["node"].to_numpy()[counted])
    np.add.at(supply, cells, piece.receipts["quantity"].to_numpy()[counted])
    return Periods(np.diff(np.append(begin, until)), supply)


@dataclass(frozen=True)
class Cells:
    """Coefficients of a matrix by row and column; several of one place add up."""

    row: Ints
    column: Ints
    value: Floats

    @classmethod
    def diagonal(cls, row: Ints, column: Ints, value: float) -> "Cells":
        return cls(row, column, np.full(len(row), value))

    @classmethod
    def of(cls, several: Sequence["Cells"]) -> "Cells":
        parts = ("row", "column", "value")
        return cls(*(np.concatenate([getattr(one, part) for one in several]) for part in parts))

    def moved(self, rows: Ints, columns: Ints) -> "Cells":
        """The cells once per offset, moved down by ``rows`` and to the right by ``columns``."""
        row, column = np.add.outer(rows, self.row), np.add.outer(columns, self.column)
        return Cells(row.ravel(), column.ravel(), np.tile(self.value, len(rows)))


@dataclass(frozen=True)
class Programme:
    """``cells @ x <= right`` and ``0 <= x <= upper``, x being made, served and kept of every period in turn.

    The rows of a period are a balance per place (``balance_rows``), then one per group: what is made of a parent is
    at most what its alternates serve. ``width`` columns and ``height`` rows belong to a period.
    """

    cells: Cells
    right: Floats
    upper: Floats
    width: int
    height: int
    places: int

    def balance_rows(self, period: int) -> Ints:
        return period * self.height + np.arange(self.places)

    def with_rows(self, added: Cells, right: Floats) -> "Programme":
        """The programme with rows ``<= right`` at the end; their cells count rows from 0."""
        below = added.moved(np.array([len(self.right)]), np.zeros(1, dtype=np.intp))
        return replace(self, cells=Cells.of([self.cells, below]), right=np.append(self.right, right))


def programme(piece: Piece, when: Periods, demand_per_day: Floats) -> Programme:
    """Meet ``demand_per_day`` (per place, or a row per period) in every period of finite length."""
    count, places, groups = len(when.days), len(piece.nodes), piece.groups
    width, height = 2 * places + len(piece.needs), places + groups
    now, before = _blocks(piece)
    period = np.arange(count)
    later = period[1:]
    cells = Cells.of([now.moved(period * height, period * width), before.moved(later * height, (later - 1) * width)])
    finite = np.where(np.isfinite(when.days), when.days, 0.0)
    right = np.zeros((count, height))
    right[:, :places] = when.supply - finite[:, None] * demand_per_day
    upper = np.full((count, width), np.inf)
    upper[:, :places] = _times(piece.capacity_per_day, when.days)
    return Programme(cells, right.ravel(), upper.ravel(), width, height, places)


def _times(capacity_per_day: Floats, days: Floats) -> Floats:
    """Capacity of each period; zero a day is zero in a period without end, and no limit is zero in one of no length."""
    with np.errstate(invalid="ignore"):
        return np.where((capacity_per_day == 0) | (days[:, None] == 0), 0.0, days[:, None] * capacity_per_day)


def _blocks(piece: Piece) -> tuple[Cells, Cells]:
    """Coefficients of a period's own variables in its rows, and of those of the period before."""
    places, rows = len(piece.nodes), len(piece.needs)
    each, served = np.arange(places), places + np.arange(rows)
    parent, group, component = (piece.needs[name].to_numpy() for name in ("parent", "group", "component"))
    first = np.unique(group, return_index=True)[1]
    now = [
        Cells.diagonal(each, each, -1.0),
        Cells(component, served, piece.needs["quantity"].to_numpy()),
        Cells.diagonal(each, places + rows + each, 1.0),
        Cells.diagonal(places + np.arange(len(first)), parent[first], 1.0),
        Cells.diagonal(places + group, served, -1.0),
    ]
    return Cells.of(now), Cells.diagonal(each, places + rows + each, -1.0)


def relief(rows: Ints) -> Cells:
    """A column for each of some balance rows that relieves it by what it holds."""
    return Cells.diagonal(rows, np.arange(len(rows)), -1.0)


@dataclass(frozen=True)
class Solution:
    """``status``: of those below. ``values``: of the added columns, empty unless optimal. ``cost``: what they cost."""

    status: int
    values: Floats
    cost: float


def solve(one: Programme, columns: Cells, objective: Floats, upper: Floats) -> Solution:
    """Minimise over columns added to a programme, each between zero and ``upper``; RuntimeError if HiGHS gives up."""
    own, more = len(one.upper), len(objective)
    cost = np.append(np.zeros(own), objective)
    cells = Cells.of([one.cells, columns.moved(np.zeros(1, dtype=np.intp), np.array([own]))])
    shape = (len(one.right), own + more)
    matrix = sparse.csc_array((cells.value, (cells.row, cells.column)), shape=shape)
    # Presolve may stop at "infeasible or unbounded"; without it HiGHS says which.
    for presolve in (True, False):
        found = minimum(cost, matrix, one.right, np.append(one.upper, upper), presolve)
        if found.status == OPTIMAL:
            values = found.values[own:]
            return Solution(OPTIMAL, values, float(objective @ values))
        if found.status in (INFEASIBLE, UNBOUNDED):
            return Solution(found.status, np.empty(0), np.nan)
    raise RuntimeError(f"the linear programme over {one.places} parts was not solved: {found.message}")
