"""When a turn runs: on an event loop of its own, one at a time in each thread of conversation."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from tagwright.errors import BusyError, TagwrightError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

__all__ = ["TURN_SECONDS", "Runner", "taking_turns", "unwritable"]

TURN_SECONDS = 300.0
_LOCKS = 256

_T = TypeVar("_T")


class Runner:
    """An event loop in a thread of its own, for callers that have none."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._forever, name="tagwright-session", daemon=True)
        self._thread.start()

    def _forever(self) -> None:
        """Until it is stopped: a task's SystemExit ends the loop, and who waits waited for ever."""
        while True:
            try:
                self._loop.run_forever()
            except SystemExit:  # the task has it as its error, as of any other
                continue
            return

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
        raise unwritable(home, error) from None
    try:
        yield
    finally:
        lock.release()


def unwritable(home: Path, error: OSError) -> TagwrightError:
    """What is said where nothing can be kept in the home directory."""
    return TagwrightError(
        f"{home} cannot be written: {error.strerror or type(error).__name__}.",
        hint="Give a directory of your own with --home.",
    )
