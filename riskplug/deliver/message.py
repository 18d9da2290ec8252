"""A message for the outbox, and its rendering: a notifier that fails costs the form, never the message."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from riskplug.extend import guard
from riskplug.extend.protocols import Attachment, Digest, Notifier, Operation

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Fallback:
    """What another receiver is told when this message cannot be delivered, worded for it."""

    receiver: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One row for the outbox.

    ``key`` names this message in every attempt. ``items`` are the (alert key, kind) it tells about; one without items
    is skipped when the receiver was already sent its ``remarks_key``. ``slot`` names what can be edited or answered
    later, ``thread`` the slot that a reply goes below. ``last_word``: the slot will not be edited again.
    """

    receiver: str
    key: str
    remarks_key: str
    payload: Mapping[str, Any]
    items: tuple[tuple[str, str], ...] = ()
    operation: Operation = "post"
    slot: str = ""
    thread: str = ""
    files: tuple[Attachment, ...] = ()
    last_word: bool = False
    expires_after: timedelta | None = WEEK
    fallback: Fallback | None = None

    @property
    def payload_hash(self) -> str:
        """Equal for equal content."""
        return hash_of(self.payload)


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
    lines = [f"[{line.severity}] {line.change}: {line.title}: {line.text}" for line in (*digest.top, *digest.lines)]
    more = [f"and {digest.more} more"] if digest.more else []
    return "\n".join([digest.headline, *lines, *more, *(f"note: {note}" for note in digest.notes)])


def hash_of(value: object) -> str:
    """SHA-256 of a value's one JSON spelling."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _inactive(text: str) -> str:
    """Text that no chat or mail program takes for markup, for want of a notifier that knows how to escape it."""
    visible = "".join(mark if mark.isprintable() or mark == "\n" else " " for mark in text)
    return visible.translate(str.maketrans("<>", "‹›"))


def _plain(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The payload as JSON would give it back; raises where it could not be stored."""
    plain: Mapping[str, Any] = json.loads(json.dumps(payload, allow_nan=False))
    return plain
