"""Open receipts as chances see them: how late their supplier usually is, and whether a licence may free them."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskplug.plan.calendar import day_numbers
from riskplug.plan.lateness import Lateness
from riskplug.plan.ledger import Ledger
from riskplug.plan.nodes import Flags, Ints, narrow
from riskplug.plan.simulate import RECEIPT_DRAWS, Arrivals

LICENCE_COLUMNS = ("earliest", "latest")
NOTHING = "nothing is awaited"
MEASURED = (
    "",
    "lateness measured",
    "lateness measured for some receipts, others taken as on time",
    "receipts taken as on time: lateness not measured",
)
LICENSED = (
    "",
    "{:g} % of licences granted",
    "stopped receipts never come: no licence_approval_pct",
    "stopped receipts never come",
)


@dataclass(frozen=True)
class Expected:
    """``arrivals`` by node; ``basis`` per node: how lateness and licences of its receipts were taken."""

    arrivals: Arrivals
    basis: pd.Categorical


def expected_arrivals(
    ledger: Ledger,
    orders: pd.DataFrame,
    lateness: Lateness,
    licences: pd.DataFrame | None,
    approval_pct: float | None,
    on: date,
) -> Expected:
    """The receipts of the restricted policy, and those that a licence may free, by node in the order of the table.

    ``licences``: LICENCE_COLUMNS, day numbers between which the licence of a stopped line is there if it is granted; by
    row label of ``orders``, no row where none can free it. Measured lateness counts from the date promised. A line that
    is overdue does not come before the day the policy names, nor one that is held before it is released; an undated one
    comes after the lead time, and a production order on the day its finish counts.
    """
    found = ledger.arrivals
    lines = _lines(ledger, orders)
    promised, dated = day_numbers(lines["confirmed_date"].fillna(lines["due_date"]), on)
    group = np.where(dated, lateness.groups_of(lines["part_no"], lines["supplier"]), -1)
    day = np.where(found.stopped, found.day, found.days("restricted"))
    earliest = np.where((promised < 0) | (day > found.day), day, 0)
    granted = _granted(licences, lines.index)
    freed = found.stopped & granted["earliest"].notna().to_numpy()
    comes = ~ledger.phantom[found.node] & (~found.stopped | freed & (approval_pct is not None))
    at = np.flatnonzero(comes)
    at = at[np.lexsort((found.row[at], found.node[at]))]
    starts = np.searchsorted(found.node[at], np.arange(len(ledger.phantom) + 1))
    rank = np.arange(len(at)) - starts[found.node[at]]
    terms = granted.fillna(0).to_numpy(dtype=np.int64)[at]
    arrivals = Arrivals(
        starts,
        found.quantity[at],
        narrow(np.where(group >= 0, promised, day)[at]),
        narrow(group[at]),
        narrow(earliest[at]),
        narrow(rank % RECEIPT_DRAWS),
        found.stopped[at],
        narrow(terms[:, 0]),
        narrow(terms[:, 1]),
    )
    return Expected(arrivals, _basis(ledger, group >= 0, freed, approval_pct))


def _lines(ledger: Ledger, orders: pd.DataFrame) -> pd.DataFrame:
    """The order line of each receipt; missing throughout for production orders, which are no line."""
    found = ledger.arrivals
    label = np.full(len(found.row), -1, dtype=np.int64)
    label[~found.made] = orders.index.to_numpy()[found.row[~found.made]]
    return orders[["part_no", "supplier", "confirmed_date", "due_date"]].reindex(label)


def _granted(licences: pd.DataFrame | None, rows: pd.Index) -> pd.DataFrame:
    known = pd.DataFrame(columns=list(LICENCE_COLUMNS), dtype="float64") if licences is None else licences
    return known.reindex(rows)[list(LICENCE_COLUMNS)]


def _basis(ledger: Ledger, measured: Flags, freed: Flags, approval_pct: float | None) -> pd.Categorical:
    """Per node in words: lateness of what may come, and what becomes of what a measure stops."""
    found, size = ledger.arrivals, len(ledger.phantom)
    awaited = ~found.stopped | freed & (approval_pct is not None)
    some, other = (_any(found.node, awaited & flags, size) for flags in (measured, ~measured))
    late = np.select([some & other, some, other], [2, 1, 3], 0)
    licensed, stopped = _any(found.node, freed, size), _any(found.node, found.stopped, size)
    known = approval_pct is not None
    licence = np.select([licensed & known, licensed, stopped], [1, 2, 3], 0)
    licence_words = [text.format(approval_pct) if "{" in text and known else text for text in LICENSED]
    words = ["; ".join(filter(None, (one, other))) or NOTHING for one in MEASURED for other in licence_words]
    return pd.Categorical.from_codes(late * len(LICENSED) + licence, pd.Index(words, dtype="str"))


def _any(node: Ints, flags: Flags, size: int) -> Flags:
    return np.bincount(node, flags, minlength=size) > 0
