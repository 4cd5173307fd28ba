"""The generated pages are those that the code would write now."""

from __future__ import annotations

from pathlib import Path

from tagwright_evals import reference

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"


def test_pages_are_up_to_date() -> None:
    made = reference.pages()
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")} == made, (
        "stale: run `make docs`"
    )


def test_pages_name_every_tool_and_every_verb() -> None:
    made = reference.pages()
    assert "## query_costs" in made["tools.md"]
    assert "## tagwright rollback" in made["commands.md"]
    assert "`effective_cost`" in made["metrics.md"]
    assert "tag:TagResources" in made["permissions.md"]
