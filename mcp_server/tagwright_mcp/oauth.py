"""Access tokens of an OAuth issuer: its keys, and everything that a token of its must say.

The signatures are joserfc's work; here stands which of them are believed.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tagwright.errors import AccessError, ProviderError
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from joserfc.jwk import KeySet

    from tagwright.config import Oauth

__all__ = ["ALGORITHMS", "PAUSE", "Issuer", "Proven"]

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
              "EdDSA", "Ed25519")  # fmt: skip
"""Signatures that are believed. None with a shared secret: whoever knows the public key had it."""

PAUSE = 30.0
"""Seconds between two looks at the issuer: made-up key ids must not make us hammer it."""

_FRESH = 3_600.0
_STALE = 86_400.0
_LEEWAY = 30
_WAIT = 5.0
_MOST_BYTES = 1_000_000
_MOST_TOKEN = 16_384
# RFC 9068 says at+jwt; many issuers say JWT, or nothing, of an access token too. What an ID token
# is refused by is its audience, a client's.
_TYPES = ("at+jwt", "application/at+jwt", "jwt", "")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Proven:
    """What a verified access token says.

    Attributes:
        subject: At the issuer.
        email: Empty where it says none.
        email_verified: Whether the issuer looked.
        scopes: What it is for.
        client: The program that it was given to; empty where that is not said.
        expires: Seconds of the epoch until which it opens, skew included.
    """

    subject: str
    email: str
    email_verified: bool
    scopes: tuple[str, ...]
    client: str
    expires: float


class Issuer:
    """The issuer's keys, asked for when they are needed, and what they verify.

    Keys are kept for an hour, and looked for again when a token names another, at most every
    :data:`PAUSE` seconds. While the issuer is away the known ones go on for a day.

    Args:
        oauth: Whose tokens, and for which resource.
        clock: Seconds that only grow.
    """

    def __init__(self, oauth: Oauth, clock: Callable[[], float] = time.monotonic) -> None:
        import anyio

        self.oauth = oauth
        self._clock = clock
        self._lock = anyio.Lock()
        self._keys: KeySet | None = None
        self._fetched = self._tried = float("-inf")
        self._away = False

    async def verify(self, token: str) -> Proven:
        """What a token says, once all of it is found to be true and meant for this server.

        Raises:
            AccessError: It is not, and why; nothing of the token itself is in the message.
            ProviderError: The issuer cannot be reached, and without it nobody can tell.
        """
        from joserfc import jws, jwt
        from joserfc.errors import ClaimError, JoseError

        if len(token) > _MOST_TOKEN:
            raise AccessError(f"The token is longer than {_MOST_TOKEN} characters.")
        try:
            header = jws.extract_compact(token.encode("utf-8", "surrogateescape")).headers()
            kid = _understood(header)
            keys = await self._keys_with(kid)
            said = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
            self._claims().validate(said.claims)
        except ClaimError as error:
            raise AccessError(f"The token is refused: {error.error}, {error.claim}.") from None
        except JoseError as error:  # its description may quote the token
            raise AccessError(f"The token is refused: {error.error}.") from None
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise AccessError(f"The token cannot be read ({type(error).__name__}).") from None
        return _proven(said.claims)

    def _claims(self) -> Any:
        from joserfc.jwt import JWTClaimsRegistry

        return JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": self.oauth.issuer},
            aud={"essential": True, "value": self.oauth.resource},
            sub={"essential": True},
            exp={"essential": True},
        )

    async def _keys_with(self, kid: str | None) -> KeySet:
        """The issuer's keys, with the one of that id; without an id, where it has one key alone."""
        if not self._known(kid) or self._clock() - self._fetched > _FRESH:
            await self._look(kid)
        if self._keys is not None and self._clock() - self._fetched > _STALE:
            self._keys = None  # it may have been taken back since
        if self._keys is not None and self._known(kid):
            return self._keys
        if self._away or self._keys is None:
            raise ProviderError(
                f"The issuer {shorten(self.oauth.issuer, 80)} cannot be reached, so that this "
                "token cannot be verified.",
                hint="Try again in a minute.",
            )
        raise AccessError("The token is signed with a key that the issuer does not publish.")

    def _known(self, kid: str | None) -> bool:
        if self._keys is None:
            return False
        found = list(self._keys)
        return len(found) == 1 if kid is None else any(key.kid == kid for key in found)

    async def _look(self, kid: str | None) -> None:
        import httpx2

        async with self._lock:
            now = self._clock()
            if now - self._tried < PAUSE or (self._known(kid) and now - self._fetched <= _FRESH):
                return
            self._tried = now
            try:
                self._keys = _signing(await self._fetch())
            except (
                httpx2.HTTPError,
                httpx2.InvalidURL,
                LookupError,
                TypeError,
                ValueError,
            ) as error:
                self._away = True
                _log.warning(
                    "The keys of %s cannot be had (%s); those known go on.",
                    shorten(self.oauth.issuer, 80), type(error).__name__,
                )  # fmt: skip
            else:
                self._away, self._fetched = False, now

    async def _fetch(self) -> Any:
        """The key set, from where the issuer's metadata (OIDC's, else RFC 8414's) say."""
        import httpx2

        at = urlsplit(self.oauth.issuer)
        path = at.path.rstrip("/")
        places = (
            f"{self.oauth.issuer.rstrip('/')}/.well-known/openid-configuration",
            f"{at.scheme}://{at.netloc}/.well-known/oauth-authorization-server{path}",
        )
        async with httpx2.AsyncClient(timeout=_WAIT, follow_redirects=False) as client:
            try:
                metadata = await _document(client, places[0])
            except (httpx2.HTTPStatusError, ValueError):
                metadata = await _document(client, places[1])
            if metadata["issuer"] != self.oauth.issuer:
                raise ValueError("another issuer")
            where = str(metadata["jwks_uri"])
            if not where.startswith("https://") and at.scheme == "https":
                raise ValueError("keys in the clear")
            return await _document(client, where)


async def _document(client: Any, url: str) -> Any:
    async with client.stream("GET", url, headers={"Accept": "application/json"}) as answer:
        answer.raise_for_status()
        body = b""
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > _MOST_BYTES:
                raise ValueError("too long")
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("too deep") from None


def _signing(document: Any) -> KeySet:
    """The keys of a set that may sign, and that are no shared secrets."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        keys = [
            key
            for key in document["keys"]
            if key.get("kty") in {"RSA", "EC", "OKP"} and key.get("use", "sig") == "sig"
        ]
        return KeySet.import_key_set({"keys": keys})
    except (JoseError, AttributeError) as error:
        raise ValueError(type(error).__name__) from None


def _understood(header: dict[str, Any]) -> str | None:
    """The key's id; what is no access token of ours is refused before anybody is asked."""
    if header.get("alg") not in ALGORITHMS:
        raise AccessError("The token is not signed in a way that is believed.")
    if str(header.get("typ", "")).lower() not in _TYPES:
        raise AccessError("The token is no access token, by its type.")
    kid = header.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise AccessError("The id of the token's key is no text.")
    return kid


def _proven(claims: dict[str, Any]) -> Proven:
    email, client = claims.get("email"), claims.get("client_id", claims.get("azp"))
    said = claims.get("scope", claims.get("scp", ""))
    scopes = said.split() if isinstance(said, str) else said
    if not isinstance(scopes, list) or not all(isinstance(one, str) for one in scopes):
        raise AccessError("The scopes of the token are no list of words.")
    if not claims["sub"]:
        raise AccessError("The token names nobody.")
    return Proven(
        claims["sub"],
        email if isinstance(email, str) else "",
        claims.get("email_verified") is True,
        tuple(scopes),
        client if isinstance(client, str) else "",
        claims["exp"] + _LEEWAY,
    )
