"""What is said beside an answer: in lines of the terminal's width, its commands whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagwright.config import load_settings
from tagwright.context import open_context
from tagwright.receipts import run_tool
from tagwright.registry import load_registry
from tagwright_agent.cli import main
from tagwright_agent.cli.output import wrapped
from test_cli_chat import proposing_home

ARN = "arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short: tagwright plans", ["short: tagwright plans"]),
        ("one two three four five six", ["one two three four", "five six"]),
        (f"It is {ARN} there", ["It is", ARN, "there"]),
        ("well-known-words-of some-length", ["well-known-words-of", "some-length"]),
        ("then run `tagwright taxonomy suggest` now", [
            "then run", "`tagwright taxonomy suggest`", "now",
        ]),
        ("Look again: tagwright plan show p_1.", ["Look again:", "  tagwright plan show p_1"]),
        ("In a shell: tagwright apply p.v1; then wait for it", [
            "In a shell:", "  tagwright apply p.v1", "then wait for it",
        ]),
        ("a\n\nb", ["a", "", "b"]),
    ],
)  # fmt: skip
def test_lines_of_22(text: str, lines: list[str]) -> None:
    assert wrapped(text, 22).split("\n") == lines


def test_the_hint_without_a_terminal_fits_and_can_be_copied(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proposing_home(home, approves=True)
    with open_context(load_settings(home)) as ctx:  # now: a plan expires
        plan = run_tool(load_registry(), "propose_tag_fixes", {}, ctx).details["plan"]["id"]
    capsys.readouterr()
    assert main(["approve", plan]) == 2
    said = capsys.readouterr().err.splitlines()
    assert max(map(len, said)) <= 80
    assert f"  tagwright approve {plan}" in said


def test_the_document_is_not_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tool", "x" * 100, "--json"]) == 2
    assert "x" * 100 in capsys.readouterr().out
