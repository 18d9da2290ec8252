"""What a receiver reads in the morning. Equal input gives an equal digest.

Redaction is an allow-list: rule title, the identity fields of ``SHOWN``, the rule's own message, the owner. Suppliers,
prices, quantities and customers appear only where the author of a rule wrote them into its message.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from riskplug.catalogue import SEVERITIES
from riskplug.extend.protocols import Digest, DigestLine
from riskplug.model import Change

LINE_BUDGET = 20
SHOWN = ("site", "part_no", "material", "form", "measure", "table", "source")
COUNTED = ("new", "reopened", "worse", "better", "resolved", "unknown", "retired", "ongoing")
_REASONS = {"rule_retired": "its rule is no longer used", "rule_changed": "its rule now asks for something else"}
_WORDS = {"reopened": "back", "unknown": "not re-checked", "retired": "closed with their rule"}


@dataclass(frozen=True, slots=True)
class Night:
    """Which scan a digest tells about. ``attempt`` counts the scans of one business date."""

    workspace: str
    business_date: date
    scan_id: str
    scope: str = "all"
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Remarks:
    """What a digest says beside the alerts. ``degraded`` and ``law`` are told even when no alert changed; ``notes`` are
    not. ``law``: one line per legal change since the last scan."""

    degraded: tuple[str, ...] = ()
    law: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    dead_letters: int = 0


def digest_of(
    night: Night, changes: Sequence[Change], news: Sequence[Change], remarks: Remarks, budget: int = LINE_BUDGET
) -> Digest:
    """The digest of one receiver: counts over ``changes``, lines for as many ``news`` as the budget allows."""
    found = Counter(change.kind for change in changes)
    counts = {kind: found[kind] for kind in COUNTED if found[kind]}
    lines = tuple(line_of(change, remarks.titles) for change in news[:budget])
    return Digest(
        night.workspace,
        night.business_date,
        night.scan_id,
        headline_of(night, news, counts, remarks),
        counts,
        lines,
        max(0, len(news) - budget),
        (*_alarms(remarks), *remarks.law, *remarks.notes),
    )


def headline_of(night: Night, news: Sequence[Change], counts: Mapping[str, int], remarks: Remarks) -> str:
    """One line that a telephone shows whole: what is worst first, the company last."""
    fresh: Counter[str] = Counter(change.severity for change in news if change.kind in ("new", "reopened", "worse"))
    parts = [f"{fresh[name]} new or worse {name}" for name in SEVERITIES if fresh[name]]
    parts += [f"{counts[kind]} {_WORDS.get(kind, kind)}" for kind in COUNTED[3:] if counts.get(kind)]
    if remarks.law:
        parts.insert(0, "law changed")
    if remarks.dead_letters:
        parts.insert(0, f"{remarks.dead_letters} messages could not be delivered")
    if remarks.degraded:
        parts.insert(0, "scan incomplete")
    return f"{', '.join(parts) or 'nothing new'} ({night.workspace}, {night.business_date.isoformat()})"


def line_of(change: Change, titles: Mapping[str, str]) -> DigestLine:
    """One alert as a line."""
    about = " ".join(change.identity[name] for name in SHOWN if change.identity.get(name))
    title = " · ".join(part for part in (titles.get(change.rule, change.rule), about) if part)
    reason = _REASONS.get(change.reason, change.reason)
    text = f"{change.message} ({reason})" if reason else change.message
    return DigestLine(change.severity, change.kind, title, text, change.owner, change.key)


def counts_line(counts: Mapping[str, int]) -> str:
    """The counts as people read them, for notifiers: ``3 new · 1 resolved · 12 ongoing``."""
    return " · ".join(f"{count} {_WORDS.get(kind, kind)}" for kind, count in counts.items())


def _alarms(remarks: Remarks) -> tuple[str, ...]:
    dead = f"{remarks.dead_letters} messages could not be delivered: see `riskplug outbox list`"
    return (*((dead,) if remarks.dead_letters else ()), *remarks.degraded)
