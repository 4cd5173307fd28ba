"""The issuer's keys: asked for once, when they rotate, and what goes on while it is away."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import KeySet

from oidc_issuer import Issuer as Server
from oidc_issuer import new_key
from tagwright.config import Oauth, load_settings
from tagwright.errors import AccessError, ConfigError, ProviderError
from tagwright_mcp.access import Verifier
from tagwright_mcp.oauth import PAUSE, Issuer
from uvicorn_thread import serving

RESOURCE = "https://tagwright.example.com/mcp"


class Time:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    with serving(found.app()) as url:
        found.url = url
        yield found


def issuer(server: Server, clock: Time) -> Issuer:
    return Issuer(Oauth(issuer=server.url, resource=RESOURCE), clock)


def token(server: Server, **more: str) -> str:
    return server.access_token(RESOURCE, sub="ann", **more)


async def test_an_expired_token_opens_nothing_later_either(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "people.yaml").write_text("people: {ann: {mcp: [ann], may: [ask]}}")
    verifier = Verifier(load_settings(home), issuer(server, Time()))
    verified = await verifier.verify_token(token(server))
    assert verified.door().person == "ann"
    later = time.time() + 3_600
    monkeypatch.setattr("tagwright_mcp.access.time.time", lambda: later)
    with pytest.raises(AccessError, match="expired since"):
        verified.door()


async def test_keys_rotate(server: Server) -> None:
    clock = Time()
    known = issuer(server, clock)
    old = token(server)
    assert (await known.verify(old)).subject == "ann"
    server.keys = [*server.keys, new_key("k2")]
    new = token(server)
    with pytest.raises(AccessError, match="does not publish"):
        await known.verify(new)  # it was looked at a moment ago
    clock.now += PAUSE
    for each in (new, old, new):
        assert (await known.verify(each)).subject == "ann"
    assert server.looked == 2
    server.keys = server.keys[1:]
    clock.now += 3601
    assert (await known.verify(new)).subject == "ann"
    with pytest.raises(AccessError, match="does not publish"):
        await known.verify(old)


async def test_made_up_keys_do_not_make_us_hammer_the_issuer(server: Server) -> None:
    clock = Time()
    known = issuer(server, clock)
    for number in range(50):
        with pytest.raises(AccessError):
            await known.verify(token(server, kid=f"made-up-{number}"))
        clock.now += 1
    assert server.looked == 2
    for forged in ("HS256", "none"):
        server.sign = forged
        clock.now += PAUSE
        with pytest.raises(AccessError, match="not signed in a way"):
            await known.verify(token(server, kid="x"))
    assert server.looked == 2  # nobody is asked about those


async def test_while_the_issuer_is_away_known_keys_go_on_for_a_day(server: Server) -> None:
    clock = Time()
    known = issuer(server, clock)
    await known.verify(token(server))
    server.away = True
    clock.now += 7_200
    await known.verify(token(server))
    with pytest.raises(ProviderError, match="cannot be reached"):
        await known.verify(token(server, kid="k2"))  # perhaps it is new: nobody can tell
    clock.now += 90_000
    with pytest.raises(ProviderError, match="cannot be reached"):
        await known.verify(token(server))
    server.away = False
    clock.now += PAUSE
    await known.verify(token(server))


async def test_an_issuer_that_was_never_there_is_told(server: Server) -> None:
    server.away = True
    with pytest.raises(ProviderError, match="cannot be reached"):
        await issuer(server, Time()).verify(token(server))


@pytest.mark.parametrize(
    "metadata",
    [{"issuer": "https://evil.example"}, {"jwks_uri": None}, {"jwks_uri": "file:///etc/passwd"},
     {"issuer": None}],
)  # fmt: skip
async def test_metadata_that_are_not_the_issuer_s(server: Server, metadata: dict[str, str]) -> None:
    server.metadata = metadata
    with pytest.raises(ProviderError, match="cannot be reached"):
        await issuer(server, Time()).verify(token(server))


async def test_a_shared_secret_among_the_keys_is_no_key(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Published by mistake, or to be taken for one: whoever reads it could sign."""
    published = {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "k9"}, {"kty": "new"}]}
    monkeypatch.setattr(KeySet, "as_dict", lambda *_, **__: published)
    with pytest.raises(ProviderError, match="cannot be reached"):
        await issuer(server, Time()).verify(token(server, kid="k9"))


@pytest.mark.parametrize("published", [[], {}, {"keys": None}, {"keys": ["x"]}, {"keys": [{}]},
                                       {"keys": [{"kty": "RSA", "n": 1}]}])  # fmt: skip
async def test_keys_that_are_none(
    server: Server, monkeypatch: pytest.MonkeyPatch, published: Any
) -> None:
    signed = token(server)
    monkeypatch.setattr(KeySet, "as_dict", lambda *_, **__: published)
    with pytest.raises(ProviderError, match="cannot be reached"):
        await issuer(server, Time()).verify(signed)


@pytest.mark.parametrize(
    "header",
    [[], "x", 1, None, {}, {"alg": None}, {"alg": ["RS256"]}, {"alg": "rs256"}, {"alg": "RSA-OAEP"},
     {"alg": "RS256", "kid": 5}, {"alg": "RS256", "kid": ["k1"]}, {"alg": "RS256", "typ": 5},
     {"alg": "RS256", "crit": ["x"], "x": 1}, {"alg": "RS256", "b64": False, "crit": ["b64"]},
     {"alg": "RS256", "kid": "../../etc/passwd"}, {"alg": "RS256", "jku": "http://127.0.0.1:1/"},
     {"alg": "ES256", "kid": "k1"}, {"alg": "EdDSA", "kid": "k1"}],
)  # fmt: skip
async def test_headers_that_nobody_of_ours_wrote(server: Server, header: Any) -> None:
    """With the claims and the signature of a good token; one of another algorithm too."""
    known = issuer(server, Time())
    good = token(server)
    await known.verify(good)
    _, claims, signature = good.split(".")
    begin = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    with pytest.raises(AccessError):
        await known.verify(f"{begin}.{claims}.{signature}")


@pytest.mark.parametrize(
    "wrong",
    [{"issuer": "http://issuer.example"}, {"resource": "https://x.example"}, {"resource": "x/mcp"},
     {"resource": "http://x.example/mcp"}, {"read_scope": "a b"}, {"secret": "x"}],
)  # fmt: skip
def test_settings_that_cannot_be_meant(home: Path, wrong: dict[str, str]) -> None:
    right = {"issuer": "https://issuer.example", "resource": RESOURCE}
    assert load_settings(home, mcp={"oauth": right}).mcp.oauth is not None
    with pytest.raises(ConfigError, match=r"mcp\.oauth"):
        load_settings(home, mcp={"oauth": {**right, **wrong}})
