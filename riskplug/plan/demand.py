"""Independent demand per node and day, and past consumption."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskplug.plan.calendar import day_numbers
from riskplug.plan.nodes import Floats, Ints, Master, NodeIndex, first_reason, in_base_units

# A year of whole weeks: every season once, every weekday equally often.
LOOK_BACK_WEEKS = 52
FEWEST_OBSERVATIONS = 8


@dataclass(frozen=True)
class Demand:
    """Demand rows within the horizon; past-due ones count today. ``row``: position in the table."""

    node: Ints
    day: Ints
    quantity: Floats
    row: Ints
    reasons: Mapping[int, str]


def independent_demand(demand: pd.DataFrame, index: NodeIndex, master: Master, on: date, horizon: int) -> Demand:
    """Dated demand in base units; a node with a demand whose quantity is unknown has a reason."""
    node = index.nodes_of(demand)
    day, known = day_numbers(demand["date"], on)
    row = np.flatnonzero((node >= 0) & known & (day <= horizon))
    rows, node, day = demand.iloc[row], node[row], np.maximum(day[row], 0)
    quantity = in_base_units(rows["quantity"], rows["unit"], node, master)
    unknown = np.isnan(quantity)
    reasons = first_reason(unknown, rows["quantity"], rows["unit"], node, master)
    # exports have no quantity below zero; in a scenario one takes over what another part was asked for
    counts = ~unknown & (quantity != 0)
    return Demand(node[counts], day[counts], quantity[counts], row[counts], reasons)


def daily_spread(consumption: pd.DataFrame, index: NodeIndex, master: Master, on: date) -> tuple[Floats, Floats]:
    """(mean, standard deviation) of consumption per calendar day and node, NaN below eight weeks of history.

    Estimated from whole weeks, so that goods issued once a week or never at weekends do not look erratic: the variance
    of a day is a seventh of that of a week. Weeks count back from the business date, from the first with an issue.
    """
    node = index.nodes_of(consumption)
    day, known = day_numbers(consumption["date"], on)
    week = (-day - 1) // 7
    chosen = (node >= 0) & known & (day < 0) & (week < LOOK_BACK_WEEKS)
    rows, node, week = consumption[chosen], node[chosen], week[chosen]
    quantity = in_base_units(rows["quantity"], rows["unit"], node, master)
    size = len(index)
    per_week = pd.Series(quantity).groupby(node * LOOK_BACK_WEEKS + week).sum(min_count=1)
    at = per_week.index.to_numpy(dtype=np.int64) // LOOK_BACK_WEEKS
    weeks = np.zeros(size)
    np.maximum.at(weeks, node, week + 1)
    enough = (np.bincount(node, minlength=size) >= FEWEST_OBSERVATIONS) & (weeks >= FEWEST_OBSERVATIONS)
    weeks = np.where(enough, weeks, np.nan)
    mean = np.bincount(node, quantity, minlength=size) / weeks
    # Deviations from the mean rather than a difference of squares; weeks without an issue deviate by the whole mean.
    present = np.bincount(at, minlength=size)
    squares = np.bincount(at, (per_week.to_numpy() - mean[at]) ** 2, minlength=size)
    variance = (squares + (weeks - present) * mean**2) / (weeks - 1)
    return mean / 7, np.sqrt(variance / 7)
