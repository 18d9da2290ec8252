"""An HTTP server on this host: keeps what it gets, answers as it is told, or fails in the ways that networks fail."""

import json
import ssl
import threading
import time
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any


@dataclass(frozen=True)
class Got:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Listener:
    """``say`` queues answers: (status, headers, body) or a fault.

    Faults: ``drop`` (reads it all, then closes), ``hang`` (answers when it is too late), ``drip`` (a byte now and then,
    for ever). Without an answer in the queue it says 200.
    """

    def __init__(self, cert: Path | None = None, key: Path | None = None) -> None:
        self.got: list[Got] = []
        self._answers: deque[Any] = deque()
        self.stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        if cert:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(cert, key)
            # The handshake belongs to the handler's thread: one bad client must not stop the others.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.url = f"{'https' if cert else 'http'}://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Listener":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def say(self, *answers: Any) -> None:
        self._answers.extend(answers)

    def next(self) -> Any:
        return self._answers.popleft() if self._answers else None

    def ordinary(self, got: Got) -> tuple[int, dict[str, str], Any]:
        """What a server that works would do."""
        return 200, {}, b""


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True

        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            got = Got(self.command, self.path, dict(self.headers), body)
            listener.got.append(got)
            answer = listener.next()
            taken = listener.ordinary(got) if answer in (None, "drop", "hang", "drip") else answer
            if answer in ("drop", "drop_before"):
                self.close_connection = True
            elif answer == "hang":
                listener.stopped.wait(5)
            elif answer == "drip":
                self._drip()
            else:
                self._answer(*taken)

        def _drip(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
            end = time.monotonic() + 5
            while time.monotonic() < end and not listener.stopped.is_set():
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)

        def _answer(self, status: int, headers: dict[str, str], body: Any) -> None:
            sent = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(sent))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        def do_GET(self) -> None:
            self._take()

        def do_POST(self) -> None:
            self._take()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler
