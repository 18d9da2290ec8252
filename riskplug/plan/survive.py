"""How long products survive a disruption."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

import numpy as np
import pandas as pd

from riskplug.plan.chain import Chain
from riskplug.plan.disruption import Disruption
from riskplug.plan.highs import INFEASIBLE, UNBOUNDED
from riskplug.plan.netted import Netting, Span, lasting
from riskplug.plan.nodes import Flags, Floats, Ints
from riskplug.plan.programme import Cells, Programme, periods, programme, solve, starts
from riskplug.plan.touched import Piece, Solved, pieces

SURVIVAL_STATES = (
    "runs_out",
    "covered_to_horizon",
    "never",
    "already_short",
    "not_touched",
    "no_demand",
    "unknown",
)
SURVIVAL_COLUMNS = ("node", "state", "days", "alone_state", "alone_days", "bound", "why")
Bound = Literal["exact", "at_least", "at_most", "unknown"]
Outcome = tuple[str, float]
# Of the length of a period; HiGHS keeps to its constraints within 1e-7.
TOLERANCE = 1e-7
# Products of a piece up to which each is looked at on its own: every one of them takes a programme.
MANY = 40


@dataclass(frozen=True)
class Survival:
    """``products``: SURVIVAL_COLUMNS, one row per product asked for, in the order of ``node``.

    ``days``: until it can no longer be delivered in full, if what is scarce is divided so that the first of those that
    share it stops as late as possible; then, among those that it does not stop, the next. ``alone_days``: if all of the
    shared supply went to this product, never less. NaN unless the state is runs_out or already_short (0); unknown where
    nothing but an unknown stock, capacity, receipt or loss taken at its worst makes it stop today. ``bound``: at_least
    where one of these was taken at its worst, at_most where the bill of material may be incomplete, unknown where both.
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
    chain: Chain,
    disruption: Disruption,
    products: Ints,
    horizon_days: float = inf,
    alone: bool = True,
    found: Sequence[Piece] | None = None,
    solved: Solved | None = None,
) -> Survival:
    """How long each product can be delivered in full while the lost nodes stay lost.

    ``products``: nodes. All demand of the chain competes for what is scarce, of products not asked for as well. Per
    touched piece: maximise t such that demand to t is met; with dated receipts by bisection over the periods between
    them, as what is feasible to a day is feasible to every earlier one. ``horizon_days``: t is not asked for beyond
    it (covered_to_horizon); without one a product that alternates keep supplied is ``never`` stopped. ``alone``: the
    days alone too, which take a programme per product instead of one per piece; missing if not asked for.
    A capacity too small for the demand counts only where something is lost beside it; else not_touched. ``found``: the
    pieces, where they are known already; ``solved``: answers to take from and add to.
    Worked: M 400, two in each R of which 30 are left, one R in F of which 20 are left, 10 F a day, M lost: 25 days.
    """
    touched: dict[int, dict[str, Any]] = {}
    asked = np.zeros(len(chain), dtype=bool)
    asked[products] = True
    for piece in pieces(chain, disruption) if found is None else found:
        touched.update(_of_piece(piece, asked, horizon_days, alone, solved or Solved()))
    rows = [touched.get(int(node)) or _untouched(chain, int(node)) for node in np.sort(products)]
    return Survival(disruption, pd.DataFrame(rows, columns=list(SURVIVAL_COLUMNS)))


def _of_piece(
    piece: Piece, products: Flags, horizon_days: float, alone: bool, solved: Solved
) -> Iterator[tuple[int, dict[str, Any]]]:
    """State and days by node, of the ``products``: flags per node of the chain."""
    asked = np.flatnonzero(products[piece.nodes]).tolist()
    if not asked:
        return
    blank = int(np.isnan(piece.demand_per_day).sum())
    said = piece.understated + piece.overstated + ((f"demand unknown: {blank}",) if blank else ())
    shared = solved.once(("shared", piece.key, horizon_days), lambda: _in_turn(piece, horizon_days, solved))
    for place in asked:
        idle = piece.demand_per_day[place] == 0
        state, days = ("no_demand", np.nan) if idle else shared[place]
        single = _alone(piece, place, horizon_days, solved) if alone else (None, np.nan)
        bound = "unknown" if state == "unknown" else bound_of(piece)
        row = (int(piece.nodes[place]), state, days, *single, bound, "; ".join(said))
        yield int(piece.nodes[place]), dict(zip(SURVIVAL_COLUMNS, row, strict=True))


def _in_turn(piece: Piece, horizon_days: float, solved: Solved) -> dict[int, Outcome]:
    """State and days of each sold place: all together, then those that the first to stop do not hold up.

    Who cannot last longer even alone is the one that stops; when none can be told, all that are left stop together.
    A piece with more than MANY products is only looked at as a whole.
    """
    rest: list[int] = piece.sold.tolist()
    ended: dict[int, float] = {}
    found = dict.fromkeys(rest, lasts(piece, horizon_days, solved))
    while rest and not np.isnan(days := found[rest[0]][1]):
        vacuous = days <= TOLERANCE and bool(piece.understated)
        by = days + TOLERANCE * max(1.0, days)
        many = len(found) > MANY
        stops = rest if many else [place for place in rest if _stops_alone(piece, place, by, horizon_days, solved)]
        stops = stops or rest
        found |= {place: ("unknown", np.nan) for place in stops if vacuous and not piece.ended[place]}
        ended |= dict.fromkeys(stops, days)
        rest = [place for place in rest if place not in stops]
        if rest:
            found |= dict.fromkeys(rest, survives(piece, piece.demand_per_day, horizon_days, ended))
    return found


def _alone(piece: Piece, place: int, horizon_days: float, solved: Solved) -> Outcome:
    """State and days if only the demand of one place is met."""
    if piece.sold.tolist() == [place]:
        return lasts(piece, horizon_days, solved)
    if piece.netting or not _lasts_by_period(piece):
        each = solved.once(("each", piece.key, horizon_days), lambda: _each_alone(piece, horizon_days))
        if place in each:
            return each[place]
    only = np.zeros(len(piece.nodes))
    only[place] = piece.demand_per_day[place]
    return solved.once(("alone", piece.key, place, horizon_days), lambda: survives(piece, only, horizon_days))


def _stops_alone(piece: Piece, place: int, by: float, horizon_days: float, solved: Solved) -> bool:
    """Whether a place stops on day ``by`` or before even if only its demand is met.

    Only the period of that day is asked for, and none up to the end of which it is known to last.
    """
    if piece.netting or piece.sold.tolist() == [place] or not _lasts_by_period(piece):
        return bool(_alone(piece, place, horizon_days, solved)[1] <= by)
    past = ("past", piece.key, place, horizon_days)
    if np.isnan(piece.demand_per_day[place]) or by < solved.answers.get(past, 0.0):
        return False
    begin = starts(piece, horizon_days)
    last = int(np.searchsorted(begin, by, side="right")) - 1
    end = begin[last + 1] if last + 1 < len(begin) else horizon_days
    only = np.zeros((last + 1, len(piece.nodes)))
    only[:, place] = piece.demand_per_day[place]
    days = _into(piece, only, begin[: last + 1], end)
    if _through(days, end):
        solved.answers[past] = end
        return False
    return days <= by


def _lasts_by_period(piece: Piece) -> bool:
    """Whether receipts come, or a capacity is left, so that no one programme tells of all places."""
    return bool(len(piece.receipts)) or bool(np.isfinite(piece.capacity_per_day[piece.capacity_per_day > 0]).any())


def _each_alone(piece: Piece, horizon_days: float) -> dict[int, Outcome]:
    """All sold places alone: netted, or in one programme, a copy of the piece for each, without receipts and
    capacities only.

    Empty where the cases would be many; and without a horizon where it takes a programme, as one may last for ever.
    """
    sold = piece.sold[~np.isnan(piece.demand_per_day[piece.sold])]
    if piece.netting and len(sold) <= MANY:
        begin, demand = starts(piece, horizon_days), np.zeros((len(piece.nodes), len(sold)))
        demand[sold, np.arange(len(sold))] = piece.demand_per_day[sold]
        found = _netted(piece, piece.netting, [demand] * len(begin), begin, horizon_days)
        return {int(place): _said(days, horizon_days) for place, days in zip(sold, found.tolist(), strict=True)}
    if not np.isfinite(horizon_days) or len(sold) > MANY:
        return {}
    one = programme(piece, periods(piece, np.zeros(1), inf), np.zeros(len(piece.nodes)))
    copy = np.arange(len(sold))
    many = Programme(
        one.cells.moved(copy * one.height, copy * one.width),
        np.tile(one.right, len(sold)),
        np.tile(one.upper, len(sold)),
        one.width,
        one.height,
        one.places,
    )
    columns = Cells(copy * one.height + sold, copy, piece.demand_per_day[sold])
    values = solve(many, columns, -np.ones(len(sold)), np.full(len(sold), horizon_days)).values
    return {int(place): _said(days, horizon_days) for place, days in zip(sold, values, strict=True)}


def _netted(piece: Piece, netting: Netting, demand: Sequence[Floats], begin: Floats, horizon_days: float) -> Floats:
    """Day until which each case lasts. ``demand``: of each period that begins on a day of ``begin``."""
    ends = np.append(begin[1:], horizon_days).tolist()
    supply = periods(piece, begin, inf).supply
    return lasting(netting, map(Span, begin.tolist(), ends, demand, supply), _just_before)


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


def lasts(piece: Piece, horizon_days: float, solved: Solved) -> Outcome:
    """State and days of all demand on a piece. Days that are known do not depend on how far was looked."""
    known: tuple[float, Outcome] | None = solved.answers.get(("lasts", piece.key))
    if known is not None:
        looked, (state, days) = known
        if state in ("unknown", "no_demand", "never") or (days < horizon_days * (1 - TOLERANCE)):
            return known[1]
        if looked >= horizon_days:
            return "covered_to_horizon", np.nan
    found = survives(piece, piece.demand_per_day, horizon_days)
    solved.answers["lasts", piece.key] = (horizon_days, found)
    return found


def survives(
    piece: Piece, demand_per_day: Floats, horizon_days: float = inf, ended: Mapping[int, float] | None = None
) -> Outcome:
    """State and days of one demand on a piece; unknown where a demand is. ``ended``: places that are served to a day
    and no longer, none later than what all are.
    """
    if np.isnan(demand_per_day).any():
        return "unknown", np.nan
    if not demand_per_day.any():
        return "no_demand", np.nan
    begin = np.union1d(starts(piece, horizon_days), list((ended or {}).values()))
    demand = np.tile(demand_per_day, (len(begin), 1))
    for place, day in (ended or {}).items():
        demand[begin >= day, place] = 0.0
    return _said(_longest(piece, demand, begin, horizon_days), horizon_days)


def _said(days: float, horizon_days: float) -> Outcome:
    if days == inf:
        return "never", np.nan
    if days >= horizon_days * (1 - TOLERANCE):
        return "covered_to_horizon", np.nan
    return ("already_short", 0.0) if days <= TOLERANCE else ("runs_out", float(days))


def _longest(piece: Piece, demand: Floats, begin: Floats, horizon_days: float) -> float:
    """``demand``: a row per period that begins on a day of ``begin``."""
    if piece.netting:
        [days] = _netted(piece, piece.netting, list(demand[:, :, None]), begin, horizon_days).tolist()
        return float(days)
    ends = np.append(begin[1:], horizon_days)
    first, last, stopped = 0, len(begin) - 1, None
    while first < last:
        middle = (first + last) // 2
        lasts = _into(piece, demand[: middle + 1], begin[: middle + 1], ends[middle])
        if _through(lasts, ends[middle]):
            first = middle + 1
        else:
            last, stopped = middle, lasts
    if stopped is not None and last < len(begin) - 1:
        return stopped
    return _into(piece, demand[: first + 1], begin[: first + 1], ends[first])


def _through(days: float, end: float) -> bool:
    """Whether what is covered from the start of a period lasts to its end."""
    return days >= _just_before(end)


def _just_before(end: float) -> float:
    return end - TOLERANCE * max(1.0, end)


def _into(piece: Piece, demand: Floats, begin: Floats, end: float) -> float:
    """Days covered if they end in the last period, inf without end; its start where earlier periods fail already."""
    when = periods(piece, begin, inf)
    last, length = len(begin) - 1, end - begin[-1]
    one = programme(piece, when, demand)
    limited = np.flatnonzero(np.isfinite(piece.capacity_per_day) & (piece.capacity_per_day > 0))
    # In the last period demand and capacity grow with its length, which is the one variable added.
    one = one.with_rows(
        Cells.diagonal(np.arange(len(limited)), last * one.width + limited, 1.0), np.zeros(len(limited))
    )
    used = np.flatnonzero(demand[-1])
    row = np.append(one.balance_rows(last)[used], len(one.right) - len(limited) + np.arange(len(limited)))
    value = np.append(demand[-1][used], -piece.capacity_per_day[limited])
    column = Cells(row, np.zeros(len(row), dtype=np.intp), value)
    found = solve(one, column, np.array([-1.0]), np.array([length]))
    if found.status == UNBOUNDED:
        return inf
    return float(begin[-1]) if found.status == INFEASIBLE else float(begin[-1] + found.values[0])
