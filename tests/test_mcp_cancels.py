"""Which request a cancel over HTTP ends: one under the same session id, by the same credential."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from tagwright_mcp.cancels import Cancels

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

CALL = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "x"}}
CANCEL = {"method": "notifications/cancelled", "params": {"requestId": 7}}


class Slow:
    """An application that reads a whole request, then works until its client has gone."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.began = asyncio.Event()
        self.left = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message.get("more_body", False)
        self.bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if b"tools/call" in body:
            self.began.set()
            assert (await receive())["type"] == "http.disconnect"
            self.left.set()
            return
        await send({"type": "http.response.body", "body": b"done"})


async def post(app: Any, body: bytes, **headers: str) -> list[Message]:
    """What is answered to a client that stays."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/mcp",
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        ],
    }
    parts = [body[:10], body[10:]]
    sent: list[Message] = []

    async def receive() -> Message:
        if parts:
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


async def test_a_cancel_ends_the_request_of_its_own_session() -> None:
    slow = Slow()
    app = Cancels(slow)
    mine = {"mcp_session_id": "s1", "authorization": "Bearer a"}
    running = asyncio.create_task(post(app, json.dumps(CALL).encode(), **mine))
    async with asyncio.timeout(5):
        await slow.began.wait()
        for other in (
            {**mine, "mcp_session_id": "s2"},
            {**mine, "authorization": "Bearer b"},
            {"authorization": "Bearer a"},
            {"mcp_session_id": "s1"},
        ):
            await post(app, json.dumps(CANCEL).encode(), **other)
            await asyncio.sleep(0.01)
            assert not slow.left.is_set()
        await post(app, json.dumps(CANCEL).encode(), **mine)
        sent = await running
    assert slow.left.is_set()
    assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    assert app._running == {}


@pytest.mark.parametrize(
    "body",
    [b"x" * 400_000, b"[" * 5000, b"not json", b"[]", b'{"id": {"a": [1]}, "method": "ping"}'],
)
async def test_what_it_cannot_read_goes_on_whole(body: bytes) -> None:
    slow = Slow()
    sent = await post(Cancels(slow), body, mcp_session_id="s1")
    assert slow.bodies == [body]
    assert sent[-1]["body"] == b"done"


async def test_only_an_answered_hello_is_given_an_id() -> None:
    for method, given in (("initialize", True), ("ping", False)):
        body = json.dumps({"id": 1, "method": method}).encode()
        sent = await post(Cancels(Slow()), body)
        names = [name for name, _ in sent[0]["headers"]]
        assert (b"mcp-session-id" in names) is given
