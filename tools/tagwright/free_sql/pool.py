"""Workers of this process: a few at a time, one kept warm."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING, Any

from tagwright.errors import BusyError, TagwrightError
from tagwright.free_sql.process import Worker
from tagwright.running import Call

if TYPE_CHECKING:
    from tagwright.free_sql.process import Key

__all__ = ["AT_ONCE", "POOL", "Pool"]

AT_ONCE = 2
"""Statements that run at one time in this process; the others wait."""


class Pool:
    """Workers by the database they are bound to. For any number of threads.

    After a statement its worker waits for the next one; of those that wait, one is kept. A worker
    that was killed is replaced at once, so that the next statement finds a warm one. A statement
    whose call is given up ends at once, whether it runs or waits for its turn.
    """

    def __init__(self) -> None:
        self._new_locks()
        atexit.register(self.close)
        os.register_at_fork(after_in_child=self._forked)

    def _new_locks(self) -> None:
        self._lock = threading.Lock()
        self._turn = threading.Condition()
        self._running = 0
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()

    def ask(
        self, key: Key, sql: str, limit: int, seconds: float, call: Call | None = None
    ) -> tuple[dict[str, Any], dict[str, list[str]]]:
        """A worker's answer, and the currencies of its database.

        Raises:
            BusyError: Too many statements at once, the time is over, or the call was given up.
            SnapshotError, TagwrightError: See :meth:`Worker.ask`.
        """
        asked = call or Call()
        begun = time.monotonic()
        self._wait_for_turn(seconds, asked)
        try:
            worker = self._take(key)
            try:
                waited = time.monotonic() - begun
                with asked.stopped_by(worker.interrupt):
                    answer = worker.ask(sql, limit, max(1.0, seconds - waited))
            except TagwrightError:
                asked.check()  # that it was killed is no news to who gave it up
                raise
            finally:
                worker.old |= asked.given_up  # it may have been killed just after it answered
                self._give_back(worker)
            return answer, worker.currencies
        finally:
            with self._turn:
                self._running -= 1
                self._turn.notify_all()

    def _wait_for_turn(self, seconds: float, asked: Call) -> None:
        def wake() -> None:
            with self._turn:
                self._turn.notify_all()

        def ready() -> bool:
            return self._running < AT_ONCE or asked.given_up

        with asked.stopped_by(wake), self._turn:
            if not self._turn.wait_for(ready, seconds):
                raise BusyError(
                    f"{AT_ONCE} other statements are running, and none ended in "
                    f"{seconds:g} seconds.",
                    hint="Try again in a moment.",
                )
            asked.check()
            self._running += 1

    def close(self) -> None:
        """End every worker."""
        with self._lock:
            idle, busy = self._idle, self._busy
            self._idle, self._busy = [], set()
        for worker in idle:
            worker.kill()
        for worker in busy:
            worker.stop()

    def pids(self) -> list[int]:
        """Process ids of the workers."""
        with self._lock:
            return [worker.pid for worker in (*self._idle, *self._busy)]

    def _take(self, key: Key) -> Worker:
        with self._lock:
            dead = [worker for worker in self._idle if not worker.alive]
            fits = [worker for worker in self._idle if worker.alive and worker.key == key]
            worker = fits[-1] if fits else Worker(key)
            self._idle = [one for one in self._idle if one is not worker and one not in dead]
            self._busy.add(worker)
        for one in dead:
            one.kill()
        return worker

    def _give_back(self, worker: Worker) -> None:
        """Keep it for the next statement, or a new one where it is dead or old."""
        with self._lock:
            closed = worker not in self._busy
            self._busy.discard(worker)
            spent = closed or worker.old or not worker.alive
            ready = spent and any(one.alive and one.key == worker.key for one in self._idle)
            dropped = [*([] if ready else self._idle), *([worker] if spent else [])]
            if not ready:
                self._idle = [] if closed or spent else [worker]
            if spent and not closed and not ready:
                with contextlib.suppress(TagwrightError):  # the next statement will say it
                    self._idle = [Worker(worker.key)]
        for one in dropped:
            one.kill()

    def _forked(self) -> None:
        """In a forked child: the workers are the parent's; start afresh."""
        for worker in (*self._idle, *self._busy):
            worker.forget()
        self._new_locks()


POOL = Pool()
"""Of this process."""
