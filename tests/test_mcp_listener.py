"""The listening socket of our servers."""

from __future__ import annotations

import asyncio
import socket

from tagwright_mcp.address import Address
from tagwright_mcp.listener import listen


async def test_answers_are_sent_at_once() -> None:
    """asyncio leaves Nagle's algorithm on where a socket is not named as TCP: 40 ms an answer."""
    served: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def meet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken = writer.get_extra_info("socket")
        served.set_result(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listener = listen(Address("127.0.0.1", 0))
    async with await asyncio.start_server(meet, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        assert await served
        writer.close()
