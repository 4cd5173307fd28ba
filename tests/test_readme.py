"""The README: its commands exist, its verbs are real, its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tagwright_agent.cli import cli

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "tools" / "README.md"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_two_commands_stand_first() -> None:
    blocks = re.findall(r"```(?:sh|console)?\n(.*?)```", README, re.DOTALL)
    assert blocks[0].split("#")[0].strip().startswith("make demo")
    assert "make test" in blocks[0]


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake ([a-z]+)\b", README)) - {"me", "it", "sure", "a"}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_verbs_are_real() -> None:
    known = set(cli.list_commands(None))  # type: ignore[arg-type]
    said = set(re.findall(r"(?:^|`|\$ )tagwright ([a-z][a-z-]*)", README, re.MULTILINE))
    assert said
    assert said <= known, said - known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
