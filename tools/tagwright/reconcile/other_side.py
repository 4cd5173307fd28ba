"""The telemetry's side of the sum: every priced usage row of the period is in exactly one part."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.reconcile.model import ZERO, exact_sum

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from tagwright.context import ToolContext
    from tagwright.reconcile.model import Cell, Ground

__all__ = ["Priced", "priced_side"]

_USED = (
    "SELECT gen_ai_provider_name, gen_ai_request_model, gen_ai_response_model, "
    '"SubAccountId", x_source, CAST("ChargePeriodStart" AS DATE), SUM(priced_cost), COUNT(*), '
    "COUNT(*) FILTER (priced_cost IS NULL) FROM usage "
    'WHERE "ChargePeriodStart" >= $1 AND "ChargePeriodStart" < $2 '
    "GROUP BY ALL ORDER BY ALL"
)


@dataclass(frozen=True)
class Priced:
    """Priced cost of a period's usage rows, in the currency of the prices.

    Attributes:
        total: Of all of them; the sum of the next three.
        compared: Of those that were held against the bill.
        other_views: Of those that tell of the same requests once more.
        left_out: Of those on days whose bill is not complete.
        rows: How many usage rows there are.
        unpriced: How many of them have no price, which are in no amount.
    """

    total: Decimal = ZERO
    compared: Decimal = ZERO
    other_views: Decimal = ZERO
    left_out: Decimal = ZERO
    rows: int = 0
    unpriced: int = 0


def priced_side(ctx: ToolContext, ground: Ground, cells: Sequence[Cell]) -> Priced:
    """Where the priced usage of the period went.

    Raises:
        RuntimeError: The parts do not add up to the cells: a fault of ours.
    """
    period = ground.period
    rows = ctx.query(_USED, [period.start, period.end]).rows
    providers = {tuple(names[:3]): names[3] for names in ground.usage_names}
    taken = {(v.provider, v.account, source) for v in ground.views for source in v.sources}
    parts: dict[str, list[Any]] = defaultdict(list)
    for asked, request, response, account, source, day, amount, *_ in rows:
        provider = providers[asked, request, response]
        by_account = ground.lanes[provider].by_account
        if (provider, account if by_account else None, source) not in taken:
            part = "other_views"
        elif day not in ground.days[provider]:
            part = "left_out"
        else:
            part = "compared"
        parts[part].append(amount)
    found = Priced(
        total=exact_sum(row[6] for row in rows),
        compared=exact_sum(parts["compared"]),
        other_views=exact_sum(parts["other_views"]),
        left_out=exact_sum(parts["left_out"]),
        rows=sum(row[7] for row in rows),
        unpriced=sum(row[8] for row in rows),
    )
    if found.compared != exact_sum(cell.priced for cell in cells):
        raise RuntimeError("the parts of the priced usage do not add up")
    return found
