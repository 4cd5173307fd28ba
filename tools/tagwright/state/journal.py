"""The journal: every step of every plan, each entry holding the hash of the one before.

An entry's hash is sha256 over the RFC 8785 canonical JSON of all its fields but the hash itself
and the signature, which is of the hash.
Whoever changes, removes or inserts an entry must rewrite every later hash; keep the last hash
elsewhere (``tagwright journal --json``) to notice even that.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

__all__ = ["GENESIS", "Entry", "append", "read", "verify"]

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
        signature: Of the hash, hex; None where nobody signed.
    """

    seq: int
    at: str
    event: str
    plan_id: str | None
    body: dict[str, Any]
    previous: str
    hash: str
    signature: str | None = None

    def computed_hash(self) -> str:
        """What :attr:`hash` must be."""
        import rfc8785

        fields = asdict(self)
        del fields["hash"], fields["signature"]
        return hashlib.sha256(rfc8785.dumps(fields)).hexdigest()


def append(
    con: Connection, event: str, plan_id: str | None, body: dict[str, Any], at: dt.datetime
) -> Entry:
    """Add an entry in the transaction of ``con``, which on SQLite has the write lock already.

    On PostgreSQL the lock is taken here, if it is not held: no two transactions follow the same
    entry.

    Raises:
        sqlalchemy.exc.IntegrityError: Another process appended meanwhile; the whole transaction
            is to be tried again.
    """
    from sqlalchemy import select

    from tagwright.state.engines import take_write_lock
    from tagwright.state.tables import journal

    take_write_lock(con)
    last = con.execute(
        select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)
    ).first()
    draft = Entry(
        seq=(last.seq if last else 0) + 1,
        at=at.astimezone(dt.UTC).isoformat(),
        event=event,
        plan_id=plan_id,
        body=json.loads(json.dumps(body)),
        previous=last.hash if last else GENESIS,
        hash="",
    )
    entry = Entry(**{**asdict(draft), "hash": draft.computed_hash()})
    con.execute(
        journal.insert().values(
            **{**asdict(entry), "body": json.dumps(entry.body, ensure_ascii=False, sort_keys=True)}
        )
    )
    return entry


def read(con: Connection, plan_id: str | None = None) -> list[Entry]:
    """Entries in order, of one plan or all."""
    from sqlalchemy import select

    from tagwright.state.tables import journal

    query = select(journal).order_by(journal.c.seq)
    if plan_id is not None:
        query = query.where(journal.c.plan_id == plan_id)
    return [
        Entry(**{**row, "body": json.loads(row["body"])}) for row in con.execute(query).mappings()
    ]


def verify(entries: Sequence[Entry]) -> str:
    """What is wrong with the chain; empty where nothing is."""
    previous = GENESIS
    for expected, entry in enumerate(entries, 1):
        if entry.seq != expected:
            return f"entry {expected} is missing"
        if entry.previous != previous:
            return f"entry {entry.seq} does not follow the one before it"
        if entry.hash != entry.computed_hash():
            return f"entry {entry.seq} was changed"
        previous = entry.hash
    return ""
