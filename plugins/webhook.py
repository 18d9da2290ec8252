"""Receiver `webhook`: the digest as signed JSON to an address of your own.

The signature is HMAC-SHA256 over the bytes of ``Riskplug-Timestamp``, a full stop and the body, in hexadecimal, as
``Riskplug-Signature: v1=...``. docs/receivers.md shows how to check it.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from riskplug.errors import UsageError
from riskplug.extend import hookimpl
from riskplug.extend.options import Secret, Url, WebOptions, secret, url_of
from riskplug.extend.protocols import Capabilities, Delivery, Digest, DigestLine, Limits, Notifier, Receipt
from riskplug.extend.wording import digest_text, shortened, visible

SCHEMA = "riskplug.webhook/1"
MIN_SECRET, MAX_TEXT = 16, 40_000


class WebhookOptions(WebOptions):
    """``url``: an https address, or a reference to one. ``secret``: a reference to the key of the signature.

    ``idempotent``: the receiver knows a message by its ``Idempotency-Key`` and takes it once.
    """

    url: Url
    secret: Secret
    idempotent: bool = False


class WebhookNotifier:
    """Posts the digest as JSON (schema riskplug.webhook/1), signed with a shared secret."""

    kind: ClassVar[str] = "webhook"
    Options: ClassVar[type[Any]] = WebhookOptions
    limits: ClassVar[Limits] = Limits(text=MAX_TEXT, blocks=1_000, per_second=5.0)
    capabilities: ClassVar[Capabilities] = Capabilities()

    def __init__(self, options: WebhookOptions, /) -> None:
        self._options = options

    def render(self, digest: Digest) -> Mapping[str, Any]:
        """The body without its key, which every attempt shares."""
        shown = digest.lines[: self.limits.blocks]
        return {
            "text": digest_text(digest, self.limits.text),
            "body": {
                "workspace": visible(digest.workspace),
                "business_date": digest.business_date.isoformat(),
                "scan_id": digest.scan_id,
                "headline": visible(digest.headline),
                "counts": dict(digest.counts),
                "alerts": [_alert(line) for line in shown],
                "more": digest.more + len(digest.lines) - len(shown),
                "notes": list(map(visible, digest.notes)),
            },
        }

    def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
        """One signed post."""
        from riskplug.extend.web import Request, ask, receipt_of

        try:
            url, key = url_of(self._options.url), secret(self._options.secret)
        except UsageError as error:
            return Receipt("not_accepted", f"{error.where}: {error.what}")
        if len(key) < MIN_SECRET:
            return Receipt("not_accepted", f"secret: shorter than {MIN_SECRET} characters, which anybody can guess")
        body = body_of(delivery)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": delivery.key,
            **signature(key, body, int(time.time())),
        }
        request = Request(url, "POST", body, headers, self._options.ca_file, (key, url), self._options.private_hosts)
        return receipt_of(ask(request, timeout=timeout), idempotent=self._options.idempotent)

    def find(self, delivery: Delivery, *, timeout: float) -> Receipt | None:
        """A webhook cannot be asked."""
        return None


def body_of(delivery: Delivery) -> bytes:
    """The body of a message: the same bytes in every attempt."""
    payload = delivery.payload
    whole = {
        **payload.get("body", {}),
        "schema": SCHEMA,
        "key": delivery.key,
        "text": shortened(str(payload["text"]), MAX_TEXT),
    }
    return json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _alert(line: DigestLine) -> dict[str, Any]:
    return {
        "key": line.key,
        "episode": line.episode,
        "rule": line.rule,
        "severity": line.severity,
        "change": line.change,
        "title": visible(line.title),
        "text": visible(line.text),
        "owner": visible(line.owner),
        "identity": {name: visible(value) for name, value in line.identity.items()},
    }


def signature(key: str, body: bytes, now: int) -> dict[str, str]:
    """The headers that prove who sent a body, and when."""
    signed = hmac.new(key.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Riskplug-Timestamp": str(now), "Riskplug-Signature": f"v1={signed}"}


@hookimpl
def riskplug_notifiers() -> Iterable[type[Notifier]]:
    """This plugin's receiver kind."""
    return [WebhookNotifier]
