"""What is loaded until a client has the list of tools; what that costs is in the bench."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # starts Python processes that load the MCP library

SLOW = {"duckdb", "boto3", "botocore", "sqlalchemy", "sqlglot", "langchain", "langchain_core",
        "langgraph", "numpy", "pandas", "pyarrow", "jsonschema"}  # fmt: skip


def list_tools(command: list[str]) -> tuple[str, str]:
    """The answer as it came over the wire, and what was written to stderr."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    for message in (
        {"id": 0, "method": "initialize", "params": hello},
        {"method": "notifications/initialized"},
        {"id": 1, "method": "tools/list"},
    ):
        process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        process.stdin.flush()
        if message.get("id") == 0:
            process.stdout.readline()
    listed = process.stdout.readline()
    _, errors = process.communicate(timeout=30)
    return listed, errors


@pytest.mark.parametrize(
    "program",
    [["-m", "tagwright_mcp"], [str(Path(sys.executable).with_name("tagwright")), "mcp"]],
)
def test_listing_tools_loads_no_slow_library(home: Path, program: list[str]) -> None:
    """Python itself reports every module that is imported (-X importtime)."""
    command = [sys.executable, "-X", "importtime", *program, "--home", str(home)]
    listed, errors = list_tools(command)
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0]
        for line in errors.splitlines()
        if line.startswith("import time:")
    }
    assert {"mcp", "tagwright_mcp"} <= imported
    assert imported & SLOW == set()
    assert "query_costs" in {tool["name"] for tool in json.loads(listed)["result"]["tools"]}


def test_definitions_are_few_enough_to_send_every_time(home: Path) -> None:
    """At four characters a token: all names, descriptions and input schemas within 2,000 tokens."""
    from tagwright.plugins import is_ours, points

    size = sum(
        len(json.dumps({"name": t.name, "description": t.description, "schema": t.input_schema}))
        for t in (point.load() for point in points("tagwright.tools") if is_ours(point))
        if t.effect != "write"
    )
    assert size / 4 < 2000


def test_the_whole_list_is_small_too(home: Path) -> None:
    """At four characters a token: with titles, annotations and output schemas within 3,500."""
    from tagwright.plugins import is_ours, points

    ours = {point.name for point in points("tagwright.tools") if is_ours(point)}
    listed, _ = list_tools([sys.executable, "-m", "tagwright_mcp", "--home", str(home)])
    tools = json.loads(listed)["result"]["tools"]
    assert ours <= {tool["name"] for tool in tools}
    assert sum(len(json.dumps(tool)) for tool in tools if tool["name"] in ours) / 4 <= 3500
