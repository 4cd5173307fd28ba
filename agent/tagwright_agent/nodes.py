"""The nodes of the graph; :mod:`tagwright_agent.graph` is how they hang together.

What a node does on plain messages is in :mod:`tagwright_agent.steps`; here it meets langgraph.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, RemoveMessage, SystemMessage
from langgraph.errors import NodeError  # noqa: TC002  as below
from langgraph.graph import END
from langgraph.runtime import Runtime  # noqa: TC002  langgraph reads the nodes' annotations
from langgraph.types import Command, Send, interrupt

from tagwright.blocks import dumped
from tagwright.errors import ProviderError, TagwrightError
from tagwright_agent import prompting, steps
from tagwright_agent.answer.draft import finish, judge
from tagwright_agent.approval import Decision
from tagwright_agent.chat_messages import ours, theirs
from tagwright_agent.hearing import hear
from tagwright_agent.messages import Call, last_turn
from tagwright_agent.sound import sound
from tagwright_agent.spending import tokens_of
from tagwright_agent.state import (  # noqa: TC001  langgraph reads the nodes' annotations
    CallTask,
    DecisionTask,
    ProposalTask,
    State,
)
from tagwright_agent.steps import MAX_CALLS, MAX_ROUNDS, TOOL_SECONDS, Asker, Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool

    from tagwright_agent.messages import Message

__all__ = ["MAX_CALLS", "MAX_ROUNDS", "TOOL_SECONDS", "Nodes", "effect_of"]


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
        wait: Seconds that ``model`` may be silent.
        turn_tokens, thread_tokens: How much it may take for a question, and for a conversation.
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
    wait: float = 20
    turn_tokens: int = 100_000
    thread_tokens: int = 1_000_000
    offered: dict[str, BaseTool] = field(init=False)
    proposing: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.proposing = frozenset(t.name for t in self.tools if effect_of(t) == "propose")
        self.offered = {tool.name: tool for tool in self.tools if effect_of(tool) != "write"}

    async def plan(self, state: State, runtime: Runtime[Asker]) -> dict[str, Any]:
        """Ask the model what to do next, or for the answer once its rounds are spent."""
        fell_back = bool(state.get("fallback"))
        speaker: Any = self.fallback if fell_back else self.model
        if speaker is None:
            raise ProviderError("No model is left to answer.")
        if self.offered and steps.rounds(_turn(state)) < MAX_ROUNDS:
            speaker = speaker.bind_tools(list(self.offered.values()))
        # The built-in planner pays for no token: it reads the thread whole.
        builtin = fell_back or not self.corrects
        messages = state["messages"] if builtin else prompting.conversation(state["messages"])
        if self.prompt and not fell_back:
            messages = [SystemMessage(self.prompt), *messages]
        if builtin:
            return {"messages": [sound(await _planned(speaker, messages), messages, ours=True)]}
        self._spare(state)
        watch = runtime.context.watch if runtime.context else steps.unseen
        watch("is asked")
        said = await hear(speaker, messages, self.wait, watch)
        return {
            "messages": [sound(said, state["messages"], ours=False)],
            "model_calls": [prompting.usage_of(said, messages)],
        }

    def _spare(self, state: State) -> None:
        """Refuse to ask once a budget is used up: the built-in planner takes over."""
        turn = sum(tokens_of(call) for call in state.get("model_calls") or ())
        if turn >= self.turn_tokens:
            raise ProviderError(
                f"This question has used up its {self.turn_tokens:,} tokens.",
                hint="Setting model_turn_tokens (TAGWRIGHT_MODEL_TURN_TOKENS).",
            )
        if turn + state.get("used", 0) >= self.thread_tokens:
            raise ProviderError(
                f"This conversation has used up its {self.thread_tokens:,} tokens.",
                hint="Begin a new one, or raise model_thread_tokens.",
            )

    async def take_over(self, state: State, error: NodeError) -> Command[Any]:
        """Begin the turn again with the fallback; errors that are not the model's are raised."""
        cause = error.error
        if not isinstance(cause, ProviderError) or self.fallback is None or state.get("fallback"):
            raise cause
        begun = last_turn(state["messages"], prompting.is_question)[1:]
        gone = [RemoveMessage(id=message.id) for message in begun if message.id]
        return Command(goto="plan", update={"messages": gone, "fallback": cause.message})

    def after_plan(self, state: State) -> list[Send] | str:
        """One task per tool call; what may not run is sent with the refusal it will answer."""
        turn = _turn(state)
        if steps.is_over(turn):
            return "answer"
        return [
            Send("call", {"call": asdict(call), "refusal": refusal})
            for call, refusal in zip(
                turn[-1].calls, steps.refusals(turn, self.offered), strict=True
            )
        ]

    async def call(self, state: CallTask, runtime: Runtime[Asker]) -> dict[str, Any]:
        """Run one tool. Its failure is told to the model, which may call again."""
        call = Call(**state["call"])
        if runtime.context is not None and not state["refusal"]:
            runtime.context.watch(f"calls {call.name}")
        result = await steps.call_tool(self.client, call, state["refusal"], TOOL_SECONDS)
        [answer] = theirs([result])
        return {"messages": [answer.model_copy(update={"name": call.name})]}

    async def answer(self, state: State) -> dict[str, Any]:
        """The model's last message as a draft with a status."""
        draft = finish(ours(state["messages"]))
        return {"messages": theirs([draft.message]), "status": draft.status}

    async def check(self, state: State, runtime: Runtime[Asker]) -> Command[Any]:
        """Trace the draft in the results; ask once for a correction; then leave out what is not."""
        verdict = judge(
            ours(state["messages"]),
            state.get("status", "answered"),
            fallback=state.get("fallback", ""),
            labels=self.labels,
            vocabulary=lambda: frozenset(self.offered),
        )
        corrects = self.corrects and not state.get("fallback") and not state.get("corrected")
        if verdict.findings and corrects:
            again = prompting.correction(verdict.findings)
            return Command(goto="plan", update={"messages": [again], "corrected": True})
        asked: list[dict[str, Any]] = []
        if runtime.context is not None and self.record is not None:
            asked = await runtime.context.asked(steps.proposals(_turn(state), self.proposing))
        gone = [RemoveMessage(id=message.id) for message in verdict.gone if message.id]
        update = {
            "messages": [*gone, *theirs([verdict.message])],
            "status": verdict.status,
            "notes": dumped(verdict.notes),
        }
        return Command(goto=_next(asked), update=update)

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


async def _planned(planner: Any, messages: Sequence[Any]) -> Any:
    """What the built-in planner says."""
    try:
        return await planner.ainvoke(messages)
    except TagwrightError:
        raise
    except Exception as error:
        raise steps.model_failed(error) from error


def _next(plans: Sequence[dict[str, Any]]) -> Any:
    """Where to go to ask about plans: one after the other.

    All at once, the decision on one would be recorded only when the last is decided, because
    langgraph ends a step when all its tasks have ended.
    """
    if not plans:
        return END
    return Send("approve", {"proposal": plans[0], "rest": list(plans[1:])})


def _turn(state: State) -> list[Message]:
    return last_turn(ours(state["messages"]))
