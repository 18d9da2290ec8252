"""The chance of running out by a day in closed form, from how much consumption varies.

Consumption is not given back, so that having run out on some day is the same as demand having passed the supply while
nothing comes in: the closed forms are first-passage chances there. What is simulated where something comes in is
bounded by them (``outlook.py``).
"""

import numpy as np

from riskplug.plan.nodes import Flags, Floats, Ints

_Z95 = 1.959963984540054
# What is used up to a billionth of the stock is rounding.
NOTHING = 1e-9


def chance_of_stock_out(left: Floats, daily_deviation: Floats, days: Floats | float) -> Floats:
    """P(demand of ``days`` days exceeds the supply), 1 - Phi(left / (sigma sqrt(days))); NaN where sigma is.

    ``left``: stock and receipts by then less the planned requirement by then, S - mu t. Demand of a day is independent
    of the days before and normal around its plan. Without variation, running out is certain or impossible; exactly
    enough is enough. Worked: S 600, 10 a day, sigma 3, 60 days: 0.5.

    It is the chance of a balance below zero at the end of ``days``. The normal distribution lets single days give
    something back, so a walk that is looked at daily crosses zero a little more often than its end lies below it: not
    visibly for sigma 3, by a hundredth for sigma 10, a whole day's demand.
    """
    from scipy.special import ndtr

    spread = daily_deviation * np.sqrt(days)
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = ndtr(-left / spread)
    return np.where(spread == 0, (left < 0).astype(float), chance)


def chance_of_counts(supply: Floats, expected: Floats) -> Floats:
    """P(a Poisson count of mean ``expected`` exceeds the supply), exact; at any day up to then as well as at its end.

    Worked: S 600, 10 a day, 60 days: 0.48914.
    """
    from scipy.special import pdtrc

    chance = pdtrc(np.floor(np.maximum(supply, 0)), np.maximum(expected, 0))
    return np.where(supply < 0, 1.0, chance)


def half_width(share: Floats, paths: int) -> Floats:
    """Half the width of the 95 % interval of a simulated share (Wilson), which is not nothing at 0 or 1.

    Worked: 0.5 of 2000 paths: 0.0219; 0 of 2000: 0.00096.
    """
    z = _Z95
    inner = share * (1 - share) / paths + z**2 / (4 * paths**2)
    return np.asarray(z * np.sqrt(inner) / (1 + z**2 / paths))


def chances(
    balance: Floats,
    tightest: Floats,
    at_days: tuple[int, ...],
    first: Ints,
    daily_deviation: Floats,
    known: Flags,
    *,
    on_hand: Floats,
    counts: Flags,
) -> Floats:
    """Chance of having run out by each of ``at_days``; a column per day.

    Whoever ran out earlier has run out: of the days up to then that something is planned on, the one with the highest
    chance counts, ``tightest`` being its balance per root of the day. Already short is certain; days beyond the horizon
    are the caller's to blank. ``on_hand`` less the balance is what is expected to be used where nothing comes;
    ``counts``: see ``counted.py``. Until something is planned to be used nothing varies.
    """
    found = np.full((len(first), len(at_days)), np.nan)
    told = np.flatnonzero(known & (counts | ~np.isnan(daily_deviation)))
    first_of, deviation, stock, counted = first[told], daily_deviation[told], on_hand[told], counts[told]
    for column, day in enumerate(at_days):
        left = balance[told, column]
        least = np.minimum(tightest[told, column], left / np.sqrt(day))
        now = np.where(stock - left > NOTHING * np.abs(stock), chance_of_stock_out(least, deviation, 1.0), 0.0)
        now = np.where(deviation == 0, (first_of > 0) & (first_of <= day), now)
        found[told, column] = np.where(counted, chance_of_counts(stock, stock - left), now)
    found[told] = np.maximum.accumulate(found[told], axis=1)
    found[known & (first == 0)] = 1.0
    return found
