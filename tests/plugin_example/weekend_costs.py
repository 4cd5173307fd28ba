"""A tool from outside Tagwright: only names of ``tagwright.api``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tagwright.api import ToolContext, ToolResult, amount, tool, totals_by_currency

__all__ = ["weekend_costs"]


@tool(title="Weekend costs")
def weekend_costs(
    ctx: ToolContext,
    *,
    period: str = "all",
    limit: Annotated[int, Field(ge=1, le=1000)] = 20,
    offset: Annotated[int, Field(ge=0)] = 0,
) -> ToolResult:
    """Effective cost on Saturdays and Sundays by service: what could be switched off."""
    when = ctx.period(period)
    table = ctx.query(
        """
        SELECT "ServiceName", "BillingCurrency", SUM("EffectiveCost") FROM charges
        WHERE "ChargePeriodStart" >= $1 AND "ChargePeriodStart" < $2
          AND isodow("ChargePeriodStart") >= 6
        GROUP BY ALL ORDER BY 3 DESC, 1, 2
        """,
        [when.start, when.end],
    )
    rows = [
        {"service_name": service, "currency": currency, "effective_cost": amount(cost)}
        for service, currency, cost in table.rows
    ]
    totals = totals_by_currency(rows, "effective_cost")
    return ToolResult(
        rows=rows[offset : offset + limit],
        totals=totals,
        currency=str(totals[0]["currency"]) if len(totals) == 1 else None,
        period=when,
        row_count=len(rows),
    )
