"""A frame: one kind of question, from its words to a tool's call and to the answer's blocks.

A third party's package gives one by the entry point ``tagwright.frames``; a tool without a frame is
asked for by its name (:mod:`tagwright_agent.planner.frames.by_name`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tagwright_agent.planner.said import Said

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping, Sequence

    from tagwright.blocks import Block
    from tagwright.results import ToolResult
    from tagwright_agent.planner.question import Question
    from tagwright_agent.planner.reading import Label, Reading, Token
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["Found", "Frame", "Hearing"]


@dataclass(frozen=True)
class Hearing:
    """What a frame reads with.

    Attributes:
        reading: The message; each frame has its own, to mark what it explains.
        view: What can be named.
        pinned: Folded value to the dimension that a person chose when asked.
        goes_on: Whether an earlier question stands that the message may go on from.
    """

    reading: Reading
    view: CatalogueView
    pinned: Mapping[str, str] = field(default_factory=dict)
    goes_on: bool = False


@dataclass(frozen=True)
class Found:
    """A message as one frame reads it.

    Attributes:
        frame: Which.
        questions: What is asked; several where two measures or names stand side by side.
        said: How it was said.
        left: Words that nothing explains: of none, it is read.
        text: The message, in lower case.
        rest: The same, with what is explained masked.
        labels: What the others were explained as.
    """

    frame: Frame
    questions: Sequence[Question]
    said: Said = field(default_factory=Said)
    left: Sequence[Token] = ()
    text: str = ""
    rest: str = ""
    labels: Sequence[Label] = ()


@dataclass(frozen=True)
class Frame:
    """One kind of question.

    Attributes:
        name: What its questions name.
        tool: The tool that answers; empty where the answer needs none.
        question: The type of its questions.
        opens: Words without which it is not tried; None: always tried, after the others.
        read: The questions of a message and how they were said; None where it is another's.
        call: The tool's arguments, what is its default left out.
        say: The answer; of a frame without a tool the result is None.
        words: The question in words that are read back as the same question.
        back: A question from the arguments of a call that somebody else made.
        prefers: The dimension that a name is taken as, and said to be, where it stands for several.
    """

    name: str
    tool: str
    question: type[Question]
    opens: re.Pattern[str] | None
    read: Callable[[Hearing], tuple[Sequence[Question], Said] | None]
    call: Callable[[Any], dict[str, Any]]
    say: Callable[[Any, ToolResult], Sequence[Block]]
    words: Callable[[Any], str]
    back: Callable[[Mapping[str, Any]], Question] | None = None
    prefers: str = ""
