"""Calls that a client gives up, and clients that die: the work stops, and no process is left."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult

from effort import examples
from mcp_processes import children, gone, serving
from sample_home import charge, sample
from tagwright.config import load_settings
from tagwright.context import ToolContext
from tagwright.free_sql.pool import AT_ONCE
from tagwright.people import Principal
from tagwright.registry import Registry, tool
from tagwright.results import ToolResult
from tagwright_mcp.calls import Calls
from tagwright_mcp.server import build_server

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow  # each starts a Python process that loads the MCP library

MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])
ENDLESS = (
    "WITH RECURSIVE a AS (SELECT 1 x UNION ALL SELECT x + 1 FROM a) SELECT COUNT(*) AS n FROM a"
)
QUICK_SECONDS = 8.0
"""Far from what a call had to wait for the deadlines of those before it (15 seconds), and far from
what a busy machine needs to start a worker."""
CLIENTS = 4
"""So many die beside each other: most of what each takes is waiting."""


async def abandon_eight(client: Client) -> float:
    """Give eight endless statements up in the middle; how long the ninth then takes, in seconds."""
    calls = [
        asyncio.create_task(client.call_tool("run_sql", {"sql": ENDLESS})) for _ in range(8)
    ]  # fmt: skip
    await asyncio.sleep(2.0)
    assert not any(call.done() for call in calls)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    begun = time.monotonic()
    answer = await client.call_tool("run_sql", {"sql": "SELECT count(*) AS n FROM charges"})
    assert isinstance(answer, CallToolResult)
    assert (answer.structured_content or {})["rows"] == [{"n": 1}]
    return time.monotonic() - begun


@MODES
async def test_eight_abandoned_statements_do_not_hold_up_the_ninth_on_stdio(
    home: Path, mode: str
) -> None:
    sample(home, [charge()])
    target = StdioServerParameters(
        command=sys.executable, args=["-m", "tagwright_mcp", "--home", str(home)]
    )
    async with Client(target, mode=mode) as client:
        assert await abandon_eight(client) < QUICK_SECONDS


@MODES
async def test_eight_abandoned_statements_do_not_hold_up_the_ninth_over_http(
    home: Path, mode: str
) -> None:
    sample(home, [charge()])
    with serving(home) as (url, process):
        async with Client(url, mode=mode) as client:
            assert await abandon_eight(client) < QUICK_SECONDS
        assert len(children(process.pid)) <= 1  # the one that is kept warm


def lines(number: int) -> bytes:
    """What a client sends on stdio until it has a statement running, and then cancels it."""
    hello = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "dies", "version": "1"},
    }
    call = {"name": "run_sql", "arguments": {"sql": ENDLESS}}
    messages = [
        {"id": 0, "method": "initialize", "params": hello},
        {"method": "notifications/initialized"},
        {"id": number, "method": "tools/call", "params": call},
        {"method": "notifications/cancelled", "params": {"requestId": number}},
    ]
    return b"".join(json.dumps({"jsonrpc": "2.0", **one}).encode() + b"\n" for one in messages)


def dies_on_stdio(home: Path, sent: bytes, waits: float | None, *, killed: bool) -> None:
    """A client sends that and dies: ``waits`` seconds after its statement began, or at once.

    Where ``killed``, the server is killed before: then the worker sees that by itself.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tagwright_mcp", "--home", str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(sent)
    process.stdin.flush()
    workers: list[int] = []
    if waits is not None:
        for _ in range(400):
            if workers := children(process.pid):
                break
            time.sleep(0.05)
        assert workers, sent
        time.sleep(waits)
    if killed:
        process.send_signal(signal.SIGKILL)
    _, errors = process.communicate(timeout=12)  # a statement ends by itself after 15
    assert b"Traceback" not in errors, sent
    assert gone(workers), sent


def test_a_client_that_dies_at_any_byte_leaves_no_process_on_stdio(home: Path) -> None:
    """Every other time it dies while the statement runs: the last line is left out."""
    sample(home, [charge()])
    draw = random.Random(21)  # noqa: S311  nothing secret
    with ThreadPoolExecutor(CLIENTS) as pool:
        dead = []
        for number in range(examples(40)):
            whole = lines(number + 1)
            running = number % 2 == 0
            cut = whole.rindex(b'{"jsonrpc"') if running else draw.randrange(len(whole))
            waits = draw.random() if running else None
            one = pool.submit(dies_on_stdio, home, whole[:cut], waits, killed=number % 4 == 2)
            dead.append(one)
        for one in dead:
            one.result()


def test_clients_that_die_at_any_byte_leave_no_statement_running_over_http(home: Path) -> None:
    sample(home, [charge()])
    draw = random.Random(22)  # noqa: S311  nothing secret
    with serving(home) as (url, process), ThreadPoolExecutor(CLIENTS) as pool:
        address = urlsplit(url)

        def dies(sent: bytes, waits: float) -> None:
            with socket.create_connection((address.hostname, address.port)) as wire:
                wire.sendall(sent)
                time.sleep(waits)

        dead = []
        for number in range(examples(300)):
            version = draw.choice(["2025-11-25", "2026-07-28"])
            params = {
                "name": "run_sql",
                "arguments": {"sql": ENDLESS},
                "_meta": {
                    "io.modelcontextprotocol/protocolVersion": version,
                    "io.modelcontextprotocol/clientCapabilities": {},
                },
            }
            body = json.dumps(
                {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
            )
            head = (
                f"POST /mcp HTTP/1.1\r\nHost: {address.netloc}\r\nMcp-Method: tools/call\r\n"
                "Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n"
                f"Mcp-Name: run_sql\r\nMCP-Protocol-Version: {version}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            whole = (head + body).encode()
            cut = len(whole) if number % 3 == 0 else draw.randrange(len(whole))
            dead.append(pool.submit(dies, whole[:cut], draw.random() * 0.1))
        for one in dead:
            one.result()
        # What still runs is stopped, at once and not by its deadline.
        begun = time.monotonic()
        while len(children(process.pid)) > 1 and time.monotonic() - begun < QUICK_SECONDS:
            time.sleep(0.05)
        assert len(children(process.pid)) <= 1 < AT_ONCE


@MODES
async def test_a_slow_call_says_what_it_is_doing_each_second(
    home: Path, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tagwright_mcp.calls.TELL_SECONDS", 0.05)
    registry = Registry()

    def dig(ctx: ToolContext) -> ToolResult:
        """Takes its time."""
        ctx.call.step("Digging")
        time.sleep(0.4)
        return ToolResult()

    registry.add(tool()(dig))
    told: list[tuple[float, float | None, str | None]] = []

    async def note(progress: float, of: float | None, message: str | None) -> None:
        told.append((progress, of, message))

    server = build_server(load_settings(home), lambda: Principal("ann", "mcp"), registry=registry)
    async with Client(server, mode=mode) as client:
        assert not (await client.call_tool("dig", {}, progress_callback=note)).is_error
    assert len(told) >= 2
    assert {message for _, _, message in told} == {"Digging"}
    assert [progress for progress, _, _ in told] == sorted({progress for progress, _, _ in told})


async def test_a_call_that_takes_too_long_is_stopped(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tagwright_mcp.calls.TELL_SECONDS", 0.05)
    monkeypatch.setattr("tagwright_mcp.calls.CALL_SECONDS", 0.3)
    settings = sample(home, [charge()])
    registry = Registry()

    def endless(ctx: ToolContext) -> ToolResult:
        """Asks without end."""
        ctx.query(ENDLESS)
        return ToolResult()

    registry.add(tool()(endless))
    calls = Calls(registry, settings, lambda: Principal("ann", "mcp"))
    begun = time.monotonic()
    answer = await calls.run("endless", {})
    assert answer.is_error
    assert "stopped after 0 seconds" in answer.content[0].text
    calls._pool.shutdown()  # the thread ends: its query was stopped
    assert time.monotonic() - begun < 10
