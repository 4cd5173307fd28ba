"""One call of one tool: in a worker thread, with a fresh context, every failure an answer."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

from tagwright.context import open_context
from tagwright.errors import BusyError, MisuseError, TagwrightError
from tagwright.receipts import run_tool
from tagwright.running import Call
from tagwright.text import clean
from tagwright_mcp.audit import Asked, audited
from tagwright_mcp.faults import internal_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp.types import CallToolResult

    from tagwright.config import Settings
    from tagwright.context import ToolContext
    from tagwright.people import Door, Principal
    from tagwright.registry import Registry
    from tagwright.results import ToolResult
    from tagwright_mcp.news import News

__all__ = ["CALL_SECONDS", "ERROR_META", "MAX_RESULT_BYTES", "Calls", "Report", "answer_of"]

ERROR_META = "tagwright/error"
"""Key of a failed call's ``_meta`` that holds ``TagwrightError.as_dict()``.

Not the structured content: that would have to fit the tool's output schema, and some clients check
it on errors too."""

MAX_RESULT_BYTES = 4_000_000
"""No answer is larger, as JSON; rows are capped far below (``receipts.MAX_CHARACTERS``)."""

CALL_SECONDS = 300.0
"""Of a call, with the time it waits for a thread; then it is given up. Each query has a limit of
its own, far below."""

TELL_SECONDS = 1.0
"""Between two words of progress; a call that is quicker says none."""

_WORKERS = 8
_OF_ONE = 4

T = TypeVar("T")

Report = Callable[[float, str], Awaitable[None]]
"""Told how many seconds a call has taken, and what it is doing now."""

_log = logging.getLogger(__name__)


class Calls:
    """Runs tools of one registry; who asks is asked at the door, call by call.

    A call that is given up (the client cancelled or went away, or its time is over) stops at once
    in DuckDB, in a worker of free SQL, or at its next step; a tool's own Python goes on until then,
    in a thread that nobody waits for.

    Args:
        registry: The tools.
        settings: Where the data is.
        door: Tells who asks.
        news: Tells them with an answer what became of their plans; None where others do.
        whose: Whose turn a call takes, asked in its request: of one person at most four run at a
            time, so that nobody's long ones hold up everybody. Empty, or None, for no such limit.
    """

    def __init__(
        self,
        registry: Registry,
        settings: Settings,
        door: Door,
        *,
        news: News | None = None,
        whose: Callable[[], str] | None = None,
    ) -> None:
        self.registry = registry
        self.settings = settings
        self._door = door
        self._news = news
        self._whose = whose
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="tagwright-tool")

    async def run(
        self,
        name: str,
        arguments: Mapping[str, Any],
        report: Report | None = None,
        *,
        kept: ToolResult | None = None,
    ) -> CallToolResult:
        """Run a tool; whatever goes wrong is the answer, with ``is_error``.

        Args:
            name: The tool.
            arguments: As given.
            report: Told each second what it is doing.
            kept: What this very call gave before: the tool is not run again. Who asks is asked
                again, and it is recorded.
        """
        try:
            return answer_of(await self.result(name, arguments, report, kept=kept))
        except TagwrightError as error:
            _log.info("Tool %s failed: %s", name, type(error).__name__)
            return _failure(error.as_dict())
        except Exception as error:  # noqa: BLE001  whatever a plugin does, the server lives on
            _log.exception("Tool %s raised an unexpected exception.", name)
            return _failure(internal_error(f"Tool {name!r}", error))

    async def result(
        self,
        name: str,
        arguments: Mapping[str, Any],
        report: Report | None = None,
        *,
        kept: ToolResult | None = None,
    ) -> ToolResult:
        """Run a tool, as :meth:`run`; needs no MCP library.

        Raises:
            TagwrightError: What the tool raised. Any other exception is a fault of the tool.
        """
        asked = Asked(name, arguments)
        return await self.within(lambda ctx: self._run(asked, ctx, kept), report, asked=asked)

    async def within(
        self,
        work: Callable[[ToolContext], T],
        report: Report | None = None,
        *,
        asked: Asked | None = None,
    ) -> T:
        """Run ``work`` in a worker thread with a context of its own, closed there afterwards.

        Args:
            work: Given the context.
            report: Told each second what it is doing.
            asked: What is recorded of it; None of what no client asked for.

        Raises:
            BusyError: It took longer than :data:`CALL_SECONDS`.
        """
        call = Call()

        def go() -> T:
            call.check()
            try:
                with (
                    audited(self.settings, asked),
                    open_context(self.settings, self._who(asked), call=call) as ctx,
                ):
                    return work(ctx)
            except (SystemExit, KeyboardInterrupt) as error:
                # Raised by a tool, either would end the server and leave its callers waiting.
                raise RuntimeError(type(error).__name__) from error

        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()

        async def in_turn() -> T:
            async with self._turn():
                return await loop.run_in_executor(self._pool, context.run, go)

        work_done = asyncio.ensure_future(in_turn())
        try:
            await _watched(work_done, call, report)
        except BaseException:
            work_done.cancel()  # where it still waits for its turn, or for a thread
            call.give_up()
            raise
        return await work_done

    def _turn(self) -> AbstractAsyncContextManager[None]:
        who = self._whose() if self._whose else ""
        return self._turns.setdefault(who, asyncio.Semaphore(_OF_ONE)) if who else nullcontext()

    def _who(self, asked: Asked | None) -> Principal:
        who = self._door()
        if asked is not None:
            asked.who = who
        return who

    def _run(self, asked: Asked, ctx: ToolContext, kept: ToolResult | None) -> ToolResult:
        result = kept or run_tool(self.registry, asked.tool, asked.arguments, ctx)
        asked.receipt = result.receipt
        if len(result.model_dump_json().encode()) > MAX_RESULT_BYTES:
            raise MisuseError(
                f"The result of {asked.tool!r} is larger than {MAX_RESULT_BYTES:,} bytes.",
                hint="Narrow the question: fewer groups, a filter, a smaller limit.",
            )
        if self._news is None:
            return result
        news = self._news.tell(ctx)
        plan = result.details.get("plan")
        if (
            kept is None
            and self.registry.get(asked.tool).effect == "propose"
            and isinstance(plan, dict)
        ):
            self._news.proposed(ctx.principal.id, str(plan.get("id")))
        return result.model_copy(update={"notes": [*result.notes, *news]}) if news else result


async def _watched(work: asyncio.Future[T], call: Call, report: Report | None) -> None:
    """Wait until it is done, and say each second what it is doing.

    Raises:
        BusyError: It took too long.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while not (await asyncio.wait({work}, timeout=TELL_SECONDS))[0]:
        took = loop.time() - begun
        if took > CALL_SECONDS:
            raise BusyError(
                f"The call was stopped after {CALL_SECONDS:.0f} seconds.", hint="Ask for less."
            )
        if report is not None:
            await report(took, call.doing)


def answer_of(result: ToolResult) -> CallToolResult:
    """A result as text for a model, and whole for a program."""
    from mcp.types import CallToolResult, TextContent

    from tagwright.render.model_text import model_text  # slow to import, and no list needs it

    return CallToolResult(
        content=[TextContent(type="text", text=model_text(result))],
        structured_content=result.model_dump(mode="json"),
    )


def _failure(error: Mapping[str, Any]) -> CallToolResult:
    from mcp.types import CallToolResult, TextContent

    shown: dict[str, Any] = {key: _cleaned(value) for key, value in error.items()}
    text = f"{shown['message']} {shown['hint']}".strip()
    return CallToolResult(
        content=[TextContent(type="text", text=text)], is_error=True, _meta={ERROR_META: shown}
    )


def _cleaned(value: Any) -> Any:
    """Names in an error are what the caller or a bill wrote."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value
