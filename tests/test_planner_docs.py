"""docs/questions.md keeps what it says: each question there is answered, asked back or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner_view import VIEW
from tagwright_agent.planner.question import Unclear
from tagwright_agent.planner.understand import understand

_TEXT = (Path(__file__).parent.parent / "docs" / "questions.md").read_text(encoding="utf-8")


def _questions() -> list[tuple[str, str]]:
    section, found = "", []
    for line in _TEXT.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("- "):
            found.append((section, line.removeprefix("- ")))
    return found


@pytest.mark.parametrize(("section", "question"), _questions())
def test_questions_of_the_docs(section: str, question: str) -> None:
    """The section's heading says what must become of it."""
    try:
        became = "Answered" if understand(question, VIEW) else ""
    except Unclear as unclear:
        became = {"clarify": "Asked back", "refused": "Refused"}[unclear.status]
    assert became == section
