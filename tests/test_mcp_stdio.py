"""The server as a subprocess on stdin and stdout, asked by the MCP library's client and by hand."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from focus_files import write_focus
from mcp_small import SECRET
from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.render.model_text import ROOM
from tagwright_mcp.calls import ERROR_META

pytestmark = pytest.mark.slow  # each starts a Python process that loads the MCP library

SMALL = Path(__file__).with_name("mcp_small.py")
MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])


def small(home: Path) -> StdioServerParameters:
    return StdioServerParameters(command=sys.executable, args=[str(SMALL), str(home)])


def send(process: subprocess.Popen[bytes], **message: Any) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
    process.stdin.flush()


def raw(home: Path, *, program: list[str] | None = None) -> subprocess.Popen[bytes]:
    """A server that is initialised by hand, so that every byte on its stdout is seen."""
    process = subprocess.Popen(
        [sys.executable, *(program or [str(SMALL), str(home)])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "by hand", "version": "1"},
    }
    send(process, id=0, method="initialize", params=hello)
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["result"]["serverInfo"]["name"] == "tagwright"
    send(process, method="notifications/initialized")
    return process


@MODES
async def test_real_tools_over_stdio(home: Path, mode: str) -> None:
    """0.10 + 0.20 USD; then the month restated as 7 USD while the server runs."""
    rows = [{"BilledCost": "0.10"}, {"BilledCost": "0.20", "ServiceName": "Amazon S3"}]
    ingest(load_settings(home), [write_focus(home / "bill.csv", rows)])
    target = StdioServerParameters(
        command=sys.executable, args=["-m", "mcp_server", "--home", str(home)],
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
    question = {"metric": "billed_cost", "group_by": ["service_name"]}
    async with Client(target, mode=mode) as client:
        assert "query_costs" in {tool.name for tool in (await client.list_tools()).tools}
        answer = await client.call_tool("query_costs", question)
        assert answer.structured_content is not None
        assert answer.structured_content["totals"][0]["billed_cost"] == "0.30"
        assert answer.structured_content["receipt"] in answer.content[0].text

        ingest(load_settings(home), [write_focus(home / "bill.csv", [{"BilledCost": "7"}])])
        after = await client.call_tool("query_costs", question)
        assert after.structured_content is not None
        assert after.structured_content["totals"][0]["billed_cost"] == "7.00"

        wrong = await client.call_tool("query_costs", {"metric": "biled_cost"})
        assert wrong.is_error
        assert "billed_cost" in (wrong.meta or {})[ERROR_META]["nearest"]


@MODES
async def test_no_data_yet_is_an_answer(home: Path, mode: str) -> None:
    target = StdioServerParameters(
        command=str(Path(sys.executable).with_name("tagwright")), args=["mcp", "--home", str(home)]
    )
    async with Client(target, mode=mode) as client:
        answer = await client.call_tool("query_costs", {})
        assert answer.is_error
        assert "tagwright ingest" in answer.content[0].text
        assert not (await client.call_tool("query_costs", {"metric": "x"})).structured_content


@MODES
async def test_large_and_concurrent_answers_arrive_whole(home: Path, mode: str) -> None:
    async with Client(small(home), mode=mode) as client:
        answers = await asyncio.gather(
            *[client.call_tool("big", {"rows": 900, "detail": 1_000_000}) for _ in range(4)],
            *[client.call_tool("echo", {"text": f"ü-{n}-\u2028"}) for n in range(30)],
            *[client.call_tool("fail", {"how": "crash"}) for _ in range(10)],
        )
        capped = await client.call_tool("big", {"rows": 5000})
    for answer in answers[:4]:
        assert len(answer.structured_content["rows"]) == 900
        assert len(answer.structured_content["details"]["long"]) == 1_000_000
        assert len(answer.content[0].text) <= ROOM
    assert [a.structured_content["rows"][0]["text"] for a in answers[4:34]] == [
        f"ü-{n}-\\u2028" for n in range(30)
    ]
    assert all(answer.is_error for answer in answers[34:])
    assert capped.structured_content is not None
    assert capped.structured_content["row_count"] == 5000
    assert len(capped.structured_content["rows"]) == 1000


def test_nothing_but_the_protocol_reaches_stdout(home: Path) -> None:
    """A plugin that prints while it loads, and a tool that prints, warns and starts a child."""
    process = raw(home)
    for number in range(1, 4):
        send(process, id=number, method="tools/call", params={"name": "noisy", "arguments": {}})
    send(process, id=4, method="tools/call", params={"name": "fail", "arguments": {"how": "x"}})
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(4)]
    rest, errors = process.communicate(timeout=20)  # closes stdin: the server ends
    assert sorted(json.loads(line)["id"] for line in lines) == [1, 2, 3, 4]
    assert rest == b""
    for said in (
        b"printed by a plugin while it loads",
        b"written to fd 1 by a plugin while it loads",
        b"printed by a tool",
        b"written to fd 1 by a tool",
        b"warned by a tool",
        b"said by a child",
        b"RuntimeError at __main__:",
    ):
        assert said in errors, said
    assert SECRET.encode() not in errors
    assert b"Traceback" not in errors
    assert process.returncode == 0


@pytest.mark.parametrize(
    "line",
    [b"", b"not json", b"[]", b"{}", b'{"jsonrpc":"2.0","id":9,"method":"no/such"}', b"\xff\xfe",
     b'{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":7}}', b"[" * 5000,
     b'{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"echo","arguments":[1]}}'],
)  # fmt: skip
def test_garbage_on_stdin_does_not_end_the_server(home: Path, line: bytes) -> None:
    process = raw(home)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line + b"\n")
    good = {"name": "echo", "arguments": {"text": "alive"}}
    send(process, id=42, method="tools/call", params=good)
    while (answer := json.loads(process.stdout.readline())).get("id") != 42:
        assert "error" in answer or "method" in answer
    assert answer["result"]["structuredContent"]["rows"][0]["text"] == "alive"
    _, errors = process.communicate(timeout=20)
    assert b"Traceback" not in errors


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_what_is_printed_early_or_late_misses_the_wire(
    home: Path, unbuffered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's own buffer of stdout is emptied where nobody takes it for an answer."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    process = raw(home)
    send(process, id=1, method="tools/call", params={"name": "noisy", "arguments": {}})
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["id"] == 1
    rest, errors = process.communicate(timeout=20)
    assert rest == b""
    assert b"printed by a tool" in errors


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once(home: Path, sent: signal.Signals) -> None:
    """stdin stays open, as a client's does."""
    process = raw(home)
    begun = time.perf_counter()
    process.send_signal(sent)
    assert process.wait(5) == -sent
    assert time.perf_counter() - begun < 2
    _, errors = process.communicate()
    assert b"Traceback" not in errors


def test_a_client_that_goes_away_ends_it(home: Path) -> None:
    process = raw(home)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(5) == 0


TOKENS: dict[str, str] = {}
OAUTH = {
    "TAGWRIGHT_MCP__OAUTH__ISSUER": "https://issuer.example",
    "TAGWRIGHT_MCP__OAUTH__RESOURCE": "https://tagwright.example/mcp",
}


@pytest.mark.parametrize(
    ("arguments", "environment", "status", "says"),
    [
        (["--json"], {}, 2, "need --http"),
        (["--allow-host", "x"], {}, 2, "need --http"),
        (["--http", "nowhere"], {}, 2, "not an address"),
        (["--http", "0.0.0.0:0"], {}, 2, "nobody has a token"),
        (["--http", "127.0.0.1:0"], {"TAGWRIGHT_MCP_TOKEN": "t" * 32}, 2, "does not guard"),
        (["--http", "127.0.0.1:0"], OAUTH, 2, "which says who its people are, is not there"),
        (
            ["--http", "127.0.0.1:0"],
            {**OAUTH, "TAGWRIGHT_MCP__OAUTH__RESOURCE": "x"},
            2,
            "resource",
        ),
        (["--http", "no-such-host.invalid:0"], {}, 2, "not an address of this machine"),
        (["--http", "0.0.0.0:0"], TOKENS, 2, "--allow-host"),
        (["--http", "192.0.2.1:0"], TOKENS, 2, "Cannot listen"),
        ([], {"TAGWRIGHT_MEMORY_LIMIT": "lots"}, 2, "memory_limit"),
    ],
)
def test_wrong_start_is_one_sentence(
    home: Path,
    arguments: list[str],
    environment: dict[str, str],
    status: int,
    says: str,
) -> None:
    if environment is TOKENS:  # one was made, and revoked since: still nobody comes without
        tokens = home / "mcp_tokens.yaml"
        tokens.write_text("tokens: {}")
        tokens.chmod(0o600)
    command = [str(Path(sys.executable).with_name("tagwright")), "mcp", "--home", str(home)]
    done = subprocess.run(
        [*command, *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == status
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "--json" in arguments or done.stdout == ""
