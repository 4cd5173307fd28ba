"""Our server on loopback with the suite's fixtures mounted, in a process of its own."""

from __future__ import annotations

import sys
import tempfile
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from mcp import MCPDeprecationWarning

from tagwright.config import load_settings
from tagwright.people import at_terminal
from tagwright_evals.conformance.asking import add_asking
from tagwright_evals.conformance.fixtures import add_fixtures
from tagwright_mcp.access import security
from tagwright_mcp.address import parse_address
from tagwright_mcp.listener import listen, resolve, run, url_of
from tagwright_mcp.server import build_server

if TYPE_CHECKING:
    from tagwright_mcp.server import RegistryServer

__all__ = ["fixture_server", "main"]


def fixture_server(home: Path) -> RegistryServer:
    """The server of that home as ``tagwright mcp`` builds it, with fixtures beside its tools."""
    settings = load_settings(home)
    server = build_server(settings, partial(at_terminal, settings, "mcp"))
    add_fixtures(server)
    add_asking(server)
    return server


def main() -> None:
    """Serve on a free port of loopback until killed; the URL is the first line of stdout."""
    # Log lines and sampling, which the suite of 2025-11-25 asks for, are on their way out.
    warnings.simplefilter("ignore", MCPDeprecationWarning)
    address = "127.0.0.1:0"
    listener = listen(resolve(parse_address(address)))
    with tempfile.TemporaryDirectory() as home:
        # With sessions, which the product's own HTTP does without: in the handshake era a server
        # can ask a client only within one.
        app = fixture_server(Path(home)).streamable_http_app(
            transport_security=security(parse_address(address), ())
        )
        sys.stdout.write(f"{url_of(listener)}/mcp\n")
        sys.stdout.flush()
        anyio.run(run, app, listener, None)


if __name__ == "__main__":
    main()
