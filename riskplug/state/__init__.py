"""State: the alert ledger, the outbox and the lock, in SQLite or PostgreSQL; snapshots and records in files."""

from riskplug.state.claims import Claim, this_owner
from riskplug.state.store import ScanRow, State, open_state

__all__ = ["Claim", "ScanRow", "State", "open_state", "this_owner"]
