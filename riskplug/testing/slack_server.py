"""A Slack-shaped server on this host: a tiny workspace behind the Web API, which fails as it is told to."""

import json
import threading
import time
from collections import defaultdict, deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs

from riskplug.testing.slack_limits import active_marks, block_problems
from riskplug.testing.slack_socket import SlackSocket
from riskplug.testing.slack_workspace import SlackWorkspace

__all__ = ["SlackServer", "active_marks", "block_problems"]

# The fault happens after Slack has done what it was asked for.
_DONE_BEFORE = ("", "drop", "slow", "error_500_after")
_NEEDS = {
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.list": "channels:read",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
}


class SlackServer:
    """A workspace with the channels #procurement-risk and #planning. Use it as a context manager; ``base_url`` is the
    Web API's, ``webhook_url`` that of an incoming webhook into the first channel.

    ``fail`` queues faults, one per call of a method (posts, unless another is named): ``drop`` (does it, then drops the
    line), ``drop_before``, ``slow`` (does it, answers after ``slow_seconds``), ``error_500``, ``error_500_after``,
    ``portal`` (a log-in page), ``rate_limit``, ``redirect`` (to ``elsewhere``), or any of Slack's error words.
    ``press`` clicks a button for who listens over Socket Mode; ``responses`` is what was answered to clicks.
    """

    channel_id, channel = "C0PROCURE", "procurement-risk"
    channels = {"C0PROCURE": "procurement-risk", "C0PLANNING": "planning"}  # noqa: RUF012
    token, app_token = "xoxb-test-workspace", "xapp-test-workspace"

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.responses: list[dict[str, Any]] = []
        self.scopes = {"chat:write", "channels:history", "channels:read", "files:write"}
        self.slow_seconds, self.retry_after, self.elsewhere = 1.0, 30, ""
        self._faults: defaultdict[str, deque[str]] = defaultdict(deque)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        root = f"http://127.0.0.1:{self._server.server_port}"
        self.base_url, self.webhook_url, self.response_url = (
            f"{root}/api/",
            f"{root}/services/T/B/x",
            f"{root}/response",
        )
        self.workspace = SlackWorkspace(self.channels, self.base_url)
        self.messages, self.files, self.edits = self.workspace.messages, self.workspace.files, self.workspace.edits
        self.socket = SlackSocket()

    def __enter__(self) -> "SlackServer":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.socket.close()
        self._server.shutdown()
        self._server.server_close()

    def posts(self, channel: str = channel_id) -> list[dict[str, Any]]:
        """What a channel holds, replies too, the oldest first."""
        return list(self.messages[channel])

    def roots(self, channel: str = channel_id) -> list[dict[str, Any]]:
        """The messages of a channel that are no replies."""
        return [message for message in self.posts(channel) if not message.get("thread_ts")]

    def replies(self, ts: str, channel: str = channel_id) -> list[dict[str, Any]]:
        """The replies to a message."""
        return [message for message in self.posts(channel) if message.get("thread_ts") == ts]

    def vanish(self, ts: str) -> None:
        """Somebody deletes a message."""
        self.workspace.vanish(ts)

    def fail(self, *faults: str, method: str = "chat.postMessage") -> None:
        """Queue faults for the next calls of a method."""
        self._faults[method].extend(faults)

    def fault(self, method: str) -> str:
        """The fault of this call."""
        return self._faults[method].popleft() if self._faults[method] else ""

    def press(self, action: str, value: str, user: str = "U1", name: str = "anna", wait: float = 5.0) -> float:
        """A person clicks a button; the seconds until its receipt, TimeoutError past ``wait``."""
        payload = {
            "type": "block_actions",
            "user": {"id": user, "username": name},
            "actions": [{"action_id": action, "value": value}],
            "response_url": self.response_url,
            "message": {"ts": self.posts()[-1]["ts"] if self.posts() else "1.000001"},
        }
        return self.socket.deliver("interactive", payload, wait)


def _handler(slack: SlackServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        wbufsize = 65_536  # an answer in one piece: in two, the second would wait for the client's receipt of the first

        def do_POST(self) -> None:
            place = self.path.partition("?")[0]
            method = place.rsplit("/", 1)[-1]
            if "/upload/" in place:
                _uploaded(self, slack, method)
                return
            slack.requests.append(method if "/api/" in place else place.split("/")[1])
            asked = _asked(self)
            if place == "/response":
                slack.responses.append(asked)
                _send(self, b"ok", 200, {})
            elif place.startswith("/services/"):
                _webhook(self, slack, asked)
            else:
                _method(self, slack, method, asked)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *words: object) -> None:
            """Nothing: tests read their own output."""

    return Handler


def _method(request: BaseHTTPRequestHandler, slack: SlackServer, method: str, asked: dict[str, Any]) -> None:
    token = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
    if method == "apps.connections.open":
        right = token == slack.app_token
        _answer(request, {"ok": True, "url": slack.socket.url} if right else {"ok": False, "error": "invalid_auth"})
    elif token != slack.token:
        _answer(request, {"ok": False, "error": "invalid_auth"})
    elif _NEEDS.get(method) and _NEEDS[method] not in slack.scopes:
        _answer(request, {"ok": False, "error": "missing_scope", "needed": _NEEDS[method]})
    else:
        fault = slack.fault(method)
        said = slack.workspace.call(method, asked) if fault in _DONE_BEFORE else {}
        _failing(request, slack, fault, json.dumps(said).encode())


def _webhook(request: BaseHTTPRequestHandler, slack: SlackServer, asked: dict[str, Any]) -> None:
    """An incoming webhook answers in plain words, with a status."""
    fault = slack.fault("webhook")
    said = {"ok": True}
    if fault in _DONE_BEFORE:
        said = slack.workspace.call("chat.postMessage", {**asked, "channel": slack.channel_id})
    body = b"ok" if said["ok"] else str(said["error"]).encode()
    if fault == "" and not said["ok"]:
        _send(request, body, 400, {})
    else:
        _failing(request, slack, fault, body)


def _uploaded(request: BaseHTTPRequestHandler, slack: SlackServer, file: str) -> None:
    content = request.rfile.read(int(request.headers.get("Content-Length") or 0))
    fault = slack.fault("upload")
    if fault in _DONE_BEFORE:
        slack.workspace.uploaded(file, content)
    _failing(request, slack, fault, b"OK")


def _failing(request: BaseHTTPRequestHandler, slack: SlackServer, fault: str, said: bytes) -> None:
    """The answer, or what a fault makes of it."""
    if fault in ("", "slow"):
        time.sleep(slack.slow_seconds if fault else 0)
        _send(request, said, 200, {"Content-Type": "application/json"})
    elif fault in ("drop", "drop_before"):
        request.connection.close()
    elif fault in ("error_500", "error_500_after"):
        _answer(request, {"ok": False, "error": "internal_error"}, 500)
    elif fault == "portal":
        _send(request, b"<html>Please log in</html>", 200, {"Content-Type": "text/html"})
    elif fault == "rate_limit":
        _answer(request, {"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(slack.retry_after)})
    elif fault == "redirect":
        _answer(request, {}, 302, {"Location": slack.elsewhere})
    else:
        _answer(request, {"ok": False, "error": fault})


def _asked(request: BaseHTTPRequestHandler) -> dict[str, Any]:
    body = request.rfile.read(int(request.headers.get("Content-Length") or 0)).decode()
    if (request.headers.get("Content-Type") or "").startswith("application/json"):
        found: dict[str, Any] = json.loads(body or "{}")
        return found
    query = body or request.path.partition("?")[2]
    return {name: values[0] for name, values in parse_qs(query).items()}


def _answer(
    request: BaseHTTPRequestHandler, content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
) -> None:
    _send(request, json.dumps(content).encode(), status, {"Content-Type": "application/json", **(headers or {})})


def _send(request: BaseHTTPRequestHandler, body: bytes, status: int, headers: dict[str, str]) -> None:
    try:
        request.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)
    except (BrokenPipeError, ConnectionResetError):
        """The client gave up waiting; that is what the slow fault is for."""
