"""Who may reach the HTTP server: whose tokens open it, and the names that it is known by."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable  # noqa: TC003  pydantic reads it
from functools import partial
from typing import TYPE_CHECKING

from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import Field
from starlette.authentication import AuthenticationError

from tagwright.errors import AccessError, ProviderError, TagwrightError
from tagwright.people import Principal, by_static_token, by_token
from tagwright_mcp.address import host_names
from tagwright_mcp.tokens import PREFIX, StaticToken, find, load_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.config import Settings
    from tagwright.people import Right
    from tagwright_mcp.address import Address
    from tagwright_mcp.oauth import Issuer, Proven

__all__ = ["DeniedError", "PersonToken", "Verifier", "scopes", "security"]


def scopes(settings: Settings) -> Mapping[Right, str]:
    """Which right each scope lets through."""
    oauth = settings.mcp.oauth
    return {
        "ask": oauth.read_scope if oauth else "costs:read",
        "propose": oauth.propose_scope if oauth else "tags:propose",
    }


class PersonToken(AccessToken):
    """A verified token, with the door that its person comes by; the token itself is not kept.

    Attributes:
        door: Makes the principal, by ``people.yaml`` as it is then.
    """

    door: Callable[[], Principal] = Field(exclude=True, repr=False)


class DeniedError(AuthenticationError):
    """A token opens nothing.

    Attributes:
        why: As said to whoever sent it; nothing of the token.
        status: 401 for the token's fault; 503 where nobody can tell at present; 500 for the
            server's own files.
    """

    def __init__(self, why: str, status: int) -> None:
        super().__init__(why)
        self.why = why
        self.status = status


class Verifier:
    """Tells whose a bearer token is: a static one by the home's file, any other by the issuer.

    Args:
        settings: Where the files are.
        issuer: Whose access tokens are taken; None for nobody's.
    """

    def __init__(self, settings: Settings, issuer: Issuer | None) -> None:
        self._settings = settings
        self._issuer = issuer
        self._scopes = scopes(settings)

    async def verify_token(self, token: str) -> PersonToken:
        """The token's access.

        Raises:
            DeniedError: It is none of ours, or it cannot be told.
        """
        try:
            if self._issuer is None or token.startswith(PREFIX):
                return self._static(token)
            return await self._of(self._issuer, token)
        except AccessError as error:
            raise DeniedError(error.message, 401) from None
        except ProviderError as error:
            raise DeniedError(str(error), 503) from None
        except TagwrightError as error:  # the message is for who keeps the files
            raise DeniedError(
                f"The server is not set up right ({type(error).__name__}).", 500
            ) from error

    def _static(self, token: str) -> PersonToken:
        found = find(self._settings, token, dt.datetime.now(dt.UTC))
        if found is None:
            raise AccessError("The token is not known, is revoked, or has expired.")
        name, kept = found
        through: frozenset[Right] = frozenset(kept.may)
        return PersonToken(
            token="",
            client_id=f"token:{name}",
            subject=kept.person,
            scopes=[scope for right, scope in self._scopes.items() if right in through],
            door=partial(self._enter_static, name, kept, through),
        )

    async def _of(self, issuer: Issuer, token: str) -> PersonToken:
        said = await issuer.verify(token)
        through = frozenset(right for right, scope in self._scopes.items() if scope in said.scopes)
        return PersonToken(
            token="",
            client_id=said.client or said.subject,
            subject=said.subject,
            scopes=list(said.scopes),
            resource=issuer.oauth.resource,
            claims={"iss": issuer.oauth.issuer},
            door=partial(self._enter, said, through),
        )

    # A stream of notifications lives longer than the request that opened it: whether the token
    # still opens is asked again each time that its person is.

    def _enter(self, said: Proven, through: frozenset[Right]) -> Principal:
        if time.time() > said.expires:
            raise AccessError("The token has expired since.", hint="Connect again.")
        return by_token(
            self._settings,
            subject=said.subject,
            email=said.email,
            email_verified=said.email_verified,
            through=through,
        )

    def _enter_static(self, name: str, kept: StaticToken, through: frozenset[Right]) -> Principal:
        gone = load_tokens(self._settings).get(name) != kept
        if gone or dt.datetime.now(dt.UTC) >= kept.expires:
            raise AccessError("The token has expired or was revoked since.", hint="Connect again.")
        return by_static_token(self._settings, kept.person, name, through)


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
