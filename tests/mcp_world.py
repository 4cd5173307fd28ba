"""The MCP server over HTTP on loopback, with people, an issuer that knows them, and clients."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from oidc_issuer import Issuer
from sample_home import charge, load
from tagwright.config import load_settings
from tagwright.registry import Registry
from tagwright_mcp.access import security
from tagwright_mcp.address import Address
from tagwright_mcp.http import application
from tagwright_mcp.listener import listen, url_of
from uvicorn_thread import serving

PEOPLE = """
people:
  lead: {mcp: [lead-sub, Lead@example.com], may: [ask, propose, approve], sees: {team: [search]}}
  chief: {mcp: [chief-sub], cli: [chief], may: [ask, propose, approve]}
  reader: {mcp: [reader-sub], may: [ask]}
"""
BOTH = "costs:read tags:propose"
TAGS = {"team": "search", "product": "search", "environment": "production", "cost-center": "CC-1"}
BILL = [
    charge(cost, "2026-09-30", Tags=tags, ProviderName="AWS", ServiceName="Amazon EC2",
           SubAccountId="111122223333", ResourceType="Instance", ResourceName=name,
           ResourceId=f"arn:aws:ec2:us-east-1:111122223333:instance/i-{name}")
    for name, cost, tags in (
        ("rank-1", "6.00", TAGS), ("rank-2", "4.00", TAGS), ("rank-3", "1.00", {}),
        ("of-ads", "31.00", {**TAGS, "team": "ads"}),
    )
]  # fmt: skip
"""Of search 10.00, of all 42.00; a proposal is made for rank-3."""
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@dataclass
class Door:
    """A server with whoever may come."""

    home: Path
    url: str
    issuer: Issuer

    def token(self, subject: str | None = "lead-sub", **more: Any) -> str:
        """An access token for this server, of the issuer."""
        return self.issuer.access_token(self.url, sub=subject, **{"scope": BOTH, **more})

    def post(self, token: str = "", *, tool: str = "", **headers: str) -> httpx2.Response:
        """A ping, or a call of a tool."""
        call = {"method": "tools/call", "params": {"name": tool, "arguments": {}}}
        body = {"jsonrpc": "2.0", "id": 1, **(call if tool else {"method": "ping"})}
        given = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx2.post(self.url, json=body, headers={**HEADERS, **given, **headers}, timeout=20)

    @asynccontextmanager
    async def client(self, token: str, mode: str = "auto") -> AsyncIterator[Client]:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=20) as http,
            Client(streamable_http_client(self.url, http_client=http), mode=mode) as client,
        ):
            yield client


def filled(home: Path, people: str = PEOPLE) -> Path:
    """A home with charges of two teams, and its people."""
    load(home, BILL)
    if people:
        (home / "people.yaml").write_text(people)
    return home


@contextmanager
def door(
    home: Path, *, oauth: bool = True, guarded: bool = True, registry: Registry | None = None,
    **mcp: Any,
) -> Iterator[Door]:  # fmt: skip
    """The server of a home, and its issuer."""
    issuer = Issuer()
    with serving(issuer.app()) as where:
        issuer.url = where
        listener = listen(Address("127.0.0.1", 0))
        url = f"{url_of(listener)}/mcp"
        if oauth:
            mcp["oauth"] = {"issuer": where, "resource": url}
        app = application(
            load_settings(home, mcp=mcp),
            guarded=guarded,
            security=security(Address("127.0.0.1", 0), ()),
            registry=registry,
        )
        with serving(app, listener):
            yield Door(home, url, issuer)


def billed(answer: Any) -> str:
    """The one total of an answer."""
    (total,) = answer.structured_content["totals"]
    return str(total["billed_cost"])


def told(answer: Any) -> str:
    """The text of an answer."""
    return json.dumps([part.text for part in answer.content])
