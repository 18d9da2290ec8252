"""What every kind of unit needs to know: when, where, and for how long at most."""

from dataclasses import dataclass
from pathlib import Path

HOUR, MINUTE = 4, 10
"""Local time. Every daylight-saving switch of Europe and America is over by then, so that no night is left out or
doubled by it."""
AT_MOST_HOURS = 8
"""When a scheduler may end a scan that hangs. Ten million parts take minutes."""
MEMORY_GB = 20


@dataclass(frozen=True, slots=True)
class Installation:
    """Where things are on the host that the units are for."""

    workspace: Path
    command: Path
    timezone: str

    @property
    def lock(self) -> Path:
        return self.workspace / ".riskplug" / "scan.lock"

    @property
    def words(self) -> tuple[str, ...]:
        """The command that scans every date once, word by word."""
        return (str(self.command), "scan", "--business-date", "auto", "-w", str(self.workspace))
