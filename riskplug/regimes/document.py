"""The documents of `riskplug regimes status`, `timeline` and `show`. Dates ISO, missing is null."""

from datetime import date
from typing import Any

import pandas as pd

from riskplug.regimes.measures import Item, Measure, Span, Threshold
from riskplug.regimes.overview import Overview, Position
from riskplug.regimes.status import Standing, confidence_of, licence_days, standing
from riskplug.workspace import Policy

STATUS, TIMELINE = "riskplug.regimes-status/1", "riskplug.regimes-timeline/1"
MEASURE = "riskplug.regimes-measure/1"


def status_document(found: Overview, policy: Policy) -> dict[str, Any]:
    """riskplug.regimes-status/1."""
    return {
        "schema": STATUS,
        "on": found.on.isoformat(),
        "within_days": found.within_days,
        "presumed_suspensions": policy.presumed_suspensions,
        "groups": {name: list(ids) for name, ids in found.groups.items()},
        "positions": [_position(one) for one in found.positions],
    }


def _position(one: Position) -> dict[str, Any]:
    measure = one.measure
    return {
        "id": one.id,
        "measure": measure.id,
        "item": one.item.id if one.item else None,
        "instrument": measure.instrument,
        "authority": measure.authority,
        "title": one.title,
        "kind": _kind(measure, one.item),
        "restricts": measure.restricts,
        "origin": list(measure.origin),
        "destination": list(measure.destination),
        **standing_document(one.now),
        "then": one.then or None,
        "confidence": confidence_of(measure, one.item, one.now),
        "as_of": measure.as_of.isoformat(),
        "verify_by": _iso(measure.verify_by),
    }


def standing_document(now: Standing) -> dict[str, Any]:
    """A status with its dates and what it rests on."""
    return {
        "status": now.status,
        "since": _iso(now.since),
        "until": _iso(now.until),
        "next_change": _iso(now.next_change),
        "basis": now.basis or None,
        "stale_reason": now.stale_reason or None,
        "stale_why": now.stale_why or None,
    }


def timeline_document(changes: pd.DataFrame, on: date, start: date, end: date) -> dict[str, Any]:
    """riskplug.regimes-timeline/1. ``changes``: what timeline() gave for ``start`` to ``end``."""
    rows = changes.astype({"to_status": "str"}).to_dict("records")
    return {
        "schema": TIMELINE,
        "on": on.isoformat(),
        "from": start.isoformat(),
        "to": end.isoformat(),
        "changes": [
            {
                **{str(k): v for k, v in row.items()},
                "date": row["date"].date().isoformat(),
                "basis": row["basis"] or None,
            }
            for row in rows
        ],
    }


def measure_document(measure: Measure, on: date, policy: Policy, only: str | None = None) -> dict[str, Any]:
    """riskplug.regimes-measure/1: one measure as the register has it, judged on a day. ``only``: one of its items."""
    return {
        "schema": MEASURE,
        "on": on.isoformat(),
        "measure": measure.id,
        "title": measure.title,
        "instrument": measure.instrument,
        "authority": measure.authority,
        "kind": measure.kind,
        "restricts": measure.restricts,
        "origin": list(measure.origin),
        "origin_except": list(measure.origin_except),
        "destination": list(measure.destination),
        "destination_except": list(measure.destination_except),
        "follows": measure.follows,
        "end_use": {"only": measure.end_use.only, "field": measure.end_use.field} if measure.end_use else None,
        "assemblies": {"applies": measure.assemblies.applies, "why": measure.assemblies.why},
        **standing_document(standing(measure, on, policy)),
        "licence_days": _days(measure, None, policy),
        "spans": [_span(span) for span in measure.spans],
        "items": [_item(measure, item, on, policy) for item in measure.items if only in (None, item.id)],
        "same_items_as": list(measure.same_items_as),
        "exclusions": list(measure.exclusions),
        "sources": list(measure.sources),
        "confidence": measure.confidence,
        "as_of": measure.as_of.isoformat(),
        "verify_by": _iso(measure.verify_by),
        "note": measure.note or None,
    }


def _span(span: Span) -> dict[str, Any]:
    return {
        "status": span.status,
        "from": _iso(span.starts),
        "through": _iso(span.through),
        "basis": span.basis or None,
        "confidence": span.confidence,
    }


def _item(measure: Measure, item: Item, on: date, policy: Policy) -> dict[str, Any]:
    return {
        "item": item.id,
        "title": item.title or None,
        "kind": _kind(measure, item),
        "materials": list(item.materials),
        "forms": list(item.forms),
        "control_codes": list(item.codes),
        "hs_codes": list(item.hs_codes),
        "headings": list(item.headings),
        "named": list(item.names),
        "tests": [_test(test) for test in item.tests],
        "needs": list(item.needs),
        "stages": list(item.stages),
        "not_confirmed": list(item.not_confirmed),
        "from": _iso(item.starts),
        "through": _iso(item.through),
        "status": standing(measure, on, policy, item).status,
        "licence_days": _days(measure, item, policy),
        "confidence": item.confidence,
        "note": item.note or None,
    }


def _test(test: Threshold) -> dict[str, Any]:
    return {
        "field": test.field,
        "op": test.op,
        "value": test.value,
        "unit": test.unit or None,
        "basis": test.basis or None,
    }


def _kind(measure: Measure, item: Item | None) -> str:
    return (item.kind if item else None) or measure.kind


def _days(measure: Measure, item: Item | None, policy: Policy) -> float | None:
    days = licence_days(measure, item, policy)
    return None if pd.isna(days) else days


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
