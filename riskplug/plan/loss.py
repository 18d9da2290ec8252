"""What a disruption costs until it is over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from riskplug.plan.chain import Chain
from riskplug.plan.disruption import Disruption
from riskplug.plan.nodes import Floats, Ints
from riskplug.plan.programme import Cells, Programme, periods, programme, relief, solve, starts
from riskplug.plan.survive import Bound, combined, lasts
from riskplug.plan.touched import Piece, Solved, pieces

LOSS_COLUMNS = ("node", "lost_units", "lost_value")
# HiGHS keeps to its constraints within 1e-7; smaller quantities are none.
NOTHING = 1e-6


@dataclass(frozen=True)
class Loss:
    """``products``: LOSS_COLUMNS, touched products in the order of ``node``, units not delivered by ``ttr_days``.

    ``value``: money lost in all, by known margins; NaN where none is known or the demand of a touched product is not.
    ``lost_value``: NaN where units of unknown margin are lost.
    ``bound``: at_most where an unknown stock, capacity, receipt or loss was taken at its worst, at_least where a margin
    is unknown or the bill of material may be incomplete, unknown where both. ``why``: what was unknown.
    """

    ttr_days: float
    products: pd.DataFrame
    value: float
    bound: Bound
    why: str


def loss_over_recovery(
    chain: Chain,
    disruption: Disruption,
    ttr_days: float,
    found: Sequence[Piece] | None = None,
    solved: Solved | None = None,
) -> Loss:
    """The least that can be lost while the nodes stay lost for ``ttr_days``, the time to recover.

    Demand not met in its period, from one receipt to the next, is lost and not made up for. Of several divisions of
    the stock that cost the same, one that loses the fewest units. A product of unknown margin counts nothing beside
    known ones; where no margin is known among those that share something, the fewest units are lost.
    ``found``: the pieces, where they are known already; ``solved``: answers to take from and add to. Pieces that last
    until then lose nothing and take no programme.
    ValueError: a time to recover that is negative or endless.
    Worked: as in time_to_survive with a margin of 50: 25 days are covered, so 40 days lose 15 x 10 x 50 = 7500.
    """
    check_recovery(ttr_days)
    found = list(pieces(chain, disruption)) if found is None else found
    frames = [_of_piece(piece, ttr_days, solved or Solved()) for piece in found]
    empty = pd.DataFrame({name: pd.Series(dtype=float) for name in LOSS_COLUMNS}).astype({"node": "int64"})
    products = pd.concat(frames).sort_values("node", ignore_index=True) if frames else empty
    more, less = doubts_of(chain, found)
    blank = int(products["lost_units"].isna().sum())
    less += counted("margin unknown", int(products["lost_value"].isna().sum()) - blank)
    if blank:
        why = "; ".join(
            [*counted("products whose demand, or that of one beside them, is unknown", blank), *more, *less]
        )
        return Loss(ttr_days, products, np.nan, "unknown", why)
    return Loss(ttr_days, products, _total(products), combined(bool(less), bool(more)), "; ".join(more + less))


def doubts_of(chain: Chain, found: Sequence[Piece]) -> tuple[list[str], list[str]]:
    """What may make a loss look greater than it is, and smaller."""
    touched = np.zeros(len(chain), dtype=bool)
    for piece in found:
        touched[piece.nodes] = True
    unseen = chain.partial & (chain.demand_per_day != 0) & ~touched
    less = [said for piece in found for said in piece.overstated]
    less += counted("bill of material of other products incomplete", int(unseen.sum()))
    return [said for piece in found for said in piece.understated], less


def counted(what: str, count: int) -> list[str]:
    return [f"{what}: {count}"] if count else []


def _total(products: pd.DataFrame) -> float:
    unpriced = products.loc[products["lost_units"] > 0, "lost_value"].isna()
    return np.nan if len(unpriced) and unpriced.all() else float(products["lost_value"].sum())


def check_recovery(ttr_days: float) -> None:
    if not 0 <= ttr_days < np.inf:
        raise ValueError(f"a time to recover is a number of days, not {ttr_days}")


def bridged(piece: Piece, ttr_days: float, solved: Solved) -> bool:
    """Whether all demand of a piece is met until the disruption is over."""
    state, days = lasts(piece, ttr_days, solved)
    return ttr_days == 0 or state in ("never", "covered_to_horizon", "no_demand") or days >= ttr_days


def _of_piece(piece: Piece, ttr_days: float, solved: Solved) -> pd.DataFrame:
    sold = piece.sold
    if np.isnan(piece.demand_per_day).any():
        units = np.full(len(sold), np.nan)
    elif bridged(piece, ttr_days, solved):
        units = np.zeros(len(sold))
    else:
        units = solved.once(("fewest", piece.key, ttr_days), lambda: _fewest(piece, sold, ttr_days))
    values = (piece.nodes[sold], units, np.where(units == 0, 0.0, units * piece.margin[sold]))
    return pd.DataFrame(dict(zip(LOSS_COLUMNS, values, strict=True)))


def _fewest(piece: Piece, sold: Ints, ttr_days: float) -> Floats:
    """Units lost of each sold place; LP of the source with a loss per product and period."""
    when = periods(piece, starts(piece, ttr_days), ttr_days)
    one = programme(piece, when, piece.demand_per_day)
    count = len(when.days)
    rows = np.concatenate([one.balance_rows(period)[sold] for period in range(count)])
    upper = np.outer(when.days, piece.demand_per_day[sold]).ravel()
    margin = piece.margin[sold]
    weight = np.ones(len(sold)) if np.isnan(margin).all() else np.nan_to_num(margin)
    found = _lost(one, rows, np.tile(weight, count), upper)
    units = found.reshape(count, len(sold)).sum(axis=0)
    return np.where(units < NOTHING, 0.0, units)


def _lost(one: Programme, rows: Ints, weight: Floats, upper: Floats) -> Floats:
    columns = relief(rows)
    found = solve(one, columns, weight, upper)
    if weight.all():
        return found.values
    # What costs nothing would be lost without need: a second pass keeps the cost and loses the fewest units.
    limit = found.cost * (1 + 1e-9) + NOTHING
    each = np.arange(len(rows))
    cost_row = Cells(np.full(len(rows), len(one.right)), each, weight)
    bounded = replace(one, right=np.append(one.right, limit))
    return solve(bounded, Cells.of([columns, cost_row]), np.ones(len(rows)), upper).values
