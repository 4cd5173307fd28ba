"""The server on a real port: both eras, Host and Origin, the token, replacement under a client."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from mcp_small import SECRET
from tagwright.config import load_settings
from tagwright.people import os_user
from tagwright_mcp.calls import ERROR_META
from tagwright_mcp.tokens import make

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow  # each starts a Python process that loads the MCP library

SMALL = Path(__file__).with_name("mcp_small.py")
MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@contextmanager
def serving(home: Path, *arguments: str) -> Iterator[tuple[str, Path]]:
    """The small registry on a free port: its URL, and the file of its stdout and stderr."""
    log = home / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, str(SMALL), str(home), *(arguments or ("127.0.0.1:0",))],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
    try:
        for _ in range(300):
            found = [line for line in log.read_text().splitlines() if line.startswith("http")]
            if found or process.poll() is not None:
                break
            process_wait(process)
        assert found, log.read_text()
        yield found[0], log
    finally:
        process.terminate()
        assert process.wait(15) is not None


def process_wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(0.05)
    except subprocess.TimeoutExpired:
        return


def post(url: str, **headers: str) -> httpx2.Response:
    return httpx2.post(url, json=PING, headers={**HEADERS, **headers}, timeout=10)


def token_of(home: Path) -> str:
    now = dt.datetime.now(dt.UTC)
    return make(load_settings(home), "", read_only=False, days=1, now=now)[1]


@MODES
async def test_tools_over_http(home: Path, mode: str) -> None:
    with serving(home) as (url, log):
        async with Client(url, mode=mode) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            answers = await asyncio.gather(
                *[client.call_tool("echo", {"text": str(n)}) for n in range(20)],
                *[client.call_tool("big", {"rows": 900, "detail": 1_000_000}) for _ in range(3)],
            )
            crash = await client.call_tool("fail", {"how": "crash"})
            unknown = await client.call_tool("ech", {})
            noise = await client.call_tool("noisy", {})
        said = log.read_text()
    assert "echo" in names
    assert "wipe" not in names
    assert [a.structured_content["rows"][0]["text"] for a in answers[:20]] == [
        str(n) for n in range(20)
    ]
    assert answers[0].structured_content["details"]["asked_by"] == "mcp:nobody"
    assert [len(a.structured_content["rows"]) for a in answers[20:]] == [900] * 3
    assert (crash.meta or {})[ERROR_META]["type"] == "InternalError"
    assert (unknown.meta or {})[ERROR_META]["nearest"] == ["echo"]
    assert not noise.is_error
    assert SECRET not in crash.model_dump_json() + said
    assert "Traceback" not in said


def test_no_session_is_kept(home: Path) -> None:
    """A client of the handshake era is answered by a server that never saw it initialise.

    The id that it is given only tells its own requests from others', to cancel them.
    """
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    with serving(home) as (url, _):
        begun = httpx2.post(
            url, json={**PING, "method": "initialize", "params": hello}, headers=HEADERS
        )
        assert begun.status_code == 200
        assert len(begun.headers["mcp-session-id"]) == 32
        call = {"name": "echo", "arguments": {"text": "hi"}}
        answer = httpx2.post(
            url,
            json={**PING, "method": "tools/call", "params": call},
            headers={
                **HEADERS,
                "mcp-protocol-version": "2025-06-18",
                "mcp-session-id": "given-by-a-server-that-was-replaced",
            },
        )
        assert '"text":"hi"' in answer.text
        assert httpx2.get(url, headers=HEADERS).status_code == 405


def test_stranger_pages_and_names_are_refused(home: Path) -> None:
    with serving(home) as (url, _):
        assert post(url).status_code == 200
        assert post(url, Host="evil.example").status_code == 421
        assert post(url, Host="127.0.0.1.evil.example").status_code == 421
        assert post(url, Origin="http://evil.example").status_code == 403
        assert post(url, Origin="null").status_code == 403
        assert post(url, Origin="http://localhost.evil.example").status_code == 403
        assert post(url, Origin="http://localhost:6274").status_code == 200
        health = httpx2.get(url.replace("/mcp", "/healthz"))
        assert (health.status_code, health.json()) == (200, {"status": "ok"})
        assert "uvicorn" not in str(health.headers)
        assert httpx2.get(url.replace("/mcp", "/other")).status_code == 404
        large = httpx2.post(url, content=b"x" * 40_000_000, headers=HEADERS, timeout=10)
        assert large.status_code == 413
        assert post(url).status_code == 200


@MODES
async def test_a_token_is_required_once_one_was_made(home: Path, mode: str) -> None:
    token = token_of(home)
    with serving(home) as (url, log):
        assert post(url).status_code == 401
        for wrong in ("", "Bearer", "Bearer x", f"Bearer {token}x", f"Basic {token}", token):
            answer = post(url, Authorization=wrong)
            assert answer.status_code == 401
            assert token not in answer.text
        refused = post(url, Authorization=f"Bearer {token}", Host="evil.example")
        assert refused.status_code == 421
        assert httpx2.get(url.replace("/mcp", "/healthz")).status_code == 200
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(url, http_client=http), mode=mode) as client,
        ):
            answer = await client.call_tool("echo", {"text": "hi"})
            assert answer.structured_content["details"]["asked_by"] == f"cli:{os_user()}"
        said = log.read_text()
    assert token not in said
    assert "Traceback" not in said


def test_reachable_from_outside_with_token_and_name(home: Path) -> None:
    authorised = {"Authorization": f"Bearer {token_of(home)}"}
    with serving(home, "0.0.0.0:0", "finops.acme.example") as (shown, _):
        url = shown.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        assert post(url, Host="finops.acme.example", **authorised).status_code == 200
        assert post(url, Host="finops.acme.example").status_code == 401
        assert post(url, **authorised).status_code == 421


def test_the_resource_of_the_issuer_is_a_name_of_ours(home: Path) -> None:
    """As the command starts it, by tagwright.toml; the issuer is never there."""
    (home / "people.yaml").write_text("people: {ann: {mcp: [ann-sub], may: [ask]}}")
    (home / "tagwright.toml").write_text(
        '[mcp.oauth]\nissuer = "http://127.0.0.1:1/"\nresource = "https://finops.example/mcp"\n'
    )
    with serving(home, "0.0.0.0:0") as (shown, log):
        url = shown.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        asked = post(url, Host="finops.example")
        assert asked.status_code == 401
        assert (
            "https://finops.example/.well-known/oauth-protected-resource/mcp"
            in (asked.headers["www-authenticate"])
        )
        said = httpx2.get(url.replace("/mcp", "/.well-known/oauth-protected-resource/mcp")).json()
        assert (said["resource"], said["authorization_servers"]) == (
            "https://finops.example/mcp", ["http://127.0.0.1:1/"],
        )  # fmt: skip
        signed = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.e30.AAAA"
        away = post(url, Host="finops.example", Authorization=f"Bearer {signed}")
        assert (away.status_code, away.headers["retry-after"]) == (503, "30")
        assert "cannot be reached" in away.json()["error_description"]
        assert "cannot be had" in log.read_text()
        assert signed not in log.read_text() + away.text


def test_port_that_is_taken_is_said(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [str(Path(sys.executable).with_name("tagwright")), "mcp", "--home", str(home),
             "--http", f"127.0.0.1:{port}", "--json"],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["type"] == "BusyError"
    assert "Traceback" not in done.stderr


def test_json_gives_the_url_and_ctrl_c_ends(home: Path) -> None:
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("tagwright")), "mcp", "--home", str(home),
         "--http", "127.0.0.1:0", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    url = json.loads("".join(process.stdout.readline() for _ in range(3)))["url"]
    assert post(url).status_code == 200
    process.send_signal(2)
    out, errors = process.communicate(timeout=15)
    assert (out, errors) == ("", "")
    assert process.returncode == 0
