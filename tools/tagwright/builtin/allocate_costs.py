"""``allocate_costs``: charges to teams, products, features or customers, shared ones included."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwright.builtin._arguments import (
    CostBasis,
    Filters,
    Limit,
    Offset,
    PeriodText,
    page,
)
from tagwright.builtin._question import Question
from tagwright.context import ToolContext  # noqa: TC001  the registry reads the signature
from tagwright.money import EXACT, decimal_text, ratio_text
from tagwright.registry import tool
from tagwright.results import Period, ToolResult

if TYPE_CHECKING:
    from tagwright.allocation import Allocation
    from tagwright.results import Scalar

__all__ = ["allocate_costs"]


@tool(title="Allocate costs")
def allocate_costs(
    ctx: ToolContext,
    *,
    dimension: Annotated[str, Field(description="taxonomy key: team, ...")],
    cost_basis: CostBasis = "effective_cost",
    period: PeriodText = "all",
    filters: Filters = (),
    limit: Limit = 20,
    offset: Offset = 0,
) -> ToolResult:
    """Whose cost it is by allocation rules, shared and idle cost handed out.

    Rows: ``target`` (null: nobody), ``kind``, ``method``, ``currency``, the amount, ``share`` of
    all, ``kind_share`` of all of its kind. They add up to the charges exactly.
    ``details.targets`` has one row a target and currency, the largest first: its sum over kinds
    and methods; at most ``limit``, which a note says. ``details.kinds`` has the sums of each kind.

    Raises:
        UnknownNameError: A dimension, cost basis, filter value or period nobody knows.
        MisuseError: The dimension is no key of the taxonomy.
        ConfigError: The rules do not fit.
    """
    from tagwright.allocation import allocate, rules_of

    question = Question(ctx, _asked(ctx, period), filters)
    rules = rules_of(ctx)
    found = allocate(
        ctx,
        rules,
        dimension=question.dimension(dimension).name,
        cost_basis=cost_basis,
        period=question.period,
        filters=question.filters,
    )
    # Of who sees a part: what is nobody's is not theirs, and a rule that gave them nothing may
    # name others.
    whole = ctx.scope is None
    took = {line.rule for line in found.lines}
    kinds = _kinds(found)
    rows = _rows(found, kinds, unallocated=whole)
    currencies = list(found.totals)
    targets = _targets(found)
    cut = [f"Only the largest {limit} of {len(targets)} sums of targets are told."]
    return ToolResult(
        rows=_shown(rows, limit, offset),
        totals=[
            {"currency": currency, found.cost_basis: decimal_text(total)}
            for currency, total in found.totals.items()
        ],
        currency=currencies[0] if len(currencies) == 1 else None,
        period=question.period,
        row_count=len(rows),
        notes=[*question.notes, *question.data_notes(), *found.notes]
        + (cut if len(targets) > limit else []),
        details={
            "dimension": found.dimension,
            "targets": targets[:limit],
            "kinds": kinds,
            "cost_basis": found.cost_basis,
            "rules": [rule.id for rule in rules.rules if whole or rule.id in took],
            "rules_digest": found.rules_digest[:12],
        },
    )


def _asked(ctx: ToolContext, period: str) -> str | Period:
    """The period; of who sees a part, all is the whole months of what they see.

    What is shared is often charged on another day than what they see.
    """
    start, end = ctx.anchor.data_start, ctx.anchor.data_end
    if ctx.scope is None or period.strip().casefold() not in ("", "all") or not (start and end):
        return period
    last = (end - dt.timedelta(days=1)).replace(day=28) + dt.timedelta(days=4)
    found = Period(start=start.replace(day=1), end=last.replace(day=1), label="the months you see")
    ctx.note_period("period", found)
    return found


def _rows(
    found: Allocation, kinds: list[dict[str, Scalar]], *, unallocated: bool
) -> list[dict[str, Scalar]]:
    """Lines by target, kind, method and currency, the largest first; unallocated last.

    What is unallocated is a row of each currency, also where it is nothing, if it is to be shown;
    so is what part of its kind each is, which nobody knows who sees a part of them.
    """
    sums: dict[tuple[Any, ...], Decimal] = {}
    for line in found.lines:
        key = (line.target, line.kind, line.method, line.rule, line.currency)
        sums[key] = EXACT.add(sums.get(key, Decimal(0)), line.amount)
    known = {key[4] for key in sums if key[1] == "unallocated"}
    sums |= {
        (None, "unallocated", "none", None, currency): Decimal(0)
        for currency in (found.totals.keys() - known if unallocated else ())
    }
    order = sorted(
        sums.items(),
        key=lambda item: (item[0][1] == "unallocated", -abs(item[1]), str(item[0])),
    )
    of_kind = {(row["kind"], row["currency"]): Decimal(str(row[found.cost_basis])) for row in kinds}
    return [
        {
            "target": target,
            "kind": kind,
            "method": method,
            **({"rule": rule} if rule else {}),
            "currency": currency,
            found.cost_basis: decimal_text(amount),
            "share": ratio_text(amount, found.totals[currency]),
            **(
                {"kind_share": ratio_text(amount, of_kind.get((kind, currency), Decimal(0)))}
                if unallocated
                else {}
            ),
        }
        for (target, kind, method, rule, currency), amount in order
    ]


def _targets(found: Allocation) -> list[dict[str, Scalar]]:
    """What each target bears in all."""
    sums: dict[tuple[str | None, str], Decimal] = {}
    for line in found.lines:
        key = (line.target, line.currency)
        sums[key] = EXACT.add(sums.get(key, Decimal(0)), line.amount)
    order = sorted(sums.items(), key=lambda item: (-abs(item[1]), str(item[0])))
    return [
        {
            "target": target,
            "currency": currency,
            found.cost_basis: decimal_text(amount),
            "share": ratio_text(amount, found.totals[currency]),
        }
        for (target, currency), amount in order
    ]


def _kinds(found: Allocation) -> list[dict[str, Scalar]]:
    """What there is of each kind, in all targets together."""
    sums: dict[tuple[str, str], Decimal] = {}
    for line in found.lines:
        key = (line.kind, line.currency)
        sums[key] = EXACT.add(sums.get(key, Decimal(0)), line.amount)
    return [
        {
            "kind": kind,
            "currency": currency,
            found.cost_basis: decimal_text(amount),
            "share": ratio_text(amount, found.totals[currency]),
        }
        for (kind, currency), amount in sorted(sums.items())
    ]


def _shown(rows: list[dict[str, Scalar]], limit: int, offset: int) -> list[dict[str, Scalar]]:
    """A page: the largest ones first, those that are unallocated at the end of the first page."""
    nobody = [row for row in rows if row["kind"] == "unallocated"]
    others = [row for row in rows if row["kind"] != "unallocated"]
    first = max(limit - len(nobody), 0)
    return page([*others[:first], *nobody, *others[first:]], limit, offset)
