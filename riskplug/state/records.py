"""What a scan leaves behind beside the ledger: facts, findings and the brief, one folder per scan.

``<state folder>/scans/<business date>/<scan id>/``: ``facts/<grain>.parquet``, ``findings.parquet``, ``run.json``,
``brief.html``, the register of measures as it was then, and ``scenarios.json`` where the workspace has standing
scenarios. ``<state folder>/brief.html`` is the newest brief; looking back at an older date leaves it. Files appear by
rename, never half written.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from riskplug.errors import StateMissing, UsageError
from riskplug.model import Frames, ScanRecord
from riskplug.private import private_folder
from riskplug.report.runs import rule_runs
from riskplug.report.whatif import scenario_document
from riskplug.stages import peak_memory_bytes
from riskplug.state.disk import disk_explained, write_text

MANIFEST, SCENARIOS = "run.json", "scenarios.json"


def record_folder(folder: Path, business_date: date, scan_id: str) -> Path:
    """The folder of a scan's own below the state folder."""
    return folder / "scans" / business_date.isoformat() / scan_id


def write_facts(target: Path, facts: Frames) -> None:
    """The facts by grain, in the folder of their scan; without the rest it is not found."""
    with disk_explained(target):
        private_folder(target / "facts")
        for grain, rows in facts.items():
            rows.to_parquet(target / "facts" / f"{grain}.parquet", index=False, compression="zstd")


def forget_unfinished(target: Path) -> None:
    """Remove what a scan that broke off has written of itself."""
    if not (target / MANIFEST).exists():
        shutil.rmtree(target, ignore_errors=True)


def write_record(folder: Path, record: ScanRecord, brief: str) -> Path:
    """Write the rest of a finished scan, whose facts are written; returns the scan's own folder."""
    target = record_folder(folder, record.business_date, record.scan_id)
    for name in ("findings", "coverage", "undetermined"):
        frame: pd.DataFrame = getattr(record.outcome, name)
        frame.astype({c: "str" for c in frame if frame[c].dtype == object}).to_parquet(target / f"{name}.parquet")
    if record.on_trial is not None:
        record.on_trial.findings.to_parquet(target / "on_trial.parquet")
    write_text(target / "brief.html", brief)
    if record.scenarios:
        document = [scenario_document(one, record.currency) for one in record.scenarios]
        write_text(target / SCENARIOS, json.dumps(document, indent=1, default=str))
    write_text(target / MANIFEST, json.dumps(run_document(record, peak_memory_bytes()), indent=1, default=str))
    if not record.replayed:
        write_text(folder / "brief.html", brief)
    return target


def run_document(record: ScanRecord, peak_memory: int) -> dict[str, Any]:
    """run.json (schema riskplug.run/1): what was read, what ran, how long, in how much memory, how it ended.

    ``manifest`` is the snapshot's: every input with its hash and rows, and the hashes of settings, rules, law and
    plugins that it was taken under.
    """
    severities = record.outcome.findings["severity"].value_counts()
    return {
        "schema": "riskplug.run/1",
        "scan_id": record.scan_id,
        "business_date": record.business_date.isoformat(),
        "workspace": record.workspace,
        "started": record.started.isoformat(),
        "finished": record.finished.isoformat(),
        "replayed": record.replayed,
        "peak_memory_bytes": peak_memory,
        "versions": dict(record.versions),
        "manifest": dict(record.manifest),
        "stages": [
            {"name": stage.name, "seconds": round(stage.seconds, 3), "rows": stage.rows} for stage in record.stages
        ],
        "reused": [asdict(one) for one in record.reused],
        "rules": rule_runs(record),
        "findings": {name: int(count) for name, count in severities.items()},
        "changes": _counts(record),
        "scenarios": [{"id": one.id, "seconds": round(one.seconds, 3)} for one in record.scenarios],
        "degraded": list(record.degraded),
        "deliveries": dict(record.deliveries),
        "posts": {receiver: dict(counts) for receiver, counts in record.posts.items()},
        "held": record.held,
    }


def _counts(record: ScanRecord) -> Mapping[str, int]:
    kinds = [change.kind for change in record.changes]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def scans(folder: Path) -> Iterator[Path]:
    """Folders of finished scans, the newest written last."""
    found = [path.parent for path in (folder / "scans").glob(f"*/*/{MANIFEST}")]
    yield from sorted(found, key=lambda path: ((path / MANIFEST).stat().st_mtime_ns, path.name))


def scanned_dates(folder: Path) -> set[date]:
    """Business dates of finished scans."""
    return {date.fromisoformat(path.parent.name) for path in scans(folder)}


def scan_folder(folder: Path, scan_id: str | None = None) -> Path:
    """The folder of a scan, of the last one by default; StateMissing when there is none."""
    found = list(scans(folder))
    if scan_id is None and found:
        return found[-1]
    for path in found:
        if path.name == scan_id:
            return path
    raise StateMissing(
        f"no scan {scan_id}" if scan_id else "no scan has been run yet",
        str(folder),
        "run `riskplug scan` first" if scan_id is None else f"known: {', '.join(p.name for p in found)}",
    )


def read_facts(folder: Path, grain: str, known: Mapping[str, object], scan_id: str | None = None) -> pd.DataFrame:
    """A fact table of a kept scan."""
    from riskplug.errors import suggestion

    if grain not in known:
        raise UsageError(f"no grain {grain!r}", "facts", suggestion(grain, known))
    return pd.read_parquet(scan_folder(folder, scan_id) / "facts" / f"{grain}.parquet")
