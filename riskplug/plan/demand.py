"""What is asked for per node and day before the bill of material is exploded, and how past consumption varied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskplug.model import Frames
from riskplug.plan.calendar import day_numbers
from riskplug.plan.inputs import Inputs
from riskplug.plan.nodes import Flags, Floats, Ints, Master, NodeIndex, first_reason, in_base_units, narrow, those
from riskplug.plan.production import Production

# A year of whole weeks: every season once, every weekday equally often.
LOOK_BACK_WEEKS = 52
FEWEST_OBSERVATIONS = 8


AVERAGE = "average consumption"


@dataclass(frozen=True)
class Demand:
    """Requirements within the horizon that no assembly above hands down; past-due ones count today.

    ``row``: position in the table `demand`, -1 for others. ``order``: position in `production_orders` of the released
    order that asks for its component, -1 for others; requirements with neither are averages of consumption.
    """

    node: Ints
    day: Ints
    quantity: Floats
    row: Ints
    order: Ints
    reasons: Mapping[int, str]

    def only(self, flags: Flags) -> "Demand":
        """Some of the requirements, with all reasons."""
        rows = those(flags)
        arrays = (self.node[rows], self.day[rows], self.quantity[rows], self.row[rows], self.order[rows])
        return Demand(*arrays, self.reasons)

    def kinds(self, at: Ints) -> list[str]:
        """What the events call some requirements: those of components of a released order depend on it."""
        return ["demand" if order < 0 else "dependent" for order in self.order[at]]

    def names(self, tables: Frames, at: Ints) -> list[str | None]:
        """What asks for some requirements: the production order, else the reference of the row."""
        row, order = self.row[at], self.order[at]
        ordered, listed = order >= 0, (order < 0) & (row >= 0)
        found = np.full(len(at), AVERAGE, dtype=object)
        found[ordered] = tables["production_orders"]["order_no"].iloc[order[ordered]].to_numpy(dtype=object)
        found[listed] = tables["demand"]["reference"].iloc[row[listed]].to_numpy(dtype=object)
        return [None if pd.isna(name) else str(name) for name in found]


def dated_demand(read: Inputs, made: Production) -> Demand:
    """Dated demand in base units, and components of released production orders; those of idle orders are left out.

    A node with a requirement of unknown quantity has a reason.
    """
    demand, master = read.tables["demand"], read.master
    node = read.index.nodes_of(demand)
    day, known = day_numbers(demand["date"], read.on)
    within = those((node >= 0) & known & (day <= read.horizon) & ~made.idle)
    rows, node, day = demand[["quantity", "unit"]].iloc[within], node[within], np.maximum(day[within], 0)
    quantity = in_base_units(rows["quantity"], rows["unit"], node, master)
    unknown = np.isnan(quantity)
    reasons = first_reason(unknown, rows["quantity"], rows["unit"], node, master)
    # exports have no quantity below zero; in a scenario one takes over what another part was asked for
    counts = those(~unknown & (quantity != 0))
    row = np.arange(len(demand), dtype=np.int32)[within][counts]
    own = Demand(node[counts], day[counts], quantity[counts], row, made.reserved[within][counts], {})
    parts = made.components
    due = parts.day <= read.horizon
    none = np.full(int(due.sum()), -1)
    asked = Demand(parts.node[due], parts.day[due], parts.quantity[due], none, parts.order[due], {})
    return together([own, asked], {**made.unasked, **reasons})


def together(parts: Sequence[Demand], reasons: Mapping[int, str]) -> Demand:
    """Requirements behind each other, their numbers in the fewest bytes: nothing of a company is longer than demand."""
    quantities = [part.quantity for part in parts if len(part.quantity)]
    return Demand(
        narrow(*(part.node for part in parts)),
        narrow(*(part.day for part in parts)),
        quantities[0] if len(quantities) == 1 else np.concatenate([np.empty(0), *quantities]),
        narrow(*(part.row for part in parts)),
        narrow(*(part.order for part in parts)),
        reasons,
    )


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
