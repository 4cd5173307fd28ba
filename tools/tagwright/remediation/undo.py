"""Put back what a plan wrote, or may have written, where the value is still the plan's.

Undoing one's own writes needs no new approval, only a person who may. What was tried is known from
the applier's own book, so that neither an expired approval nor a store that lost the plan stands
in the way; each undo is a plan of its own, made anew.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tagwright.errors import ApprovalError
from tagwright.remediation.apply import Clock, run
from tagwright.remediation.execution import MAYBE, Execution, booked, undoable, undos
from tagwright.remediation.mandate import mandate_to_undo
from tagwright.remediation.mirror import mirror, open_book
from tagwright.remediation.plan import Plan, PlanItem, new_plan_id
from tagwright.remediation.policy import refusal_to_undo
from tagwright.remediation.record import recorder

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagwright.proof import Book
    from tagwright.remediation.rows import StoredPlan
    from tagwright.remediation.store import PlanStore

__all__ = ["rollback"]

_NAMES = ("names", "account_names")
_LASTS = dt.timedelta(hours=24)
"""How long one undo may take; the next one is another plan."""


def rollback(
    plan_id: str,
    store: PlanStore,
    by: str,
    *,
    clock: Clock | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> StoredPlan:
    """Put back what a plan changed; values that somebody changed since stay as they are.

    Args:
        plan_id: Of the plan to undo, in whatever state it is.
        store: The plans.
        by: The person who may and says so; their door proved it.
        clock: Time.
        progress: Told how many changes are through, and of how many, as they are.

    Returns:
        The undo plan, as far as it came.

    Raises:
        UnknownNameError: There is no such plan.
        ApprovalError: Nothing of it was written, or they may not.
        BusyError: Another process is at it.
        ProviderError: AWS cannot be reached at all.
    """
    if why := refusal_to_undo(store.people, by):
        raise ApprovalError(f"Plan {plan_id} was not rolled back: {why}.")
    timer = clock or Clock()
    book = open_book(store, "applier")
    try:
        mirror(store, book, recorder(book))
        undo = _undo_of(booked(book, plan_id), store, plan_id, by, timer.now())
        approval = mandate_to_undo(undo, by, timer.now())
        execution = Execution.claim_undo(store, book, undo, approval, timer.now)
    except BaseException:
        book.close()
        raise
    unsettled = _unsettled(book, undo)
    return run(execution, timer, store.settings.applier.roles, progress, unsettled)


def _undo_of(
    known: StoredPlan | None, store: PlanStore, plan_id: str, by: str, now: dt.datetime
) -> Plan:
    """The plan that puts back what may be ours, as the applier's book knows it."""
    found = known or store.get(plan_id)
    if found.state == "rolled_back":
        raise ApprovalError(f"Plan {plan_id} is rolled back already.")
    positions = undoable(found) if known else []
    if found.plan.kind != "tag" or not positions:
        raise ApprovalError(f"Plan {plan_id} is {found.state}: there is nothing to undo.")
    return Plan(
        id=new_plan_id(now),
        kind="rollback",
        proposed_by=by,
        created_at=now,
        expires_at=now + _LASTS,
        reason=f"Put back what plan {plan_id} changed.",
        items=tuple(_inverse(found.plan, position) for position in positions),
        expected={name: what for name, what in found.plan.expected.items() if name in _NAMES},
        parent_id=plan_id,
        one_person=found.plan.one_person,
    )


def _unsettled(book: Book, undo: Plan) -> set[int]:
    """Positions that a process which came to no end may have written a moment ago.

    AWS may still show what was there before: a tag that seems to be put back is then live.
    """
    parent = booked(book, undo.parent_id or "")
    assert parent is not None  # noqa: S101  the undo was made from it
    doubted = {
        (item.arn, item.key)
        for item, known in zip(parent.plan.items, parent.items, strict=True)
        if known.state != "applied"
    }
    for earlier in undos(book, parent.plan.id):
        doubted |= {
            (item.arn, item.key)
            for item, known in zip(earlier.plan.items, earlier.items, strict=True)
            if known.attempts and known.state in MAYBE
        }
    return {p for p, item in enumerate(undo.items) if (item.arn, item.key) in doubted}


def _inverse(plan: Plan, position: int) -> PlanItem:
    item = plan.items[position]
    return item.model_copy(update={"before": item.after, "after": item.before, "evidence": ()})
