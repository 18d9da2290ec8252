"""Replenishment time of each node, and the production time that shifts requirements to components."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.plan.calendar import LONGEST_DAYS, WorkCalendars
from riskplug.plan.coverage import lots
from riskplug.plan.nodes import Flags, Floats, Ints, Master, NodeIndex

MINUTES_A_DAY = 1440
# A quantity that is whole but for rounding takes no further day.
NEARLY = 1e-9


@dataclass(frozen=True)
class ProductionTime:
    """Work days that an order takes to make, per node or place: ``days``, or by its quantity where ``minutes`` a unit
    are known (NaN elsewhere), and ``buffer`` days then.
    """

    days: Ints
    minutes: Floats
    buffer: Floats

    @classmethod
    def of(cls, master: Master, days: Ints, makes: Flags) -> "ProductionTime":
        """``days``: where minutes are unknown; ``makes``: nodes that have minutes at all."""
        minutes = np.where(makes, master.number("minutes_per_unit"), np.nan)
        return cls(days, minutes, np.nan_to_num(master.number("buffer_days")))

    def __getitem__(self, some: Ints | Flags | slice) -> "ProductionTime":
        return ProductionTime(self.days[some], self.minutes[some], self.buffer[some])

    @property
    def by_quantity(self) -> bool:
        """Does it depend on the quantity anywhere?"""
        return not np.isnan(self.minutes).all()

    def work_days(self, quantity: Floats) -> Ints:
        """Of one order each. Worked (ERPNext): 30 minutes each, no buffer: 48 take 1 day, 49 take 2."""
        if not self.by_quantity:
            return self.days
        counted = self.minutes * quantity / MINUTES_A_DAY + self.buffer
        return np.where(np.isnan(self.minutes), self.days, _whole(counted - NEARLY * np.abs(counted)))


@dataclass(frozen=True)
class Terms:
    """What a replenishment consists of, per node. Purchasing and receiving in work days.

    ``delivery``: whole calendar days, of made parts work days; NaN where unknown. ``pace``: of parts whose production
    time depends on the quantity; None where nothing does.
    """

    purchasing: Ints
    delivery: Floats
    receiving: Ints
    made: Flags
    pace: ProductionTime | None = None

    def ordering(self, quantity: npt.ArrayLike | None, master: Master) -> "Terms":
        """Those of other quantities; as in terms()."""
        if self.pace is None:
            return self
        by_quantity = self.pace.work_days(_order_quantity(quantity, master))
        return replace(self, delivery=np.where(np.isnan(self.pace.minutes), self.delivery, by_quantity))


def terms(
    index: NodeIndex, master: Master, sourcing: pd.DataFrame, on: date, quantity: npt.ArrayLike | None = None
) -> Terms:
    """The preferred qualified source's delivery time beats the part master's.

    ``quantity``: of the order, per node, for parts whose production time depends on it; that of the smallest order
    where it is missing or zero. Missing purchasing and receiving days are none planned, as ERP systems keep them blank.
    """
    made = master.is_("procurement", "make")
    own, sourced = master.number("lead_time_days"), _sourced(index, sourcing, on)
    delivery = np.where(made | np.isnan(sourced), own, sourced)
    whole = np.where(np.isnan(delivery), np.nan, _whole(delivery))
    pace = ProductionTime.of(master, _whole(delivery), made)
    purchasing, receiving = (_whole(master.number(name)) for name in ("purchasing_days", "receiving_days"))
    found = Terms(purchasing, whole, receiving, made, pace if pace.by_quantity else None)
    return found.ordering(quantity, master)


def _order_quantity(quantity: npt.ArrayLike | None, master: Master) -> Floats:
    """One base unit, or what the part master says is the smallest order, where no order is known."""
    smallest = lots(np.ones(len(master.row)), master.number("min_order_qty"), master.number("order_multiple"))
    given = np.nan_to_num(np.asarray(0.0 if quantity is None else quantity, dtype=np.float64))
    return np.where(given > 0, given, smallest)


def lead_times(needs: Terms, index: NodeIndex, calendars: WorkCalendars) -> Floats:
    """Calendar days from the business date until an order placed today is available; NaN where unknown.

    Purchased: purchasing (work days) + delivery (calendar days) + goods receipt (work days), SAP's replenishment
    lead time. Made: production time and goods receipt, both in work days.
    """
    return np.where(np.isnan(needs.delivery), np.nan, _available(needs, index.site, calendars))


def order_lead_times(
    orders: Ints, quantity: Floats, otherwise: Floats, index: NodeIndex, master: Master, calendars: WorkCalendars
) -> Floats:
    """The same of production orders by their own quantity, where the minutes of their part are known.

    ``orders``: node of each; ``otherwise``: days of all others, per order.
    """
    pace = ProductionTime.of(master, np.zeros(len(index), dtype=np.int64), master.is_("procurement", "make"))[orders]
    at = np.flatnonzero(~np.isnan(pace.minutes) & ~np.isnan(quantity))
    purchasing, receiving = (_whole(master.number(name))[orders[at]] for name in ("purchasing_days", "receiving_days"))
    delivery = pace[at].work_days(quantity[at]).astype(np.float64)
    one_each = Terms(purchasing, delivery, receiving, np.ones(len(at), dtype=bool))
    found = otherwise.copy()
    found[at] = _available(one_each, index.site[orders[at]], calendars)
    return found


def _available(needs: Terms, site: Ints, calendars: WorkCalendars) -> Ints:
    """Days from today until an order of today is there; delivery counts as 0 where unknown."""
    whole = _whole(needs.delivery)
    ready = calendars.later(site, np.zeros(len(site), dtype=np.int64), needs.purchasing)
    arrives = np.where(needs.made, calendars.later(site, ready, whole), ready + whole)
    return calendars.later(site, arrives, needs.receiving)


def production_time(master: Master, phantom: Flags) -> ProductionTime:
    """Work days between the need for a made part and the need for its components.

    None for phantoms. A missing production time counts as none: components are then asked for later than in truth.
    """
    days = np.where(phantom, 0, _whole(master.number("lead_time_days")))
    return ProductionTime.of(master, days, ~phantom)


def _whole(days: Floats) -> Ints:
    """A part of a day is a day; unknown is 0 here, callers keep it apart where it matters."""
    return np.ceil(np.fmin(np.fmax(days, 0), LONGEST_DAYS)).astype(np.int64)


def preferred_supplier(index: NodeIndex, sourcing: pd.DataFrame, on: date) -> pd.Series:
    """Supplier that each node's delivery time is that of; missing without a qualified source."""
    ranked = _ranked(sourcing, on)
    names = ranked["supplier"].astype("str").reset_index(drop=True)
    return names.reindex(index.row_per_node(ranked)).reset_index(drop=True)


def _sourced(index: NodeIndex, sourcing: pd.DataFrame, on: date) -> Floats:
    """Delivery time of the preferred source: the site's own first, then by priority, then by share."""
    ranked = _ranked(sourcing, on)
    days = np.append(ranked["lead_time_days"].to_numpy(dtype=float), np.nan)
    return days[index.row_per_node(ranked)]


def _ranked(sourcing: pd.DataFrame, on: date) -> pd.DataFrame:
    """Sources that deliver today, the preferred first."""
    today = pd.Timestamp(on)
    starts, ends = sourcing["valid_from"], sourcing["valid_to"]
    valid = (starts.isna() | (starts <= today)) & (ends.isna() | (ends >= today))
    usable = valid & sourcing["qualified"].fillna(False).astype(bool) & ~sourcing["blocked"].fillna(False).astype(bool)
    return sourcing[usable].sort_values(["priority", "share_pct"], ascending=[True, False], kind="stable")
