"""What a measure is on a date, and whether we still know."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import pandas as pd

from riskplug.catalogue import MEASURE_STATES
from riskplug.regimes.measures import STOPPING, Confidence, Item, Measure, Span
from riskplug.workspace import Policy

_DAY = timedelta(days=1)
# Why a status is to be verified: our reading is older than it may be, the span is presumed, the last span has run out.
StaleReason = Literal["", "verify_by", "presumed", "run_out"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A measure or item on one date. ``since``/``until`` are inclusive; ``next_change`` is when another begins;
    ``confidence`` is the span's own, where it differs from the measure's."""

    status: str
    since: date | None
    until: date | None
    next_change: date | None
    basis: str
    stale_why: str = ""
    stale_reason: StaleReason = ""
    confidence: Confidence | None = None

    @property
    def stale(self) -> bool:
        return bool(self.stale_why)


def standing(measure: Measure, on: date, policy: Policy, item: Item | None = None) -> Standing:
    """The status on a date: of the measure, or of one of its items with a period of its own.

    Before the first span it is not_yet; past the last known span it is unknown, never ended.
    """
    whole = _by_policy(_on(measure, on), policy)
    return whole if item is None else _within(whole, item, on)


def _on(measure: Measure, on: date) -> Standing:
    first, last = measure.spans[0], measure.spans[-1]
    if first.starts and on < first.starts:
        return Standing("not_yet", None, first.starts - _DAY, first.starts, "before its first known date")
    if last.through and on > last.through:
        why = f"the last known span ({last.status}) ended on {last.through} and nothing after it is on file"
        return Standing("unknown", last.through + _DAY, None, None, why, why, "run_out")
    span = next(span for span in measure.spans if span.through is None or on <= span.through)
    after = span.through + _DAY if span.through else None
    return Standing(
        span.status, span.starts, span.through, after, span.basis, *_stale(measure, span, on), span.confidence
    )


def _stale(measure: Measure, span: Span, on: date) -> tuple[str, StaleReason]:
    if span.status == "suspended_presumed":
        return f"suspension presumed, not read in an instrument: {span.basis or 'verify'}", "presumed"
    if measure.verify_by and on > measure.verify_by:
        return f"last read as of {measure.as_of}, to be verified by {measure.verify_by}", "verify_by"
    return "", ""


def _by_policy(found: Standing, policy: Policy) -> Standing:
    if found.status != "suspended_presumed" or policy.presumed_suspensions == "suspended":
        return found
    basis = f"policy: a presumed suspension counts as none ({found.basis})"
    return replace(found, status="in_force", basis=basis)


def _within(whole: Standing, item: Item, on: date) -> Standing:
    """Cut to the period in which the item is part of the measure."""
    if item.starts and on < item.starts:
        basis = "the item is not part of the measure yet"
        return replace(
            whole, status="not_yet", since=None, until=item.starts - _DAY, next_change=item.starts, basis=basis
        )
    if item.through and on > item.through:
        return Standing("ended", item.through + _DAY, None, None, "the item is no longer part of the measure")
    until = min((day for day in (whole.until, item.through) if day), default=None)
    since = max((day for day in (whole.since, item.starts) if day), default=None)
    return replace(whole, since=since, until=until, next_change=until + _DAY if until else None)


def confidence_of(measure: Measure, item: Item | None, now: Standing) -> Confidence:
    """How sure the entry is on the day: of what it lists, or of its status where that is weaker (H, M, L, K)."""
    own = item.confidence if item else measure.confidence
    return max(own, now.confidence or own, key="HMLK".index)


def measures_on(measures: Sequence[Measure], on: date, policy: Policy) -> pd.DataFrame:
    """One row per item on a date (one per measure that lists none).

    Columns: measure (item id), parent, instrument, authority, title, kind, restricts, origin, destination, materials,
    forms (comma-separated), measure_status, since, until, next_change, licence_days (missing where nothing is
    licensed), confidence, as_of, verify_by, stale, stale_why, basis, note. ``confidence`` is the item's, or that of
    the status where it is weaker.
    """
    rows = [_row(measure, item, on, policy) for measure in measures for item in (measure.items or (None,))]
    return typed(pd.DataFrame(rows, columns=list(COLUMNS)))


COLUMNS = (
    "measure",
    "parent",
    "instrument",
    "authority",
    "title",
    "kind",
    "restricts",
    "origin",
    "destination",
    "materials",
    "forms",
    "measure_status",
    "since",
    "until",
    "next_change",
    "licence_days",
    "confidence",
    "as_of",
    "verify_by",
    "stale",
    "stale_why",
    "basis",
    "note",
)
_DATES = ("since", "until", "next_change", "as_of", "verify_by", "date")


def _row(measure: Measure, item: Item | None, on: date, policy: Policy) -> dict[str, object]:
    now = standing(measure, on, policy, item)
    return {
        "measure": item.id if item else measure.id,
        "parent": measure.id,
        "instrument": measure.instrument,
        "authority": measure.authority,
        "title": (item.title if item else "") or measure.title,
        "kind": (item.kind if item else None) or measure.kind,
        "restricts": measure.restricts,
        "origin": _countries(measure.origin, measure.origin_except),
        "destination": _countries(measure.destination, measure.destination_except),
        "materials": ",".join(item.materials) if item else "",
        "forms": ",".join(item.forms) if item else "",
        "measure_status": now.status,
        "since": now.since,
        "until": now.until,
        "next_change": now.next_change,
        "licence_days": licence_days(measure, item, policy),
        "confidence": confidence_of(measure, item, now),
        "as_of": measure.as_of,
        "verify_by": measure.verify_by,
        "stale": now.stale,
        "stale_why": now.stale_why,
        "basis": now.basis,
        "note": (item.note if item else "") or measure.note,
    }


def licence_days(measure: Measure, item: Item | None, policy: Policy) -> float:
    """Calendar days to expect for a licence: the item's, else the measure's, else the policy's; NaN without one."""
    if ((item.kind if item else None) or measure.kind) not in STOPPING:
        return float("nan")
    own = [days for days in (item.licence_days if item else None, measure.licence_days) if days is not None]
    return own[0] if own else policy.licence_days


def _countries(named: Iterable[str], excepted: Iterable[str]) -> str:
    left_out = ",".join(excepted)
    return ",".join(named) + (f" except {left_out}" if left_out else "")


def typed(rows: pd.DataFrame) -> pd.DataFrame:
    """Frames of this stage with their dtypes: dates, states as categories, text."""
    dates = {name: "datetime64[s]" for name in _DATES if name in rows}
    words = {
        name: "str" for name in rows.columns if name not in (*dates, "restricts", "stale", "licence_days", "items")
    }
    made = rows.astype({**dates, **words})
    for name in {"measure_status", "to_status"} & set(made.columns):
        made[name] = made[name].astype(pd.CategoricalDtype(pd.Index(MEASURE_STATES, dtype="str")))
    return made


def stale_measures(measures: Sequence[Measure], on: date, policy: Policy) -> pd.DataFrame:
    """Measures whose state on the date rests on something old, presumed or run out: one row each, with the reason."""
    now = {measure: standing(measure, on, policy) for measure in measures}
    rows = [
        {
            "measure": measure.id,
            "instrument": measure.instrument,
            "authority": measure.authority,
            "measure_status": found.status,
            "as_of": measure.as_of,
            "verify_by": measure.verify_by,
            "stale_why": found.stale_why,
            "confidence": confidence_of(measure, None, found),
        }
        for measure, found in now.items()
        if found.stale
    ]
    columns = ["measure", "instrument", "authority", "measure_status", "as_of", "verify_by", "stale_why", "confidence"]
    return typed(pd.DataFrame(rows, columns=columns))


def register(measures: Sequence[Measure]) -> pd.DataFrame:
    """One row per measure: measure, instrument, authority, title, kind, restricts, origin, destination, items (count),
    confidence, as_of, verify_by, sources."""
    rows = [
        {
            "measure": measure.id,
            "instrument": measure.instrument,
            "authority": measure.authority,
            "title": measure.title,
            "kind": measure.kind,
            "restricts": measure.restricts,
            "origin": _countries(measure.origin, measure.origin_except),
            "destination": _countries(measure.destination, measure.destination_except),
            "items": len(measure.items),
            "confidence": measure.confidence,
            "as_of": measure.as_of,
            "verify_by": measure.verify_by,
            "sources": " · ".join(measure.sources),
        }
        for measure in measures
    ]
    return typed(pd.DataFrame(rows))
