"""An answer in words, every cell of it found in the result, for tests of what is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tagwright.blocks import misplaced
from tagwright.render.markdown import markdown
from tagwright.results import Period, ToolResult
from tagwright_agent.planner.plan import answer
from tagwright_agent.planner.question import Question

__all__ = ["AUGUST", "SEPTEMBER", "result", "told"]

SEPTEMBER = Period(start=dt.date(2026, 9, 1), end=dt.date(2026, 10, 1), label="2026-09")
AUGUST = {"start": "2026-08-01", "end": "2026-09-01", "label": "2026-08"}


def result(**parts: Any) -> ToolResult:
    """A result of September 2026."""
    return ToolResult(period=SEPTEMBER, **parts)


def told(question: Question, tool: str, result: ToolResult) -> str:
    """The answer as Markdown; every cell of it stands in the result."""
    blocks = answer(question, tool, result)
    assert misplaced(blocks, [result]) == []
    return markdown(blocks)
