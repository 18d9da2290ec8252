"""The linear programme over one touched piece: production, use of alternates and stock, period by period.

Source: Simchi-Levi et al., Interfaces 45(5), 2015, in the form of a public notebook that follows it
(ryuta-yoshimatsu/supply-chain-stress-test), extended by dated receipts: a period begins with each of them. Processing
takes no time, flows are continuous, production at a lost node is zero and its stock counts.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from riskplug.plan.nodes import Floats, Ints
from riskplug.plan.touched import Piece

OPTIMAL, INFEASIBLE, UNBOUNDED = 0, 2, 3


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
class Programme:
    """``matrix @ x <= right`` and ``0 <= x <= upper``, x being made, served and kept of every period in turn.

    The rows of a period are a balance per place (``balance_rows``), then one per group: what is made of a parent is
    at most what its alternates serve.
    """

    matrix: sparse.csr_array
    right: Floats
    upper: Floats
    width: int
    height: int
    places: int

    def balance_rows(self, period: int) -> Ints:
        return period * self.height + np.arange(self.places)

    def with_rows(self, rows: sparse.csr_array, right: float = 0.0) -> "Programme":
        """The programme with rows ``<= right`` added at the end."""
        matrix = sparse.vstack([self.matrix, rows], format="csr")
        return replace(self, matrix=matrix, right=np.append(self.right, np.full(rows.shape[0], right)))


def programme(piece: Piece, when: Periods, demand_per_day: Floats) -> Programme:
    """Meet ``demand_per_day`` in every period of finite length."""
    count, places = len(when.days), len(piece.nodes)
    now, before = _blocks(piece)
    matrix = sparse.kron(sparse.eye_array(count), now) + sparse.kron(sparse.eye_array(count, k=-1), before)
    finite = np.where(np.isfinite(when.days), when.days, 0.0)
    balance = when.supply - finite[:, None] * demand_per_day
    groups = now.shape[0] - places
    right = np.hstack([balance, np.zeros((count, groups))]).ravel()
    made = _times(piece.capacity_per_day, when.days)
    upper = np.hstack([made, np.full((count, now.shape[1] - places), np.inf)]).ravel()
    return Programme(sparse.csr_array(matrix), right, upper, now.shape[1], now.shape[0], places)


def _times(capacity_per_day: Floats, days: Floats) -> Floats:
    """Capacity of each period; zero a day is zero in a period without end, and no limit is zero in one of no length."""
    with np.errstate(invalid="ignore"):
        return np.where((capacity_per_day == 0) | (days[:, None] == 0), 0.0, days[:, None] * capacity_per_day)


def _blocks(piece: Piece) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Coefficients of a period's own variables in its rows, and of those of the period before."""
    places, rows = len(piece.nodes), len(piece.needs)
    group = piece.needs["group"].to_numpy()
    first = np.unique(group, return_index=True)[1]
    groups, each = len(first), np.arange(rows)
    one = sparse.eye_array(places)
    quantity = piece.needs["quantity"].to_numpy()
    used = sparse.coo_array((quantity, (piece.needs["component"].to_numpy(), each)), shape=(places, rows))
    served = sparse.coo_array((-np.ones(rows), (group, each)), shape=(groups, rows))
    parent = piece.needs["parent"].to_numpy()[first]
    made = sparse.coo_array((np.ones(groups), (np.arange(groups), parent)), shape=(groups, places))
    nothing = sparse.coo_array((groups, places))
    now = sparse.block_array([[-one, used, one], [made, served, nothing]], format="csr")
    pad = sparse.coo_array((places, places + rows))
    before = sparse.block_array([[pad, -one], [sparse.coo_array((groups, places + rows)), nothing]], format="csr")
    return now, before


def relief(one: Programme, rows: Ints) -> sparse.csr_array:
    """A column for each of some balance rows that relieves it by what it holds."""
    cells = (rows, np.arange(len(rows)))
    return sparse.csr_array(sparse.coo_array((-np.ones(len(rows)), cells), shape=(one.matrix.shape[0], len(rows))))


@dataclass(frozen=True)
class Solution:
    """``status``: of those below. ``values``: of the added columns, empty unless optimal. ``cost``: what they cost."""

    status: int
    values: Floats
    cost: float


def solve(one: Programme, columns: sparse.csr_array, objective: Floats, upper: Floats) -> Solution:
    """Minimise over columns added to a programme, each between zero and ``upper``; RuntimeError if HiGHS gives up."""
    own = one.matrix.shape[1]
    cost = np.append(np.zeros(own), objective)
    rows = LinearConstraint(sparse.hstack([one.matrix, columns], format="csr"), ub=one.right)
    bounds = Bounds(0.0, np.append(one.upper, upper))
    # Presolve may stop at "infeasible or unbounded"; without it HiGHS says which.
    for presolve in (True, False):
        found = milp(cost, constraints=rows, bounds=bounds, options={"presolve": presolve})
        if found.status == OPTIMAL:
            values = np.asarray(found.x, dtype=np.float64)[own:]
            return Solution(OPTIMAL, values, float(objective @ values))
        if found.status in (INFEASIBLE, UNBOUNDED):
            return Solution(int(found.status), np.empty(0), np.nan)
    raise RuntimeError(f"the linear programme over {one.places} parts was not solved: {found.message}")
