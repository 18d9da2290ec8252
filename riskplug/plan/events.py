"""The dated events of one part in order, with the running balance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskplug.plan.calendar import dates_of
from riskplug.plan.netting import ROUNDING

EVENT_COLUMNS = ("date", "kind", "quantity", "balance", "reference")
# In the order in which they count on a day: what comes before what goes.
KINDS = (
    "stock",
    "receipt",
    "production",
    "transfer",
    "taken",
    "expiry",
    "demand",
    "dependent",
    "given",
    "shortage",
)
RECEIVED = ("receipt", "production", "transfer", "taken")
_ORDER = {kind: order for order, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a stock: day after the business date, signed quantity, what it comes from."""

    day: int
    kind: str
    quantity: float
    reference: str | None
    balance: float = float("nan")


def events_of(dated: Sequence[Event], on_hand: float, floor: float) -> list[Event]:
    """Opening stock, the events in the order they count, and the first shortage."""
    ordered = sorted(dated, key=lambda event: (event.day, _ORDER[event.kind], event.reference or ""))
    rows = [Event(0, "stock", on_hand, None), *ordered]
    balances = np.cumsum([event.quantity for event in rows]).tolist()
    known = [Event(e.day, e.kind, e.quantity, e.reference, at) for e, at in zip(rows, balances, strict=True)]
    turnover = sum(abs(event.quantity) for event in rows) + abs(floor)
    return _with_shortage(known, floor, ROUNDING * turnover)


def _with_shortage(rows: list[Event], floor: float, rounding: float) -> list[Event]:
    for number, event in enumerate(rows):
        ends_day = number + 1 == len(rows) or rows[number + 1].day > event.day
        if ends_day and event.balance < floor - rounding:
            short = Event(event.day, "shortage", floor - event.balance, None, event.balance)
            return [*rows[: number + 1], short, *rows[number + 1 :]]
    return rows


def events_frame(events: Sequence[Event], on: date) -> pd.DataFrame:
    days = np.array([event.day for event in events], dtype=np.int64)
    return pd.DataFrame(
        {
            "date": dates_of(days, np.ones(len(days), dtype=bool), on),
            "kind": pd.array([event.kind for event in events], dtype="str"),
            "quantity": [event.quantity for event in events],
            "balance": [event.balance for event in events],
            "reference": pd.array([event.reference for event in events], dtype="str"),
        },
        columns=list(EVENT_COLUMNS),
    )
