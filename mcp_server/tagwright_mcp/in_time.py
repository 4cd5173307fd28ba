"""Connections that send their request in time; uvicorn waits for one without end."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

__all__ = ["REQUEST_SECONDS", "InTime", "many_connections"]

REQUEST_SECONDS = 30.0
"""For a whole request, from the connection or from its first byte on; an answer has none."""

_FILES = 16_384


class InTime(H11Protocol):
    """Closes a connection whose request is not whole after :data:`REQUEST_SECONDS`.

    Whoever can reach the port could otherwise take every connection that this process may have,
    with half a request each and without a token. Between two requests uvicorn waits five seconds.
    """

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait on while a part is missing."""
        super().data_received(data)
        if self.conn.their_state not in {h11.IDLE, h11.SEND_BODY}:
            self._stop()
        elif self._late is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._late = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def _stop(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def many_connections() -> None:
    """Have as many as the system lets this process have: often 1,024 are given unless asked."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
