"""The agent's connection: errors as they were raised, and what breaks is made again."""

from __future__ import annotations

import asyncio
import datetime as dt
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp import MCPError, StdioServerParameters
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import INVALID_REQUEST, CallToolResult, TextContent

from mcp_small import SECRET, small_registry
from tagwright import errors
from tagwright.api import (
    ApprovalError,
    BusyError,
    ConfigError,
    DataError,
    MisuseError,
    ProviderError,
    SnapshotError,
    TagwrightError,
    UnknownNameError,
)
from tagwright.config import Settings, load_settings
from tagwright.people import Principal
from tagwright.results import ToolResult
from tagwright_agent import mcp_link
from tagwright_agent.mcp_client import connect
from tagwright_agent.mcp_errors import raised_by
from tagwright_mcp.calls import ERROR_META
from tagwright_mcp.server import build_server
from tagwright_mcp.tokens import make

if TYPE_CHECKING:
    from collections.abc import Awaitable

SMALL = Path(__file__).with_name("mcp_small.py")
ASKER = Principal("search-lead", "slack", "T1/U2")
MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])


@pytest.fixture
def settings(home: Path) -> Settings:
    return load_settings(home)


@pytest.fixture
def server(settings: Settings) -> MCPServer[Any]:
    return build_server(settings, lambda: ASKER, registry=small_registry())


async def failure(call: Awaitable[object]) -> TagwrightError:
    with pytest.raises(TagwrightError) as caught:
        await call
    return caught.value


@MODES
async def test_result_comes_as_it_was_returned(
    settings: Settings, server: MCPServer[Any], mode: str
) -> None:
    async with connect(settings, server, mode=mode) as client:
        result = await client.call("echo", {"text": "hi"})
        assert [tool.name for tool in client.tools()][:2] == ["echo", "total"]
    assert result.rows == [{"text": "hi", "cost": "0.10", "currency": "USD"}]
    assert result.details["asked_by"] == "search-lead"


@MODES
async def test_errors_come_as_they_were_raised(
    settings: Settings, server: MCPServer[Any], mode: str
) -> None:
    async with connect(settings, server, mode=mode) as client:
        unknown = await failure(client.call("fail", {"how": "unknown"}))
        assert isinstance(unknown, UnknownNameError)
        assert (unknown.kind, unknown.name, unknown.nearest) == (
            "service",
            "EC3\\u001b[31m",
            ("EC2", "ECR"),
        )
        assert unknown.hint == "Did you mean EC2, ECR? Or ask for all."
        assert type(await failure(client.call("fail", {"how": "data"}))) is DataError
        assert type(await failure(client.call("fail", {"how": "provider"}))) is ProviderError
        assert type(await failure(client.call("total"))) is SnapshotError
        assert type(await failure(client.call("echo", {"texd": "x"}))) is MisuseError
        tool = await failure(client.call("ecko"))
        assert isinstance(tool, UnknownNameError)
        assert tool.nearest == ("echo",)
        crash = await failure(client.call("fail", {"how": "crash"}))
        assert type(crash) is TagwrightError
        assert SECRET not in str(crash)
        assert isinstance(await failure(client.call("wipe")), UnknownNameError)
    assert not (settings.home / "wiped").exists()


KINDS = [ApprovalError, BusyError, ConfigError, DataError, MisuseError, ProviderError,
         SnapshotError, errors.StrangerError, TagwrightError]  # fmt: skip


@given(
    raised=st.one_of(
        st.builds(
            lambda kind, message, hint: kind(message, hint=hint),
            st.sampled_from(KINDS),
            st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=200),
            st.text(st.characters(categories=["L", "N"]), max_size=200),
        ),
        st.builds(
            UnknownNameError,
            st.just("dimension"),
            st.text(st.characters(categories=["L", "N"]), max_size=200),
            st.lists(st.text(st.characters(categories=["L"]), max_size=20), max_size=5),
            hint=st.sampled_from(["", "See the catalogue."]),
        ),
    )
)
def test_every_error_survives_the_wire(raised: TagwrightError) -> None:
    text = TextContent(type="text", text=str(raised))
    answer = CallToolResult(content=[text], is_error=True, _meta={ERROR_META: raised.as_dict()})
    wire = CallToolResult.model_validate_json(answer.model_dump_json(by_alias=True))
    came = raised_by(wire)
    assert type(came) is type(raised)
    assert came.as_dict() == raised.as_dict()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(
    told=st.dictionaries(
        st.sampled_from(["type", "message", "hint", "kind", "name", "nearest"]), JSON
    )
    | JSON
)
def test_nothing_a_server_sends_breaks_the_client(told: Any) -> None:
    answer = CallToolResult(content=[], is_error=True, _meta={ERROR_META: told})
    error = raised_by(answer)
    assert isinstance(error, TagwrightError)
    assert len(str(error)) <= 4001 * 6  # cleaned characters are written as six


async def test_a_stranger_server_is_told_apart(settings: Settings) -> None:
    """Its errors have no kind, and its results are not ours."""
    other = MCPServer[Any]("other", log_level="ERROR")

    @other.tool()
    def number() -> int:
        return 1

    @other.tool()
    def broken() -> str:
        raise ToolError("no \x1b[31mluck\u202e")

    async with connect(settings, other) as client:
        assert type(await failure(client.call("number"))) is ProviderError
        refused = await failure(client.call("broken"))
    assert type(refused) is TagwrightError
    assert refused.message == "Error executing tool broken: no \\u001b[31mluck\\u202e"


async def test_a_session_the_server_forgot_is_begun_anew(settings: Settings) -> None:
    """Nothing was run, so even a proposal is sent again; a second time is said."""
    other, seen = MCPServer[Any]("keeps sessions", log_level="ERROR"), []

    @other.tool()
    def propose(forget: int) -> ToolResult:
        seen.append(forget)
        if len(seen) <= forget:
            raise MCPError(INVALID_REQUEST, "Session terminated")
        return ToolResult(notes=["stored"])

    async with connect(settings, other) as client:
        assert (await client.call("propose", {"forget": 1})).notes == ["stored"]
        assert seen == [1, 1]
        assert type(await failure(client.call("propose", {"forget": 9}))) is ProviderError
        assert seen == [1, 1, 9, 9]


async def test_langchain_tools(settings: Settings, server: MCPServer[Any]) -> None:
    async with connect(settings, server) as client:
        tools = {tool.name: tool for tool in client.langchain_tools()}
        said = await tools["echo"].ainvoke(
            {"name": "echo", "args": {"text": "hi"}, "id": "1", "type": "tool_call"}
        )
        failed = await tools["fail"].ainvoke(
            {"name": "fail", "args": {"how": "data"}, "id": "2", "type": "tool_call"}
        )
    assert "wipe" not in tools
    assert tools["echo"].args_schema == small_registry().get("echo").input_schema
    assert tools["echo"].metadata["mcp"]["readOnlyHint"] is True
    assert tools["suggest"].metadata["mcp"]["readOnlyHint"] is False
    assert tools["suggest"].metadata["mcp"]["destructiveHint"] is False
    assert said.content.startswith("1 row")
    assert said.artifact["structured_content"]["rows"][0]["text"] == "hi"
    assert failed.status == "error"
    assert "Look at it." in failed.content


@pytest.mark.slow  # a process of its own, so that logging is as Python leaves it
def test_a_crash_inside_this_process_prints_nothing(home: Path) -> None:
    """A program that has not set up logging, as `tagwright ask` has not."""
    program = """
import asyncio
from tagwright.config import load_settings
from tagwright_agent.mcp_client import connect
from tagwright_mcp.server import build_server
from mcp_small import small_registry
from functools import partial
from tagwright.people import at_terminal
async def main():
    settings = load_settings()
    server = build_server(settings, partial(at_terminal, settings), registry=small_registry())
    async with connect(settings, server) as c:
        for name in ("fail", "nothing"):
            try:
                await c.call(name, {"how": "crash"})
            except Exception as error:
                print(type(error).__name__)
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=SMALL.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == ["TagwrightError", "UnknownNameError"]
    assert done.stderr == ""


async def test_closing_from_another_task(settings: Settings, server: MCPServer[Any]) -> None:
    manager = connect(settings, server)
    client = await asyncio.create_task(manager.__aenter__())
    await client.call("echo", {"text": "hi"})
    await asyncio.create_task(manager.__aexit__(None, None, None))
    closed = await failure(client.call("echo", {"text": "hi"}))
    assert "closed" in str(closed)
    assert not [t for t in asyncio.all_tasks() if t.get_name() == "mcp-link"]


async def test_too_slow_is_said(
    settings: Settings, server: MCPServer[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mcp_link, "CALL_SECONDS", 0.2)
    async with connect(settings, server) as client:
        begun = time.perf_counter()
        late = await failure(client.call("slow", {"seconds": 0.8}))
        assert time.perf_counter() - begun < 0.7
        assert type(late) is ProviderError
        assert (await client.call("echo", {"text": "alive"})).row_count == 1


@pytest.mark.parametrize(
    ("target", "token", "kind"),
    [
        ("ftp://x/mcp", None, MisuseError),
        ("nonsense", None, MisuseError),
        ("http://finops.example/mcp", "t" * 32, MisuseError),
        ("http://127.0.0.1:1/mcp", "t" * 32, ProviderError),
        ("http://127.0.0.1:1/mcp", None, ProviderError),
        (StdioServerParameters(command="/no/such/program"), None, ProviderError),
        (StdioServerParameters(command=sys.executable, args=["-c", ""]), None, ProviderError),
    ],
)
async def test_no_server(
    settings: Settings, target: Any, token: str | None, kind: type[TagwrightError]
) -> None:
    begun = time.perf_counter()
    with pytest.raises(kind) as caught:
        async with connect(settings, target, token=token):
            pass
    assert time.perf_counter() - begun < 10
    assert "t" * 32 not in str(caught.value)


@pytest.mark.slow  # starts the server as a subprocess, three times
@MODES
async def test_subprocess_that_dies_is_started_again(settings: Settings, mode: str) -> None:
    """A read is asked again; a proposal is not, because it may have been stored."""
    home = settings.home
    target = StdioServerParameters(command=sys.executable, args=[str(SMALL), str(home)])
    async with connect(settings, target, mode=mode) as client:
        assert (await client.call("die", {"once": "first"})).notes == ["alive"]
        broken = await failure(client.call("die_proposing"))
        assert type(broken) is ProviderError
        assert (home / "died").read_text() == "1\n"
        many = [client.call("echo", {"text": str(n)}) for n in range(10)]
        assert [r.rows[0]["text"] for r in await asyncio.gather(*many)] == list("0123456789")


@pytest.mark.slow  # starts our own server as a subprocess
async def test_own_server_as_subprocess(settings: Settings) -> None:
    async with connect(settings, "stdio") as client:
        assert "query_costs" in {tool.name for tool in client.tools()}
        assert type(await failure(client.call("query_costs"))) is SnapshotError


@pytest.mark.slow  # starts the HTTP server three times
@MODES
async def test_http_server_that_is_replaced(home: Path, settings: Settings, mode: str) -> None:
    now = dt.datetime.now(dt.UTC)
    token = make(settings, "", read_only=False, days=1, now=now)[1]
    (home / "server.log").touch()

    def start(port: int) -> tuple[subprocess.Popen[bytes], str]:
        log = home / "server.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, str(SMALL), str(home), f"127.0.0.1:{port}"],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
            )
        for _ in range(300):
            lines = [line for line in log.read_text().splitlines() if line.startswith("http")]
            if lines:
                return process, lines[0]
            time.sleep(0.05)
        raise AssertionError(log.read_text())

    process, url = start(0)
    port = int(url.split(":")[2].split("/")[0])
    try:
        with pytest.raises(ProviderError, match="HTTP 401"):
            async with connect(settings, url, token="wrong-" * 6, mode=mode):
                pass
        async with connect(settings, url, token=token, mode=mode) as client:
            assert (await client.call("echo", {"text": "a"})).row_count == 1
            process.kill()
            process.wait()
            down = await failure(client.call("echo", {"text": "b"}))
            assert type(down) is ProviderError
            process, _ = start(port)
            assert (await client.call("echo", {"text": "c"})).rows[0]["text"] == "c"
            process.kill()
            process.wait()
            process, _ = start(port)
            assert (await client.call("echo", {"text": "d"})).rows[0]["text"] == "d"
    finally:
        process.kill()
        process.wait()
