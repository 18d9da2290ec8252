"""One HTTP request for a notifier: asked once, never repeated, never redirected, over when its time is up.

Repeating a request may post twice; following a redirect may hand a token to another host. So there are two ways it can
end: an answer, or none, and then whether the request can have arrived.
"""

import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from riskplug.extend.options import is_loopback
from riskplug.extend.protocols import Receipt
from riskplug.extend.wording import blotted, shortened, visible

MAX_BODY = 4_000_000
_MAX_WAIT = 86_400.0
_DEFAULT_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask. ``secrets`` are blotted out of everything that is said about it.

    ``private_hosts``: hosts by name, as in the address, that may be in a private network; others are refused there.
    """

    url: str
    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    ca_file: Path | None = None
    secrets: tuple[str, ...] = ()
    private_hosts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Request({self.method} {urlsplit(self.url).hostname})"


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` is 0 without an answer; ``arrived`` then says whether the request may have reached the receiver."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    arrived: bool = True
    detail: str = ""

    def json(self) -> Any:
        """The body as JSON, or None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def ask(request: Request, *, timeout: float) -> Answer:
    """Ask once. Never raises for what a network or a receiver may do."""
    call = _Call(time.monotonic() + timeout, partial(_may_be_private, request))
    try:
        answer = _asked(request, call, timeout)
    except URLError as error:
        answer = Answer(0, arrived=call.connected, detail=_reason(error.reason))
    except (OSError, http.client.HTTPException, ValueError) as error:
        answer = Answer(0, arrived=call.connected, detail=_reason(error))
    finally:
        call.close()
    if call.expired:
        answer = Answer(0, arrived=call.connected, detail=f"no complete answer within {timeout:g} seconds")
    detail = blotted(answer.detail, request.secrets)
    return Answer(answer.status, answer.body, answer.headers, answer.arrived, detail)


def receipt_of(answer: Answer, *, idempotent: bool = False) -> Receipt:
    """What an answer means for a message. Where sending again is harmless, doubt is just another attempt.

    2xx delivered; 429 not accepted, to be tried when the receiver says; 5xx, 408 and no answer ambiguous; all else
    rejected, redirects among it.
    """
    doubt: Literal["not_accepted", "ambiguous"] = "not_accepted" if idempotent else "ambiguous"
    if answer.status == 0:
        return Receipt(doubt if answer.arrived else "not_accepted", answer.detail)
    if 200 <= answer.status < 300:
        return Receipt("delivered")
    if answer.status == 429:
        return Receipt("not_accepted", "rate limited", retry_after=wait_of(answer))
    if answer.status >= 500 or answer.status == 408:
        return Receipt(doubt, answer.detail, retry_after=wait_of(answer) if "retry-after" in answer.headers else None)
    return Receipt("rejected", answer.detail)


def wait_of(answer: Answer) -> float:
    """Seconds that the receiver wants to be left alone."""
    given = answer.headers.get("retry-after", "")
    return min(float(given), _MAX_WAIT) if given.replace(".", "", 1).isdecimal() else _DEFAULT_WAIT


def need_public(places: Iterable[object]) -> None:
    """OSError for an address that is not the internet's: of a private network, this host, or a cloud's own services."""
    for place in places:
        address = ipaddress.ip_address(str(place).partition("%")[0])
        inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
        if not inner.is_global or inner.is_multicast:
            raise OSError(f"{place} is a private address; name its host in private_hosts if it is meant")


def _may_be_private(request: Request, host: str) -> bool:
    """Whether a host may be in a private network: this one, those that are named, and the proxy that stands between."""
    asked = urlsplit(request.url).hostname or ""
    return host.casefold() != asked.casefold() or is_loopback(host) or host.casefold() in _folded(request.private_hosts)


def _folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}


class _Call:
    """How far one request has come, and the clock that cuts its line when the time is up.

    A socket's own timeout counts from byte to byte, so that a receiver which answers by drops could hold us for ever.
    """

    def __init__(self, end: float, may_be_private: Callable[[str], bool]) -> None:
        self._end, self._timer, self._may_be_private = end, threading.Timer(0, lambda: None), may_be_private
        self.connected = self.expired = False

    def reach(self, address: tuple[str, int], timeout: float, source: Any = None) -> socket.socket:
        """Connect to a host. Its addresses are looked up once: none is asked that was not looked at."""
        host, port = address
        places = [place[4][0] for place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if not self._may_be_private(host):
            need_public(places)
        for place in places[:-1]:
            with suppress(OSError):
                return socket.create_connection((str(place), port), timeout, source)
        return socket.create_connection((str(places[-1]), port), timeout, source)

    def watch(self, line: socket.socket) -> None:
        self.connected = True
        self._timer = threading.Timer(max(0.0, self._end - time.monotonic()), self._cut, (line,))
        self._timer.daemon = True
        self._timer.start()

    def close(self) -> None:
        self._timer.cancel()

    def _cut(self, line: socket.socket) -> None:
        self.expired = True
        try:
            socket.socket.shutdown(line, socket.SHUT_RDWR)
        except OSError:
            return


class _Plain(http.client.HTTPConnection):
    def __init__(self, *args: Any, call: _Call, **options: Any) -> None:
        super().__init__(*args, **options)
        self._call = call
        self._create_connection = call.reach

    def connect(self) -> None:
        super().connect()
        self._call.watch(self.sock)


class _Secure(http.client.HTTPSConnection):
    def __init__(self, *args: Any, call: _Call, **options: Any) -> None:
        super().__init__(*args, **options)
        self._call = call
        self._create_connection = call.reach

    def connect(self) -> None:
        super().connect()
        self._call.watch(self.sock)


class _Lines(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Opens connections that know their call."""

    def __init__(self, call: _Call, context: ssl.SSLContext) -> None:
        super().__init__()
        self._call, self._secure = call, context

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_Plain, call=self._call), req)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_Secure, call=self._call), req, context=self._secure)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **options: Any) -> None:
        """A redirect is the answer."""


def _asked(request: Request, call: _Call, timeout: float) -> Answer:
    handlers: list[urllib.request.BaseHandler] = [_Lines(call, _trusted(request.ca_file)), _Stay()]
    if is_loopback(urlsplit(request.url).hostname or ""):
        handlers.append(urllib.request.ProxyHandler({}))
    asked = urllib.request.Request(request.url, request.body, dict(request.headers), method=request.method)
    try:
        with urllib.request.build_opener(*handlers).open(asked, timeout=timeout) as answer:
            return _answer(answer.status, answer.headers.items(), answer.read(MAX_BODY), request.secrets)
    except HTTPError as error:
        with error:
            return _answer(error.code, error.headers.items(), error.read(MAX_BODY), request.secrets)


def _trusted(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:
            raise OSError(f"ca_file {ca_file}: {error.strerror or error}") from error
    return context


def _answer(status: int, headers: Iterable[tuple[str, str]], body: bytes, secrets: Iterable[str]) -> Answer:
    named = {name.lower(): value for name, value in headers}
    if 300 <= status < 400:
        host = urlsplit(named.get("location", "")).hostname
        return Answer(status, body, named, detail=f"refused a redirect to {visible(host or 'nowhere')}")
    said = blotted(visible(body[:8000].decode("utf-8", "replace")).strip(), secrets)
    return Answer(status, body, named, detail=shortened(f"HTTP {status}{f': {said}' if said else ''}", 240))


def _reason(error: object) -> str:
    """The reason without what was asked: some of Python's messages repeat headers and addresses."""
    if isinstance(error, OSError):
        return visible(error.strerror or str(error) or type(error).__name__)
    return type(error).__name__ if isinstance(error, Exception) else visible(str(error))
