"""Replenishment time of each node, and the production time that shifts requirements to components."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskplug.plan.calendar import LONGEST_DAYS, WorkCalendars
from riskplug.plan.nodes import Flags, Floats, Ints, Master, NodeIndex


@dataclass(frozen=True)
class Terms:
    """What a replenishment consists of, per node. Purchasing and receiving in work days.

    ``delivery``: whole calendar days, of made parts work days; NaN where unknown.
    """

    purchasing: Ints
    delivery: Floats
    receiving: Ints
    made: Flags


def terms(index: NodeIndex, master: Master, sourcing: pd.DataFrame, on: date) -> Terms:
    """The preferred qualified source's delivery time beats the part master's.

    Missing purchasing and receiving days are none planned, as ERP systems keep them blank.
    """
    made = master.is_("procurement", "make")
    own, sourced = master.number("lead_time_days"), _sourced(index, sourcing, on)
    delivery = np.where(made | np.isnan(sourced), own, sourced)
    whole = np.where(np.isnan(delivery), np.nan, _whole(delivery))
    return Terms(_whole(master.number("purchasing_days")), whole, _whole(master.number("receiving_days")), made)


def lead_times(index: NodeIndex, master: Master, sourcing: pd.DataFrame, calendars: WorkCalendars, on: date) -> Floats:
    """Calendar days from the business date until an order placed today is available; NaN where unknown.

    Purchased: purchasing (work days) + delivery (calendar days) + goods receipt (work days), SAP's replenishment
    lead time. Made: production time and goods receipt, both in work days.
    """
    found = terms(index, master, sourcing, on)
    whole = _whole(found.delivery)
    ready = calendars.later(index.site, np.zeros(len(index), dtype=np.int64), found.purchasing)
    arrives = np.where(found.made, calendars.later(index.site, ready, whole), ready + whole)
    available = calendars.later(index.site, arrives, found.receiving)
    return np.where(np.isnan(found.delivery), np.nan, available)


def production_days(master: Master, phantom: np.ndarray) -> Ints:
    """Work days between the need for a made part and the need for its components.

    None for phantoms. A missing production time counts as none: components are then asked for later than in truth.
    """
    return np.where(phantom, 0, _whole(master.number("lead_time_days")))


def _whole(days: Floats) -> Ints:
    """A part of a day is a day; unknown is 0 here, callers keep it apart where it matters."""
    return np.ceil(np.clip(np.nan_to_num(days), 0, LONGEST_DAYS)).astype(np.int64)


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
