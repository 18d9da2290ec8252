"""What a night makes of each alert: the table of transitions in docs/alerts.md, as masks over all alerts at once."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from riskplug.alerts.ledger import CLEARING, HELD, LIVE, OPEN, PENDING, RESOLVED, RETIRED, UNKNOWN
from riskplug.alerts.pairing import looked_up, ranks

CONDITION = {
    "resolved": RESOLVED,
    "retired": RETIRED,
    "lapsed": RETIRED,
    "unknown": UNKNOWN,
    "pending": PENDING,
    "clearing": CLEARING,
}
"""The condition that a kind leads to; every other kind leads to open."""
TOLD = ("new", "reopened", "worse", "better", "resolved", "unknown", "retired")


def judged(
    pairs: pd.DataFrame, retired: pd.Series, doubt: pd.Series, margin: pd.Series, held: Mapping[str, str], on: date
) -> pd.DataFrame:
    """Pairs with ``kind``, ``take`` (tonight's values replace the alert's), ``rank_now``, ``sightings_now``,
    ``misses_now``, ``returning`` and ``eventful``.

    ``retired``, ``doubt``: why an alert may not be called resolved, or empty. ``margin``: the severity it still has by
    the clear margin, or empty. ``held``: rules of which far too much was found.
    """
    today, tripped = pd.Timestamp(on), pairs["rule"].isin(list(held))
    doubt = doubt.mask(tripped & (doubt == ""), "held by the volume guard")
    live = pairs["known"] & pairs["condition"].isin(LIVE)
    active = live & pairs["opened_on"].notna()
    was, found = ranks(pairs["severity"]), ranks(pairs["severity_now"]) * pairs["matched"]
    kept = np.minimum(was, ranks(margin)) * active
    now = pd.Series(np.maximum(found, kept), index=pairs.index)
    counted = pairs["sightings"].fillna(0) + ((pairs["last_seen"] < today) & pairs["matched"] & ~active)
    misses = pairs["misses"].fillna(0) + ((pairs["misses"].fillna(0) == 0) | (pairs["counted_on"] < today))
    pairs = pairs.assign(
        active=active,
        here=now > 0,
        rank_now=now,
        kept=kept > found,
        moved=_moved(pairs, today).where(active & pairs["matched"] & (now == was) & (doubt == ""), 0.0),
        change=(now - was).where(active & (now > 0), 0),
        sightings_now=counted.where(live, 1).astype("int64"),
        misses_now=misses.astype("int64"),
        returning=pairs["closed_on"].notna() & ((today - pairs["closed_on"]).dt.days <= pairs["reopen_days"]),
    )
    pairs["kind"] = _kinds(pairs, live, tripped, retired, doubt)
    pairs["reason_now"] = _reasons(pairs, retired, doubt, held)
    return pairs.assign(eventful=_is_event(pairs), take=_take(pairs))


def _moved(pairs: pd.DataFrame, today: pd.Timestamp) -> pd.Series:
    """How much worse the metric is than people were told, in steps: 1 is one step. Days that have passed are no news:
    30 days left and a week later 23 is the same date of stock-out."""
    passed = ((today - pairs["told_on"]).dt.days * (pairs["days"] & (pairs["worse"] < 0))).fillna(0)
    fallen = pairs["metric_told"] - pairs["metric_now"] - passed
    worse: pd.Series = fallen * -pairs["worse"] / pairs["step"]
    return worse.fillna(0)


def _kinds(pairs: pd.DataFrame, live: pd.Series, tripped: pd.Series, retired: pd.Series, doubt: pd.Series) -> pd.Series:
    matched, active, here = pairs["matched"], pairs["active"], pairs["here"]
    untold = live & ~active
    worse, better = (pairs["change"] > 0) | (pairs["moved"] > 1), (pairs["change"] < 0) | (pairs["moved"] < -1)
    cases = {
        "lapsed": untold & ~matched & ((retired != "") | (doubt == "")),
        "held": (untold & ~matched & (pairs["condition"] == OPEN)) | (tripped & matched & (~active | worse)),
        "pending": (untold & ~matched) | (~active & (pairs["sightings_now"] < pairs["for_scans"])),
        "retired": active & ~matched & (retired != ""),
        "unknown": active & (~here | (pairs["change"] < 0)) & (doubt != ""),
        "clearing": active & ~here & (pairs["misses_now"] < pairs["resolve_after_scans"]),
        "resolved": active & ~here,
        "reopened": ~active & pairs["returning"],
        "new": ~active,
        "worse": worse,
        "better": better,
    }
    return pd.Series(np.select(list(cases.values()), list(cases), default="ongoing"), index=pairs.index, dtype="str")


def _reasons(pairs: pd.DataFrame, retired: pd.Series, doubt: pd.Series, held: Mapping[str, str]) -> pd.Series:
    kind = pairs["kind"]
    reasons = {
        "retired": retired,
        "unknown": doubt,
        "held": pairs["reason"].where(~pairs["rule"].isin(list(held)), looked_up(pairs["rule"], held)),
        "lapsed": pd.Series("not_confirmed", index=pairs.index),
        "worse": _move(pairs),
        "better": _move(pairs),
        "ongoing": pd.Series(np.where(pairs["kept"], "still within the clear margin", ""), index=pairs.index),
    }
    chosen = np.select([kind == name for name in reasons], list(reasons.values()), default="")
    return pd.Series(chosen, index=pairs.index, dtype="str")


def _move(pairs: pd.DataFrame) -> pd.Series:
    """From what to what the metric went, where that alone is the news."""
    some = pairs[pairs["moved"].abs() > 1]
    values = zip(some["metric_told"].tolist(), some["metric_now"].tolist(), strict=True)
    told = pd.Series([f"from {was:.4g} to {now:.4g}" for was, now in values], index=some.index, dtype="str")
    return told.reindex(pairs.index, fill_value="")


def _is_event(pairs: pd.DataFrame) -> pd.Series:
    """Going on as before is no event, whatever the condition; being open again after a gap is."""
    kind, was = pairs["kind"], pairs["condition"]
    same = {
        "ongoing": (was == OPEN) & (pairs["suppression"] != HELD),
        "unknown": was == UNKNOWN,
        "pending": was == PENDING,
        "clearing": was == CLEARING,
        "held": pairs["suppression"] == HELD,
    }
    unchanged = np.select([kind == name for name in same], list(same.values()), default=False)
    return pd.Series(~unchanged.astype(bool), index=pairs.index)


def _take(pairs: pd.DataFrame) -> pd.Series:
    """What is held or in doubt keeps what people were told of it."""
    return pairs["matched"] & ~(pairs["active"] & pairs["kind"].isin(["unknown", "held"]))
