"""The ledger: every alert there ever was, one row each; ``state`` keeps it."""

from typing import Protocol

import pandas as pd

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
)
DATES = ("first_seen", "last_seen", "checked_on", "closed_on")
LEDGER_COLUMNS = (*TEXTS, "metric", "episode", "version", *DATES)
EVENT_COLUMNS = ("alert_key", "version", "kind", "old", "new", "reason")

OPEN, UNKNOWN, RESOLVED, RETIRED = "open", "unknown", "resolved", "closed"
"""``condition``: found when last checked; could not be checked; checked and gone; its rule is gone."""


class LedgerStore(Protocol):
    """Where the ledger is kept."""

    def ledger(self, scope: str) -> pd.DataFrame:
        """Every alert of a scope, LEDGER_COLUMNS."""
        ...


def conform_ledger(rows: pd.DataFrame) -> pd.DataFrame:
    """LEDGER_COLUMNS with their dtypes: text never missing (empty instead), dates datetime64[s]."""
    frame = rows.reindex(columns=list(LEDGER_COLUMNS))
    texts = {name: frame[name].astype("object").where(frame[name].notna(), "").astype("str") for name in TEXTS}
    dates = {name: pd.to_datetime(frame[name]).astype("datetime64[s]") for name in DATES}
    counts = {name: frame[name].fillna(1).astype("int64") for name in ("episode", "version")}
    return frame.assign(**texts, **dates, **counts, metric=frame["metric"].astype("float64"))


def empty_ledger() -> pd.DataFrame:
    """A ledger without alerts."""
    return conform_ledger(pd.DataFrame(columns=list(LEDGER_COLUMNS)))
