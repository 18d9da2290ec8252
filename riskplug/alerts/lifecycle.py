"""Tonight's findings against the open alerts: what is new, worse, better, gone, or could not be checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from riskplug.alerts.doubt import Subject, doubts, retirements
from riskplug.alerts.identity import keyed
from riskplug.alerts.ledger import (
    EVENT_COLUMNS,
    LEDGER_COLUMNS,
    OPEN,
    RESOLVED,
    RETIRED,
    UNKNOWN,
    conform_ledger,
    empty_ledger,
)
from riskplug.alerts.records import changes_of
from riskplug.catalogue import SEVERITIES
from riskplug.model import Change, Outcome

REOPEN_DAYS = 14
_CONDITION = {"resolved": RESOLVED, "retired": RETIRED, "unknown": UNKNOWN}
_SHOWN = ("severity", "owner", "message", "content_hash", "metric", "site", "part_no", "material", "measure")
_RANK = {name: len(SEVERITIES) - rank for rank, name in enumerate(SEVERITIES)}


@dataclass(frozen=True)
class Reconciled:
    """What a night did to the alerts.

    ``changes``: one per alert that is open or was until tonight. ``news``: those of them that somebody should be told.
    ``alerts``: ledger rows to write (LEDGER_COLUMNS). ``events``: EVENT_COLUMNS, to append. ``held``: why nothing was
    compared, or empty.
    """

    changes: tuple[Change, ...] = ()
    news: tuple[Change, ...] = ()
    alerts: pd.DataFrame = field(default_factory=empty_ledger)
    events: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(EVENT_COLUMNS)))
    held: str = ""


def reconcile(
    ledger: pd.DataFrame | None,
    outcome: Outcome,
    *,
    on: date,
    workspace: str,
    known_rules: Mapping[str, Subject],
    parts: pd.DataFrame | None = None,
    reopen_days: int = REOPEN_DAYS,
) -> Reconciled:
    """Compare tonight's outcome with the ledger.

    Not found tonight means ``resolved`` only where the rule was evaluated for the alert's site, its values were known
    and its part (``parts``: the part facts) is still there; otherwise ``unknown``, with the severity it had. The same
    holds for a milder finding: in doubt the alert keeps its severity. ``known_rules`` gives each rule's grain and
    identity fields (an empty tuple: not known). A scan of a date before the ledger's last one changes nothing.
    Comparing again on the same data and date gives no events.
    """
    before = empty_ledger() if ledger is None else ledger
    held = _looks_back(before, on)
    if held:
        return Reconciled(held=held)
    pairs = _paired(before, keyed(outcome.findings, workspace))
    retired = retirements(pairs, known_rules)
    doubt = doubts(pairs, outcome, parts)
    pairs = pairs.assign(kind=_kinds(pairs, retired, doubt, on, reopen_days))
    pairs["reason_now"] = np.select(
        [pairs["kind"] == "retired", pairs["kind"] == "unknown"], [retired, doubt], default=""
    )
    return _written(pairs, on)


def _looks_back(ledger: pd.DataFrame, on: date) -> str:
    newest = ledger["checked_on"].max()
    if pd.isna(newest) or newest.date() <= on:
        return ""
    return f"alerts are already as of {newest.date()}; a scan of {on} leaves them as they are"


def _paired(before: pd.DataFrame, tonight: pd.DataFrame) -> pd.DataFrame:
    """One row per alert that is open or found: ledger columns as they were, tonight's with ``_now``, ``matched``."""
    open_before = before["condition"].isin([OPEN, UNKNOWN])
    was = before[open_before | before["alert_key"].isin(tonight["alert_key"])]
    now = tonight[["alert_key", "rule", "grain", "identity", *_SHOWN]].copy()
    for name in ("site", "part_no", "material", "measure"):
        now[name] = now[name].astype("object").where(now[name].notna(), "").astype("str")
    now["metric"] = now["metric"].astype("float64")
    pairs = was.merge(now, on="alert_key", how="outer", suffixes=("", "_now"), indicator="seen")
    pairs = pairs.assign(known=pairs["seen"] != "right_only", matched=pairs["seen"] != "left_only")
    for name in ("rule", "grain", "identity", "site", "part_no"):
        pairs[name] = pairs[name].where(pairs["known"], pairs[f"{name}_now"])
    return pairs


def _kinds(pairs: pd.DataFrame, retired: pd.Series, doubt: pd.Series, on: date, reopen_days: int) -> pd.Series:
    matched, known = pairs["matched"], pairs["known"]
    closed = known & ~pairs["condition"].isin([OPEN, UNKNOWN])
    recent = (pd.Timestamp(on) - pairs["closed_on"]).dt.days <= reopen_days
    step = pairs["severity_now"].map(_RANK).astype("float64") - pairs["severity"].map(_RANK).astype("float64")
    cases = {
        "retired": ~matched & (retired != ""),
        "unknown": (~matched | (known & ~closed & (step < 0))) & (doubt != ""),
        "resolved": ~matched,
        "new": ~known | (closed & ~recent),
        "reopened": closed,
        "worse": step > 0,
        "better": step < 0,
    }
    chosen = np.select(list(cases.values()), list(cases), default="ongoing")
    return pd.Series(chosen, index=pairs.index, dtype="str")


def _written(pairs: pd.DataFrame, on: date) -> Reconciled:
    kind, today = pairs["kind"], pd.Timestamp(on)
    eventful = _is_event(pairs)
    take = pairs["matched"] & (kind != "unknown")
    again = pairs["known"] & (kind == "new")
    columns = {name: pairs[f"{name}_now"].where(take, pairs[name]) for name in _SHOWN}
    rows = pairs.assign(
        **columns,
        severity_was=pairs["severity"],
        condition_was=pairs["condition"],
        condition=kind.map(_CONDITION).fillna(OPEN),
        reason=pairs["reason_now"],
        episode=pairs["episode"].fillna(1).astype("int64") + again,
        version=pairs["version"].fillna(0).astype("int64") + eventful,
        first_seen=pairs["first_seen"].where(pairs["known"] & ~again, today),
        last_seen=pairs["last_seen"].where(~pairs["matched"], today),
        checked_on=today,
        closed_on=pd.Series(pd.NaT, index=pairs.index, dtype="datetime64[s]").mask(
            kind.isin(["resolved", "retired"]), today
        ),
    )
    changes = changes_of(rows)
    told = set(rows.loc[eventful & (kind != "ongoing"), "alert_key"])
    news = tuple(change for change in changes if change.key in told)
    return Reconciled(changes, news, conform_ledger(rows[list(LEDGER_COLUMNS)]), _events(rows[eventful]))


def _is_event(pairs: pd.DataFrame) -> pd.Series:
    """Going on as before is no event, neither open nor unchecked; being checked again after a gap is."""
    kind = pairs["kind"]
    unchanged = (kind == "ongoing") & (pairs["condition"] == OPEN)
    still_unknown = (kind == "unknown") & (pairs["condition"] == UNKNOWN)
    return ~unchanged & ~still_unknown


def _events(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "alert_key": rows["alert_key"],
            "version": rows["version"],
            "kind": rows["kind"],
            "old": _state(rows["condition_was"], rows["severity_was"]),
            "new": _state(rows["condition"], rows["severity"]),
            "reason": rows["reason"],
        }
    ).reset_index(drop=True)


def _state(condition: pd.Series, severity: pd.Series) -> pd.Series:
    return (condition + " " + severity).fillna("")
