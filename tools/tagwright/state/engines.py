"""One engine for each state store of this process: making one costs more than most calls."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from tagwright.errors import BusyError, ConfigError
from tagwright.extras import how_to_install

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

    from tagwright.config import Settings

__all__ = [
    "forget",
    "keep",
    "known",
    "libpq_url",
    "make",
    "take_write_lock",
    "upgrading",
    "writing",
]

_MOST = 4
_BUSY_SECONDS = 15
_DRIVER = "postgresql+psycopg"
_WRITE_LOCK = int.from_bytes(b"tagwrigh")
"""The advisory lock's number: nobody else's in the same database, as far as one can tell."""

_File = tuple[int, int] | None


class _Engines:
    """The engines used last, by URL; each with the file it opened, where that is one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.upgrading = threading.Lock()
        self.open: OrderedDict[str, tuple[Engine, _File]] = OrderedDict()
        self.writing: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()


_engines = _Engines()


def known(url: str) -> Engine | None:
    """The engine of that URL; None where there is none, or its file is another one by now.

    A home that was removed, or whose store was restored from a backup, must not be answered from
    a file that is no longer there.
    """
    with _engines.lock:
        found = _engines.open.get(url)
        if found is None:
            return None
        engine, file = found
        if file != _file_of(engine):
            del _engines.open[url]
            engine.dispose()
            return None
        _engines.open.move_to_end(url)
        return engine


def keep(url: str, engine: Engine) -> None:
    """Use ``engine`` again for ``url``; of many, the ones not used for longest are disposed of.

    Disposing closes what is idle. A connection in use is closed when it is given back.
    """
    if engine.dialect.name == "sqlite" and _file_of(engine) is None:
        return  # in memory: each opening has its own
    with _engines.lock:
        replaced = _engines.open.pop(url, None)
        _engines.open[url] = (engine, _file_of(engine))
        gone = [replaced] if replaced is not None and replaced[0] is not engine else []
        while len(_engines.open) > _MOST:
            gone.append(_engines.open.popitem(last=False)[1])
        for other, _ in gone:
            other.dispose()


def forget(url: str, engine: Engine) -> None:
    """Dispose of an engine that proved to be of no use."""
    with _engines.lock:
        found = _engines.open.get(url)
        if found is not None and found[0] is engine:
            del _engines.open[url]
    engine.dispose()


@contextlib.contextmanager
def upgrading() -> Iterator[None]:
    """One store at a time in this process: alembic keeps what it is at in variables of a module."""
    with _engines.upgrading:
        yield


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[None]:
    """One writer at a time in this process, woken by the one before; PostgreSQL has its own order.

    Who finds SQLite's own lock taken sleeps and looks again, up to a tenth of a second each time:
    threads that all write pass each other by for seconds. Other processes are waited for that way.

    Raises:
        BusyError: Another thread had it all the time.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    with _engines.lock:
        lock = _engines.writing.setdefault(engine, threading.Lock())
    if not lock.acquire(timeout=_BUSY_SECONDS):
        raise BusyError("The state store stayed locked by this process.", hint="Try again.")
    try:
        yield
    finally:
        lock.release()


def make(url: str) -> Engine:
    """A new engine for a store of that URL.

    Raises:
        ConfigError: It is no URL of SQLite or PostgreSQL, or the driver is missing.
    """
    from sqlalchemy import create_engine, event, make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        place = make_url(url)
        name = place.get_backend_name()
        if place.drivername in {"postgresql", "postgres"}:
            place, name = place.set(drivername=_DRIVER), "postgresql"
        settings = _settings(place, name)
        engine = create_engine(place, **settings)
    except (ArgumentError, NoSuchModuleError, ValueError, KeyError) as error:
        raise ConfigError(
            f"Setting 'state_url' cannot be used ({type(error).__name__}).",
            hint="E.g. postgresql://user@host/database, or sqlite:////a/path/state.sqlite3.",
        ) from None
    except ImportError as error:
        raise ConfigError(
            f"Setting 'state_url' names a database whose driver is not here ({error.name}).",
            hint=f"For PostgreSQL: {how_to_install('postgres')}",
        ) from None
    if name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        # The driver begins a transaction only before the first write, which is too late for us.
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "begin", _begin_postgresql)
    return engine


def libpq_url(settings: Settings) -> str | None:
    """The state store's URL as PostgreSQL's own libraries read it; None where it is on SQLite."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(settings.state_url or "sqlite://")
    except ArgumentError:
        return None  # opening the store says so
    if not url.drivername.startswith("postgres"):
        return None
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _settings(url: URL, name: str) -> dict[str, Any]:
    """How to connect, and how connections are kept: a few idle ones, any number in use."""
    pool = {"pool_size": 4, "max_overflow": -1}
    if name == "postgresql":
        arguments: dict[str, Any] = {"connect_timeout": _BUSY_SECONDS}
        return {"connect_args": arguments, "pool_pre_ping": True, **pool}
    if name != "sqlite":
        raise ConfigError(
            f"Setting 'state_url' names a database that Tagwright does not know ({name}).",
            hint="SQLite and PostgreSQL keep its state.",
        )
    arguments = {"timeout": _BUSY_SECONDS, "check_same_thread": False}
    in_memory = url.database in {None, "", ":memory:"}
    return {"connect_args": arguments, **({} if in_memory else pool)}


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's BEGIN below is the only one
    cursor = connection.cursor()
    _use_wal(cursor)
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """Switch a new file to WAL; while another process does, SQLite refuses without any wait."""
    import sqlite3

    try:
        cursor.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random

        Retrying(
            retry=retry_if_exception_type(sqlite3.OperationalError),
            stop=stop_after_delay(_BUSY_SECONDS),
            wait=wait_random(0.01, 0.1),
            reraise=True,
        )(cursor.execute, "PRAGMA journal_mode = WAL")


def _begin_sqlite(con: Connection) -> None:
    reading = con.get_execution_options().get("tagwright_reading")
    con.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _prepare_postgresql(connection: Any, _: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{_BUSY_SECONDS}s'")
        # Who holds the write lock and is gone without a word must not hold it for ever.
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{4 * _BUSY_SECONDS}s'")
    connection.commit()


def _begin_postgresql(con: Connection) -> None:
    """The same promises as SQLite's: a reader sees one moment, and one writes at a time."""
    options = con.get_execution_options()
    if options.get("tagwright_reading"):
        con.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    elif not options.get("tagwright_apart"):
        take_write_lock(con)


def take_write_lock(con: Connection) -> None:
    """On PostgreSQL, let this transaction alone append to the journal until it ends.

    One that has the lock already has it once more, which costs nothing; on SQLite every write
    transaction has it.
    """
    if con.dialect.name == "postgresql":
        con.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")


def _file_of(engine: Engine) -> _File:
    """Device and inode of an engine's file; None where there is none."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    try:
        found = Path(engine.url.database).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _dispose_all() -> None:
    with _engines.lock:
        while _engines.open:
            _engines.open.popitem()[1][0].dispose()


def _renew() -> None:
    """A forked child must not use its parent's connections, nor close them: SQLite forbids it."""
    global _engines  # noqa: PLW0603  the process's own
    _inherited.append(_engines)
    _engines = _Engines()


_inherited: list[_Engines] = []
"""Held so that no garbage collection closes them."""


atexit.register(_dispose_all)
os.register_at_fork(after_in_child=_renew)
