"""Queues over the state store: what is to be done, by whichever worker takes it.

At least once: a worker that dies loses nothing, as its job is taken again when its heartbeat is
older than :data:`STALE`. What a job does must therefore bear being done twice, up to the end and
only begun. Of two workers that both think a job is theirs, only the one that took it last can
finish it.

Jobs of one line are taken in the order in which they were put, each when the one before it is done
or given up; jobs without one, and different lines, do not wait for each other.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tagwright.errors import BusyError, DataError
from tagwright.state.journal import append

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row

    from tagwright.state.store import State

__all__ = [
    "STALE", "Job", "Waiting", "add", "beat", "before", "done", "fail", "hasten", "keep", "later",
    "put", "take", "waiting", "withdraw",
]  # fmt: skip

STALE = dt.timedelta(seconds=60)
"""A job without a heartbeat for so long is anybody's."""


@dataclass(frozen=True)
class Job:
    """A job that a worker has taken.

    Attributes:
        id: Of its row.
        kind: Which queue.
        key: What makes it one of a kind.
        body: What is to be done, JSON.
        attempts: How often it was taken, this time included. It is the fencing token as well.
        owner: Who took it.
        spared: How often of those it was given back though nothing had failed (:func:`later`).
    """

    id: int
    kind: str
    key: str
    body: dict[str, Any]
    attempts: int
    owner: str
    spared: int = 0

    @property
    def tries(self) -> int:
        """How often it was tried, this time included; what was only put off is none."""
        return self.attempts - self.spared


def put(  # noqa: PLR0917  what a job consists of
    state: State, kind: str, key: str, body: dict[str, Any], now: dt.datetime,
    line: str | None = None,
) -> bool:  # fmt: skip
    """Put a job into the queue ``kind``; False where one of that key is or was there.

    Args:
        state: The store.
        kind: Up to 32 characters.
        key: Up to 128 characters.
        body: JSON.
        now: Aware; the job can be taken from then on.
        line: Up to 128 characters: not taken while an earlier one of its queue and line is to be
            done. None: it waits for nobody.
    """
    return state.transact(lambda con: add(con, kind, key, body, now, line))


def add(  # noqa: PLR0917
    con: Connection, kind: str, key: str, body: dict[str, Any], now: dt.datetime,
    line: str | None = None,
) -> bool:  # fmt: skip
    """The same in the transaction of ``con``: the job is there if and only if that is committed."""
    from sqlalchemy import select

    from tagwright.state.tables import jobs

    known = select(jobs.c.id).where(jobs.c.kind == kind, jobs.c.key == key)
    if con.execute(known).first() is not None:
        return False
    con.execute(
        jobs.insert().values(
            kind=kind,
            key=key,
            body=json.dumps(body, ensure_ascii=False, sort_keys=True),
            state="waiting",
            attempts=0,
            not_before=_text(now),
            created_at=_text(now),
            changed_at=_text(now),
            line=line,
        )
    )
    return True


def take(state: State, kind: str, owner: str, now: dt.datetime) -> Job | None:
    """Take the job that has waited longest, or was left by its worker; None where none is due.

    One whose turn in its line has not come is passed over.

    Raises:
        DataError: What is stored is no job any more. It has failed by that, and the next call
            takes the one after it.
    """
    from sqlalchemy import and_, or_, select

    from tagwright.state.tables import jobs

    due = or_(
        and_(jobs.c.state == "waiting", jobs.c.not_before <= _text(now)),
        and_(jobs.c.state == "taken", jobs.c.heartbeat < _text(now - STALE)),
    )

    def work(con: Connection) -> Job | DataError | None:
        # PostgreSQL passes over what another is taking; on SQLite nobody else is writing.
        row = con.execute(
            select(jobs)
            .where(jobs.c.kind == kind, due, _its_turn())
            .order_by(jobs.c.not_before, jobs.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return None
        job = _job(row, owner)
        values = {"state": "failed" if isinstance(job, DataError) else "taken", "owner": owner}
        times = {"heartbeat": _text(now), "changed_at": _text(now)}
        con.execute(
            jobs.update()
            .where(jobs.c.id == row.id)
            .values(**values, **times, attempts=row.attempts + 1)
        )
        return job

    found = state.transact(work, alone=False)
    if isinstance(found, DataError):
        raise found
    return found


def beat(state: State, job: Job, now: dt.datetime) -> None:
    """Say that the worker is alive.

    Raises:
        BusyError: Another worker took the job over.
    """
    state.transact(lambda con: _change(con, job, now, heartbeat=_text(now)), alone=False)


def keep(state: State, job: Job, body: dict[str, Any], now: dt.datetime) -> Job:
    """Put another body in the job's place: how far it has come, for whoever takes it next.

    It is no heartbeat: ``now`` may be when the work began.

    Raises:
        BusyError: Another worker took the job over.
    """
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    state.transact(lambda con: _change(con, job, now, body=text), alone=False)
    return replace(job, body=body)


def done(state: State, job: Job, now: dt.datetime) -> None:
    """Finish the job.

    Raises:
        BusyError: Another worker took the job over, or it is finished already.
    """
    state.transact(lambda con: _change(con, job, now, state="done"), alone=False)


def fail(state: State, job: Job, why: str, again_at: dt.datetime | None, now: dt.datetime) -> None:
    """Give the job back, to be taken from ``again_at`` on; where that is None, it has failed.

    Why is an entry of the journal.

    Raises:
        BusyError: Another worker took the job over, or it is finished already.
    """

    def work(con: Connection) -> None:
        if again_at is None:
            _change(con, job, now, state="failed")
        else:
            _change(con, job, now, state="waiting", not_before=_text(again_at))
        body = {
            "kind": job.kind, "key": job.key, "attempts": job.attempts, "why": why,
            "again_at": None if again_at is None else _text(again_at),
        }  # fmt: skip
        append(con, "job_failed", None, body, now)

    state.transact(work)


def later(state: State, job: Job, again_at: dt.datetime, now: dt.datetime) -> None:
    """Give the job back, to be taken again at ``again_at``: nothing failed, it is never finished.

    Raises:
        BusyError: Another worker took the job over, or it is finished already.
    """
    values = {"state": "waiting", "not_before": _text(again_at), "spared": job.spared + 1}
    state.transact(lambda con: _change(con, job, now, **values), alone=False)


def hasten(state: State, kind: str, prefix: str, now: dt.datetime) -> None:
    """Make waiting jobs of ``kind`` whose key begins with ``prefix`` due now."""
    from tagwright.state.tables import jobs

    waiting = (jobs.c.kind == kind, jobs.c.state == "waiting", jobs.c.not_before > _text(now))
    begins = jobs.c.key.startswith(prefix, autoescape=True)
    due = jobs.update().where(*waiting, begins).values(not_before=_text(now))
    state.transact(lambda con: con.execute(due), alone=False)


@dataclass(frozen=True)
class Waiting:
    """A job that nobody has at the moment.

    Attributes:
        key: What makes it one of a kind.
        body: What is to be done, JSON.
        not_before: When it can be taken, aware UTC.
    """

    key: str
    body: dict[str, Any]
    not_before: dt.datetime


def waiting(state: State, kind: str, prefix: str = "") -> list[Waiting]:
    """The jobs of ``kind`` whose key begins with ``prefix`` that are to be done, the oldest first.

    What is stored and is no job any more is left out: whoever takes it is told.
    """
    from sqlalchemy import select

    from tagwright.state.tables import jobs

    open_ = (jobs.c.kind == kind, jobs.c.state.in_(("waiting", "taken")))
    begins = jobs.c.key.startswith(prefix, autoescape=True)
    with state.reading() as con:
        rows = con.execute(select(jobs).where(*open_, begins).order_by(jobs.c.id)).all()
    found = [(row, _job(row, "")) for row in rows]
    return [
        Waiting(job.key, job.body, dt.datetime.fromisoformat(row.not_before))
        for row, job in found
        if isinstance(job, Job)
    ]


def before(state: State, job: Job, since: dt.datetime) -> list[dict[str, Any]]:
    """The bodies of those before a job in its line that are done and were put since then."""
    from sqlalchemy import select

    from tagwright.state.tables import jobs

    line = select(jobs.c.line).where(jobs.c.id == job.id).scalar_subquery()
    done_ = (
        jobs.c.kind == job.kind, jobs.c.line == line, jobs.c.state == "done", jobs.c.id < job.id,
        jobs.c.created_at >= _text(since),
    )  # fmt: skip
    with state.reading() as con:
        rows = con.execute(select(jobs).where(*done_).order_by(jobs.c.id)).all()
    found = (_job(row, "") for row in rows)
    return [it.body for it in found if isinstance(it, Job)]


def withdraw(state: State, kind: str, key: str, now: dt.datetime) -> bool:
    """Have a job done with, whoever has it: nobody takes it again. False where there is none."""
    from tagwright.state.tables import jobs

    ours = (jobs.c.kind == kind, jobs.c.key == key, jobs.c.state.in_(("waiting", "taken")))
    over = jobs.update().where(*ours).values(state="done", changed_at=_text(now))

    return state.transact(lambda con: con.execute(over).rowcount > 0, alone=False)


def _change(con: Connection, job: Job, now: dt.datetime, **values: Any) -> None:
    """Change the job if it is still this worker's."""
    from tagwright.state.tables import jobs

    ours = (jobs.c.state == "taken", jobs.c.owner == job.owner, jobs.c.attempts == job.attempts)
    changed = con.execute(
        jobs.update().where(jobs.c.id == job.id, *ours).values(changed_at=_text(now), **values)
    )
    if changed.rowcount != 1:
        raise BusyError(f"Another worker took job {job.key} over, or it is finished.")


def _its_turn() -> ColumnElement[bool]:
    """Nothing before it in its line is to be done; what failed for good holds nobody up.

    What another transaction is finishing meanwhile counts as to be done: whoever finishes it looks
    for the next one.
    """
    from sqlalchemy import select

    from tagwright.state.tables import jobs

    ahead = jobs.alias("ahead")
    open_ = (
        ahead.c.line == jobs.c.line, ahead.c.state.in_(("waiting", "taken")),
        ahead.c.kind == jobs.c.kind, ahead.c.id < jobs.c.id,
    )  # fmt: skip
    return ~select(ahead.c.id).where(*open_).exists()


def _job(row: Row[Any], owner: str) -> Job | DataError:
    try:
        body = json.loads(row.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return DataError(
            f"Job {row.key} is damaged in the state store.", hint="It is not done: ask for it anew."
        )
    return Job(row.id, row.kind, row.key, body, row.attempts + 1, owner, row.spared)


def _text(moment: dt.datetime) -> str:
    """As it is compared: text of one length, so that every collation orders it by time."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")
