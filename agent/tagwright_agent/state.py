"""What the graph remembers of a thread, and how one turn is read back from its messages.

Only messages, plain dicts, strings and integers are kept: the checkpointer refuses to load
anything else (``LANGGRAPH_STRICT_MSGPACK``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.graph.message import add_messages

from tagwright.results import ToolResult

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CallTask",
    "DecisionTask",
    "ProposalTask",
    "State",
    "ToolRun",
    "add_usage",
    "is_correction",
    "last_turn",
    "runs_of",
    "turns",
]

CORRECTION = "correction"


def add_usage(left: dict[str, int] | None, right: dict[str, int] | None) -> dict[str, int]:
    """Sum of two token counts; the thread's count is never reset."""
    total = dict(left or {})
    for name, count in (right or {}).items():
        total[name] = total.get(name, 0) + count
    return total


class State(TypedDict, total=False):
    """The state of a thread; all but ``messages`` and ``usage`` are set anew by each question.

    Attributes:
        messages: The conversation.
        usage: Model tokens of the whole thread: ``input_tokens``, ``output_tokens``, ``calls``.
        status: ``answered``, ``clarify`` or ``refused``.
        notes: What the reader of this answer must know.
        fallback: Why the built-in planner took over in this turn; empty where it did not.
        corrected: Whether the model was already asked to correct figures in this turn.
        decisions: What became of the plans proposed in this turn.
    """

    messages: Annotated[list[AnyMessage], add_messages]
    usage: Annotated[dict[str, int], add_usage]
    status: str
    notes: list[str]
    fallback: str
    corrected: bool
    decisions: list[dict[str, Any]]


class CallTask(TypedDict):
    """One tool call, sent to a task of its own; ``refusal`` is set where it must not run."""

    call: dict[str, Any]
    refusal: str


class ProposalTask(TypedDict):
    """One proposed plan that waits for a person, and those to be asked about after it."""

    proposal: dict[str, Any]
    rest: list[dict[str, Any]]


class DecisionTask(TypedDict):
    """A person's decision on one plan, to be recorded."""

    proposal: dict[str, Any]
    rest: list[dict[str, Any]]
    decision: dict[str, Any]


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


def is_correction(message: AnyMessage) -> bool:
    """Whether a human message is our request to correct figures, not a person's question."""
    return message.additional_kwargs.get("tagwright") == CORRECTION


def turns(messages: Sequence[AnyMessage]) -> list[list[AnyMessage]]:
    """The messages cut at each question; what stands before the first question is left out."""
    found: list[list[AnyMessage]] = []
    for message in messages:
        if isinstance(message, HumanMessage) and not is_correction(message):
            found.append([message])
        elif found:
            found[-1].append(message)
    return found


def last_turn(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The messages since the last question, that one included; empty where there is none."""
    found = turns(messages)
    return found[-1] if found else []


def runs_of(turn: Sequence[AnyMessage]) -> list[ToolRun]:
    """The tool calls of one turn in the order they were asked for, with their results.

    Calls without an answer (the process died in between) are left out.
    """
    answers = {item.tool_call_id: item for item in turn if isinstance(item, ToolMessage)}
    runs = []
    for message in turn:
        if not isinstance(message, AIMessage):
            continue
        for call in message.tool_calls:
            answer = answers.get(call["id"] or "")
            if answer is None:
                continue
            content = (answer.artifact or {}).get("structured_content")
            failed = answer.status == "error" or content is None
            runs.append(
                ToolRun(
                    tool=call["name"],
                    arguments=call["args"],
                    result=None if failed else ToolResult.model_validate(content),
                    error=answer.text if failed else "",
                )
            )
    return runs
