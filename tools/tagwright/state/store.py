"""Opening the store: SQLite in the home directory by default, another database by URL."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from typing import TYPE_CHECKING, Any, TypeVar

from tagwright.errors import BusyError, ConfigError, DataError, TagwrightError
from tagwright.state import engines
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from tagwright.config import Settings
    from tagwright.state.journal import Entry

__all__ = ["State", "open_state"]

_T = TypeVar("_T")

_BUSY_SECONDS = 15
_TRIES = 5


class State:
    """The store; make it with :func:`open_state`, close it after use."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with.

        Raises:
            BusyError: The database stayed locked.
            TagwrightError: It cannot be read.
        """
        with _translated(self.engine), self.engine.connect() as con:
            yield con.execution_options(tagwright_reading=True)

    def transact(self, work: Callable[[Connection], _T]) -> _T:
        """Run ``work`` in one write transaction; tried again where another process was faster.

        On SQLite the write lock is taken at the start (BEGIN IMMEDIATE), so that what ``work``
        reads is still so when it writes.

        Raises:
            BusyError: The database stayed locked.
            TagwrightError: It cannot be written.
        """
        from sqlalchemy.exc import IntegrityError

        with _translated(self.engine):
            for attempt in range(_TRIES):
                try:
                    with self.engine.begin() as con:
                        return work(con)
                except IntegrityError:
                    if attempt == _TRIES - 1:
                        raise
        raise AssertionError("unreachable")

    def save_receipt(self, receipt: dict[str, Any]) -> None:
        """Store a receipt under its id; one that is there already stays as it is."""
        from sqlalchemy import select

        from tagwright.state.tables import receipts

        def work(con: Connection) -> None:
            known = con.execute(select(receipts.c.id).where(receipts.c.id == receipt["id"])).first()
            if known is None:
                con.execute(
                    receipts.insert().values(
                        id=receipt["id"],
                        created_at=receipt.get("created_at")
                        or dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                        body=json.dumps(receipt, ensure_ascii=False),
                    )
                )

        self.transact(work)

    def load_receipt(self, receipt_id: str) -> dict[str, Any] | None:
        """The receipt of that id; None where there is none.

        Raises:
            DataError: What is stored is no receipt any more.
        """
        from sqlalchemy import select

        from tagwright.state.tables import receipts

        with self.reading() as con:
            row = con.execute(select(receipts.c.body).where(receipts.c.id == receipt_id)).first()
        if row is None:
            return None
        try:
            found = json.loads(row.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise DataError(
                f"Receipt {shorten(receipt_id, 40)} is damaged in the state store.",
                hint="Ask the question again for a new one.",
            )
        return found

    def journal(self, plan_id: str | None = None) -> list[Entry]:
        """Entries of the journal in order, of one plan or all."""
        from tagwright.state.journal import read

        with self.reading() as con:
            return read(con, plan_id)

    def close(self) -> None:
        """Give the store back; its connections stay open for the next one who opens it."""


def open_state(settings: Settings) -> State:
    """Open the store, making it where it is not there yet; one engine a store and process.

    Raises:
        ConfigError: ``state_url`` is not a URL of a known database, or was made by a newer
            Tagwright.
        TagwrightError: The home directory cannot be written.
    """
    url = settings.state_url
    if url is None:
        path = settings.home / "state.sqlite3"
        _make_file(path)
        url = f"sqlite:///{path}"
    if (engine := engines.known(url)) is None:
        engine = _engine(url)
    try:
        with _translated(engine):
            _make_tables(engine)
    except TagwrightError:
        engines.forget(url, engine)
        raise
    engines.keep(url, engine)
    return State(engine)


def _engine(url: str) -> Engine:
    from sqlalchemy import create_engine, event
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        engine = create_engine(url, connect_args=_arguments(url), **engines.pool_settings(url))
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise ConfigError(
            f"Setting 'state_url' cannot be used ({type(error).__name__}).",
            hint="E.g. postgresql+psycopg://user@host/database; install the database's driver.",
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        # The driver begins a transaction only before the first write, which is too late for us.
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_file(path: Path) -> None:
    """The store's file, for its owner alone: conversations are in it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise TagwrightError(
            f"{path.parent} cannot be written ({error.strerror or type(error).__name__}).",
            hint="Choose another directory with --home or TAGWRIGHT_HOME, or mend its permissions.",
        ) from None


def _arguments(url: str) -> dict[str, Any]:
    if not url.startswith("sqlite"):
        return {}
    return {"timeout": _BUSY_SECONDS, "check_same_thread": False}


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's BEGIN below is the only one
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(con: Connection) -> None:
    reading = con.get_execution_options().get("tagwright_reading")
    con.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _make_tables(engine: Engine) -> None:
    from sqlalchemy import inspect, select

    from tagwright.state import tables

    if inspect(engine).has_table("schema_version"):
        with engine.connect() as con:
            found = con.execute(select(tables.versions.c.version)).scalar()
        if found == tables.SCHEMA_VERSION:
            return
        if found is not None and found > tables.SCHEMA_VERSION:
            raise ConfigError(
                f"The state store has schema version {found}, this Tagwright knows "
                f"{tables.SCHEMA_VERSION}.",
                hint="Use the Tagwright that made it, or another home.",
            )
    with engine.begin() as con:
        tables.metadata.create_all(con)
        if engine.dialect.name == "sqlite":
            for guard in tables.GUARDS:
                con.exec_driver_sql(guard)
        # So far a newer version only has further tables, which were made just now.
        if (
            con.execute(tables.versions.update().values(version=tables.SCHEMA_VERSION)).rowcount
            == 0
        ):
            con.execute(tables.versions.insert().values(version=tables.SCHEMA_VERSION))


@contextlib.contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    """The database's faults in our words: its messages may hold the URL's password."""
    from sqlalchemy.exc import DatabaseError, OperationalError

    try:
        yield
    except OperationalError as error:
        if "locked" in str(error.orig) or "busy" in str(error.orig):
            raise BusyError(
                "The state store stayed locked by another process.", hint="Try again."
            ) from None
        raise TagwrightError(
            f"The state store {_place(engine)} cannot be used ({type(error.orig).__name__}).",
            hint="Check that its file can be written, or the database can be reached.",
        ) from None
    except DatabaseError as error:
        raise TagwrightError(
            f"The state store {_place(engine)} refused ({type(error.orig).__name__}).",
            hint="If its file is damaged, restore it from a backup.",
        ) from None


def _place(engine: Engine) -> str:
    """Where the store is, without name or password of its user."""
    url = engine.url
    return str(url.database) if url.get_backend_name() == "sqlite" else f"on {url.host}"
