"""The database's faults: which pass by themselves, and all of them in our words."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any

from tagwright.errors import BusyError, TagwrightError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

__all__ = ["passes", "translated"]

_PASSING = {"23505", "40001", "40P01"}
"""PostgreSQL's codes of a key that another was faster to take, of a transaction that cannot be
put in order with others, and of a deadlock."""

_BUSY = {"55P03", *_PASSING}
"""Besides: a lock that was not to be had in time."""

_HINTS = {
    "42501": "The role of the setting 'state_url' lacks a right; see docs/state.md.",
    "53": "The server has no connection, memory or disk left.",
}
"""By how PostgreSQL's code begins."""


def passes(error: BaseException) -> bool:
    """Whether the same transaction, tried again, can succeed: another was only faster."""
    fault = getattr(error, "orig", None)
    if isinstance(fault, sqlite3.IntegrityError):
        return fault.sqlite_errorcode in {
            sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
            sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        }
    return _code(fault) in _PASSING


@contextlib.contextmanager
def translated(engine: Engine, doing: str = "") -> Iterator[None]:
    """The database's faults in our words: its own messages may hold the URL's password.

    Args:
        engine: Of which database.
        doing: What could not be done and left no trace, as in "cannot be changed".
    """
    from sqlalchemy.exc import DatabaseError, OperationalError

    try:
        yield
    except DatabaseError as error:
        code, kind = _code(error.orig), type(error.orig).__name__
        if code in _BUSY or (
            isinstance(error.orig, sqlite3.OperationalError)
            and ("locked" in str(error.orig) or "busy" in str(error.orig))
        ):
            raise BusyError(
                "The state store stayed locked by another process.", hint="Try again."
            ) from None
        words = "cannot be used" if isinstance(error, OperationalError) else "refused"
        if doing:
            words, hint = doing, "It is as it was. Use the Tagwright that made it, or a backup."
        elif words == "refused":
            hint = "If its file is damaged, restore it from a backup."
        elif engine.dialect.name == "sqlite":
            hint = "Check that its file can be written."
        else:
            hint = "Check the server, database, user and password of the setting 'state_url'."
        hint = next((text for start, text in _HINTS.items() if code.startswith(start)), hint)
        raise TagwrightError(
            f"The state store {_place(engine)} {words} ({kind}).", hint=hint
        ) from None


def _code(fault: Any) -> str:
    """PostgreSQL's SQLSTATE; empty where there is none."""
    return getattr(fault, "sqlstate", None) or ""


def _place(engine: Engine) -> str:
    """Where the store is, without name or password of its user."""
    url = engine.url
    if engine.dialect.name == "sqlite":
        return str(url.database)
    return f"on {url.host or 'this host'}"
