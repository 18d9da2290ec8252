"""What losses in doubt and open bills of material leave of the days that a disruption is survived."""

from dataclasses import replace

import numpy as np
import pandas as pd

from riskplug.plan.outcome import Outcome
from riskplug.plan.survive import SURVIVAL_COLUMNS, Bound, Survival

# What a number of days is when more may be lost than was counted.
_FEWER: dict[str, Bound] = {"exact": "at_most", "at_least": "unknown"}
_NOT_MORE = ("exact", "at_least")


def first_bound(sure: Outcome, least: Outcome) -> str:
    """Of the days of the first product to stop. ``least``: with all losses in doubt, ``sure`` itself without any.

    Losses in doubt can only let it stop earlier: where it stops on the same day with them, they change nothing.
    """
    if sure is least or (_same(sure.first, least.first) and least.bound in _NOT_MORE):
        return sure.bound
    return _FEWER.get(sure.bound, sure.bound)


def with_doubts(sure: Outcome, least: Outcome) -> Outcome:
    """The outcome of sure losses with all products that a loss may reach, and what doubts leave of the days of each.

    A product that only losses in doubt reach is not touched, at most, unless nobody can tell of it anyway. One whose
    supply is shared may last longer where another stops earlier: of its days nothing is known then.
    """
    rows, other = sure.survival.products.set_index("node"), least.survival.products.set_index("node")
    new = other.index.difference(rows.index).difference(pd.Index(sure.unseen))
    rows = pd.concat([rows, _untouched(other.loc[new])]) if len(new) else rows
    if sure is not least:
        rows = rows.assign(bound=_bounds(rows, other.reindex(rows.index)))
    products = rows.sort_index().reset_index(names="node")[list(SURVIVAL_COLUMNS)]
    return replace(sure, survival=Survival(sure.survival.disruption, products))


def _bounds(rows: pd.DataFrame, least: pd.DataFrame) -> list[str]:
    pairs = zip(rows.itertuples(), least.itertuples(), strict=True)
    return [_bound(one, other) for one, other in pairs]


def _bound(one: object, other: object) -> str:
    """``other``: the same product with all losses in doubt."""
    sure, least = ((str(row.state), float(row.days)) for row in (one, other))  # type: ignore[attr-defined]
    bound = str(one.bound)  # type: ignore[attr-defined]
    if _same(sure, least):
        return bound if other.bound in _NOT_MORE else _FEWER.get(bound, bound)  # type: ignore[attr-defined]
    return _FEWER.get(bound, bound) if _length(least) <= _length(sure) else "unknown"


def _length(outcome: tuple[str, float]) -> float:
    """Comparable days: to the horizon is longer than any number, for ever longer still; unknown is neither."""
    state, days = outcome
    return {"unknown": np.nan, "covered_to_horizon": 1e9}.get(state, np.inf) if np.isnan(days) else days


def _same(one: tuple[str, float], other: tuple[str, float]) -> bool:
    return one[0] == other[0] and bool(np.isclose(one[1], other[1], equal_nan=True))


def _untouched(rows: pd.DataFrame) -> pd.DataFrame:
    days, state = np.nan, "not_touched"
    return rows.assign(state=state, days=days, alone_state=state, alone_days=days, bound="exact", why="")


def every_product(outcome: Outcome) -> pd.DataFrame:
    """SURVIVAL_COLUMNS of all products that keep the first stop open: those that no loss is seen to reach, but whose
    bill of material may be incomplete, are unknown."""
    rows = outcome.survival.products
    if not len(outcome.unseen):
        return rows
    told = {"state": "unknown", "days": np.nan, "alone_state": "unknown", "alone_days": np.nan, "bound": "unknown"}
    unseen = pd.DataFrame({"node": outcome.unseen, **told, "why": "bill of material incomplete"})
    return pd.concat([rows, unseen], ignore_index=True) if len(rows) else unseen
