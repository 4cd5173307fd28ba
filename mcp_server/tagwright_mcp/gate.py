"""What holds for a request before the protocol sees it: its headers, how often, its scope."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.transport_security import DEFAULT_MAX_REQUEST_BODY_SIZE
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tagwright_mcp.bodies import begun

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Receive, Scope, Send

    from tagwright_mcp.rates import Rates

__all__ = ["Gate", "PersonGate", "challenge"]

_NAME = r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?"
_HOST = re.compile(_NAME)
_ORIGIN = re.compile(rf"https?://{_NAME}")


def challenge(
    status: int, error: str, why: str, *, metadata: str | None, scope: str = ""
) -> JSONResponse:
    """A refusal as RFC 6750 has it.

    Args:
        status: 401 or 403.
        error: ``invalid_token`` or ``insufficient_scope``.
        why: In words.
        metadata: URL of the protected resource's metadata (RFC 9728), where there is an issuer.
        scope: Scopes that would do, with blanks between.
    """
    shown = re.sub(r"[^ !#-\[\]-~]", "'", why)  # what a quoted string may hold
    parts = [f'error="{error}"', f'error_description="{shown}"']
    parts += [f'scope="{scope}"'] if scope else []
    parts += [f'resource_metadata="{metadata}"'] if metadata else []
    return JSONResponse(
        {"error": error, "error_description": why},
        status,
        headers={"WWW-Authenticate": "Bearer " + ", ".join(parts)},
    )


def _slower(seconds: float) -> JSONResponse:
    return JSONResponse(
        {"error": "rate_limited", "error_description": "Too many requests: wait, then go on."},
        429,
        headers={"Retry-After": str(math.ceil(seconds))},
    )


def _address(scope: Scope) -> str:
    return str((scope.get("client") or ("?",))[0])


class Gate:
    """Outermost: a Host and an Origin that are names, each once; and so many from an address.

    Which names are answered the MCP library checks; but its ``http://localhost:*`` takes whatever
    follows the colon.
    """

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        self.app = app
        self.rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        refused = self._refusal(scope) if scope["type"] == "http" else None
        await (refused or self.app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
            return PlainTextResponse("Invalid Host header", 421)
        if len(origins) > 1 or not all(_ORIGIN.fullmatch(one) for one in origins):
            return PlainTextResponse("Invalid Origin header", 403)
        seconds = self.rates.wait(_address(scope))
        return _slower(seconds) if seconds else None


class PersonGate:
    """Innermost, once the token is verified: so many of a person; no proposal without its scope.

    That a scope is missing holds for the call too, wherever it comes from; here it is told in the
    way that clients understand: they ask their person, and come back with a token that has it.

    Args:
        app: What is guarded.
        rates: Requests of a person, or of an address where nobody is proven.
        proposing: Names of the tools that propose.
        read_scope: What a token has anyway.
        propose_scope: What it needs for those tools.
        metadata: See :func:`challenge`; None where no issuer could give more.
    """

    def __init__(
        self, app: ASGIApp, *, rates: Rates, proposing: Collection[str], read_scope: str,
        propose_scope: str, metadata: str | None,
    ) -> None:  # fmt: skip
        self.app = app
        self.rates = rates
        self.proposing = proposing
        self.read_scope = read_scope
        self.propose_scope = propose_scope
        self.metadata = metadata

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        user = scope.get("user")
        token = user.access_token if isinstance(user, AuthenticatedUser) else None
        seconds = self.rates.wait(f"={token.subject}" if token else _address(scope))
        if seconds:
            await _slower(seconds)(scope, receive, send)
            return
        # A static token has what it was made with; only an issuer could give more.
        if token is not None and token.resource and self.propose_scope not in token.scopes:
            body, receive = await begun(receive, DEFAULT_MAX_REQUEST_BODY_SIZE)
            if self._proposes(body):
                refused = challenge(
                    403, "insufficient_scope", "This tool proposes a change of tags.",
                    metadata=self.metadata, scope=f"{self.read_scope} {self.propose_scope}",
                )  # fmt: skip
                await refused(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _proposes(self, body: bytes) -> bool:
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            return False  # whoever answers it says so
        return _called(document) in self.proposing


def _called(document: Any) -> str:
    """The tool that a request calls."""
    if not isinstance(document, dict) or document.get("method") != "tools/call":
        return ""
    params = document.get("params")
    name = params.get("name") if isinstance(params, dict) else ""
    return name if isinstance(name, str) else ""
