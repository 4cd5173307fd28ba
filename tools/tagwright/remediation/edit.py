"""Another plan in place of a proposed one: changes left out, or with another value.

A plan never changes: the edit has an id and a digest of its own, is asked for by whoever edited,
who so cannot approve it, and supersedes the old one in the same transaction.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tagwright.errors import MisuseError
from tagwright.remediation.plan import new_plan_id

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tagwright.people import Principal
    from tagwright.remediation.plan import PlanItem
    from tagwright.remediation.rows import StoredPlan
    from tagwright.remediation.store import PlanStore

__all__ = ["edit"]


def edit(
    store: PlanStore,
    plan_id: str,
    principal: Principal,
    *,
    drop: Collection[int] = (),
    values: Mapping[int, str] | None = None,
    now: dt.datetime | None = None,
) -> StoredPlan:
    """Store the edited plan; the old one can no longer be approved.

    Args:
        store: The plans.
        plan_id: Of a plan that is proposed.
        principal: Who edits.
        drop: Numbers of changes to leave out, from 1.
        values: Number of a change to its new value.
        now: Aware; default the present.

    Raises:
        UnknownNameError: There is no such plan.
        MisuseError: There is no change of that number, nothing is edited or left, or AWS would
            refuse the value.
        ApprovalError: The plan is decided, expired or superseded.
    """
    moment, wanted = now or dt.datetime.now(dt.UTC), dict(values or {})
    plan = store.get(plan_id).plan
    for number in {*drop, *wanted}:
        if not 1 <= number <= len(plan.items):
            raise MisuseError(f"Plan {plan_id} has changes 1 to {len(plan.items)}, not {number}.")
    if both := set(drop) & set(wanted):
        raise MisuseError(f"Change {min(both)} is both left out and given a value.")
    if not drop and not wanted:
        raise MisuseError("Nothing is edited.", hint="Leave changes out, or give new values.")
    items = tuple(
        _with(item, wanted[number], principal.id) if number in wanted else item
        for number, item in enumerate(plan.items, 1)
        if number not in drop
    )
    # What it would do to coverage was worked out for the whole plan as it was.
    expected = {name: what for name, what in plan.expected.items() if name != "coverage"}
    edited = plan.model_copy(
        update={
            "id": new_plan_id(moment), "proposed_by": principal.id, "created_at": moment,
            "items": items, "expected": expected, "one_person": store.people.one_person,
            "reason": f"{plan.reason} Edited from {plan_id}.",
        }
    )  # fmt: skip
    return store.supersede(plan_id, edited, moment)


def _with(item: PlanItem, value: str, by: str) -> PlanItem:
    said = f"{by} says so; proposed was {item.after}"
    return item.model_copy(
        update={"after": value, "confidence": 100, "evidence": (*item.evidence, said)}
    )
