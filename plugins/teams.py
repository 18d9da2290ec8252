"""Receiver `teams`: the digest as an Adaptive Card in a Microsoft Teams channel or chat, through a workflow's webhook.

Teams takes about 28 KB a message (learn.microsoft.com/connectors/teams, "message size limit"). It counts the card as
the text that the workflow makes of it, in which every quotation mark is escaped once more: a request of 24,453 bytes
was refused as 28,897 over 28,672 (MicrosoftDocs/msteams-docs, issue 11274). So that text is what is measured here.

Data stands in text runs, which know no Markdown (adaptivecards.io, TextRun); only our own words are in text blocks.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from riskplug.errors import UsageError
from riskplug.extend import hookimpl
from riskplug.extend.options import Secret, WebOptions, url_of
from riskplug.extend.protocols import Capabilities, Delivery, Digest, DigestLine, Limits, Notifier, Receipt
from riskplug.extend.wording import digest_text, remarks, shortened, visible

MAX_BYTES = 24_000
_MAX_TITLE, _MAX_TEXT, _MAX_REMARKS = 200, 600, 2_000
_COLOURS = {"critical": "Attention", "warning": "Warning", "info": "Accent"}


class TeamsOptions(WebOptions):
    """``url``: a reference to the address that the workflow shows; whoever knows it can post, so it is a secret."""

    url: Secret


class TeamsNotifier:
    """Posts one Adaptive Card to a Teams workflow, shortened until it fits, with the number of alerts left out."""

    kind: ClassVar[str] = "teams"
    Options: ClassVar[type[Any]] = TeamsOptions
    limits: ClassVar[Limits] = Limits(text=15_000, blocks=40, per_second=1.0)
    capabilities: ClassVar[Capabilities] = Capabilities(chat=True)

    def __init__(self, options: TeamsOptions, /) -> None:
        self._options = options

    def render(self, digest: Digest) -> Mapping[str, Any]:
        """The largest card that Teams takes, and the text for where it cannot be shown."""
        blocks = [_block(line) for line in digest.lines[: self.limits.blocks]]
        while size_of(card_of(digest, blocks)) > MAX_BYTES and blocks:
            blocks.pop()
        return {"text": digest_text(digest, self.limits.text), "card": card_of(digest, blocks)}

    def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
        """One post. Teams says only that the workflow took it; whether the card was shown is in its run history."""
        from riskplug.extend.web import Request, ask, receipt_of

        try:
            url = url_of(self._options.url, plain_loopback=False)
        except UsageError as error:
            return Receipt("not_accepted", f"{error.where}: {error.what}")
        hidden = (url, *(value for _, value in parse_qsl(urlsplit(url).query)))
        headers = {"Content-Type": "application/json; charset=utf-8"}
        request = Request(
            url, "POST", message_of(delivery), headers, self._options.ca_file, hidden, self._options.private_hosts
        )
        return receipt_of(ask(request, timeout=timeout))

    def find(self, delivery: Delivery, *, timeout: float) -> Receipt | None:
        """A workflow cannot be asked."""
        return None


def message_of(delivery: Delivery) -> bytes:
    """The request's body; without a card, the text as one."""
    card = delivery.payload.get("card") or _text_card(str(delivery.payload["text"]))
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return json.dumps({"type": "message", "attachments": [attachment]}, ensure_ascii=False).encode("utf-8", "replace")


def size_of(card: Mapping[str, Any]) -> int:
    """Bytes of the card as Teams counts them, with room: as a JSON text within JSON, all but ASCII escaped."""
    return len(json.dumps(json.dumps(card)))


def card_of(digest: Digest, blocks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Headline, the given alerts, what else is to be said."""
    head = {"type": "TextBlock", "text": "riskplug", "size": "Small", "isSubtle": True, "spacing": "None"}
    night = _plain(f"{visible(digest.workspace)[:_MAX_TITLE]} · {digest.business_date}", isSubtle=True)
    said = remarks(digest, left=len(digest.lines) - len(blocks), room=_MAX_REMARKS)
    headline = shortened(visible(digest.headline), _MAX_TEXT)
    opening = [head, night, _plain(headline, weight="Bolder", size="Medium")]
    return _card([*opening, *blocks, *(_plain(remark, isSubtle=True) for remark in said)], headline)


def _text_card(text: str) -> dict[str, Any]:
    """A card of plain text, as long as it may be: half of it at a time is given up."""
    card = _card([_plain(text)], "riskplug")
    return card if size_of(card) <= MAX_BYTES else _text_card(shortened(text, len(text) // 2))


def _card(body: list[dict[str, Any]], summary: str) -> dict[str, Any]:
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": shortened(visible(summary), _MAX_TEXT),
        "msteams": {"width": "Full"},
        "body": body,
    }


def _block(line: DigestLine) -> dict[str, Any]:
    owner = f" · {shortened(visible(line.owner), _MAX_TITLE)}" if line.owner else ""
    mark = _run(f"{line.severity} · {line.change}{owner}\n", color=_COLOURS[line.severity], size="Small")
    title = _run(shortened(visible(line.title), _MAX_TITLE), weight="Bolder")
    text = _run("\n" + shortened(visible(line.text), _MAX_TEXT))
    return {"type": "RichTextBlock", "separator": True, "inlines": [mark, title, text]}


def _plain(text: str, **look: object) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [_run(text, **look)]}


def _run(text: str, **look: object) -> dict[str, Any]:
    """Text as it is. Two opening braces would begin a date or time that the client works out."""
    inert = re.sub(r"\{(?=\{)", "{ ", "\n".join(visible(line) for line in text.split("\n")))
    return {"type": "TextRun", "text": inert, **look}


@hookimpl
def riskplug_notifiers() -> Iterable[type[Notifier]]:
    """This plugin's receiver kind."""
    return [TeamsNotifier]
