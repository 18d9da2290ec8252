"""What runs on a worker: one item of one stage, after the worker has shown that it computes as the scan does."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

import pandas as pd

from riskplug.errors import UsageError
from riskplug.extend.host import Choice, PluginHost
from riskplug.scale.fingerprint import differences, fingerprint
from riskplug.scale.shipping import Place, unpack
from riskplug.workspace import Workspace


@dataclass(frozen=True)
class Scan:
    """The scan that a task belongs to. ``token``: another one for each scan, so that a worker looks again."""

    token: str
    workspace: Workspace
    choice: Choice
    place: Place
    expected: dict[str, str]


class Desk:
    """What a worker keeps between tasks: the tables of one scan, and what the items of its newest stage share."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._scan, self._stage = "", ""
        self._tables: dict[str, pd.DataFrame] | None = None
        self._shared: Any = None

    def shared(self, scan: Scan, stage: str, content: bytes) -> Any:
        """What was packed for a stage; opened once, after the worker was found to compute as the scan does."""
        with self._lock:
            if self._scan != scan.token:
                _refuse_others(scan)
                self._scan, self._stage, self._tables, self._shared = scan.token, "", None, None
            if self._stage != stage:
                self._shared = None
                self._shared, self._stage = unpack(content, self._opened(scan.place)), stage
            return self._shared

    def _opened(self, place: Place) -> dict[str, pd.DataFrame]:
        if self._tables is None:
            self._tables = place.tables()
        return self._tables


# A worker lives longer than a task, and Dask calls functions: there is nobody else to keep it.
_DESK = Desk()


def worked(scan: Scan, stage: str, content: bytes, function: Callable[[Any, Any], Any], item: Any) -> Any:
    """The function over one item and what was packed for the stage."""
    return function(_DESK.shared(scan, stage, content), item)


def shown(scan: Scan) -> list[str]:
    """What this process computes with differently, in words; also where it does not see the workspace."""
    if not scan.workspace.root.is_dir():
        return [f"it does not see the workspace {scan.workspace.root}"]
    try:
        return differences(scan.expected, fingerprint(scan.workspace, PluginHost.load(scan.choice)))
    except OSError as error:
        return [f"it cannot read the workspace: {error}"]


def _refuse_others(scan: Scan) -> None:
    if found := shown(scan):
        raise UsageError(f"a worker computes otherwise: {'; '.join(found)}", "[scale]", "give all workers the same")
