"""Publish a new snapshot: one builder at a time, a fresh file, an atomic move of the pointer.

A reader sees the old snapshot or the new one, never half of one: the file is complete, checked,
and on disk before the pointer names it. A builder that is killed leaves only files that the next
one removes. A path is never used twice (a process with the old file open would get old data).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import secrets
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tagwright.errors import BusyError, SnapshotError, TagwrightError
from tagwright.warehouse.connections import RESTORE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tagwright.warehouse.model import SnapshotInfo
    from tagwright.warehouse.store import Warehouse

__all__ = ["Build", "building"]


@dataclass
class Build:
    """A snapshot in the making.

    Attributes:
        warehouse: Where it will be published.
        base: The snapshot it was copied from; None for the first.
        path: The new file; not there before :meth:`copy_base` or its maker writes it.
        scratch: A directory for temporary files, removed at the end.
    """

    warehouse: Warehouse
    base: SnapshotInfo | None
    path: Path
    scratch: Path

    def copy_base(self) -> None:
        """Start from a copy of the base, where there is one.

        Raises:
            SnapshotError: It is missing or corrupt: a bad copy would be published.
        """
        if self.base is not None:
            _copy(self.base, self.path)

    def publish(self, info: SnapshotInfo) -> SnapshotInfo:
        """Make the finished file the current snapshot.

        Args:
            info: What is in it; id, path, size, hash and time are filled in here.

        Raises:
            SnapshotError: A write-ahead log stands beside the file: it was not checkpointed.
        """
        if self.path.with_name(self.path.name + ".wal").exists():
            # A stray log beside a renamed file would be replayed into it by the next reader.
            raise SnapshotError(f"{self.path.name} was not checkpointed; nothing was published.")
        now = dt.datetime.now(dt.UTC)
        identity = f"{now:%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(3)}"
        final = self.warehouse.snapshots / f"{identity}.duckdb"
        digest, size = _hash_and_sync(self.path)
        self.path.replace(final)
        _sync_folder(self.warehouse.snapshots)
        published = replace(
            info, id=identity, path=final, bytes=size, sha256=digest, published_at=now
        )
        kept = [published, *self.warehouse.history()][: self.warehouse.keep]
        _write_pointer(self.warehouse.pointer, kept)
        _remove_unknown(self.warehouse, kept)
        return published


@contextlib.contextmanager
def building(warehouse: Warehouse) -> Iterator[Build]:
    """Hold the lock, clear what a killed builder left, and give a place to build in.

    Raises:
        BusyError: Another process is building; names its process id where it is known.
        TagwrightError: The home directory cannot be written.
    """
    from filelock import FileLock, Timeout

    holder = warehouse.folder / "ingest.pid"
    try:
        warehouse.snapshots.mkdir(parents=True, exist_ok=True)
        lock = FileLock(warehouse.folder / "ingest.lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise BusyError(
            f"Another ingest is running (process {_read(holder) or 'unknown'}).",
            hint="Wait until it is done; readers are not affected.",
        ) from None
    except OSError as error:
        raise TagwrightError(
            f"{warehouse.folder} cannot be written ({error.strerror or type(error).__name__}).",
            hint="Choose another directory with --home or TAGWRIGHT_HOME, or mend its permissions.",
        ) from None
    scratch = warehouse.folder / f"scratch-{os.getpid()}-{secrets.token_hex(3)}"
    try:
        holder.write_text(str(os.getpid()), encoding="utf-8")
        base = warehouse.current()
        _remove_unknown(warehouse, warehouse.history())
        scratch.mkdir()
        path = warehouse.snapshots / f"building-{secrets.token_hex(8)}.duckdb"
        yield Build(warehouse, base, path, scratch)
    except OSError as error:
        raise TagwrightError(
            f"Writing below {warehouse.folder} failed ({error.strerror or type(error).__name__}).",
            hint="Nothing was published. Check free space and permissions.",
        ) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        for left in warehouse.snapshots.glob("building-*"):
            left.unlink(missing_ok=True)
        holder.unlink(missing_ok=True)
        lock.release()


def _copy(base: SnapshotInfo, path: Path) -> None:
    """Copy the current file, and make sure that it is whole."""
    try:
        shutil.copyfile(base.path, path)
    except FileNotFoundError:
        raise SnapshotError(
            f"Snapshot {base.id} is missing ({base.path}).",
            hint=RESTORE,
        ) from None
    digest, _ = _hash_and_sync(path)
    if digest != base.sha256:
        raise SnapshotError(
            f"Snapshot {base.id} is corrupt: its content is not what was published.",
            hint=RESTORE,
        )


def _hash_and_sync(path: Path) -> tuple[str, int]:
    with path.open("rb+") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        os.fsync(stream.fileno())
        return digest, stream.tell()


def _write_pointer(pointer: Path, kept: list[SnapshotInfo]) -> None:
    document = json.dumps({"kept": [info.as_dict() for info in kept]}, indent=1)
    fresh = pointer.with_name(f"{pointer.name}.new")
    with fresh.open("w", encoding="utf-8") as stream:
        stream.write(document)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(pointer)
    _sync_folder(pointer.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_unknown(warehouse: Warehouse, kept: list[SnapshotInfo]) -> None:
    """Remove files that no pointer names: old snapshots, and what a killed builder left."""
    names = {info.path.name for info in kept}
    for path in warehouse.snapshots.iterdir():
        if path.name not in names:
            path.unlink(missing_ok=True)
    for left in warehouse.folder.glob("scratch-*"):
        shutil.rmtree(left, ignore_errors=True)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
