"""The stock that would bridge a disruption."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from riskplug.plan.chain import Chain
from riskplug.plan.disruption import Disruption
from riskplug.plan.highs import INFEASIBLE
from riskplug.plan.loss import NOTHING, bridged, check_recovery, counted, doubts_of
from riskplug.plan.nodes import Floats
from riskplug.plan.programme import Solution, periods, programme, relief, solve, starts
from riskplug.plan.survive import Bound, combined
from riskplug.plan.touched import Piece, Solved, pieces


@dataclass(frozen=True)
class Buffer:
    """Stock to add today. ``state``: not_needed, closes, impossible, or unknown (a demand is).

    ``stock``: node, quantity, cost; ``cost`` the sum, NaN unless known. ``bound`` and ``why`` as for Loss.
    """

    state: Literal["not_needed", "closes", "impossible", "unknown"]
    stock: pd.DataFrame
    cost: float
    bound: Bound
    why: str


def cheapest_buffer(
    chain: Chain,
    disruption: Disruption,
    ttr_days: float,
    unit_cost: Floats,
    found: Sequence[Piece] | None = None,
    solved: Solved | None = None,
) -> Buffer:
    """The cheapest stock that lets all touched products be delivered in full for ``ttr_days``.

    ``unit_cost``: per node; a part of unknown cost gets no buffer, so a cheaper one may exist (bound at_most, as with
    unknown stock); one of a cost below zero is never stocked. ``found`` and ``solved`` as for the loss.
    impossible: what would help has no known cost, or a capacity is short for good.
    """
    check_recovery(ttr_days)
    found = list(pieces(chain, disruption)) if found is None else found
    known = solved or Solved()
    more, less = doubts_of(chain, found)
    if any(np.isnan(piece.demand_per_day).any() for piece in found):
        return Buffer("unknown", _stock([]), np.nan, "unknown", "demand of a touched product unknown")
    short = [piece for piece in found if not bridged(piece, ttr_days, known)]
    more += counted("cost unknown", sum(int(np.isnan(unit_cost[piece.nodes]).sum()) for piece in short))
    bound, why = combined(bool(less), bool(more)), "; ".join(more + less)
    bridges = [_bridging(piece, ttr_days, unit_cost[piece.nodes], known) for piece in short]
    if any(one.status == INFEASIBLE for one in bridges):
        return Buffer("impossible", _stock([]), np.nan, bound, why)
    stock = _stock([_bought(piece, one, unit_cost) for piece, one in zip(short, bridges, strict=True)])
    return Buffer("closes" if len(stock) else "not_needed", stock, float(stock["cost"].sum()), bound, why)


def _bridging(piece: Piece, ttr_days: float, unit_cost: Floats, solved: Solved) -> Solution:
    return solved.once(("bridge", piece.key, ttr_days), lambda: _cheapest(piece, ttr_days, unit_cost))


def _cheapest(piece: Piece, ttr_days: float, unit_cost: Floats) -> Solution:
    when = periods(piece, starts(piece, ttr_days), ttr_days)
    one = programme(piece, when, piece.demand_per_day)
    priced = unit_cost >= 0
    upper = np.where(priced, np.inf, 0.0)
    return solve(one, relief(one.balance_rows(0)), np.where(priced, unit_cost, 0.0), upper)


def _bought(piece: Piece, found: Solution, unit_cost: Floats) -> pd.DataFrame:
    kept = found.values > NOTHING
    node, quantity = piece.nodes[kept], found.values[kept]
    return pd.DataFrame({"node": node, "quantity": quantity, "cost": quantity * unit_cost[node]})


def _stock(frames: list[pd.DataFrame]) -> pd.DataFrame:
    empty = pd.DataFrame({"node": pd.Series(dtype="int64"), "quantity": [], "cost": []}, dtype=float)
    full = [frame for frame in frames if len(frame)]
    return pd.concat(full, ignore_index=True) if full else empty.astype({"node": "int64"})
