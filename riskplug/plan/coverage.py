"""What a new order would have to be. Advice: nothing here is ever counted as supply."""

import math
from dataclasses import dataclass

import numpy as np

from riskplug.plan.nodes import Floats

# A multiple that fits but for rounding is not topped up by another one.
NEARLY = 1e-9


def lot(quantity: float, min_order_qty: float | None, order_multiple: float | None) -> float:
    """At least the smallest order, rounded up to the multiple; nothing for nothing. Worked: 3,820 in fifties: 3,850."""
    if quantity <= 0:
        return 0.0
    wanted = max(quantity, min_order_qty or 0.0)
    if not order_multiple:
        return wanted
    return math.ceil(wanted / order_multiple - NEARLY) * order_multiple


def lots(quantity: Floats, min_order_qty: Floats, order_multiple: Floats) -> Floats:
    """The same of many parts; NaN is no smallest order and no multiple."""
    wanted = np.fmax(quantity, min_order_qty)
    fits = order_multiple > 0
    multiple = np.where(fits, order_multiple, 1.0)
    rounded = np.where(fits, np.ceil(wanted / multiple - NEARLY) * multiple, wanted)
    return np.where(quantity > 0, rounded, 0.0)


@dataclass(frozen=True, slots=True)
class Profile:
    """Days of average daily requirement to keep. An order is due below the minimum and fills up to the target."""

    minimum_days: float
    target_days: float
    maximum_days: float | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """``daily``: average requirement a day. Levels are stocks; ``quantity``: to order, before lot sizes."""

    daily: float
    minimum: float
    target: float
    maximum: float | None
    quantity: float


def average_daily(required: float, days: float, *, whole: bool = False) -> float:
    """Average daily requirement of some days. ``whole``: rounded up, as SAP does for parts counted in pieces.

    Worked: 100 in a month of 30 days are 3.33 a day, or 4.
    """
    daily = required / days if days > 0 else 0.0
    return float(math.ceil(daily - NEARLY)) if whole else daily


def cover(profile: Profile, left: float, daily: float) -> Coverage:
    """Range of coverage as SAP's profile has it: stock that would fall below the minimum is filled up to the target.

    ``left``: what would be left at the end of a period without the order, below zero where it is short. Worked: 160 are
    required in 8 days, 20 a day; minimum 3, target 5, maximum 12 days: levels 60, 100 and 240. Stock 0 leaves -160: 260
    to order. Stock 200 leaves 40: 60 to order. Stock 220 leaves 60: nothing.
    Source: SAP, range of coverage profile in time-phased planning.
    """
    minimum, target = daily * profile.minimum_days, daily * profile.target_days
    maximum = None if profile.maximum_days is None else daily * profile.maximum_days
    short = left < minimum - NEARLY * (abs(left) + target)
    return Coverage(daily, minimum, target, maximum, max(target - left, 0.0) if short else 0.0)
