"""Alerts as lines of text that fit 80 columns."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from riskplug.alerts import Silence

WIDTH = 80
_KEY = 10
_MOST = 20
_WHO = {"ack": "acknowledged", "assign": "assigned", "snooze": "snoozed", "waive": "risk accepted"}


def alert_lines(rows: "pd.DataFrame", handled: "pd.DataFrame") -> Iterator[str]:
    """Two lines an alert, a third one for what was decided and why it is quiet."""
    decided = {str(key): some.to_dict("records") for key, some in handled.groupby("alert_key")}
    for row in rows.to_dict("records"):
        since = f"since {row['first_seen']:%Y-%m-%d}"
        yield f"{row['key'][:_KEY]}  {row['severity']:<8}  {row['condition']:<8}  {since}  {row['rule'][:28]}"
        yield from _wrapped(row["message"], "    ")
        notes = [*map(_decision, decided.get(row["key"], [])), *_flags(row)]
        if notes:
            yield from _wrapped(f"[{'; '.join(notes)}]", "    ")


def _decision(one: Mapping[Any, Any]) -> str:
    to = f" to {one['assignee']}" if one["assignee"] else ""
    ends = [f"{one['until']:%Y-%m-%d}"] if one["until"] == one["until"] and one["until"] is not None else []
    ends += ["worse"] if one["until_worse"] else []
    ends += [f"{one['until_metric']:g} days of runway"] if one["until_metric"] == one["until_metric"] else []
    return f"{_WHO[one['kind']]}{to} by {one['author']}{' until ' + ' or '.join(ends) if ends else ''}"


def _flags(row: Mapping[Any, Any]) -> list[str]:
    found = {"held": "held back by the volume guard", "flapping": "goes on and off: in the weekly list"}
    found["silenced"] = f"quiet by {row['suppressed_by']}"
    found["inhibited"] = f"covered by alert {row['suppressed_by'][:_KEY]}"
    said = [found[row["suppression"]]] if row["suppression"] in found else []
    said += [row["reason"]] if row["reason"] and row["suppression"] != "held" else []
    return [*said, *(["escalated"] if row["escalated"] else [])]


def summary(rows: "pd.DataFrame", limit: int) -> str:
    """How many there are, by severity and handling."""
    by_severity = [f"{count} {name}" for name, count in rows["severity"].value_counts(sort=False).items()]
    handled = rows.loc[rows["handling"] != "none", "handling"].value_counts()
    quiet = rows.loc[rows["suppression"] != "", "suppression"].value_counts()
    by_person = [f"{count} {str(name).replace('_', ' ')}" for some in (handled, quiet) for name, count in some.items()]
    more = f"; only the first {limit} are shown, see --limit" if len(rows) > limit else ""
    said = "; ".join(", ".join(part) for part in (by_severity, by_person) if part)
    return f"{len(rows)} alerts{': ' if said else ''}{said}{more}"


def shown_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Everything about one alert; of its history the latest."""
    alert = document["alert"]
    yield f"{alert['key'][:_KEY]}  {alert['severity']}  {alert['condition']}  {alert['rule']}"
    yield from _wrapped(alert["message"], "    ")
    yield ""
    for label, value in _facts(alert):
        yield from _wrapped(value, f"{label:<12}", " " * 12)
    for one in document["handlings"]:
        terms = {"until": one["until"], "worse": one["until_worse"], "days": one["until_runway_days"]}
        yield from _wrapped(_terms(one, terms), f"{_WHO[one['kind']]:<14}", " " * 14)
    events = document["events"]
    yield ""
    yield f"history{f' (the last {_MOST} of {len(events)})' if len(events) > _MOST else ''}:"
    for event in events[-_MOST:]:
        yield from event_lines(event, "  ")


def _facts(alert: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "about", ", ".join(f"{name} {value}" for name, value in alert["identity"].items() if value)
    if alert["metric"] is not None:
        yield "number", f"{alert['metric']:g}"
    yield "owner", " ".join(filter(None, (alert["owner"] or "nobody", alert["assignee"] and f"-> {alert['assignee']}")))
    told = f", told on {alert['opened_on']}" if alert["opened_on"] else ", not told yet"
    yield "seen", f"{alert['first_seen']} to {alert['last_seen']}{told}, episode {alert['episode']}"
    if alert["reason"]:
        yield "reason", alert["reason"]
    if alert["suppression"]:
        yield "suppression", " by ".join(filter(None, (alert["suppression"], alert["suppressed_by"])))
    yield "key", alert["key"]


def _terms(one: Mapping[str, Any], terms: Mapping[str, Any]) -> str:
    ends = [str(terms["until"]) if terms["until"] else "", "worse" if terms["worse"] else ""]
    ends.append(f"{terms['days']:g} days of runway" if terms["days"] is not None else "")
    until = " or ".join(filter(None, ends))
    to = f"to {one['assignee']} " if one["assignee"] else ""
    why = f": {one['reason']}" if one["reason"] else ""
    return f"{to}by {one['author']} on {one['set_on']}{' until ' + until if until else ''}{why}"


def history_lines(events: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Events of many alerts, each with its alert."""
    for event in events:
        yield from event_lines(event, f"{event['key'][:_KEY]}  ")


def event_lines(event: Mapping[str, Any], before: str) -> list[str]:
    """One event: its business date, what, from what to what, why, who where it was a person, and the clock's time."""
    day = event["business_date"] or " " * 10
    change = " -> ".join(filter(None, (event["old"], event["new"])))
    clock = f"{event['at'][:10]} {event['at'][11:16]} UTC"
    who = f"at {clock}" if event["actor"] == "scan" else f"by {event['actor']} at {clock}"
    said = "; ".join(filter(None, (change, event["reason"], who)))
    first = f"{before}{day}  {event['kind']:<10} "
    return _wrapped(said, first, " " * len(first))


def done_lines(rows: "pd.DataFrame", what: str) -> Iterator[str]:
    """What was done to which alerts."""
    for key, message in zip(rows["key"].head(_MOST), rows["message"].head(_MOST), strict=True):
        yield from _wrapped(message, f"{what} {key[:_KEY]}: ", "    ")
    if len(rows) > _MOST:
        yield f"and {len(rows) - _MOST} more"


def silence_lines(one: "Silence", state: str, alerts: int) -> Iterator[str]:
    """A silence: how it stands, how many alerts it holds, what it is about, and who said so."""
    said = f"{alerts} alert{'' if alerts == 1 else 's'}" if state != "ended" else ""
    first = "  ".join(filter(None, (f"{one.number:>4}  {state:<7}", f"until {one.until.isoformat()}", said)))
    yield from _wrapped(f"{first}  {one.words}", "", "      ")
    critical = "; critical ones are told" if one.lets_critical else ""
    yield from _wrapped(f"by {one.author} on {one.set_on.isoformat()}: {one.reason}{critical}", "      ")
    if one.ended_by and one.ended_on:
        why = f": {one.ended_reason}" if one.ended_reason else ""
        yield from _wrapped(f"ended by {one.ended_by} on {one.ended_on.isoformat()}{why}", "      ")


def _wrapped(text: str, first: str, rest: str | None = None) -> list[str]:
    rest = first if rest is None else rest
    lines = textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
    return lines or [first.rstrip()]
