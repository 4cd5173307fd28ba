"""Which picture a tool's result makes, if any.

Only figures of the result are drawn, and sums of them ("others"); amounts of two currencies make
two pictures. A result of one row makes none: the sentence has said it.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from tagwright.blocks import OTHERS, Cell, Chart, ChartKind, Series, Source, summed
from tagwright.metrics import dimension_label
from tagwright.metrics.definitions import TIME_GRAINS
from tagwright.money import EXACT
from tagwright.render.figures import cell_text, decimal_of
from tagwright.text import counted, shorten
from tagwright_agent.planner.measures import MONEY
from tagwright_agent.planner.wording import dates, filters_parts, metric_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tagwright.results import ToolResult
    from tagwright_agent.messages import ToolRun

__all__ = ["charts_of"]

_COLOURS = 6
"""More colours than these are told apart by nobody."""
_BARS = 12
_POINTS = 400
_NAME = 48
_NO_VALUE = "(no value)"

Row = dict[str, Any]


def charts_of(runs: Sequence[ToolRun]) -> list[Chart]:
    """The pictures of an answer: of the last tool call that makes any, one per currency."""
    for run in reversed(runs):
        draw = _TOOLS.get(run.tool)
        if (
            run.result is not None
            and draw is not None
            and (found := draw(run.arguments, _named(run.result)))
        ):
            return found
    return []


def _named(result: ToolResult) -> ToolResult:
    """The result as it is labelled: what people call a value before the value."""
    rows: list[Row] = [
        {
            column: f"{name} ({value})" if (name := line.called(column)) else value
            for column, value in line.values.items()
        }
        for line in Source(result).rows
    ]
    return result.model_copy(update={"rows": rows})


def _query(arguments: Mapping[str, Any], result: ToolResult) -> list[Chart]:
    metric = str(arguments.get("metric") or "effective_cost")
    groups = [str(name) for name in arguments.get("group_by") or ()]
    time = next((name for name in groups if name in TIME_GRAINS), None)
    others = [name for name in groups if name != time]
    words = metric_text(metric)
    title = _title(words, groups, arguments, result)
    found = []
    for currency, rows in _by_currency(result.rows, with_money=metric in MONEY):
        cells = [(row, decimal_of(row.get(metric))) for row in rows]
        left = _not_shown(result)
        if time and others:
            chart = _stack(cells, time, others)
        elif time:
            chart = _trend(cells, time)
        else:
            totals = [row for row in result.totals if row.get("currency", "") == currency]
            whole = decimal_of(totals[0].get(metric)) if len(totals) == 1 else None
            # Resources are not added up: one may stand in several groups.
            whole = None if metric == "resource_count" else whole
            chart = _ranked(cells, others, whole)
            left = _not_shown(result, cells, chart) if whole is None else []
        if chart is not None:
            kind, labels, series = chart
            found.append(_chart(kind, title, currency, labels, series, left, result))
    return found


def _coverage(arguments: Mapping[str, Any], result: ToolResult) -> list[Chart]:
    groups = [str(name) for name in arguments.get("group_by") or ()]
    keys = {row.get("key") for row in result.rows}
    if not groups or len(keys) != 1:
        return []
    time = next((name for name in groups if name in TIME_GRAINS), None)
    what = "resources" if arguments.get("basis") == "resources" else "effective cost"
    part = str(arguments.get("part") or "")
    lacking = {"untagged": "without any tag", "missing": "that lacks the key"}.get(
        part, "without valid tags"
    )
    found = []
    for currency, rows in _by_currency(result.rows, with_money=what != "resources"):
        if time and len(groups) == 1:
            cells = [
                (row, None if ratio is None else EXACT.multiply(ratio, Decimal(100)))
                for row in rows
                for ratio in (decimal_of(row.get("coverage")),)
            ]
            chart, unit, words = _trend(cells, time), "%", f"Tag coverage of {what}"
        elif time:
            continue
        else:
            cells = [(row, _gap(row, part)) for row in rows]
            totals = [row for row in result.totals if row.get("currency", "") == currency]
            chart = _ranked(cells, groups, _gap(totals[0], part) if len(totals) == 1 else None)
            unit, words = currency, f"{what.capitalize()} {lacking}"
        if chart is None:
            continue
        kind, labels, series = chart
        title = _title(f"{words} ({currency})" if unit == "%" and currency else words, groups,
                       arguments, result)  # fmt: skip
        left = () if kind == "ranked" else tuple(_not_shown(result))
        shape: ChartKind = "pareto" if kind == "ranked" else kind
        found.append(_chart(shape, title, unit, labels, series, left, result))
    return found


def _gap(row: Mapping[str, Any], part: str) -> Decimal | None:
    """What has no valid value, or the one part of it that is asked for."""
    wanted = (part,) if part else ("untagged", "missing", "invalid")
    found = [number for name in wanted if (number := decimal_of(row.get(name))) is not None]
    return summed(found) if len(found) == len(wanted) else None


def _change(arguments: Mapping[str, Any], result: ToolResult) -> list[Chart]:
    by = (result.details.get("by") or [None])[0]
    before = dates(result.details.get("compared_to"))
    after = dates(result.period)
    metric = str(arguments.get("metric") or "effective_cost")
    words = f"{metric_text(metric)}, {before} to {after}{_where(arguments)}"
    found = []
    rows = [row for row in result.rows if row.get("dimension") == by]
    for total in result.totals:
        currency = str(total.get("currency") or "")
        own = [row for row in rows if str(row.get("currency") or "") == currency]
        first, last = decimal_of(total.get("before")), decimal_of(total.get("after"))
        steps = [(_label(row.get("value")), decimal_of(row.get("change"))) for row in own]
        if first is None or last is None or len(steps) < 2:
            continue
        walked = summed([first, *(step for _, step in steps if step is not None)])
        if (rest := EXACT.subtract(last, walked)) != 0:
            steps.append((OTHERS, rest))
        labels = (before, *(name for name, _ in steps), after)
        values = (first, *(step for _, step in steps), last)
        title = f"{words} by {dimension_label(str(by))}"
        found.append(
            _chart("change", title, currency, labels, (_series("", values),), (), result)
        )  # fmt: skip
    return found


def _units(arguments: Mapping[str, Any], result: ToolResult) -> list[Chart]:
    # As the rows name them: a model has another name in the bill than in telemetry.
    groups = list(takewhile(lambda name: name != "currency", result.rows[0] if result.rows else ()))
    time = next((name for name in groups if name in TIME_GRAINS), None)
    others = [name for name in groups if name != time]
    allocated = arguments.get("basis") == "allocated"
    metric = "cost_per_million_tokens"
    words = f"{'Effective' if allocated else 'Priced'} cost per 1M tokens"
    found = []
    for currency, rows in _by_currency(result.rows, with_money=True):
        cells = [(row, decimal_of(row.get(metric))) for row in rows]
        if time and others:
            continue  # what one token costs is not stacked on what another costs
        cells.sort(key=lambda cell: -(cell[1] or Decimal(0)))  # the tool sorts them by cost
        chart = _trend(cells, time) if time else _ranked(cells, others, None)
        if chart is not None:
            kind, labels, series = chart
            title = _title(words, groups, arguments, result)
            left = _not_shown(result, cells, None if time else chart)
            found.append(_chart(kind, title, currency, labels, series, left, result))
    return found


def _allocated(arguments: Mapping[str, Any], result: ToolResult) -> list[Chart]:
    """Who bears what, by target; a target's kinds of charge are added up."""
    basis = str(result.details.get("cost_basis") or "effective_cost")
    dimension = str(result.details.get("dimension") or "")
    found = []
    for currency, rows in _by_currency(result.rows, with_money=True):
        sums: dict[str, Decimal] = {}
        for row in rows:
            nobody = row.get("kind") == "unallocated"
            name = "(unallocated)" if nobody else _label(row.get("target"))
            sums[name] = EXACT.add(
                sums.get(name, Decimal(0)), decimal_of(row.get(basis)) or Decimal(0)
            )
        totals = [row for row in result.totals if row.get("currency") == currency]
        cells: list[tuple[Row, Decimal | None]] = [
            ({"target": name}, amount)
            for name, amount in sorted(sums.items(), key=lambda item: (-item[1], item[0]))
        ]
        chart = _ranked(cells, ["target"], decimal_of(totals[0].get(basis)) if totals else None)
        if chart is not None:
            kind, labels, series = chart
            title = _title(
                f"Allocated {metric_text(basis).lower()}", [dimension], arguments, result
            )
            found.append(_chart(kind, title, currency, labels, series, (), result))
    return found


_TOOLS = {
    "query_costs": _query,
    "tag_coverage": _coverage,
    "explain_change": _change,
    "unit_costs": _units,
    "allocate_costs": _allocated,
}

Drawn = tuple[ChartKind, tuple[str, ...], tuple[Series, ...]]


def _series(name: str, values: Iterable[Decimal | None]) -> Series:
    return Series(name=name, values=tuple(values))


def _chart(  # noqa: PLR0917  they are the chart's own fields, in its order
    kind: ChartKind,
    title: str,
    unit: str,
    labels: tuple[str, ...],
    series: tuple[Series, ...],
    notes: Sequence[str],
    result: ToolResult,
) -> Chart:
    return Chart(
        kind=kind, title=title, unit=unit, labels=labels, series=series,
        notes=tuple(notes), receipt=result.receipt,
    )  # fmt: skip


def _trend(cells: Sequence[tuple[Row, Decimal | None]], time: str) -> Drawn | None:
    known = {str(row[time]): value for row, value in cells if row.get(time) is not None}
    labels = _axis(known, time)
    if len(known) < 2 or len(labels) > _POINTS:
        return None
    return "trend", labels, (_series("", tuple(known.get(label) for label in labels)),)


def _stack(
    cells: Sequence[tuple[Row, Decimal | None]], time: str, groups: Sequence[str]
) -> Drawn | None:
    """Groups over time: the largest ones apart, the rest as one."""
    known: dict[str, dict[str, Decimal]] = {}
    weights: dict[str, Decimal] = {}
    for row, value in cells:
        if value is None or row.get(time) is None:
            continue
        name = _joined(row, groups)
        at = known.setdefault(name, {})
        label = str(row[time])
        at[label] = EXACT.add(at.get(label, Decimal(0)), value)
        weights[name] = EXACT.add(weights.get(name, Decimal(0)), abs(value))
    labels = _axis({label for at in known.values() for label in at}, time)
    if len(labels) < 2 or not known or len(labels) > _POINTS:
        return None
    order = sorted(weights, key=lambda name: (-weights[name], name))
    own = order if len(order) <= _COLOURS else order[: _COLOURS - 1]
    series = [_series(name, tuple(known[name].get(label) for label in labels)) for name in own]
    if rest := order[len(own) :]:
        series.append(_series(f"({len(rest)} others)", tuple(_added(known, rest, labels))))
    return "stack", labels, tuple(series)


def _added(
    known: Mapping[str, Mapping[str, Decimal]], names: Sequence[str], labels: Sequence[str]
) -> Iterable[Decimal | None]:
    for label in labels:
        there = [known[name][label] for name in names if label in known[name]]
        yield summed(there) if there else None


def _ranked(
    cells: Sequence[tuple[Row, Decimal | None]], groups: Sequence[str], whole: Decimal | None
) -> Drawn | None:
    """The largest ones in order; what the total has besides is one bar."""
    known = [(_joined(row, groups), value) for row, value in cells if value is not None]
    known = [(name, value) for name, value in known if value]
    if len(known) < 2:
        return None
    shown = known[:_BARS]
    rest = Decimal(0) if whole is None else EXACT.subtract(whole, summed(v for _, v in shown))
    if rest:
        shown.append((OTHERS, rest))
    labels = tuple(name for name, _ in shown)
    return "ranked", labels, (_series("", tuple(value for _, value in shown)),)


def _axis(labels: Iterable[str], time: str) -> tuple[str, ...]:
    """The labels in order; days without a row stand as gaps, not closed up."""
    known = sorted(labels)
    if time != "day" or len(known) < 2:
        return tuple(known)
    try:
        first, last = dt.date.fromisoformat(known[0]), dt.date.fromisoformat(known[-1])
    except ValueError:
        return tuple(known)
    return tuple(
        str(first + dt.timedelta(days=number)) for number in range((last - first).days + 1)
    )


def _by_currency(rows: Sequence[Row], *, with_money: bool) -> list[tuple[str, list[Row]]]:
    """The rows of each currency; first the one whose figures are largest."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row.get("currency") or "") if with_money else "", []).append(row)
    return sorted(found.items(), key=lambda item: (-_largest(item[1]), item[0]))


def _largest(rows: Sequence[Row]) -> Decimal:
    figures = [decimal_of(value) for row in rows for value in row.values()]
    return max((abs(value) for value in figures if value is not None), default=Decimal(0))


def _not_shown(
    result: ToolResult, cells: Sequence[object] = (), chart: Drawn | None = None
) -> list[str]:
    """What is said of rows that the result leaves out, and the chart of ``cells`` besides."""
    missing = result.row_count - len(result.rows)
    if chart is not None:
        missing += len(cells) - len(chart[1])
    if missing <= 0:
        return []
    return [f"{counted(missing, 'row')} of the result {'is' if missing == 1 else 'are'} not drawn."]


def _title(
    words: str, groups: Sequence[str], arguments: Mapping[str, Any], result: ToolResult
) -> str:
    by = " and ".join(dimension_label(name) for name in groups)
    when = dates(result.period)
    return f"{words}{_where(arguments)} by {by}{f', {when}' if when else ''}"


def _where(arguments: Mapping[str, Any]) -> str:
    parts = filters_parts(_filters(arguments))
    return "".join(cell_text(part) if isinstance(part, Cell) else part for part in parts)


def _filters(arguments: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return [item for item in arguments.get("filters") or () if isinstance(item, dict)]


def _joined(row: Mapping[str, Any], groups: Sequence[str]) -> str:
    return " / ".join(_label(row.get(name)) for name in groups)


def _label(value: object) -> str:
    return _NO_VALUE if value is None else shorten(str(value), _NAME)
