"""Frames of other packages, and tools that no frame words."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from planner_view import VIEW
from tagwright.blocks import misplaced
from tagwright.render.markdown import markdown
from tagwright.results import ToolResult
from tagwright_agent.planner import frames as package
from tagwright_agent.planner.frame import Frame
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.plan import answer
from tagwright_agent.planner.question import Unclear
from tagwright_agent.planner.understand import understand

_DOCS = Path(__file__).parent.parent / "docs" / "write-a-frame.md"
PLUGGED = replace(VIEW, tools=(*VIEW.tools, "get_invoice", "count_seats"))


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("call get_invoice account=123 open=true", {"account": 123, "open": True}),
        ('use tool get_invoice name: "ACME, Inc."', {"name": "ACME, Inc."}),
        ("get_invoice", {}),
        ("please run get_invoice with period=2026-10", {"period": "2026-10"}),
    ],
)
def test_a_tool_without_a_frame_is_called_by_its_name(text: str, given: dict[str, Any]) -> None:
    [question] = understand(text, PLUGGED)
    assert (question.frame, question.tool) == ("by_name", "get_invoice")  # type: ignore[attr-defined]
    assert frames()["by_name"].call(question) == given
    assert understand(frames()["by_name"].words(question), PLUGGED) == [question]


def test_a_name_that_no_tool_has_is_not_called() -> None:
    with pytest.raises(Unclear):
        understand("call get_weather city=Berlin", PLUGGED)


def test_what_a_tool_without_a_frame_gave_is_told_as_it_stands() -> None:
    [question] = understand("call get_invoice account=123", PLUGGED)
    result = ToolResult(rows=[{"invoice": "INV-1", "billed_cost": "12.00", "currency": "USD"}])
    blocks = answer(question, "get_invoice", result)
    assert misplaced(blocks, [result]) == []
    assert "INV-1" in markdown(blocks)
    assert "12.00" in markdown(blocks)


def _of_docs() -> Frame:
    """The frame that docs/write-a-frame.md shows."""
    [code] = re.findall(r"```python\n(.*?)```", _DOCS.read_text(encoding="utf-8"), re.DOTALL)
    space: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, str(_DOCS), "exec"), space)  # noqa: S102  our own page
    frame = space["FRAME"]
    assert isinstance(frame, Frame)
    return frame


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> Any:
    found = _of_docs()

    class Point(EntryPoint):
        def load(self) -> Any:
            return found

    point = Point("seats", "your_package.frame:FRAME", "tagwright.frames")
    monkeypatch.setattr(package, "entry_points", lambda group: [point])
    frames.cache_clear()
    yield found
    frames.cache_clear()


def test_the_frame_of_the_docs_reads_calls_and_words(plugged: Frame) -> None:
    [question] = understand("how many seats in October?", PLUGGED)
    assert question.frame == "seats"
    assert plugged.call(question) == {"period": "2026-10"}
    assert understand(plugged.words(question), PLUGGED) == [question]
    result = ToolResult(rows=[{"seats": 12}])
    assert markdown(answer(question, "count_seats", result)) == "Seats: 12."


def test_a_frame_of_another_package_takes_no_question_of_ours(plugged: Frame) -> None:
    [question] = understand("cost by team in October", PLUGGED)
    assert question.frame == "costs"
    with pytest.raises(Unclear) as caught:
        understand("seats cost by flurb", PLUGGED)
    assert "flurb" in caught.value.text
