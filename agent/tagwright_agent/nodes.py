"""What each node of the graph does; :mod:`tagwright_agent.graph` is how they hang together."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from langchain_core.messages import AIMessage, RemoveMessage, SystemMessage, ToolMessage
from langgraph.errors import NodeError, NodeTimeoutError
from langgraph.graph import END
from langgraph.runtime import Runtime  # noqa: TC002  langgraph reads the nodes' annotations
from langgraph.types import Command, Send, interrupt

from tagwright.errors import ProviderError, TagwrightError, UnknownNameError
from tagwright.registry import nearest
from tagwright_agent import models
from tagwright_agent.answer.draft import finish, judge
from tagwright_agent.approval import Decision, proposal_of
from tagwright_agent.state import CallTask, DecisionTask, ProposalTask, State, last_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool

    from tagwright.results import ToolResult

__all__ = ["MODEL_SECONDS", "TOOL_SECONDS", "Asker", "Caller", "Nodes", "effect_of"]

MAX_ROUNDS = 6
MAX_CALLS = 8
TOOL_SECONDS = 60.0
MODEL_SECONDS = 120.0


class Caller(Protocol):
    """The side of ``mcp_client.ToolClient`` that the graph uses."""

    async def call(self, name: str, arguments: dict[str, Any]) -> ToolResult:
        """Run a tool; raises TagwrightError where it fails."""


@dataclass(frozen=True)
class Asker:
    """Who is at the other end of this run.

    Attributes:
        may_decide: Given a proposed plan, whether the person who is present may be asked to
            approve it here and now; None where nobody is.
    """

    may_decide: Callable[[Mapping[str, Any]], bool] | None = None


def effect_of(tool: BaseTool) -> str:
    """``read``, ``propose`` or ``write``, from the MCP annotations; unannotated counts as write."""
    hints: Mapping[str, Any] = (tool.metadata or {}).get("mcp") or {}
    if hints.get("readOnlyHint") is True:
        return "read"
    return "propose" if hints.get("destructiveHint") is False else "write"


@dataclass
class Nodes:
    """The nodes over one model and one connection to the tools.

    Attributes:
        model: Plans and words the answer.
        client: Runs the tools over MCP.
        tools: The tools, with MCP annotations in ``metadata["mcp"]``; those that write are never
            offered to a model nor called.
        fallback: Takes over for the rest of a turn when ``model`` is down.
        prompt: System message for ``model``; the fallback needs none.
        labels: Names of dimensions and taxonomy keys.
        record: Hands a person's decision to the plan store.
        corrects: Whether ``model`` is asked to correct an answer; pointless for a planner that
            would write the same again.
    """

    model: BaseChatModel
    client: Caller
    tools: Sequence[BaseTool] = ()
    fallback: BaseChatModel | None = None
    prompt: str = ""
    labels: frozenset[str] = frozenset()
    record: Callable[[dict[str, Any], Decision], dict[str, Any]] | None = None
    corrects: bool = True
    offered: dict[str, BaseTool] = field(init=False)

    def __post_init__(self) -> None:
        self.offered = {tool.name: tool for tool in self.tools if effect_of(tool) != "write"}

    async def plan(self, state: State) -> dict[str, Any]:
        """Ask the model what to do next, or for the answer once its rounds are spent."""
        fell_back = bool(state.get("fallback"))
        speaker: Any = self.fallback if fell_back else self.model
        if speaker is None:
            raise ProviderError("No model is left to answer.")
        if self.offered and _rounds(state) < MAX_ROUNDS:
            speaker = speaker.bind_tools(list(self.offered.values()))
        messages = models.conversation(state["messages"])
        if self.prompt and not fell_back:
            messages = [SystemMessage(self.prompt), *messages]
        try:
            said = await speaker.ainvoke(messages)
        except TagwrightError:
            raise
        except Exception as error:
            raise ProviderError(f"The model failed ({type(error).__name__}).") from error
        return {"messages": [_sound(said)], "usage": models.usage_of(said)}

    async def take_over(self, state: State, error: NodeError) -> Command[Any]:
        """Begin the turn again with the fallback; errors that are not the model's are raised."""
        cause = error.error
        down = isinstance(cause, (ProviderError, NodeTimeoutError))
        if not down or self.fallback is None or state.get("fallback"):
            raise cause
        reason = "The model did not answer in time."
        if isinstance(cause, ProviderError):
            reason = cause.message
        begun = last_turn(state["messages"])[1:]
        gone = [RemoveMessage(id=message.id) for message in begun if message.id]
        return Command(goto="plan", update={"messages": gone, "fallback": reason})

    def after_plan(self, state: State) -> list[Send] | str:
        """One task per tool call; what may not run is sent with the refusal it will answer."""
        said = state["messages"][-1]
        calls = said.tool_calls if isinstance(said, AIMessage) else []
        rounds = _rounds(state)
        if not calls or rounds > MAX_ROUNDS + 1:
            return "answer"
        return [
            Send(
                "call", {"call": dict(call), "refusal": self._refusal(call["name"], index, rounds)}
            )
            for index, call in enumerate(calls)
        ]

    def _refusal(self, name: str, index: int, rounds: int) -> str:
        if rounds > MAX_ROUNDS:
            return "The limit of tool calls is reached. Answer from what you have."
        if index >= MAX_CALLS:
            return f"At most {MAX_CALLS} calls at once."
        if name not in self.offered:
            return json.dumps(UnknownNameError("tool", name, nearest(name, self.offered)).as_dict())
        return ""

    async def call(self, state: CallTask) -> dict[str, Any]:
        """Run one tool. Its failure is told to the model, which may call again."""
        wanted = state["call"]
        if state["refusal"]:
            return {"messages": [_failed(wanted, state["refusal"])]}
        try:
            async with asyncio.timeout(TOOL_SECONDS):
                result = await self.client.call(wanted["name"], wanted["args"])
        except TagwrightError as error:
            return {"messages": [_failed(wanted, json.dumps(error.as_dict()))]}
        except TimeoutError:
            text = f"The tool did not answer within {TOOL_SECONDS:.0f} seconds."
            return {"messages": [_failed(wanted, text)]}
        answer = ToolMessage(
            models.tool_text(result),
            name=wanted["name"],
            tool_call_id=wanted["id"],
            artifact={"structured_content": result.model_dump(mode="json")},
        )
        return {"messages": [answer]}

    async def answer(self, state: State) -> dict[str, Any]:
        """The model's last message as a draft with a status."""
        return finish(state["messages"])

    async def check(self, state: State, runtime: Runtime[Asker]) -> Command[Any]:
        """Trace the draft in the results; ask once for a correction; then leave out what is not."""
        names = frozenset(self.offered)
        verdict = judge(state, labels=self.labels, vocabulary=names)
        corrects = self.corrects and not state.get("fallback") and not state.get("corrected")
        if verdict.findings and corrects:
            again = models.correction(verdict.findings)
            return Command(goto="plan", update={"messages": [again], "corrected": True})
        may = runtime.context.may_decide if runtime.context is not None else None
        found = self.proposals(state) if may is not None and self.record is not None else []
        asked = [plan for plan in found if may is not None and await asyncio.to_thread(may, plan)]
        return Command(goto=_next(asked), update=verdict.update)

    async def approve(self, state: ProposalTask) -> Command[Any]:
        """Wait for a person. Pure: resuming runs it again from the top."""
        decision = interrupt(state["proposal"], response_schema=Decision)
        return Command(goto=Send("record", {**state, "decision": decision.model_dump()}))

    async def keep(self, state: DecisionTask) -> Command[Any]:
        """Hand the decision to the plan store, which takes it at most once; ask about the next."""
        if self.record is None:
            raise ProviderError("No plan store is connected.")
        decision = Decision.model_validate(state["decision"])
        outcome = await asyncio.to_thread(self.record, state["proposal"], decision)
        said = {"messages": [AIMessage(outcome["text"])], "decisions": [outcome]}
        return Command(goto=_next(state["rest"]), update=said)

    def proposals(self, state: State) -> list[dict[str, Any]]:
        """The plans that propose tools stored in this turn, each once."""
        found: dict[str, dict[str, Any]] = {}
        for message in last_turn(state["messages"]):
            if not isinstance(message, ToolMessage) or message.status == "error":
                continue
            tool = self.offered.get(message.name or "")
            if tool is None or effect_of(tool) != "propose":
                continue
            content = (message.artifact or {}).get("structured_content") or {}
            if proposal := proposal_of(content.get("details") or {}):
                found[str(proposal["id"])] = proposal
        return list(found.values())


def _next(plans: Sequence[dict[str, Any]]) -> Any:
    """Where to go to ask about plans: one after the other.

    All at once, the decision on one would be recorded only when the last is decided, because
    langgraph ends a step when all its tasks have ended.
    """
    if not plans:
        return END
    return Send("approve", {"proposal": plans[0], "rest": list(plans[1:])})


def _rounds(state: State) -> int:
    return sum(bool(getattr(item, "tool_calls", None)) for item in last_turn(state["messages"]))


def _failed(call: dict[str, Any], text: str) -> ToolMessage:
    return ToolMessage(text, name=call["name"], tool_call_id=call["id"], status="error")


def _sound(said: Any) -> AIMessage:
    """The model's message with an id, unique call ids, and broken calls kept as calls that fail."""
    message = said if isinstance(said, AIMessage) else AIMessage(said.text)
    broken = [
        {
            "name": item["name"] or "unknown",
            "args": {"invalid_json": (item["args"] or "")[:200]},
            "id": item["id"],
        }
        for item in message.invalid_tool_calls
    ]
    calls: list[dict[str, Any]] = []
    seen: set[str] = set()
    for item in [*message.tool_calls, *broken]:
        given = item["id"]
        call_id = given if isinstance(given, str) and given not in seen else uuid.uuid4().hex
        seen.add(call_id)
        calls.append({**item, "id": call_id, "type": "tool_call"})
    fresh = {"id": str(uuid.uuid4()), "tool_calls": calls, "invalid_tool_calls": []}
    return message.model_copy(update=fresh)
