"""``query_costs``: figures by any groups, filters and period, alone or against another period."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from tagwright.blocks import summed
from tagwright.builtin._arguments import (
    CompareTo,
    Filters,
    Limit,
    MetricName,
    Names,
    Offset,
    PeriodText,
    page,
)
from tagwright.builtin._compare import compared, compared_period
from tagwright.builtin._conversion import convert
from tagwright.builtin._means import Means, run_rates
from tagwright.builtin._question import (
    Question,
    cell,
    currency_notes,
    figure,
    names_of,
    no_value_notes,
    single_currency,
)
from tagwright.builtin._ratio import ratio_rows
from tagwright.builtin._reach import Unknown
from tagwright.builtin._same_days import same_days
from tagwright.context import ToolContext  # noqa: TC001  the registry reads the signature
from tagwright.errors import MisuseError
from tagwright.metrics import Filter, Having
from tagwright.money import EXACT, display_text, ratio_text
from tagwright.registry import tool
from tagwright.results import ToolResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tagwright.metrics import Dimension, Metric, Query
    from tagwright.results import Period, Scalar

__all__ = ["Order", "query_costs"]

Order = Literal["auto", "desc", "asc", "time"]


_TWO = 2


@tool(title="Query costs")
def query_costs(
    ctx: ToolContext,
    *,
    metric: MetricName = "effective_cost",
    group_by: Annotated[
        Names,
        Field(description="dimensions, taxonomy keys, tag:<key>, day, month, ..."),
    ] = (),
    filters: Filters = (),
    period: PeriodText = "all",
    compare_to: CompareTo = "",
    convert_to: Annotated[str, Field(description="USD")] = "",
    having: Annotated[str, Field(description=">1000, 100..500")] = "",
    order: Order = "auto",
    limit: Limit = 20,
    offset: Offset = 0,
) -> ToolResult:
    """What was charged, as tagged, by any groups: cost or usage, share, change.

    Rows: the groups (null: no value), ``currency`` (``consumed_unit`` for quantities), the metric,
    ``share`` of the total of that currency; by times and more also ``period_share``, of the total
    of its own time: null where a provider's bill of it is missing. With ``compare_to`` also
    ``previous_<metric>``, ``change``, ``change_ratio``: null where one of the periods has no data,
    which is unknown and not zero. Where a bill ends inside a period, the same days of both are
    compared: ``period`` and ``details.compared_to`` are those, ``details.not_in_it`` what is not
    there yet. ``order`` ``auto`` is by time where a time is among the groups,
    else by the metric, largest first.

    Grouped by one time alone, totals have ``average_per_day`` (month, …): the total divided by
    ``times``, the days of the period that the data reaches (``average_per_week`` is of seven of its
    ``days``); by month or quarter, all of them whole,
    also ``annual_run_rate``: what a year comes to if every month is like these. By one time and
    more, ``details.averages`` has the same of each group of the others over that period, at most
    ``limit``. By one dimension alone that is no time, totals have ``average``: what has a value
    divided by ``values``, how many there are, and ``not_in_average``, what has none.

    Where the data ends inside the period, ``details.run_rate`` has each total divided by the
    ``known_days``, times the ``period_days``: what the period comes to if every day is like those.

    ``having`` keeps the groups whose metric is over or under an amount of their own currency;
    totals and shares stay those of all groups, ``details.kept`` sums up those that are kept.
    Where one group that is no time has two rows of money in a currency, ``details.gap`` has the
    larger less the smaller.
    A ratio (``effective_savings_rate``, ``unit_price``, ``commitment_utilization``,
    ``commitment_coverage``) has the two sums that it is of beside it, and no share.

    ``convert_to`` (a currency code) gives all money in that currency, each charge at the rate that
    ``rates.yaml`` has for the day that its charge period starts; nothing is rounded after that,
    so that groups add up to the total. The notes and ``details.rates`` tell the rates. Filters and
    the group ``billing_currency`` go on to mean what was billed.

    Raises:
        UnknownNameError: A metric, dimension, filter value or period nobody knows.
        MisuseError: Quantities of several units, a comparison of times with times, a threshold
            that is none, or one without groups; a conversion of what is no money.
        ConfigError: No rate is given for a currency and day, or the file of rates is wrong.
    """
    question = Question(ctx, period, filters)
    found = question.metric(metric)
    groups = question.dimensions(group_by)
    times = [group for group in groups if group.kind == "time"]
    if order == "time" and not times:
        raise MisuseError("order 'time' needs a time in group_by.")
    chronological = bool(times) and order in ("auto", "time")
    kept = Having.parse(having) if having else None
    if kept is not None and not groups:
        raise MisuseError("having needs group_by: a threshold is on the figures of groups.")
    if compare_to and times:
        raise MisuseError(
            "compare_to cannot be combined with a time in group_by.",
            hint="Group by the time alone over a longer period.",
        )
    before = compared_period(ctx, compare_to, question.period) if compare_to else None
    days = same_days(question, before)
    before = days.before
    exchanged = convert(question, found, convert_to, before) if convert_to else []
    details: dict[str, Any] = days.details()
    if exchanged:
        details["rates"] = [rate.as_dict() for rate in exchanged]
    if found.of is not None:
        result = _ratio(
            question, found, groups,
            before=before, unlike=days.unlike, having=kept, order=order, limit=limit, offset=offset,
        )  # fmt: skip
        return result.model_copy(update={"details": details})
    query = question.query(
        [found.name],
        names_of(groups),
        order_by=None if chronological else found.name,
        descending=order != "asc",
        limit=offset + limit,
        having=kept,
    )
    notes = [*question.notes, *question.data_notes()]
    notes += question.data_notes(before) if before else []
    if before is None:
        rows, count, totals = question.whole(query)
    else:
        rows, count = compared(question, query, before)
        # A total of money is one a currency, whatever its quantities are counted in.
        counted = found.unit == "ConsumedUnit"
        units = [name for name in names_of(groups) if name == "consumed_unit" and counted]
        totals, _ = compared(question, question.query([found.name], units), before)
        totals.sort(key=lambda row: (str(row.get("currency")), str(row.get("consumed_unit"))))
    shared = found.is_money or found.unit == "ConsumedUnit" or found.name == "charge_count"
    shares = _total_by_unit(totals, found.name) if shared and groups else {}
    notes += question.match_notes(totals) + currency_notes(totals)
    notes += no_value_notes(question, groups, rows, whole=len(rows) == count)
    if found.is_money:
        notes += _candidates(question, found.name)
    means = None
    if shared and before is None:
        means = Means(question, query, groups, rows if len(rows) == count and not kept else None)
    two = (
        found.is_money and before is None and len(groups) == 1 and not times and len(rows) == count
    )
    gap = _gap(rows, found.name) if two else []
    rates = run_rates(question, totals, found.name) if means else []
    averages, cut = means.of_groups(limit) if means else ([], [])
    notes += cut
    unknown = Unknown(question.reach, question.period, before, days.unlike)
    if chronological and not offset and count > len(rows):
        notes.append(f"Only the first {len(rows)} of {count} rows in time are shown.")
    return ToolResult(
        rows=[
            {
                **_row(row, names_of(groups), found.name, shares, before=before, unknown=unknown),
                **(means.of_row(row) if means else {}),
            }
            for row in page(rows, limit, offset)
        ],
        totals=[
            {
                **_row(row, [], found.name, {}, before=before, unknown=unknown),
                **(means.of_total(row) if means else {}),
            }
            for row in totals
        ],
        currency=single_currency(totals),
        period=question.period,
        row_count=count,
        notes=list(dict.fromkeys(notes)),
        details={
            **details,
            **({"averages": averages} if averages else {}),
            **({"run_rate": rates} if rates else {}),
            **({"gap": gap} if gap else {}),
            **({"having": having, "kept": _kept(question, query, count)} if kept else {}),
        },
    )


def _gap(rows: Sequence[dict[str, Any]], metric: str) -> list[dict[str, Scalar]]:
    """How far the two rows of a currency are apart; of more or fewer rows nothing."""
    found: dict[str, list[Decimal]] = {}
    for row in rows:
        found.setdefault(str(row["currency"]), []).append(row[metric])
    return [
        {"currency": currency, metric: figure(EXACT.subtract(max(two), min(two)))}
        for currency, two in found.items()
        if len(two) == _TWO and None not in two
    ]


def _kept(question: Question, query: Query, count: int) -> list[dict[str, Scalar]]:
    """What the groups that a threshold keeps come to: one row a currency and unit.

    Of a metric that does not add up (different resources) only how many groups there are.
    """
    metric = query.metrics[0]
    whole = question.rows(query.model_copy(update={"limit": None})) if count else []
    found: dict[tuple[Any, ...], list[Any]] = {}
    for row in whole:
        key = tuple((name, row[name]) for name in ("currency", "consumed_unit") if name in row)
        found.setdefault(key, []).append(row[metric])
    kept: list[dict[str, Scalar]] = []
    for key, figures in found.items():
        kept.append({**dict(key), "rows": len(figures)})
        if question.metric(metric).adds_up:
            exact = isinstance(figures[0], Decimal)
            kept[-1][metric] = figure(summed(figures) if exact else sum(figures))
    return kept


def _ratio(
    question: Question,
    metric: Metric,
    groups: Sequence[Dimension],
    *,
    before: Period | None,
    unlike: Iterable[str],
    having: Having | None,
    order: Order,
    limit: int,
    offset: int,
) -> ToolResult:
    """A ratio of two sums: by groups, in all, and against another period."""
    times = any(group.kind == "time" for group in groups)
    rows, totals = ratio_rows(
        question,
        metric,
        names_of(groups),
        before=before,
        unlike=unlike,
        having=having,
        descending=order != "asc",
        chronological=times and order in ("auto", "time"),
    )
    notes = [*question.notes, *question.data_notes()]
    notes += question.data_notes(before) if before else []
    notes += question.match_notes(totals) + currency_notes(totals)
    notes += no_value_notes(question, groups, rows, whole=True)
    return ToolResult(
        rows=page(rows, limit, offset) if groups else rows,
        totals=totals,
        currency=single_currency(totals),
        period=question.period,
        row_count=len(rows),
        notes=list(dict.fromkeys(notes)),
    )


def _candidates(question: Question, metric: str) -> list[str]:
    """What a question of what is AI for certain leaves out: GPUs that may be there for pictures."""
    certain = Filter(dimension="x_ai_certainty", values=("ai",), exact=True)
    if certain not in question.filters:
        return []
    other = Filter(dimension="x_ai_certainty", values=("candidate",), exact=True)
    query = question.query([metric])
    filters = tuple(other if item == certain else item for item in query.filters)
    # In their own currencies: the rates that were looked up are not for these.
    totals = question.totals(query.model_copy(update={"filters": filters, "conversion": None}))
    amounts = [f"{display_text(row[metric])} {row['currency']}" for row in totals if row[metric]]
    if not amounts:
        return []
    left_out = " and ".join(amounts)
    return [f"Not in it: candidates for AI, such as GPUs that may draw pictures, {left_out}."]


def _total_by_unit(totals: Sequence[dict[str, Any]], metric: str) -> dict[Any, Decimal]:
    return {
        (row.get("currency"), row.get("consumed_unit")): Decimal(row[metric])
        for row in totals
        if row[metric] is not None
    }


def _row(
    row: dict[str, Any],
    groups: Sequence[str],
    metric: str,
    shares: dict[Any, Decimal],
    *,
    before: Period | None,
    unknown: Unknown,
) -> dict[str, Scalar]:
    """A row of the result; where one of two periods is unknown, so is the change."""
    out: dict[str, Scalar] = {name: cell(row[name]) for name in groups}
    for unit in ("currency", "consumed_unit"):
        if unit in row:
            out[unit] = cell(row[unit])
    now = row[metric]
    out[metric] = figure(now)
    if shares:
        # A total per unit exists of quantities; of money there is one a currency.
        total = shares.get((row.get("currency"), row.get("consumed_unit")))
        if total is None:
            total = shares.get((row.get("currency"), None))
        known = now is not None and total is not None
        out["share"] = ratio_text(Decimal(now), total) if known and total is not None else None
    if before is not None:
        then = row["before"]
        out[f"previous_{metric}"] = figure(then)
        if unknown.change_of(row):
            return {**out, "change": None, "change_ratio": None}
        change = EXACT.subtract(Decimal(now or 0), Decimal(then or 0))
        out["change"] = figure(change if isinstance(now or then, Decimal) else int(change))
        out["change_ratio"] = ratio_text(change, abs(Decimal(then or 0)))
    return out
