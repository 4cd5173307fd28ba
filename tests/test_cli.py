"""The command line as a whole: help, unknown verbs, exit statuses, what --help loads."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from tagwright.api import TagwrightError
from tagwright_agent import cli as command_line

if TYPE_CHECKING:
    from pathlib import Path

FIXED_VERBS = {
    "ingest", "ask", "chat", "tools", "tool", "plans", "plan", "approve", "reject", "apply",
    "rollback", "receipt", "mcp", "demo",
}  # fmt: skip


def test_help_lists_every_fixed_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["--help"]) == 0
    listed = {
        line.split()[0]
        for line in capsys.readouterr().out.splitlines()
        if line[:2] == "  " and line[2:3].isalpha()
    }
    assert listed >= FIXED_VERBS
    assert "not available" not in capsys.readouterr().out


@pytest.mark.slow
def test_help_loads_no_slow_library() -> None:
    """A fresh interpreter, because this one has loaded them all."""
    code = (
        "import sys; from tagwright_agent.cli import main; main(['--help']);"
        "slow = 'langchain_core langgraph mcp boto3 botocore duckdb sqlalchemy sqlglot'.split();"
        "print([name for name in slow if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "[]"


def test_unknown_verb_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["ingset", "x.csv"]) == 2
    assert "ingest" in capsys.readouterr().err


def test_unknown_verb_as_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["aks", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["type"], error["kind"], error["nearest"][0]) == (
        "UnknownNameError",
        "command",
        "ask",
    )


@pytest.mark.parametrize(
    "arguments", [["tool"], ["plan", "show"], ["--no-such-option"], ["ask", "--bogus"]]
)
def test_misuse_is_status_2_without_traceback(
    arguments: list[str], capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    assert command_line.main(arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_fault_of_ours_shows_place_but_no_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(command_line.cli, "main", fail)
    assert command_line.main(["tools"]) == 1
    said = capsys.readouterr().err
    assert "RuntimeError" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("raised", "status"),
    [(KeyboardInterrupt(), 130), (click.Abort(), 130), (TagwrightError("no"), 1)],
)
def test_exit_status(raised: BaseException, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise raised

    monkeypatch.setattr(command_line.cli, "main", fail)
    assert command_line.main(["tools"]) == status
