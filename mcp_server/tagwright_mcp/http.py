"""The server as an ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server.auth.settings import AuthSettings
from pydantic import AnyHttpUrl
from starlette.responses import JSONResponse

from tagwright.people import over_http
from tagwright_mcp.access import SCOPE, StaticToken
from tagwright_mcp.cancels import Cancels
from tagwright_mcp.server import build_server

if TYPE_CHECKING:
    from mcp.server.transport_security import TransportSecuritySettings
    from starlette.applications import Starlette
    from starlette.requests import Request

    from tagwright.config import Settings
    from tagwright.registry import Registry

__all__ = ["application"]


def application(
    settings: Settings,
    *,
    token: str | None,
    security: TransportSecuritySettings,
    registry: Registry | None = None,
) -> Starlette:
    """``/mcp`` with Host, Origin and token checked, and ``/healthz``, which tells nothing else.

    One token tells no person from another, so nobody is proven here: with ``people.yaml`` every
    call is refused, and without it plans say ``mcp:nobody``. Verified tokens come with issue 21.
    """
    options: dict[str, Any] = {}
    if token is not None:
        options = {
            "token_verifier": StaticToken(token),
            # No authorization server stands behind a static token, so none is advertised: without
            # resource_server_url there is no metadata that would send clients to one.
            "auth": AuthSettings(
                issuer_url=AnyHttpUrl("https://invalid.invalid"),
                resource_server_url=None,
                required_scopes=[SCOPE],
            ),
        }
    server = build_server(settings, over_http, registry=registry, options=options, standing=False)

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    server.custom_route("/healthz", methods=["GET"])(health)
    # Stateless: no session of the handshake era is lost when the server is replaced. Only
    # questions from server to client would need one, and no tool asks any.
    app = server.streamable_http_app(transport_security=security, stateless_http=True)
    app.add_middleware(Cancels)
    return app
