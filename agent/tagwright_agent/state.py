"""What the graph holds of a turn, and of the thread before it.

Only messages, plain dicts, strings and integers are kept: the checkpointer refuses to load
anything else (``LANGGRAPH_STRICT_MSGPACK``).
"""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AnyMessage  # noqa: TC002  langgraph reads the annotations
from langgraph.graph.message import add_messages

__all__ = ["CallTask", "DecisionTask", "ProposalTask", "State"]


class State(TypedDict, total=False):
    """The state of a turn.

    Attributes:
        messages: The conversation up to here.
        model_calls: Tokens of each call of a model in this turn.
        used: Tokens of the turns before.
        status: ``answered``, ``clarify`` or ``refused``.
        notes: What the reader of this answer must know, as dumped blocks.
        fallback: Why the built-in planner took over in this turn; empty where it did not.
        corrected: Whether the model was already asked to correct figures in this turn.
        decisions: What became of the plans proposed in this turn.
    """

    messages: Annotated[list[AnyMessage], add_messages]
    model_calls: Annotated[list[dict[str, int]], operator.add]
    used: int
    status: str
    notes: list[dict[str, Any]]
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
