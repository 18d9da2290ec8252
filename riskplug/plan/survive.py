"""How long products survive a disruption."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.plan.chain import Chain
from riskplug.plan.disruption import Disruption
from riskplug.plan.nodes import Floats, Ints
from riskplug.plan.programme import INFEASIBLE, UNBOUNDED, periods, programme, solve, starts
from riskplug.plan.touched import Piece, pieces

SURVIVAL_STATES = (
    "runs_out",
    "covered_to_horizon",
    "never",
    "already_short",
    "not_touched",
    "no_demand",
    "unknown",
)
BOUNDS = ("exact", "at_least", "at_most", "unknown")
SURVIVAL_COLUMNS = ("node", "state", "days", "alone_state", "alone_days", "bound", "why")
Bound = Literal["exact", "at_least", "at_most", "unknown"]
Outcome = tuple[str, float]
# Of the length of a period; HiGHS keeps to its constraints within 1e-7.
TOLERANCE = 1e-7


@dataclass(frozen=True)
class Survival:
    """``products``: SURVIVAL_COLUMNS, one row per product asked for, in the order of ``node``.

    ``days``: until some product of those it shares scarce supply with can no longer be delivered in full, if stocks
    are divided as well as possible. ``alone_days``: if all of the shared supply went to this product, never less.
    NaN unless the state is runs_out or already_short (0). ``bound``: at_least where an unknown stock, capacity,
    receipt or loss was taken at its worst, at_most where the bill of material may be incomplete, unknown where both.
    ``why``: what was unknown.
    """

    disruption: Disruption
    products: pd.DataFrame

    def first(self) -> Outcome:
        """State and days of the product that stops first; unknown if one is unknown and none is known to stop."""
        ended = self.products[self.products["days"].notna()].sort_values("days", kind="stable")
        if len(ended):
            return str(ended["state"].iloc[0]), float(ended["days"].iloc[0])
        present = set(self.products["state"])
        order = ("unknown", "covered_to_horizon", "never", "not_touched", "no_demand")
        return next((state for state in order if state in present), "no_demand"), np.nan

    def bound(self) -> Bound:
        """Of what ``first`` says: too few days of another product do not matter, too many do."""
        days, bound = self.products["days"], self.products["bound"]
        leading = bound[days == days.min()] if days.notna().any() else bound
        at_least = bool(len(leading)) and bool(leading.isin(["at_least", "unknown"]).all())
        at_most = bool(bound.isin(["at_most", "unknown"]).any())
        return combined(at_least, at_most)


def time_to_survive(
    chain: Chain, disruption: Disruption, products: Ints, horizon_days: float = inf, alone: bool = True
) -> Survival:
    """How long each product can be delivered in full while the lost nodes stay lost.

    ``products``: nodes. All demand of the chain competes for what is scarce, of products not asked for as well. Per
    touched piece: maximise t such that demand to t is met; with dated receipts by bisection over the periods between
    them, as what is feasible to a day is feasible to every earlier one. ``horizon_days``: t is not asked for beyond
    it (covered_to_horizon); without one a product that alternates keep supplied is ``never`` stopped. ``alone``: the
    days alone too, which take a programme per product instead of one per piece; missing if not asked for.
    A capacity too small for the demand counts only where something is lost beside it; else not_touched.
    Worked: M 400, two in each R of which 30 are left, one R in F of which 20 are left, 10 F a day, M lost: 25 days.
    """
    found: dict[int, dict[str, Any]] = {}
    for piece in pieces(chain, disruption):
        found.update(_of_piece(piece, products, horizon_days, alone))
    rows = [found.get(int(node)) or _untouched(chain, int(node)) for node in np.sort(products)]
    return Survival(disruption, pd.DataFrame(rows, columns=list(SURVIVAL_COLUMNS)))


def _of_piece(piece: Piece, products: Ints, horizon_days: float, alone: bool) -> Iterator[tuple[int, dict[str, Any]]]:
    asked = np.flatnonzero(np.isin(piece.nodes, products)).tolist()
    if not asked:
        return
    sold = piece.sold
    blank = int(np.isnan(piece.demand_per_day).sum())
    said = piece.understated + piece.overstated + ((f"demand unknown: {blank}",) if blank else ())
    together = survives(piece, piece.demand_per_day, horizon_days)
    for place in asked:
        only = np.zeros(len(piece.nodes))
        only[place] = piece.demand_per_day[place]
        single: tuple[str | None, float] = (None, np.nan)
        if alone:
            single = together if sold.tolist() == [place] else survives(piece, only, horizon_days)
        state, days = together if only[place] != 0 else ("no_demand", np.nan)
        bound = "unknown" if state == "unknown" else bound_of(piece)
        row = (int(piece.nodes[place]), state, days, *single, bound, "; ".join(said))
        yield int(piece.nodes[place]), dict(zip(SURVIVAL_COLUMNS, row, strict=True))


def _untouched(chain: Chain, node: int) -> dict[str, Any]:
    """What no loss reaches, as far as its bill of material tells."""
    state = "not_touched" if chain.demand_per_day[node] != 0 else "no_demand"
    if chain.partial[node]:
        state, why = "unknown", "bill of material incomplete"
    else:
        why = ""
    bound = "unknown" if state == "unknown" else "exact"
    return dict(zip(SURVIVAL_COLUMNS, (node, state, np.nan, state, np.nan, bound, why), strict=True))


def bound_of(piece: Piece) -> Bound:
    """What unknowns make of days that products survive."""
    return combined(bool(piece.understated), bool(piece.overstated))


def combined(at_least: bool, at_most: bool) -> Bound:
    if at_least and at_most:
        return "unknown"
    return "at_least" if at_least else "at_most" if at_most else "exact"


def survives(piece: Piece, demand_per_day: Floats, horizon_days: float = inf) -> Outcome:
    """State and days of one demand on a piece; unknown where a demand is."""
    if np.isnan(demand_per_day).any():
        return "unknown", np.nan
    if not demand_per_day.any():
        return "no_demand", np.nan
    begin = starts(piece, horizon_days)
    days = _longest(piece, demand_per_day, begin, horizon_days)
    if days == inf:
        return "never", np.nan
    if days >= horizon_days * (1 - TOLERANCE):
        return "covered_to_horizon", np.nan
    return ("already_short", 0.0) if days <= TOLERANCE else ("runs_out", days)


def _longest(piece: Piece, demand_per_day: Floats, begin: Floats, horizon_days: float) -> float:
    ends = np.append(begin[1:], horizon_days)
    first, last = 0, len(begin) - 1
    while first < last:
        middle = (first + last) // 2
        lasts = _into(piece, demand_per_day, begin[: middle + 1], ends[middle])
        if lasts >= ends[middle] - TOLERANCE * max(1.0, ends[middle]):
            first = middle + 1
        else:
            last = middle
    return _into(piece, demand_per_day, begin[: first + 1], ends[first])


def _into(piece: Piece, demand_per_day: Floats, begin: Floats, end: float) -> float:
    """Days covered if they end in the last period, inf without end; its start where earlier periods fail already."""
    when = periods(piece, begin, inf)
    last, length = len(begin) - 1, end - begin[-1]
    one = programme(piece, when, demand_per_day)
    limited = np.flatnonzero(np.isfinite(piece.capacity_per_day) & (piece.capacity_per_day > 0))
    # In the last period demand and capacity grow with its length, which is the one variable added.
    rows = sparse.coo_array(
        (np.ones(len(limited)), (np.arange(len(limited)), last * one.width + limited)),
        shape=(len(limited), one.matrix.shape[1]),
    )
    column = np.zeros(one.matrix.shape[0] + len(limited))
    column[one.balance_rows(last)] = demand_per_day
    column[one.matrix.shape[0] :] = -piece.capacity_per_day[limited]
    found = solve(
        one.with_rows(sparse.csr_array(rows)), sparse.csr_array(column[:, None]), np.array([-1.0]), np.array([length])
    )
    if found.status == UNBOUNDED:
        return inf
    return float(begin[-1]) if found.status == INFEASIBLE else float(begin[-1] + found.values[0])
