"""Open purchase orders and released production orders as dated receipts, and which of them each policy counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from riskplug.model import Frames
from riskplug.plan.inputs import Inputs
from riskplug.plan.nodes import Flags, Floats, Ints, first_reason, in_base_units, narrow
from riskplug.plan.overdue import expected
from riskplug.plan.production import Production


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
    """Receipts with a day within the horizon. ``on_order``: all open quantity per node.

    ``made``: from a production order, firm and never stopped itself: its components feel a measure. ``row``: position
    in the table of production orders there, in that of purchase orders elsewhere.
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
    made: Flags
    on_order: Floats
    reasons: Mapping[int, str]

    def counted(self, policy: str) -> Flags:
        """Receipts a policy counts: none under ``stock``, binding ones under ``firm``, and so on."""
        everything = np.ones(len(self.node), dtype=bool)
        return {"stock": ~everything, "firm": self.firm, "all": everything, "restricted": ~self.stopped}[policy]

    def days(self, policy: str) -> Ints:
        """The day of each receipt under a policy."""
        return self.released if policy == "restricted" else self.day

    def numbered(self, number: Ints) -> "Receipts":
        """The receipts by new numbers of their nodes, in the same order; -1 for a node that has none any more."""
        kept = np.flatnonzero(number[self.node] >= 0)
        arrays = ("day", "released", "quantity", "row", "firm", "stopped", "made")
        return replace(self, node=number[self.node[kept]], **{name: getattr(self, name)[kept] for name in arrays})

    def names(self, tables: Frames, at: Ints) -> list[str]:
        """What the events call some receipts: order and line, or the production order."""
        bought, made = tables["purchase_orders"], tables["production_orders"]
        number, line, order = (
            table[name].astype("object") for table, name in ((bought, "order_no"), (bought, "line"), (made, "order_no"))
        )
        return [
            str(order.iloc[row]) if is_made else f"{number.iloc[row]}/{line.iloc[row]}"
            for row, is_made in zip(self.row[at], self.made[at], strict=True)
        ]


def receipts(read: Inputs, stopped: pd.Series, lead_time_days: Floats, *, held: Sequence[Held] = ()) -> Receipts:
    """Open lines in base units on the day they are expected. A line of which nobody says whether it is stopped is.

    ``held``, stretches of days in order, takes the place of ``stopped`` where it is given.
    """
    orders, master, horizon = read.tables["purchase_orders"], read.master, read.horizon
    node = read.index.nodes_of(orders)
    row = np.flatnonzero(node >= 0)
    lines, node = orders[["open_quantity", "unit", "confirmed_date", "due_date", "firm"]].iloc[row], node[row]
    quantity = in_base_units(lines["open_quantity"], lines["unit"], node, master)
    reasons = first_reason(np.isnan(quantity), lines["open_quantity"], lines["unit"], node, master)
    day, credited = expected(
        lines["confirmed_date"].fillna(lines["due_date"]), lead_time_days[node], read.policy, read.on
    )
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
        np.zeros(int(counts.sum()), dtype=bool),
        np.bincount(node, quantity, minlength=len(read)).astype(np.float64),
        reasons,
    )


def with_production(bought: Receipts, made: Production, horizon: int) -> Receipts:
    """The receipts with those of released production orders behind them."""
    counts = made.credited & (made.day <= horizon) & (made.quantity > 0)
    day = made.day[counts]
    yes, no = np.ones(len(day), dtype=bool), np.zeros(len(day), dtype=bool)
    return Receipts(
        narrow(bought.node, made.node[counts]),
        narrow(bought.day, day),
        narrow(bought.released, day),
        np.concatenate([bought.quantity, made.quantity[counts]]),
        narrow(bought.row, made.row[counts]),
        np.concatenate([bought.firm, yes]),
        np.concatenate([bought.stopped, no]),
        np.concatenate([bought.made, yes]),
        bought.on_order + np.bincount(made.node, made.quantity, minlength=len(bought.on_order)),
        {**made.reasons, **bought.reasons},
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
