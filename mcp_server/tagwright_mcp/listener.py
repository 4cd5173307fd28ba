"""A listening socket, its log, and uvicorn around an application: for every server of ours."""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
from typing import TYPE_CHECKING

from tagwright.errors import BusyError, ConfigError
from tagwright.text import clean
from tagwright_mcp.address import Address
from tagwright_mcp.faults import place_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

__all__ = ["listen", "log_to_stderr", "resolve", "run", "url_of"]

_SHUTDOWN_SECONDS = 5


def resolve(address: Address) -> Address:
    """The IP address that is listened on; what the name stands for decides, not the name.

    Raises:
        ConfigError: Nothing knows that name.
    """
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError:
        raise ConfigError(f"{clean(address.host)} is not an address of this machine.") from None
    return Address(str(found[0][4][0]), address.port)


def listen(address: Address) -> socket.socket:
    """A listening socket.

    Raises:
        ConfigError: This machine has no such address, or the port needs more rights.
        BusyError: Another process listens there.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # Named as TCP: asyncio sends at once (TCP_NODELAY) only on sockets that are; otherwise an
    # answer in two parts waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.host, address.port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise BusyError(
                f"{address.authority} is taken by another process.",
                hint="Choose another port; port 0 takes any that is free.",
            ) from None
        raise ConfigError(f"Cannot listen on {address.authority}: {error.strerror}.") from None
    listener.settimeout(0)
    return listener


def url_of(listener: socket.socket) -> str:
    """``http://HOST:PORT`` of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{Address(str(host), int(port)).authority}"


async def run(
    app: ASGIApp, listener: socket.socket, listening: Callable[[], None] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM, then give open requests five seconds.

    Args:
        app: What answers.
        listener: Where; it accepts already.
        listening: Called before the first request is answered.
    """
    import uvicorn

    from tagwright_mcp.in_time import InTime, many_connections

    many_connections()
    config = uvicorn.Config(
        app,
        http=InTime,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    server = uvicorn.Server(config)
    if listening is not None:
        listening()  # the socket accepts since it was bound; requests wait for the loop
    await server.serve(sockets=[listener])


class _Lines(logging.Formatter):
    """One harmless line a record.

    An exception is its kind and place, since its text may hold secrets; ``TAGWRIGHT_DEBUG=1``
    shows tracebacks to a developer.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = f"tagwright: {record.levelname.lower()}: {clean(record.getMessage())}"
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return line
        if os.environ.get("TAGWRIGHT_DEBUG") and record.exc_info:
            return f"{line}\n{self.formatException(record.exc_info)}"
        return f"{line} ({type(error).__name__} at {place_of(error)})"


def log_to_stderr() -> None:
    """Warnings and worse, one line each, on stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
