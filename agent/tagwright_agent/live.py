"""What the graph needs open: the tools over MCP, and the place of turns that wait for a person."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Note
from tagwright.errors import ApprovalError, ProviderError, TagwrightError
from tagwright_agent.messages import Turn, last_turn
from tagwright_agent.steps import Asker, proposals
from tagwright_agent.straight import data_key
from tagwright_agent.waiting import waiting_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.language_models import BaseChatModel
    from langgraph.graph.state import CompiledStateGraph

    from tagwright.config import Settings
    from tagwright.people import Door
    from tagwright_agent.approval import Decision
    from tagwright_agent.mcp_client import ToolClient
    from tagwright_agent.messages import Message

__all__ = ["Live"]

_REMOTE_SECONDS = 60.0
_STEPS = 60
_FRESH = {"status": "", "notes": [], "fallback": "", "corrected": False, "decisions": []}


class Live:
    """The open parts; used from one event loop.

    Args:
        settings: Where the data is and which model answers.
        door: Tells who asks, and who decides.
        target: Where the tools are (see :func:`mcp_client.connect`).
        model: Instead of the one that the settings name.
    """

    def __init__(
        self,
        settings: Settings,
        door: Door,
        target: Any = None,
        model: BaseChatModel | None = None,
    ) -> None:
        self.settings = settings
        self._door = door
        self._proposing: frozenset[str] = frozenset()
        self.speaks = "builtin"
        self._target = target
        self._given = model
        self._stack = AsyncExitStack()
        self._client: ToolClient | None = None
        self._waiting = waiting_of(settings)
        self._saver: Any = None
        self._graph: CompiledStateGraph[Any, Any, Any, Any] | None = None
        self._key: object = None

    async def close(self) -> None:
        """Disconnect."""
        await self._stack.aclose()

    async def look(self) -> None:
        """Connect, and take the catalogue of the data as it is now.

        Raises:
            SnapshotError: There is no data yet.
            ProviderError: The tools cannot be reached.
        """
        await self._ready()

    async def ask(
        self,
        thread: str,
        history: Sequence[Message],
        question: Message,
        asker: Asker,
        used: int = 0,
    ) -> Turn:
        """Run one turn after ``history``. Where a plan waits at its end, so does the graph.

        ``used`` are the tokens that the thread has taken before.
        """
        from tagwright_agent.chat_messages import theirs

        graph = await self._ready()
        await self._forget(thread)
        given = {"messages": theirs([*history, question]), "used": used, **_FRESH}
        return await self._turn(thread, await self._run(graph, given, thread, asker))

    async def wait(self, thread: str, history: Sequence[Message], turn: Turn, asker: Asker) -> Turn:
        """Take over a turn that has its draft and proposed a plan: check it, then wait."""
        from tagwright_agent.chat_messages import theirs

        graph = await self._ready()
        await self._forget(thread)
        drafted = {
            **_FRESH,
            "messages": theirs([*history, *turn.messages]),
            "status": turn.status,
        }
        with self._waiting.faults():
            await graph.aupdate_state(_config(thread), drafted, as_node="answer")
        return await self._turn(thread, await self._run(graph, None, thread, asker))

    async def waiting(self, thread: str) -> dict[str, dict[str, Any]]:
        """Interrupt id to the proposal that waits for a person in this thread."""
        graph = await self._ready()
        with self._waiting.faults():
            state = await graph.aget_state(_config(thread))
        return {found.id: found.value for found in state.interrupts}

    async def decide(self, thread: str, waiting: str, decision: Decision) -> tuple[Turn, str]:
        """Resume the thread with a decision on the proposal as it was kept.

        Returns:
            The turn after it, and the sentence that says what came of it.

        Raises:
            ApprovalError: It does not wait any more, or the decision is on another digest.
        """
        from langgraph.types import Command

        proposal = (await self.waiting(thread)).get(waiting)
        if proposal is None:
            raise ApprovalError("That plan does not wait for a decision in this conversation.")
        if proposal["digest"] != decision.digest:
            raise ApprovalError("The decision is not on the plan that was shown.")
        resume: Any = Command(resume={waiting: decision.model_dump()})
        state = await self._run(await self._ready(), resume, thread, Asker())
        return await self._turn(thread, state), str(state["decisions"][-1]["text"])

    async def _turn(self, thread: str, state: Mapping[str, Any]) -> Turn:
        """The turn that the state ends with; what no longer waits is forgotten here."""
        from tagwright_agent.chat_messages import ours

        waits = bool(await self.waiting(thread))
        if not waits:
            await self._forget(thread)
        messages = last_turn(ours(state["messages"]))
        return Turn(
            messages=messages,
            status=state["status"],
            notes=[Note.model_validate(note) for note in state.get("notes", [])],
            model_calls=list(state.get("model_calls", [])),
            fallback=state.get("fallback", ""),
            plans=proposals(messages, self._proposing),
            waits=waits,
        )

    async def _forget(self, thread: str) -> None:
        with self._waiting.faults():
            await self._saver.adelete_thread(thread)

    async def _run(
        self,
        graph: CompiledStateGraph[Any, Any, Any, Any],
        given: Any,
        thread: str,
        asker: Asker,
    ) -> dict[str, Any]:
        from langgraph.errors import GraphRecursionError

        try:
            with self._waiting.faults():
                # Every step is on disk before the next begins: a proposal must not be forgotten.
                state: dict[str, Any] = await graph.ainvoke(
                    given, _config(thread), context=asker, durability="sync"
                )
        except GraphRecursionError:
            raise ProviderError(
                "The model went round in circles.", hint="Ask for less at once."
            ) from None
        return state

    async def _ready(self) -> CompiledStateGraph[Any, Any, Any, Any]:
        """The graph over the data as it is now; made again when another snapshot is published."""
        from tagwright_agent.mcp_client import connect

        if self._client is None:
            connection = connect(self.settings, self._target, door=self._door)
            self._client = await self._stack.enter_async_context(connection)
        key = self._data_key()
        if self._graph is None or key != self._key:
            self._graph, self._key = await self._build(self._client), key
        return self._graph

    def _data_key(self) -> object:
        if self._target in (None, "stdio"):
            return data_key(self.settings, self._door)
        return int(time.monotonic() / _REMOTE_SECONDS)

    async def _build(self, client: ToolClient) -> CompiledStateGraph[Any, Any, Any, Any]:
        from tagwright_agent.graph import build_graph
        from tagwright_agent.models import load_model
        from tagwright_agent.nodes import effect_of
        from tagwright_agent.planner import CatalogueView
        from tagwright_agent.planner.model import BuiltinPlanner
        from tagwright_agent.prompting import system_prompt

        described = await client.call("describe_data", {"catalogue": True, "limit": 1})
        catalogue: Mapping[str, Any] = described.details["catalogue"]
        view = CatalogueView.from_catalogue(catalogue)
        model = self._given or load_model(self.settings, view)
        planner = isinstance(model, BuiltinPlanner)
        if not planner:
            self.speaks = model._llm_type if self._given else self.settings.model  # noqa: SLF001
        tools = client.langchain_tools()
        self._proposing = frozenset(tool.name for tool in tools if effect_of(tool) == "propose")
        return build_graph(
            model,
            client,
            await self._checkpointer(),
            tools=tools,
            fallback=None if planner else BuiltinPlanner(view=view),
            prompt="" if planner else system_prompt(catalogue),
            labels=frozenset(view.dimensions) | frozenset(view.keys),
            record=self._record,
            corrects=not planner,
            wait=self.settings.model_wait,
            turn_tokens=self.settings.model_turn_tokens,
            thread_tokens=self.settings.model_thread_tokens,
        )

    async def _checkpointer(self) -> Any:
        """Over what waits; opened once."""
        if self._saver is None:
            with self._waiting.faults():
                self._saver = await self._waiting.open(self._stack)
        return self._saver

    def _record(self, proposal: dict[str, Any], decision: Decision) -> dict[str, Any]:
        """Hand a decision to the approver; what it refuses is said, not raised.

        Who decides is whoever this session belongs to, whatever the decision says.
        """
        from tagwright.remediation import PlanStore
        from tagwright.remediation.approver import Approver

        plan_id = str(proposal["id"])
        try:
            with PlanStore.open(self.settings) as store, Approver.open(store) as approver:
                person, one_person = self._door(), store.people.one_person
                found = approver.decide(
                    plan_id, decision.digest, person, decision.type, decision.reason
                )
        except TagwrightError as error:
            return {"plan": plan_id, "state": "proposed", "text": str(error)}
        text = f"Plan {plan_id} is {found.state} by {person.id}."
        if found.state == "approved":
            if one_person:
                text += f" One-person mode: {person.id} approves their own plan."
            text += f" Nothing is written yet: tagwright apply {plan_id}"
        return {"plan": plan_id, "state": found.state, "text": text}


def _config(thread: str) -> Any:
    return {"configurable": {"thread_id": thread}, "recursion_limit": _STEPS}
