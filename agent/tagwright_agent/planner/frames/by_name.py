"""A tool that no frame words, such as another package's: asked for by its name and arguments.

``call get_invoice account=123`` calls ``get_invoice`` with ``{"account": 123}``; its schema says
what it takes, and the tool itself says what is wrong with what it was given.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tagwright.lazy import lazy
from tagwright.render.result import result_blocks
from tagwright_agent.planner.frame import Frame, Hearing
from tagwright_agent.planner.question import Question
from tagwright_agent.planner.said import Said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.blocks import Block
    from tagwright.results import ToolResult

__all__ = ["FRAME", "Named"]

_CALL = lazy(
    r"\s*(?:please )?(?:call |run |use |ask )?(?:the )?(?:tool )?(?P<tool>[A-Za-z][\w-]*)(?: with)?"
    r"(?P<given>(?:[\s,]+[A-Za-z]\w*\s?[=:]\s?(?:\"[^\"]*\"|[^\s,]+))*)\s*[?.!]*\s*"
)
_GIVEN = lazy(r"([A-Za-z]\w*)\s?[=:]\s?(\"[^\"]*\"|[^\s,]+)")


class Named(Question):
    """A call of a tool by its name.

    Attributes:
        tool: Its name.
        given: Its arguments.
    """

    frame: str = "by_name"
    tool: str = ""
    given: dict[str, Any] = {}  # noqa: RUF012  pydantic copies it


def _read(hearing: Hearing) -> tuple[Sequence[Question], Said] | None:
    reading = hearing.reading
    match = _CALL.fullmatch(reading.text)
    if match is None or match["tool"] not in hearing.view.tools:
        return None
    reading.take(0, len(reading.text), "tool")
    given = {name: _value(text) for name, text in _GIVEN.findall(match["given"])}
    return [Named(tool=match["tool"], given=given)], Said()


def _value(text: str) -> Any:
    """A number, a truth value or a quoted text as JSON has it; else the text as it stands."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _call(question: Named) -> dict[str, Any]:
    return dict(question.given)


def _say(question: Named, result: ToolResult) -> list[Block]:
    del question
    return result_blocks(result)


def _words(question: Named) -> str:
    given = " ".join(f"{name}={json.dumps(value)}" for name, value in question.given.items())
    return f"call {question.tool} {given}".strip()


FRAME = Frame("by_name", "", Named, lazy(r"\w+_\w+"), _read, _call, _say, _words)
