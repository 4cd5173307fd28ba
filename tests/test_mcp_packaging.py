"""What is published of the server says the same version, names and arguments as the package."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest

from tagwright.registry import load_registry
from tagwright_agent.cli import cli

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
BUNDLE = ROOT / "mcp_server" / "mcpb"


def document(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_the_registry_entry_is_of_this_package() -> None:
    """The fields of schema 2025-12-11, https://github.com/modelcontextprotocol/registry ."""
    said = document(ROOT / "server.json")
    (package,) = said["packages"]
    assert said["version"] == package["version"] == PROJECT["version"]
    assert package["identifier"] == PROJECT["name"]
    assert re.fullmatch(r"[a-zA-Z0-9.-]{1,199}/[a-zA-Z0-9._-]+", said["name"])
    assert len(said["description"]) <= 100
    assert len(said["title"]) <= 100
    assert set(said) <= {"$schema", "name", "title", "description", "version", "packages"}
    assert set(package) <= {
        "registryType", "identifier", "version", "runtimeHint", "transport", "packageArguments",
        "environmentVariables",
    }  # fmt: skip
    # PyPI shows that the package is ours by this line of its description.
    assert f"<!-- mcp-name: {said['name']} -->" in (ROOT / "README.md").read_text()


def test_the_bundle_starts_the_released_package() -> None:
    """Fields of manifest 0.4, which takes no others: github.com/modelcontextprotocol/mcpb ."""
    said = document(BUNDLE / "manifest.json")
    project = tomllib.loads((BUNDLE / "pyproject.toml").read_text())["project"]
    assert said["version"] == project["version"] == PROJECT["version"]
    assert project["dependencies"] == [f"{PROJECT['name']}=={PROJECT['version']}"]
    assert project["requires-python"] == PROJECT["requires-python"]
    assert {"manifest_version", "name", "version", "description", "author", "server"} <= set(said)
    assert set(said) <= {
        "manifest_version", "name", "display_name", "version", "description", "long_description",
        "author", "license", "keywords", "server", "tools_generated", "compatibility",
        "user_config",
    }  # fmt: skip
    server = said["server"]
    assert (BUNDLE / server["entry_point"]).is_file()
    used = set(re.findall(r"\$\{user_config\.(\w+)\}", json.dumps(server)))
    assert used == set(said["user_config"])


@pytest.mark.slow  # a process
def test_the_bundle_s_program_is_the_server(home: Path) -> None:
    import subprocess
    import sys

    said = subprocess.run(
        [sys.executable, str(BUNDLE / "server.py")], input=b"", capture_output=True, check=False,
        env={"TAGWRIGHT_HOME": str(home), "PATH": ""}, timeout=60,
    )  # fmt: skip
    assert (said.returncode, said.stdout) == (0, b"")


def test_the_skill_names_what_there_is() -> None:
    text = (ROOT / "mcp_server" / "skill" / "SKILL.md").read_text()
    head, body = text.removeprefix("---\n").split("\n---\n", 1)
    assert re.match(r"name: [a-z0-9-]{1,64}\n", head)
    assert len(head.split("description: ")[1]) <= 1024
    tools = {tool.name for tool in load_registry()}
    table = body.split("## Which tool")[1].split("##")[0]
    named = set(re.findall(r"`([a-z]+_[a-z_]+)`", table))
    assert tools <= named
    assert named - tools == {"effective_cost"} & named
    verbs = set(re.findall(r"`tagwright ([a-z-]+)", body))
    with click.Context(cli) as context:
        assert verbs <= set(cli.list_commands(context))
    assert len(body) < 4000  # every conversation that uses it pays for it
