"""``explain_change``: what a change between two periods is made of, and when it began."""

from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwright.builtin._arguments import (  # noqa: TC001  the registry reads them
    CompareTo,
    Filters,
    LimitEach,
    MetricName,
    Names,
    Offset,
    PeriodText,
)
from tagwright.builtin._compare import compared_period
from tagwright.builtin._drivers import MEASURED, drivers_of, price_and_quantity, score
from tagwright.builtin._question import (
    Question,
    currency_notes,
    figure,
    single_currency,
)
from tagwright.builtin._reach import Unknown
from tagwright.builtin._same_days import same_days
from tagwright.builtin._sides import Sides
from tagwright.builtin._steps import find_step
from tagwright.context import ToolContext  # noqa: TC001  the registry reads the signature
from tagwright.errors import MisuseError
from tagwright.money import EXACT, ratio_text
from tagwright.registry import tool
from tagwright.results import Period, ToolResult

if TYPE_CHECKING:
    from tagwright.metrics import Dimension, Metric
    from tagwright.results import Scalar

__all__ = ["explain_change"]

_CANDIDATES = (
    "service_provider_name", "service_name", "sub_account_id", "region_id", "charge_category",
)  # fmt: skip
"""Dimensions that may explain a change, beside the taxonomy keys that are not unit keys."""

_CHOSEN = 2
_CHOOSE_AMONG = 2000
_MAX_DAYS = 400


@tool(title="Explain a change")
def explain_change(
    ctx: ToolContext,
    *,
    period: PeriodText = "last_month",
    compare_to: CompareTo = "",
    metric: MetricName = "effective_cost",
    by: Annotated[Names, Field(description="default: what explains most")] = (),
    filters: Filters = (),
    limit: LimitEach = 5,
    offset: Offset = 0,
) -> ToolResult:
    """Why costs changed between two periods: drivers, day it began, price or quantity.

    Rows, per dimension and currency, largest absolute change first: ``dimension``, ``value``
    (null: no value), ``currency``, ``status`` (new, gone, up, down, or ``rest``: all other values
    as one row), ``before``, ``after``, ``change``, ``contribution`` (change / total change). The
    changes of one dimension and currency add up exactly to the total change. Where one of the
    periods has no data there are no rows: a change against what is unknown is none. Where a bill
    ends inside a period, the same days of both are compared: ``period`` and
    ``details.compared_to`` are those, ``details.not_in_it`` what is not there yet.

    Where ``by`` is empty the two dimensions of highest score are taken. With c the values'
    changes, p = |c| / sum |c| and q the values' shares of the cost of both periods,
    score = sum p^2 * sum max(0, p - q): high where few values move, and they are not simply those
    that cost most anyway (after "explanatory power" and "surprise" in Bhagwan et al., Adtributor,
    NSDI 2014). One value alone scores 0; what has no value explains nothing; of
    dimensions whose largest changes are the same, the first is taken.

    ``details``: ``step`` per currency where the daily amounts of both periods show another level
    (see ``find_step``), and ``price_and_quantity`` where quantities are known.

    Raises:
        UnknownNameError: A metric, dimension, filter value or period nobody knows.
        MisuseError: The metric is not an amount of money, or ``by`` names a time.
    """
    question = Question(ctx, period, filters)
    found = question.metric(metric)
    if not found.is_money:
        raise MisuseError(f"explain_change is about costs, and {found.name} is not one.")
    dimensions = question.dimensions(by)
    if any(dimension.kind == "time" for dimension in dimensions):
        raise MisuseError("A time cannot explain a change.", hint="See details.step for the day.")
    before = compared_period(ctx, compare_to or "previous_period", question.period)
    if before == question.period:
        raise MisuseError("A period cannot be compared with itself.")
    days = same_days(question, before)
    before = days.before or before
    span = _span(question, before)
    asked = dimensions or _candidates(question)
    sides = Sides(question, found.name, before)
    sides.ask([], ["day"] if span else [], list(MEASURED), *([item.name] for item in asked))
    whole = sorted(sides.rows([]), key=lambda row: str(row["currency"]))
    if not dimensions:
        dimensions = _choose(question, found, asked, sides)
    unknown = Unknown(question.reach, question.period, before, days.unlike)
    known = question.reach.holds(question.period), question.reach.holds(before)
    totals = [
        _half(row, found.name, *known) if unknown.change_of(row) else _total(row, found.name)
        for row in whole
    ]
    changes = {
        row["currency"]: _change(row, found.name) for row in whole if not unknown.change_of(row)
    }
    rows: list[dict[str, Scalar]] = []
    for dimension in dimensions:
        measured = sides.rows([dimension.name])
        for currency, change in changes.items():
            own = [row for row in measured if row["currency"] == currency]
            drivers = drivers_of(own, dimension.name, found.name, limit)
            rows += [driver.row(change) for driver in drivers]
    notes = [*question.notes, *question.data_notes(), *question.data_notes(before)]
    if not totals:
        notes.append(f"No charge matches in {before.label} or {question.period.label}.")
    notes += currency_notes(totals)
    return ToolResult(
        rows=rows[offset:],
        totals=totals,
        currency=single_currency(totals),
        period=question.period,
        row_count=len(rows),
        notes=list(dict.fromkeys(notes)),
        details={
            **days.details(),
            "by": [dimension.name for dimension in dimensions],
            "step": _steps(found, span, changes, sides.rows(["day"])) if span else [],
            "price_and_quantity": price_and_quantity(sides.rows(MEASURED), found, changes),
        },
    )


def _change(row: dict[str, Any], metric: str) -> Decimal:
    return EXACT.subtract(Decimal(row[metric] or 0), Decimal(row["before"] or 0))


def _total(row: dict[str, Any], metric: str) -> dict[str, Scalar]:
    change = _change(row, metric)
    return {
        "currency": row["currency"],
        "before": figure(Decimal(row["before"] or 0)),
        "after": figure(Decimal(row[metric] or 0)),
        "change": figure(change),
        "change_ratio": ratio_text(change, abs(Decimal(row["before"] or 0))),
    }


def _half(row: dict[str, Any], metric: str, after: bool, before: bool) -> dict[str, Scalar]:  # noqa: FBT001
    """The total of a currency whose change is unknown: what is known of each period."""
    return {
        "currency": row["currency"],
        "before": figure(Decimal(row["before"] or 0)) if before else None,
        "after": figure(Decimal(row[metric] or 0)) if after else None,
        "change": None,
        "change_ratio": None,
    }


def _candidates(question: Question) -> list[Dimension]:
    """Dimensions that may explain a change, those that the data has."""
    keys = [key.name for key in question.ctx.taxonomy.keys.values() if key.layer != "unit"]
    found = []
    for name in (*_CANDIDATES, *keys):
        # A key newer than the data cannot explain it.
        with contextlib.suppress(MisuseError):
            found.append(question.dimension(name))
    return found


def _choose(
    question: Question, metric: Metric, candidates: list[Dimension], sides: Sides
) -> list[Dimension]:
    """The dimensions of highest score; ties go to the one named first."""
    scored: list[tuple[Decimal, Dimension, list[Decimal]]] = []
    for dimension in candidates:
        # What is beyond so many values moves too little to explain anything.
        rows = sides.rows([dimension.name])[:_CHOOSE_AMONG]
        if (points := score(rows, dimension.name, metric.name)) > 0:
            moved = sorted((abs(_change(row, metric.name)) for row in rows), reverse=True)
            scored.append((points, dimension, moved[:2]))
    scored.sort(key=lambda item: -item[0])
    chosen: list[Dimension] = []
    seen: list[list[Decimal]] = []
    for _, dimension, moved in scored:
        # Team and product of the same machines move alike: the second would say nothing new.
        if moved not in seen:
            chosen.append(dimension)
            seen.append(moved)
    return chosen[:_CHOSEN] or [question.dimension("service_name")]


def _span(question: Question, before: Period) -> Period | None:
    """Both periods as one where they touch and are not too long to look at each day."""
    first, last = min(before.start, question.period.start), max(before.end, question.period.end)
    start, end = question.ctx.anchor.data_start, question.ctx.anchor.data_end
    if start is None or end is None:
        return None
    first, last = max(first, start), min(last, end)
    whole = Period(start=first, end=last, label="both")
    if not question.reach.holds(before) or question.reach.gaps(whole):
        return None  # days of an unknown month are no level
    touching = before.end == question.period.start or question.period.end == before.start
    if not touching or not 0 < (last - first).days <= _MAX_DAYS:
        return None
    return Period(start=first, end=last, label=f"{first} to {last - dt.timedelta(days=1)}")


def _steps(
    metric: Metric, span: Period, changes: dict[Any, Decimal], rows: list[dict[str, Any]]
) -> list[dict[str, Scalar]]:
    """Per currency, the level that began inside the two periods, if one did."""
    found: list[dict[str, Scalar]] = []
    for currency in changes:
        # Each day is in one of the two periods.
        amounts = {
            row["day"]: row["before"] if row[metric.name] is None else row[metric.name]
            for row in rows
            if row["currency"] == currency
        }
        days = [span.start + dt.timedelta(days=n) for n in range((span.end - span.start).days)]
        series = [(day, Decimal(amounts.get(day.isoformat()) or 0)) for day in days]
        if (step := find_step(series)) is not None:
            found.append(
                {
                    "currency": currency,
                    "start": step.start.isoformat(),
                    "end": step.end.isoformat() if step.end else None,
                    "per_day_otherwise": figure(step.before),
                    "per_day_from_start": figure(step.after),
                }
            )
    return found
