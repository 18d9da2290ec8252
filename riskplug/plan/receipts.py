"""Open purchase orders as dated receipts, and which of them each policy counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskplug.plan.calendar import day_numbers
from riskplug.plan.nodes import Flags, Floats, Ints, Master, NodeIndex, first_reason, in_base_units
from riskplug.workspace import Policy


@dataclass(frozen=True)
class Held:
    """A stretch of days, ``through`` inclusive and None for open, in which some receipts wait.

    ``until``: by row label of the order table, the day number on which a line that would come within the stretch can
    come; 0 where nothing holds it, infinite where it does not come while the stretch lasts.
    """

    through: int | None
    until: pd.Series


@dataclass(frozen=True)
class Receipts:
    """Receipts with a day within the horizon. ``row``: position in the table; ``on_order``: all open quantity per node.

    ``released``: the day on which a receipt comes under the ``restricted`` policy; without meaning where ``stopped``.
    ``reasons``: by node, why the quantity of a receipt is unknown; such a receipt is not counted.
    """

    node: Ints
    day: Ints
    released: Ints
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

    def days(self, policy: str) -> Ints:
        """The day of each receipt under a policy."""
        return self.released if policy == "restricted" else self.day


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
    held: Sequence[Held] = (),
) -> Receipts:
    """Open lines in base units on the day they are expected. A line of which nobody says whether it is stopped is.

    ``held``, stretches of days in order, takes the place of ``stopped`` where it is given.
    """
    node = index.nodes_of(orders)
    row = np.flatnonzero(node >= 0)
    lines, node = orders.iloc[row], node[row]
    quantity = in_base_units(lines["open_quantity"], lines["unit"], node, master)
    reasons = first_reason(np.isnan(quantity), lines["open_quantity"], lines["unit"], node, master)
    day, credited = expected_days(lines, lead_time_days[node], policy, on)
    counts = credited & (day <= horizon) & (quantity > 0)
    waits = stopped.reindex(orders.index).astype("boolean").fillna(True).to_numpy(dtype=bool)[row]
    released = released_days(day, held, orders.index[row]) if held else day.astype(np.float64)
    waits = released > horizon if held else waits
    firm = lines["firm"].fillna(True).to_numpy(dtype=bool)
    return Receipts(
        node[counts],
        day[counts],
        np.where(waits, day, np.minimum(released, horizon)).astype(np.int64)[counts],
        quantity[counts],
        row[counts],
        firm[counts],
        waits[counts],
        np.bincount(node, quantity, minlength=len(index)).astype(np.float64),
        reasons,
    )


def released_days(day: Ints, held: Sequence[Held], rows: pd.Index) -> Floats:
    """When lines that are expected on ``day`` come, by row label; infinite for those that never do.

    A line that a stretch still holds when it ends is looked at again on the first day of the next one.
    """
    found = day.astype(np.float64)
    start = 0.0
    for stretch in held:
        end = np.inf if stretch.through is None else float(stretch.through + 1)
        until = stretch.until.reindex(rows).fillna(np.inf).to_numpy(dtype=float)
        inside = (found >= start) & (found < end)
        found = np.where(inside, np.minimum(np.maximum(found, until), end), found)
        start = end
    return found


def expected_days(lines: pd.DataFrame, lead_time_days: Floats, policy: Policy, on: date) -> tuple[Ints, Flags]:
    """(day number, credited): confirmed date before due date, then the policies for overdue and undated lines."""
    day, dated = day_numbers(lines["confirmed_date"].fillna(lines["due_date"]), on)
    rule, _, slip = policy.overdue_receipts.partition(":")
    overdue = dated & (day < 0)
    day = np.where(overdue, int(slip or 0), day)
    by_lead_time = ~dated & ~np.isnan(lead_time_days) & (policy.undated_receipts == "lead_time")
    day = np.where(by_lead_time, np.ceil(np.nan_to_num(lead_time_days)), day).astype(np.int64)
    return day, (dated & ~(overdue & (rule == "ignore"))) | by_lead_time
