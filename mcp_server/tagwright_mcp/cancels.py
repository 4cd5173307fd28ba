"""Cancelling over HTTP in the handshake era, although no session is kept.

A client of 2026-07-28 cancels by closing the stream of its call. One of the handshake era posts
``notifications/cancelled`` with the id of its request, and keeps that stream open; which request is
meant only a session says. So ``initialize`` is answered with a session id that means nothing to
this server, which takes any: requests under one id, by one credential, can cancel each other. Its
end repeats whether the client shows apps, which it says only once in that era.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any

from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.authentication import UnauthenticatedUser

from tagwright_mcp.apps import session_mark
from tagwright_mcp.bodies import begun

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Cancels"]

_LOOKED_AT = 256 * 1024
"""Bytes of a body that are looked at; a longer request cannot be cancelled by its id."""

Key = tuple[str, str, str]
"""Session id, digest of the credential, request id as JSON."""


class Cancels:
    """Around an MCP application: what is cancelled is told that its client has gone.

    It stands where it is known who comes.
    """

    def __init__(self, app: ASGIApp, path: str = "/mcp") -> None:
        self._app = app
        self._path = path
        self._running: dict[Key, asyncio.Event] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if (
            scope["type"] != "http"
            or scope["path"] != self._path
            or not _handshake_era(scope)
            # Whoever needs a token and has none is refused without being read.
            or isinstance(scope.get("user"), UnauthenticatedUser)
        ):
            await self._app(scope, receive, send)
        elif scope["method"] != "POST":
            # No stream of the server's own, and no session that could be ended.
            await _empty(send, 405, [(b"allow", b"POST")])
        else:
            await self._post(scope, receive, send)

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, receive = await begun(receive, _LOOKED_AT)
        message = _said(body)
        method, session = message.get("method"), _header(scope, b"mcp-session-id")
        if method == "notifications/cancelled" and isinstance(
            params := message.get("params"), dict
        ):
            event = self._running.get(_key(scope, session, params.get("requestId")))
            if event is not None:
                event.set()
        named = ""
        if method == "initialize":
            named = uuid.uuid4().hex + session_mark(message.get("params"))
        request = _Request(receive, send, named)
        key = _key(scope, session, message.get("id"))
        if not session or "id" not in message or key in self._running:
            await self._app(scope, request.receive, request.send)
            return
        self._running[key] = request.cancelled
        try:
            await self._app(scope, request.receive, request.send)
        finally:
            del self._running[key]
            await request.end()


class _Request:
    """One request: what was read of it is read again, and it ends where it is cancelled."""

    def __init__(self, receive: Receive, send: Send, named: str) -> None:
        self.cancelled = asyncio.Event()
        self._receive = receive
        self._send = send
        self._named = named
        self._started = False
        self._ended = False

    async def receive(self) -> Message:
        ends = asyncio.ensure_future(self.cancelled.wait())
        comes = asyncio.ensure_future(self._receive())
        try:
            await asyncio.wait({ends, comes}, return_when=asyncio.FIRST_COMPLETED)
            return comes.result() if comes.done() else {"type": "http.disconnect"}
        finally:
            ends.cancel()
            comes.cancel()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._started = True
            if self._named and message["status"] == 200:
                given = (b"mcp-session-id", self._named.encode())
                message = {**message, "headers": [*message.get("headers", ()), given]}
        elif message["type"] == "http.response.body":
            self._ended = not message.get("more_body", False)
        await self._send(message)

    async def end(self) -> None:
        """End the answer of a cancelled request: its client reads on otherwise."""
        if not self.cancelled.is_set() or self._ended:
            return
        if not self._started:
            await _empty(self._send, 202, [])
        else:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})


def _said(body: bytes) -> dict[str, Any]:
    """A body where it is a JSON object, and no longer than is looked at."""
    try:
        found = json.loads(body) if len(body) <= _LOOKED_AT else None
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


async def _empty(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", b"0")
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": b""})


def _key(scope: Scope, session: str, request_id: object) -> Key:
    credential = hashlib.sha256(_header(scope, b"authorization").encode()).hexdigest()
    return session, credential, json.dumps(request_id)


def _handshake_era(scope: Scope) -> bool:
    version = _header(scope, b"mcp-protocol-version")
    return not version or version in HANDSHAKE_PROTOCOL_VERSIONS


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")
