"""Judges from outside beside the suite: the MCP inspector, and a scanner of tool descriptions."""

from __future__ import annotations

import json
import sys
import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagwright_evals.conformance.suite import Tools

__all__ = ["inspected", "scanned"]

_SECONDS = 120
_METHODS = (
    ("tools/list", "--strict"),
    ("resources/list",),
    ("resources/templates/list",),
    ("prompts/list",),
    ("tools/call", "--tool-name", "price_launch", "--tool-arg", "sku=openai/gpt-4o"),
)


def inspected(tools: Tools) -> list[str]:
    """What the inspector says against our server over stdio, method by method; empty: nothing.

    With ``--strict`` it also holds each tool's schema against what clients are known to refuse.
    """
    command = str(tools.packages / ".bin" / "mcp-inspector")
    faults = []
    with tempfile.TemporaryDirectory() as home:
        for method, *more in _METHODS:
            done = tools.run(
                str(tools.node), command, "--cli", "--method", method, *more, "--",
                sys.executable, "-m", "tagwright_mcp", "--home", home, seconds=_SECONDS,
            )  # fmt: skip
            if done.returncode:
                faults.append(f"{method}: {done.stderr.strip()[-400:]}")
            elif "isError" in (found := json.loads(done.stdout)) and found["isError"]:
                faults.append(f"{method}: {found['content'][0]['text'][:400]}")
    return faults


def scanned(tools: Tools) -> list[str]:
    """What cisco-ai-mcp-scanner's rules (YARA, offline) find in our tools; empty: nothing."""
    with tempfile.TemporaryDirectory() as home:
        arguments = ("-m", "tagwright_mcp", "--home", home)
        done = tools.run(
            str(tools.scanner / "mcp-scanner"), "--analyzers", "yara", "--raw", "stdio",
            "--stdio-command", sys.executable, *(f"--stdio-arg={item}" for item in arguments),
            seconds=_SECONDS,
        )  # fmt: skip
    # Its log goes to stdout before the list.
    start = done.stdout.find("[\n")
    found: list[dict[str, Any]] = json.loads(done.stdout[start:]) if start >= 0 else []
    if not found:
        return [f"no tool was scanned: {(done.stdout + done.stderr).strip()[-400:]}"]
    return [
        f"{item['tool_name']}: {json.dumps(item['findings'])}"
        for item in found
        if not item["is_safe"] or item["status"] != "completed"
    ]
