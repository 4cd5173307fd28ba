"""Golds in SQL, without the metrics layer: what authors of questions spell them with."""

from __future__ import annotations

from typing import Any

__all__ = ["AVERAGE", "FULL", "MONTHS", "charges", "gold", "span", "usage"]

MONTHS = {
    "July": ("2026-07-01", "2026-08-01"), "August": ("2026-08-01", "2026-09-01"),
    "September": ("2026-09-01", "2026-10-01"), "October": ("2026-10-01", "2026-11-01"),
    "Q3": ("2026-07-01", "2026-10-01"), "all": ("2026-07-01", "2026-11-01"),
}  # fmt: skip
"""Names of periods to their first day and the day after their last."""

FULL = 'SUM("EffectiveCost")'
AVERAGE = {"July": 31, "August": 31, "September": 30, "October": 31, "Q3": 92, "all": 123}
"""Days of a period."""


def span(period: str) -> str:
    """A condition on ChargePeriodStart; ``period`` of :data:`MONTHS` or ``first/after-last``."""
    first, after = MONTHS[period] if period in MONTHS else period.split("/")
    return f"\"ChargePeriodStart\" >= '{first}' AND \"ChargePeriodStart\" < '{after}'"


def charges(
    period: str,
    where: str = "",
    by: str = "",
    figure: str = FULL,
    *,
    having: str = "",
    limit: int = 0,
    rising: bool = False,
) -> str:
    """One SELECT over ``charges``: a figure a currency, or a row a name, the dearest first."""
    wanted = span(period) + (f" AND {where}" if where else "")
    head = f"{by} AS name, " if by else ""
    keys = "1, 3" if by else "2"
    order = f"figure{'' if rising else ' DESC'}, 1" if by else "2"
    return (
        f'SELECT {head}{figure} AS figure, "BillingCurrency" AS currency FROM charges '
        f"WHERE {wanted} GROUP BY {keys}{f' HAVING {having}' if having else ''} "
        f"ORDER BY {order}{f' LIMIT {limit}' if limit else ''}"
    )


def usage(period: str, figure: str, by: str = "", where: str = "", limit: int = 0) -> str:
    """One SELECT over ``usage``, the largest first."""
    wanted = span(period) + (f" AND {where}" if where else "")
    tail = f" GROUP BY 1 ORDER BY 2 DESC{f' LIMIT {limit}' if limit else ''}" if by else ""
    head = f"{by} AS name, " if by else ""
    return f"SELECT {head}{figure} AS figure FROM usage WHERE {wanted}{tail}"


def gold(sql: str, unit: str = "money", absent: str = "") -> dict[str, Any]:
    """As the field of a question."""
    found = {"sql": sql} | ({"unit": unit} if unit != "money" else {})
    return found | ({"absent": absent} if absent else {})
