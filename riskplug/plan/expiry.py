"""Lots that expire before they are used: first expired, first out."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.plan.calendar import day_numbers
from riskplug.plan.nodes import Flags, Floats, Ints

# What is left of a lot below a billionth of it is rounding.
_NOTHING = 1e-9


@dataclass(frozen=True)
class Lots:
    """Usable lots by ``at`` (node or place) and then by ``last``, the last day on which a lot may be used.

    ``owed``: per lot, what its part owes on the business date because its other stock is negative. ``transit``: in
    transit.
    """

    at: Ints
    last: Ints
    quantity: Floats
    owed: Floats
    transit: Flags

    def __len__(self) -> int:
        return len(self.at)

    def without_transit(self, share: Floats) -> "Lots":
        """The lots of which a share of those in transit is left out, per node."""
        return replace(self, quantity=np.where(self.transit, self.quantity * (1 - share[self.at]), self.quantity))

    def at_places(self, place: Ints, opening: Floats, horizon: int) -> "Lots":
        """The lots by place in the place of nodes; ``opening``: stock on the business date, per node.

        Lots that outlast the horizon keep their turn but never go; lots of unknown or no stock are left out.
        """
        known = opening[self.at] > 0
        at, quantity = self.at[known], self.quantity[known]
        owed = np.maximum(np.bincount(at, quantity, minlength=len(opening))[at] - opening[at], 0.0)
        last = np.minimum(self.last[known], horizon)
        found = Lots(place[at], last, quantity, owed, self.transit[known])
        return found._taken(np.lexsort((found.last, found.at)))

    def numbered(self, number: Ints) -> "Lots":
        """The lots by new numbers, in the same order; -1 for a place whose lots are left out."""
        kept = self._taken(np.flatnonzero(number[self.at] >= 0))
        return replace(kept, at=number[kept.at])

    def between(self, start: int, end: int) -> "Lots":
        """The lots of places start..end, numbered from 0."""
        first, last = np.searchsorted(self.at, [start, end])
        kept = self._taken(np.arange(first, last))
        return replace(kept, at=kept.at - start)

    def _taken(self, rows: Ints) -> "Lots":
        return Lots(self.at[rows], self.last[rows], self.quantity[rows], self.owed[rows], self.transit[rows])


def lots_of(inventory: pd.DataFrame, quantity: Floats, node: Ints, on: date) -> Lots:
    """The lots among rows of stock: those with a date and a quantity above zero; the others do not expire."""
    last, dated = day_numbers(inventory["expires_on"], on)
    rows = np.flatnonzero(dated & (last >= 0) & (quantity > 0))
    transit = (inventory["stock_type"] == "transit").to_numpy(dtype=bool)
    return Lots(node[rows], last[rows], quantity[rows], np.zeros(len(rows)), transit[rows])


def expired(lots: Lots, gross: sparse.csr_array) -> sparse.csr_array:
    """What leaves the stock because it was not used in time, places x days: on the day after the last one.

    ``gross``: requirement, places x days. All that is required through a day is taken from the lots that expire first,
    whatever else there is. With lots q_1, q_2 ... in order of expiry, Q_k their sum and C_k the requirement through
    the last day of lot k, all that has gone by then is the largest Q_j - C_j so far. Worked: lots of 10 through day 3
    and 5 through day 8, 4 needed on day 2 and 7 on day 6: 6 go on day 4, none on day 9.
    """
    rows, days = gross.shape
    if not len(lots):
        return sparse.csr_array((rows, days))
    gone = np.maximum(_summed(lots.quantity, lots.at) - _required(gross, lots.at, lots.last) - lots.owed, 0.0)
    so_far = pd.Series(gone).groupby(lots.at, sort=False).cummax().to_numpy()
    first = np.r_[True, lots.at[1:] != lots.at[:-1]]
    lost = so_far - np.where(first, 0.0, np.r_[0.0, so_far[:-1]])
    kept = (lost > _NOTHING * lots.quantity) & (lots.last + 1 < days)
    cells = (lots.at[kept], lots.last[kept] + 1)
    return sparse.csr_array(sparse.coo_array((lost[kept], cells), shape=(rows, days)))


def _required(gross: sparse.csr_array, row: Ints, day: Ints) -> Floats:
    """Requirement of rows through days."""
    rows = np.repeat(np.arange(gross.shape[0]), np.diff(gross.indptr))
    keys = rows * gross.shape[1] + gross.indices
    at = np.searchsorted(keys, row * gross.shape[1] + day, side="right")
    total = np.append(0.0, _summed(gross.data, rows))
    found: Floats = np.where(at > gross.indptr[row], total[at], 0.0)
    return found


def _summed(values: Floats, group: Ints) -> Floats:
    """Running totals within groups that stand together."""
    return np.asarray(pd.Series(values).groupby(group, sort=False).cumsum(), dtype=np.float64)
