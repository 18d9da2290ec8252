"""A web server for tests that notes what it is asked, and answers as a script says."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answering = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Watcher:
    """``asked``: method, path and body of every request, in their order."""

    url: str
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [path for _, path, _ in self.asked]


def says(status: int, body: bytes = b"OK", **headers: str) -> Answering:
    """An answer with a status and a body."""

    def answer(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(status)
        for name, value in headers.items():
            asked.send_header(name, value)
        asked.send_header("Content-Length", str(len(body)))
        asked.end_headers()
        asked.wfile.write(body)

    return answer


def hangs(seconds: float) -> Answering:
    """Takes the request and says nothing for a while."""
    return lambda asked: time.sleep(seconds)


@contextmanager
def watcher(answer: Answering = says(200), path: str = "/ping/11111111-2222") -> Iterator[Watcher]:  # noqa: B008
    """A server on a free port of this host."""
    noted = Watcher("")

    class Noting(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            noted.asked.append((self.command, self.path, body))
            answer(self)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Noting)
    server.daemon_threads = True
    noted.url = f"http://127.0.0.1:{server.server_address[1]}{path}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield noted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
