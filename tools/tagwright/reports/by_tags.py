"""The allocation that tags alone give: what carries a tag is its owner's, the rest is nobody's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.metrics import Query, compile_query

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from tagwright.context import ToolContext
    from tagwright.results import Period

__all__ = ["TaggedAllocation", "TaggedLine", "by_tags"]

_KINDS = {"Tax": "tax", "Credit": "credit"}


@dataclass(frozen=True)
class TaggedLine:
    """One line (see :class:`tagwright.reports.allocated.Allocated`)."""

    target: str | None
    kind: str
    rule: str | None
    method: str
    currency: str
    billing_period: dt.date
    service_provider_name: str
    service_name: str
    amount: Decimal
    charges: int


@dataclass(frozen=True)
class TaggedAllocation:
    """All charges of a period (see :class:`tagwright.reports.allocated.Allocation`)."""

    lines: tuple[TaggedLine, ...]
    notes: tuple[str, ...] = ()
    rules_digest: str = "tags"


def by_tags(
    ctx: ToolContext, period: Period, *, dimension: str, cost_basis: str
) -> TaggedAllocation:
    """Charges by the canonical value of their tag; taxes and credits have kinds of their own.

    Raises:
        UnknownNameError: Nobody knows the dimension or the cost.
    """
    wanted = (dimension, "charge_category", "service_provider_name", "service_name")
    query = Query(
        metrics=(cost_basis, "charge_count"), group_by=(*wanted, "billing_period"), period=period
    )
    compiled = compile_query(query, ctx.catalogue, use_rollups=not ctx.taxonomy_changed)
    lines = []
    for row in ctx.query(compiled.sql, compiled.params).dicts():
        target = row[ctx.catalogue.dimension(dimension).name]
        kind = _KINDS.get(row["charge_category"] or "", "direct")
        lines.append(
            TaggedLine(
                target,
                "unallocated" if target is None and kind == "direct" else kind,
                None,
                "tag" if target is not None else "none",
                row["currency"],
                row["billing_period"],
                row["service_provider_name"] or "",
                row["service_name"] or "",
                row[cost_basis] or 0 * row["charge_count"],
                row["charge_count"],
            )
        )
    return TaggedAllocation(tuple(line for line in lines if line.amount))
