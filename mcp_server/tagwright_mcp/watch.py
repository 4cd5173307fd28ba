"""Subscriptions: who asks to be told is told that something changed, and reads it again.

Each stream looks for itself, as the person whose it is: what they may not see does not exist for
them. While nobody is subscribed nothing is looked at.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
from mcp import MCPError
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.subscriptions import (
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
    ToolsListChanged,
    event_to_notification,
)
from mcp.types import INTERNAL_ERROR, EmptyResult

from tagwright.errors import AccessError, TagwrightError
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from mcp.server.context import ServerRequestContext
    from mcp.types import (
        NotificationParams,
        SubscribeRequestParams,
        SubscriptionsListenRequestParams,
        SubscriptionsListenResult,
        UnsubscribeRequestParams,
    )

    from tagwright.config import Settings
    from tagwright.context import ToolContext
    from tagwright_mcp.calls import Calls

__all__ = ["LOOK_SECONDS", "MOST", "MOST_OF_ONE", "Listening", "Standing"]

LOOK_SECONDS = 2.0
"""Between two looks at the files that tell of a change: a stat of each."""

WHOLE_SECONDS = 30.0
"""Between two looks at the plans where no file changed."""

MOST = 64
"""Subscriptions at one time, of all clients."""

MOST_OF_ONE = 16
"""Of one person, so that nobody takes all."""

CATALOGUE = "tagwright://catalogue"
PLANS = "tagwright://plans"
_PLAN_TOOL = "get_plan"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Seen:
    """What a person sees of what can change."""

    snapshot: str = ""
    names: frozenset[str] = frozenset()
    plans: dict[str, str] = field(default_factory=dict)

    def changes(self, now: _Seen) -> Iterator[ServerEvent]:
        """What to tell of it."""
        if now.snapshot != self.snapshot:
            yield ResourceUpdated(CATALOGUE)
        if now.names != self.names:
            yield from (ToolsListChanged(), PromptsListChanged(), ResourcesListChanged())
        moved = {
            plan
            for plan in now.plans.keys() | self.plans.keys()
            if now.plans.get(plan) != self.plans.get(plan)
        }
        if moved:
            yield ResourceUpdated(PLANS)
        for plan in sorted(moved):
            yield ResourceUpdated(f"{PLANS}/{plan}")


class _Watch:
    """Looks until it is cancelled, and tells each change.

    Args:
        calls: Where it is looked, and for whom.
        tell: Told each change.
        shut: Called where who listens may ask no longer (their token has expired); None where they
            may again, on the same connection.

    Attributes:
        by_time: Whether to look at the plans also where no file changed: they expire, and
            PostgreSQL has no file.
    """

    def __init__(
        self,
        calls: Calls,
        tell: Callable[[ServerEvent], Awaitable[None]],
        shut: Callable[[], None] | None = None,
    ) -> None:
        self.by_time = False
        self._calls = calls
        self._tell = tell
        self._shut = shut
        self._marks = _marks(calls.settings)
        self._before: _Seen | None = None

    async def note(self) -> None:
        """Look at what there is: what is told is what changes from now on."""
        self._marks = _marks(self._calls.settings)
        self._before = await self._look()

    async def _look(self) -> _Seen | None:
        try:
            return await _look(self._calls)
        except AccessError:
            if self._shut is not None:
                self._shut()
            return None

    def waits(self, plan_id: str) -> bool:
        """Whether the plan waited for a decision when it was last looked at."""
        return (self._before or _Seen()).plans.get(plan_id, "").startswith("proposed ")

    async def run(self) -> None:
        """Look and tell."""
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            marks = _marks(self._calls.settings)
            if marks == self._marks and not (
                self.by_time and loop.time() - looked >= WHOLE_SECONDS
            ):
                continue
            now = await self._look()
            looked = loop.time()
            if now is not None:  # else it is looked at again: a store is locked while it changes
                self._marks = marks
                before, self._before = self._before or _Seen(), now
                for event in before.changes(now):
                    await self._tell(event)


def _marks(settings: Settings) -> list[tuple[int, int]]:
    """Of the files that change where a snapshot is published or a plan moves."""
    home = settings.home
    found = []
    for path in (
        home / "warehouse" / "CURRENT",
        home / "state.sqlite3",
        home / "state.sqlite3-wal",
    ):
        try:
            stat = path.stat()
        except OSError:
            found.append((0, 0))
        else:
            found.append((stat.st_mtime_ns, stat.st_size))
    return found


async def _look(calls: Calls) -> _Seen | None:
    """What the person sees now; None where it cannot be told (a store that is locked).

    Raises:
        AccessError: They may not ask, or their token opens nothing any more.
    """

    def work(ctx: ToolContext) -> _Seen:
        from tagwright.warehouse import open_warehouse

        info = open_warehouse(ctx.settings).current()
        plans: dict[str, str] = {}
        if _PLAN_TOOL in calls.registry.tools:
            tool = calls.registry.get(_PLAN_TOOL)
            rows = tool.function(ctx, **tool.validate({"limit": 1000})).rows
            plans = {str(row["plan"]): f"{row['state']} {row['decided_by']}" for row in rows}
        return _Seen(info.id if info else "", frozenset(ctx.catalogue.dimensions), plans)

    try:
        return await calls.within(work)
    except AccessError:
        raise
    except TagwrightError:
        return None
    except Exception:  # noqa: BLE001  a tool of a plugin; the stream lives on
        _log.exception("What somebody subscribed to cannot be looked at.")
        return None


class Listening:
    """``subscriptions/listen`` of 2026-07-28: the library's stream, on a bus of its own."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._open: Counter[str] = Counter()

    async def listen(
        self, ctx: ServerRequestContext[Any, Any], params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        """Serve one stream until its client goes away, or may ask no longer.

        Raises:
            MCPError: Who listens may not ask, or there are :data:`MOST` already, or
                :data:`MOST_OF_ONE` of theirs.
        """
        try:
            who = await self._calls.within(lambda ctx: ctx.principal.id)
        except TagwrightError as error:
            raise MCPError(INTERNAL_ERROR, clean(str(error))) from None
        if self._open.total() >= MOST:
            raise MCPError(INTERNAL_ERROR, f"{MOST} subscriptions are open already.")
        if self._open[who] >= MOST_OF_ONE:
            raise MCPError(
                INTERNAL_ERROR, f"{MOST_OF_ONE} subscriptions of yours are open already: close one."
            )
        bus = InMemorySubscriptionBus()
        serve = ListenHandler(bus)
        looks = _Watch(self._calls, bus.publish, serve.close)
        looks.by_time = True  # plans expire, and so do tokens
        self._open[who] += 1
        try:
            await looks.note()
            async with anyio.create_task_group() as group:
                group.start_soon(looks.run)
                result = await serve(ctx, params)
                group.cancel_scope.cancel()
            return result
        finally:
            self._open[who] -= 1
            self._open += Counter()  # keeps those above zero


class Standing:
    """The one connection of a client of the handshake era, on stdio."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._uris: set[str] = set()
        self._asked: set[str] = set()
        self._looks: _Watch | None = None
        self._task: asyncio.Task[None] | None = None

    async def begin(self, ctx: ServerRequestContext[Any, Any], _: NotificationParams) -> None:
        """Tell of lists that change, for as long as the connection lasts.

        Nothing is opened before a file changes: a list of tools needs no database.
        """

        async def tell(event: ServerEvent) -> None:
            plan = event.uri.rpartition("/")[2] if isinstance(event, ResourceUpdated) else ""
            if plan in self._asked and not looks.waits(plan):
                self._asked.discard(plan)
                await ctx.session.send_elicit_complete(plan)
            if not isinstance(event, ResourceUpdated) or event.uri in self._uris:
                await ctx.session.send_notification(event_to_notification(event, {}))

        async def run(looks: _Watch) -> None:
            # The client is gone: so is who would be told.
            with contextlib.suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
                await looks.run()

        if self._task is not None:
            self._task.cancel()
        self._uris.clear()
        self._asked.clear()
        self._looks = looks = _Watch(self._calls, tell)
        self._task = asyncio.create_task(run(looks))

    async def subscribe(
        self, _: ServerRequestContext[Any, Any], params: SubscribeRequestParams
    ) -> EmptyResult:
        """Tell of that resource from now on.

        Raises:
            MCPError: There are :data:`MOST` already.
        """
        if len(self._uris) >= MOST and str(params.uri) not in self._uris:
            raise MCPError(INTERNAL_ERROR, f"{MOST} resources are subscribed to already.")
        await self._look_at_plans()
        self._uris.add(str(params.uri))
        return EmptyResult()

    async def _look_at_plans(self) -> None:
        if self._looks is not None and not self._looks.by_time:
            await self._looks.note()
            self._looks.by_time = True

    async def await_decision(self, plan_id: str) -> None:
        """Tell that an elicitation is complete, once its plan waits no longer."""
        await self._look_at_plans()
        self._asked.add(plan_id)

    def forget_decision(self, plan_id: str) -> None:
        """The client did not open the page: nothing is complete."""
        self._asked.discard(plan_id)

    async def unsubscribe(
        self, _: ServerRequestContext[Any, Any], params: UnsubscribeRequestParams
    ) -> EmptyResult:
        """Tell of it no longer."""
        self._uris.discard(str(params.uri))
        return EmptyResult()
