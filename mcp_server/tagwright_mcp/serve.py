"""Run the server: on stdin and stdout, or as streamable HTTP. Logs go to stderr."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tagwright.errors import ConfigError
from tagwright.start import lasting
from tagwright.text import clean
from tagwright_mcp.address import TOKEN_VARIABLE, is_loopback, parse_address
from tagwright_mcp.listener import listen, log_to_stderr, resolve, run, url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tagwright.config import Settings
    from tagwright.registry import Registry

__all__ = ["serve_http", "serve_stdio"]


def serve_stdio(settings: Settings, *, registry: Registry | None = None) -> None:
    """Serve the process at the other end of stdin and stdout until it closes them.

    Nothing but the protocol reaches stdout: what plugins print while they load and what anything
    prints later goes to stderr.
    """
    log_to_stderr()
    with _stdout_is_stderr(), lasting():
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

    With ``mcp.oauth``, or once a static token was made, every request to ``/mcp`` needs a token of
    a person. Without, only a loopback address is served.

    Args:
        settings: Where the data is.
        address_text: ``HOST:PORT``; port 0 takes a free one.
        names: Further host names under which clients reach the server.
        listening: Told the URL once connections are accepted.
        registry: The tools; default all that are installed.

    Raises:
        MisuseError: The address or a name is malformed.
        ConfigError: The address can be reached from outside and nobody has a token, or the address
            is not one of this machine, or ``mcp.oauth`` is set without ``people.yaml``.
        BusyError: The port is taken.
    """
    import anyio

    from tagwright_mcp.access import security

    log_to_stderr()
    address = parse_address(address_text)
    guarded = _guarded(settings)
    resolved = resolve(address)
    if not guarded and not is_loopback(resolved.host):
        raise ConfigError(
            f"{clean(address.host)} can be reached from other machines, and nobody has a token.",
            hint="`tagwright mcp token make`, or mcp.oauth (docs/mcp-people.md), or 127.0.0.1.",
        )
    if (oauth := settings.mcp.oauth) is not None:
        names = [*names, str(urlsplit(oauth.resource).hostname)]
    rules = security(address, names)
    listener = listen(resolved)
    try:
        with lasting():
            from tagwright_mcp.http import application

            app = application(settings, guarded=guarded, security=rules, registry=registry)
        url = f"{url_of(listener)}/mcp"
        ready = partial(listening, url) if listening is not None else None
        with contextlib.suppress(KeyboardInterrupt):  # how a server is ended by hand
            anyio.run(run, app, listener, ready)
    finally:
        listener.close()


def _guarded(settings: Settings) -> bool:
    """Whether a token is needed. A file without tokens is one whose tokens were all revoked.

    Raises:
        ConfigError: A file is wrong, or what is set would open the server to more than is meant.
    """
    from tagwright.people import load_people
    from tagwright_mcp.tokens import load_tokens, tokens_path

    load_tokens(settings)
    people = load_people(settings)
    if settings.mcp.oauth is not None and people.one_person:
        raise ConfigError(
            f"mcp.oauth is set, and {people.source}, which says who its people are, is not there.",
            hint="Write it (docs/people.md), or make a static token: `tagwright mcp token make`.",
        )
    if settings.mcp.oauth is not None or tokens_path(settings).exists():
        return True
    if os.environ.get(TOKEN_VARIABLE):
        raise ConfigError(
            f"{TOKEN_VARIABLE} does not guard the server any more: it proved nobody.",
            hint="`tagwright mcp token make` makes one for a person; clients keep theirs there.",
        )
    return False


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
