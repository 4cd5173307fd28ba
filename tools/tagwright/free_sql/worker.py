"""The process that runs free SQL: one database, opened once; then no file, no socket, no writes.

It starts with an empty environment, gets its orders on stdin and answers on stdout, and ends when
stdin ends, which is when its owner dies. What it is told is not to be trusted, nor what it says.
Imports as little as it can: it starts in a third of a second, of which DuckDB is most.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import resource
import sys
import threading
from typing import Any

from tagwright.free_sql.cells import MAX_CELL, cell
from tagwright.free_sql.currency import names_money, sums_without_currency
from tagwright.free_sql.tree import RefusedError, check, fold
from tagwright.free_sql.wire import HEAD, packed, read_exactly

__all__ = ["main"]

MAX_COLUMNS = 250
MAX_COUNTED = 10_000
"""Rows that are counted beyond those shown."""

MAX_CHARACTERS = 200_000
"""Of the rows shown, as JSON."""

_CHUNK = 64
_OLD_SECONDS = 300
"""After so much CPU time a worker asks to be replaced."""

_CPU_LIMIT = 3600
_RECURSION = 20_000
"""DuckDB's parser stops at a thousand expressions in each other; a tree is a few times deeper."""


_SETTINGS = {
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
    "threads": 1,  # one result for one statement, also of floats and of ties
}
_LOCK = (
    "SET temp_directory = ''",
    "SET TimeZone = 'UTC'",
    "SET enable_progress_bar = false",
    "SET max_expression_depth = 250",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
_WARM = (
    "SELECT 1.5::DECIMAL(38, 12), DATE '2026-01-01', TIMESTAMP '2026-01-01', TIME '01:00', "
    "INTERVAL 1 DAY, MAP {'a': 'b'}, [1], {'a': 1}, 0.1::DOUBLE, 1::HUGEINT, uuid(), 'x'::BLOB"
)
"""Of each type one value, so that nothing is imported once files cannot be opened any more."""


def main() -> None:
    """Serve until stdin ends."""
    sys.setrecursionlimit(_RECURSION)
    wire = os.dup(1)
    os.dup2(2, 1)  # a library that prints must not be taken for an answer
    orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    setup = orders.get()
    try:
        database = _Database(setup)
    except Exception as error:  # noqa: BLE001  said to the owner, who is waiting for it
        _say(wire, {"failed": type(error).__name__})
        return
    _say(wire, {"ready": True, "tables": database.tables, "currencies": database.currencies})
    while True:
        order = orders.get()
        _limit_cpu(int(order["seconds"]) + 2)
        answer = database.answer(order["sql"], order["limit"])
        used = resource.getrusage(resource.RUSAGE_SELF)
        answer["old"] = used.ru_utime + used.ru_stime > _OLD_SECONDS or "died" in answer
        _say(wire, answer)


def _listen(orders: queue.SimpleQueue[dict[str, Any]]) -> None:
    """Pass on what comes; end the process, in mid-query if need be, once nothing can come."""
    try:
        while True:
            size = int.from_bytes(read_exactly(0, HEAD), "big")
            orders.put(json.loads(read_exactly(0, size)))
    except BaseException:  # noqa: BLE001  EOF, or nonsense: there is no owner to serve
        os._exit(0)


def _say(wire: int, message: dict[str, Any]) -> None:
    rest = packed(message)
    while rest:
        rest = rest[os.write(wire, rest) :]


class _Database:
    """The file, what it holds, and statements upon it."""

    def __init__(self, setup: dict[str, Any]) -> None:
        _limit_process(setup["address_bytes"])
        import duckdb

        self.errors = duckdb
        config: dict[str, Any] = {**_SETTINGS, "memory_limit": setup["memory_limit"]}
        self.connection = duckdb.connect(setup["path"], read_only=True, config=config)
        for statement in _LOCK:
            self.connection.execute(statement)
        self.connection.execute(_WARM).fetchall()
        names = self._names("SELECT table_name FROM duckdb_tables() WHERE NOT internal")
        self.tables = sorted(
            name
            for name in names
            if name in {"charges", "usage", "kubernetes_usage"} or name.startswith("rollup_")
        )
        known = names | self._names(
            "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views()"
        )
        self.others = known - set(self.tables)
        self.currencies = {
            table: sorted(self._names(f'SELECT DISTINCT "{column}" FROM "{table}"', folded=False))
            for table, column in (("charges", "BillingCurrency"), ("usage", "priced_currency"))
            if table in self.tables
        }
        self._parse("SELECT 1")
        _shut_out()

    def _names(self, sql: str, *, folded: bool = True) -> set[str]:
        found = {row[0] for row in self.connection.execute(sql).fetchall() if row[0] is not None}
        return {fold(name) for name in found} if folded else found

    def answer(self, sql: str, limit: int) -> dict[str, Any]:
        """The rows, or why there are none: ``refused``, ``wrong`` or ``busy``."""
        try:
            tree = self._parse(sql)
            read = check(tree, self.tables, self.others)
            found = self._run(sql, limit)
        except Exception as error:  # noqa: BLE001  whatever it is, the owner is told in few words
            return self._fault(error)
        return {
            **found,
            "tables": sorted(read),
            "money": names_money(tree),
            "mixes": sums_without_currency(tree),
        }

    def _fault(self, error: Exception) -> dict[str, Any]:
        fatal = self.errors.InternalException, self.errors.FatalException, self.errors.IOException
        if isinstance(error, RefusedError):
            return {"refused": str(error)}
        if isinstance(error, MemoryError | self.errors.OutOfMemoryException):
            return {"busy": "It needs more memory than a free statement may use.", "died": True}
        if isinstance(error, fatal):
            return {"busy": "DuckDB failed on it.", "died": True}
        if isinstance(error, self.errors.Error):
            return {"wrong": str(error)}
        # A tree that nobody foresaw, or a value that has no text.
        return {"refused": f"It cannot be run here ({type(error).__name__})."}

    def _parse(self, sql: str) -> dict[str, Any]:
        cursor = self.connection.cursor()
        try:
            row = cursor.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone()
        finally:
            cursor.close()
        tree: dict[str, Any] = json.loads(row[0]) if row else {}
        return tree

    def _run(self, sql: str, limit: int) -> dict[str, Any]:
        statements = self.connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != self.errors.StatementType.SELECT:
            raise RefusedError("Only one SELECT statement is allowed.")
        cursor = self.connection.cursor()
        try:
            cursor.execute(statements[0])
            return _fetched(cursor, limit)
        finally:
            cursor.close()


def _fetched(cursor: Any, limit: int) -> dict[str, Any]:
    """Rows as cells, as many as may be shown; the others are counted."""
    head = [(str(column[0]), str(column[1])) for column in cursor.description or ()]
    if len(head) > MAX_COLUMNS:
        raise RefusedError(f"It has {len(head)} columns; {MAX_COLUMNS} are allowed.")
    for name, kind in head:
        if "WITH TIME ZONE" in kind:
            raise RefusedError(f"Cast {name[:60]!r} to TIMESTAMP: times are UTC without a zone.")
    rows: list[list[str | int | bool | None]] = []
    count, size, cut, full = 0, 0, False, False
    while count < MAX_COUNTED and (chunk := cursor.fetchmany(_CHUNK)):
        count += len(chunk)
        for found in chunk:
            if full or len(rows) >= limit:
                break
            row = [cell(value) for value in found]
            long = [isinstance(value, str) and len(value) > MAX_CELL for value in row]
            cut |= any(long)
            row = [
                f"{value[: MAX_CELL - 1]}…" if isinstance(value, str) and too else value
                for value, too in zip(row, long, strict=True)
            ]
            size += len(json.dumps(row))
            full = size > MAX_CHARACTERS
            if not full:
                rows.append(row)
    return {
        "columns": [name for name, _ in head],
        "types": [kind for _, kind in head],
        "rows": rows,
        "count": count,
        "counted": count < MAX_COUNTED,
        "cut": cut,
        "full": full,
    }


# --- what the operating system is told to keep from it --------------------------------------------


def _limit_process(address_bytes: int) -> None:
    """Memory, CPU time, no core file, nothing written to any file."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CPU, _CPU_LIMIT)
    _limit(resource.RLIMIT_AS, address_bytes)


def _shut_out() -> None:
    """From here on no file, socket or pipe can be opened, and no process or thread started."""
    if sys.platform == "linux":
        import ctypes  # while files can still be opened

        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(None)
            library.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
            library.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: no process of this user may look in
    _limit(resource.RLIMIT_NOFILE, 0)
    _limit(resource.RLIMIT_NPROC, 0)


def _limit_cpu(seconds: int) -> None:
    """So many seconds of CPU time from now on; the signal that then comes ends the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    _limit(resource.RLIMIT_CPU, min(spent + seconds, _CPU_LIMIT), _CPU_LIMIT)


def _limit(which: int, soft: int, hard: int | None = None) -> None:
    try:
        resource.setrlimit(which, (soft, soft if hard is None else hard))
    except (OSError, ValueError):
        if sys.platform == "linux":  # elsewhere not every limit exists
            raise
