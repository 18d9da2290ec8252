"""What people decided about alerts, until when it holds, and what ends it early.

An acknowledgement says that somebody is on it, an assignment who; a snooze keeps an alert quiet for a while, a waiver
accepts its risk. All go on being evaluated and counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
import pandas as pd

from riskplug.alerts.ledger import LIVE, SNOOZED, WAIVED
from riskplug.catalogue import SEVERITIES

HandlingKind = Literal["ack", "assign", "snooze", "waive"]
ACK: HandlingKind = "ack"
ASSIGN: HandlingKind = "assign"
SNOOZE: HandlingKind = "snooze"
WAIVE: HandlingKind = "waive"
HANDLING_KINDS = (ACK, ASSIGN, SNOOZE, WAIVE)
HANDLINGS = ("none", "acknowledged", "assigned", "accepted_risk")
_NOUNS: Mapping[str, str] = {ACK: "acknowledgement", ASSIGN: "assignment", SNOOZE: "snooze", WAIVE: "waiver"}
_RANK = {name: len(SEVERITIES) - rank for rank, name in enumerate(SEVERITIES)}
_MOST_LINES = 10
_TEXTS = ("alert_key", "kind", "author", "assignee", "reason", "severity")
_DATES = ("until", "set_on")
HANDLING_COLUMNS = (*_TEXTS, "until_worse", "until_metric", "metric", *_DATES, "at")
"""One row per alert and kind that holds. ``until``: the first business date on which it does not; ``severity`` and
``metric``: those of the alert when it was decided, on business date ``set_on``."""
ENDED_COLUMNS = ("alert_key", "kind", "author", "at", "cause", "said")


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's word on one alert, as the log and the table of handlings keep it."""

    alert_key: str
    kind: HandlingKind
    author: str
    reason: str = ""
    assignee: str = ""
    until: date | None = None
    until_worse: bool = False
    until_metric: float | None = None
    severity: str = ""
    metric: float | None = None
    set_on: date | None = None

    @property
    def terms(self) -> str:
        """Until when it holds, in words; empty where nothing limits it."""
        ends = [self.until.isoformat() if self.until else "", "worse" if self.until_worse else ""]
        ends.append(f"{self.until_metric:g} days of runway" if self.until_metric is not None else "")
        said = " or ".join(end for end in ends if end)
        return f"until {said}" if said else ""

    @property
    def said(self) -> str:
        """What was decided, as the log shows it."""
        return " ".join(part for part in (self.assignee and f"to {self.assignee}", self.terms) if part)


@dataclass(frozen=True, slots=True)
class Ending:
    """A snooze, a waiver or an acknowledgement that ends within a few days; or a silence, without key and alert.

    ``holds``: keys of the alerts that a silence keeps quiet tonight.
    """

    key: str
    kind: str
    until: date
    author: str
    reason: str
    severity: str
    rule: str
    owner: str
    message: str
    holds: frozenset[str] = frozenset()


def no_handlings() -> pd.DataFrame:
    """HANDLING_COLUMNS without rows."""
    return conform_handlings(pd.DataFrame(columns=list(HANDLING_COLUMNS)))


def conform_handlings(rows: pd.DataFrame) -> pd.DataFrame:
    """HANDLING_COLUMNS with their dtypes: text never missing, dates datetime64[s]."""
    frame = rows.reindex(columns=list(HANDLING_COLUMNS))
    texts = {name: frame[name].astype("object").where(frame[name].notna(), "").astype("str") for name in _TEXTS}
    dates = {name: pd.to_datetime(frame[name]).astype("datetime64[s]") for name in _DATES}
    numbers = {name: frame[name].astype("float64") for name in ("until_metric", "metric")}
    return frame.assign(**texts, **dates, **numbers, until_worse=frame["until_worse"].eq(True))


def ended(handled: pd.DataFrame, rows: pd.DataFrame, on: date) -> pd.DataFrame:
    """Handlings that end tonight (ENDED_COLUMNS), with the cause in words.

    ``rows``: tonight's alerts with ``kind``, ``severity_was``, ``severity`` and ``metric``; one that is not among them
    can only reach its date. Causes: ``date``, ``ended`` (the alert is gone), ``worse``, ``metric``.
    """
    tonight = rows[["alert_key", "kind", "severity", "severity_was", "metric"]]
    held = handled.merge(tonight, on="alert_key", how="left", suffixes=("_then", "")).rename(
        columns={"kind_then": "what", "kind": "became"}
    )
    what, worse = held["what"], held["became"] == "worse"
    gone = held["became"].isin(["resolved", "retired"])
    higher = held["severity"].map(_RANK) > held["severity_then"].map(_RANK)
    causes = {
        "date": held["until"].notna() & (held["until"] <= pd.Timestamp(on)),
        "ended": gone & what.isin([ACK, SNOOZE]),
        "worse": (worse & ((what == ACK) | ((what == SNOOZE) & (held["until_worse"] | higher))))
        | (higher & (what == WAIVE)),
        "metric": what.isin([ACK, SNOOZE]) & (held["metric"] <= held["until_metric"]),
    }
    cause = np.select(list(causes.values()), list(causes), default="")
    found = held.assign(kind=what, cause=cause)[cause != ""].copy()
    found["said"] = [_said(row) for row in found.to_dict("records")]
    return pd.DataFrame(found[list(ENDED_COLUMNS)])


def _said(row: Mapping[Any, Any]) -> str:
    why = {
        "date": "its date has come",
        "ended": "the alert is closed",
        "worse": "the alert got worse",
        "metric": f"{row['until_metric']:g} days of runway are reached",
    }
    return f"{_NOUNS[row['kind']]} by {row['author']} ended: {why[row['cause']]}"


def quiet(handled: pd.DataFrame) -> dict[str, str]:
    """``waived`` or ``snoozed`` by alert key; the waiver is the stronger."""
    return _strongest(handled, {WAIVE: WAIVED, SNOOZE: SNOOZED})


def handling_of(handled: pd.DataFrame) -> dict[str, str]:
    """The handling by alert key: an accepted risk before an acknowledgement before an assignment."""
    return _strongest(handled, {WAIVE: "accepted_risk", ACK: "acknowledged", ASSIGN: "assigned"})


def _strongest(handled: pd.DataFrame, words: Mapping[str, str]) -> dict[str, str]:
    """The first of the words that holds for each key."""
    said: dict[str, str] = {}
    for kind, word in reversed(list(words.items())):
        said.update(dict.fromkeys(handled.loc[handled["kind"] == kind, "alert_key"].tolist(), word))
    return said


def ending_soon(handled: pd.DataFrame, ledger: pd.DataFrame, on: date, within_days: int) -> tuple[Ending, ...]:
    """What ends within some days after a date, of alerts that live, the first to end first."""
    last = pd.Timestamp(on) + pd.Timedelta(days=within_days)
    soon = handled[(handled["until"] > pd.Timestamp(on)) & (handled["until"] <= last) & (handled["kind"] != ASSIGN)]
    alive = ledger.loc[ledger["condition"].isin(LIVE), ["alert_key", "severity", "rule", "owner", "message"]]
    found = soon.drop(columns="severity").merge(alive, on="alert_key").sort_values(["until", "kind", "alert_key"])
    columns = ("alert_key", "kind", "until", "author", "reason", "severity", "rule", "owner", "message")
    return tuple(
        Ending(key, kind, until.date(), *rest)
        for key, kind, until, *rest in found[list(columns)].itertuples(index=False)
    )


def handling_rows(decisions: Sequence[Decision], at: datetime) -> pd.DataFrame:
    """Decisions as HANDLING_COLUMNS."""
    names = [name for name in HANDLING_COLUMNS if name != "at"]
    rows = [{**{name: getattr(one, name) for name in names}, "at": at} for one in decisions]
    return conform_handlings(pd.DataFrame(rows, columns=list(HANDLING_COLUMNS)))


def ending_lines(endings: Sequence[Ending]) -> list[str]:
    """What ends soon, a line each, for the digest; at most ``_MOST_LINES`` of them."""
    more = len(endings) - _MOST_LINES
    return [
        *(
            f"{_NOUNS.get(one.kind, one.kind)} by {one.author} ends on {one.until.isoformat()}: {one.message}"
            f" (riskplug alerts {f'show {one.key[:10]}' if one.key else 'silences'})"
            for one in endings[:_MOST_LINES]
        ),
        *([f"{more} more silences, snoozes, waivers and acknowledgements end soon"] if more > 0 else []),
    ]
