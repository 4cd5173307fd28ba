"""An ASGI application served on loopback for the time of a test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

from tagwright_mcp.address import Address
from tagwright_mcp.listener import listen, url_of

if TYPE_CHECKING:
    from socket import socket


class _Server(uvicorn.Server):
    async def main_loop(self) -> None:
        """Look whether it is to end as often as a test can wait; uvicorn looks each 100 ms."""
        while not await self.on_tick(0):  # noqa: ASYNC110  another thread says so
            await asyncio.sleep(0.01)


@contextmanager
def serving(app: Any, listener: socket | None = None) -> Iterator[str]:
    """Its URL; on that listener, where the application has to know its own address."""
    # It listens before the server runs: who comes too early waits, and is answered.
    taken = listener or listen(Address("127.0.0.1", 0))
    server = _Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    try:
        yield url_of(taken)
    finally:
        server.should_exit = True
        thread.join(15)
        taken.close()
        assert not thread.is_alive()
