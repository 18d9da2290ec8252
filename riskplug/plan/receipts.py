"""Open purchase orders as dated receipts, and which of them each policy counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskplug.plan.calendar import day_numbers
from riskplug.plan.nodes import Flags, Floats, Ints, Master, NodeIndex, first_reason, in_base_units
from riskplug.workspace import Policy


@dataclass(frozen=True)
class Receipts:
    """Receipts with a day within the horizon. ``row``: position in the table; ``on_order``: all open quantity per node.

    ``reasons``: by node, why the quantity of a receipt is unknown; such a receipt is not counted.
    """

    node: Ints
    day: Ints
    quantity: Floats
    row: Ints
    firm: Flags
    stopped: Flags
    on_order: Floats
    reasons: Mapping[int, str]

    def counted(self, policy: str) -> Flags:
        """Receipts a policy counts: none under ``stock``, binding ones under ``firm``, and so on."""
        everything = np.ones(len(self.node), dtype=bool)
        return {"stock": ~everything, "firm": self.firm, "all": everything, "restricted": ~self.stopped}[policy]


def receipts(
    orders: pd.DataFrame,
    stopped: pd.Series,
    index: NodeIndex,
    master: Master,
    lead_time_days: Floats,
    *,
    policy: Policy,
    on: date,
    horizon: int,
) -> Receipts:
    """Open lines in base units on the day they are expected. A line of which nobody says whether it is stopped is."""
    node = index.nodes_of(orders)
    row = np.flatnonzero(node >= 0)
    lines, node = orders.iloc[row], node[row]
    quantity = in_base_units(lines["open_quantity"], lines["unit"], node, master)
    reasons = first_reason(np.isnan(quantity), lines["open_quantity"], lines["unit"], node, master)
    day, credited = expected_days(lines, lead_time_days[node], policy, on)
    counts = credited & (day <= horizon) & (quantity > 0)
    held = stopped.reindex(orders.index).astype("boolean").fillna(True).to_numpy(dtype=bool)[row]
    firm = lines["firm"].fillna(True).to_numpy(dtype=bool)
    return Receipts(
        node[counts],
        day[counts],
        quantity[counts],
        row[counts],
        firm[counts],
        held[counts],
        np.bincount(node, quantity, minlength=len(index)).astype(np.float64),
        reasons,
    )


def expected_days(lines: pd.DataFrame, lead_time_days: Floats, policy: Policy, on: date) -> tuple[Ints, Flags]:
    """(day number, credited): confirmed date before due date, then the policies for overdue and undated lines."""
    day, dated = day_numbers(lines["confirmed_date"].fillna(lines["due_date"]), on)
    rule, _, slip = policy.overdue_receipts.partition(":")
    overdue = dated & (day < 0)
    day = np.where(overdue, int(slip or 0), day)
    by_lead_time = ~dated & ~np.isnan(lead_time_days) & (policy.undated_receipts == "lead_time")
    day = np.where(by_lead_time, np.ceil(np.nan_to_num(lead_time_days)), day).astype(np.int64)
    return day, (dated & ~(overdue & (rule == "ignore"))) | by_lead_time
