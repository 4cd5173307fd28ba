"""A tool from outside Tagwright: only names that ``tagwright`` itself exports."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tagwright import ToolContext, ToolResult, tool

__all__ = ["weekend_costs"]


@tool(title="Weekend costs")
def weekend_costs(
    ctx: ToolContext,
    *,
    period: str = "all",
    limit: Annotated[int, Field(ge=1, le=1000)] = 20,
) -> ToolResult:
    """Effective cost on Saturdays and Sundays by service: what could be switched off."""
    when = ctx.period(period)
    rows = ctx.query(
        """
        SELECT "ServiceName", "BillingCurrency", SUM("EffectiveCost") FROM charges
        WHERE "ChargePeriodStart" >= $1 AND "ChargePeriodStart" < $2
          AND isodow("ChargePeriodStart") >= 6
        GROUP BY ALL ORDER BY 3 DESC, 1, 2
        """,
        [when.start, when.end],
    ).rows
    totals = {currency: sum(r[2] for r in rows if r[1] == currency) for _, currency, _ in rows}
    return ToolResult(
        rows=[
            {"service_name": service, "currency": currency, "effective_cost": f"{cost:f}"}
            for service, currency, cost in rows[:limit]
        ],
        totals=[{"currency": c, "effective_cost": f"{cost:f}"} for c, cost in totals.items()],
        currency=next(iter(totals)) if len(totals) == 1 else None,
        period=when,
        row_count=len(rows),
    )
