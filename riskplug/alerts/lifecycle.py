"""Tonight's findings against the open alerts: what is new, worse, better, gone, or could not be checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from riskplug.alerts.doubt import Subject, doubts, margins, retirements
from riskplug.alerts.escalation import escalated
from riskplug.alerts.flapping import flapped, weekly_due
from riskplug.alerts.handling import ENDED_COLUMNS, Ending, ended, ending_soon, handling_of, no_handlings, quiet
from riskplug.alerts.hushing import HUSHED, hushed
from riskplug.alerts.identity import keyed
from riskplug.alerts.kinds import CONDITION, TOLD, judged
from riskplug.alerts.ledger import (
    EVENT_COLUMNS,
    FLAPPING,
    HELD,
    LEDGER_COLUMNS,
    LIVE,
    OPEN,
    Memory,
    conform_ledger,
    conform_volumes,
    empty_ledger,
)
from riskplug.alerts.pairing import SHOWN, looked_up, paired, severities
from riskplug.alerts.policy import Policy, ladder_text
from riskplug.alerts.records import changes_of
from riskplug.alerts.reminders import reminded, reminder_words
from riskplug.alerts.silences import silences_ending
from riskplug.alerts.volume import GUARD, SUBJECT, guard, held_lines
from riskplug.collecting import uncollected
from riskplug.model import Change, Outcome


@dataclass(frozen=True)
class Reconciled:
    """What a night did to the alerts.

    ``changes``: one per alert that lives or lived until tonight. ``news``: those of them that somebody should be told,
    and on the day of the weekly list the alerts that go on and off. ``alerts``: ledger rows to write (LEDGER_COLUMNS).
    ``events``: EVENT_COLUMNS, to append; ``version`` is missing for what happened beside the night's own step.
    ``held``: why nothing was compared, or empty. ``ended``: decisions that no longer hold (ENDED_COLUMNS). ``ending``:
    those that soon will not. ``volumes``: VOLUME_COLUMNS to write. ``degraded``: what the volume guard holds, in words.
    """

    changes: tuple[Change, ...] = ()
    news: tuple[Change, ...] = ()
    alerts: pd.DataFrame = field(default_factory=empty_ledger)
    events: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(EVENT_COLUMNS)))
    held: str = ""
    ended: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(ENDED_COLUMNS)))
    ending: tuple[Ending, ...] = ()
    volumes: pd.DataFrame = field(default_factory=lambda: conform_volumes(pd.DataFrame()))
    degraded: tuple[str, ...] = ()


@uncollected
def reconcile(
    ledger: pd.DataFrame | None,
    outcome: Outcome,
    *,
    on: date,
    workspace: str,
    known_rules: Mapping[str, Subject],
    parts: pd.DataFrame | None = None,
    reopen_days: int | None = None,
    policy: Policy | None = None,
    memory: Memory | None = None,
) -> Reconciled:
    """Compare tonight's outcome with the ledger.

    Not found tonight means ``resolved`` only where the rule was evaluated for the alert's site, its values were known
    and its part (``parts``: the part facts) is still there; otherwise ``unknown``, with the severity it had. The same
    holds for a milder finding: in doubt the alert keeps its severity. ``known_rules`` gives each rule's grain and
    identity fields (an empty tuple: not known). A scan of a date before the ledger's last one changes nothing.
    Comparing again on the same data and date gives no events. ``reopen_days`` stands for the policy's default.
    """
    before = empty_ledger() if ledger is None else ledger
    held = _looks_back(before, on)
    if held:
        return Reconciled(held=held)
    rules, known = policy or Policy(), memory or Memory()
    if reopen_days is not None:
        rules = replace(rules, default=replace(rules.default, reopen_days=reopen_days))
    guarded = guard(outcome, known.volumes, rules, on)
    pairs = paired(before, keyed(guarded.outcome.findings, workspace), rules)
    pairs = judged(
        pairs,
        retirements(pairs, {**known_rules, GUARD: SUBJECT}),
        doubts(pairs, guarded.outcome, parts),
        margins(pairs, guarded.outcome.undetermined),
        guarded.held,
        on,
    )
    rows = flapped(_written(pairs, rules, on), known.scan_dates, rules, on)
    rows = hushed(rows, known.silences, rules.inhibit, on)
    night = _handled(rows, no_handlings() if known.handled is None else known.handled, rules, before, on)
    ending = (*silences_ending(known.silences, night.alerts, on, rules.ending_within_days), *night.ending)
    return replace(night, ending=ending, volumes=guarded.volumes, degraded=tuple(held_lines(guarded.held)))


def _looks_back(ledger: pd.DataFrame, on: date) -> str:
    newest = ledger["checked_on"].max()
    if pd.isna(newest) or newest.date() <= on:
        return ""
    return f"alerts are already as of {newest.date()}; a scan of {on} leaves them as they are"


def _written(pairs: pd.DataFrame, policy: Policy, on: date) -> pd.DataFrame:
    """The alerts as they are after tonight, with what they were and what came of them."""
    kind, active = pairs["kind"], pairs["active"]
    opens = kind.isin(["new", "reopened"])
    again = pairs["closed_on"].notna() & (kind == "new")
    shown = {name: pairs[f"{name}_now"].where(pairs["take"], pairs[name]) for name in SHOWN}
    stays = ~active | ~pairs["here"] | kind.isin(["unknown", "held"])
    shown["severity"] = shown["severity"].where(stays, severities(pairs["rank_now"]))
    missed, misses = kind.isin(["clearing", "resolved"]), pairs["misses"].fillna(0).astype("int64")
    return pairs.assign(
        **shown,
        **_dated(pairs, opens, missed, on),
        severity_was=pairs["severity"],
        condition_was=pairs["condition"],
        metric_was=pairs["metric_told"],
        closed_was=pairs["closed_on"],
        condition=kind.map(CONDITION).fillna(OPEN),
        reason=pairs["reason_now"],
        suppression=pd.Series(np.where(kind == "held", HELD, ""), index=pairs.index, dtype="str"),
        suppression_was=pairs["suppression"].fillna(""),
        suppressed_by=pairs["suppressed_by"].fillna(""),
        flips=pairs["flips"].fillna(""),
        flapping=pairs["flapping"].fillna(""),
        ladder=pairs["ladder"].fillna("").mask(opens, ladder_text(policy.ladder)),
        escalated=pairs["escalated"].fillna(0).astype("int64").mask(opens, 0),
        episode=pairs["episode"].fillna(1).astype("int64") + again,
        version=pairs["version"].fillna(0).astype("int64") + pairs["eventful"],
        sightings=pairs["sightings_now"].mask(kind == "lapsed", 0),
        misses=pairs["misses_now"].where(missed, misses.mask(pairs["here"], 0)),
        metric_told=shown["metric"].where(opens | kind.isin(["worse", "better"]), pairs["metric_told"]),
        metric_opened=shown["metric"].where(opens, pairs["metric_opened"]),
    )


def _dated(pairs: pd.DataFrame, opens: pd.Series, missed: pd.Series, on: date) -> dict[str, pd.Series]:
    """DATES after tonight. ``closed_on`` stays while an alert is back but untold: it decides what its return is."""
    kind, active, today = pairs["kind"], pairs["active"], pd.Timestamp(on)
    gone = kind.isin(["resolved", "retired"])
    starts = ~pairs["known"] | (pairs["matched"] & ~active & (pairs["sightings_now"] == 1) & ~pairs["returning"])
    return {
        "first_seen": pairs["first_seen"].where(~starts, today),
        "last_seen": pairs["last_seen"].where(~pairs["matched"], today),
        "checked_on": pd.Series(today, index=pairs.index),
        "counted_on": pairs["counted_on"].mask(missed, today),
        "opened_on": pairs["opened_on"].mask(opens, today).where(active | opens),
        "told_on": pairs["told_on"].mask(opens | kind.isin(["worse", "better"]), today),
        "waiting_since": pairs["waiting_since"].mask(opens, today),
        "said_on": pairs["said_on"].mask(kind == "new"),
        "closed_on": pairs["closed_on"].mask(gone, today).mask(opens | (active & ~gone)),
    }


def _handled(rows: pd.DataFrame, handled: pd.DataFrame, policy: Policy, before: pd.DataFrame, on: date) -> Reconciled:
    """The night with what people decided: what ended, what stays quiet, and whom nobody answered."""
    over = ended(handled, rows, on)
    stays = _without(handled, over)
    # What ends because the alert is gone was still in force when it went.
    silent = looked_up(rows["alert_key"], quiet(_without(handled, over[over["cause"] != "ended"])))
    # That an alert cannot be checked any more is a gap in the data, which neither silence nor another alert covers.
    hidden = rows["suppression"].mask((rows["kind"] == "unknown") & rows["eventful"], "")
    rows = rows.assign(
        suppression_now=hidden.where((silent == "") | (hidden == HELD), silent),
        handling=looked_up(rows["alert_key"], handling_of(stays), "none"),
        over=looked_up(rows["alert_key"], _said(over[over["cause"] != "ended"])),
    )
    rows["waiting_since"] = rows["waiting_since"].mask(rows["over"] != "", pd.Timestamp(on))
    over_now = ~rows["condition"].isin(LIVE) & rows["suppression"].isin(HUSHED)
    for name in ("suppression", "suppressed_by"):  # nothing keeps quiet what is closed
        rows[name] = rows[name].mask(over_now, "")
    rows = _shown(escalated(rows, stays, policy.calendars, on), policy, on)
    changes = changes_of(rows)
    news = _news(rows, changes)
    weekly = _weekly(rows, changes, news, policy) if weekly_due(_last_scan(before), policy, on) else ()
    heard = rows["told"] | rows["alert_key"].isin([change.key for change in weekly])
    rows["said_on"] = rows["said_on"].mask(heard, pd.Timestamp(on))
    alerts = conform_ledger(rows[list(LEDGER_COLUMNS)])
    ending = ending_soon(stays, rows, on, policy.ending_within_days)
    return Reconciled(changes, (*news, *weekly), alerts, _events(rows, over), ended=over, ending=ending)


def _without(handled: pd.DataFrame, over: pd.DataFrame) -> pd.DataFrame:
    both = pd.MultiIndex.from_frame(handled[["alert_key", "kind"]])
    return handled[~both.isin(pd.MultiIndex.from_frame(over[["alert_key", "kind"]]))]


def _said(over: pd.DataFrame) -> dict[str, str]:
    return {str(key): "; ".join(rows["said"]) for key, rows in over.groupby("alert_key")}


def _shown(rows: pd.DataFrame, policy: Policy, on: date) -> pd.DataFrame:
    """Rows with ``told``, and ``kind_shown``, ``reason_shown`` as people read them.

    What nobody has heard of yet is new to them, whenever it opened, and nobody is told that it ended.
    """
    news = rows["eventful"] & rows["kind"].isin(TOLD)
    live = rows["condition"].isin(LIVE)
    escalates = rows["rung"] != ""
    began = (rows["flapping"] != "") & (rows["flapping_was"] == "")
    words = f"changes often ({policy.flap_changes} times): from now on in the weekly list"
    often = pd.Series(np.where(began, words, ""), index=rows.index, dtype="str")
    rows["suppression"] = rows["suppression"].where((rows["suppression"] != "") | (rows["flapping"] == ""), FLAPPING)
    rows["suppression_now"] = rows["suppression_now"].where((rows["suppression_now"] != "") | ~rows["muted"], FLAPPING)
    loud, unheard = rows["suppression_now"] == "", rows["said_on"].isna()
    expired = ((rows["over"] != "") | (rows["unhushed"] != "") & ~unheard) & live & loud
    owed = unheard & loud & (rows["condition"] == OPEN)
    late = owed & rows["kind"].isin(["ongoing", "worse", "better"])
    told = ((news & loud) | escalates | expired | owed) & (live | ~unheard)
    again = reminded(rows, policy, on) & ~told.to_numpy()
    reminder = reminder_words(rows, again)
    kinds: dict[str, pd.Series] = {"new": late, "": news, "escalated": escalates, "expired": expired}
    shown = np.select([*kinds.values(), again], [*kinds, "reminder"], default="").astype(object)
    hushed_now = rows["suppression_now"].isin(HUSHED)
    because = rows["because"].where(hushed_now, rows["unhushed"]).mask(rows["kind"] == "unknown", "")
    return rows.assign(
        told=told | again,
        kind_shown=rows["kind"].mask(shown != "", pd.Series(shown, index=rows.index, dtype="str")),
        reason_shown=_joined(rows["reason"], rows["over"], rows["rung"], often, because, reminder),
        began=began,
        reminder=reminder,
    )


def _joined(*reasons: pd.Series) -> pd.Series:
    """Reasons that are there, with semicolons; hardly any alert has one."""
    first, *others = reasons
    for other in others:
        first = first.where(other == "", np.where(first == "", other, first + "; " + other))
    return first


def _news(rows: pd.DataFrame, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    told = set(rows.loc[rows["told"], "alert_key"])
    return tuple(change for change in changes if change.key in told)


def _weekly(
    rows: pd.DataFrame, changes: tuple[Change, ...], news: tuple[Change, ...], policy: Policy
) -> tuple[Change, ...]:
    """The alerts that go on and off, each once, where tonight's news does not have it already."""
    listed = rows[(rows["flapping"] != "") & rows["condition"].isin(LIVE)]
    listed = listed[listed["suppression_now"].isin(["", FLAPPING])]
    times = dict(zip(listed["alert_key"], listed["flips"].str.count(",") + 1, strict=True))
    for change in news:
        times.pop(change.key, None)
    said = f"changes in {policy.flap_scans} scans"
    return tuple(
        replace(change, kind="flapping", reason=f"{times[change.key]} {said}")
        for change in changes
        if change.key in times
    )


def _last_scan(ledger: pd.DataFrame) -> date | None:
    newest = ledger["checked_on"].max()
    return None if pd.isna(newest) else newest.date()


def _events(rows: pd.DataFrame, over: pd.DataFrame) -> pd.DataFrame:
    """The night's step of each alert, and without a version what else happened to it."""
    states = ["condition_was", "severity_was", "condition", "severity"]
    steps = rows.loc[rows["eventful"], ["alert_key", "version", "kind", "reason", *states]]
    made = pd.DataFrame(
        {
            "alert_key": steps["alert_key"],
            "version": steps["version"],
            "kind": steps["kind"],
            "old": _state(steps["condition_was"], steps["severity_was"]),
            "new": _state(steps["condition"], steps["severity"]),
            "reason": steps["reason"],
        }
    )
    suppression, ended_word = rows["suppression"], _ended(rows)
    beside = [
        _beside(rows, rows["rung"] != "", "escalated", "rung"),
        _beside(rows, rows["began"], "flapping", "flips"),
        _beside(rows, rows["calmed"], "steady", "flips"),
        _beside(rows, rows["reminder"] != "", "reminder", "reminder"),
        *(_beside(rows, rows["hush"] & (suppression == word), word, "because") for word in HUSHED),
        *(_beside(rows, ended_word == word, f"un{word}", "unhushed") for word in HUSHED),
        pd.DataFrame({"alert_key": over["alert_key"], "kind": "expired", "old": over["kind"], "reason": over["said"]}),
    ]
    frames = [frame for frame in (made, *beside) if len(frame)] or [made]
    stacked = pd.concat(frames, ignore_index=True).reindex(columns=list(EVENT_COLUMNS))
    texts = {name: stacked[name].astype("object") for name in ("old", "new", "reason")}
    return stacked.assign(**{name: column.where(column.notna(), "").astype("str") for name, column in texts.items()})


def _ended(rows: pd.DataFrame) -> pd.Series:
    """What kept an alert quiet until tonight."""
    return rows["suppression_was"].where(rows["unhushed"] != "", "")


def _beside(rows: pd.DataFrame, where: pd.Series, kind: str, column: str) -> pd.DataFrame:
    if not where.any():  # most nights have none of most kinds
        return pd.DataFrame()
    return pd.DataFrame({"alert_key": rows.loc[where, "alert_key"], "kind": kind, "reason": rows.loc[where, column]})


def _state(condition: pd.Series, severity: pd.Series) -> pd.Series:
    return (condition + " " + severity).fillna("")
