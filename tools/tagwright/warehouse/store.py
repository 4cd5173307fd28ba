"""Published snapshots: which is current, open one read-only, pick up a new one between calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Self

from tagwright.errors import BusyError, SnapshotError
from tagwright.running import Call
from tagwright.warehouse import connections
from tagwright.warehouse.model import SnapshotInfo, Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tagwright.config import Settings
    from tagwright.warehouse.connections import Lease

__all__ = ["Snapshot", "Warehouse", "open_warehouse"]

_INGEST_HINT = (
    "Run `tagwright ingest PATH` (or `tagwright demo` to try a sample company); then "
    "`tagwright taxonomy suggest` shows what your tags could mean."
)

QUERY_SECONDS = 50.0
"""Less than the agent waits for a tool, so that nothing goes on unseen after it has given up."""


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

    def info(self, snapshot_id: str | None = None) -> SnapshotInfo:
        """What is known of the current snapshot, or of the kept one of that id.

        Raises:
            SnapshotError: There is none, or it is no longer kept.
        """
        history = self.history()
        if not history:
            raise SnapshotError("There is no data yet.", hint=_INGEST_HINT)
        if snapshot_id is None:
            return history[0]
        found = [entry for entry in history if entry.id == snapshot_id]
        if not found:
            raise SnapshotError(f"Snapshot {snapshot_id} is no longer kept.")
        return found[0]

    def open(self, snapshot_id: str | None = None) -> Snapshot:
        """Open the current snapshot, or the kept one of that id, read-only.

        It holds everything: for who may see a part only there is ``open_part``.

        Raises:
            SnapshotError: There is none, or it is missing, truncated or corrupt.
            BusyError: Its file is locked, or open with other settings.
        """
        return self.opened(self.info(snapshot_id))

    def opened(self, info: SnapshotInfo) -> Snapshot:
        """Open the file of that snapshot, or of a part of one.

        Raises:
            SnapshotError, BusyError: As :meth:`open`.
        """
        return Snapshot(info, connections.CONNECTIONS.lease(info, self.memory_limit, self.threads))


def open_warehouse(settings: Settings) -> Warehouse:
    """The warehouse of these settings."""
    return Warehouse(
        settings.home,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        keep=settings.keep_snapshots,
    )


class Snapshot:
    """An open snapshot; a context manager. Each query runs on a cursor of its own.

    Attributes:
        info: Which one.
        call: Whose queries these are: they stop where it is given up.
    """

    def __init__(self, info: SnapshotInfo, lease: Lease) -> None:
        self.info = info
        self.call = Call()
        self._lease: Lease | None = lease

    def query(
        self, sql: str, params: Sequence[Any] = (), *, seconds: float = QUERY_SECONDS
    ) -> Table:
        """Run one statement, for so many seconds at most.

        Raises:
            SnapshotError: The snapshot is closed, or its file proves corrupt.
            BusyError: It took too long and was stopped, its call was given up, or it needed more
                than the memory limit.
        """
        import duckdb

        if self._lease is None:
            raise SnapshotError(f"Snapshot {self.info.id} is closed.")
        cursor = self._lease.connection.cursor()
        try:
            with (
                connections.DEADLINES.limited(cursor, seconds) as interrupt,
                self.call.stopped_by(interrupt),
            ):
                cursor.execute(sql, list(params))
                columns = tuple(column[0] for column in cursor.description or ())
                return Table(columns, cursor.fetchall())
        except (duckdb.IOException, duckdb.FatalException, duckdb.SerializationException) as error:
            raise connections.fault(self.info, error) from None
        except duckdb.InterruptException:
            self.call.check()
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
            cursor.close()

    def known(self, sql: str, params: Sequence[Any] = ()) -> Table:
        """As :meth:`query`, asked once for as long as the file is open.

        For small answers that help to ask: which tables there are, whether a value occurs.
        """
        if self._lease is None:
            raise SnapshotError(f"Snapshot {self.info.id} is closed.")
        values = repr(list(params))
        found = self._lease.recall(sql, values)
        if found is None:
            found = self.query(sql, params)
            self._lease.remember(sql, values, found)
        return found

    def close(self) -> None:
        """Give the file back; calling it twice does no harm."""
        if self._lease is not None:
            connections.CONNECTIONS.release(self._lease)
            self._lease = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
