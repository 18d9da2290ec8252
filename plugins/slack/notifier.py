"""Posting to Slack once: the SDK's own retries and redirects are off, every outcome is one of four."""

import http.client
import urllib.request
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.error import URLError
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from riskplug.extend.protocols import Capabilities, Delivery, Digest, Limits, Receipt
from riskplug.secrets import SecretRef
from riskplug_plugins.slack.blocks import blocks_of, fallback

if TYPE_CHECKING:
    from slack_sdk import WebClient

EVENT = "riskplug_digest"
HOSTS = ("slack.com", "slack-gov.com")
# Slack's words for a request it will never take as it is; only the form of the blocks can be changed.
_PERMANENT = {"channel_not_found", "not_in_channel", "invalid_auth", "not_authed", "account_inactive", "token_revoked",
              "token_expired", "missing_scope", "is_archived", "msg_too_long", "no_text", "restricted_action",
              "not_allowed_token_type", "invalid_arguments", "no_permission"}
_MAY_HAVE_ARRIVED = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}


class SlackOptions(BaseModel):
    """``channel``: name or id; ``token``: a reference to a bot token with chat:write (channels:history to look back)."""

    model_config = ConfigDict(extra="forbid")
    channel: str = Field(min_length=1)
    token: SecretRef
    base_url: str = "https://slack.com/api/"

    @field_validator("base_url")
    @classmethod
    def _only_slack_or_this_host(cls, value: str) -> str:
        parts = urlsplit(value)
        host = parts.hostname or ""
        local = host in ("127.0.0.1", "localhost", "::1")
        known = any(host == name or host.endswith(f".{name}") for name in HOSTS)
        if not (local or (parts.scheme == "https" and known)):
            raise ValueError("must be an https address of slack.com or slack-gov.com, or this host in a test")
        return value if value.endswith("/") else f"{value}/"


class SlackNotifier:
    """Posts a digest to one channel with Block Kit. A post that may have arrived is looked for by its metadata first."""

    kind: ClassVar[str] = "slack"
    Options: ClassVar[type[Any]] = SlackOptions
    limits: ClassVar[Limits] = Limits(text=3500, blocks=45, per_second=1.0)
    capabilities: ClassVar[Capabilities] = Capabilities(update=True, thread=True, file=True, reconcile=True)

    def __init__(self, options: SlackOptions, /) -> None:
        self._options = options

    def render(self, digest: Digest) -> Mapping[str, Any]:
        """Blocks, and the text that notifications and screen readers get."""
        return {"text": fallback(digest), "blocks": blocks_of(digest)}

    def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
        """One post. In the minimal form only the text is sent."""
        payload = delivery.payload
        form = {} if payload.get("minimal") or "blocks" not in payload else {"blocks": payload["blocks"]}
        metadata = {"event_type": EVENT, "event_payload": {"key": delivery.key}}
        return self._ask(timeout, lambda client: _posted(client.chat_postMessage(
            channel=self._options.channel, text=str(payload["text"]), metadata=metadata, unfurl_links=False,
            unfurl_media=False, link_names=False, parse="none", **form)))

    def find(self, delivery: Delivery, *, timeout: float) -> Receipt | None:
        """The message with this key, among those since the first attempt; None when it is not there."""
        since = delivery.attempted_since.timestamp() - 60 if delivery.attempted_since else 0
        found = self._ask(timeout, lambda client: _looked(client.conversations_history(
            channel=self._options.channel, oldest=f"{since:.6f}", include_all_metadata=True, limit=200), delivery.key))
        return None if found.outcome == "not_accepted" and found.detail == _NOT_THERE else found

    def _ask(self, timeout: float, request: Any) -> Receipt:
        """Call Slack once and say how it ended."""
        from slack_sdk.errors import SlackApiError

        try:
            return request(self._client(timeout))  # type: ignore[no-any-return]
        except SlackApiError as error:
            return _refused(error)
        except _Redirected as error:
            return Receipt("rejected", str(error))
        except (ConnectionRefusedError, URLError) as error:
            reason = getattr(error, "reason", error)
            sent = not isinstance(reason, (ConnectionRefusedError, OSError)) or isinstance(reason, TimeoutError)
            return Receipt("ambiguous" if sent else "not_accepted", str(reason))
        except (TimeoutError, OSError, http.client.HTTPException, ValueError) as error:
            return Receipt("ambiguous", f"{type(error).__name__}: {error}")

    def _client(self, timeout: float) -> "WebClient":
        from slack_sdk import WebClient

        token = self._options.token.resolve().get_secret_value()
        urllib.request.install_opener(urllib.request.build_opener(_NoRedirect))
        return WebClient(token=token, base_url=self._options.base_url, timeout=max(1, int(timeout)), retry_handlers=[])


_NOT_THERE = "not in the channel's history"


class _Redirected(Exception):  # noqa: N818  an outcome, not a programming error
    """Slack does not redirect its API; following would hand the token to another host."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
        raise _Redirected(f"refused a redirect to {urlsplit(newurl).hostname}")


def _posted(response: Any) -> Receipt:
    if not response.get("ts"):
        return Receipt("ambiguous", "Slack answered without a message time")
    return Receipt("delivered", reference={"channel": str(response.get("channel", "")), "ts": str(response["ts"])})


def _looked(response: Any, key: str) -> Receipt:
    for message in response.get("messages", []):
        if message.get("metadata", {}).get("event_payload", {}).get("key") == key:
            return Receipt("delivered", "found in the channel", {"ts": str(message["ts"])})
    return Receipt("not_accepted", _NOT_THERE)


def _refused(error: Any) -> Receipt:
    """What an answer without ``ok: true`` means."""
    response = error.response
    status, word = getattr(response, "status_code", 0), ""
    data = getattr(response, "data", None)
    if isinstance(data, dict):
        word = str(data.get("error", ""))
    if status == 429 or word in ("ratelimited", "rate_limited"):
        wait = response.headers.get("Retry-After") or response.headers.get("retry-after") or "60"
        return Receipt("not_accepted", "rate limited", retry_after=float(wait))
    if word in ("invalid_blocks", "invalid_blocks_format"):
        return Receipt("rejected", word, {"try": "minimal"})
    if word in _PERMANENT:
        return Receipt("rejected", word)
    if status >= 500 or word in _MAY_HAVE_ARRIVED or not word:
        return Receipt("ambiguous", word or f"HTTP {status}")
    return Receipt("rejected", word)
