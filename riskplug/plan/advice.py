"""What a new order of one part would have to be. Advice for a planner: nothing here is counted as supply."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskplug.plan.coverage import Coverage, Profile, average_daily, cover, lot
from riskplug.plan.extending import Own
from riskplug.plan.nodes import Ints, Master
from riskplug.plan.replenishment import Replenishment
from riskplug.plan.rewalk import lacking
from riskplug.workspace import Policy


@dataclass(frozen=True, slots=True)
class Costs:
    """What the part master says of an order; None is unknown. ``currency``: of unit_cost."""

    min_order_qty: float | None
    order_multiple: float | None
    unit_cost: float | None
    currency: str | None

    @classmethod
    def of(cls, master: Master, node: int, currency: str) -> "Costs":
        row = int(master.row[node])
        given = master.parts["currency"].iloc[row] if row >= 0 else None
        smallest, multiple, cost = (
            _known(float(master.number(name)[node])) for name in ("min_order_qty", "order_multiple", "unit_cost")
        )
        return cls(smallest, multiple, cost, currency if given is None or pd.isna(given) else str(given))

    def lot(self, quantity: float) -> float:
        return lot(quantity, self.min_order_qty, self.order_multiple)

    def of_quantity(self, quantity: float) -> float | None:
        return None if self.unit_cost is None else quantity * self.unit_cost


@dataclass(frozen=True, slots=True)
class Advice:
    """``lacking``: what is short within the horizon at its deepest; ``quantity``: that as a lot, 0 where nothing is.

    ``short_before``: what is short before an order placed today could be here, None where nobody knows when that is.
    ``coverage``: against the target days of the policy; None without them, or without a lead time.
    ``coverage_quantity``: its order as a lot; ``above_maximum``: the lot lifts stock over the maximum.
    """

    lacking: float
    quantity: float
    short_before: float | None
    cost: float | None
    currency: str | None
    coverage: Coverage | None = None
    coverage_quantity: float | None = None
    above_maximum: bool | None = None


def advise(own: Own, floor: float, costs: Costs, order: Replenishment, on: date, policy: Policy) -> Advice:
    """The order that covers the horizon, and the one that keeps the coverage of the policy.

    Coverage looks at the day an order placed today could be here: what would be left then without it.
    """
    short = lacking(own.supply, own.required)
    quantity = costs.lot(short)
    arrival = order.arrival(on)
    if arrival is None:
        return Advice(short, quantity, None, costs.of_quantity(quantity), costs.currency)
    day = min((arrival[1] - on).days, len(own.supply) - 1)
    before = lacking(own.supply[:day], own.required[:day]) if day else 0.0
    found = Advice(short, quantity, before, costs.of_quantity(quantity), costs.currency)
    profile = profile_of(policy)
    return found if profile is None else _with_coverage(found, own, floor, costs, profile, policy, day)


def _with_coverage(
    found: Advice, own: Own, floor: float, costs: Costs, profile: Profile, policy: Policy, day: int
) -> Advice:
    left = float(np.cumsum(own.supply - own.required)[day]) + floor
    daily = average_daily(
        float(own.required.sum()),
        _days(own.work_days_before, policy.day_kind),
        whole=policy.coverage_daily == "rounded_up",
    )
    coverage = cover(profile, left, daily)
    quantity = costs.lot(coverage.quantity)
    above = None if coverage.maximum is None else quantity > 0 and left + quantity > coverage.maximum
    return Advice(
        found.lacking, found.quantity, found.short_before, found.cost, found.currency, coverage, quantity, above
    )


def _days(work_days_before: Ints, day_kind: str) -> float:
    """Days of the horizon in which requirement is spread."""
    return float(work_days_before[-1]) if day_kind == "work" else float(len(work_days_before) - 1)


def profile_of(policy: Policy) -> Profile | None:
    """The range of coverage of a workspace; without a minimum every stock below the target is filled up."""
    target = policy.coverage_target_days
    if target is None:
        return None
    minimum = target if policy.coverage_min_days is None else policy.coverage_min_days
    return Profile(minimum, target, policy.coverage_max_days)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
