"""What is asked of amounts, and the answer; every figure is a cell of the result."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from tagwright.blocks import Cell, Source, Suggestions, joined, sentence, tabled
from tagwright.metrics import dimension_label
from tagwright.text import counted
from tagwright_agent.planner.frames.rows import foremost
from tagwright_agent.planner.measures import MONEY
from tagwright_agent.planner.question import Filter, Question
from tagwright_agent.planner.said import TIMES
from tagwright_agent.planner.unknown import no_change, scope_parts
from tagwright_agent.planner.wording import dates, filters_parts, heading, metric_text, named
from tagwright_agent.planner.words import scope_words, threshold_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.blocks import Block, ColumnOf, Line, Part, Table
    from tagwright.results import ToolResult
    from tagwright_agent.planner.question import Scope

__all__ = ["Costs", "say"]

_ROWS = 10
_NEAR = 3
_ALL_ROWS = 20
"""So many are shown rather than left out at the end."""
_MOST_ROWS = 50
_COMPARABLE = 2
_TIME_ROWS = 31


class Costs(Question):
    """A question of amounts.

    Attributes:
        show: How: plain figures, the share of ``focus``, the gap between the two
            values of the one group, how many values the one group has, the
            average per ``grain`` (a unit of time, or a dimension), the pace of the period.
        focus: Of a share: what it is the share of; the scope's filters are the whole.
        grain: Of an average.
    """

    frame: str = "costs"
    show: Literal["", "share", "gap", "count", "average", "pace", "year"] = ""
    focus: Filter | None = None
    grain: str = ""


MACHINES = "x_instance_type"
"""Rows by it are of what has one: three quarters of a bill are no machines."""


def say(question: Costs, result: ToolResult) -> list[Block]:
    """The answer to a question of amounts."""
    scope = question.scope
    metric = scope.metric or "effective_cost"
    if question.show == "count":
        return _counted(scope, result)
    head: list[Part] = [metric_text(metric), *scope_parts(scope, result)]
    if MACHINES in scope.groups:
        head.insert(1, " of machines")
    source = Source(result)
    totals = [line for line in source.totals if line.get(metric) is not None]
    if not totals and not any(line.get(f"previous_{metric}") for line in source.totals):
        billed = scope.on("billing_currency")
        why = (
            f"nothing of it is billed in {', '.join(billed.values)}"
            if billed
            else "no charge matches"
        )
        return [sentence(head, f": {why}."), *_with_one_less(scope)]
    special = {
        "share": partial(_share, question, source, metric),
        "gap": partial(_gap, scope, source, metric, head),
        "average": partial(_average, question, source, metric, head),
        "pace": partial(_pace, source, metric, head),
        "year": partial(_year, source, metric, head),
    }.get(question.show)
    if special is not None:
        return special()
    if scope.compare_to:
        first = _compared(head, metric, source)
    else:
        first = [*head, ": ", *_each(totals, source, metric), "."]
    if not scope.groups:
        return [sentence(first, _untaggable(source, metric))]
    if not result.rows:
        over: list[Part] = [f" None is {threshold_words(scope.having)}."] if scope.having else []
        return [sentence(first, over)]
    return [
        sentence(first, _top(scope, source, metric), _kept(scope, source, metric)),
        _grouped(scope, source, metric),
    ]


def _with_one_less(scope: Scope) -> list[Block]:
    """The same question without one of its names, the earliest first, where nothing is all of them."""
    kept = [scope.filters[:at] + scope.filters[at + 1 :] for at in range(len(scope.filters))]
    if len(kept) < 2:
        return []
    asked = [scope_words(scope.but(filters=filters)) for filters in kept[:_NEAR]]
    questions = tuple(text[:1].upper() + text[1:] for text in asked)
    return [Suggestions(intro="You can ask for example:", questions=questions)]


def _each(totals: Sequence[Line], source: Source, metric: str) -> list[Part]:
    """The totals; of a ratio, which has no unit, with the currency it is of."""
    if metric not in _RATIOS or len(source.totals) < 2:
        return joined([_amount(line, metric) for line in totals])
    parts: list[Part] = []
    for line in totals:
        between = [" and "] if parts else []
        parts += [*between, _amount(line, metric), f" in {line.get('currency')}"]
    return parts


def _unit(line: Line, metric: str) -> str:
    if metric in MONEY or metric.endswith("savings"):
        return str(line.get("currency") or "")
    unit = str(line.get("consumed_unit") or "") if metric == "consumed_quantity" else ""
    if metric == "unit_price":
        unit = f"{line.get('currency') or ''} per {line.get('consumed_unit') or 'unit'}"
    return unit


_RATIOS = frozenset({"effective_savings_rate", "commitment_utilization", "commitment_coverage"})


def _amount(line: Line, metric: str, column: str = "", *, signed: bool = False) -> Cell:
    """A figure of the metric: in this period, or where ``column`` says so."""
    name = column or metric
    if metric in _RATIOS and line.get(name) is not None:
        return line.ratio(name, signed=signed)
    if metric == "consumed_quantity":
        return line.cell(name, "count", unit=_unit(line, metric), signed=signed)
    return line.amount(name, _unit(line, metric), signed=signed)


def _untaggable(source: Source, metric: str) -> list[Part]:
    """Of what has no key: how much of it could have none (rows by ``x_taggable``)."""
    parts: list[Part] = []
    for line in source.rows:
        if "x_taggable" in line.values and line.get("x_taggable") in ("false", False):
            between: Part = " and " if parts else " Of it "
            parts += [between, _amount(line, metric)]
    return [*parts, " cannot be tagged."] if parts else []


def _compared(head: Sequence[Part], metric: str, source: Source) -> list[Part]:
    before = dates(source.result.details.get("compared_to"))
    parts: list[Part] = []
    for line in source.totals:
        now, then = _amount(line, metric), _amount(line, metric, f"previous_{metric}")
        ratio = metric in _RATIOS
        inside = f" in {line.get('currency')}" if ratio and len(source.totals) > 1 else ""
        parts += [*([" "] if parts else []), *head, ": ", now, *([inside] if inside else [])]
        if line.get("change") is None:
            parts.append(f". {no_change(source.result, line.get(f'previous_{metric}'))}")
            continue
        parts += [
            " (",
            _amount(line, metric, "change", signed=True),
            *([" points"] if ratio else []),
        ]
        if line.get("change_ratio") is not None:
            parts += [", ", line.ratio("change_ratio", signed=True)]
        parts += ["), against ", then, f" in {before}."]
    return parts


def _top(scope: Scope, source: Source, metric: str) -> list[Part]:
    """The first group, where rows are in order of amount and can be compared."""
    if any(group in TIMES for group in scope.groups) and not scope.order:
        return []
    units: dict[str, list[Line]] = {}
    for line in source.rows:
        units.setdefault(_unit(line, metric), []).append(line)
    most = max(units.values(), key=len)
    if len(most) < _COMPARABLE or most[0].get(metric) is None:
        return []
    word = "Smallest" if scope.order == "asc" else "Largest"
    inside = f" in {_unit(most[0], metric)}" if len(units) > 1 else ""
    parts: list[Part] = [f" {word}{inside}: "]
    # Who asks for the largest team asks for a team: after what has none, the first that is one.
    named = next((line for line in most if line.get(scope.groups[0]) is not None), most[0])
    for line in [most[0]] if named is most[0] else [most[0], named]:
        parts += [
            *([", then "] if len(parts) > 1 else []),
            *joined([line.name(group) for group in scope.groups], last=", "),
            " with ", _amount(line, metric),
        ]  # fmt: skip
        if scope.order != "asc" and line.get("share") is not None:
            parts += [" (", line.ratio("share"), " of it)"]
    return [*parts, "."]


def _kept(scope: Scope, source: Source, metric: str) -> list[Part]:
    """How many groups a threshold keeps, and what they come to."""
    parts: list[Part] = []
    for line in source.details("kept") if scope.having else []:
        parts += [
            " ", Cell(value=str(line.get("rows")), kind="count"),
            f" of them {'is' if line.get('rows') == 1 else 'are'} {threshold_words(scope.having)}",
        ]  # fmt: skip
        if line.get(metric) is not None:
            parts += [", together ", _amount(line, metric)]
        parts.append(".")
    return parts


def _grouped(scope: Scope, source: Source, metric: str) -> Table:
    result = source.result
    timed = any(group in TIMES for group in scope.groups)
    currencies = max(len({row.get("currency") for row in result.rows}), 1)
    # A month by day is a month in each currency.
    room = _TIME_ROWS * currencies if timed and not scope.order else _ROWS
    if result.row_count <= _ALL_ROWS:
        room = max(room, _ALL_ROWS)
    shown = source.rows[:room]
    if scope.limit:
        shown = foremost(source.rows, scope.groups, min(scope.limit, _MOST_ROWS))
    several = len({_unit(line, metric) for line in [*source.rows, *source.totals]} - {""}) > 1
    compared = bool(scope.compare_to)
    columns: list[ColumnOf] = [(heading(group), "name", group) for group in scope.groups]
    if metric in _RATIOS and currencies > 1 and "billing_currency" not in scope.groups:
        columns.append(("Currency", "name", "currency"))
    columns.append((metric_text(metric), "amount", partial(_amount, metric=metric)))
    if compared:
        before = f"previous_{metric}"
        change = "Points" if metric in _RATIOS else "Change"
        columns += [
            ("Before", "amount", partial(_amount, metric=metric, column=before)),
            (change, "amount", partial(_amount, metric=metric, column="change", signed=True)),
        ]
        if metric not in _RATIOS:
            columns.append(("Change %", "ratio", _change_ratio))
    elif any(line.get("period_share") for line in shown):
        columns.append(("Share of its time", "ratio", "period_share"))
    elif any(line.get("share") for line in shown):
        columns.append(("Share", "ratio", "share"))
    totals = source.totals if len(source.rows) > 1 or several else []
    if scope.having:
        totals = [line for line in source.details("kept") if line.get(metric) is not None]
    return tabled(shown, columns, totals=totals, row_count=result.row_count)


def _change_ratio(line: Line) -> Cell:
    known = line.get("change_ratio") is not None
    return line.ratio("change_ratio", signed=True) if known else Cell()


def _average(question: Costs, source: Source, metric: str, head: Sequence[Part]) -> list[Block]:
    """What a time, or one of the things, costs on average."""
    scope, grain = question.scope, question.grain
    timed = grain in TIMES
    column = f"average_per_{grain}" if timed else "average"
    count = "days" if grain == "week" else "times" if timed else "values"
    label = grain if timed else dimension_label(grain)
    lines = source.details("averages")
    if lines:
        others = [group for group in scope.groups if group not in TIMES]
        columns: list[ColumnOf] = [(heading(group), "name", group) for group in others]
        columns += [
            (f"Average a {label}", "amount", partial(_amount, metric=metric, column=column)),
            (metric_text(metric), "amount", partial(_amount, metric=metric)),
        ]
        return [sentence(head, f", on average a {label}:"), tabled(lines, columns)]
    parts: list[Part] = []
    for line in source.totals:
        if not line.get(count) or line.get(column) is None:
            continue
        many = counted(int(line.get(count) or 0), "day" if count == "days" else label)
        parts += [
            *([" "] if parts else []), *head, ", on average: ",
            _amount(line, metric, column), f" a {label} (", _amount(line, metric), f" in {many}).",
        ]  # fmt: skip
    return [sentence(parts or [*head, ": an average is not known."])]


def _pace(source: Source, metric: str, head: Sequence[Part]) -> list[Block]:
    """What the period comes to if its other days are like the known ones."""
    parts: list[Part] = [*head, ": ", *joined([_amount(t, metric) for t in source.totals]), "."]
    rates = source.details("run_rate")
    for line in rates:
        parts += [
            " If every day is like the ", Cell(value=str(line.get("known_days")), kind="count"),
            " that are known, the ", Cell(value=str(line.get("period_days")), kind="count"),
            " days come to ", _amount(line, metric, "run_rate"), ".",
        ]  # fmt: skip
    if not rates:
        parts.append(" There is no pace to go by: the data does not end inside this period.")
    return [sentence(parts)]


def _year(source: Source, metric: str, head: Sequence[Part]) -> list[Block]:
    """What a year comes to if every month is like those asked about."""
    parts: list[Part] = []
    for line in source.totals:
        if line.get("annual_run_rate") is None:
            continue
        parts += [
            *([" "] if parts else []), *head, ": ", _amount(line, metric), "; a year of such ",
            "months comes to ", _amount(line, metric, "annual_run_rate"), ".",
        ]  # fmt: skip
    return [sentence(parts or [*head, ": a run rate is not known."])]


def _share(question: Costs, source: Source, metric: str) -> list[Block]:
    focus = question.focus
    if focus is None:
        return []
    scope = question.scope
    wanted: Sequence[Any] = focus.values or [None]
    when, where = dates(source.result.period), filters_parts(scope.filter_arguments())
    lines = [line for line in source.rows if line.get(focus.dimension) in wanted]
    grains = [group for group in scope.groups if group in TIMES]
    missing: list[Part] = joined([named(value) for value in focus.values]) or [
        f"No {dimension_label(focus.dimension)}"
    ]
    if grains and lines:
        columns: list[ColumnOf] = [(heading(grain), "name", grain) for grain in grains]
        columns += [
            (metric_text(metric), "amount", partial(_amount, metric=metric)),
            ("Share", "ratio", "period_share"),
        ]
        head = [f"Share of each {grains[0]}'s {metric_text(metric).lower()}", *where, ": "]
        return [sentence(head, missing, "."), tabled(lines, columns)]
    said: list[Block] = []
    for line in lines:
        unit = _unit(line, metric)
        whole = next((t for t in source.totals if _unit(t, metric) == unit), None)
        share: Part = line.ratio("share") if line.get("share") is not None else "no share"
        name: Part = line.name(focus.dimension) if focus.values else missing[0]
        said.append(
            sentence(
                name, ": ", share, f" of {metric_text(metric).lower()}", where,
                f", {when}: ", _amount(line, metric), " of ",
                "nothing" if whole is None else _amount(whole, metric), ".",
            )
        )  # fmt: skip
    return said or [sentence(missing, f": no charge matches in {when}", where, ".")]


def _gap(scope: Scope, source: Source, metric: str, head: Sequence[Part]) -> list[Block]:
    """How far two are apart, in each currency that both have."""
    parts: list[Part] = []
    for apart in source.details("gap"):
        two = [line for line in source.rows if line.get("currency") == apart.get("currency")]
        for line in two:
            parts += [line.name(scope.groups[0]), " with ", _amount(line, metric), ", "]
        parts += ["a difference of ", _amount(apart, metric), ". "]
    if not parts:
        return [
            sentence(head, ": only one of the two has a figure."),
            _grouped(scope, source, metric),
        ]
    return [sentence([*head, ": ", *parts])]


def _counted(scope: Scope, result: ToolResult) -> list[Block]:
    """How many values a dimension has; rows without a value are filtered out by the call."""
    group = scope.groups[0]
    lines = list({line.get(group): line for line in reversed(Source(result).rows)}.values())[::-1]
    if result.row_count > len(result.rows) or len(lines) == len(result.rows):
        count = result.row_count
    else:
        count = len(lines)  # a value that is charged in two currencies has two rows
    text = f"{count:,} value{'' if count == 1 else 's'} of {dimension_label(group)}"
    have = " has charges" if count == 1 else " have charges"
    blocks: list[Block] = [sentence(text + have, scope_parts(scope, result), ".")]
    if lines:
        blocks.append(tabled(lines[:_ROWS], [(heading(group), "name", group)], row_count=count))
    return blocks
