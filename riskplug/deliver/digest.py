"""What a receiver reads in the morning. Equal input gives an equal digest.

What is shown is an allow-list: rule title, the identity fields of ``SHOWN``, the rule's own message, the owner; each as
the receiver's policy asks (see redaction.py).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice

from riskplug.catalogue import SEVERITIES
from riskplug.deliver.redaction import OPEN, Redactor
from riskplug.extend.protocols import Digest, DigestLine
from riskplug.model import Change

LINE_BUDGET = 20
SHOWN = ("site", "part_no", "material", "form", "measure", "table", "source")
FRESH = ("new", "reopened", "worse")
COUNTED = (
    *FRESH,
    "escalated",
    "better",
    "resolved",
    "expired",
    "unknown",
    "retired",
    "reminder",
    "flapping",
    "held",
    "clearing",
    "pending",
    "silenced",
    "inhibited",
    "ongoing",
)
GONE = ("resolved", "retired")
HUSHED = ("silenced", "inhibited")
_NOT_YET = ("pending", "held", "lapsed")
_REASONS = {"rule_retired": "its rule is no longer used", "rule_changed": "its rule now asks for something else"}
_WORDS = {
    "reopened": "back",
    "unknown": "not re-checked",
    "retired": "closed with their rule",
    "expired": "no longer silent",
    "reminder": "still open and not answered",
    "flapping": "on and off",
    "pending": "seen once, waiting for another scan",
    "clearing": "gone once, waiting for another scan",
}
_HANDLED = {"acknowledged": "Acknowledged", "assigned": "Assigned", "accepted_risk": "Risk accepted"}
_STATES = {"resolved": "Resolved", "retired": "Closed", "unknown": "Could not be re-checked"}
_GAPS, _SILENCES = 3, 10


@dataclass(frozen=True, slots=True)
class Night:
    """Which scan a digest tells about. ``attempt`` counts the scans of one business date that had
    something to tell: not those that failed, so that an older state which is put back counts alike."""

    workspace: str
    business_date: date
    scan_id: str
    scope: str = "all"
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Silence:
    """Something that is quiet now and ends soon. ``keys``: of the alerts that it is about; one without is said to whom
    something else is told. ``name``: the same on every night, though the text may say how its alert stands tonight."""

    text: str
    keys: frozenset[str]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Remarks:
    """What a digest says beside the alerts. ``degraded`` and ``law`` are told even when no alert changed; so is, to
    receivers of its alerts, a silence that ends soon; the rest is not. ``law``: one line per legal change since the
    last scan. ``silences``: the first to end comes first. ``dates``: rules, law and data that this night rests on.
    ``days``: rules whose alerts are measured in days.
    """

    degraded: tuple[str, ...] = ()
    law: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    dead_letters: int = 0
    silences: tuple[Silence, ...] = ()
    dates: tuple[str, ...] = ()
    days: frozenset[str] = frozenset()


def digest_of(
    night: Night,
    changes: Sequence[Change],
    news: Sequence[Change],
    remarks: Remarks,
    budget: int = LINE_BUDGET,
    redactor: Redactor = OPEN,
) -> Digest:
    """The digest of one receiver: counts over ``changes``, lines for as many ``news`` as the budget allows."""
    found = Counter(map(_counted_as, changes))
    counts = {kind: found[kind] for kind in COUNTED if found[kind]}
    said = (*_alarms(remarks), *remarks.law, *remarks.notes)
    return Digest(
        night.workspace,
        night.business_date,
        night.scan_id,
        headline_of(night, news, counts, remarks),
        counts,
        tuple(line_of(change, remarks, redactor) for change in news[:budget]),
        max(0, len(news) - budget),
        tuple(map(redactor.free, said)),
        open=open_alerts(changes),
        silences=tuple(map(redactor.free, _silence_lines(remarks.silences))),
        gaps=gaps_of(changes, redactor),
        dates=remarks.dates,
    )


def _counted_as(change: Change) -> str:
    """Its kind, or what keeps it quiet; what is gone or could not be checked counts as that all the same."""
    hushed = change.suppression in HUSHED and change.kind not in (*GONE, "unknown")
    return change.suppression if hushed else change.kind


def headline_of(night: Night, news: Sequence[Change], counts: Mapping[str, int], remarks: Remarks) -> str:
    """One line that a telephone shows whole: what is worst first, the company last."""
    fresh: Counter[str] = Counter(change.severity for change in news if change.kind in FRESH)
    parts = [f"{fresh[name]} new or worse {name}" for name in SEVERITIES if fresh[name]]
    parts += [f"{counts[kind]} {_WORDS.get(kind, kind)}" for kind in COUNTED[len(FRESH) :] if counts.get(kind)]
    if remarks.silences and not news:
        parts.insert(0, ends_soon(len(remarks.silences)))
    if remarks.law:
        parts.insert(0, "law changed")
    if remarks.degraded:
        parts.insert(0, "scan incomplete")
    if remarks.dead_letters:
        parts.insert(0, undelivered(remarks.dead_letters))
    return f"{', '.join(parts) or 'nothing new'} ({night.workspace}, {night.business_date.isoformat()})"


def open_alerts(changes: Sequence[Change]) -> dict[str, tuple[int, int]]:
    """Per severity the alerts open after this scan, and how many more or fewer than after the last one."""
    told = [change for change in changes if change.kind not in _NOT_YET]
    now: Counter[str] = Counter(change.severity for change in told if change.kind not in GONE)
    before: Counter[str] = Counter(
        change.previous_severity or change.severity for change in told if change.kind not in ("new", "reopened")
    )
    return {name: (now[name], now[name] - before[name]) for name in SEVERITIES if now[name] or before[name]}


def gaps_of(changes: Sequence[Change], redactor: Redactor = OPEN) -> tuple[str, ...]:
    """How many alerts could not be checked again, by reason, the most first."""
    reasons = Counter(change.reason or "no reason given" for change in changes if change.kind == "unknown")
    ranked = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    lines = [f"{_alerts(count)} not re-checked: {redactor.free(reason)}" for reason, count in ranked[:_GAPS]]
    rest = sum(count for _, count in ranked[_GAPS:])
    return (*lines, *([f"{_alerts(rest)} not re-checked for other reasons"] if rest else []))


def line_of(change: Change, remarks: Remarks, redactor: Redactor = OPEN) -> DigestLine:
    """One alert as a line."""
    identity = {name: redactor.value(name, change.identity[name]) for name in SHOWN if change.identity.get(name)}
    about = " ".join(identity.values())
    title = " · ".join(part for part in (remarks.titles.get(change.rule, change.rule), about) if part)
    message, reason = redactor.message(change), redactor.free(_REASONS.get(change.reason, change.reason))
    text = f"{message} ({reason})" if reason else message
    left = days_left(change.metric) if change.rule in remarks.days else ""
    quiet = change.suppression.capitalize() if change.suppression in ("snoozed", *HUSHED) else ""
    state = _STATES.get(change.kind) or quiet or _HANDLED.get(change.handling, "")
    return DigestLine(
        change.severity,
        change.kind,
        title,
        text,
        change.owner,
        change.key,
        about,
        left,
        state,
        change.rule,
        identity,
        change.episode,
    )


def standing(changes: Sequence[Change], remarks: Remarks, redactor: Redactor, most: int) -> tuple[DigestLine, ...]:
    """The open alerts that are not kept quiet, the worst first, ``most`` at most."""
    told = (change for change in changes if change.suppression not in HUSHED)
    is_open = (change for change in told if change.kind not in (*GONE, *_NOT_YET))
    return tuple(line_of(change, remarks, redactor) for change in islice(is_open, most))


def days_left(days: float | None) -> str:
    """Days as messages round them; what has run out has none."""
    if days is None:
        return ""
    said = f"{max(days, 0.0):,.0f}"
    return f"{said} day{'' if said == '1' else 's'}"


def counts_line(counts: Mapping[str, int]) -> str:
    """The counts as people read them, for notifiers: ``3 new · 1 resolved · 12 ongoing``."""
    return " · ".join(f"{count} {_WORDS.get(kind, kind)}" for kind, count in counts.items())


def undelivered(count: int) -> str:
    """Messages that were given up, in words."""
    return f"{count} message{'' if count == 1 else 's'} could not be delivered"


def heard(remarks: Remarks, changes: Sequence[Change]) -> Remarks:
    """Without the silences of alerts that are none of these: a receiver hears only of what is routed to it."""
    mine = {change.key for change in changes}
    kept = (one for one in remarks.silences if not one.keys or not mine.isdisjoint(one.keys))
    return replace(remarks, silences=tuple(kept))


def ends_soon(count: int) -> str:
    """How many silences end soon, in words."""
    return f"{count} silence{'' if count == 1 else 's'} end{'s' if count == 1 else ''} soon"


def _silence_lines(silences: Sequence[Silence]) -> tuple[str, ...]:
    more = len(silences) - _SILENCES
    lines = [one.text for one in silences[:_SILENCES]]
    return (*lines, *([f"{more} more silences, snoozes, waivers and acknowledgements end soon"] if more > 0 else []))


def _alarms(remarks: Remarks) -> tuple[str, ...]:
    dead = f"{undelivered(remarks.dead_letters)}: see `riskplug outbox list`"
    return (*((dead,) if remarks.dead_letters else ()), *remarks.degraded)


def _alerts(count: int) -> str:
    return f"{count:,} alert{'' if count == 1 else 's'}"
