"""Which parts are used in small whole numbers: their consumption is a Poisson count, not a normal quantity."""

import numpy as np
import pandas as pd

from riskplug.plan.nodes import Flags, Floats, Master, NodeIndex, in_base_units

# Above this a count is as good as normal: at 60 days of 10 the chances agree within two hundredths (W22).
MOST_PER_WEEK = 100.0
# Variance over mean of weekly totals; 1 for a Poisson count, which a year of weeks leaves in one case of twenty.
DISPERSION = (2 / 3, 3 / 2)


def counted_parts(
    consumption: pd.DataFrame,
    index: NodeIndex,
    master: Master,
    mean_per_day: Floats,
    daily_deviation: Floats,
    required_per_day: Floats,
) -> Flags:
    """Nodes whose issues are all whole base units, used and required MOST_PER_WEEK a week or less, with a variance of
    weekly totals within DISPERSION of their mean.

    ``mean_per_day`` and ``daily_deviation`` of past consumption, NaN without enough of it. Worked: 70 a week with a
    standard deviation of 8.4: variance 70.6, ratio 1.01, counted; with one of 20: ratio 5.7, not.
    """
    low, high = DISPERSION
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = daily_deviation**2 / mean_per_day
    few = (7 * mean_per_day <= MOST_PER_WEEK) & (7 * required_per_day <= MOST_PER_WEEK)
    counted = (mean_per_day > 0) & few & (ratio >= low) & (ratio <= high)
    return counted & ~_broken(consumption, index, master) if counted.any() else counted


def _broken(consumption: pd.DataFrame, index: NodeIndex, master: Master) -> Flags:
    """Nodes with an issue that is no whole number of base units, or of unknown quantity."""
    node = index.nodes_of(consumption)
    rows, node = consumption[node >= 0], node[node >= 0]
    quantity = in_base_units(rows["quantity"], rows["unit"], node, master)
    return np.bincount(node, quantity != np.round(quantity), minlength=len(index)) > 0
