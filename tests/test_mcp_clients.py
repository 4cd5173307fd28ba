"""What is printed for a client is a file that it reads, and what stands there starts the server."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters

from tagwright.errors import MisuseError
from tagwright_mcp.clients import CLIENTS, configuration

URL = "https://tagwright.example.com/mcp"
WHERE = {
    "claude-desktop": "mcpServers", "claude-code": "mcpServers", "cursor": "mcpServers",
    "vscode": "servers", "zed": "context_servers", "windsurf": "mcpServers", "codex": "mcp_servers",
}  # fmt: skip


def entry(name: str, text: str) -> dict[str, Any]:
    document = tomllib.loads(text) if name == "codex" else json.loads(text)
    assert list(document) == [WHERE[name]]
    found: dict[str, Any] = document[WHERE[name]]["tagwright"]
    return found


@pytest.mark.parametrize("name", CLIENTS)
def test_a_local_server_is_a_command_with_its_home(name: str, tmp_path: Path) -> None:
    home = tmp_path / 'a "home" of ours'
    found = entry(name, configuration(name, home))
    assert found["args"][-1] == "mcp"
    assert Path(found["command"]).name in {"tagwright", "uvx"}
    assert found["env"] == {"TAGWRIGHT_HOME": str(home)}
    assert found.get("type") == ("stdio" if name in {"claude-code", "vscode"} else None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("claude-code", {"type": "http", "url": URL, "headers": {
            "Authorization": "Bearer ${TAGWRIGHT_MCP_TOKEN}"}}),
        ("cursor", {"url": URL, "headers": {
            "Authorization": "Bearer ${env:TAGWRIGHT_MCP_TOKEN}"}}),
        ("vscode", {"type": "http", "url": URL, "headers": {
            "Authorization": "Bearer ${env:TAGWRIGHT_MCP_TOKEN}"}}),
        ("zed", {"url": URL, "headers": {"Authorization": "Bearer <TAGWRIGHT_MCP_TOKEN>"}}),
        ("windsurf", {"serverUrl": URL, "headers": {
            "Authorization": "Bearer ${env:TAGWRIGHT_MCP_TOKEN}"}}),
        ("codex", {"url": URL, "bearer_token_env_var": "TAGWRIGHT_MCP_TOKEN"}),
    ],
)  # fmt: skip
def test_a_remote_server_is_its_url_and_names_where_the_token_is(
    name: str, expected: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGWRIGHT_MCP_TOKEN", "s" * 64)
    text = configuration(name, tmp_path, URL)
    assert entry(name, text) == expected
    assert "sss" not in text


def test_a_client_whose_file_takes_no_url_and_one_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(MisuseError, match="claude-desktop takes no URL"):
        configuration("claude-desktop", tmp_path, URL)
    with pytest.raises(MisuseError, match="There is no client 'emacs'") as caught:
        configuration("emacs", tmp_path)
    assert "zed" in caught.value.hint


@pytest.mark.slow  # a process each for the file and for the server
@pytest.mark.parametrize("name", ["claude-code", "codex"])
async def test_what_the_command_prints_starts_a_server(
    name: str, home: Path, tmp_path: Path
) -> None:
    program = Path(sys.executable).with_name("tagwright")
    said = await anyio.run_process([str(program), "mcp", "--config", name, "--home", str(home)])
    assert said.stderr.decode().startswith("For ")
    found = entry(name, said.stdout.decode())
    assert found["command"] == str(program.resolve())
    server = StdioServerParameters(command=found["command"], args=found["args"], env=found["env"])
    async with Client(server) as client:
        tools = await client.list_tools()
    assert "query_costs" in {tool.name for tool in tools.tools}
