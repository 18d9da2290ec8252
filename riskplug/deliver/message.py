"""From changes to messages in the outbox: rendered now, sent later, each exactly once per receiver."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from riskplug.deliver.digest import LINE_BUDGET, Night, Remarks, digest_of
from riskplug.deliver.routing import routed
from riskplug.extend import guard
from riskplug.extend.protocols import Digest, Notifier
from riskplug.model import Change
from riskplug.workspace import Route


@dataclass(frozen=True, slots=True)
class Message:
    """One row for the outbox.

    ``key`` names this message in every attempt. ``items`` are the (alert key, kind) it tells about; one without items
    is skipped when the receiver was already sent its ``remarks_key``.
    """

    receiver: str
    key: str
    remarks_key: str
    payload: Mapping[str, Any]
    items: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """What a receiver will be told. ``fault`` says why it had to be rendered as plain text."""

    receiver: str
    digest: Digest
    message: Message
    fault: str = ""


def plan_digests(
    changes: Sequence[Change],
    news: Sequence[Change],
    *,
    night: Night,
    routes: Sequence[Route],
    notifiers: Mapping[str, Notifier],
    remarks: Remarks | None = None,
    budget: int = LINE_BUDGET,
) -> tuple[Planned, ...]:
    """One message per receiver that has something to be told: news, changed law, or that the scan was degraded.

    ``changes`` are only counted. Sends nothing and reads no clock; equal arguments give equal bytes.
    """
    said = remarks or Remarks()
    counted, told = routed(changes, routes), routed(news, routes)
    return tuple(
        _planned(name, night, digest_of(night, counted[name], told[name], said, budget), told[name], said, notifiers)
        for name in told
        if told[name] or said.degraded or said.law
    )


def _planned(
    receiver: str,
    night: Night,
    digest: Digest,
    news: Sequence[Change],
    remarks: Remarks,
    notifiers: Mapping[str, Notifier],
) -> Planned:
    payload, fault = rendered(receiver, digest, notifiers.get(receiver))
    shown = replace(digest, notes=(*digest.notes, f"shown as plain text: {fault}")) if fault else digest
    where = [receiver, night.scope, night.workspace, night.business_date.isoformat()]
    remarks_key = _hash([*where, "remarks", [*remarks.degraded, *remarks.law]])
    items = tuple((change.key, change.kind) for change in news)
    events = sorted([change.key, change.kind, str(change.episode), change.severity] for change in news)
    # A corrected export may turn an alert off and on again within one date: then the attempt tells the posts apart.
    key = _hash([*where, night.attempt, events]) if items else remarks_key
    return Planned(receiver, shown, Message(receiver, key, remarks_key, payload, items), fault)


def rendered(receiver: str, digest: Digest, notifier: Notifier | None) -> tuple[Mapping[str, Any], str]:
    """The payload; when the notifier fails, ``{"text": ...}``, which every notifier must be able to send."""
    if notifier is None:
        return {"text": _inactive(plain_text(digest))}, "no notifier for this receiver is loaded"
    asked = guard.call(receiver, "render", lambda: _plain(notifier.render(digest)))
    if asked.fault is None and asked.value is not None:
        return asked.value, ""
    fault = str(asked.fault)
    noted = replace(digest, notes=(*digest.notes, "this message lost its form: " + fault))
    return {"text": _inactive(plain_text(noted))}, fault


def plain_text(digest: Digest) -> str:
    """A digest without any form, for logs, files and as the last resort."""
    lines = [f"[{line.severity}] {line.change}: {line.title}: {line.text}" for line in digest.lines]
    more = [f"and {digest.more} more"] if digest.more else []
    return "\n".join([digest.headline, *lines, *more, *(f"note: {note}" for note in digest.notes)])


def _inactive(text: str) -> str:
    """Text that no chat or mail program takes for markup, for want of a notifier that knows how to escape it."""
    visible = "".join(mark if mark.isprintable() or mark == "\n" else " " for mark in text)
    return visible.translate(str.maketrans("<>", "‹›"))


def _plain(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The payload as JSON would give it back; raises where it could not be stored."""
    plain: Mapping[str, Any] = json.loads(json.dumps(payload, allow_nan=False))
    return plain


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).hexdigest()
