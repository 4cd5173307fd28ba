"""Money in one currency for query_costs, at the rates of the user's own file."""

from __future__ import annotations

import datetime as dt
import re
from itertools import groupby
from typing import TYPE_CHECKING

from tagwright.errors import MisuseError
from tagwright.metrics.definitions import MONEY_COLUMNS
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.builtin._question import Question
    from tagwright.metrics import Metric
    from tagwright.rates import Rate
    from tagwright.results import Period

__all__ = ["convert"]

_NAMED = 12
"""Rates of a pair that a note names; the details have all."""


_FINEST = (
    "SELECT max(numeric_scale) FROM duckdb_columns() WHERE table_name = 'charges' "
    f"AND column_name IN ({', '.join(map(repr, MONEY_COLUMNS))})"
)
"""The most decimals of an amount."""


def convert(
    question: Question, metric: Metric, convert_to: str, before: Period | None
) -> list[Rate]:
    """Have the question's money in one currency from now on; the rates that this takes.

    Each charge is converted at the rate in force on the UTC day that its charge period starts.

    Args:
        question: Nothing was asked of it yet.
        metric: What will be asked.
        convert_to: Code of the currency.
        before: The period that is compared with.

    Raises:
        MisuseError: It is no code, or the metric is no money.
        ConfigError: No rate is given for a currency and day that the question has charges of.
    """
    to = convert_to.strip().upper()
    if not re.fullmatch("[A-Z]{3}", to):
        raise MisuseError(
            f"convert_to {clean(convert_to[:40])!r} is no currency code.", hint="For example USD."
        )
    if not any(question.metric(name).is_money for name in metric.of or (metric.name,)):
        raise MisuseError(
            f"{metric.name} is no money, so there is nothing to convert.",
            hint="Ask without convert_to.",
        )
    days: dict[str, set[dt.date]] = {}
    for period in [question.period, *([before] if before else [])]:
        query = question.query(["charge_count"], ["billing_currency", "day"], period=period)
        for row in question.rows(query):
            day = dt.date.fromisoformat(row["day"])
            days.setdefault(str(row["billing_currency"]), set()).add(day)
    if not days.keys() - {to}:
        if days:
            question.notes.append(f"All of it is billed in {to}: nothing was converted.")
        return []
    from tagwright.rates import load_rates

    question.conversion, used = load_rates(question.ctx.settings).conversion(to, days)
    question.notes.append(
        f"Converted to {to}, each charge at the rate of the UTC day that its period starts: "
        + "; ".join(_named(pair, list(rates)) for pair, rates in groupby(used, lambda r: r.pair))
        + "."
    )
    places = question.conversion.amount_places
    finest = int(question.ctx.snapshot.known(_FINEST).rows[0][0])
    if finest > places:
        question.notes.append(
            f"Amounts have up to {finest} decimals; they are rounded to {places} to be converted."
        )
    return used


def _named(pair: str, rates: Sequence[Rate]) -> str:
    told = [f"{rate.rate:f} since {rate.since} ({clean(rate.source)})" for rate in rates[:_NAMED]]
    if more := len(rates) - len(told):
        told.append(f"{more} more until that of {rates[-1].since}, all in details.rates")
    return f"{pair} {', '.join(told)}"
