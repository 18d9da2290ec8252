"""Ledger rows as Change records, in the order in which people should read them."""

import json

import pandas as pd

from riskplug.catalogue import SEVERITIES
from riskplug.model import Change, Severity

_KINDS = ("new", "reopened", "worse", "unknown", "better", "resolved", "retired", "ongoing")
_FIELDS = (
    "kind",
    "alert_key",
    "rule",
    "severity",
    "severity_was",
    "identity",
    "owner",
    "message",
    "episode",
    "reason",
    "metric",
)
_ORDER = {name: rank for rank, name in enumerate(SEVERITIES)}
_KIND_ORDER = {name: rank for rank, name in enumerate(_KINDS)}


def changes_of(rows: pd.DataFrame) -> tuple[Change, ...]:
    """One Change per row: worst severity first, then kind, then the smallest metric (days left), then rule and key."""
    ranked = rows.assign(_severity=rows["severity"].map(_ORDER), _kind=rows["kind"].map(_KIND_ORDER))
    ranked = ranked.sort_values(["_severity", "_kind", "metric", "rule", "alert_key"], na_position="last")
    # Records are what people act on; 100,000 of them take half a second.
    return tuple(map(_change, *(ranked[name].tolist() for name in _FIELDS)))


def _change(
    kind: str,
    key: str,
    rule: str,
    severity: Severity,
    was: Severity | None,
    identity: str,
    owner: str,
    message: str,
    episode: int,
    reason: str,
    metric: float | None,
) -> Change:
    before = was if isinstance(was, str) else None
    shown = None if pd.isna(metric) else metric
    return Change(kind, key, rule, severity, before, _identity(identity), owner, message, episode, reason, shown)


def _identity(text: str) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in json.loads(text).items()}
