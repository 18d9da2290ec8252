"""Receiver `console`: the digest on standard output, in the words a channel would read."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from riskplug.extend import hookimpl
from riskplug.extend.protocols import Capabilities, Delivery, Digest, Limits, Notifier, Receipt
from riskplug.extend.wording import visible


class ConsoleOptions(BaseModel):
    """The console needs nothing."""

    model_config = ConfigDict(extra="forbid")


class ConsoleNotifier:
    """Prints the digest. For a terminal and for cron mails; nothing leaves the host."""

    kind: ClassVar[str] = "console"
    Options: ClassVar[type[Any]] = ConsoleOptions
    limits: ClassVar[Limits] = Limits(text=10_000_000)
    capabilities: ClassVar[Capabilities] = Capabilities(idempotent=True)

    def __init__(self, options: ConsoleOptions, /) -> None:
        self._options = options

    def render(self, digest: Digest) -> Mapping[str, Any]:
        """The digest as plain text."""
        return {"text": digest_text(digest)}

    def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
        """Print it."""
        print(_safe(str(delivery.payload["text"])), flush=True)
        return Receipt("delivered")

    def find(self, delivery: Delivery, *, timeout: float) -> Receipt | None:
        """A terminal cannot be asked."""
        return None


def digest_text(digest: Digest) -> str:
    """The digest in the layout of a channel message: headline, lines by severity, what else is to be said."""
    marks = {"critical": "🔴", "warning": "🟠", "info": "🔵"}
    lines = [
        said
        for line in digest.lines
        for said in (
            f"{marks[line.severity]} [{line.change}] {line.title}",
            f"   {line.text}" + (f"  ({line.owner})" if line.owner else ""),
        )
    ]
    more = [f"and {digest.more} more"] if digest.more else []
    notes = [f"note: {note}" for note in digest.notes]
    head = [f"riskplug · {digest.workspace} · {digest.business_date}", digest.headline]
    return "\n".join(map(visible, [*head, *lines, *more, *notes]))


def _safe(text: str) -> str:
    """Without control characters: a description must not steer a terminal."""
    return "".join(character for character in text if character.isprintable() or character in "\n\t")


@hookimpl
def riskplug_notifiers() -> Iterable[type[Notifier]]:
    """This plugin's receiver kind."""
    return [ConsoleNotifier]
