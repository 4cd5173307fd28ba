"""Conversations: each thread's turns in order, as documents whose form is the agent's."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.errors import BusyError, DataError
from tagwright.state.faults import translated
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from tagwright.state.store import State

__all__ = ["StoredTurn", "holding", "is_begun", "keep_turn", "turns_of"]

_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class StoredTurn:
    """One turn of a thread.

    Attributes:
        number: From 1, in order.
        waits: Whether a plan of it waits for a person's decision.
        body: What was said, JSON.
    """

    number: int
    waits: bool
    body: dict[str, Any]


@contextlib.contextmanager
def holding(state: State, thread: str, seconds: float) -> Iterator[None]:
    """Hold a thread of conversation among all hosts of the store; on SQLite there is but one.

    Raises:
        BusyError: Another host still held it after ``seconds``.
    """
    if state.engine.dialect.name != "postgresql":
        yield
        return
    digest = hashlib.sha256(f"conversation {thread}".encode()).digest()
    key = int.from_bytes(digest[:8], signed=True)
    options = {"isolation_level": "AUTOCOMMIT", "tagwright_apart": True}
    from sqlalchemy import func, select

    with translated(state.engine), state.engine.connect() as con:
        con.execution_options(**options)
        deadline = time.monotonic() + seconds
        while not con.execute(select(func.pg_try_advisory_lock(key))).scalar():
            if time.monotonic() >= deadline:
                raise BusyError(
                    f"Another question of conversation {thread!r} is still being answered.",
                    hint="Wait for it, or ask in a new conversation.",
                )
            time.sleep(_LOOK_SECONDS)
        try:
            yield
        finally:  # a connection that goes back to the pool must not hold the thread
            con.execute(select(func.pg_advisory_unlock(key)))


def turns_of(state: State, thread: str) -> list[StoredTurn]:
    """The turns of a thread in order; none where nobody knows it.

    Raises:
        DataError: What is stored is no turn any more.
    """
    from sqlalchemy import select

    from tagwright.state.tables import turns

    query = select(turns).where(turns.c.thread == thread).order_by(turns.c.number)
    with state.reading() as con:
        rows = con.execute(query).all()
    try:
        return [StoredTurn(row.number, bool(row.waits), json.loads(row.body)) for row in rows]
    except ValueError:
        raise DataError(
            f"Conversation {shorten(thread, 40)} is damaged in the state store.",
            hint="Ask in a new conversation.",
        ) from None


def is_begun(state: State, thread: str) -> bool:
    """Whether anything was said in a thread, by who sees all or by who sees a part."""
    from sqlalchemy import or_, select

    from tagwright.state.tables import turns

    # Of who sees a part, the thread's id has their scope's behind it.
    theirs = turns.c.thread.startswith(f"{thread}@", autoescape=True)
    query = select(turns.c.number).where(or_(turns.c.thread == thread, theirs)).limit(1)
    with state.reading() as con:
        return con.execute(query).first() is not None


def keep_turn(state: State, thread: str, turn: StoredTurn) -> None:
    """Store a turn of a thread, in place of the one of that number."""
    from tagwright.state.tables import turns

    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    values = {
        "at": now,
        "waits": int(turn.waits),
        "body": json.dumps(turn.body, ensure_ascii=False),
    }
    key = (turns.c.thread == thread, turns.c.number == turn.number)

    def work(con: Connection) -> None:
        if con.execute(turns.update().where(*key).values(**values)).rowcount == 0:
            con.execute(turns.insert().values(thread=thread, number=turn.number, **values))

    state.transact(work)
