"""Ledger rows as Change records, in the order in which people should read them."""

from datetime import date

import pandas as pd

from riskplug.alerts.identity import fields_of
from riskplug.catalogue import SEVERITIES
from riskplug.model import Change, Severity

KINDS = (
    "escalated",
    "new",
    "reopened",
    "worse",
    "expired",
    "unknown",
    "better",
    "resolved",
    "retired",
    "reminder",
    "flapping",
    "held",
    "clearing",
    "pending",
    "lapsed",
    "ongoing",
)
_FIELDS = (
    "kind_shown",
    "alert_key",
    "rule",
    "severity",
    "severity_was",
    "identity",
    "owner",
    "message",
    "episode",
    "reason_shown",
    "metric",
    "condition",
    "handling",
    "suppression_now",
    "to",
    "first_seen",
    "metric_was",
)
_ORDER = {name: rank for rank, name in enumerate(SEVERITIES)}
_KIND_ORDER = {name: rank for rank, name in enumerate(KINDS)}


def changes_of(rows: pd.DataFrame) -> tuple[Change, ...]:
    """One Change per row: worst severity first, then kind, then the smallest metric (days left), then rule and key."""
    order = {"_severity": rows["severity"].map(_ORDER), "_kind": rows["kind_shown"].map(_KIND_ORDER)}
    ranked = rows[list(_FIELDS)].assign(**order, first_seen=rows["first_seen"].dt.date)
    ranked = ranked.sort_values([*order, "metric", "rule", "alert_key"], na_position="last")
    # Records are what people act on; 100,000 of them take a second.
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
    metric: float,
    condition: str,
    handling: str,
    suppression: str,
    to: tuple[str, ...],
    since: date,
    metric_was: float,
) -> Change:
    return Change(
        kind,
        key,
        rule,
        severity,
        was if isinstance(was, str) else None,
        _identity(identity),
        owner,
        message,
        episode,
        reason,
        _known(metric),
        condition,
        handling,
        suppression,
        to,
        since,
        _known(metric_was),
    )


def _known(metric: float) -> float | None:
    return metric if metric == metric else None


def _identity(text: str) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in fields_of(text).items()}
