"""Copies a book's entries into the state store's journal, where everybody reads them.

The book is written first. A process that dies in between leaves the copy behind; whoever opens the
book next catches up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.errors import ApprovalError
from tagwright.proof import Book, signed_of
from tagwright.proof.book import mirrored
from tagwright.state.journal import append, entry_of, last, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from tagwright.proof import Role, Signed
    from tagwright.remediation.store import PlanStore
    from tagwright.state.journal import Entry

__all__ = ["mirror", "open_book"]


def open_book(store: PlanStore, role: Role) -> Book:
    """The book of this home; made with its key where nobody has signed as that role yet.

    A home that was not told where the approver is must not become a second one: what it signed
    would verify nowhere else.

    Raises:
        ApprovalError: The role's key is elsewhere, lost, or can be read by others.
    """
    if not (store.keys.knows(role) or store.keys.book(role).exists()):
        with store.state.reading() as con:
            there = any(it.role == role for it in _signed(con, role))
        if there:
            raise ApprovalError(
                f"Another home is the {role} of this state store, and {store.keys.folder} does "
                f"not have its public key.",
                hint=f"Copy its {role}.pub there. Where its key is lost for good, `tagwright keys "
                f"make {role}` makes a new one (docs/approvals.md).",
            )
    return Book.open(store.settings, store.keys, role)


def mirror(store: PlanStore, book: Book, record: Callable[[Connection, Entry], None]) -> None:
    """Copy what the store's journal lacks of the book, and do what the entries say to the plans.

    Args:
        store: Where to.
        book: Whose.
        record: Makes of an entry what people see of the plan; in the same transaction.

    Raises:
        ApprovalError: The journal has entries signed with this book's key that the book has not:
            an older copy of the book was put back.
        TagwrightError: The store cannot be written.
    """
    with book.state.reading() as own, store.state.reading() as con:
        if _end(own) == _copied(con, book):
            return

    def work(con: Connection) -> None:
        # The store first: whoever writes into both at this moment has the book ahead, never behind.
        done = _copied(con, book)
        with book.state.reading() as own:
            end, entries = _end(own), read(own, after=done)
        if done > end:
            raise ApprovalError(
                f"The {book.role}'s book ends at entry {end}, the journal holds its entry {done}: "
                "an older copy of the book was put back.",
                hint="Put the newest back (docs/approvals.md).",
            )
        for entry in entries:
            _append(con, book.role, entry)
            record(con, entry)

    store.write(work)


def _end(con: Connection) -> int:
    head = last(con)
    return head.seq if head else 0


def _append(con: Connection, role: Role, entry: Entry) -> None:
    signature = entry.signature or ""
    body = mirrored(role, entry)
    append(con, entry.event, entry.plan_id, body, entry.moment, sign=lambda _: signature)


def _copied(con: Connection, book: Book) -> int:
    """The number of the book's last entry that the journal holds, as its signature shows."""
    for found in _signed(con, book.role):
        if found.role == book.role and not book.fault(found.entry):
            return found.entry.seq
    return 0


def _signed(con: Connection, role: Role) -> Iterator[Signed]:
    """The journal's copies of entries that say that role signed them, the newest first."""
    from sqlalchemy import select

    from tagwright.state.tables import journal

    # The pattern only narrows the search: a plan's text may hold it too.
    query = (
        select(journal)
        .where(journal.c.signature.is_not(None), journal.c.body.like(f'%"role": "{role}"%'))
        .order_by(journal.c.seq.desc())
    )
    for row in con.execute(query):
        if (found := signed_of(entry_of(row._mapping))) is not None:  # noqa: SLF001  its public name
            yield found
