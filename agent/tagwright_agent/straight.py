"""A turn with the built-in planner in a straight line: no graph, no MCP, no chat model.

The steps are those of the graph (:mod:`tagwright_agent.steps`), over the tools of this process. A
turn that proposed a plan which somebody present may decide on is handed to the graph: that waits.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tagwright.errors import MisuseError, SnapshotError, TagwrightError
from tagwright.people import load_people, scope_of
from tagwright.registry import load_registry
from tagwright_agent.answer.draft import finish, judge
from tagwright_agent.messages import Turn
from tagwright_agent.planner import CatalogueView, say
from tagwright_agent.steps import (
    MAX_ROUNDS,
    TOOL_SECONDS,
    call_tool,
    is_over,
    model_failed,
    proposals,
    refusals,
    rounds,
)
from tagwright_mcp.calls import Calls
from tagwright_mcp.faults import internal_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.config import Settings
    from tagwright.people import Door
    from tagwright.registry import Registry
    from tagwright.results import ToolResult
    from tagwright_agent.messages import Message
    from tagwright_agent.steps import Asker

__all__ = ["LocalTools", "Straight", "data_key"]


def data_key(settings: Settings, door: Door) -> object:
    """What the catalogue depends on: the snapshot, what may be seen of it, and the day of today.

    Raises:
        SnapshotError: There is no data yet.
    """
    from tagwright.warehouse import open_warehouse

    info = open_warehouse(settings).current()
    if info is None:
        raise SnapshotError(
            "There is no data yet.",
            hint="Load some: tagwright ingest PATH…; then tagwright taxonomy suggest shows what "
            "your tags could mean.",
        )
    scope = scope_of(load_people(settings), door())
    return info.id, scope, dt.datetime.now(dt.UTC).date()


class LocalTools:
    """The tools of this process, as the MCP server runs them, without the wire."""

    def __init__(self, registry: Registry, settings: Settings, door: Door) -> None:
        self.registry = registry
        self._calls = Calls(registry, settings, door)

    @property
    def offered(self) -> frozenset[str]:
        """Names of the tools that may be called: those that do not write."""
        return self.registry.offered()

    def stored_by(self, turn: Sequence[Message]) -> list[dict[str, Any]]:
        """The plans that propose tools stored in this turn."""
        called = {call.name for message in turn for call in message.calls} & self.offered
        return proposals(
            turn, {name for name in called if self.registry.get(name).effect == "propose"}
        )

    async def call(self, name: str, arguments: dict[str, Any]) -> ToolResult:
        """Run a tool.

        Raises:
            TagwrightError: What the tool raised; of an unexpected exception its kind and place.
        """
        if self.registry.get(name).effect == "write":
            raise MisuseError(f"Tool {name!r} writes; it is never called from here.")
        try:
            return await self._calls.result(name, arguments)
        except TagwrightError:
            raise
        except Exception as error:
            fault = internal_error(f"Tool {name!r}", error)
            raise TagwrightError(fault["message"], hint=fault["hint"]) from error


class Straight:
    """The built-in planner over the tools of this process; used from one event loop.

    Args:
        settings: Where the data is.
        door: Tells who asks.
    """

    def __init__(self, settings: Settings, door: Door) -> None:
        self._settings = settings
        self._door = door
        self._tools = LocalTools(load_registry(), settings, door)
        self._view = CatalogueView()
        self._key: object = None

    @property
    def view(self) -> CatalogueView:
        """What can be named in the data, as :meth:`look` found it."""
        return self._view

    @property
    def tools(self) -> LocalTools:
        """The tools it asks, as who asks may use them."""
        return self._tools

    async def ask(
        self, history: Sequence[Message], question: Message, asker: Asker
    ) -> tuple[Turn, bool]:
        """Run one turn after ``history``; :meth:`look` first.

        Returns:
            The turn, and whether the graph must go on with it: then it ends with its draft, which
            is not checked yet, because a plan was proposed that ``asker`` may decide on.
        """
        turn = await self._draft(history, question, asker)
        if await asker.asked(turn.plans):
            return turn, True
        verdict = judge(
            [*history, *turn.messages],
            turn.status,
            labels=frozenset(self._view.dimensions) | frozenset(self._view.keys),
            vocabulary=lambda: self._tools.offered,
        )
        checked = replace(
            turn,
            messages=[*turn.messages[:-1], verdict.message],
            status=verdict.status,
            notes=verdict.notes,
        )
        return checked, False

    async def look(self) -> None:
        """Take the catalogue of the data as it is now.

        Raises:
            SnapshotError: There is no data yet.
        """
        key = data_key(self._settings, self._door)
        if key != self._key:
            described = await self._tools.call("describe_data", {"catalogue": True, "limit": 1})
            self._view = CatalogueView.from_catalogue(described.details["catalogue"])
            self._key = key

    async def _draft(self, history: Sequence[Message], question: Message, asker: Asker) -> Turn:
        messages: list[Message] = [question]
        offered = self._tools.offered
        while True:
            may = offered if rounds(messages) < MAX_ROUNDS else frozenset()
            messages.append(self._say([*history, *messages], may))
            if is_over(messages):
                break
            refused = refusals(messages, offered)
            for call, refusal in zip(messages[-1].calls, refused, strict=True):
                if not refusal:
                    asker.watch(f"calls {call.name}")
            messages += await asyncio.gather(
                *(
                    call_tool(self._tools, call, refusal, TOOL_SECONDS)
                    for call, refusal in zip(messages[-1].calls, refused, strict=True)
                )
            )
        draft = finish([*history, *messages])
        return Turn(
            [*messages[:-1], draft.message],
            status=draft.status,
            plans=self._tools.stored_by(messages),
        )

    def _say(self, messages: Sequence[Message], bound: frozenset[str]) -> Message:
        try:
            return say(self._view, messages, bound)
        except TagwrightError:
            raise
        except Exception as error:
            raise model_failed(error) from error
