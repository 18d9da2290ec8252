"""A tiny Slack workspace on this host: keeps messages, enforces limits, answers history, and fails as it is told to."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

MAX_BLOCKS, MAX_SECTION, MAX_HEADER = 50, 3000, 150


@dataclass
class SlackServer:
    """Faults, one per post, first in first out: ``drop`` (takes the post, then drops the connection), ``slow``, ``429``,
    ``500``, ``redirect``, or a Slack error word such as ``channel_not_found``."""

    channels: tuple[str, ...] = ("#risk",)
    messages: list[dict[str, Any]] = field(default_factory=list)
    posts: int = 0
    faults: list[str] = field(default_factory=list)
    elsewhere: list[str | None] = field(default_factory=list)
    url: str = ""

    @contextmanager
    def running(self) -> Iterator["SlackServer"]:
        """Serve on a free port of this host."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}/api/"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """chat.postMessage."""
        if asked.get("channel") not in self.channels:
            return {"ok": False, "error": "channel_not_found"}
        wrong = problem_of(asked.get("blocks") or [])
        if wrong:
            return {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": [f"[ERROR] {wrong}"]}}
        stamp = f"{time.time():.6f}"
        self.messages.append({**asked, "ts": stamp})
        return {"ok": True, "channel": "C1", "ts": stamp}

    def history(self, asked: dict[str, Any]) -> dict[str, Any]:
        """conversations.history: messages since ``oldest``, the newest first."""
        since = float(asked.get("oldest") or 0)
        found = [message for message in self.messages if float(message["ts"]) > since]
        return {"ok": True, "messages": found[::-1]}


def problem_of(blocks: list[dict[str, Any]]) -> str:
    """What Slack would refuse about the blocks; empty when nothing."""
    if len(blocks) > MAX_BLOCKS:
        return f"no more than {MAX_BLOCKS} items allowed [json-pointer:/blocks]"
    limits = {"section": MAX_SECTION, "header": MAX_HEADER}
    for number, block in enumerate(blocks):
        text = block.get("text", {}).get("text", "")
        if block["type"] in limits and not 0 < len(text) <= limits[block["type"]]:
            return f"must be between 1 and {limits[block['type']]} characters [json-pointer:/blocks/{number}/text/text]"
    return ""


def _handler(workspace: SlackServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            method = self.path.partition("?")[0].rsplit("/", 1)[-1]
            asked = _asked(self)
            if self.path.startswith("/elsewhere"):
                workspace.elsewhere.append(self.headers.get("Authorization"))
                _answer(self, {"ok": True, "ts": "1.0"})
            elif method == "chat.postMessage":
                self._post(asked)
            elif method == "conversations.history":
                _answer(self, workspace.history(asked))
            else:
                _answer(self, {"ok": False, "error": "unknown_method"})

        do_GET = do_POST  # noqa: N815  the name http.server looks for

        def _post(self, asked: dict[str, Any]) -> None:
            workspace.posts += 1
            fault = workspace.faults.pop(0) if workspace.faults else ""
            if fault == "429":
                _answer(self, {"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "30"})
            elif fault == "500":
                _answer(self, {"ok": False, "error": "internal_error"}, 500)
            elif fault == "redirect":
                _answer(self, {}, 302, {"Location": f"http://localhost:{self.server.server_port}/elsewhere"})  # type: ignore[attr-defined]
            elif fault == "drop":
                workspace.post(asked)
                self.connection.close()
            elif fault == "slow":
                workspace.post(asked)
                time.sleep(2)
            elif fault:
                _answer(self, {"ok": False, "error": fault})
            else:
                _answer(self, workspace.post(asked))

        def log_message(self, *words: object) -> None:
            """Nothing: tests read their own output."""

    return Handler


def _asked(request: BaseHTTPRequestHandler) -> dict[str, Any]:
    body = request.rfile.read(int(request.headers.get("Content-Length") or 0)).decode()
    if (request.headers.get("Content-Type") or "").startswith("application/json"):
        found: dict[str, Any] = json.loads(body)
        return found
    query = request.path.partition("?")[2]
    plain = {name: values[0] for name, values in parse_qs(body or query).items()}
    return {name: json.loads(value) if name in ("blocks", "metadata") else value for name, value in plain.items()}


def _answer(request: BaseHTTPRequestHandler, content: dict[str, Any], status: int = 200,
            headers: dict[str, str] | None = None) -> None:
    body = json.dumps(content).encode()
    request.send_response(status)
    for name, value in {**(headers or {}), "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)
