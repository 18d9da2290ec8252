"""Alerts as JSON: riskplug.alerts/1, alert/1, alert_history/1, alert_action/1 and silences/1."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol

import pandas as pd

from riskplug.alerts.silences import Silence, SilenceState
from riskplug.alerts.view import alert_of, handlings_of


class Event(Protocol):
    """One entry of an alert's log, as the state keeps it."""

    @property
    def alert_key(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def business_date(self) -> date | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def old(self) -> str: ...
    @property
    def new(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def scan_id(self) -> str | None: ...


def alerts_document(rows: pd.DataFrame, workspace: str, on: date) -> dict[str, Any]:
    """What `riskplug alerts list --format json` prints (riskplug/schemas/alerts.json)."""
    names = ("severity", "condition", "handling", "suppression")
    return {
        "schema": "riskplug.alerts/1",
        "workspace": workspace,
        "business_date": on.isoformat(),
        "counts": {name: _counts(rows[name]) for name in names},
        "alerts": [alert_of(row) for row in rows.to_dict("records")],
    }


def alert_document(rows: pd.DataFrame, handled: pd.DataFrame, events: Sequence[Event]) -> dict[str, Any]:
    """What `riskplug alerts show --format json` prints of one alert (riskplug/schemas/alert.json)."""
    [row] = rows.to_dict("records")
    return {
        "schema": "riskplug.alert/1",
        "alert": alert_of(row),
        "handlings": handlings_of(handled, str(row["key"])),
        "events": [_event(event) for event in events],
    }


def history_document(rows: pd.DataFrame, events: Sequence[Event], limit: int) -> dict[str, Any]:
    """What `riskplug alerts history --format json` prints (riskplug/schemas/alert_history.json); the latest last."""
    about = rows.set_index("key")[["rule", "message"]].to_dict("index")
    latest = sorted(events, key=lambda event: event.at)[-limit:]
    return {
        "schema": "riskplug.alert_history/1",
        "events": [{**_event(event), **about[event.alert_key]} for event in latest],
        "earlier": len(events) - len(latest),
    }


def action_document(rows: pd.DataFrame, action: str) -> dict[str, Any]:
    """What a command that acts on alerts prints as JSON (riskplug/schemas/alert_action.json)."""
    names = ("key", "rule", "severity", "message")
    said = [dict(zip(names, values, strict=True)) for values in rows[list(names)].itertuples(index=False)]
    return {"schema": "riskplug.alert_action/1", "action": action, "count": len(rows), "alerts": said}


def silences_document(
    silences: Sequence[tuple[Silence, SilenceState, int]], workspace: str, on: date
) -> dict[str, Any]:
    """What `riskplug alerts silences --format json` prints (riskplug/schemas/silences.json)."""
    return {
        "schema": "riskplug.silences/1",
        "workspace": workspace,
        "business_date": on.isoformat(),
        "silences": [_silence(*one) for one in silences],
    }


def _silence(one: Silence, state: SilenceState, alerts: int) -> dict[str, Any]:
    return {
        "id": one.number,
        "state": state,
        "alerts": alerts,
        "matchers": {name: list(patterns) for name, patterns in one.matchers},
        "until": one.until.isoformat(),
        "lets_critical": one.lets_critical,
        "author": one.author,
        "reason": one.reason,
        "set_on": one.set_on.isoformat(),
        "at": one.at.isoformat() if one.at else None,
        "ended_on": one.ended_on.isoformat() if one.ended_on else None,
        "ended_by": one.ended_by,
        "ended_reason": one.ended_reason,
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "key": event.alert_key,
        "at": event.at.isoformat(),
        "business_date": event.business_date.isoformat() if event.business_date else None,
        "kind": event.kind,
        "old": event.old,
        "new": event.new,
        "reason": event.reason,
        "actor": event.actor,
        "scan_id": event.scan_id,
    }


def _counts(words: pd.Series) -> dict[str, int]:
    counted = words[words != ""].value_counts()
    return {str(word): int(count) for word, count in sorted(counted.items(), key=lambda item: str(item[0]))}
