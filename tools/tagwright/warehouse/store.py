"""Published snapshots: which is current, open one read-only, pick up a new one between calls."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Self

from tagwright.errors import BusyError, SnapshotError
from tagwright.warehouse.model import SnapshotInfo, Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from tagwright.config import Settings

__all__ = ["RESTORE", "Snapshot", "Warehouse", "open_warehouse"]

_INGEST_HINT = "Run `tagwright ingest PATH` (or `tagwright demo` to try a sample company)."

QUERY_SECONDS = 50.0
"""Less than the agent waits for a tool, so that nothing goes on unseen after it has given up."""

RESTORE = (
    "Restore the file from a backup; or remove the directory 'warehouse' in the home directory and "
    "ingest your exports again."
)


class Warehouse:
    """The snapshots below one home directory.

    Args:
        home: The home directory; ``<home>/warehouse`` need not exist yet.
        memory_limit: DuckDB's memory limit.
        threads: DuckDB's threads; 0 for all cores.
        keep: How many published snapshots are kept.
    """

    def __init__(
        self, home: Path, *, memory_limit: str = "4GB", threads: int = 0, keep: int = 5
    ) -> None:
        self.folder = home / "warehouse"
        self.snapshots = self.folder / "snapshots"
        self.pointer = self.folder / "CURRENT"
        self.memory_limit = memory_limit
        self.threads = threads
        self.keep = keep

    def current(self) -> SnapshotInfo | None:
        """The snapshot that answers now; None before the first ingest.

        Raises:
            SnapshotError: The pointer cannot be read.
        """
        history = self.history()
        return history[0] if history else None

    def history(self) -> list[SnapshotInfo]:
        """Kept snapshots, the current one first.

        Raises:
            SnapshotError: The pointer cannot be read.
        """
        try:
            text = self.pointer.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise SnapshotError(
                f"{self.pointer} cannot be read ({error.strerror}).", hint="Check its permissions."
            ) from None
        try:
            return [
                SnapshotInfo.from_dict(entry, self.snapshots) for entry in json.loads(text)["kept"]
            ]
        except (KeyError, TypeError, ValueError):
            raise SnapshotError(
                f"{self.pointer} is damaged.",
                hint="Remove it and ingest your exports again; nothing else is lost.",
            ) from None

    def open(self, snapshot_id: str | None = None) -> Snapshot:
        """Open the current snapshot, or the kept one of that id, read-only.

        Raises:
            SnapshotError: There is none, or it is missing, truncated or corrupt.
        """
        history = self.history()
        if not history:
            raise SnapshotError("There is no data yet.", hint=_INGEST_HINT)
        if snapshot_id is None:
            info = history[0]
        else:
            found = [entry for entry in history if entry.id == snapshot_id]
            if not found:
                raise SnapshotError(f"Snapshot {snapshot_id} is no longer kept.")
            info = found[0]
        return Snapshot(info, _CONNECTIONS.lease(info, self.memory_limit, self.threads))


def open_warehouse(settings: Settings) -> Warehouse:
    """The warehouse of these settings."""
    return Warehouse(
        settings.home,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        keep=settings.keep_snapshots,
    )


class Snapshot:
    """An open snapshot; a context manager. Each query runs on a cursor of its own."""

    def __init__(self, info: SnapshotInfo, lease: _Lease) -> None:
        self.info = info
        self._lease: _Lease | None = lease

    def query(
        self, sql: str, params: Sequence[Any] = (), *, seconds: float = QUERY_SECONDS
    ) -> Table:
        """Run one statement, for so many seconds at most.

        Raises:
            SnapshotError: The snapshot is closed, or its file proves corrupt.
            BusyError: It took too long and was stopped, or needed more than the memory limit.
        """
        import duckdb

        if self._lease is None:
            raise SnapshotError(f"Snapshot {self.info.id} is closed.")
        cursor = self._lease.connection.cursor()
        # An interrupt that comes late finds a closed cursor and does nothing.
        timer = threading.Timer(seconds, cursor.interrupt)
        timer.daemon = True
        timer.start()
        try:
            cursor.execute(sql, list(params))
            columns = tuple(column[0] for column in cursor.description or ())
            return Table(columns, cursor.fetchall())
        except (duckdb.IOException, duckdb.FatalException, duckdb.SerializationException) as error:
            raise _corrupt(self.info, error) from None
        except duckdb.InterruptException:
            raise BusyError(
                f"The query was stopped after {seconds:.0f} seconds.",
                hint="Ask for a shorter period or fewer groups.",
            ) from None
        except duckdb.OutOfMemoryException:
            raise BusyError(
                "The query needs more memory than the limit allows.",
                hint="Ask for a shorter period or fewer groups, or raise `memory_limit`.",
            ) from None
        finally:
            timer.cancel()
            cursor.close()

    def close(self) -> None:
        """Give the file back; calling it twice does no harm."""
        if self._lease is not None:
            _CONNECTIONS.release(self._lease)
            self._lease = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Lease:
    """A connection and how many snapshots use it."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self.connection = connection
        self.users = 0


class _Connections:
    """Open files of this process: reopening one costs 25 ms, a cursor none.

    The file used last stays open until another one is asked for, so that a server answers from
    a warm one and does not hold old snapshots after a new one was published.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[tuple[Path, str, int], _Lease] = {}

    def lease(self, info: SnapshotInfo, memory_limit: str, threads: int) -> _Lease:
        key = (info.path, memory_limit, threads)
        with self._lock:
            lease = self._open.get(key)
            if lease is None:
                _check_size(info)
                lease = self._open[key] = _Lease(info.path, _connect(info, memory_limit, threads))
            lease.users += 1
            self._drop_idle(keep=lease)
            return lease

    def release(self, lease: _Lease) -> None:
        with self._lock:
            lease.users -= 1

    def _drop_idle(self, keep: _Lease) -> None:
        for key, lease in list(self._open.items()):
            if lease is not keep and lease.users == 0:
                del self._open[key]
                lease.connection.close()


_CONNECTIONS = _Connections()


def _check_size(info: SnapshotInfo) -> None:
    try:
        size = info.path.stat().st_size
    except OSError:
        raise SnapshotError(
            f"Snapshot {info.id} is missing ({info.path}).",
            hint=RESTORE,
        ) from None
    if size != info.bytes:
        raise SnapshotError(
            f"Snapshot {info.id} has {size} bytes instead of {info.bytes}: it is truncated or was "
            "changed.",
            hint=RESTORE,
        )


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
        raise _corrupt(info, error) from None
    return connection


def _corrupt(info: SnapshotInfo, error: Exception) -> SnapshotError:
    return SnapshotError(
        f"Snapshot {info.id} cannot be read ({type(error).__name__}): it is corrupt.",
        hint=RESTORE,
    )
