"""The chance of running out by a day, from how much consumption varies."""

import numpy as np

from riskplug.plan.nodes import Flags, Floats


def chance_of_stock_out(left: Floats, daily_deviation: Floats, days: Floats | float) -> Floats:
    """P(demand of ``days`` days exceeds the supply), 1 - Phi(left / (sigma sqrt(days))); NaN where sigma is.

    ``left``: stock and receipts by then less the planned requirement by then, S - mu t. Demand of a day is independent
    of the days before and normal around its plan. Without variation, running out is certain or impossible; exactly
    enough is enough. Worked: S 600, 10 a day, sigma 3, 60 days: 0.5.
    """
    from scipy.special import ndtr

    spread = daily_deviation * np.sqrt(days)
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = ndtr(-left / spread)
    return np.where(spread == 0, (left < 0).astype(float), chance)


def chances(
    balance: Floats, at_days: tuple[int, ...], first: Floats, first_left: Floats, daily_deviation: Floats, known: Flags
) -> Floats:
    """Chance of having run out by each of ``at_days``; a column per day.

    Whoever ran out earlier has run out: the first planned shortage and earlier days count as well, so that a later
    receipt does not lower the chance. Already short is certain; days beyond the horizon are the caller's to blank.
    """
    late = np.where(first > 0, chance_of_stock_out(first_left, daily_deviation, np.maximum(first, 1)), 0.0)
    found = np.zeros((len(first), len(at_days)))
    so_far = np.zeros(len(first))
    for column, day in enumerate(at_days):
        now = chance_of_stock_out(balance[:, column], daily_deviation, float(day))
        so_far = np.maximum(so_far, np.maximum(now, np.where((first > 0) & (first <= day), late, 0.0)))
        found[:, column] = np.where(first == 0, 1.0, so_far)
    found[~known] = np.nan
    return found
