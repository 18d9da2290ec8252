"""One scheduler of many, for processes that all start at the same moment."""

from datetime import UTC, date, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path

from riskplug.errors import LockHeld
from riskplug.state import open_state, this_owner


def claim_with_others(url: str, root: Path, start: Barrier, end: Barrier) -> str:
    """Open the state and claim when everybody is ready; stay alive until everybody has tried."""
    start.wait(timeout=60)
    state = open_state(url, root, clock=lambda: datetime.now(UTC))
    try:
        state.claim_scan(date(2025, 4, 28), "w", this_owner())
        said = "claimed"
    except LockHeld:
        said = "held"
    end.wait(timeout=60)
    state.close()
    return said
