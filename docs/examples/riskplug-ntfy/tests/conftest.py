"""An ntfy-shaped server on this host: it keeps what is published, and loses answers as it is told to."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Ntfy:
    """``kept``: messages in order. ``token``: asked for when set. ``status``: of the next answers. ``lose``: publish,
    then drop the line."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []
        self.token, self.status, self.lose = "", 200, False
        ntfy = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self._refused():
                    return
                ntfy.kept.append({"id": f"m{len(ntfy.kept)}", "event": "message", **body})
                if ntfy.lose:
                    self.close_connection = True
                    return
                self._answer(200, json.dumps(ntfy.kept[-1]))

            def do_GET(self) -> None:
                topic = self.path[1:].partition("/")[0]
                if not self._refused():
                    lines = [one for one in ntfy.kept if one["topic"] == topic]
                    self._answer(200, "\n".join(['{"event":"open"}', *map(json.dumps, lines)]))

            def _refused(self) -> bool:
                wanted = f"Bearer {ntfy.token}" if ntfy.token else None
                status = 403 if self.headers["Authorization"] != wanted else ntfy.status
                if status != 200:
                    self._answer(status, '{"error":"no"}')
                return status != 200

            def _answer(self, status: int, text: str) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def ntfy() -> Iterator[Ntfy]:
    made = Ntfy()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()
