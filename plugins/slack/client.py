"""Asking Slack once: the SDK's own retries and redirects are off, every way a call can end is one of four outcomes."""

import http.client
import socket
import ssl
import urllib.request
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from riskplug.extend.protocols import Receipt

if TYPE_CHECKING:
    from slack_sdk import WebClient

HOSTS = ("slack.com", "slack-gov.com")
LOCAL = ("127.0.0.1", "localhost", "::1")
# Slack's words for what may have been posted all the same (chat.postMessage, list of errors).
_MAY_HAVE_ARRIVED = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
_BAD_FORM = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "only_one_table_allowed"}
# The message to be edited or answered is gone, or closed to that.
_GONE = {
    "message_not_found",
    "cant_update_message",
    "edit_window_closed",
    "thread_not_found",
    "invalid_thread_ts",
    "cannot_reply_to_message",
}


class Redirected(Exception):
    """Slack does not redirect its API; following would hand the token to another host."""


def is_slack_or_local(url: str) -> bool:
    """An https address of Slack's, or this host in a test."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    local = parts.scheme in ("http", "https") and host in LOCAL
    known = any(host == name or host.endswith(f".{name}") for name in HOSTS)
    return local or (parts.scheme == "https" and known)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
        fp.close()
        raise Redirected(f"refused a redirect to {urlsplit(newurl).hostname}")


def opened(request: urllib.request.Request, timeout: float) -> Any:
    """The answer to one request; redirects are refused."""
    return urllib.request.build_opener(_NoRedirect).open(request, timeout=timeout)


@cache
def _ask_once() -> "type[WebClient]":
    """The SDK's client with the one method replaced that repeats and follows; a test with a redirecting server tells
    when the SDK no longer has it."""
    from slack_sdk import WebClient

    class AskOnce(WebClient):
        def _perform_urllib_http_request_internal(self, url: str, req: urllib.request.Request) -> dict[str, Any]:
            with opened(req, self.timeout) as answer:
                return {"status": answer.status, "headers": answer.headers, "body": answer.read().decode("utf-8")}

    return AskOnce


def client_of(token: str, base_url: str, timeout: float) -> "WebClient":
    """A client that asks once."""
    return _ask_once()(token=token, base_url=base_url, timeout=max(1, int(timeout)), retry_handlers=[])


def outcome_of(request: Callable[[], Receipt]) -> Receipt:
    """How a request ended, whatever it raised."""
    from slack_sdk.errors import SlackApiError

    try:
        return request()
    except SlackApiError as error:
        return _refused(error)
    except Redirected as error:
        return Receipt("rejected", str(error))
    except HTTPError as error:
        return Receipt("ambiguous", f"HTTP {error.code}")
    except URLError as error:
        return Receipt("not_accepted" if _never_left(error.reason) else "ambiguous", str(error.reason))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Receipt("ambiguous", f"{type(error).__name__}: {error}")


def _never_left(reason: object) -> bool:
    """Whether no byte of the request can have reached Slack."""
    return isinstance(reason, ConnectionRefusedError | socket.gaierror | ssl.SSLCertVerificationError)


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
        return Receipt("not_accepted", "rate limited", retry_after=seconds(headers))
    if status >= 500 or word in _MAY_HAVE_ARRIVED or not word:
        return Receipt("ambiguous", word or f"HTTP {status} without an answer of Slack's")
    return Receipt("rejected", word, _advice(word))


def _advice(word: str) -> dict[str, str]:
    if word in _BAD_FORM:
        return {"try": "minimal"}
    return {"try": "post"} if word in _GONE else {}


def seconds(headers: Any) -> float:
    """What Retry-After asks for; a minute where it does not say."""
    given = headers.get("Retry-After") or headers.get("retry-after") or ""
    return float(given) if str(given).replace(".", "", 1).isdigit() else 60.0
