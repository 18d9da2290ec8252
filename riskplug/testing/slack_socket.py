"""The other end of Socket Mode: a WebSocket server (RFC 6455) that sends envelopes and waits for their receipt."""

import base64
import contextlib
import hashlib
import json
import socket
import struct
import threading
import time
from typing import Any
from uuid import uuid4

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class SlackSocket:
    """Takes one connection after the other on a port of its own; ``url`` is where."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self._server.getsockname()[1]}/link?ticket=t"
        self.connected = threading.Event()
        self._line: socket.socket | None = None
        self._heard: dict[str, threading.Event] = {}
        threading.Thread(target=self._accept, daemon=True).start()

    def deliver(self, kind: str, payload: dict[str, Any], wait: float) -> float:
        """Send an envelope; the seconds until its receipt."""
        if not self.connected.wait(wait) or self._line is None:
            raise TimeoutError("nobody listens")
        ident = uuid4().hex
        heard = self._heard.setdefault(ident, threading.Event())
        envelope = {"envelope_id": ident, "type": kind, "payload": payload, "accepts_response_payload": False}
        began = time.monotonic()
        self._line.sendall(_frame(json.dumps(envelope).encode()))
        if not heard.wait(wait):
            raise TimeoutError("no receipt")
        return time.monotonic() - began

    def drop(self) -> None:
        """Lose the line, as networks do."""
        self.connected.clear()
        if self._line is not None:
            # Closing alone would leave the line open for as long as its reader reads.
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
            self._line.close()

    def close(self) -> None:
        """End the server."""
        self._server.close()
        self.drop()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        try:
            reader = line.makefile("rb")
            _shake_hands(line, reader)
            self._line = line
            line.sendall(_frame(json.dumps({"type": "hello", "num_connections": 1}).encode()))
            self.connected.set()
            while True:
                code, data = _read(reader)
                if code == _PING:
                    line.sendall(_frame(data, _PONG))
                elif code == _TEXT and (ident := json.loads(data).get("envelope_id")) in self._heard:
                    self._heard[ident].set()
                elif code == _CLOSE:
                    return
        except (OSError, EOFError, ValueError):
            """The line is gone; the next one comes."""
        finally:
            line.close()


def _shake_hands(line: socket.socket, reader: Any) -> None:
    headers = {}
    while (row := reader.readline().strip()) != b"":
        name, _, value = row.partition(b":")
        headers[name.strip().lower()] = value.strip()
    accept = base64.b64encode(hashlib.sha1(headers[b"sec-websocket-key"] + _MAGIC).digest()).decode()
    upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    line.sendall(f"{upgrade}Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())


def _read(reader: Any) -> tuple[int, bytes]:
    """One frame of a client's, which masks its data."""
    head = reader.read(2)
    if len(head) < 2:
        raise EOFError
    size = head[1] & 0x7F
    if size == 126:
        (size,) = struct.unpack("!H", reader.read(2))
    elif size == 127:
        (size,) = struct.unpack("!Q", reader.read(8))
    mask = reader.read(4)
    return head[0] & 0x0F, bytes(byte ^ mask[n % 4] for n, byte in enumerate(reader.read(size)))


def _frame(data: bytes, code: int = _TEXT) -> bytes:
    size = len(data)
    head = struct.pack("!BB", 0x80 | code, size) if size < 126 else struct.pack("!BBH", 0x80 | code, 126, size)
    return head + data
