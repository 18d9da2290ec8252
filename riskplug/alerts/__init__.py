"""Alerts: a finding's life over many scans."""

from riskplug.alerts.handling import (
    HANDLING_COLUMNS,
    HANDLING_KINDS,
    HANDLINGS,
    Decision,
    Ending,
    HandlingKind,
    conform_handlings,
    ending_lines,
    ending_soon,
)
from riskplug.alerts.identity import alert_key, canonical, content_hash
from riskplug.alerts.labels import Inhibit
from riskplug.alerts.ledger import (
    CONDITIONS,
    EVENT_COLUMNS,
    LEDGER_COLUMNS,
    LIVE,
    SUPPRESSIONS,
    VOLUME_COLUMNS,
    LedgerStore,
    Memory,
    conform_ledger,
    conform_volumes,
    empty_ledger,
)
from riskplug.alerts.lifecycle import Reconciled, reconcile
from riskplug.alerts.policy import REOPEN_DAYS, Pace, Policy, Rung
from riskplug.alerts.records import KINDS
from riskplug.alerts.silences import Silence
from riskplug.alerts.volume import GUARD

__all__ = [
    "CONDITIONS",
    "EVENT_COLUMNS",
    "GUARD",
    "HANDLINGS",
    "HANDLING_COLUMNS",
    "HANDLING_KINDS",
    "KINDS",
    "LEDGER_COLUMNS",
    "LIVE",
    "REOPEN_DAYS",
    "SUPPRESSIONS",
    "VOLUME_COLUMNS",
    "Decision",
    "Ending",
    "HandlingKind",
    "Inhibit",
    "LedgerStore",
    "Memory",
    "Pace",
    "Policy",
    "Reconciled",
    "Rung",
    "Silence",
    "alert_key",
    "canonical",
    "conform_handlings",
    "conform_ledger",
    "conform_volumes",
    "content_hash",
    "empty_ledger",
    "ending_lines",
    "ending_soon",
    "reconcile",
]
