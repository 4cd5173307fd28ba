"""What a session keeps open: an event loop, the tools, the file of conversations, the graph."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import os
import sqlite3
import threading
import time
from contextlib import AsyncExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from tagwright.errors import (
    ApprovalError,
    BusyError,
    ProviderError,
    SnapshotError,
    TagwrightError,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping
    from pathlib import Path

    from langchain_core.language_models import BaseChatModel
    from langgraph.graph.state import CompiledStateGraph

    from tagwright.config import Settings
    from tagwright.context import Principal
    from tagwright_agent.approval import Decision
    from tagwright_agent.mcp_client import ToolClient
    from tagwright_agent.nodes import Asker

__all__ = ["Live", "Runner", "taking_turns"]

FILE = "conversations.sqlite3"
TURN_SECONDS = 300.0
_LOCKS = 256
_BUSY_SECONDS = 15.0
_REMOTE_SECONDS = 60.0
_STEPS = 60

_T = TypeVar("_T")


class Runner:
    """An event loop in a thread of its own, for callers that have none."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="tagwright-session", daemon=True
        )
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run ``work`` and wait; where the wait is broken off (Ctrl-C) it is cancelled first."""
        over = threading.Event()

        async def watched() -> _T:
            try:
                return await work
            finally:
                over.set()

        future = asyncio.run_coroutine_threadsafe(watched(), self._loop)
        try:
            return future.result()
        except BaseException:
            if not future.done():
                future.cancel()
                over.wait(5)  # so that the thread's lock is not given up before its work is
            raise

    def stop(self) -> None:
        """Cancel what still runs and end the thread."""
        try:
            asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result(5)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
            if not self._thread.is_alive():
                self._loop.close()


async def _cancel_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()


@contextmanager
def taking_turns(home: Path, thread: str, *, seconds: float | None = None) -> Iterator[None]:
    """Hold this thread of conversation, in this process and among others.

    The lock files are few, and threads share them by hash: two resumes of one thread must never
    run at once, that two other threads sometimes wait for each other does no harm.

    Raises:
        BusyError: Another question of it is still being answered after ``seconds``.
        TagwrightError: The home directory cannot be written.
    """
    from filelock import FileLock, Timeout

    if not home.is_dir():
        yield  # nothing is kept where there is no home; the question itself will fail
        return
    number = int.from_bytes(hashlib.sha256(thread.encode()).digest()[:4], "big") % _LOCKS
    place = home / "locks"
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        lock = FileLock(place / f"conversation-{number:03}.lock")
        lock.acquire(timeout=TURN_SECONDS if seconds is None else seconds)
    except Timeout:
        raise BusyError(
            f"Another question of conversation {thread!r} is still being answered.",
            hint="Wait for it, or ask in a new conversation.",
        ) from None
    except OSError as error:
        raise _unwritable(home, error) from None
    try:
        yield
    finally:
        lock.release()


class Live:
    """The open parts; used from one event loop.

    Args:
        settings: Where the data is and which model answers.
        principal: Who asks, and who decides.
        target: Where the tools are (see :func:`mcp_client.connect`).
        model: Instead of the one that the settings name.
    """

    def __init__(
        self,
        settings: Settings,
        principal: Principal,
        target: Any = None,
        model: BaseChatModel | None = None,
    ) -> None:
        self.settings = settings
        self.principal = principal
        self.proposing: frozenset[str] = frozenset()
        self.speaks = "builtin"
        self._target = target
        self._given = model
        self._stack = AsyncExitStack()
        self._client: ToolClient | None = None
        self._saver: Any = None
        self._graph: CompiledStateGraph[Any, Any, Any, Any] | None = None
        self._key: object = None

    async def close(self) -> None:
        """Disconnect."""
        await self._stack.aclose()

    async def ask(self, thread: str, question: str, asker: Asker) -> dict[str, Any]:
        """Run one turn; the state of the thread after it."""
        from langchain_core.messages import HumanMessage

        graph = await self._ready()
        fresh = {"status": "", "notes": [], "fallback": "", "corrected": False, "decisions": []}
        turn = {"messages": [HumanMessage(question)], **fresh}
        return await self._run(graph, turn, thread, asker)

    async def waiting(self, thread: str) -> dict[str, dict[str, Any]]:
        """Interrupt id to the proposal that waits for a person in this thread."""
        graph = await self._ready()
        with _kept():
            state = await graph.aget_state(_config(thread))
        return {found.id: found.value for found in state.interrupts}

    async def decide(self, thread: str, waiting: str, decision: Decision) -> dict[str, Any]:
        """Resume the thread with a decision on the proposal as it was kept; the state after it.

        Raises:
            ApprovalError: It does not wait any more, or the decision is on another digest.
        """
        from langgraph.types import Command

        from tagwright_agent.nodes import Asker

        proposal = (await self.waiting(thread)).get(waiting)
        if proposal is None:
            raise ApprovalError("That plan does not wait for a decision in this conversation.")
        if proposal["digest"] != decision.digest:
            raise ApprovalError("The decision is not on the plan that was shown.")
        resume: Any = Command(resume={waiting: decision.model_dump()})
        return await self._run(await self._ready(), resume, thread, Asker())

    async def _run(
        self,
        graph: CompiledStateGraph[Any, Any, Any, Any],
        given: Any,
        thread: str,
        asker: Asker,
    ) -> dict[str, Any]:
        from langgraph.errors import GraphRecursionError

        try:
            with _kept():
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
            connection = connect(self.settings, self._target, principal=self.principal)
            self._client = await self._stack.enter_async_context(connection)
        key = self._data_key()
        if self._graph is None or key != self._key:
            self._graph, self._key = await self._build(self._client), key
        return self._graph

    def _data_key(self) -> object:
        """What the catalogue depends on: the snapshot, and the day that "today" is."""
        if self._target not in (None, "stdio"):
            return int(time.monotonic() / _REMOTE_SECONDS)
        from tagwright.warehouse import open_warehouse

        info = open_warehouse(self.settings).current()
        if info is None:
            raise SnapshotError("There is no data yet.", hint="Load some: tagwright ingest PATH…")
        return info.id, dt.datetime.now(dt.UTC).date()

    async def _build(self, client: ToolClient) -> CompiledStateGraph[Any, Any, Any, Any]:
        from tagwright_agent.graph import build_graph
        from tagwright_agent.models import load_model, system_prompt
        from tagwright_agent.nodes import effect_of
        from tagwright_agent.planner import BuiltinPlanner, CatalogueView

        described = await client.call("describe_data", {"catalogue": True, "limit": 1})
        catalogue: Mapping[str, Any] = described.details["catalogue"]
        view = CatalogueView.from_catalogue(catalogue)
        model = self._given or load_model(self.settings, view)
        planner = isinstance(model, BuiltinPlanner)
        if not planner:
            self.speaks = model._llm_type if self._given else self.settings.model  # noqa: SLF001
        tools = client.langchain_tools()
        self.proposing = frozenset(tool.name for tool in tools if effect_of(tool) == "propose")
        return build_graph(
            model,
            client,
            await self._conversations(),
            tools=tools,
            fallback=None if planner else BuiltinPlanner(view=view),
            prompt="" if planner else system_prompt(catalogue),
            labels=frozenset(view.dimensions) | frozenset(view.keys),
            record=self._record,
            corrects=not planner,
        )

    async def _conversations(self) -> Any:
        """The checkpointer over the file of conversations, opened once, readable to its owner."""
        if self._saver is None:
            import aiosqlite
            from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

            path = self.settings.home / FILE
            with _kept():
                try:
                    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
                except OSError as error:
                    raise _unwritable(self.settings.home, error) from None
                connection = await aiosqlite.connect(path, timeout=_BUSY_SECONDS)
                self._stack.push_async_callback(connection.close)
                saver = AsyncSqliteSaver(connection)
                await saver.setup()
            self._saver = saver
        return self._saver

    def _record(self, proposal: dict[str, Any], decision: Decision) -> dict[str, Any]:
        """Hand a decision to the plan store; what it refuses is said, not raised.

        Who decides is whoever this session belongs to, whatever the decision says.
        """
        from tagwright.remediation import PlanStore
        from tagwright.state import open_state

        plan_id = str(proposal["id"])
        state = open_state(self.settings)
        try:
            store = PlanStore(state, self.settings.approval)
            found = store.decide(
                plan_id, decision.digest, self.principal, decision.type, decision.reason
            )
        except TagwrightError as error:
            return {"plan": plan_id, "state": "proposed", "text": str(error)}
        finally:
            state.close()
        text = f"Plan {plan_id} is {found.state} by {self.principal.id}."
        if found.state == "approved":
            text += f" Nothing is written yet: tagwright apply {plan_id}"
        return {"plan": plan_id, "state": found.state, "text": text}


def _config(thread: str) -> Any:
    return {"configurable": {"thread_id": thread}, "recursion_limit": _STEPS}


@contextmanager
def _kept() -> Iterator[None]:
    """Faults of the file of conversations as errors for people."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise BusyError(
                "The conversations are being written by another process.", hint="Ask again."
            ) from None
        raise TagwrightError(f"The conversations ({FILE}) cannot be written: {error}.") from None
    except sqlite3.DatabaseError as error:
        raise TagwrightError(
            f"The conversations ({FILE}) cannot be read: {error}.",
            hint=f"Move {FILE} in the home directory away; plans and data are not in it.",
        ) from None


def _unwritable(home: Path, error: OSError) -> TagwrightError:
    return TagwrightError(
        f"{home} cannot be written: {error.strerror or type(error).__name__}.",
        hint="Give a directory of your own with --home.",
    )
