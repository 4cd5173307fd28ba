"""One MCP connection in a task of its own, made again when it breaks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any

from mcp import Client, MCPError, StdioServerParameters
from mcp.types import CONNECTION_CLOSED, INVALID_REQUEST, REQUEST_TIMEOUT

from tagwright.errors import ProviderError
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp.server.mcpserver import MCPServer

__all__ = ["CALL_SECONDS", "CONNECT_SECONDS", "Link"]

# The MCP library logs tracebacks of what a broken server sends; see tagwright_mcp/__init__.py.
logging.getLogger("mcp").addHandler(logging.NullHandler())

CALL_SECONDS = 120.0
CONNECT_SECONDS = 30.0


class Link:
    """Owns the MCP client in a task of its own: what breaks it ends that task and nothing else."""

    def __init__(
        self,
        target: MCPServer[Any] | StdioServerParameters | str,
        mode: str,
        token: str | None,
    ) -> None:
        self._target = target
        self._mode = mode
        self._token = token
        self._task: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[Client] | None = None
        self._stop = asyncio.Event()
        self._closed = False
        self._status: int | None = None

    async def use(self, work: Callable[[Client], Awaitable[Any]], *, again: bool) -> Any:
        """Run ``work(client)``; once more on a new connection where it broke and ``again`` holds.

        Raises:
            ProviderError: It broke (again), timed out, or the server answered with a fault.
        """
        for attempt in (1, 2):
            client, owner = await self._connected()
            try:
                return await self._guarded(work(client), owner)
            except _BrokenError as broken:
                await self._drop(owner)
                if attempt == 2 or not (again or broken.never_ran):
                    raise ProviderError(
                        "The connection to the tools broke.",
                        hint="Ask again; if a plan was asked for, look first whether it is there.",
                    ) from None
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """End the task and wait for it."""
        self._closed = True
        if self._task is not None:
            await self._drop(self._task)

    async def _guarded(self, work: Awaitable[Any], owner: asyncio.Task[None]) -> Any:
        """``work``, given up as soon as the connection's task is over."""
        running = asyncio.ensure_future(work)
        try:
            await asyncio.wait(
                {running, owner}, timeout=CALL_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if owner.done():  # the answer may still be on its way while the link goes down
                await asyncio.wait({running}, timeout=0.2)
        finally:
            running.add_done_callback(_seen)
            running.cancel()  # does nothing to one that is done
        if not running.done() and not owner.done():
            raise ProviderError(f"The tools did not answer within {CALL_SECONDS:.0f} seconds.")
        if not running.done() or running.cancelled():
            raise _BrokenError
        if (error := running.exception()) is not None:
            raise _told(error, lost=owner.done()) from None
        return running.result()

    async def _connected(self) -> tuple[Client, asyncio.Task[None]]:
        if self._closed:
            raise ProviderError("The connection to the tools is closed.")
        if self._task is None or self._task.done():
            self._ready = asyncio.get_running_loop().create_future()
            self._ready.add_done_callback(_seen)
            self._stop = asyncio.Event()
            self._task = asyncio.create_task(self._own(self._ready, self._stop), name="mcp-link")
        task, ready = self._task, self._ready
        assert ready is not None  # noqa: S101  made with the task
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return await asyncio.shield(ready), task
        except TimeoutError:
            await self._drop(task)
            raise ProviderError(
                f"The tools did not answer within {CONNECT_SECONDS:.0f} seconds."
            ) from None

    async def _own(self, ready: asyncio.Future[Client], stop: asyncio.Event) -> None:
        self._status = None
        try:
            async with contextlib.AsyncExitStack() as stack:
                client = await stack.enter_async_context(
                    Client(await self._transport(stack), mode=self._mode)
                )
                if not ready.done():
                    ready.set_result(client)
                await stop.wait()
        except BaseException as error:  # noqa: BLE001  the task ends here whatever ended it
            if not ready.done():
                ready.set_exception(_unreachable(error, self._status))

    async def _transport(self, stack: contextlib.AsyncExitStack) -> Any:
        if not isinstance(self._target, str):
            return self._target
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        async def note(response: httpx2.Response) -> None:
            self._status = response.status_code  # the MCP client does not tell why it failed

        http = httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {self._token}"} if self._token else None,
            timeout=httpx2.Timeout(CONNECT_SECONDS, read=CALL_SECONDS),
            event_hooks={"response": [note]},
        )
        return streamable_http_client(
            self._target, http_client=await stack.enter_async_context(http)
        )

    async def _drop(self, task: asyncio.Task[None]) -> None:
        """End that task; one that does not end by itself is cancelled."""
        if task is self._task:
            self._stop.set()
            self._task = None
        done, _ = await asyncio.wait({task}, timeout=8)  # stdio: 2 s each for EOF, TERM, KILL
        if not done:
            task.cancel()


class _BrokenError(Exception):
    """The connection is gone and the answer with it.

    Attributes:
        never_ran: The server cannot have begun the work.
    """

    def __init__(self, *, never_ran: bool = False) -> None:
        super().__init__()
        self.never_ran = never_ran


def _seen(future: asyncio.Future[Any]) -> None:
    """Nobody waits any more; without this asyncio would log the failure as never retrieved."""
    if not future.cancelled():
        future.exception()


def _told(error: BaseException, *, lost: bool) -> Exception:
    """What a failure in the client means to the caller.

    Args:
        error: What the client raised.
        lost: The connection's task is over.
    """
    if isinstance(error, MCPError):
        if error.code == CONNECTION_CLOSED:
            return _BrokenError()
        if error.code == INVALID_REQUEST and error.error.message.startswith("Session "):
            # A server that keeps sessions was replaced and does not know ours (HTTP 404).
            return _BrokenError(never_ran=True)
        if error.code == REQUEST_TIMEOUT:
            return ProviderError("The tools did not answer in time.")
        return ProviderError(f"The tools refused the request: {shorten(error.error.message, 300)}")
    if lost or isinstance(error, OSError):
        return _BrokenError()
    return ProviderError(
        f"The tools answered in a way that MCP does not allow ({type(error).__name__})."
    )


def _unreachable(error: BaseException, status: int | None) -> ProviderError:
    """Why there is no connection: the innermost reason's kind; its text may hold a secret.

    Args:
        error: What ended the attempt.
        status: Of the last HTTP response, if there was any.
    """
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if status in (401, 403):
        return ProviderError(
            f"The tools' server refuses the connection (HTTP {status}).",
            hint="Check the token, and that its person is known there (docs/mcp-people.md).",
        )
    reason = f"HTTP {status}" if status and status >= 400 else type(error).__name__
    return ProviderError(
        f"The tools' server cannot be reached ({reason}).", hint="Is it running at that address?"
    )
