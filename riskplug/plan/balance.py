"""The balance of one part over the days that matter, for a chart."""

from datetime import date, timedelta

import pandas as pd

from riskplug.model import Arrival, Balance
from riskplug.plan.events import RECEIVED
from riskplug.plan.explained import Explained
from riskplug.plan.summary import summary

# What comes four weeks after everything marked in the chart only makes the rest small.
AFTER = timedelta(days=28)


def balance_of(found: Explained) -> Balance | None:
    """The balance under the chosen policy, until four weeks after the last mark; None where the stock is unknown."""
    part = found.plan.parts.iloc[found.node]
    events = found.plan.events(str(part["part_no"]), str(part["site"]), found.policy)
    if events["balance"].isna().any():
        return None
    first = None if found.reach.first is None else found.day(found.reach.first)
    arrival = found.order.arrival(found.plan.on)
    here = arrival[1] if arrival else None
    end = _end(found, first, here)
    shown = events[events["date"].dt.date <= end]
    return Balance(
        str(part["part_no"]),
        str(part["site"]),
        found.master_text("base_unit") or "units",
        found.plan.on,
        end,
        _steps(shown),
        float(found.plan.ledger.floor[found.node]),
        _arrivals(shown),
        first,
        here,
        bool(found.law.licence_days),
        summary(found),
    )


def _end(found: Explained, first: date | None, here: date | None) -> date:
    horizon = found.day(found.plan.ledger.horizon)
    return horizon if first is None else min(horizon, max(day for day in (first, here) if day) + AFTER)


def _steps(events: pd.DataFrame) -> tuple[tuple[date, float], ...]:
    """The last balance of each day."""
    last = events.groupby(events["date"].dt.date)["balance"].last()
    return tuple((day, float(balance)) for day, balance in last.items())  # type: ignore[misc]


def _arrivals(events: pd.DataFrame) -> tuple[Arrival, ...]:
    """Receipts by day. A stopped one moves nothing in the events; it is marked, not measured."""
    rows = events[events["kind"].isin(RECEIVED)]
    days = zip(rows["date"].dt.date, rows["quantity"], strict=True)
    return tuple(Arrival(day, float(quantity), bool(quantity > 0)) for day, quantity in days)
