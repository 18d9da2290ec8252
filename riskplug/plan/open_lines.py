"""The open order lines of one part, those that no policy counts included."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskplug.plan.calendar import day_numbers
from riskplug.plan.ledger import Ledger
from riskplug.plan.nodes import Master, NodeIndex, in_base_units


@dataclass(frozen=True, slots=True)
class OpenLine:
    """``quantity``: base units, None where unknown. ``due``: confirmed, else agreed day, None for undated.

    ``arrival``: index into the ledger's receipts; None for a line that is not among them: beyond the horizon, or
    overdue or undated and left out by policy.
    """

    label: object
    name: str
    quantity: float | None
    due: int | None
    arrival: int | None

    @property
    def overdue(self) -> bool:
        return self.due is not None and self.due < 0


def open_lines(orders: pd.DataFrame, ledger: Ledger, index: NodeIndex, master: Master, node: int) -> list[OpenLine]:
    """Lines of a node in the order of the table; ones with nothing open are left out."""
    at = np.flatnonzero(index.nodes_of(orders) == node)
    rows = orders.iloc[at]
    quantity = in_base_units(rows["open_quantity"], rows["unit"], np.full(len(at), node), master)
    due, dated = day_numbers(rows["confirmed_date"].fillna(rows["due_date"]), ledger.calendars.on)
    among = np.flatnonzero(np.isin(ledger.arrivals.row, at) & ~ledger.arrivals.made)
    arrivals = dict(zip(ledger.arrivals.row[among].tolist(), among.tolist(), strict=True))
    return [
        OpenLine(
            label,
            name,
            None if np.isnan(quantity[i]) else float(quantity[i]),
            int(due[i]) if dated[i] else None,
            arrivals.get(int(at[i])),
        )
        for i, (label, name) in enumerate(zip(rows.index, order_names(rows), strict=True))
        if not quantity[i] <= 0
    ]


def order_names(lines: pd.DataFrame) -> Sequence[str]:
    """Order and line as people write them."""
    names = lines["order_no"].astype("object").astype("str") + "/" + lines["line"].astype("object").astype("str")
    return [str(name) for name in names]
