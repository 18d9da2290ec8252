"""One part walked day by day again: with another floor, another receipt, more stock.

The requirement stays what the assemblies above asked for; what a change would do to other parts is not looked at.
"""

from dataclasses import dataclass

import numpy as np

from riskplug.plan.netting import ROUNDING
from riskplug.plan.nodes import Floats, Ints


@dataclass(frozen=True, slots=True)
class Reach:
    """How far supply reaches. ``first``: the first uncovered day, None where there is none within the horizon.

    ``available``: what is there for that day; ``required``: what it asks for; ``days``, ``work_days``: the runway, 0
    when short on the business date, None when nothing runs out.
    """

    state: str
    first: int | None = None
    available: float = 0.0
    required: float = 0.0
    days: float | None = None
    work_days: float | None = None


def reach(supply: Floats, required: Floats, work_days_before: Ints) -> Reach:
    """Walk one part. ``supply``: by day, opening stock less the floor on day 0; ``work_days_before``: of each day.

    Days are counted as in runways(): whole days before the first uncovered one and after the business date, and the
    covered share of its requirement. Worked: 19 there, 30 wanted on day 13, the ninth working day: 12.63 and 8.63.
    """
    balance = np.cumsum(supply - required)
    rounding = ROUNDING * (np.abs(supply).sum() + required.sum())
    short = np.flatnonzero(balance < -rounding)
    if not len(short):
        return Reach("covered_to_horizon" if required.any() else "no_demand")
    first = int(short[0])
    need = float(required[first])
    available = float(balance[first]) + need
    if first == 0:
        return Reach("already_short", 0, available, need, 0.0, 0.0)
    part = min(max(available / need, 0.0), 1.0) if need > 0 else 0.0
    return Reach("runs_out", first, available, need, first - 1 + part, int(work_days_before[first]) + part)


def lacking(supply: Floats, required: Floats) -> float:
    """The deepest the balance falls below the floor within the horizon; 0 where it never does."""
    balance = np.cumsum(supply - required)
    lowest = float(balance.min()) if len(balance) else 0.0
    rounding = ROUNDING * (np.abs(supply).sum() + required.sum())
    return -lowest if lowest < -rounding else 0.0
