"""The notifier. What ntfy takes and answers: docs.ntfy.sh/publish and docs.ntfy.sh/subscribe/api, read 2026-11-30."""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from riskplug.errors import UsageError
from riskplug.extend.options import Secret, Url, WebOptions, secret, url_of
from riskplug.extend.protocols import Capabilities, Delivery, Digest, Limits, Receipt
from riskplug.extend.wording import digest_text, shortened, visible

# A longer message becomes an attachment, which no phone shows.
MAX_BYTES, MAX_TITLE = 4_096, 250
PRIORITIES = {"critical": 5, "warning": 3, "info": 2}
TAGS = {"critical": "rotating_light", "warning": "warning", "info": "information_source"}


class NtfyOptions(WebOptions):
    """``url``: of the server, or a reference to one. ``token``: a reference to an access token."""

    url: Url
    topic: Annotated[str, Field(pattern=r"^[-_A-Za-z0-9]{1,64}$")]
    token: Secret | None = None


class NtfyNotifier:
    """Publishes the digest to a topic of an ntfy server."""

    kind: ClassVar[str] = "ntfy"
    Options: ClassVar[type[Any]] = NtfyOptions
    limits: ClassVar[Limits] = Limits(text=MAX_BYTES, per_second=1.0)
    capabilities: ClassVar[Capabilities] = Capabilities(reconcile=True, chat=True)

    def __init__(self, options: NtfyOptions, /) -> None:
        self._options = options

    def render(self, digest: Digest) -> Mapping[str, Any]:
        """Text, title and priority; the topic and the key come with the delivery."""
        told = {line.severity for line in digest.lines}
        worst = next((severity for severity in PRIORITIES if severity in told), "info")
        return {
            "text": digest_text(digest, self.limits.text),
            "title": shortened(visible(digest.headline), MAX_TITLE),
            "priority": PRIORITIES[worst],
            "tags": [TAGS[worst]],
        }

    def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
        """One message as JSON."""
        from riskplug.extend.web import Request, ask, receipt_of

        try:
            url, headers, secrets = self._way()
        except UsageError as error:
            return Receipt("not_accepted", f"{error.where}: {error.what}")
        payload = delivery.payload
        message = {
            "topic": self._options.topic,
            "message": in_bytes(str(payload["text"])),
            **{name: payload[name] for name in ("title", "priority") if name in payload},
            "tags": [*payload.get("tags", ()), mark(delivery)],
        }
        body = json.dumps(message, ensure_ascii=False).encode("utf-8", "replace")
        options = self._options
        request = Request(url, "POST", body, headers, options.ca_file, secrets, options.private_hosts)
        return receipt_of(ask(request, timeout=timeout))

    def find(self, delivery: Delivery, *, timeout: float) -> Receipt | None:
        """Whether the topic has a message with our mark among those that the server still keeps."""
        from riskplug.extend.web import Request, ask

        try:
            url, headers, secrets = self._way()
        except UsageError:
            return None
        asked = f"{url}{self._options.topic}/json?poll=1&since=all"
        options = self._options
        request = Request(asked, "GET", None, headers, options.ca_file, secrets, options.private_hosts)
        answer = ask(request, timeout=timeout)
        if answer.status != 200:
            return None
        found = next((one for one in _messages(answer.body) if mark(delivery) in (one.get("tags") or ())), None)
        return Receipt("delivered", reference={"id": str(found.get("id", ""))}) if found else None

    def _way(self) -> tuple[str, dict[str, str], tuple[str, ...]]:
        url = url_of(self._options.url).rstrip("/") + "/"
        token = secret(self._options.token) if self._options.token else ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return url, {**headers, "Content-Type": "application/json"}, (token,)


def mark(delivery: Delivery) -> str:
    """A tag that tells a message from all others; the same in every attempt."""
    return f"riskplug-{delivery.key[:16]}"


def in_bytes(text: str) -> str:
    """The text in as many bytes as a message holds, cut at a word."""
    shown = text
    while (size := len(shown.encode("utf-8", "replace"))) > MAX_BYTES:
        shown = shortened(text, len(shown) - max(1, (size - MAX_BYTES) // 4))
    return shown


def _messages(body: bytes) -> Iterator[Mapping[str, Any]]:
    """One JSON object a line; anything else is no message of ours."""
    for line in body.splitlines():
        try:
            one = json.loads(line)
        except ValueError:
            continue
        if isinstance(one, dict) and one.get("event") == "message":
            yield one
