"""The messages of a conversation as plain data, and how one turn is read back from them.

Both ways of answering, in a straight line and through the graph, work on these; langchain's own
messages exist only where a model is spoken to (:mod:`tagwright_agent.chat_messages`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from tagwright.results import ToolResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tagwright.blocks import Note

__all__ = [
    "BLOCKS",
    "OURS",
    "STATUS",
    "Call",
    "Message",
    "ToolRun",
    "Turn",
    "last_turn",
    "runs_of",
    "turns",
]

OURS = "tagwright_"
"""What the built-in planner notes on its own messages (``about``) begins so."""

STATUS = "tagwright_status"
BLOCKS = "tagwright_blocks"

Role = Literal["question", "correction", "said", "result"]

_T = TypeVar("_T")


@dataclass(frozen=True)
class Call:
    """A tool call that was asked for; ``id`` is unique in its turn."""

    name: str
    arguments: dict[str, Any]
    id: str


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        role: ``question`` of a person, ``correction`` (our request to correct figures), ``said``
            by the planner or model, ``result`` of a tool.
        text: What is written; of a result only where the call failed.
        calls: What ``said`` calls.
        about: The planner's own notes on what it said (``tagwright_status`` and the like).
        call: Id of the call that a result answers.
        failed: Whether that call failed.
        content: The tool's result as JSON; None where it failed.
        id: The graph's id of it; empty outside the graph.
    """

    role: Role
    text: str = ""
    calls: tuple[Call, ...] = ()
    about: dict[str, Any] = field(default_factory=dict)
    call: str = ""
    failed: bool = False
    content: dict[str, Any] | None = None
    id: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As it is stored: JSON, without what is empty."""
        whole = asdict(self)
        del whole["id"]
        return {name: value for name, value in whole.items() if value or name == "role"}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Message:
        """A message as :meth:`as_dict` gave it."""
        calls = tuple(Call(**call) for call in stored.get("calls", ()))
        return cls(**{**stored, "calls": calls})


@dataclass(frozen=True)
class ToolRun:
    """One tool call of a turn and what came of it.

    Attributes:
        tool: Name as the model called it.
        arguments: As the model gave them.
        result: None where the call failed or was refused.
        error: What the model was told where it failed; empty otherwise.
    """

    tool: str
    arguments: dict[str, Any]
    result: ToolResult | None
    error: str = ""


@dataclass(frozen=True)
class Turn:
    """A question and all that came of it.

    Attributes:
        messages: From the question to the answer.
        status: ``answered``, ``clarify`` or ``refused``.
        notes: What the reader of the answer must know.
        usage: Model tokens of this turn, see :func:`tagwright_agent.spending.no_usage`.
        model_calls: Tokens of each call of a model, before they are priced.
        fallback: Why the built-in planner took over; empty where it did not.
        plans: What propose tools said of the plans they stored.
        waits: Whether a plan waits for a person's decision.
    """

    messages: list[Message]
    status: str = ""
    notes: list[Note] = field(default_factory=list)
    usage: dict[str, Any] = field(default_factory=dict)
    model_calls: list[dict[str, int]] = field(default_factory=list)
    fallback: str = ""
    plans: list[dict[str, Any]] = field(default_factory=list)
    waits: bool = False


def _asks(message: Any) -> bool:
    return isinstance(message, Message) and message.role == "question"


def turns(messages: Sequence[_T], begins: Callable[[_T], bool] = _asks) -> list[list[_T]]:
    """The messages cut at each question; what stands before the first question is left out."""
    found: list[list[_T]] = []
    for message in messages:
        if begins(message):
            found.append([message])
        elif found:
            found[-1].append(message)
    return found


def last_turn(messages: Sequence[_T], begins: Callable[[_T], bool] = _asks) -> list[_T]:
    """The messages since the last question, that one included; empty where there is none."""
    found = turns(messages, begins)
    return found[-1] if found else []


def runs_of(turn: Sequence[Message]) -> list[ToolRun]:
    """The tool calls of one turn in the order they were asked for, with their results.

    Calls without an answer are left out.
    """
    answers = {item.call: item for item in turn if item.role == "result"}
    runs = []
    for message in turn:
        for call in message.calls:
            answer = answers.get(call.id)
            if answer is None:
                continue
            failed = answer.failed or answer.content is None
            runs.append(
                ToolRun(
                    tool=call.name,
                    arguments=call.arguments,
                    result=None if failed else ToolResult.model_validate(answer.content),
                    error=answer.text if failed else "",
                )
            )
    return runs
