"""Who may reach the HTTP server: those who hold the token, under the names it is known by.

A static token is the least that keeps strangers out; OAuth (a token per person) would replace
:class:`StaticToken` and nothing else.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import TransportSecuritySettings

from tagwright_mcp.address import host_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_mcp.address import Address

__all__ = ["SCOPE", "StaticToken", "security"]

SCOPE = "tagwright"


class StaticToken:
    """Accepts the one bearer token; the token itself is never logged nor handed on."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    async def verify_token(self, token: str) -> AccessToken | None:
        """The access of that token; None where it is not the one. Compared in constant time."""
        # Headers are latin-1 to Starlette; what is not ASCII cannot be the token.
        given = token.encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._token):
            return None
        return AccessToken(token="", client_id="http", scopes=[SCOPE], subject="http")


def security(address: Address, names: Sequence[str]) -> TransportSecuritySettings:
    """Which Host and Origin headers are answered: no page of a stranger's may use this server.

    Args:
        address: Where the server listens.
        names: Further names under which clients reach it, without port.

    Raises:
        MisuseError: It listens everywhere and no name was given, or a name is malformed.
    """
    unique = host_names(address, names)
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[form for host in unique for form in (host, f"{host}:*")],
        allowed_origins=[
            form
            for host in unique
            for scheme in ("http", "https")
            for form in (f"{scheme}://{host}", f"{scheme}://{host}:*")
        ],
    )
