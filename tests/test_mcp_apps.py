"""MCP Apps: who is told of them, and what their documents are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from mcp import Client
from mcp.client.extension import advertise
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID

from tagwright.config import Settings, load_settings
from tagwright.people import Principal
from tagwright_mcp.apps import APPS, document, session_mark
from tagwright_mcp.server import build_server

if TYPE_CHECKING:
    from pathlib import Path

SHOWS = {"mimeTypes": [APP_MIME_TYPE]}
MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])


@pytest.fixture
def settings(home: Path) -> Settings:
    return load_settings(home)


@MODES
async def test_only_who_shows_apps_is_told_of_them(settings: Settings, mode: str) -> None:
    server = build_server(settings, lambda: Principal("a", "slack", "T1/U1"))
    for extensions, shows in (
        ([], False),
        ([advertise(EXTENSION_ID, {"mimeTypes": ["text/html"]})], False),
        ([advertise(EXTENSION_ID, SHOWS)], True),
    ):
        async with Client(server, mode=mode, extensions=extensions) as client:
            tools = (await client.list_tools()).tools
            listed = {str(one.uri) for one in (await client.list_resources()).resources}
        addresses = {tool.name: tool.meta["ui"]["resourceUri"] for tool in tools if tool.meta}
        every = {name: f"ui://tagwright/{app}" for app, names in APPS.items() for name in names}
        assert addresses == (every if shows else {})
        assert {uri for uri in listed if uri.startswith("ui:")} == set(addresses.values())


@MODES
async def test_an_app_is_read_as_the_host_wants_it(settings: Settings, mode: str) -> None:
    server = build_server(settings, lambda: Principal("a", "slack", "T1/U1"))
    async with Client(server, mode=mode, extensions=[advertise(EXTENSION_ID, SHOWS)]) as client:
        [content] = (await client.read_resource("ui://tagwright/plan")).contents
    assert content.mime_type == APP_MIME_TYPE
    assert content.text == document("plan")
    assert content.meta == {"ui": {"prefersBorder": True}}


def test_a_session_id_repeats_what_a_client_shows() -> None:
    def mark(extensions: object) -> str:
        return session_mark({"capabilities": {"extensions": extensions}})

    assert mark({EXTENSION_ID: SHOWS}) == "-apps"
    assert mark({EXTENSION_ID: {"mimeTypes": ["text/html"]}}) == ""
    assert mark({EXTENSION_ID: {"mimeTypes": 3}}) == mark({}) == mark(7) == session_mark(None) == ""


async def test_over_http_the_handshake_era_is_told_too(settings: Settings) -> None:
    from mcp.server.transport_security import TransportSecuritySettings

    from tagwright_mcp.http import application

    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    app = application(settings, guarded=False, security=security)
    headers = {"accept": "application/json, text/event-stream"}
    transport = httpx2.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=transport) as http:

        async def post(method: str, params: dict[str, Any], **more: str) -> httpx2.Response:
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            return await http.post("http://x/mcp", json=body, headers={**headers, **more})

        for extensions, shown in (({EXTENSION_ID: SHOWS}, True), ({}, False)):
            begun = await post("initialize", {
                "protocolVersion": "2025-11-25", "clientInfo": {"name": "t", "version": "1"},
                "capabilities": {"extensions": extensions},
            })  # fmt: skip
            session = begun.headers["mcp-session-id"]
            later = {"mcp-session-id": session, "mcp-protocol-version": "2025-11-25"}
            answer = await post("tools/list", {}, **later)
            assert ("ui://tagwright/costs" in answer.text) is shown


def test_a_document_asks_for_nothing_and_names_what_may_run() -> None:
    for app in APPS:
        text = document(app)
        assert text.count("Content-Security-Policy") == 1
        assert "default-src 'none'; script-src 'sha256-" in text
        assert "unsafe" not in text
        for word in ("innerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch("):
            assert word not in text
        assert len(text) < 60_000
