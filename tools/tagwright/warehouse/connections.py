"""Open snapshots of this process: one read-only connection a file, shared by all threads."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tagwright.errors import BusyError, SnapshotError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    import duckdb

    from tagwright.warehouse.model import SnapshotInfo, Table

__all__ = ["CONNECTIONS", "DEADLINES", "RESTORE", "Lease", "fault"]

RESTORE = (
    "Restore the file from a backup; or remove the directory 'warehouse' in the home directory and "
    "ingest your exports again."
)

_REMEMBERED = 256

_AGAIN_SECONDS = 0.05
"""Until a query is interrupted again that goes on: an interrupt just before it begins is lost."""


class Lease:
    """A connection, how many snapshots use it, and what its file was found to say.

    A snapshot never changes, so a small answer that helps to ask the next question (which tables
    there are, whether a value occurs) is asked for once.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, opened: _Opened) -> None:
        self.connection = connection
        self.opened = opened
        self.users = 0
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], Table] = OrderedDict()

    def recall(self, sql: str, params: str) -> Table | None:
        """What :meth:`remember` was given for that statement; None where it is not known."""
        with self._lock:
            if (found := self._known.get((sql, params))) is not None:
                self._known.move_to_end((sql, params))
            return found

    def remember(self, sql: str, params: str, table: Table) -> None:
        """Keep a small answer; the ones not asked for longest go."""
        with self._lock:
            self._known[sql, params] = table
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


# Memory limit, threads; then the file's device, inode and size.
_Opened = tuple[str, int, tuple[int, int, int]]


class Connections:
    """Open files of this process: reopening one costs 25 ms, a cursor none.

    The file used last stays open until another one is asked for, so that a server answers from
    a warm one and does not hold old snapshots after a new one was published.
    """

    def __init__(self, inherited: Collection[Path] = ()) -> None:
        self._lock = threading.Lock()
        self._open: dict[Path, Lease] = {}
        self._inherited = frozenset(inherited)

    @property
    def paths(self) -> frozenset[Path]:
        """Files that are open, or were in the process that this one was forked from."""
        return self._inherited | self._open.keys()

    def lease(self, info: SnapshotInfo, memory_limit: str, threads: int) -> Lease:
        """The file's connection; give it back with :meth:`release`.

        Raises:
            SnapshotError: The file is missing, was changed, or is corrupt.
            BusyError: The file is open with other settings, or locked by another process.
        """
        with self._lock:
            if info.path in self._inherited:
                raise BusyError(
                    "This process was forked from one that has the data open, and DuckDB's threads "
                    "do not follow.",
                    hint="Start processes anew (spawn), or fork before the first question.",
                )
            # Looked at each time: what is open would answer on after its file was deleted.
            opened = (memory_limit, threads, _identity(info))
            lease = self._open.get(info.path)
            if lease is not None and lease.opened != opened:
                if lease.users:
                    raise BusyError(
                        f"Snapshot {info.id} is open in this process with other settings "
                        "(memory_limit, threads), or its file was replaced while it was read.",
                        hint="Try again when the other calls are done.",
                    )
                self._close(info.path)
                lease = None
            if lease is None:
                connection = _connect(info, memory_limit, threads)
                lease = self._open[info.path] = Lease(connection, opened)
            lease.users += 1
            for path, other in list(self._open.items()):
                if other is not lease and other.users == 0:
                    self._close(path)
            return lease

    def release(self, lease: Lease) -> None:
        """Give a lease back; its connection stays open for the next call."""
        with self._lock:
            lease.users -= 1

    def _close(self, path: Path) -> None:
        self._open.pop(path).connection.close()


class Deadlines:
    """One thread that stops what takes too long: a timer each would be a thread for each query."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: dict[int, tuple[float, duckdb.DuckDBPyConnection]] = {}
        self._thread: threading.Thread | None = None
        self._wakes = 0.0
        self._count = 0

    @contextmanager
    def limited(
        self, cursor: duckdb.DuckDBPyConnection, seconds: float
    ) -> Iterator[Callable[[], None]]:
        """Interrupt ``cursor`` where the block is not done after so many seconds.

        What is yielded does so at once; it does not wait.
        """
        until = time.monotonic() + seconds
        with self._changed:
            self._count += 1
            token = self._count
            self._running[token] = (until, cursor)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._watch, name="tagwright-deadlines", daemon=True
                )
                self._thread.start()
            elif until < self._wakes:
                self._changed.notify()

        def now() -> None:
            with self._changed:
                if token in self._running:
                    self._running[token] = (time.monotonic(), cursor)
                    self._changed.notify()

        try:
            yield now
        finally:
            with self._changed:
                self._running.pop(token, None)

    def _watch(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for token, (until, cursor) in list(self._running.items()):
                    if until <= now:
                        self._running[token] = (now + _AGAIN_SECONDS, cursor)
                        cursor.interrupt()
                self._wakes = min(
                    (until for until, _ in self._running.values()), default=now + 3600
                )
                self._changed.wait(self._wakes - now)


CONNECTIONS = Connections()
DEADLINES = Deadlines()


def _renew() -> None:
    """A forked child has none of its parent's threads, and must not share its open files.

    Nor may it close them: DuckDB would wait for threads that are not there.
    """
    global CONNECTIONS, DEADLINES
    _inherited.append((CONNECTIONS, DEADLINES))
    CONNECTIONS, DEADLINES = Connections(CONNECTIONS.paths), Deadlines()


_inherited: list[tuple[Connections, Deadlines]] = []
"""Held so that no garbage collection closes them."""

os.register_at_fork(after_in_child=_renew)


def _identity(info: SnapshotInfo) -> tuple[int, int, int]:
    try:
        found = info.path.stat()
    except OSError:
        raise SnapshotError(
            f"Snapshot {info.id} is missing ({info.path}).",
            hint=RESTORE,
        ) from None
    if found.st_size != info.bytes:
        raise SnapshotError(
            f"Snapshot {info.id} has {found.st_size} bytes instead of {info.bytes}: it is "
            "truncated or was changed.",
            hint=RESTORE,
        )
    return found.st_dev, found.st_ino, found.st_size


def _connect(info: SnapshotInfo, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    """A read-only connection that can reach nothing but this file (facts.md, DuckDB)."""
    import duckdb

    config: dict[str, Any] = {
        "memory_limit": memory_limit,
        "autoload_known_extensions": False,
        "autoinstall_known_extensions": False,
        "allow_community_extensions": False,
        "allow_persistent_secrets": False,
        "python_enable_replacements": False,
    }
    if threads:
        config["threads"] = threads
    try:
        connection = duckdb.connect(str(info.path), read_only=True, config=config)
        for statement in (
            "SET temp_directory = ''",
            "SET TimeZone = 'UTC'",
            # A progress bar goes to stdout, which is the wire of an MCP server.
            "SET enable_progress_bar = false",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        ):
            connection.execute(statement)
    except duckdb.Error as error:
        raise fault(info, error) from None
    return connection


def fault(info: SnapshotInfo, error: Exception) -> BusyError | SnapshotError:
    """DuckDB's error about a file in our words: a file that is in use is not a corrupt one."""
    import duckdb

    if isinstance(error, duckdb.ConnectionException):
        return BusyError(
            f"Snapshot {info.id} is open in this process with other settings.",
            hint="Try again when that is done.",
        )
    if "could not set lock" in str(error).lower():
        return BusyError(
            f"Snapshot {info.id} is locked by another process that has it open for writing.",
            hint="Close that program (a DuckDB shell, perhaps) and try again.",
        )
    return SnapshotError(
        f"Snapshot {info.id} cannot be read ({type(error).__name__}): it is corrupt.",
        hint=RESTORE,
    )
