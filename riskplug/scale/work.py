"""What runs on a worker: one item of one stage, after the worker has shown that it computes as the scan does."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from riskplug.errors import UsageError
from riskplug.extend.host import Choice, PluginHost
from riskplug.scale.fingerprint import differences, fingerprint
from riskplug.scale.shipping import Place, There, unpack
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
        self._there: There | None = None
        self._shared: Any = None

    def shared(self, scan: Scan, stage: str, content: bytes) -> Any:
        """What was packed for a stage; opened once, after the worker was found to compute as the scan does."""
        with self._lock:
            if self._there is None or self._scan != scan.token:
                self._scan, self._stage, self._there, self._shared = scan.token, "", None, None
                self._there = There(scan.place.tables(), _same_as(scan))
            if self._stage != stage:
                self._shared = None
                self._shared, self._stage = unpack(content, self._there), stage
            return self._shared


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
        return _apart(scan, PluginHost.load(scan.choice))
    except OSError as error:
        return [f"it cannot read the workspace: {error}"]


def _same_as(scan: Scan) -> PluginHost:
    """The plugins of this process, for one that joined after all were asked; UsageError where it is not the same."""
    host = PluginHost.load(scan.choice)
    if found := _apart(scan, host):
        raise UsageError(f"a worker computes otherwise: {'; '.join(found)}", "[scale]", "give all workers the same")
    return host


def _apart(scan: Scan, host: PluginHost) -> list[str]:
    return differences(scan.expected, fingerprint(scan.workspace, host))
