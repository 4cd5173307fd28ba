"""Opening the store: SQLite in the home directory by default, another database by URL."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from typing import TYPE_CHECKING, Any, TypeVar

from tagwright.errors import DataError, TagwrightError
from tagwright.state import engines
from tagwright.state.faults import passes, translated
from tagwright.state.schema import bring_up
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from tagwright.config import Settings
    from tagwright.state.journal import Entry

__all__ = ["State", "open_state"]

_T = TypeVar("_T")

_TRIES = 5


class State:
    """The store; make it with :func:`open_state`, close it after use."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with: all that is read is as it was at one moment.

        Raises:
            BusyError: The database stayed locked.
            TagwrightError: It cannot be read.
        """
        with translated(self.engine), self.engine.connect() as con:
            yield con.execution_options(tagwright_reading=True)

    def transact(self, work: Callable[[Connection], _T], *, alone: bool = True) -> _T:
        """Run ``work`` in one write transaction; tried again where another process was faster.

        The store's one write lock is taken at the start (SQLite: BEGIN IMMEDIATE, PostgreSQL: an
        advisory lock), so that what ``work`` reads is still so when it writes. Where not
        ``alone``, PostgreSQL locks only the rows that ``work`` locks: for queues.

        Raises:
            BusyError: The database stayed locked.
            TagwrightError: It cannot be written.
        """
        from tenacity import Retrying, retry_if_exception, stop_after_attempt
        from tenacity import wait_random_exponential as waits

        again = Retrying(
            retry=retry_if_exception(passes),
            stop=stop_after_attempt(_TRIES),
            wait=waits(multiplier=0.02, max=0.5),
            reraise=True,
        )

        def once() -> _T:
            with engines.writing(self.engine), self.engine.connect() as con:
                con.execution_options(tagwright_apart=not alone)
                with con.begin():
                    return work(con)

        with translated(self.engine):
            return again(once)

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
        ConfigError: ``state_url`` is not a URL of a known database, its driver is missing, or a
            newer Tagwright made the store.
        TagwrightError: The home directory cannot be written.
    """
    url = settings.state_url
    if url is None:
        path = settings.home / "state.sqlite3"
        _make_file(path)
        url = f"sqlite:///{path}"
    if (engine := engines.known(url)) is None:
        engine = engines.make(url)
    try:
        with translated(engine):
            bring_up(engine)
    except TagwrightError:
        engines.forget(url, engine)
        raise
    engines.keep(url, engine)
    return State(engine)


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
