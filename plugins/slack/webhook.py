"""Receiver `slack_webhook`: an incoming webhook of one channel, for who may not install an app.

It can neither thread nor edit nor take files, and cannot be asked what arrived: one digest a night, at least once.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, field_validator
from riskplug_plugins.slack.blocks import blocks_of, fallback
from riskplug_plugins.slack.limits import problems

from riskplug.errors import UsageError
from riskplug.extend.protocols import Capabilities, Delivery, Digest, Limits, Receipt
from riskplug.secrets import SecretRef


class WebhookOptions(BaseModel):
    """``url``: a reference to the webhook's address, which is a secret: who has it can post."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    url: SecretRef

    @field_validator("url", mode="before")
    @classmethod
    def _only_a_reference(cls, value: object) -> object:
        if isinstance(value, str):
            raise ValueError('must be a reference such as { env = "SLACK_WEBHOOK_URL" }; the address is a secret')
        return value


class SlackWebhookNotifier:
    """Posts a digest through an incoming webhook. Slack says ``ok`` in the body; nothing else is taken for it."""

    kind: ClassVar[str] = "slack_webhook"
    Options: ClassVar[type[Any]] = WebhookOptions
    limits: ClassVar[Limits] = Limits(text=3500, blocks=45, per_second=1.0)
    capabilities: ClassVar[Capabilities] = Capabilities(chat=True)

    def __init__(self, options: WebhookOptions, /) -> None:
        self._options = options

    def render(self, digest: Digest) -> Mapping[str, Any]:
        """Blocks, and the text that notifications and screen readers get; ValueError where Slack would not take it."""
        payload = {"text": fallback(digest), "blocks": blocks_of(digest)}
        wrong = list(problems(payload))
        if wrong:
            raise ValueError("; ".join(wrong))
        return payload

    def limit_key(self) -> str:
        """Slack counts by webhook."""
        return f"slack {self._options.url.env or self._options.url.file}"

    def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
        """One post. In the minimal form only the text is sent."""
        from riskplug_plugins.slack.client import is_slack_or_local, outcome_of

        try:
            url = self._options.url.resolve().get_secret_value()
        except UsageError as error:
            return Receipt("not_accepted", error.what)
        if not is_slack_or_local(url):
            return Receipt("rejected", "the webhook's address is not Slack's")
        payload = delivery.payload
        form = {} if payload.get("minimal") or "blocks" not in payload else {"blocks": payload["blocks"]}
        body = {"text": payload["text"], **form, "unfurl_links": False, "unfurl_media": False}
        return outcome_of(lambda: _posted(url, body, timeout))

    def find(self, delivery: Delivery, *, timeout: float) -> Receipt | None:
        """A webhook cannot be asked."""
        return None


def _posted(url: str, body: Mapping[str, Any], timeout: float) -> Receipt:
    import urllib.request
    from urllib.error import HTTPError

    from riskplug_plugins.slack.client import opened

    headers = {"Content-Type": "application/json; charset=utf-8"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    try:
        with opened(request, timeout) as answer:
            said = answer.read(200).decode("utf-8", "replace").strip()
    except HTTPError as error:
        with error:
            return _refused(error.code, error.read(200).decode("utf-8", "replace").strip(), error.headers)
    return Receipt("delivered") if said == "ok" else Receipt("ambiguous", "an answer that is not Slack's")


def _refused(status: int, said: str, headers: Any) -> Receipt:
    """A word of Slack's is its refusal; a page is somebody else's, and says nothing of the message."""
    from riskplug_plugins.slack.client import seconds

    word = said if said.replace("_", "").isalnum() else ""
    if status == 429:
        return Receipt("not_accepted", "rate limited", retry_after=seconds(headers))
    if status >= 500 or not word:
        return Receipt("ambiguous", word or f"HTTP {status} without an answer of Slack's")
    return Receipt("rejected", word, {"try": "minimal"} if word.startswith("invalid_") else {})
