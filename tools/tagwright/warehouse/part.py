"""A file that physically holds a part of a snapshot, for who may see no more.

Views and filters do not hide their base (docs/decisions/0018, 0036): what must not be reached must
not be there. Such a file is made of a published snapshot once, kept beside it, and may be deleted
at any time.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tagwright.errors import BusyError, TagwrightError
from tagwright.warehouse.connections import fault
from tagwright.warehouse.contents import BESIDE, contents_of
from tagwright.warehouse.model import SnapshotInfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import duckdb

    from tagwright.warehouse.store import Snapshot, Warehouse

__all__ = ["MARK", "Part", "open_part"]

MARK = "+"
"""Between a snapshot's id and the part's digest, in the id of a part."""

_KEPT = 32
"""Files at most; the ones not asked for longest go."""

_SECONDS = 120.0
"""How long one waits for another who is making one."""


@dataclass(frozen=True)
class Part:
    """Which rows of a snapshot.

    Attributes:
        digest: Of what decides which rows; part of the file's name.
        condition: Given a table's columns, an SQL condition over its rows, and the values of
            its numbered placeholders. It may read ``charges``, which are all of them.
        finish: Makes the rollups in the database in use, as a publish would.
    """

    digest: str
    condition: Callable[[frozenset[str]], tuple[str, list[Any]]]
    finish: Callable[[duckdb.DuckDBPyConnection], None]


def open_part(warehouse: Warehouse, base: SnapshotInfo, part: Part) -> Snapshot:
    """Open the file that holds only that part of a snapshot, made where there is none yet.

    Raises:
        SnapshotError: The snapshot is missing or corrupt.
        BusyError: Another process takes too long making one, or memory does not suffice.
        TagwrightError: The home directory cannot be written.
    """
    return warehouse.opened(_info(warehouse, base, part))


def _info(warehouse: Warehouse, base: SnapshotInfo, part: Part) -> SnapshotInfo:
    from filelock import FileLock, Timeout

    folder = warehouse.folder / "scopes"
    name = f"{base.id}{MARK}{part.digest}"
    pointer = folder / f"{name}.json"
    if (known := _kept(pointer, folder)) is not None:
        return known
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)  # a mode of mkdir is subject to the umask
        with FileLock(folder / "lock", timeout=_SECONDS):
            if (known := _kept(pointer, folder)) is not None:
                return known
            _clear(warehouse, folder)
            return _made(warehouse, base, part, pointer)
    except Timeout:
        raise BusyError(
            "Another process is preparing what you may see of the data.", hint="Try again soon."
        ) from None
    except OSError as error:
        raise TagwrightError(
            f"{folder} cannot be written ({error.strerror or type(error).__name__}).",
            hint="Check its permissions and the free space.",
        ) from None


def _kept(pointer: Path, folder: Path) -> SnapshotInfo | None:
    """What was made before; None where it was not, or its file is gone or cut."""
    try:
        info = SnapshotInfo.from_dict(json.loads(pointer.read_bytes()), folder)
        if info.path.stat().st_size != info.bytes:
            return None
        os.utime(pointer)
    except (OSError, KeyError, TypeError, ValueError):
        return None
    return info


def _made(warehouse: Warehouse, base: SnapshotInfo, part: Part, pointer: Path) -> SnapshotInfo:
    import duckdb

    folder = pointer.parent
    path = folder / f"building-{secrets.token_hex(8)}.duckdb"
    final = pointer.with_suffix(".duckdb")
    try:
        # Opened as every reader does: a snapshot that is gone or cut is told as such.
        with warehouse.open(base.id), _connection(warehouse, folder) as con:
            con.execute(f"ATTACH {_text(base.path)} AS whole (READ_ONLY)")
            con.execute(f"ATTACH {_text(path)} AS part (STORAGE_VERSION 'v1.5.0')")
            for table in ("charges", *BESIDE.values()):
                con.execute("USE whole")
                columns = con.execute(f"DESCRIBE {table}").fetchall()
                condition, params = part.condition(frozenset(str(row[0]) for row in columns))
                con.execute(
                    f"CREATE TABLE part.{table} AS SELECT * FROM whole.{table} WHERE {condition}",
                    params,
                )
            con.execute("USE part")
            _tell(con)
            part.finish(con)
            contents = contents_of(con)
            con.execute("CHECKPOINT part")
            con.execute("USE memory")
            con.execute("DETACH part")
    except duckdb.OutOfMemoryException:
        raise BusyError(
            "Preparing what you may see needs more memory than the limit allows.",
            hint="Raise `memory_limit`.",
        ) from None
    except (duckdb.IOException, duckdb.FatalException, duckdb.SerializationException) as error:
        raise fault(base, error) from None
    path.chmod(0o600)
    path.replace(final)
    info = replace(
        base,
        id=pointer.stem,
        path=final,
        bytes=final.stat().st_size,
        sha256="",  # nobody copies it: what is damaged is made anew
        **contents,
    )
    fresh = folder / f"building-{secrets.token_hex(8)}.json"
    fresh.write_text(json.dumps(info.as_dict()), encoding="utf-8")
    fresh.chmod(0o600)
    fresh.replace(pointer)
    return info


def _tell(con: duckdb.DuckDBPyConnection) -> None:
    """The ingest log of these rows: nothing of the files but where rows are from.

    Rows that could not be read are nobody's, so nobody's rejects are shown; a file's name, digest
    and notes say what else is in it.
    """
    counts = ", ".join(
        f"(SELECT count(*) FROM {table} AS r WHERE r.x_file = f.id) AS {name}"
        for name, table in {"charges": "charges", **BESIDE}.items()
    )
    con.execute(
        "CREATE TABLE files AS SELECT * FROM (SELECT f.* REPLACE ('' AS path, '' AS name, "
        f"'' AS sha256, 0 AS rejected, CAST([] AS VARCHAR[]) AS notes, {counts}) "
        "FROM whole.files AS f) WHERE charges + usage + kubernetes > 0"
    )
    con.execute("CREATE TABLE rejects AS SELECT * FROM whole.rejects LIMIT 0")
    con.execute("CREATE TABLE snapshot_meta AS SELECT * FROM whole.snapshot_meta")


def _connection(
    warehouse: Warehouse, folder: Path
) -> contextlib.closing[duckdb.DuckDBPyConnection]:
    import duckdb

    config: dict[str, Any] = {
        "memory_limit": warehouse.memory_limit,
        "temp_directory": str(folder / "building-spill"),
        "autoload_known_extensions": False,
        "autoinstall_known_extensions": False,
        "allow_persistent_secrets": False,
    }
    if warehouse.threads:
        config["threads"] = warehouse.threads
    con = duckdb.connect(config=config)
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")
    return contextlib.closing(con)


def _clear(warehouse: Warehouse, folder: Path) -> None:
    """Remove what a killed maker left, parts of snapshots no longer kept, and the oldest others."""
    for left in folder.glob("building-*.*"):
        left.unlink(missing_ok=True)
    kept = {info.id for info in warehouse.history()}
    # Beside a pointer there may be what readers keep of its file: <name>.<what>.json.
    pointers = [path for path in folder.glob(f"*{MARK}*.json") if "." not in path.stem]
    pointers.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    stay = [path.stem for path in pointers if path.stem.partition(MARK)[0] in kept][: _KEPT - 1]
    for path in folder.glob(f"*{MARK}*"):
        if path.name.partition(".")[0] not in stay:
            path.unlink(missing_ok=True)


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
