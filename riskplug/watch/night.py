"""What a watcher is told of a scan that has ended, well or not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import pandas as pd

from riskplug.deliver import OutboxRow
from riskplug.model import ScanRecord, Stage
from riskplug.watch.journal import Past


@dataclass(frozen=True)
class Ledgers:
    """What the state database held when the scan had ended: alerts that live by condition, and messages not told."""

    conditions: Mapping[str, int]
    held: int
    outbox: tuple[OutboxRow, ...]

    @classmethod
    def of(cls, ledger: pd.DataFrame, outbox: list[OutboxRow], conditions: tuple[str, ...]) -> "Ledgers":
        """Counted from the ledger (LEDGER_COLUMNS) and the messages that wait."""
        counts = ledger["condition"].astype("str").value_counts()
        live = ledger["condition"].isin(conditions)
        held = int((live & (ledger["suppression"] == "held")).sum())
        return cls({name: int(counts.get(name, 0)) for name in conditions}, held, tuple(outbox))


@dataclass(frozen=True)
class Ended:
    """A scan that ended. ``record`` is None where it failed, ``ledgers`` where the state could not be asked.

    ``stages``: those that were finished. ``receivers``: those of the workspace, told or not. ``reason``: the class of
    the error, never its words: they may name parts and files.
    """

    workspace: str
    scan_id: str
    business_date: date | None
    started: datetime
    ended: datetime
    exit_code: int
    stages: tuple[Stage, ...]
    receivers: tuple[str, ...]
    max_age_days: float
    record: ScanRecord | None = None
    ledgers: Ledgers | None = None
    reason: str = ""
    past: Past = field(default_factory=Past)
    peak_memory_bytes: int | None = None

    @property
    def seconds(self) -> float:
        return (self.ended - self.started).total_seconds()

    @property
    def is_success(self) -> bool:
        """Whole, nothing degraded, everybody told; findings above a threshold are no fault of the scan."""
        return self.record is not None and self.exit_code in (0, 1)
