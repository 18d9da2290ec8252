"""How a scan ended, for exit codes and observers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from riskplug.errors import UNFORESEEN, RiskplugError
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import ScanContext
from riskplug.model import ScanRecord

THRESHOLDS = ("critical", "warning", "info", "never")
SUMMARY_KEYS = ("status", "exit_code", "error", "findings", "changes", "deliveries", "degraded", "seconds")


def exit_code_of(record: ScanRecord, fail_on: str = "never") -> int:
    """The most urgent of: delivery incomplete 4, degraded 3, threshold reached 1."""
    if any(f" {word}" in outcome for outcome in record.deliveries.values() for word in ("waiting", "dead")):
        return 4
    if record.degraded:
        return 3
    reached = THRESHOLDS[: THRESHOLDS.index(fail_on) + 1] if fail_on != "never" else ()
    return 1 if record.outcome.findings["severity"].astype("str").isin(reached).any() else 0


def exit_code_of_error(error: BaseException) -> int:
    """The exit code of a scan that broke off."""
    if isinstance(error, RiskplugError):
        return error.exit_code
    return 130 if isinstance(error, KeyboardInterrupt) else UNFORESEEN


def summary_of(record: ScanRecord, fail_on: str) -> dict[str, Any]:
    """SUMMARY_KEYS of a scan that came to its end: counts of findings by severity and of changes by kind."""
    severities = record.outcome.findings["severity"].astype("str").value_counts()
    kinds = [change.kind for change in record.changes]
    return {
        "status": "complete",
        "exit_code": exit_code_of(record, fail_on),
        "error": "",
        "findings": {name: int(severities.get(name, 0)) for name in THRESHOLDS[:-1]},
        "changes": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        "deliveries": dict(record.deliveries),
        "degraded": list(record.degraded),
        "seconds": (record.finished - record.started).total_seconds(),
    }


@contextmanager
def observed(host: PluginHost, context: ScanContext) -> Iterator[None]:
    """Tells observers that a scan started, and that it ended where it fails; a whole one tells its end itself."""
    host.notify("riskplug_scan_started", context=context)
    try:
        yield
    except BaseException as error:
        host.notify("riskplug_scan_finished", context=context, summary=_failed(error))
        raise


def _failed(error: BaseException) -> Mapping[str, Any]:
    code = exit_code_of_error(error)
    said = error.what if isinstance(error, RiskplugError) else f"{type(error).__name__}: {error}"
    nothing: dict[str, Any] = {"findings": {}, "changes": {}, "deliveries": {}, "degraded": [], "seconds": None}
    return {"status": "failed", "exit_code": code, "error": said, **nothing}
