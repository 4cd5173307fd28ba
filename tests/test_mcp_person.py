"""The person over HTTP: tokens of a real authorization server, and static ones; what each opens."""

from __future__ import annotations

import datetime as dt
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

from mcp_world import HEADERS, Door, billed, door, filled, told
from oidc_issuer import CLIENT, SECRET
from tagwright.config import load_settings
from tagwright.errors import ApprovalError
from tagwright.people import Principal
from tagwright.remediation import PlanStore
from tagwright.remediation.approver import Approver
from tagwright_mcp.calls import ERROR_META
from tagwright_mcp.tokens import load_tokens, make, revoke, tokens_path

MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])
ASK = {"metric": "billed_cost", "period": "2026-09"}
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def at(home: Path) -> Iterator[Door]:
    with door(filled(home)) as found:
        yield found


@MODES
async def test_each_sees_their_part(at: Door, mode: str) -> None:
    for subject, total in (("lead-sub", "10.00"), ("chief-sub", "42.00")):
        async with at.client(at.token(subject), mode) as client:
            answer = await client.call_tool("query_costs", ASK)
            assert billed(answer).startswith(total), answer
            rows = await client.call_tool(
                "run_sql", {"sql": "SELECT ResourceName FROM charges ORDER BY 1"}
            )
            assert ("of-ads" in told(rows)) == (subject == "chief-sub")
    assert at.issuer.looked == 1  # the keys are asked for once


async def test_a_receipt_of_what_others_see_is_not_found(at: Door) -> None:
    async with at.client(at.token("chief-sub")) as client:
        answer = await client.call_tool("query_costs", ASK)
        uri = f"tagwright://receipts/{answer.structured_content['receipt']}"
        assert "42" in (await client.read_resource(uri)).model_dump_json()
    async with at.client(at.token("lead-sub")) as client:
        with pytest.raises(MCPError, match="receipt"):
            await client.read_resource(uri)


async def test_a_verified_address_is_a_person_too(at: Door) -> None:
    mail = {"email": "lead@EXAMPLE.com", "email_verified": True}
    async with at.client(at.token("0099", **mail)) as client:
        assert billed(await client.call_tool("query_costs", ASK)).startswith("10")


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "nobody-sub"},
        {"sub": "lead"},
        {"sub": "Lead-Sub"},
        {"sub": "x", "email": "lead@example.com"},
        {"sub": "x", "email": "lead@example.com", "email_verified": "true"},
        {"sub": "chief-sub", "email": "lead@example.com", "email_verified": True},
    ],
)
async def test_who_is_nobody_is_told_nothing(at: Door, claims: dict[str, Any]) -> None:
    """Unknown subjects, by case alone too; an unverified address; a token that is two people's."""
    said = dict(claims)
    async with at.client(at.token(said.pop("sub"), **said)) as client:
        answer = await client.call_tool("query_costs", ASK)
        assert (answer.meta or {})[ERROR_META]["type"] == "AccessError"
        assert "is nobody in" in told(answer)
        assert "operating system" not in told(answer)


async def test_an_address_of_two_people_opens_nothing(at: Door) -> None:
    twice = "people: {a: {mcp: [lead@example.com]}, b: {mcp: [Lead@example.com]}}"
    (at.home / "people.yaml").write_text(twice)
    mail = {"email": "lead@example.com", "email_verified": True}
    async with at.client(at.token("x", **mail)) as client:
        answer = await client.call_tool("query_costs", ASK)
        assert (answer.meta or {})[ERROR_META]["type"] == "ConfigError"
        assert "one id is one person" in told(answer)


async def test_without_the_file_a_token_is_nobody_s(at: Door) -> None:
    """One-person mode asks nobody who they are: it must not open to all whom the issuer knows."""
    token = at.token("lead-sub")
    (at.home / "people.yaml").unlink()
    async with at.client(token) as client:
        answer = await client.call_tool("query_costs", ASK)
        assert (answer.meta or {})[ERROR_META]["type"] == "AccessError"


def refused(answer: httpx2.Response, status: int, error: str, why: str) -> dict[str, str]:
    """The parts of its WWW-Authenticate."""
    assert answer.status_code == status, answer.text
    header = answer.headers["www-authenticate"]
    found = dict(re.findall(r'(\w+)="([^"]*)"', header))
    assert header.startswith("Bearer ")
    assert found["error"] == error
    assert why in found["error_description"]
    assert "/.well-known/oauth-protected-resource/mcp" in found["resource_metadata"]
    return found


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": int(time.time()) - 3600}, "expired_token, exp"),
        ({"exp": None}, "missing_claim, exp"),
        ({"exp": "tomorrow"}, "invalid_claim, exp"),
        ({"exp": float("inf")}, "invalid_claim, exp"),
        ({"nbf": int(time.time()) + 3600}, "invalid_claim, nbf"),
        ({"iat": int(time.time()) + 3600}, "invalid_claim, iat"),
        ({"aud": "https://other.example/mcp"}, "invalid_claim, aud"),
        ({"aud": ["https://other.example/mcp"]}, "invalid_claim, aud"),
        ({"aud": None}, "missing_claim, aud"),
        ({"aud": CLIENT}, "invalid_claim, aud"),  # as an ID token has it
        ({"iss": "https://evil.example"}, "invalid_claim, iss"),
        ({"iss": None}, "missing_claim, iss"),
        ({"sub": None}, "missing_claim, sub"),
        ({"sub": ""}, "invalid_claim, sub"),
        ({"sub": ["lead-sub"]}, "invalid_claim, sub"),
        ({"scope": {"costs:read": 1}}, "no list of words"),
        ({"typ": "logout+jwt"}, "by its type"),
        ({"typ": "dpop+jwt"}, "by its type"),
        ({"kid": "k9"}, "does not publish"),
    ],
)
def test_a_token_that_opens_nothing(at: Door, claims: dict[str, Any], why: str) -> None:
    said = {"sub": "lead-sub", **claims}
    token = at.token(said.pop("sub"), **said)
    answer = at.post(token)
    refused(answer, 401, "invalid_token", why)
    assert token not in answer.text
    assert at.post(at.token()).status_code == 200


@pytest.mark.parametrize(
    ("sign", "why"),
    [
        ("none", "not signed in a way"),
        ("HS256", "not signed in a way"),
        ("stranger", "bad_signature"),
    ],
)
def test_a_token_that_the_issuer_did_not_sign(at: Door, sign: str, why: str) -> None:
    at.issuer.sign = sign
    refused(at.post(at.token()), 401, "invalid_token", why)


@pytest.mark.parametrize(
    "token", [b"x", b"a.b.c", b"e30.e30.", b".", b"\xfc" * 40, b"x" * 30_000, b"tw_x", b"tw_\xff"]
)
def test_what_is_no_token(at: Door, token: bytes) -> None:
    given = {**HEADERS, "Authorization": b"Bearer " + token}
    answer = httpx2.post(at.url, json={}, headers=given)  # type: ignore[arg-type]
    refused(answer, 401, "invalid_token", "The token")


def test_without_a_token_it_is_told_where_to_get_one(at: Door) -> None:
    found = refused(at.post(), 401, "invalid_token", "Authentication required")
    metadata = httpx2.get(found["resource_metadata"]).json()
    assert metadata["resource"] == at.url
    assert metadata["authorization_servers"] == [at.issuer.url]
    assert metadata["scopes_supported"] == ["costs:read"]
    assert httpx2.get(at.url.replace("/mcp", "/healthz")).json() == {"status": "ok"}


@pytest.mark.parametrize("scope", ["", "tags:propose", "costs:readx", "COSTS:READ", None])
def test_nothing_is_told_without_the_scope(at: Door, scope: str | None) -> None:
    refused(at.post(at.token(scope=scope)), 403, "insufficient_scope", "costs:read")


def test_a_large_body_is_refused_whatever_the_token_is_for(at: Door) -> None:
    for token in (at.token(scope="costs:read"), at.token()):
        given = {**HEADERS, "Authorization": f"Bearer {token}"}
        large = httpx2.post(at.url, content=b"x" * 6_000_000, headers=given, timeout=20)
        assert large.status_code == 413
        broken = httpx2.post(at.url, content=b'{"method": ', headers=given, timeout=20)
        assert broken.status_code == 400


def test_a_list_of_scopes_is_taken_too(at: Door) -> None:
    assert at.post(at.token(scope=None, scp=["costs:read"])).status_code == 200


def test_proposing_needs_its_scope_and_is_told_which(at: Door) -> None:
    token = at.token("chief-sub", scope="costs:read")
    assert at.post(token, tool="query_costs").status_code == 200
    answer = at.post(token, tool="propose_tag_fixes")
    found = refused(answer, 403, "insufficient_scope", "proposes")
    assert found["scope"] == "costs:read tags:propose"
    with PlanStore.open(load_settings(at.home)) as store:
        assert store.list() == []


async def test_a_proposal_is_its_person_s_and_they_cannot_approve_it(at: Door) -> None:
    async with at.client(at.token("chief-sub")) as client:
        answer = await client.call_tool("propose_tag_fixes", {})
        assert not answer.is_error, told(answer)
        names = {tool.name for tool in (await client.list_tools()).tools}
    assert not names & {"approve", "apply", "reject", "rollback"}
    async with at.client(at.token("reader-sub")) as client:
        refused_ = await client.call_tool("propose_tag_fixes", {})
        assert "reader may not propose" in told(refused_)
    settings = load_settings(at.home)
    with PlanStore.open(settings) as store:
        (kept,) = store.list()
        assert kept.plan.proposed_by == "chief"
        with Approver.open(store) as approver:
            chief = Principal("chief", "cli", "chief")
            with pytest.raises(ApprovalError, match="four eyes"):
                approver.decide(kept.plan.id, kept.digest, chief, "approve")


class _Kept:
    """What the client of a person keeps: who it is at the issuer, and the token."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client = OAuthClientInformationFull.model_validate(
            {"client_id": CLIENT, "client_secret": SECRET, "redirect_uris": ["http://127.0.0.1:9/x"],
             "token_endpoint_auth_method": "client_secret_basic"}
        )  # fmt: skip

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


@MODES
async def test_a_client_finds_the_issuer_by_itself_and_asks_for_more_when_it_must(
    at: Door, mode: str
) -> None:
    """The SDK's own client: metadata, discovery, code with PKCE and resource, and a step up."""
    at.issuer.claims = {"sub": "chief-sub"}
    back: dict[str, str] = {}

    async def redirect(url: str) -> None:
        async with httpx2.AsyncClient() as browser:
            sent = await browser.get(url)
        back.update(httpx2.URL(sent.headers["location"]).params)

    async def called_back() -> AuthorizationCodeResult:
        return AuthorizationCodeResult(code=back["code"], state=back["state"])

    kept = _Kept()
    meta = OAuthClientMetadata.model_validate({"redirect_uris": ["http://127.0.0.1:9/x"]})
    signs = OAuthClientProvider(at.url, meta, kept, redirect, called_back)
    async with (
        httpx2.AsyncClient(auth=signs, timeout=20) as http,
        Client(streamable_http_client(at.url, http_client=http), mode=mode) as client,
    ):
        assert billed(await client.call_tool("query_costs", ASK)).startswith("42")
        assert [asked["scope"] for asked in at.issuer.asked] == ["costs:read"]
        answer = await client.call_tool("propose_tag_fixes", {})
        assert not answer.is_error, told(answer)
    assert [set(asked["scope"].split()) for asked in at.issuer.asked] == [
        {"costs:read"}, {"costs:read", "tags:propose"},
    ]  # fmt: skip
    assert {asked["resource"] for asked in at.issuer.asked} == {at.url}


@MODES
async def test_a_static_token_is_one_person_s_until_it_is_revoked(home: Path, mode: str) -> None:
    settings = load_settings(filled(home))
    name, lead = make(settings, "lead", read_only=False, days=1, now=NOW)
    _, chief = make(settings, "chief", read_only=False, days=1, now=NOW)
    with door(home, oauth=False) as at:
        for token, total in ((lead, "10"), (chief, "42")):
            async with at.client(token, mode) as client:
                assert billed(await client.call_tool("query_costs", ASK)).startswith(total)
        answer = at.post()
        assert answer.status_code == 401
        assert "resource_metadata" not in answer.headers["www-authenticate"]
        assert at.post(at.token()).status_code == 401  # no issuer is known here
        revoke(settings, name)
        assert at.post(lead).status_code == 401
        assert at.post(chief).status_code == 200


async def test_a_static_token_to_read_with_proposes_nothing(home: Path) -> None:
    settings = load_settings(filled(home))
    _, token = make(settings, "chief", read_only=True, days=1, now=NOW)
    with door(home, oauth=False) as at:
        async with at.client(token) as client:
            answer = await client.call_tool("propose_tag_fixes", {})
            assert "the token of chief is not for that" in told(answer).lower()
            assert billed(await client.call_tool("query_costs", ASK)).startswith("42")


async def test_a_static_token_ends_with_its_person(home: Path) -> None:
    settings = load_settings(filled(home))
    _, token = make(settings, "lead", read_only=False, days=1, now=NOW)
    with door(home, oauth=False) as at:
        async with at.client(token) as client:
            for left in ("people: {chief: {may: [ask]}}", None):
                people = at.home / "people.yaml"
                people.write_text(left) if left else people.unlink()
                answer = await client.call_tool("query_costs", ASK)
                assert (answer.meta or {})[ERROR_META]["type"] == "AccessError"
                assert "is of lead, who is nobody" in told(answer)


async def test_in_one_person_mode_a_token_is_who_made_it(home: Path) -> None:
    settings = load_settings(filled(home, people=""))
    _, token = make(settings, "", read_only=False, days=1, now=NOW)
    (kept,) = load_tokens(settings).values()
    with door(home, oauth=False) as at:
        async with at.client(token) as client:
            assert not (await client.call_tool("propose_tag_fixes", {})).is_error
    with PlanStore.open(settings) as store:
        assert [one.plan.proposed_by for one in store.list()] == [kept.person]


def test_a_file_that_others_may_write_opens_nothing(home: Path) -> None:
    settings = load_settings(filled(home))
    _, token = make(settings, "lead", read_only=False, days=1, now=NOW)
    with door(home, oauth=False) as at:
        tokens_path(settings).chmod(0o660)
        answer = at.post(token)
        assert answer.status_code == 500
        assert "mcp_tokens" not in answer.text
        tokens_path(settings).chmod(0o600)
        assert at.post(token).status_code == 200


async def test_on_loopback_without_tokens_nobody_is_proven(home: Path) -> None:
    with door(filled(home, people=""), oauth=False, guarded=False) as at:
        async with at.client("whatever") as client:
            assert billed(await client.call_tool("query_costs", ASK)).startswith("42")
        (home / "people.yaml").write_text("people: {a: {may: [ask]}}")
        async with at.client("whatever") as client:
            assert (
                "nobody is proven over mcp"
                in told(await client.call_tool("query_costs", ASK)).lower()
            )


def test_who_has_no_token_is_refused_before_their_body_is_read(at: Door) -> None:
    """A thousand of them would otherwise fill the memory."""
    where = httpx2.URL(at.url)
    for more in (b"", b"Authorization: Bearer x\r\n"):
        with socket.create_connection((where.host, where.port or 80), timeout=5) as connection:
            head = b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 200000\r\n"
            connection.sendall(head + more + b"\r\n{")
            assert connection.recv(12) == b"HTTP/1.1 401"


async def test_the_first_token_closes_a_server_that_runs_without(home: Path) -> None:
    """It proves nobody, and from then on all need a token: the right one cannot be told either."""
    with door(filled(home, people=""), oauth=False, guarded=False) as at:
        async with at.client("none") as client:
            assert billed(await client.call_tool("query_costs", ASK)).startswith("42")
            _, token = make(load_settings(home), "", read_only=False, days=1, now=NOW)
            async with at.client(token) as owner:
                for one in (client, owner):
                    answer = await one.call_tool("query_costs", ASK)
                    assert (answer.meta or {})[ERROR_META]["type"] == "AccessError"
                    assert "starts it again" in told(answer)
                    with pytest.raises(MCPError, match="starts it again"):
                        await one.read_resource("tagwright://catalogue")
