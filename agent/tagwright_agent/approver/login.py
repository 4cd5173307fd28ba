"""Signing in by OIDC: authorization code with PKCE, state and nonce, by authlib's client."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.errors import AccessError, ConfigError, ProviderError
from tagwright.extras import how_to_install
from tagwright.text import shorten
from tagwright_mcp.oauth import ALGORITHMS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from tagwright.config import Oidc

__all__ = ["SECRET_VARIABLE", "Login", "Proven", "configured_secret"]

SECRET_VARIABLE = "TAGWRIGHT_APPROVAL_OIDC_SECRET"  # noqa: S105  the variable's name
_LEEWAY = 60
_WAIT = 10.0


@dataclass(frozen=True)
class Proven:
    """What a verified ID token says of who signed in.

    Attributes:
        subject: At the issuer.
        email: Empty where it says none.
        email_verified: Whether the issuer looked.
    """

    subject: str
    email: str
    email_verified: bool


def configured_secret() -> str:
    """The client's secret, from the environment.

    Raises:
        ConfigError: There is none.
    """
    secret = os.environ.get(SECRET_VARIABLE, "")
    if not secret:
        raise ConfigError(
            f"approval.oidc is set, and {SECRET_VARIABLE} is not: the issuer would not know us.",
            hint="Put the client's secret there; see docs/approvals.md.",
        )
    return secret


class Login:
    """The way to the issuer and back.

    Args:
        oidc: Whose.
        secret: The client's.

    Raises:
        ConfigError: The library is not installed.
    """

    def __init__(self, oidc: Oidc, secret: str) -> None:
        try:
            from authlib.integrations.starlette_client import OAuth
        except ImportError:
            raise ConfigError(
                "approval.oidc is set, and the library that signs people in is not installed.",
                hint=how_to_install("approver"),
            ) from None
        self.oidc = oidc
        self._client = OAuth().register(
            "issuer",
            client_id=oidc.client_id,
            client_secret=secret,
            server_metadata_url=f"{oidc.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": " ".join(oidc.scopes), "code_challenge_method": "S256", "timeout": _WAIT,
            },
        )  # fmt: skip

    async def begin(self, request: Request, back: str) -> Response:
        """Send the browser to the issuer; ``back`` is the URL that is registered there.

        Raises:
            ProviderError: The issuer cannot be reached, or is another one than is configured.
        """
        import httpx2
        from authlib.integrations.starlette_client import OAuthError

        try:
            await self._agree()
            found: Response = await self._client.authorize_redirect(request, back)
        except (httpx2.HTTPError, OAuthError, LookupError, RuntimeError, ValueError) as error:
            raise self._unreachable(error) from None
        return found

    async def finish(self, request: Request) -> Proven:
        """Who the issuer says came back, by a token whose every claim was verified.

        Raises:
            AccessError: It refused, or what came back is not its answer to this browser.
            ProviderError: It cannot be reached.
        """
        import httpx2
        from authlib.integrations.starlette_client import OAuthError
        from joserfc.errors import JoseError

        # The library alone would take a token that was made for another client of the issuer.
        claims = {
            "iss": {"essential": True, "value": self.oidc.issuer},
            "aud": {"essential": True, "value": self.oidc.client_id},
        }
        try:
            await self._agree()
            token = await self._client.authorize_access_token(
                request, claims_options=claims, leeway=_LEEWAY
            )
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from None
        except (OAuthError, JoseError) as error:
            raise _refused(f"{error.error}: {error.description or 'no more is said'}") from None
        except (LookupError, RuntimeError, TypeError, ValueError) as error:
            raise _refused(f"its answer cannot be read ({type(error).__name__})") from None
        said = token.get("userinfo")
        if not said or not isinstance(said.get("sub"), str) or not said["sub"]:
            raise _refused("no ID token came")
        email = said.get("email")
        return Proven(
            said["sub"], email if isinstance(email, str) else "", said.get("email_verified") is True
        )

    async def _agree(self) -> None:
        """What the issuer publishes is its own, and signs with keys that it alone has."""
        metadata = await self._client.load_server_metadata()
        if metadata.get("issuer") != self.oidc.issuer:
            raise ProviderError(
                f"{shorten(self.oidc.issuer, 80)} says that it is "
                f"{shorten(str(metadata.get('issuer')), 80)}.",
                hint="approval.oidc.issuer must be exactly what the issuer calls itself.",
            )
        signs = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [
            name for name in ALGORITHMS if name in signs
        ]

    def _unreachable(self, error: Exception) -> ProviderError:
        return ProviderError(
            f"{shorten(self.oidc.issuer, 80)} cannot be reached, or is no OIDC issuer "
            f"({type(error).__name__}).",
            hint="Is approval.oidc.issuer right? Try again.",
        )


def _refused(why: str) -> AccessError:
    return AccessError(f"The sign-in was refused: {shorten(why, 200)}.", hint="Sign in again.")
