"""Nights made by hand for the watchers' tests."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pandas as pd

from riskplug.catalogue import GRAINS, frame
from riskplug.deliver import OutboxRow
from riskplug.model import InputFile, Stage
from riskplug.watch.night import Ended, Ledgers

STARTED = datetime(2025, 4, 28, 2, 10, 0, tzinfo=UTC)
ENDED = datetime(2025, 4, 28, 2, 11, 30, tzinfo=UTC)

TABLES = {
    "table": ["parts", "inventory", "demand", "suppliers", "sourcing"],
    "source": ["erp", "erp", 'p"l\\m', "plm2", "gone"],
    "verdict": ["accepted", "refused", "degraded", "accepted", "missing"],
    "rows": [100, 0, 40, 7, 0],
    "dropped": [3, 1, 0, 0, 0],
    "quarantined": [2, 5, 0, 0, 0],
    "age_days": [1.0, 1.0, 3.5, float("nan"), float("nan")],
}
"""`erp` has a refused table; the second source is older than three days; the third's age nobody knows."""


def a_file(table: str, rows: int) -> InputFile:
    return InputFile(table, "erp", f"exports/{table}.csv", "0" * 64, rows, 10, None, "canonical")


def a_record(**other: Any) -> Any:
    """What the watchers look at of a scan's record."""
    findings = pd.DataFrame({"severity": ["critical", "critical", "info"]})
    outcome = SimpleNamespace(
        findings=findings, undetermined=pd.DataFrame({"reason": ["missing", "excluded"]}), runs=()
    )
    known: dict[str, Any] = {
        "facts": {"table": frame(GRAINS["table"], TABLES)},
        "files": (a_file("parts", 105), a_file("inventory", 30)),
        "outcome": outcome,
        "degraded": ("one", "two"),
        "deliveries": {"desk": "1 delivered"},
        "posts": {"desk": {"delivered": 1, "waiting": 0, "dead": 2}},
        "held": "",
        "changes": (),
        "started": STARTED,
        "finished": ENDED,
    }
    return SimpleNamespace(**{**known, **other})


def a_night(**other: Any) -> Ended:
    row = OutboxRow(1, "desk", "pending", 1, datetime(2025, 4, 27, 2, 11, 30, tzinfo=UTC), None, "")
    dead = OutboxRow(2, "old", "dead", 8, datetime(2025, 4, 20, tzinfo=UTC), None, "")
    known: dict[str, Any] = {
        "workspace": "Small",
        "scan_id": "2025-04-28-1-abc",
        "business_date": date(2025, 4, 28),
        "started": STARTED,
        "ended": ENDED,
        "exit_code": 3,
        "stages": (Stage("ingest", 1.5, 10), Stage("validate", 2.25, 5)),
        "receivers": ("desk", "quiet"),
        "max_age_days": 3.0,
        "record": a_record(),
        "ledgers": Ledgers({"open": 4, "unknown": 1}, 2, (row, dead)),
        "peak_memory_bytes": 1024,
    }
    return Ended(**{**known, **other})
