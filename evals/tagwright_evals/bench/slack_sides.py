"""What stands beside the app when it is measured: a Slack that takes all, and a bare endpoint.

``python -m tagwright_evals.bench.slack_sides api|bare`` serves on a free port of loopback, and
prints its URL.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["APP", "SECRET", "USER", "signed"]

SECRET, APP, USER = "a-signing-secret", "UAPP", "U1"


def signed(body: bytes, at: int) -> str:
    """What Slack puts into ``X-Slack-Signature`` of a request sent at that second."""
    digest = hmac.new(SECRET.encode(), f"v0:{at}:".encode() + body, hashlib.sha256)
    return f"v0={digest.hexdigest()}"


def _api() -> None:
    """The Web API as far as an answer needs it; GET says when each thread got its first words."""
    first: dict[str, float] = {}
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            method = self.path.rsplit("/", 1)[-1]
            kind = self.headers.get("Content-Type") or ""
            body = (
                json.loads(raw) if "json" in kind else dict(urllib.parse.parse_qsl(raw.decode()))
            )  # fmt: skip
            found: dict[str, object] = {"ok": True}
            if method in {"chat.postMessage", "chat.startStream"}:
                now = time.time()
                with lock:
                    first.setdefault(str(body.get("thread_ts")), now)
                found |= {"ts": f"{now:.6f}", "channel": body.get("channel")}
            elif method == "auth.test":
                found |= {"team_id": "T0001", "user_id": APP, "team": "Bench"}
            elif method == "conversations.members":
                found["members"] = [APP, USER]
            elif method == "conversations.info":
                found["channel"] = {"is_private": True}
            elif method == "conversations.replies":
                found["messages"] = []
            self._reply(found)

        def do_GET(self) -> None:
            with lock:
                self._reply(dict(first))

        def _reply(self, document: dict[str, object]) -> None:
            text = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}/api/", flush=True)
    server.serve_forever()


def _bare() -> None:
    """An endpoint that verifies the signature and says 200: the least that any app does."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request  # noqa: TC002  starlette reads the annotations
    from starlette.responses import Response
    from starlette.routing import Route

    async def events(request: Request) -> Response:
        body = await request.body()
        at = int(request.headers["x-slack-request-timestamp"])
        good = hmac.compare_digest(signed(body, at), request.headers["x-slack-signature"])
        return Response(status_code=200 if good else 401)

    app = Starlette(routes=[Route("/slack/events", events, methods=["POST"])])
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events", flush=True)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        server.run([listener])


if __name__ == "__main__":
    {"api": _api, "bare": _bare}[sys.argv[1]]()
