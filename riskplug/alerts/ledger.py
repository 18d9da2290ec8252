"""The ledger: every alert there ever was, one row each; ``state`` keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Protocol

import pandas as pd

if TYPE_CHECKING:
    from riskplug.alerts.silences import Silence

TEXTS = (
    "alert_key",
    "rule",
    "grain",
    "identity",
    "site",
    "part_no",
    "material",
    "measure",
    "owner",
    "condition",
    "severity",
    "message",
    "content_hash",
    "reason",
    "suppression",
    "suppressed_by",
    "flips",
    "flapping",
    "ladder",
)
NUMBERS = ("metric", "metric_told", "metric_opened")
COUNTS = {"episode": 1, "version": 1, "sightings": 1, "misses": 0, "escalated": 0}
DATES = (
    "first_seen",
    "last_seen",
    "checked_on",
    "closed_on",
    "opened_on",
    "told_on",
    "counted_on",
    "waiting_since",
    "said_on",
)
LEDGER_COLUMNS = (*TEXTS, *NUMBERS, *COUNTS, *DATES)
"""One row per alert.

``opened_on``: the day it was told of, missing while it is pending or held back. ``metric_told`` and ``told_on``: the
metric that people were last told, and when; ``metric_opened``: that of the opening. ``sightings`` and ``misses`` count
business dates, ``counted_on`` is the last date that was a miss. ``suppression``: held, silenced, inhibited or flapping,
as the last scan left it, and ``suppressed_by`` the silence (``silence 3``) or the key of the alert that does it; what
people decided of single alerts is kept beside the ledger (handling.py). ``said_on``: when people last heard of it in
this episode, missing where they never have. ``flips``: dates of its latest transitions.
``flapping``: the highest severity told since it began to go on and off, else empty. ``ladder``: the steps of
escalation as they were when it opened (JSON), ``escalated`` those that were taken, one bit each. ``waiting_since``:
from when on nobody has acknowledged it.
"""
EVENT_COLUMNS = ("alert_key", "version", "kind", "old", "new", "reason")
VOLUME_COLUMNS = (
    "rule",
    "seen",
    "accepted",
    "population",
    "held",
    "reason",
    "checked_on",
    "released",
    "released_by",
    "released_at",
)
"""Per rule: findings of the last scan, of the last complete one that was not held, rows looked at, whether and why its
alerts are held, and how many findings somebody let pass: none any more where only ``released_at`` is there."""

PENDING, OPEN, CLEARING, UNKNOWN, RESOLVED, RETIRED = "pending", "open", "clearing", "unknown", "resolved", "closed"
"""``condition``: found, but not often enough; found; not found, but not often enough; could not be checked; checked and
gone; closed without being resolved (``reason``: rule_retired, rule_changed, not_confirmed)."""
CONDITIONS = (PENDING, OPEN, CLEARING, UNKNOWN, RESOLVED, RETIRED)
LIVE = (PENDING, OPEN, CLEARING, UNKNOWN)

HELD, FLAPPING, SNOOZED, WAIVED, SILENCED, INHIBITED = "held", "flapping", "snoozed", "waived", "silenced", "inhibited"
SUPPRESSIONS = (HELD, WAIVED, SNOOZED, SILENCED, INHIBITED, FLAPPING)
"""Why an alert is not told although there is news of it, the strongest first."""


class LedgerStore(Protocol):
    """Where the ledger is kept."""

    def ledger(self, scope: str) -> pd.DataFrame:
        """Every alert of a scope, LEDGER_COLUMNS."""
        ...


def conform_ledger(rows: pd.DataFrame) -> pd.DataFrame:
    """LEDGER_COLUMNS with their dtypes: text never missing (empty instead), dates datetime64[s]."""
    frame = rows.reindex(columns=list(LEDGER_COLUMNS))
    texts = {name: _text(frame[name]) for name in TEXTS}
    dates = {name: pd.to_datetime(frame[name]).astype("datetime64[s]") for name in DATES}
    counts = {name: frame[name].fillna(least).astype("int64") for name, least in COUNTS.items()}
    return frame.assign(**texts, **dates, **counts, **{name: frame[name].astype("float64") for name in NUMBERS})


def _text(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.StringDtype):
        return column.fillna("").astype("str")
    return column.astype("object").where(column.notna(), "").astype("str")


def empty_ledger() -> pd.DataFrame:
    """A ledger without alerts."""
    return conform_ledger(pd.DataFrame(columns=list(LEDGER_COLUMNS)))


def conform_volumes(rows: pd.DataFrame) -> pd.DataFrame:
    """VOLUME_COLUMNS with their dtypes; a count that is not known is missing."""
    frame = rows.reindex(columns=list(VOLUME_COLUMNS))
    numbers = {name: frame[name].astype("float64") for name in ("seen", "accepted", "population", "released")}
    texts = {name: frame[name].astype("object").where(frame[name].notna(), "") for name in ("reason", "released_by")}
    checked = pd.to_datetime(frame["checked_on"]).astype("datetime64[s]")
    return frame.assign(**numbers, **texts, held=frame["held"].eq(True), checked_on=checked)


@dataclass(frozen=True)
class Memory:
    """What reconciling must know beside the ledger.

    ``handled``: HANDLING_COLUMNS, what people decided. ``volumes``: VOLUME_COLUMNS. ``scan_dates``: business dates of
    earlier complete scans, the newest first. ``silences``: all there are, the ended ones too.
    """

    handled: pd.DataFrame | None = None
    volumes: pd.DataFrame | None = None
    scan_dates: Sequence[date] = field(default=())
    silences: Sequence["Silence"] = field(default=())
