"""A tiny Slack workspace on this host: keeps messages, enforces limits, serves history, and fails as it is told to."""

import json
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs

MAX_BLOCKS, MAX_TEXT = 50, 40_000
# Characters of a block's text (docs.slack.dev block-kit).
_LIMITS = {"section": 3000, "header": 150}
_MAX_CONTEXT_ELEMENTS = 10
_PAGE = 100
_ACTIVE = re.compile(r"<(?:[!@#]|[a-z][a-z0-9+.-]*:|mailto:)", re.IGNORECASE)


def active_marks(payload: dict[str, Any]) -> list[str]:
    """Mentions and links that Slack would make of a payload's texts."""
    return _ACTIVE.findall(json.dumps(payload, ensure_ascii=False))


def block_problems(blocks: list[dict[str, Any]]) -> Iterator[str]:
    """What Slack would refuse about blocks, in its words."""
    if len(blocks) > MAX_BLOCKS:
        yield f"no more than {MAX_BLOCKS} items allowed [json-pointer:/blocks]"
    for number, block in enumerate(blocks):
        where = f"[json-pointer:/blocks/{number}"
        limit = _LIMITS.get(block["type"])
        if limit and not 0 < len(block["text"]["text"]) <= limit:
            yield f"must be between 1 and {limit} characters {where}/text/text]"
        if len(block.get("elements", ())) > _MAX_CONTEXT_ELEMENTS:
            yield f"no more than {_MAX_CONTEXT_ELEMENTS} items allowed {where}/elements]"


class SlackServer:
    """A workspace with one channel, #procurement-risk. Use it as a context manager; ``base_url`` is the Web API's.

    ``fail`` queues faults, one per post: ``drop`` (stores, then drops the line), ``drop_before``, ``slow`` (stores,
    answers after ``slow_seconds``), ``error_500``, ``error_500_after``, ``portal`` (a log-in page), ``rate_limit``,
    ``redirect`` (to ``elsewhere``), or any of Slack's error words.
    """

    channel_id, channel = "C0PROCURE", "procurement-risk"
    token = "xoxb-test-workspace"

    def __init__(self) -> None:
        self.messages: dict[str, list[dict[str, Any]]] = {self.channel_id: []}
        self.requests: list[str] = []
        self.scopes = {"chat:write", "channels:history", "channels:read"}
        self.slow_seconds, self.retry_after, self.elsewhere = 1.0, 30, ""
        self._faults: deque[str] = deque()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/api/"

    def __enter__(self) -> "SlackServer":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def posts(self) -> list[dict[str, Any]]:
        """What the channel holds, the oldest first."""
        return list(self.messages[self.channel_id])

    def fail(self, *faults: str) -> None:
        """Queue faults for the next posts."""
        self._faults.extend(faults)

    def fault(self) -> str:
        """The fault of this post."""
        return self._faults.popleft() if self._faults else ""

    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """chat.postMessage."""
        if asked.get("channel") not in (self.channel_id, f"#{self.channel}", self.channel):
            return {"ok": False, "error": "channel_not_found"}
        wrong = list(block_problems(asked.get("blocks") or []))
        if wrong:
            said = {"messages": [f"[ERROR] {problem}" for problem in wrong]}
            return {"ok": False, "error": "invalid_blocks", "response_metadata": said}
        stamp = f"{time.time():.6f}"
        self.messages[self.channel_id].append({**asked, "ts": stamp})
        return {"ok": True, "channel": self.channel_id, "ts": stamp}

    def list_channels(self) -> dict[str, Any]:
        """conversations.list."""
        return {"ok": True, "channels": [{"id": self.channel_id, "name": self.channel}]}

    def history(self, asked: dict[str, Any]) -> dict[str, Any]:
        """conversations.history: by id alone, the newest first, a page at a time, metadata only where asked for."""
        if asked.get("channel") not in self.messages:
            return {"ok": False, "error": "channel_not_found"}
        since, first = float(asked.get("oldest") or 0), int(asked.get("cursor") or 0)
        found = [message for message in self.messages[str(asked["channel"])] if float(message["ts"]) > since]
        page = sorted(found, key=lambda message: float(message["ts"]), reverse=True)[first : first + _PAGE]
        if str(asked.get("include_all_metadata", "")).lower() not in ("1", "true"):
            page = [{name: value for name, value in message.items() if name != "metadata"} for message in page]
        following = str(first + _PAGE) if first + _PAGE < len(found) else ""
        return {"ok": True, "messages": page, "response_metadata": {"next_cursor": following}}


_NEEDS = {"conversations.history": "channels:history", "conversations.list": "channels:read"}


def _handler(workspace: SlackServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            method = self.path.partition("?")[0].rsplit("/", 1)[-1]
            workspace.requests.append(method)
            asked = _asked(self)
            if self.headers.get("Authorization") != f"Bearer {workspace.token}":
                _answer(self, {"ok": False, "error": "invalid_auth"})
            elif _NEEDS.get(method, "chat:write") not in workspace.scopes:
                _answer(self, {"ok": False, "error": "missing_scope"})
            elif method == "chat.postMessage":
                _posted(self, workspace, asked)
            elif method == "conversations.history":
                _answer(self, workspace.history(asked))
            else:
                _answer(self, workspace.list_channels())

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *words: object) -> None:
            """Nothing: tests read their own output."""

    return Handler


def _posted(request: BaseHTTPRequestHandler, workspace: SlackServer, asked: dict[str, Any]) -> None:
    fault = workspace.fault()
    if fault in ("", "drop", "slow", "error_500_after"):
        said = workspace.post(asked)
    if fault == "":
        _answer(request, said)
    elif fault in ("drop", "drop_before"):
        request.connection.close()
    elif fault == "slow":
        time.sleep(workspace.slow_seconds)
        _answer(request, said)
    elif fault in ("error_500", "error_500_after"):
        _answer(request, {"ok": False, "error": "internal_error"}, 500)
    elif fault == "portal":
        _send(request, b"<html>Please log in</html>", 200, {"Content-Type": "text/html"})
    elif fault == "rate_limit":
        _answer(request, {"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(workspace.retry_after)})
    elif fault == "redirect":
        _answer(request, {}, 302, {"Location": workspace.elsewhere})
    else:
        _answer(request, {"ok": False, "error": fault})


def _asked(request: BaseHTTPRequestHandler) -> dict[str, Any]:
    body = request.rfile.read(int(request.headers.get("Content-Length") or 0)).decode()
    if (request.headers.get("Content-Type") or "").startswith("application/json"):
        found: dict[str, Any] = json.loads(body)
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
