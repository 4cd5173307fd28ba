"""Amounts of several currencies in one: each at the rate of its own day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.metrics.definitions import MONEY_COLUMNS
from tagwright.taxonomy.fold import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagwright.metrics.model import Conversion

__all__ = ["converted"]


def converted(conversion: Conversion, table: str, day: str, param: Callable[[object], str]) -> str:
    """A table with its amounts converted, for a FROM; the rates are parameters of the statement.

    ``BillingCurrency`` stays what was billed: it is filtered and grouped by.

    Args:
        conversion: The rates.
        table: ``charges`` or a rollup by day.
        day: Its column of the day.
        param: Takes a value as a parameter, and gives its placeholder.
    """
    spells = conversion.spells
    codes = param([spell.currency for spell in spells])
    starts = param([spell.start.isoformat() for spell in spells])
    ends = param([spell.end.isoformat() for spell in spells])
    rates = param([f"{spell.rate:f}" for spell in spells])
    fine = f"DECIMAL(38, {conversion.amount_places})"
    money = ", ".join(
        f"CAST(c.{quoted(name)} AS {fine}) * r.rate AS {quoted(name)}" for name in MONEY_COLUMNS
    )
    rate = f"DECIMAL(20, {conversion.rate_places})"
    # A row for each day: that is joined by hash, where ranges of days are tried one by one.
    return (
        f"(SELECT c.* REPLACE ({money}) FROM {table} AS c JOIN (SELECT code, "
        "CAST(UNNEST(range(first_day, end_day, INTERVAL 1 DAY)) AS DATE) AS day, rate FROM "
        f"(SELECT UNNEST(CAST({codes} AS TEXT[])) AS code, "
        f"UNNEST(CAST({starts} AS DATE[])) AS first_day, "
        f"UNNEST(CAST({ends} AS DATE[])) AS end_day, "
        f"CAST(UNNEST(CAST({rates} AS TEXT[])) AS {rate}) AS rate)) AS r "
        f'ON c."BillingCurrency" = r.code AND CAST(c.{day} AS DATE) = r.day) AS c'
    )
