"""``propose_tag_fixes``: from evidence to a plan for a human; writes nothing but the plan."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tagwright.builtin._arguments import (  # noqa: TC001  the registry reads them
    Filters,
    LimitOfPlan,
    Names,
    Percent,
    PeriodText,
)
from tagwright.builtin._question import Question, currency_notes
from tagwright.context import ToolContext  # noqa: TC001  the registry reads the signature
from tagwright.errors import MisuseError
from tagwright.money import decimal_text
from tagwright.people import ONE_PERSON, load_people
from tagwright.registry import tool
from tagwright.results import Scalar, ToolResult
from tagwright.text import clean

__all__ = ["propose_tag_fixes"]


@tool(title="Propose tag fixes", effect="propose")
def propose_tag_fixes(
    ctx: ToolContext,
    *,
    keys: Annotated[Names, Field(description="default: required")] = (),
    filters: Filters = (),
    period: PeriodText = "all",
    min_confidence: Percent = 70,
    limit: LimitOfPlan = 50,
) -> ToolResult:
    """Store a plan of missing or wrong tags on AWS resources, for a human to approve.

    Rows: one change each, ``resource_id``, ``key`` (the tag as it is written), ``before`` (null:
    absent), ``after``, ``confidence`` (percent), ``evidence``, ``effective_cost`` of the resource
    and ``currency``. ``details.plan`` is the plan's summary with id and digest;
    ``details.questions`` asks what the bill cannot tell. Nothing is stored where nothing can be
    proposed.

    Raises:
        UnknownNameError: A key, dimension, filter value or period nobody knows.
        MisuseError: No key is asked for and none is required; or the taxonomy was changed.
    """
    from tagwright.remediation import PlanStore
    from tagwright.remediation.asking import asking
    from tagwright.remediation.propose import propose

    question = Question(ctx, period, filters)
    if ctx.taxonomy_changed:
        raise MisuseError(
            "The taxonomy was changed after this data was loaded.", hint="Run 'tagwright refresh'."
        )
    names = keys or ctx.taxonomy.required
    if not names:
        raise MisuseError("No taxonomy key is required.", hint="Name the keys to fix.")
    wanted = list({ctx.taxonomy.key(name).name: ctx.taxonomy.key(name) for name in names}.values())
    only = None
    if filters:
        rows = question.rows(question.query(["effective_cost"], ["resource_id"]))
        only = {str(row["resource_id"]) for row in rows if row["resource_id"] is not None}
    found = propose(
        ctx, wanted, question.period, only=only, min_confidence=min_confidence, limit=limit
    )
    details: dict[str, object] = {"questions": found.questions}
    notes = [*question.notes, *question.data_notes(), *found.notes]
    if found.plan is None:
        notes.append("Nothing can be proposed from the bill alone.")
        return ToolResult(period=question.period, notes=notes, details=details)
    people = load_people(ctx.settings)
    PlanStore(ctx.state, ctx.settings, people).save(found.plan, ctx.now)
    details["plan"] = {
        **found.plan.summary(),
        "approve": asking(ctx.settings.approval, people, found.plan),
    }
    if found.plan.one_person:
        notes.append(ONE_PERSON)
    totals: list[dict[str, Scalar]] = [
        {"currency": currency, "effective_cost": decimal_text(amount)}
        for currency, amount in sorted(found.plan.amounts().items())
    ]
    return ToolResult(
        rows=[
            {
                "resource_id": clean(item.arn),
                "key": clean(item.key),
                "before": None if item.before is None else clean(item.before),
                "after": item.after,
                "confidence": item.confidence,
                "effective_cost": item.effective_cost,
                "currency": item.currency,
                "evidence": "; ".join(item.evidence),
            }
            for item in found.plan.items
        ],
        totals=totals,
        currency=str(totals[0]["currency"]) if len(totals) == 1 else None,
        period=question.period,
        row_count=len(found.plan.items),
        notes=[*notes, *currency_notes(totals)],
        details=details,
    )
