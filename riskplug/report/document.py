"""riskplug.scan/1: a scan as one JSON document. Numbers are numbers, dates ISO, missing is null."""

import json
from typing import Any

import pandas as pd

from riskplug.model import Change, Chapter, ScanRecord
from riskplug.report.law import news_document
from riskplug.report.rows import plain, rows_of
from riskplug.report.runs import rule_runs
from riskplug.report.whatif import scenario_document

SCHEMA = "riskplug.scan/1"


def scan_document(record: ScanRecord) -> dict[str, Any]:
    """The document that `riskplug scan --format json` prints (riskplug/schemas/scan.json)."""
    return {
        "schema": SCHEMA,
        "scan": {
            "id": record.scan_id,
            "workspace": record.workspace,
            "business_date": record.business_date.isoformat(),
            "currency": record.currency,
            "started": record.started.isoformat(),
            "finished": record.finished.isoformat(),
            "replayed": record.replayed,
            "versions": dict(record.versions),
        },
        "tables": rows_of(record.facts["table"]),
        "facts": {grain: rows_of(frame) for grain, frame in record.facts.items()},
        "findings": findings_of(record.outcome.findings),
        "undetermined": rows_of(record.outcome.undetermined),
        "measures": rows_of(record.measures),
        "legal_changes": news_document(record.law),
        "on_trial": {
            "findings": findings_of(record.on_trial.findings) if record.on_trial else [],
            "faults": list(record.on_trial.faults) if record.on_trial else [],
        },
        "scenarios": [scenario_document(one, record.currency) for one in record.scenarios],
        "alerts": {"counts": _counts(record.changes), "changes": [_change(change) for change in record.changes]},
        "deliveries": dict(record.deliveries),
        "rules": rule_runs(record),
        "degraded": list(record.degraded),
        "suggested_alternates": rows_of(record.suggested),
        "sections": [_section(chapter) for chapter in record.chapters],
    }


def _section(chapter: Chapter) -> dict[str, Any]:
    return {
        "kind": chapter.kind,
        "title": chapter.title,
        "plugin": chapter.plugin,
        "paragraphs": list(chapter.paragraphs),
        "headings": list(chapter.headings),
        "rows": [[plain(cell) for cell in row] for row in chapter.rows],
        "fault": chapter.fault or None,
    }


def findings_of(findings: pd.DataFrame) -> list[dict[str, Any]]:
    """Findings as {rule, severity, grain, identity, measures, message, evidence}."""
    return [
        {
            "rule": rule,
            "severity": severity,
            "grain": grain,
            "identity": json.loads(identity),
            "measures": json.loads(measures),
            "message": message,
            "evidence": json.loads(evidence),
        }
        for rule, severity, grain, identity, measures, message, evidence in zip(
            *(findings[name] for name in ("rule", "severity", "grain", "identity", "measures", "message", "evidence")),
            strict=True,
        )
    ]


def _counts(changes: tuple[Change, ...]) -> dict[str, int]:
    kinds = [change.kind for change in changes]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "key": change.key,
        "rule": change.rule,
        "severity": change.severity,
        "previous_severity": change.previous_severity,
        "identity": dict(change.identity),
        "owner": change.owner,
        "message": change.message,
        "episode": change.episode,
        "reason": change.reason,
        "condition": change.condition,
        "handling": change.handling,
        "suppression": change.suppression,
        "since": change.since.isoformat() if change.since else None,
        "metric": plain(change.metric),
        "previous_metric": plain(change.previous_metric),
        "to": list(change.to),
    }
