"""An authorization server on loopback: discovery, codes with PKCE, signed tokens, real keys.

It is as strict as a good one: redirect URI, client, secret and verifier are checked, and a code is
taken once. ``twist`` makes it lie in one way.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT = "tagwright-approver"
SECRET = "s3cret-of-the-client"


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}, private=True)


_KEY, _STRANGER = new_key("k1"), new_key("k1")


@dataclass
class Issuer:
    """State and record of the issuer.

    Attributes:
        url: Its own, once it serves.
        claims: Of who signs in next.
        twist: Called with the claims of each ID token before it is signed.
        sign: ``RS256``, ``none`` (unsigned), ``HS256`` (with the public key as secret) or
            ``stranger`` (another key of the same name).
        metadata: What discovery says otherwise.
        refuse: An error that the authorization endpoint sends back.
        asked: Parameters of each authorization request.
        keys: Those it publishes; it signs with the last.
        away: It answers nothing but 503.
        looked: How often somebody asked for the keys.
    """

    url: str = ""
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "alice-sub"})
    twist: Callable[[dict[str, Any]], Any] = lambda _: None
    sign: str = "RS256"
    metadata: dict[str, Any] = field(default_factory=dict)
    refuse: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: list[RSAKey] = field(default_factory=lambda: [_KEY])
    away: bool = False
    looked: int = 0

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/jwks", self._jwks),
            ]
        )

    async def _discovery(self, _: Request) -> Response:
        if self.away:
            return JSONResponse({}, 503)
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                "code_challenge_methods_supported": ["S256"],
                **self.metadata,
            }
        )

    async def _jwks(self, _: Request) -> Response:
        self.looked += 1
        return JSONResponse(KeySet(list(self.keys)).as_dict(private=False))

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.asked.append(asked)
        if self.refuse:
            back = {"error": self.refuse, "error_description": "<b>no</b>", "state": asked["state"]}
            return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)
        right = (
            asked["client_id"] == CLIENT
            and asked["response_type"] == "code"
            and asked["code_challenge_method"] == "S256"
            and ("openid" in asked["scope"].split() or "resource" in asked)
        )
        if not right:
            return JSONResponse({"error": "invalid_request"}, 400)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"]}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    async def _token(self, request: Request) -> Response:
        form = {name: it[0] for name, it in parse_qs((await request.body()).decode()).items()}
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if not hmac.compare_digest(request.headers.get("authorization", ""), basic):
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if (
            asked is None
            or form.get("redirect_uri") != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        if "resource" in asked:
            scope = asked.get("scope", "")
            access = self.access_token(asked["resource"], scope=scope, **self.claims)
            kind = {"token_type": "Bearer", "expires_in": 300, "scope": scope}
            return JSONResponse({"access_token": access, **kind})
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"],
            **self.claims,
        }  # fmt: skip
        self.twist(claims)
        token = {"access_token": "at", "token_type": "Bearer", "id_token": self._signed(claims)}
        return JSONResponse(token)

    def access_token(
        self, resource: str, *, typ: str = "at+jwt", kid: str = "", **claims: Any
    ) -> str:
        """An access token for a resource; a claim of None is left out."""
        now = int(time.time())
        said = {
            "iss": self.url, "aud": resource, "iat": now, "exp": now + 300, "client_id": CLIENT,
            "scope": "costs:read", **claims,
        }  # fmt: skip
        self.twist(said)
        said = {name: value for name, value in said.items() if value is not None}
        return self._signed(said, typ=typ, kid=kid)

    def _signed(self, claims: dict[str, Any], *, typ: str = "JWT", kid: str = "") -> str:
        header = {"alg": self.sign, "kid": kid or str(self.keys[-1].kid), "typ": typ}
        if self.sign in {"none", "HS256"}:
            import json

            parts = [json.dumps(header).encode(), json.dumps(claims).encode()]
            said = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
            mac = hmac.new(_KEY.as_pem(private=False), said, "sha256").digest()
            end = base64.urlsafe_b64encode(mac).rstrip(b"=") if self.sign == "HS256" else b""
            return (said + b"." + end).decode()
        key = _STRANGER if self.sign == "stranger" else self.keys[-1]
        return jwt.encode({**header, "alg": "RS256"}, claims, key)
