"""A small HTTP server on this host for tests of notifiers: keeps what it gets, and refuses when it is told to."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


class HttpServer:
    """Use it as a context manager. ``got``: path, headers and body of each request, in order; ``url``: its address.

    `refuse` makes it answer the next request with 403 and everything that it was sent, as careless servers do.
    """

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.refusals = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> "HttpServer":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def refuse(self) -> None:
        """Refuse one more request."""
        self.refusals += 1


def _handler(server: HttpServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        wbufsize = 65_536  # an answer in one piece

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            server.got.append((self.path, dict(self.headers.items()), body))
            refused, server.refusals = server.refusals > 0, max(server.refusals - 1, 0)
            said = repr(server.got[-1]).encode() if refused else b"ok"
            self.send_response(403 if refused else 200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def do_PUT(self) -> None:
            self.do_POST()

        def log_message(self, *words: object) -> None:
            """Nothing: tests read their own output."""

    return Handler
