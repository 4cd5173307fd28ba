"""The applier as a service: takes what was approved from the queue, and believes nothing of it.

The queue says only that there may be something to do. Whether it may be done is judged as for
``tagwright apply``: by the approver's word, this home's people and clock, and its own book.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.errors import BusyError, DataError, ProviderError, TagwrightError
from tagwright.remediation.apply import Clock, apply
from tagwright.remediation.approver import APPLY, UNDO
from tagwright.remediation.audit import audit
from tagwright.remediation.mandate import order_to_undo
from tagwright.remediation.undo import rollback
from tagwright.state import jobs
from tagwright.text import internal_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagwright.remediation.rows import StoredPlan
    from tagwright.remediation.store import PlanStore
    from tagwright.state.jobs import Job

__all__ = ["Outcome", "new_owner", "work_once"]

_FIRST_WAIT = dt.timedelta(seconds=30)
_LONGEST_WAIT = dt.timedelta(hours=1)
_TRIES = 4
"""How often what is written in part is tried again; what drifted or is refused never is."""
_PASSING = ("failed", "unverified")


@dataclass(frozen=True)
class Outcome:
    """What came of one job.

    Attributes:
        kind: ``apply`` or ``undo``.
        plan_id: Of which plan; empty where the job is damaged.
        plan: As far as it came; None where nothing was done.
        why: Why not.
        again_at: When it is tried again; None where it is not.
    """

    kind: str
    plan_id: str
    plan: StoredPlan | None = None
    why: str = ""
    again_at: dt.datetime | None = None


def new_owner() -> str:
    """A name for this process in the queue."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def work_once(store: PlanStore, owner: str, clock: Clock | None = None) -> Outcome | None:
    """Take one job and do it; None where none is due.

    What passes (AWS or the approver cannot be reached, another process has the plan) is tried
    again later, after ever longer waits; what does not is given up, and the journal says why.

    Raises:
        TagwrightError: The state store cannot be used.
    """
    timer = clock or Clock()
    for kind in (UNDO, APPLY):  # what is wrong is put right first
        try:
            job = jobs.take(store.state, kind, owner, timer.now())
        except DataError as error:
            return Outcome(kind, "", why=str(error))
        if job is not None:
            return _worked(store, job, timer)
    return None


def _worked(store: PlanStore, job: Job, clock: Clock) -> Outcome:
    plan_id = str(job.body.get("plan") or job.key)
    outcome = _outcome(store, job, plan_id, clock)
    try:
        if outcome.why:
            jobs.fail(store.state, job, outcome.why, outcome.again_at, clock.now())
        else:
            jobs.done(store.state, job, clock.now())
    except BusyError as error:  # it was silent for too long: who has it now finishes it
        return Outcome(job.kind, plan_id, outcome.plan, str(error))
    return outcome


def _outcome(store: PlanStore, job: Job, plan_id: str, clock: Clock) -> Outcome:
    try:
        plan = _do(store, job, plan_id, clock)
    except TagwrightError as error:
        # The plain kind is of the store and the disk. A journal that does not verify is looked
        # into by people, and accepted or restored.
        passes = isinstance(error, BusyError | ProviderError) or type(error) is TagwrightError
        passes = passes or bool(audit(store).faults)
        again = clock.now() + _wait(job.attempts) if passes else None
        return Outcome(job.kind, plan_id, why=str(error), again_at=again)
    except Exception as error:  # noqa: BLE001  it is told; else one plan would stop all others
        again = clock.now() + _wait(job.attempts) if job.attempts < _TRIES else None
        return Outcome(job.kind, plan_id, why=internal_fault(error), again_at=again)
    if job.attempts < _TRIES and any(item.state in _PASSING for item in plan.items):
        again, why = clock.now() + _wait(job.attempts), "not all of it could be written or seen"
        return Outcome(job.kind, plan_id, plan, why, again)
    return Outcome(job.kind, plan_id, plan)


def _do(store: PlanStore, job: Job, plan_id: str, clock: Clock) -> StoredPlan:
    beat = _beating(store, job, clock)

    def progress(_done: int, _total: int) -> None:
        beat()

    def sleep(seconds: float) -> None:
        beat()
        clock.sleep(seconds)

    alive = Clock(clock.now, sleep)
    if job.kind == APPLY:
        return apply(plan_id, store, clock=alive, progress=progress)
    said = job.body.get("order")
    order = order_to_undo(store, plan_id, said if isinstance(said, int) else 0, clock.now())
    return rollback(plan_id, store, str(order.body["by"]), clock=alive, progress=progress)


def _beating(store: PlanStore, job: Job, clock: Clock) -> Callable[[], None]:
    """Keeps the job while it is worked at, or waited for AWS; at most every few seconds."""
    last = clock.now()

    def beat() -> None:
        nonlocal last
        if clock.now() - last > jobs.STALE / 6:
            last = clock.now()
            jobs.beat(store.state, job, last)

    return beat


def _wait(attempts: int) -> dt.timedelta:
    doubled: dt.timedelta = _FIRST_WAIT * (1 << min(attempts - 1, 10))
    return min(doubled, _LONGEST_WAIT)
