"""Run the app until a signal: over HTTP, or over Socket Mode."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, Any

from tagwright_agent.slack.app import asgi, bolt_app, web_client
from tagwright_agent.slack.install import oauth_flow, routes
from tagwright_agent.slack.tokens import tokens_of
from tagwright_agent.slack.worker import Workers
from tagwright_agent.slack.workspaces import Workspaces
from tagwright_mcp.address import parse_address
from tagwright_mcp.listener import listen, log_to_stderr, resolve, run, url_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagwright.config import Settings

__all__ = ["serve_http", "serve_socket"]


def serve_http(settings: Settings, address_text: str, listening: Callable[[str], None]) -> None:
    """Serve ``POST /slack/events``; who may send there, the signature says.

    With a client secret also ``GET /slack/install`` and ``GET /slack/oauth_redirect``.

    Args:
        settings: Where the data is.
        address_text: ``HOST:PORT``; port 0 takes a free one.
        listening: Told the URL once connections are accepted.

    Raises:
        ConfigError: A token is missing, or the address is not one of this machine.
        MisuseError: The address is malformed.
        BusyError: The port is taken.
    """
    import anyio

    log_to_stderr()
    tokens = tokens_of("bot", "signing_secret")
    workers = Workers(settings, Workspaces(settings, tokens))
    listener = listen(resolve(parse_address(address_text)))
    try:
        flow = oauth_flow(settings, tokens)
        app = asgi(bolt_app(settings, tokens, workers.wake, flow), routes(flow) if flow else [])
        workers.start()
        with contextlib.suppress(KeyboardInterrupt):  # how a server is ended by hand
            anyio.run(run, app, listener, lambda: listening(f"{url_of(listener)}/slack/events"))
    finally:
        listener.close()
        workers.stop()


def serve_socket(settings: Settings, connected: Callable[[], None]) -> None:
    """Answer over a WebSocket that we open: nothing has to reach this machine.

    Raises:
        ConfigError: A token is missing.
    """
    from slack_bolt.adapter.socket_mode import SocketModeHandler

    log_to_stderr()
    tokens = tokens_of("bot", "app")
    workers = Workers(settings, Workspaces(settings, tokens))
    flow = oauth_flow(settings, tokens)
    app = bolt_app(settings, tokens, workers.wake, flow, socket=True)
    handler: Any = SocketModeHandler(app, tokens.app, web_client=web_client(settings, tokens.bot))
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    workers.start()
    handler.connect()
    connected()
    stop.wait()
    handler.close()
    workers.stop()
