"""Posting to Slack once: the SDK's own retries and redirects are off, every outcome is one of four."""

import http.client
import socket
import ssl
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.error import URLError
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator
from riskplug_plugins.slack.blocks import blocks_of, fallback

from riskplug.errors import UsageError
from riskplug.extend.protocols import Capabilities, Delivery, Digest, Limits, Receipt
from riskplug.secrets import SecretRef

if TYPE_CHECKING:
    from slack_sdk import WebClient

EVENT = "riskplug_digest"
HOSTS = ("slack.com", "slack-gov.com")
# The two hosts' clocks may differ, so the search begins well before the attempt.
_MARGIN_SECONDS = 600
_PAGES = 10
# Slack's words for what may have been posted all the same (chat.postMessage, list of errors).
_MAY_HAVE_ARRIVED = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
_BAD_FORM = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"}


class SlackOptions(BaseModel):
    """Options of a receiver of kind `slack`.

    ``channel``: name or id. ``token``: a reference to a bot token with chat:write; with channels:history and
    channels:read as well, a post that may have arrived is looked for. ``on_doubt``: what to do where it cannot be
    looked for: ``resend`` may post twice, ``hold`` may post late.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    channel: str = Field(min_length=1)
    token: SecretRef
    base_url: str = "https://slack.com/api/"
    on_doubt: Literal["resend", "hold"] = "resend"

    @field_validator("token", mode="before")
    @classmethod
    def _only_a_reference(cls, value: object) -> object:
        if isinstance(value, str):
            raise ValueError('must be a reference such as { env = "SLACK_BOT_TOKEN" }; a token itself is refused')
        return value

    @field_validator("base_url")
    @classmethod
    def _only_slack_or_this_host(cls, value: str) -> str:
        parts = urlsplit(value)
        host = parts.hostname or ""
        local = parts.scheme in ("http", "https") and host in ("127.0.0.1", "localhost", "::1")
        known = any(host == name or host.endswith(f".{name}") for name in HOSTS)
        if not (local or (parts.scheme == "https" and known)):
            raise ValueError("must be an https address of slack.com or slack-gov.com, or this host in a test")
        return value if value.endswith("/") else f"{value}/"


class SlackNotifier:
    """Posts a digest to one channel with Block Kit; what may have arrived is looked for by its metadata first."""

    kind: ClassVar[str] = "slack"
    Options: ClassVar[type[Any]] = SlackOptions
    limits: ClassVar[Limits] = Limits(text=3500, blocks=45, per_second=1.0)
    capabilities: ClassVar[Capabilities] = Capabilities(reconcile=True)

    def __init__(self, options: SlackOptions, /) -> None:
        self._options = options

    def render(self, digest: Digest) -> Mapping[str, Any]:
        """Blocks, and the text that notifications and screen readers get."""
        return {"text": fallback(digest), "blocks": blocks_of(digest)}

    def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
        """One post. In the minimal form only the text is sent."""
        payload = delivery.payload
        form = {} if payload.get("minimal") or "blocks" not in payload else {"blocks": payload["blocks"]}
        message = {
            **form,
            "channel": self._options.channel,
            "text": str(payload["text"]),
            "metadata": {"event_type": EVENT, "event_payload": {"key": delivery.key}},
            "unfurl_links": False,
            "unfurl_media": False,
            "link_names": False,
            "parse": "none",
        }
        return self._ask(timeout, lambda client: _posted(client.chat_postMessage(**message)))

    def find(self, delivery: Delivery, *, timeout: float) -> Receipt | None:
        """The message with this key since the first attempt; None when it is not there, or Slack does not let us look.

        Where the receiver says ``on_doubt = "hold"``, not being let is no reason to post again.
        """
        since = delivery.attempted_since.timestamp() - _MARGIN_SECONDS if delivery.attempted_since else 0.0
        found = self._ask(timeout, lambda client: _searched(client, self._options.channel, max(since, 0), delivery.key))
        if found.outcome == "rejected":
            held = Receipt("ambiguous", f"cannot look whether it arrived: {found.detail}")
            return held if self._options.on_doubt == "hold" else None
        return None if found == _NOT_THERE else found

    def _ask(self, timeout: float, request: Callable[["WebClient"], Receipt]) -> Receipt:
        """Call Slack once and say how it ended."""
        from slack_sdk.errors import SlackApiError

        try:
            token = self._options.token.resolve().get_secret_value()
        except UsageError as error:
            return Receipt("not_accepted", error.what)
        try:
            return request(_client(token, self._options.base_url, timeout))
        except SlackApiError as error:
            return _refused(error)
        except _Redirected as error:
            return Receipt("rejected", str(error))
        except URLError as error:
            return Receipt("not_accepted" if _never_left(error.reason) else "ambiguous", str(error.reason))
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Receipt("ambiguous", f"{type(error).__name__}: {error}")


_NOT_THERE = Receipt("not_accepted", "not in the channel's history")


class _Redirected(Exception):
    """Slack does not redirect its API; following would hand the token to another host."""


def _client(token: str, base_url: str, timeout: float) -> "WebClient":
    """A client that asks once: the SDK would repeat a post whose answer was lost, and follow redirects with the token.

    The one method replaced is the SDK's own; a test with a redirecting server tells when it no longer is.
    """
    import urllib.request

    from slack_sdk import WebClient

    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
            fp.close()
            raise _Redirected(f"refused a redirect to {urlsplit(newurl).hostname}")

    class AskOnce(WebClient):
        def _perform_urllib_http_request_internal(self, url: str, req: urllib.request.Request) -> dict[str, Any]:
            with urllib.request.build_opener(NoRedirect).open(req, timeout=timeout) as answer:
                return {"status": answer.status, "headers": answer.headers, "body": answer.read().decode("utf-8")}

    return AskOnce(token=token, base_url=base_url, timeout=max(1, int(timeout)), retry_handlers=[])


def _never_left(reason: object) -> bool:
    """Whether no byte of the request can have reached Slack."""
    return isinstance(reason, ConnectionRefusedError | socket.gaierror | ssl.SSLCertVerificationError)


def _posted(response: Any) -> Receipt:
    if not response.get("ts"):
        return Receipt("ambiguous", "Slack answered without a message time")
    return Receipt("delivered", reference={"channel": str(response.get("channel", "")), "ts": str(response["ts"])})


def _searched(client: "WebClient", channel: str, since: float, key: str) -> Receipt:
    """Page through the channel; what is older than the pages we read counts as not to be found."""
    place, cursor = _channel_id(client, channel), ""
    for _ in range(_PAGES):
        page = client.conversations_history(
            channel=place, oldest=f"{since:.6f}", include_all_metadata=True, limit=200, cursor=cursor
        )
        for message in page.get("messages") or ():
            if (message.get("metadata") or {}).get("event_payload", {}).get("key") == key:
                return Receipt("delivered", "found in the channel", {"channel": place, "ts": str(message["ts"])})
        cursor = _next(page)
        if not cursor:
            return _NOT_THERE
    return Receipt("rejected", "the channel has too many messages since the attempt")


def _channel_id(client: "WebClient", channel: str) -> str:
    """History is asked by id. Names are lower case, ids upper case."""
    name, cursor = channel.removeprefix("#"), ""
    if channel == name and name.isupper():
        return channel
    for _ in range(_PAGES):
        page = client.conversations_list(exclude_archived=True, limit=1000, cursor=cursor)
        for found in page.get("channels") or ():
            if found.get("name") == name:
                return str(found["id"])
        cursor = _next(page)
        if not cursor:
            break
    return channel


def _next(page: Any) -> str:
    return str((page.get("response_metadata") or {}).get("next_cursor") or "")


def _refused(error: Any) -> Receipt:
    """What an answer without ``ok: true`` means."""
    response = error.response
    data = response if isinstance(response, dict) else getattr(response, "data", None)
    said = str(data.get("error", "")) if isinstance(data, dict) else ""
    # Anything else than an error word is the SDK's remark on a page that is no answer of Slack's.
    word = said if said.replace("_", "").isalnum() else ""
    status = int(getattr(response, "status_code", 0) or (data.get("status", 0) if isinstance(data, dict) else 0))
    if status == 429 or word in ("ratelimited", "rate_limited"):
        headers = response.get("headers", {}) if isinstance(response, dict) else response.headers
        return Receipt("not_accepted", "rate limited", retry_after=_seconds(headers))
    if status >= 500 or word in _MAY_HAVE_ARRIVED or not word:
        return Receipt("ambiguous", word or f"HTTP {status} without an answer of Slack's")
    return Receipt("rejected", word, {"try": "minimal"} if word in _BAD_FORM else {})


def _seconds(headers: Any) -> float:
    given = headers.get("Retry-After") or headers.get("retry-after") or ""
    return float(given) if str(given).replace(".", "", 1).isdigit() else 60.0
