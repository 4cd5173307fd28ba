"""A server on loopback, and the event streams of AWS."""

from __future__ import annotations

import json
import struct
import threading
from binascii import crc32
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def event(kind: str, payload: dict[str, Any], message: str = "event") -> bytes:
    """One message of application/vnd.amazon.eventstream."""
    headers = b""
    names = {
        ":event-type" if message == "event" else ":exception-type": kind,
        ":content-type": "application/json",
        ":message-type": message,
    }
    for name, value in names.items():
        headers += bytes([len(name)]) + name.encode()
        headers += b"\x07" + struct.pack(">H", len(value)) + value.encode()
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    whole = prelude + struct.pack(">I", crc32(prelude)) + headers + body
    return whole + struct.pack(">I", crc32(whole))


Reply = tuple[int, dict[str, str], list[bytes]]


@contextmanager
def served(replies: dict[str, Reply]) -> Iterator[str]:
    """A server that answers a POST by the end of its path; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"] or 0))
            path = self.path.partition("?")[0]
            status, headers, chunks = next(
                reply for end, reply in replies.items() if path.endswith(end)
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(sum(map(len, chunks))))
            self.end_headers()
            with suppress(ConnectionError):  # the reader left
                for chunk in chunks:
                    self.wfile.write(chunk)
                    self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
