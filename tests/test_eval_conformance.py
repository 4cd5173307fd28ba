"""What the conformance suite is run with: its fixtures, how its findings are read, the judges.

The suite itself needs Node.js and npm: ``make conformance``.
"""

from __future__ import annotations

import json
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client
from mcp.types import CreateMessageResult, ElicitResult, ListRootsResult, Root, TextContent

from tagwright_evals.conformance.judges import inspected, scanned
from tagwright_evals.conformance.server import fixture_server
from tagwright_evals.conformance.suite import Scenario, Tools, run_suite

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def _elicited(_: Any, params: Any) -> ElicitResult:
    """Ann, who fills in whatever a form asks with her name or yes."""
    fields = params.requested_schema["properties"]
    content = {key: value.get("type") == "boolean" or "Ann" for key, value in fields.items()}
    return ElicitResult(action="accept", content=content)


async def _sampled(*_: Any) -> CreateMessageResult:
    return CreateMessageResult(
        role="assistant", content=TextContent(type="text", text="Paris"), model="scripted"
    )


async def _roots(_: Any) -> ListRootsResult:
    return ListRootsResult(roots=[Root(uri="file:///work")])


def _client(home: Path, mode: str) -> Client:
    return Client(
        fixture_server(home), mode=mode, elicitation_callback=_elicited,
        sampling_callback=_sampled, list_roots_callback=_roots,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "says"), [
    ("test_simple_text", {}, "This is a simple text response for testing."),
    ("test_tool_with_progress", {}, "Tool with progress executed successfully"),
    ("test_input_required_result_elicitation", {}, "Hello, Ann!"),
    ("test_input_required_result_sampling", {}, "Paris"),
    ("test_input_required_result_list_roots", {}, "Roots: file:///work"),
    ("test_input_required_result_request_state", {}, "state-ok"),
    ("test_input_required_result_multiple_inputs", {}, "All three were answered."),
    ("test_input_required_result_multi_round", {}, "Ann likes Ann."),
    ("test_missing_capability", {}, "Paris"),
])  # fmt: skip
async def test_fixtures_that_ask_since_2026(
    home: Path, name: str, arguments: dict[str, Any], says: str
) -> None:
    async with _client(home, "2026-07-28") as client:
        result = await client.call_tool(name, arguments)
        assert [item.text for item in result.content] == [says]  # type: ignore[union-attr]


@pytest.mark.parametrize(("name", "arguments", "says"), [
    ("test_sampling", {"prompt": "Capital?"}, "LLM response: Paris"),
    ("test_elicitation", {"message": "Who?"},
     'User response: action=accept, content={"username":"Ann","email":"Ann"}'),
])  # fmt: skip
async def test_fixtures_that_ask_while_the_call_is_open(
    home: Path, name: str, arguments: dict[str, Any], says: str
) -> None:
    async with _client(home, "legacy") as client:
        result = await client.call_tool(name, arguments)
        assert [item.text for item in result.content] == [says]  # type: ignore[union-attr]


async def test_fixtures_stand_beside_our_tools(home: Path) -> None:
    async with _client(home, "auto") as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert {"query_costs", "test_image_content"} <= names
        failed = await client.call_tool("test_error_handling")
        assert failed.is_error
        read = await client.read_resource("test://template/123/data")
        assert json.loads(read.contents[0].text)["id"] == "123"  # type: ignore[union-attr]
        shown = await client.get_prompt("test_prompt_with_image")
        assert [message.content.type for message in shown.messages] == ["image", "text"]


def _tools(folder: Path, script: str) -> Tools:
    """Judges that are a Python script; the suite's requirements are two scenarios."""
    packages = folder / "node_modules"
    suite = packages / "@modelcontextprotocol" / "conformance"
    (suite / "requirements").mkdir(parents=True)
    (suite / "dist").mkdir()
    (suite / "requirements" / "2026-07-28.yaml").write_text(
        "server: [one, two]\nnot_scored: [{scenario: three, leg: server, reason: pending},"
        " {scenario: four, leg: client, reason: pending}]\n"
    )
    commands = folder / "bin"
    commands.mkdir()
    for name in ("node", "mcp-scanner"):
        (commands / name).write_text(f"#!{sys.executable}\n{script}")
        (commands / name).chmod(stat.S_IRWXU)
    return Tools(commands / "node", packages, commands)


_SUITE = """
import json, pathlib, sys
out = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
for name, statuses in {checks}.items():
    folder = out / f"server-{{name}}-2026-11-30T13-05-27-362Z"
    folder.mkdir()
    (folder / "checks.json").write_text(json.dumps(
        [{{"id": "c", "status": s, "errorMessage": "why"}} for s in statuses]))
sys.exit(1)
"""


def test_what_the_suite_found_is_read_whole(tmp_path: Path) -> None:
    checks = {"one": ["SUCCESS", "SKIPPED"], "two": ["SUCCESS", "FAILURE"], "three": ["FAILURE"]}
    tools = _tools(tmp_path, _SUITE.format(checks=checks))
    out = tmp_path / "out"
    out.mkdir()
    assert run_suite(tools, "http://x/mcp", "2026-07-28", out) == [
        Scenario("one", 1, ()),
        Scenario("two", 1, ("c: why",)),
        Scenario("three", 0, ("c: why",), "pending"),
    ]


def test_a_scenario_that_was_not_run_is_no_pass(tmp_path: Path) -> None:
    tools = _tools(tmp_path, _SUITE.format(checks={"one": ["SUCCESS"]}))
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(RuntimeError, match="not run: two"):
        run_suite(tools, "http://x/mcp", "2026-07-28", out)


@pytest.mark.parametrize(("script", "faults"), [
    ("print('{}')", 0),
    ("""print('{"isError": true, "content": [{"text": "bad"}]}')""", 5),
    ("import sys; print('schema', file=sys.stderr); sys.exit(6)", 5),
])  # fmt: skip
def test_what_the_inspector_refuses_is_a_fault(tmp_path: Path, script: str, faults: int) -> None:
    assert len(inspected(_tools(tmp_path, script))) == faults


@pytest.mark.parametrize(("said", "faults"), [
    ([{"tool_name": "a", "is_safe": True, "status": "completed", "findings": {}}], []),
    ([{"tool_name": "a", "is_safe": False, "status": "completed", "findings": {"y": 1}}],
     ['a: {"y": 1}']),
    ([{"tool_name": "a", "is_safe": True, "status": "failed", "findings": {}}], ["a: {}"]),
])  # fmt: skip
def test_what_the_scanner_finds_is_a_fault(
    tmp_path: Path, said: list[dict[str, Any]], faults: list[str]
) -> None:
    text = "a log line\n" + json.dumps(said, indent=2)
    assert scanned(_tools(tmp_path, f"print({text!r})")) == faults


def test_a_scanner_that_saw_nothing_is_a_fault(tmp_path: Path) -> None:
    assert scanned(_tools(tmp_path, "print('gone')")) == ["no tool was scanned: gone"]
