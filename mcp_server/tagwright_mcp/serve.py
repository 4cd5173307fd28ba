"""Run the server: on stdin and stdout, or as streamable HTTP. Logs go to stderr."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING

from tagwright.errors import BusyError, ConfigError
from tagwright.text import clean
from tagwright_mcp.address import (
    TOKEN_VARIABLE,
    Address,
    configured_token,
    is_loopback,
    parse_address,
)
from tagwright_mcp.faults import place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tagwright.config import Settings
    from tagwright.registry import Registry

__all__ = ["serve_http", "serve_stdio"]

_SHUTDOWN_SECONDS = 5


def serve_stdio(settings: Settings, *, registry: Registry | None = None) -> None:
    """Serve the process at the other end of stdin and stdout until it closes them.

    Nothing but the protocol reaches stdout: what plugins print while they load and what anything
    prints later goes to stderr.
    """
    _log_to_stderr()
    with _stdout_is_stderr():
        from tagwright.people import at_terminal
        from tagwright_mcp.server import build_server

        server = build_server(settings, partial(at_terminal, settings, "mcp"), registry=registry)
    # Ctrl-C would wait for the thread that reads stdin, until the client says something. Ending
    # at once is safe: what is stored is stored whole, however the process ends.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        server.run("stdio")  # moves fd 1 to stderr while it runs
    finally:
        # What was printed meanwhile still waits in sys.stdout, and fd 1 is the wire again.
        with contextlib.suppress(OSError, ValueError), _fd_1_is_stderr():
            sys.stdout.flush()


def serve_http(
    settings: Settings,
    address_text: str,
    *,
    names: Sequence[str] = (),
    listening: Callable[[str], None] | None = None,
    registry: Registry | None = None,
) -> None:
    """Serve streamable HTTP at ``/mcp`` until a signal; ``/healthz`` says that it lives.

    With ``TAGWRIGHT_MCP_TOKEN`` every request to ``/mcp`` needs it as bearer token. Without, only
    a loopback address is served.

    Args:
        settings: Where the data is.
        address_text: ``HOST:PORT``; port 0 takes a free one.
        names: Further host names under which clients reach the server.
        listening: Told the URL once connections are accepted.
        registry: The tools; default all that are installed.

    Raises:
        MisuseError: The address or a name is malformed.
        ConfigError: The address can be reached from outside and no token is configured, or the
            token is too weak, or the address is not one of this machine.
        BusyError: The port is taken.
    """
    import anyio

    from tagwright_mcp.access import security

    _log_to_stderr()
    address = parse_address(address_text)
    token = configured_token()
    resolved = _resolve(address)
    if token is None and not is_loopback(resolved.host):
        raise ConfigError(
            f"{clean(address.host)} can be reached from other machines, and no token is set.",
            hint=f"Set {TOKEN_VARIABLE} (openssl rand -hex 32), or listen on 127.0.0.1.",
        )
    rules = security(address, names)
    listener = _listen(resolved)
    try:
        from tagwright_mcp.http import application, run

        app = application(settings, token=token, security=rules, registry=registry)
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        with contextlib.suppress(KeyboardInterrupt):  # how a server is ended by hand
            anyio.run(
                run, app, listener, f"http://{shown}:{port}/mcp", listening, _SHUTDOWN_SECONDS
            )
    finally:
        listener.close()


def _resolve(address: Address) -> Address:
    """The IP address that is listened on; what the name stands for decides, not the name.

    Raises:
        ConfigError: Nothing knows that name.
    """
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError:
        raise ConfigError(f"{clean(address.host)} is not an address of this machine.") from None
    return Address(str(found[0][4][0]), address.port)


def _listen(address: Address) -> socket.socket:
    """A listening socket.

    Raises:
        ConfigError: This machine has no such address, or the port needs more rights.
        BusyError: Another process listens there.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
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


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


@contextlib.contextmanager
def _stdout_is_stderr() -> Iterator[None]:
    """What is written to stdout meanwhile, or waits in its buffer already, goes to stderr."""
    with _fd_1_is_stderr():
        try:
            yield
        finally:
            sys.stdout.flush()


@contextlib.contextmanager
def _fd_1_is_stderr() -> Iterator[None]:
    wire = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(wire, 1)
        os.close(wire)
