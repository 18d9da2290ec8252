"""A rule over past nights: what it would have said each night, how steadily, and how long before things went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.catalogue import SEVERITIES
from riskplug.model import Outcome
from riskplug.rules.compare import UNDETERMINED, verdicts

Held = npt.NDArray[np.bool_]
NIGHT_COLUMNS = (
    "business_date",
    "scan_id",
    "rows",
    *SEVERITIES,
    UNDETERMINED,
    "new",
    "gone",
    "returned",
    "share_pct",
    "fault",
)


@dataclass(frozen=True)
class Judged:
    """One night as one rule sees it. ``rows``: rows of its grain. ``stock_out``: date by identity, where known."""

    business_date: date
    scan_id: str
    rows: int
    outcome: Outcome
    stock_out: pd.Series


@dataclass(frozen=True)
class Backtest:
    """``nights``: NIGHT_COLUMNS, oldest first. The medians are over findings, in days, missing where there is none.

    ``flapping``: findings that came back after a night without them. ``days_before_critical``: from a finding's first
    night to its first critical one. ``days_before_stock_out``: from its first night to the stock-out date told then.
    """

    rule: str
    nights: pd.DataFrame
    findings: int
    flapping: int
    days_before_critical: float
    days_before_stock_out: float


def backtest(rule: str, nights: Sequence[Judged]) -> Backtest:
    """The rule over nights, oldest first. A night on which it failed counts for nothing, and says so."""
    sound = [night for night in nights if not _fault(night)]
    seen = _seen(sound)
    held = _held(seen, len(sound))
    rows = {night.scan_id: row for night, row in zip(sound, _per_night(sound, held), strict=True)}
    table = pd.DataFrame([rows.get(night.scan_id, _failed(night)) for night in nights], columns=list(NIGHT_COLUMNS))
    return Backtest(
        rule,
        table,
        len(held),
        int(_returns(held).any(axis=1).sum()),
        _days_to_critical(seen, sound),
        _days_to_stock_out(seen, sound),
    )


def _seen(nights: Sequence[Judged]) -> pd.DataFrame:
    """One row per finding and night: identity, night (position), severity."""
    found = [
        night.outcome.findings[["identity", "severity"]].astype("str").assign(night=n) for n, night in enumerate(nights)
    ]
    empty = pd.DataFrame({"identity": [], "severity": [], "night": []}).astype({"identity": "str", "severity": "str"})
    return pd.concat([empty.astype({"night": "int64"}), *found], ignore_index=True)


def _held(seen: pd.DataFrame, nights: int) -> Held:
    """One row per finding, one column per night: whether it was there."""
    codes, findings = pd.factorize(seen["identity"])
    held = np.zeros((len(findings), nights), dtype=bool)
    held[codes, seen["night"].to_numpy()] = True
    return held


def _returns(held: Held) -> Held:
    """True where a finding is back after a night without it."""
    before = np.zeros_like(held)
    before[:, 1:] = np.logical_or.accumulate(held, axis=1)[:, :-1]
    gap = np.zeros_like(held)
    gap[:, 1:] = ~held[:, :-1]
    return np.asarray(held & before & gap, dtype=bool)


def _per_night(nights: Sequence[Judged], held: Held) -> list[dict[str, object]]:
    returned = _returns(held)
    rows = []
    for n, night in enumerate(nights):
        here = held[:, n]
        last = held[:, n - 1] if n else np.zeros(len(held), dtype=bool)
        counts = verdicts(night.outcome)["verdict"].value_counts()
        rows.append(
            {
                "business_date": night.business_date,
                "scan_id": night.scan_id,
                "rows": night.rows,
                **{word: int(counts.get(word, 0)) for word in (*SEVERITIES, UNDETERMINED)},
                "new": int((here & ~last).sum()),
                "gone": int((last & ~here).sum()),
                "returned": int(returned[:, n].sum()),
                "share_pct": 100 * int(here.sum()) / night.rows if night.rows else np.nan,
                "fault": "",
            }
        )
    return rows


def _fault(night: Judged) -> str:
    coverage = night.outcome.coverage
    failed = coverage.loc[coverage["outcome"] == "failed", "reason"]
    return "; ".join(dict.fromkeys([*night.outcome.faults, *failed]))


def _failed(night: Judged) -> dict[str, object]:
    return {
        "business_date": night.business_date,
        "scan_id": night.scan_id,
        "rows": night.rows,
        "fault": _fault(night),
    }


def _days_to_critical(seen: pd.DataFrame, nights: Sequence[Judged]) -> float:
    """Median days from the first night of a finding to its first critical night, over those that became critical."""
    first = seen.groupby("identity")["night"].min()
    critical = seen[seen["severity"] == "critical"].groupby("identity")["night"].min()
    days = _day_numbers(nights)
    gained = days[critical.to_numpy(dtype=int)] - days[first.reindex(critical.index).to_numpy(dtype=int)]
    return float(np.median(gained)) if len(gained) else float("nan")


def _days_to_stock_out(seen: pd.DataFrame, nights: Sequence[Judged]) -> float:
    """Median days from the first night of a finding to the stock-out date that its row gave on that night."""
    gained = []
    first = seen.groupby("identity")["night"].min()
    for n, night in enumerate(nights):
        dates = night.stock_out.reindex(first.index[first == n]).dropna()
        gained += (dates - pd.Timestamp(night.business_date)).dt.days.tolist()
    return float(np.median(gained)) if gained else float("nan")


def _day_numbers(nights: Sequence[Judged]) -> npt.NDArray[np.int64]:
    return np.array([night.business_date.toordinal() for night in nights], dtype=np.int64)
