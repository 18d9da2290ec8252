"""Alerts: a finding's life over many scans."""

from riskplug.alerts.identity import alert_key, canonical, content_hash
from riskplug.alerts.ledger import EVENT_COLUMNS, LEDGER_COLUMNS, LedgerStore, conform_ledger, empty_ledger
from riskplug.alerts.lifecycle import REOPEN_DAYS, Reconciled, reconcile

__all__ = [
    "EVENT_COLUMNS",
    "LEDGER_COLUMNS",
    "REOPEN_DAYS",
    "LedgerStore",
    "Reconciled",
    "alert_key",
    "canonical",
    "conform_ledger",
    "content_hash",
    "empty_ledger",
    "reconcile",
]
