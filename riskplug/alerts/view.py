"""The ledger as people ask for it: each alert with what was decided about it and why it is quiet."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from riskplug.alerts.handling import ASSIGN, handling_of, quiet
from riskplug.alerts.pairing import RANK, looked_up

ALERT_FIELDS = (
    "key",
    "rule",
    "severity",
    "condition",
    "handling",
    "suppression",
    "suppressed_by",
    "assignee",
    "owner",
    "grain",
    "identity",
    "site",
    "part_no",
    "material",
    "measure",
    "message",
    "metric",
    "reason",
    "first_seen",
    "opened_on",
    "last_seen",
    "checked_on",
    "closed_on",
    "quiet_until",
    "episode",
    "flapping",
    "escalated",
)
HANDLING_FIELDS = (
    "kind",
    "author",
    "assignee",
    "reason",
    "until",
    "until_worse",
    "until_runway_days",
    "severity",
    "set_on",
)


def viewed(ledger: pd.DataFrame, handled: pd.DataFrame) -> pd.DataFrame:
    """ALERT_FIELDS of every alert, the worst first: severity, smallest metric, then key.

    ``suppression``: held as the last scan left it; what people decided of the alert: waived, snoozed; then silenced,
    inhibited (``suppressed_by`` what) or flapping.
    ``quiet_until``: when the snooze or waiver ends, missing where no date ends it.
    """
    keys = ledger["alert_key"]
    decided = looked_up(keys, quiet(handled))
    held = ledger["suppression"] == "held"
    assigned = handled[handled["kind"] == ASSIGN]
    silent = handled[handled["kind"].isin(["snooze", "waive"])]
    until = silent.groupby("alert_key")["until"].max()
    rows = ledger.assign(
        key=keys,
        handling=looked_up(keys, handling_of(handled), "none"),
        suppression=decided.where((decided != "") & ~held, ledger["suppression"]),
        assignee=looked_up(keys, dict(zip(assigned["alert_key"], assigned["assignee"], strict=True))),
        quiet_until=pd.to_datetime(pd.Series([until.get(key) for key in keys.tolist()], index=ledger.index)),
        flapping=ledger["flapping"] != "",
        escalated=ledger["escalated"] > 0,
        rank=-ledger["severity"].map(RANK).fillna(0),
    )
    return rows.sort_values(["rank", "metric", "key"])[list(ALERT_FIELDS)].reset_index(drop=True)


def alert_of(row: Mapping[Any, Any]) -> dict[str, Any]:
    """One row of ``viewed`` as JSON knows it."""
    made = {name: _plain(row[name]) for name in ALERT_FIELDS}
    subject = {name: "" if value is None else str(value) for name, value in json.loads(row["identity"]).items()}
    return {**made, "identity": subject}


def handlings_of(handled: pd.DataFrame, key: str) -> list[dict[str, Any]]:
    """What holds of an alert, HANDLING_FIELDS each."""
    rows = handled[handled["alert_key"] == key].rename(columns={"until_metric": "until_runway_days"})
    return [{name: _plain(row[name]) for name in HANDLING_FIELDS} for row in rows.to_dict("records")]


def _plain(value: Any) -> Any:
    if value is pd.NaT or (isinstance(value, float) and pd.isna(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value
