"""Run the official suite for one revision, and read what it found."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["REVISIONS", "Scenario", "Tools", "run_suite"]

REVISIONS = ("2025-11-25", "2026-07-28")
_SECONDS = 600
_FOLDER = re.compile(r"server-(?P<name>.+?)-\d{4}-\d\d-\d\dT[\d-]+Z")


@dataclass(frozen=True)
class Tools:
    """Where ``make conformance`` put what judges us.

    Attributes:
        node: Node.js, 22 or newer.
        packages: The folder ``node_modules``.
        scanner: The folder of cisco-ai-mcp-scanner's commands.
    """

    node: Path
    packages: Path
    scanner: Path

    @property
    def suite(self) -> Path:
        """The suite's own folder."""
        return self.packages / "@modelcontextprotocol" / "conformance"

    def run(self, *command: str, seconds: float = _SECONDS) -> subprocess.CompletedProcess[str]:
        """Run a command with that node first on the path; what it prints is kept."""
        path = os.pathsep.join([str(self.node.parent), os.environ.get("PATH", "")])
        return subprocess.run(  # noqa: S603  our own words
            command, capture_output=True, text=True, timeout=seconds, check=False,
            env={**os.environ, "PATH": path},
        )  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """One scenario of one revision.

    Attributes:
        name: The suite's name of it.
        passed: Checks that passed.
        failed: What failed: the check and what was said of it.
        unscored: Why it does not count; empty where it does.
    """

    name: str
    passed: int
    failed: tuple[str, ...]
    unscored: str = ""


def run_suite(tools: Tools, url: str, revision: str, folder: Path) -> list[Scenario]:
    """All that the revision requires of a server, in the suite's order.

    Args:
        tools: Where the suite is.
        url: The server's endpoint.
        revision: One of :data:`REVISIONS`.
        folder: An empty one, for what the suite writes.

    Raises:
        RuntimeError: A scenario was not run: the suite itself failed.
    """
    required = yaml.safe_load((tools.suite / "requirements" / f"{revision}.yaml").read_text())
    why = {
        item["scenario"]: str(item["reason"])
        for item in required["not_scored"]
        if item["leg"] == "server"
    }
    done = tools.run(
        str(tools.node), str(tools.suite / "dist" / "index.js"), "server", "--url", url,
        "--requirements", revision, "-o", str(folder),
    )  # fmt: skip
    checks = {
        match["name"]: json.loads((found / "checks.json").read_text())
        for found in sorted(folder.iterdir())
        if (match := _FOLDER.fullmatch(found.name))
    }
    if missing := [name for name in required["server"] if name not in checks]:
        raise RuntimeError(f"not run: {', '.join(missing)}\n{done.stdout[-2000:]}{done.stderr}")
    return [
        Scenario(
            name,
            sum(check["status"] == "SUCCESS" for check in checks[name]),
            tuple(
                f"{check['id']}: {check.get('errorMessage') or ''}"
                for check in checks[name]
                if check["status"] == "FAILURE"
            ),
            why.get(name, ""),
        )
        for name in (*required["server"], *why)
        if name in checks
    ]
