"""``get_plan``: plans and how far they have come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from tagwright.builtin._arguments import Limit, Offset, page
from tagwright.context import ToolContext  # noqa: TC001  the registry reads the signature
from tagwright.people import SeenPlans, load_people
from tagwright.registry import tool
from tagwright.results import ToolResult
from tagwright.text import clean

if TYPE_CHECKING:
    from tagwright.people.plans import Plans
    from tagwright.remediation import StoredPlan

__all__ = ["get_plan"]


@tool(title="Get plan")
def get_plan(
    ctx: ToolContext,
    *,
    plan_id: Annotated[str, Field(description="empty: list plans")] = "",
    limit: Limit = 20,
    offset: Offset = 0,
) -> ToolResult:
    """A plan of tag fixes and how far it has come, or the newest plans.

    Rows of a plan: ``resource_id``, ``key``, ``before``, ``after``, ``confidence``, ``state``
    (pending, applied, already, drift, refused, unsupported, failed), ``detail``. Rows of the list:
    ``plan``, ``kind``, ``state``, ``changes``, ``proposed_by``, ``decided_by``, ``created_at``.

    Raises:
        UnknownNameError: There is no plan of that id that who asks may see.
    """
    from tagwright.remediation import PlanStore
    from tagwright.remediation.asking import asking

    kept = PlanStore(ctx.state, ctx.settings, load_people(ctx.settings))
    store: Plans = kept
    if ctx.scope is not None:
        store = SeenPlans(kept, ctx.scope, ctx.catalogue, ctx.principal)
    if not plan_id:
        found = page(store.list(limit=offset + limit, now=ctx.now), limit, offset)
        return ToolResult(rows=[_line(plan) for plan in found], row_count=store.count())
    stored = store.get(plan_id, ctx.now)
    rows = [
        {
            "resource_id": clean(item.arn),
            "key": clean(item.key),
            "before": None if item.before is None else clean(item.before),
            "after": None if item.after is None else clean(item.after),
            "confidence": item.confidence,
            "state": done.state,
            "detail": clean(done.detail),
        }
        for item, done in zip(stored.plan.items, stored.items, strict=True)
    ]
    summary = {**stored.plan.summary(), "state": stored.state, "items": stored.counts()}
    if stored.decision:
        summary["decision"] = {
            "decision": stored.decision.decision,
            "by": stored.decision.by,
            "channel": stored.decision.channel,
            "at": stored.decision.at.isoformat(timespec="seconds"),
        }
    if stored.state == "proposed" and stored.intact:
        summary["approve"] = asking(ctx.settings.approval, kept.people, stored.plan)
    notes = [] if stored.intact else ["The stored plan was changed after it was proposed."]
    return ToolResult(
        rows=page(rows, limit, offset), row_count=len(rows), notes=notes, details={"plan": summary}
    )


def _line(stored: StoredPlan) -> dict[str, str | int | None]:
    return {
        "plan": stored.plan.id,
        "kind": stored.plan.kind,
        "state": stored.state,
        "changes": len(stored.plan.items),
        "proposed_by": clean(stored.plan.proposed_by),
        "decided_by": clean(stored.decision.by) if stored.decision else None,
        "created_at": stored.plan.created_at.isoformat(timespec="seconds"),
    }
