"""Requests that do not come in time, and as many connections as may be had."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tagwright_mcp import in_time
from tagwright_mcp.address import Address
from tagwright_mcp.in_time import many_connections
from tagwright_mcp.listener import listen, run

pytestmark = pytest.mark.usefixtures("_soon")
GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_time, "REQUEST_SECONDS", 0.2)


async def late(scope: Any, receive: Any, send: Any) -> None:
    """Reads the body, and answers after longer than a request may take."""
    if scope["type"] != "http":
        return
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.request":
        await asyncio.sleep(0.4)
        length = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
async def address() -> AsyncIterator[tuple[str, int]]:
    listener = listen(Address("127.0.0.1", 0))
    task = asyncio.create_task(run(late, listener))
    yield listener.getsockname()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("parts", [
    [], [b"P"], [GET], [POST], [POST, b"a"], [POST, b"a", b"b", b"c"],
    [GET + b"\r\n", GET],
])  # fmt: skip
async def test_half_a_request_is_not_waited_for(
    address: tuple[str, int], parts: list[bytes]
) -> None:
    """Also where a byte comes now and then, and where a whole one was before."""
    reader, writer = await asyncio.open_connection(*address)
    for part in parts:
        writer.write(part)
        await asyncio.sleep(0.05)
        if part.endswith(b"\r\n\r\n") and part != POST:
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await asyncio.wait_for(reader.readexactly(1), 3)
    writer.close()


async def test_an_answer_may_take_longer(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    for body in (b"abcd", b"efgh"):  # a second one on the same connection has a time of its own
        writer.write(POST + body)
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
    writer.close()


def test_a_process_may_have_more_files_than_it_is_given_unasked() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, before[1]))
    try:
        many_connections()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert soft == (min(16_384, before[1]) if before[1] > 0 else 16_384)
        assert hard == before[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
