"""Where the graph keeps what waits for a person: beside the state store's file, or in its database.

On SQLite it is a file of its own, as the library that writes it would hold the state store's write
lock between its own statements. On PostgreSQL it is tables of the library's in the state store's
database (``checkpoint…``), so that any host can take the decision.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from tagwright.errors import BusyError, ConfigError, TagwrightError
from tagwright.extras import how_to_install
from tagwright.state import libpq_url
from tagwright_agent.runner import unwritable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager, AsyncExitStack
    from pathlib import Path

    from tagwright.config import Settings

__all__ = ["Waiting", "serializer", "waiting_of"]

FILE = "waiting.sqlite3"
_BUSY_SECONDS = 15.0
_SETUP_LOCK = int.from_bytes(b"tagwrigw")
"""The advisory lock of who makes the tables."""


class Waiting(Protocol):
    """A place that keeps what waits."""

    async def open(self, stack: AsyncExitStack) -> Any:
        """A checkpointer of langgraph's; ``stack`` closes it."""

    def faults(self) -> AbstractContextManager[None]:
        """Faults of the place as errors for people."""


def waiting_of(settings: Settings) -> Waiting:
    """The place that goes with the state store."""
    url = libpq_url(settings)
    return _File(settings.home) if url is None else _Database(url)


def serializer() -> Any:
    """Reads messages and the library's own types, and makes nothing else of what is stored.

    Left to itself the library makes an object of any class that a row names: who can write the
    store could run code here.
    """
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    return JsonPlusSerializer(allowed_msgpack_modules=None)


class _File:
    """The file of what waits, readable to its owner."""

    def __init__(self, home: Path) -> None:
        self._home = home

    async def open(self, stack: AsyncExitStack) -> Any:
        import aiosqlite
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        path = self._home / FILE
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise unwritable(self._home, error) from None
        connection = await aiosqlite.connect(path, timeout=_BUSY_SECONDS)
        stack.push_async_callback(connection.close)
        saver = AsyncSqliteSaver(connection, serde=serializer())
        await saver.setup()
        return saver

    @contextmanager
    def faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise BusyError(
                    "What waits for a decision is being written by another process.",
                    hint="Ask again.",
                ) from None
            raise TagwrightError(f"What waits ({FILE}) cannot be written: {error}.") from None
        except sqlite3.DatabaseError as error:
            raise TagwrightError(
                f"What waits ({FILE}) cannot be read: {error}.",
                hint=f"Move {FILE} in the home directory away; plans and conversations are not in "
                "it.",
            ) from None


class _Database:
    """The library's tables in the state store's database."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def open(self, stack: AsyncExitStack) -> Any:
        try:
            from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
            from psycopg.rows import dict_row
            from psycopg_pool import AsyncConnectionPool
        except ImportError as error:
            raise ConfigError(
                f"What waits cannot be kept in PostgreSQL: {error.name} is not here.",
                hint=how_to_install("postgres"),
            ) from None
        pool: Any = AsyncConnectionPool(
            self._url,
            min_size=1,
            max_size=4,
            open=False,
            timeout=_BUSY_SECONDS,
            check=AsyncConnectionPool.check_connection,
            kwargs={"autocommit": True, "prepare_threshold": None, "row_factory": dict_row},
        )
        stack.push_async_callback(pool.close)
        await pool.open(wait=True, timeout=_BUSY_SECONDS)
        saver = AsyncPostgresSaver(pool, serde=serializer())
        async with pool.connection() as con:
            if not await _is_set_up(con, len(saver.MIGRATIONS)):
                await _set_up(con, saver)
        return saver

    @contextmanager
    def faults(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if not _is_of_psycopg(error):
                raise
            # Its own words may hold the address and the user's name.
            raise TagwrightError(
                f"What waits cannot be kept in the state store ({type(error).__name__}).",
                hint="Check the server, and the rights of its role: docs/state.md. Ask again.",
            ) from None


def _is_of_psycopg(error: Exception) -> bool:
    import psycopg

    return isinstance(error, psycopg.Error)


async def _is_set_up(con: Any, steps: int) -> bool:
    found = await (await con.execute("SELECT to_regclass('checkpoint_migrations') AS t")).fetchone()
    if found["t"] is None:
        return False
    row = await (await con.execute("SELECT max(v) AS v FROM checkpoint_migrations")).fetchone()
    return row["v"] is not None and row["v"] + 1 >= steps


async def _set_up(con: Any, saver: Any) -> None:
    """Make the tables, one process at a time.

    Asked again and again, because who waits inside a statement would be waited for by the one who
    makes the indexes.
    """
    deadline = asyncio.get_running_loop().time() + _BUSY_SECONDS
    while True:
        row = await (
            await con.execute("SELECT pg_try_advisory_lock(%s) AS got", (_SETUP_LOCK,))
        ).fetchone()
        if row["got"]:
            break
        if asyncio.get_running_loop().time() > deadline:
            raise BusyError(
                "Another process is making the tables of what waits.", hint="Ask again."
            )
        await asyncio.sleep(0.1)
    try:
        await saver.setup()
    finally:
        await con.execute("SELECT pg_advisory_unlock(%s)", (_SETUP_LOCK,))
