"""The server as a client sees it, in both eras of the protocol, inside one process."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from mcp import Client, MCPError
from mcp.types import INVALID_PARAMS

from effort import examples
from focus_files import write_focus
from mcp_small import SECRET, small_registry
from tagwright.config import Settings, load_settings
from tagwright.ingest import ingest
from tagwright.people import Principal
from tagwright.registry import Registry, load_registry, tool
from tagwright.render.model_text import model_text
from tagwright.results import ToolResult
from tagwright.warehouse import open_warehouse
from tagwright_mcp.calls import ERROR_META
from tagwright_mcp.server import RegistryServer, build_server

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.context import ToolContext

ASKER = Principal("alice", "mcp", "alice@example.com", "Alice")
MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])
WRITES = {"wipe"}


@pytest.fixture
def settings(home: Path) -> Settings:
    return load_settings(home)


@pytest.fixture
def server(settings: Settings) -> RegistryServer:
    return build_server(settings, lambda: ASKER, registry=small_registry())


def charge(home: Path, cost: str) -> None:
    """One bill of one charge of that cost, published."""
    ingest(load_settings(home), [write_focus(home / "bill.csv", [{"BilledCost": cost}])])


@MODES
async def test_lists_every_tool_but_those_that_write(server: RegistryServer, mode: str) -> None:
    registry = small_registry()
    async with Client(server, mode=mode) as client:
        listed = {found.name: found for found in (await client.list_tools()).tools}
    assert set(listed) == set(registry.tools) - WRITES
    for name, found in listed.items():
        ours = registry.get(name)
        assert found.title == ours.title
        assert found.description == ours.description
        assert found.input_schema == ours.input_schema
        assert found.output_schema == ours.output_schema
        hints = found.annotations
        assert hints is not None
        assert hints.read_only_hint is (ours.effect == "read")
        assert hints.idempotent_hint is (ours.effect == "read")
        assert hints.destructive_hint is False
        assert hints.open_world_hint is False


@MODES
async def test_result_is_structured_and_as_text(server: RegistryServer, mode: str) -> None:
    async with Client(server, mode=mode) as client:
        answer = await client.call_tool("echo", {"text": "hi"})
    assert not answer.is_error
    result = ToolResult.model_validate(answer.structured_content)
    assert result.rows == [{"text": "hi", "cost": "0.10", "currency": "USD"}]
    assert result.details["asked_by"] == "alice"
    assert result.details["thread"].startswith("tagwright-tool")  # not the event loop's
    assert answer.content[0].text == model_text(result)
    assert "| hi | 0.10 | USD |" in answer.content[0].text


@MODES
@pytest.mark.parametrize(
    ("name", "arguments", "kind", "says"),
    [
        ("ech", {}, "UnknownNameError", "Did you mean echo?"),
        ("", {}, "UnknownNameError", "Unknown tool ''."),
        ("wipe", {}, "UnknownNameError", "Unknown tool 'wipe'."),
        ("echo", {}, "MisuseError", "argument 'text': Field required"),
        ("echo", {"text": 1}, "MisuseError", "argument 'text': Input should be a valid string"),
        ("echo", {"text": "a", "limit": 0}, "MisuseError", "argument 'limit'"),
        ("echo", {"text": "a", "drop": "table"}, "MisuseError", "'drop': Extra inputs"),
        ("echo", {"ctx": None, "text": "a"}, "MisuseError", "'ctx': Extra inputs"),
        ("fail", {"how": "unknown"}, "UnknownNameError", "Did you mean EC2, ECR? Or ask for all."),
        ("fail", {"how": "data"}, "DataError", "The file is \\u202eevil. Look at it."),
        (
            "fail",
            {"how": "crash"},
            "InternalError",
            "Tool 'fail' failed: RuntimeError at mcp_small:",
        ),
        ("fail", {"how": "exit"}, "InternalError", "not in the question"),
        ("total", {}, "SnapshotError", "There is no data yet. Run `tagwright ingest PATH`"),
        ("big", {"detail": 5_000_000}, "MisuseError", "larger than 4,000,000 bytes"),
    ],
)
async def test_failure_is_an_answer_that_says_why(
    server: RegistryServer,
    mode: str,
    name: str,
    arguments: dict[str, Any],
    kind: str,
    says: str,
    settings: Settings,
) -> None:
    async with Client(server, mode=mode) as client:
        answer = await client.call_tool(name, arguments)
        again = await client.call_tool("echo", {"text": "alive"})
    assert answer.is_error
    text = answer.content[0].text
    assert says in text
    assert answer.meta is not None
    assert answer.meta[ERROR_META]["type"] == kind
    whole = answer.model_dump_json()
    assert SECRET not in whole
    assert "Traceback" not in whole
    assert "\x1b" not in json.loads(whole)["content"][0]["text"]
    assert not again.is_error
    assert not (settings.home / "wiped").exists()


def _never(ctx: ToolContext) -> ToolResult:
    """Writes."""
    raise AssertionError("a tool that writes was run")


@pytest.mark.slow  # a server and a client for each of 50 names
@hypothesis_settings(
    max_examples=examples(50), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.one_of(st.sampled_from(["wipe", "Wipe", "wipe ", "suggest/../wipe"]), st.text()),
    arguments=st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=3),
)
def test_no_name_reaches_a_tool_that_writes(
    home: Path, name: str, arguments: dict[str, Any]
) -> None:
    registry = Registry()
    registry.add(tool(effect="write")(_never))
    server = build_server(load_settings(home), lambda: ASKER, registry=registry)

    async def ask() -> None:
        async with Client(server) as client:
            assert (await client.list_tools()).tools == []
            for each in (name, "_never"):
                answer = await client.call_tool(each, arguments)
                assert answer.is_error
                assert (answer.meta or {})[ERROR_META]["type"] == "UnknownNameError"

    asyncio.run(ask())


async def test_log_holds_kind_and_place_of_a_crash(
    server: RegistryServer, caplog: pytest.LogCaptureFixture
) -> None:
    from tagwright_mcp.listener import _Lines

    async with Client(server) as client:
        await client.call_tool("fail", {"how": "crash"})
    line = _Lines().format(caplog.records[-1])
    assert "RuntimeError at mcp_small:" in line
    assert SECRET not in line
    assert "\n" not in line


@pytest.mark.slow  # four ingests
@MODES
async def test_new_snapshot_is_seen_without_restart(
    home: Path, server: RegistryServer, mode: str
) -> None:
    """1.25 USD, the same month restated as 3.50, then 4.00 in a file that is damaged and healed."""
    async with Client(server, mode=mode) as client:
        assert (await client.call_tool("total", {})).is_error
        seen = []
        for cost in ("1.25", "3.50"):
            charge(home, cost)
            answer = await client.call_tool("total", {})
            assert answer.structured_content is not None
            seen.append(answer.structured_content)
        assert [float(one["rows"][0]["billed_cost"]) for one in seen] == [1.25, 3.5]
        assert len({one["details"]["snapshot"] for one in seen}) == 2
        assert all(one["receipt"].startswith("rcp_") for one in seen)

        charge(home, "4.00")
        current = open_warehouse(load_settings(home)).current()
        assert current is not None
        whole = current.path.read_bytes()
        current.path.chmod(0o600)
        for damage in (whole[:100], b"\0" * len(whole)):
            current.path.write_bytes(damage)
            broken = await client.call_tool("total", {})
            assert (broken.meta or {})[ERROR_META]["type"] == "SnapshotError"
        current.path.unlink()
        missing = await client.call_tool("total", {})
        assert (missing.meta or {})[ERROR_META]["type"] == "SnapshotError"
        current.path.write_bytes(whole)
        healed = await client.call_tool("total", {})
        assert healed.structured_content is not None
        assert float(healed.structured_content["rows"][0]["billed_cost"]) == 4.0


@MODES
async def test_calls_run_beside_each_other(server: RegistryServer, mode: str) -> None:
    async with Client(server, mode=mode) as client:
        begun = time.perf_counter()
        slow = [client.call_tool("slow", {"seconds": 0.4}) for _ in range(6)]
        quick = [client.call_tool("echo", {"text": str(n)}) for n in range(20)]
        answers = await asyncio.gather(*slow, *quick)
        took = time.perf_counter() - begun
    assert not any(answer.is_error for answer in answers)
    assert [a.structured_content["rows"][0]["text"] for a in answers[6:]] == [
        str(n) for n in range(20)
    ]
    assert took < 6 * 0.4


@MODES
async def test_given_up_call_does_not_hold_the_loop(server: RegistryServer, mode: str) -> None:
    async with Client(server, mode=mode) as client:
        begun = time.perf_counter()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await client.call_tool("slow", {"seconds": 1.0})
        answer = await client.call_tool("echo", {"text": "alive"})
        assert not answer.is_error
        assert time.perf_counter() - begun < 0.9


@MODES
async def test_resources(home: Path, settings: Settings, mode: str) -> None:
    charge(home, "1.25")
    server = build_server(settings, lambda: ASKER)
    async with Client(server, mode=mode) as client:
        read = {
            str(found.uri): json.loads(
                (await client.read_resource(str(found.uri))).contents[0].text
            )
            for found in (await client.list_resources()).resources
        }
        answer = await client.call_tool("query_costs", {"metric": "billed_cost"})
        assert answer.structured_content is not None
        receipt_id = answer.structured_content["receipt"]
        receipt = await client.read_resource(f"tagwright://receipts/{receipt_id}")
        templates = (await client.list_resource_templates()).resource_templates
        for uri in (
            "tagwright://receipts/rcp_0",
            "tagwright://receipts/..%2F..%2Fetc",
            "tagwright://plans/pln_0",
            "tagwright://plans/%20",
            "tagwright://other",
        ):
            with pytest.raises(MCPError) as caught:
                await client.read_resource(uri)
            assert "Traceback" not in str(caught.value)
    assert set(read) == {
        f"tagwright://{name}" for name in ("catalogue", "taxonomy", "focus-columns", "plans")
    }
    names = {metric["name"] for metric in read["tagwright://catalogue"]["metrics"]}
    assert "effective_cost" in names
    assert {key["name"] for key in read["tagwright://taxonomy"]["keys"]} >= {"team", "product"}
    assert json.loads(receipt.contents[0].text)["id"] == receipt_id
    assert {template.uri_template for template in templates} == {
        "tagwright://receipts/{receipt_id}",
        "tagwright://plans/{plan_id}",
        "tagwright://dimensions/{dimension}/{value}",
        "tagwright://reports/{report}/{period}",
    }


@MODES
async def test_unknown_prompt_is_the_callers_mistake(server: RegistryServer, mode: str) -> None:
    async with Client(server, mode=mode) as client:
        assert (await client.list_prompts()).prompts == []
        with pytest.raises(MCPError, match="Unknown prompt 'x'") as caught:
            await client.get_prompt("x")
    assert caught.value.code == INVALID_PARAMS


async def test_instructions_come_from_registry_and_taxonomy(home: Path) -> None:
    (home / "taxonomy.yaml").write_text(
        "keys:\n  squad:\n    layer: business\n    required: true\n"
    )
    server = build_server(load_settings(home), lambda: ASKER, registry=small_registry())
    told = server.instructions or ""
    assert "squad" in told
    assert "echo" in told
    assert "change nothing else: suggest" in told
    assert "wipe" not in told
    assert len(told) < 2000


async def test_broken_taxonomy_does_not_keep_the_server_down(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (home / "taxonomy.yaml").write_text("keys: [")
    server = build_server(load_settings(home), lambda: ASKER, registry=small_registry())
    assert "taxonomy cannot be read" in caplog.text
    async with Client(server) as client:
        assert not (await client.call_tool("echo", {"text": "alive"})).is_error
        with pytest.raises(MCPError, match="taxonomy"):
            await client.read_resource("tagwright://taxonomy")


def test_building_a_server_leaves_logging_to_the_program(settings: Settings) -> None:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    build_server(settings, lambda: ASKER, registry=small_registry())
    assert (root.handlers[:], root.level) == before


async def test_installed_tools_are_offered(settings: Settings) -> None:
    registry = load_registry()
    async with Client(build_server(settings, lambda: ASKER)) as client:
        listed = (await client.list_tools()).tools
    assert {found.name for found in listed} == {t.name for t in registry if t.effect != "write"}
    assert {"describe_data", "query_costs", "tag_coverage"} <= {found.name for found in listed}
    assert registry.warnings == []
