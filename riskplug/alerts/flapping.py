"""Alerts that go on and off: told once that they do, then listed once a week instead of every night."""

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from riskplug.alerts.pairing import RANK
from riskplug.alerts.policy import Policy

_TRANSITIONS = ("resolved", "reopened")


def flapped(rows: pd.DataFrame, scan_dates: Sequence[date], policy: Policy, on: date) -> pd.DataFrame:
    """Rows with ``flips`` and ``flapping`` as of tonight, ``calmed`` (it has stopped) and ``muted`` (not told tonight).

    A transition is resolved, reopened, another band, or a new episode. An alert with ``flap_changes`` of them in the
    last ``flap_scans`` scans goes on and off; half of that ends it. It is told all the same when it is more severe than
    anything told since it began.
    """
    rows = rows.assign(flapping_was=rows["flapping"], calmed=False, muted=False)
    moved = rows["kind"].isin(_TRANSITIONS) | (rows["change"] != 0) & rows["kind"].isin(["worse", "better"])
    moved |= (rows["kind"] == "new") & rows["closed_was"].notna()
    some = rows.index[moved | (rows["flips"] != "")]
    if not len(some):
        return rows
    start = window_start([on, *scan_dates], policy.flap_scans)
    # A loop: only alerts with transitions are looked at, and those are few.
    marked = [_marked(*values, start, policy, on) for values in _values(rows.loc[some], moved.loc[some])]
    for name, column in zip(("flips", "flapping", "calmed", "muted"), zip(*marked, strict=True), strict=True):
        rows.loc[some, name] = list(column)
    return rows


def window_start(dates: Sequence[date], scans: int) -> date:
    """The business date of the oldest of the last ``scans`` scans."""
    latest = sorted(set(dates), reverse=True)[:scans]
    return latest[-1]


def _values(rows: pd.DataFrame, moved: pd.Series) -> "zip[tuple[str, str, str, bool]]":
    columns = (rows[name].tolist() for name in ("flips", "flapping", "severity"))
    return zip(*columns, moved.tolist(), strict=True)


def _marked(
    flips: str, flapping: str, severity: str, moved: bool, start: date, policy: Policy, on: date
) -> tuple[str, str, bool, bool]:
    dates = sorted({*filter(None, flips.split(",")), *([on.isoformat()] if moved else [])})
    dates = [day for day in dates if day >= start.isoformat()]
    kept = ",".join(dates)
    if not flapping:
        return kept, severity if len(dates) >= policy.flap_changes else "", False, False
    if len(dates) <= policy.flap_changes // 2:
        return kept, "", True, False
    higher = RANK[severity] > RANK[flapping]
    return kept, severity if higher else flapping, False, not higher


def weekly_due(before: date | None, policy: Policy, on: date) -> bool:
    """Whether the list of this week has not been told: the first scan on its day or after it, and not again."""
    day = on - timedelta(days=(on.weekday() - policy.weekly_on) % 7)
    return before is None or before < day
