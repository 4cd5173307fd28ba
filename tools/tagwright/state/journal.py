"""The journal: every step of every plan, each entry holding the hash of the one before.

An entry's hash is sha256 over the RFC 8785 canonical JSON of all its fields but the hash itself
and the signature, which is of the hash. Whoever changes, removes or inserts an entry must rewrite
every later hash; keep the last one elsewhere (:mod:`tagwright.proof.anchor`) to notice even that.
What the approver or the applier did is signed besides (:mod:`tagwright.proof.book`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, RowMapping

__all__ = ["GENESIS", "Entry", "append", "entry_of", "hash_at", "last", "read", "verify"]

GENESIS = "0" * 64
"""What the first entry has as the hash of the one before."""


@dataclass(frozen=True)
class Entry:
    """One step.

    Attributes:
        seq: From 1, without gaps.
        at: ISO 8601, UTC.
        event: ``proposed``, ``approved``, ``claimed``, ``intent``, ``outcome`` …
        plan_id: Of which plan; None where it is of none.
        body: What happened, JSON.
        previous: Hash of the entry before.
        hash: Of this entry.
        signature: Of who wrote it, hex, over the hash; None where nobody signed it.
    """

    seq: int
    at: str
    event: str
    plan_id: str | None
    body: dict[str, Any]
    previous: str
    hash: str
    signature: str | None = None

    @property
    def moment(self) -> dt.datetime:
        """:attr:`at`, aware."""
        return dt.datetime.fromisoformat(self.at)

    def computed_hash(self) -> str:
        """What :attr:`hash` must be."""
        import rfc8785

        fields = asdict(self)
        del fields["hash"], fields["signature"]
        return hashlib.sha256(rfc8785.dumps(fields)).hexdigest()

    @property
    def changed(self) -> bool:
        """Whether it is another one than was written."""
        import rfc8785

        try:
            return self.hash != self.computed_hash()
        except rfc8785.CanonicalizationError:  # as NaN: nobody can have written that
            return True


def append(
    con: Connection,
    event: str,
    plan_id: str | None,
    body: dict[str, Any],
    at: dt.datetime,
    *,
    sign: Callable[[str], str] | None = None,
) -> Entry:
    """Add an entry in the transaction of ``con``, which on SQLite has the write lock already.

    On PostgreSQL the lock is taken here, if it is not held: no two transactions follow the same
    entry.

    Args:
        con: In a transaction.
        event: What happened.
        plan_id: To which plan.
        body: JSON.
        at: When, aware.
        sign: Gives the signature of a hash; None for an entry that nobody signs.

    Raises:
        sqlalchemy.exc.IntegrityError: Another process appended meanwhile; the whole transaction
            is to be tried again.
    """
    from tagwright.state.engines import take_write_lock
    from tagwright.state.tables import journal

    take_write_lock(con)
    before = last(con)
    draft = Entry(
        seq=(before.seq if before else 0) + 1,
        at=at.astimezone(dt.UTC).isoformat(),
        event=event,
        plan_id=plan_id,
        body=json.loads(json.dumps(body)),
        previous=before.hash if before else GENESIS,
        hash="",
    )
    hash_ = draft.computed_hash()
    entry = replace(draft, hash=hash_, signature=sign(hash_) if sign else None)
    con.execute(
        journal.insert().values(
            **{**asdict(entry), "body": json.dumps(entry.body, ensure_ascii=False, sort_keys=True)}
        )
    )
    return entry


def read(
    con: Connection, plan_id: str | None = None, *, after: int = 0, event: str | None = None
) -> list[Entry]:
    """Entries in order, of one plan or all, from the one after number ``after``, of one event."""
    from sqlalchemy import select

    from tagwright.state.tables import journal

    query = select(journal).where(journal.c.seq > after).order_by(journal.c.seq)
    if plan_id is not None:
        query = query.where(journal.c.plan_id == plan_id)
    if event is not None:
        query = query.where(journal.c.event == event)
    return [entry_of(row) for row in con.execute(query).mappings()]


def entry_of(row: RowMapping) -> Entry:
    """The entry of a row."""
    try:
        body = json.loads(row["body"])
    except ValueError:
        body = None
    # Damaged in the database: read as an entry whose hash is another one, so that it is told of.
    return Entry(**{**row, "body": body if isinstance(body, dict) else {"damaged": row["body"]}})


def last(con: Connection) -> Entry | None:
    """The last entry; None where there is none."""
    from sqlalchemy import select

    from tagwright.state.tables import journal

    row = con.execute(select(journal).order_by(journal.c.seq.desc()).limit(1)).mappings().first()
    return None if row is None else entry_of(row)


def hash_at(con: Connection, seq: int) -> str | None:
    """Hash of the entry of that number; None where there is none."""
    from sqlalchemy import select

    from tagwright.state.tables import journal

    return con.execute(select(journal.c.hash).where(journal.c.seq == seq)).scalar()


def verify(entries: Sequence[Entry], *, after: int = 0) -> str:
    """What is wrong with the chain; empty where nothing is.

    Args:
        entries: All of it.
        after: The entry of this number, and those before it, are taken as they are.
    """
    # By number: among those that are taken as they are, some may be missing.
    previous = next((entry.hash for entry in entries if entry.seq == after), GENESIS)
    for expected, entry in enumerate((one for one in entries if one.seq > after), after + 1):
        if entry.seq != expected:
            return f"entry {expected} is missing"
        if entry.previous != previous:
            return f"entry {entry.seq} does not follow the one before it"
        if entry.changed:
            return f"entry {entry.seq} was changed"
        previous = entry.hash
    return ""
