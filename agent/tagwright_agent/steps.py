"""What each step of a turn does, on plain messages, in the straight line and in the graph."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tagwright.errors import ProviderError, TagwrightError, UnknownNameError
from tagwright.registry import nearest
from tagwright_agent.approval import proposal_of
from tagwright_agent.messages import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from tagwright.results import ToolResult
    from tagwright_agent.messages import Call

__all__ = [
    "MAX_CALLS",
    "MAX_ROUNDS",
    "TOOL_SECONDS",
    "Asker",
    "Caller",
    "call_tool",
    "is_over",
    "model_failed",
    "proposals",
    "refusals",
    "rounds",
    "unseen",
]

MAX_ROUNDS = 6
MAX_CALLS = 8
TOOL_SECONDS = 60.0


class Caller(Protocol):
    """What runs the tools: ``mcp_client.ToolClient``, or ``straight.LocalTools``."""

    async def call(self, name: str, arguments: dict[str, Any]) -> ToolResult:
        """Run a tool; raises TagwrightError where it fails."""


def unseen(_: str) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Asker:
    """Who is at the other end of this run.

    Attributes:
        may_decide: Given a proposed plan, whether the person who is present may be asked to
            approve it here and now; None where nobody is.
        watch: Is told what is being done, for a person who waits. Never what a model wrote: that
            is checked before anybody reads it.
    """

    may_decide: Callable[[Mapping[str, Any]], bool] | None = None
    watch: Callable[[str], None] = unseen

    async def asked(self, plans: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those of the plans that this person may be asked about."""
        may = self.may_decide
        if may is None:
            return []
        return [plan for plan in plans if await asyncio.to_thread(may, plan)]


def model_failed(error: BaseException) -> ProviderError:
    """What is said of a model that raised: its kind, not its text, which may quote a key."""
    return ProviderError(f"The model failed ({type(error).__name__}).")


def rounds(turn: Sequence[Message]) -> int:
    """How often tools were called for in this turn."""
    return sum(bool(message.calls) for message in turn)


def is_over(turn: Sequence[Message]) -> bool:
    """Whether what was said last is the answer, or all there will be."""
    return not turn[-1].calls or rounds(turn) > MAX_ROUNDS + 1


def refusals(turn: Sequence[Message], offered: Collection[str]) -> list[str]:
    """Of each call that was said last, why it must not run; empty where it may."""
    done = rounds(turn)
    return [_refusal(call.name, index, done, offered) for index, call in enumerate(turn[-1].calls)]


def _refusal(name: str, index: int, done: int, offered: Collection[str]) -> str:
    if done > MAX_ROUNDS:
        return "The limit of tool calls is reached. Answer from what you have."
    if index >= MAX_CALLS:
        return f"At most {MAX_CALLS} calls at once."
    if name not in offered:
        near = nearest(name, list(offered))
        return json.dumps(UnknownNameError("tool", name, near).as_dict())
    return ""


async def call_tool(client: Caller, call: Call, refusal: str, seconds: float) -> Message:
    """Run one tool, in at most ``seconds``. Its failure is told to the model."""
    if refusal:
        return _failed(call, refusal)
    try:
        async with asyncio.timeout(seconds):
            result = await client.call(call.name, call.arguments)
    except TagwrightError as error:
        return _failed(call, json.dumps(error.as_dict()))
    except TimeoutError:
        return _failed(call, f"The tool did not answer within {seconds:.0f} seconds.")
    return Message("result", call=call.id, content=result.model_dump(mode="json"))


def _failed(call: Call, text: str) -> Message:
    return Message("result", text, call=call.id, failed=True)


def proposals(turn: Sequence[Message], proposing: Collection[str]) -> list[dict[str, Any]]:
    """The plans that the tools named in ``proposing`` stored in this turn, each once."""
    names = {call.id: call.name for message in turn for call in message.calls}
    found: dict[str, dict[str, Any]] = {}
    for message in turn:
        if message.content is None or names.get(message.call) not in proposing:
            continue
        if proposal := proposal_of(message.content.get("details") or {}):
            found[str(proposal["id"])] = proposal
    return list(found.values())
