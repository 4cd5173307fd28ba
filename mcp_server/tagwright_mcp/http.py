"""The server as an ASGI application."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.routes import build_resource_metadata_url
from mcp.server.auth.settings import AuthSettings
from pydantic import AnyHttpUrl
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.responses import JSONResponse, Response

from tagwright.errors import AccessError
from tagwright.people import Principal, over_http
from tagwright_mcp.access import DeniedError, PersonToken, Verifier, scopes
from tagwright_mcp.cancels import Cancels
from tagwright_mcp.gate import Gate, PersonGate, challenge
from tagwright_mcp.oauth import PAUSE, Issuer
from tagwright_mcp.rates import Rates
from tagwright_mcp.sealing import request_states
from tagwright_mcp.server import build_server
from tagwright_mcp.tokens import tokens_path

if TYPE_CHECKING:
    from mcp.server.transport_security import TransportSecuritySettings
    from starlette.applications import Starlette
    from starlette.requests import HTTPConnection, Request

    from tagwright.config import Settings
    from tagwright.registry import Registry

__all__ = ["application"]

_log = logging.getLogger(__name__)


def application(
    settings: Settings,
    *,
    guarded: bool,
    security: TransportSecuritySettings,
    registry: Registry | None = None,
) -> Starlette:
    """``/mcp`` with Host, Origin and token checked, and ``/healthz``, which tells nothing else.

    Args:
        settings: Where the data is, and whose tokens are taken.
        guarded: Every request to ``/mcp`` needs a token, of somebody. Without, nobody is proven:
            with ``people.yaml`` every call is refused, and else plans say ``mcp:nobody``.
        security: Which names are answered.
        registry: The tools; default all that are installed.
    """
    oauth, named = settings.mcp.oauth, scopes(settings)
    metadata: str | None = None
    options: dict[str, Any] = {"request_state_security": request_states(settings)}
    if guarded:
        # Without an issuer none is advertised: no metadata would send clients to one.
        resource = AnyHttpUrl(oauth.resource) if oauth else None
        metadata = str(build_resource_metadata_url(resource)) if resource else None
        options |= {
            "token_verifier": Verifier(settings, Issuer(oauth) if oauth else None),
            "auth": AuthSettings(
                issuer_url=oauth.issuer if oauth else "https://invalid.invalid",  # type: ignore[arg-type]
                resource_server_url=resource,
                required_scopes=[named["ask"]],
                validate_token_resource=False,  # the verifier does, and static tokens name none
            ),
        }
    server = build_server(
        settings,
        _door(settings, guarded=guarded),
        registry=registry,
        options=options,
        standing=False,
        whose=_whose,
    )

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    def denied(_: HTTPConnection, error: Exception) -> Response:
        assert isinstance(error, DeniedError)  # noqa: S101  the verifier raises no other
        # What is wrong with our own files is for who runs this, not for who came.
        _log.warning("A token was refused: %s", error.__cause__ or error.why)
        if error.status == 401:
            return challenge(401, "invalid_token", error.why, metadata=metadata, scope=named["ask"])
        return JSONResponse(
            {"error": "temporarily_unavailable", "error_description": error.why},
            error.status,
            headers={"Retry-After": str(round(PAUSE))},
        )

    server.custom_route("/healthz", methods=["GET"])(health)
    # Stateless: no session of the handshake era is lost when the server is replaced. Only
    # questions from server to client would need one, and no tool asks any.
    app = server.streamable_http_app(transport_security=security, stateless_http=True)
    for one in app.user_middleware:
        kind: Any = one.cls
        if kind is AuthenticationMiddleware:
            one.kwargs["on_error"] = denied  # the library gives it none: 400, and no reason
    proposing = {tool.name for tool in server.calls.registry if tool.effect == "propose"}
    app.user_middleware.append(
        Middleware(
            PersonGate,
            rates=Rates(settings.mcp.person_rate),
            proposing=proposing,
            read_scope=named["ask"],
            propose_scope=named["propose"],
            metadata=metadata,
        )
    )
    app.user_middleware.append(Middleware(Cancels))
    app.user_middleware.insert(0, Middleware(Gate, rates=Rates(settings.mcp.address_rate)))
    return app


def _whose() -> str:
    """Whose turn a request takes; nobody's without a token."""
    token = get_access_token()
    return (token.subject or "") if token else ""


def _door(settings: Settings, *, guarded: bool) -> Any:
    def who() -> Principal:
        """Whose the request's token is."""
        token = get_access_token()
        if isinstance(token, PersonToken):
            return token.door()
        if guarded:  # nobody must not be let in for a token that was lost on the way
            raise AccessError("The call came without its token.")
        if tokens_path(settings).exists():
            raise AccessError(
                "This server was started before the first token was made, and proves nobody.",
                hint="Whoever runs it starts it again: then each request needs a token.",
            )
        return over_http()

    return who
