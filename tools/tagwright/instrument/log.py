"""The usage log: rows go through a bounded queue to a thread that writes them.

Nothing is imported late here: a fork while the thread imports would leave half a module behind.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
import weakref
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from tagwright.instrument.files import DayFiles
from tagwright.instrument.quiet import error_type, warn
from tagwright.instrument.scope import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

__all__ = ["UsageLog"]

_LEAVE_SECONDS = 2.0
"""How long the end of the process may wait for rows to be written."""

_Item = dict[str, Any] | threading.Event | None


class UsageLog:
    """Appends one JSON line a call to ``path``, with the day and a number in the file's name.

    Args:
        path: Where to; ``usage.jsonl`` becomes ``usage-20261101-001.jsonl``. Processes may share
            it.
        tags: Tags of every row, e.g. the service; those of :func:`tags` come on top.
        max_bytes: Size at which the next file is begun.
        max_queue: Rows that may wait; more are dropped and counted, a call is never held up.

    Every failure is counted (``dropped``, ``failed``) and said once by ``logging``, never raised.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        tags: Mapping[str, Any] | None = None,
        max_bytes: int = 64 * 1024 * 1024,
        max_queue: int = 10_000,
    ) -> None:
        self._tags = {key: value for key, value in clean(tags or {}).items() if value is not None}
        self._path = os.path.abspath(path)  # noqa: PTH100 - the folder may change
        self._max_bytes = max_bytes
        self._max_queue = max_queue
        self._closed = False
        self._begin()
        _LOGS.add(self)

    def _begin(self) -> None:
        """What belongs to this process alone."""
        self.written = 0
        """Rows written by this process."""
        self.dropped = 0
        """Rows that found the queue full, or the log closed."""
        self.failed = 0
        """Rows that could not be written: disk full, no permission, …"""
        self._files = DayFiles(self._path, self._max_bytes)
        # Python's other queues take a lock that is not re-entrant; a row may come from __del__,
        # which runs anywhere, even inside put().
        self._queue: SimpleQueue[_Item] = SimpleQueue()
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._drops_said = self._failure_said = False

    def record(self, row: Mapping[str, Any]) -> None:
        """Have a row written soon; never blocks, never raises."""
        try:
            if self._closed or self._queue.qsize() >= self._max_queue:
                with self._lock:
                    self.dropped += 1
                return
            self._queue.put(dict(row))
            if self._thread is None:
                self._start()
        except Exception as error:  # noqa: BLE001
            self._fail(error)

    def flush(self, timeout: float = _LEAVE_SECONDS) -> bool:
        """Wait until what was recorded so far is written; whether it was, in that time (s)."""
        if self._thread is None or not self._thread.is_alive():
            return self._queue.empty()
        done = threading.Event()
        self._queue.put(done)
        return done.wait(timeout)

    def close(self, timeout: float = _LEAVE_SECONDS) -> None:
        """Write what waits, and stop; later rows are dropped."""
        self._closed = True
        thread = self._thread
        if thread is not None:
            self._queue.put(None)
            thread.join(timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._work, name="tagwright-usage", daemon=True)
            self._thread = thread
            try:
                thread.start()
            except RuntimeError:  # the interpreter ends, or there are too many threads
                self._thread = None
                raise
        # A process of multiprocessing ends without atexit.
        pool = sys.modules.get("multiprocessing.util")
        if pool is not None:
            pool.Finalize(None, _flush_all, exitpriority=10)

    def _work(self) -> None:
        queue = self._queue
        while (item := queue.get()) is not None:
            if isinstance(item, threading.Event):
                item.set()
                continue
            try:
                self._files.append(self._line(item, str(uuid4())))
                self.written += 1
            except Exception as error:  # noqa: BLE001
                self._fail(error)
            if self.dropped and not self._drops_said:
                self._drops_said = True
                self._say("Usage rows come faster than they can be written: some are dropped.")
        self._files.close()

    def _line(self, row: dict[str, Any], row_id: str) -> bytes:
        row["tags"] = {**self._tags, **row.get("tags", {})}
        row["row_id"] = row_id
        return json.dumps(row, separators=(",", ":")).encode() + b"\n"

    def _fail(self, error: Exception) -> None:
        with self._lock:
            self.failed += 1
            said, self._failure_said = self._failure_said, True
        if not said:
            reason = error.strerror if isinstance(error, OSError) else error_type(error)
            self._say(f"Usage rows cannot be written to {self._path}: {reason}.")

    def _say(self, text: str) -> None:
        warn("%s Calls are not affected; further such rows are only counted.", text)

    def _after_fork(self) -> None:
        """In a child: the thread, and what waits, stay the parent's."""
        self._files.close()
        self._begin()


_LOGS: weakref.WeakSet[UsageLog] = weakref.WeakSet()


def _flush_all() -> None:
    for log in list(_LOGS):
        with suppress(Exception):
            log.flush()


def _fork_all() -> None:
    for log in list(_LOGS):
        log._after_fork()  # noqa: SLF001


atexit.register(_flush_all)
os.register_at_fork(after_in_child=_fork_all)
