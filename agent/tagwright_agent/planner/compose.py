"""The answer in words, from slots and a tool's result; every figure printed stands in the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.metrics import dimension_label
from tagwright.text import counted
from tagwright_agent.planner.compose_tags import coverage, plans, proposal, tag_keys
from tagwright_agent.planner.compose_units import allocation, unit_costs
from tagwright_agent.planner.compose_unknown import no_change, no_data, scope_text
from tagwright_agent.planner.compose_workloads import workloads
from tagwright_agent.planner.wording import (
    MONEY,
    amount,
    dates,
    filters_text,
    heading,
    join,
    metric_text,
    name,
    notes,
    percent,
    signed,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.results import ToolResult
    from tagwright_agent.planner.slots import Slots

__all__ = ["compose"]

_ROWS = 10
_ALL_ROWS = 15
"""So many are shown rather than left out at the end."""
_MANY = 1000
"""What the planner asks for where every row counts; nobody asked to see so many."""
_MOST_ROWS = 50
_TIME_ROWS = 31
_TIMES = {"day", "week", "month", "quarter", "year", "billing_period"}


def compose(slots: Slots, tool: str, result: ToolResult) -> str:
    """The answer to one question.

    Args:
        slots: What was asked.
        tool: Which tool answered.
        result: Its result.
    """
    writer = {
        "query_costs": _costs,
        "explain_change": _explained,
        "tag_coverage": coverage,
        "describe_data": _described,
        "propose_tag_fixes": proposal,
        "get_plan": plans,
        "map_workloads": workloads,
        "unit_costs": unit_costs,
        "allocate_costs": allocation,
    }.get(tool)
    if writer is None:
        return "The tool answered, but I cannot word its result. See the rows."
    parts = [no_data(tool, slots, result) or writer(slots, result)]
    parts += [_taken_for(slots), notes(result)]
    return "\n\n".join(part for part in parts if part)


def _taken_for(slots: Slots) -> str:
    """How words were read where they are not the data's own."""
    return "Read as: " + "; ".join(slots.notes) + "." if slots.notes else ""


def _unit(row: Mapping[str, Any], metric: str) -> str:
    if metric in MONEY:
        return str(row.get("currency") or "")
    return str(row.get("consumed_unit") or "") if metric == "consumed_quantity" else ""


def _costs(slots: Slots, result: ToolResult) -> str:
    metric = slots.metric or "effective_cost"
    if slots.intent == "count":
        return _counted(slots, result)
    head = f"{metric_text(metric)}{scope_text(slots, result)}"
    totals = [row for row in result.totals if row.get(metric) is not None]
    if not totals and not any(row.get(f"previous_{metric}") for row in result.totals):
        return f"{head}: no charge matches."
    if slots.focus:
        return _share(slots, result, metric)
    if slots.intent == "average":
        return _averaged(head, slots, metric, totals)
    if slots.compare_to:
        first = _compared(head, metric, result)
    else:
        sums = join([amount(row[metric], _unit(row, metric)) for row in totals])
        first = f"{head}: {sums}."
    if not slots.group_by or not result.rows:
        return first
    return "\n\n".join([_with_top(first, slots, result, metric), _grouped(slots, result, metric)])


def _averaged(head: str, slots: Slots, metric: str, totals: Sequence[Mapping[str, Any]]) -> str:
    """One sentence a currency: the average, and what it is the average of."""
    grain = next((group for group in slots.group_by if group in _TIMES), "day")
    return " ".join(
        f"{head}, on average: {amount(row.get(f'average_per_{grain}'), _unit(row, metric))} a {grain} "
        f"({amount(row[metric], _unit(row, metric))} in {counted(int(row['times']), grain)})."
        for row in totals
        if row.get("times")
    )


def _compared(head: str, metric: str, result: ToolResult) -> str:
    before = dates(result.details.get("compared_to"))
    sentences = []
    for row in result.totals:
        unit = _unit(row, metric)
        now, then = amount(row.get(metric), unit), amount(row.get(f"previous_{metric}"), unit)
        if row.get("change") is None:
            said = no_change(result, row.get(f"previous_{metric}"))
            sentences.append(f"{head}: {now}. {said}")
            continue
        ratio = percent(row.get("change_ratio"), sign=True)
        change = f"{signed(row.get('change'))} {name(unit)}".strip() + (
            f", {ratio}" if ratio else ""
        )
        sentences.append(f"{head}: {now} ({change}), against {then} in {before}.")
    return " ".join(sentences)


def _with_top(first: str, slots: Slots, result: ToolResult, metric: str) -> str:
    """Adds the first group, where rows are in order of amount and can be compared."""
    units = {_unit(row, metric) for row in result.rows}
    timed = any(group in _TIMES for group in slots.group_by) and slots.order == "desc"
    top = result.rows[0]
    if timed or len(units) > 1 or len(result.rows) < 2 or top.get(metric) is None:
        return first
    named = ", ".join(_value(top, group) for group in slots.group_by)
    share = percent(top.get("share"))
    word = "Smallest" if slots.order == "asc" else "Largest"
    more = f" ({share} of it)" if share and slots.order != "asc" else ""
    return f"{first} {word}: {named} with {amount(top[metric], _unit(top, metric))}{more}."


def _value(row: Mapping[str, Any], group: str) -> str:
    return name(row.get(group))


def _grouped(slots: Slots, result: ToolResult, metric: str) -> str:
    timed = any(group in _TIMES for group in slots.group_by)
    ranked = slots.order != "desc"  # times by amount, not one after the other
    currencies = max(len({row.get("currency") for row in result.rows}), 1)
    # A month by day is a month in each currency.
    room = _TIME_ROWS * currencies if timed and not ranked else _ROWS
    if result.row_count <= _ALL_ROWS:
        room = max(room, _ALL_ROWS)
    shown = result.rows[: room if slots.limit in (0, _MANY) else min(slots.limit, _MOST_ROWS)]
    units = {_unit(row, metric) for row in [*result.rows, *result.totals]} - {""}
    one = next(iter(units)) if len(units) == 1 else ""
    several = len(units) > 1
    label = metric_text(metric) + (f" ({name(one)})" if one else "")
    titles = [heading(group) for group in slots.group_by]
    left = len(titles) + several
    titles += ["Currency" if metric in MONEY else "Unit"] if several else []
    compared = bool(slots.compare_to)
    titles += [label, "Before", "Change", "Change %"] if compared else [label]
    shares = not compared and any(row.get("share") for row in shown)
    titles += ["Share"] if shares else []
    lines = []
    totals = result.totals if len(result.rows) > 1 or several else []
    for row, whole in [*((row, False) for row in shown), *((row, True) for row in totals)]:
        cells = (
            ["Total", *[""] * (len(slots.group_by) - 1)]
            if whole
            else [_value(row, group) for group in slots.group_by]
        )
        cells += [name(_unit(row, metric))] if several else []
        cells.append(amount(row.get(metric)))
        if compared:
            cells += [
                amount(row.get(f"previous_{metric}")),
                signed(row.get("change")),
                percent(row.get("change_ratio"), sign=True),
            ]
        if shares:
            cells.append("" if whole else percent(row.get("share")))
        lines.append(cells)
    text = table(titles, lines, left=left)
    if result.row_count > len(shown):
        text += f"\n\n{len(shown)} of {result.row_count:,} rows are shown."
    return text


def _share(slots: Slots, result: ToolResult, metric: str) -> str:
    dimension, values = str(slots.focus["dimension"]), list(slots.focus["values"])
    wanted: Sequence[object] = values or [None]
    when = dates(result.period)
    where = filters_text(slots.filters)
    sentences = []
    for row in result.rows:
        if row.get(dimension) not in wanted:
            continue
        unit = _unit(row, metric)
        whole = next((t for t in result.totals if _unit(t, metric) == unit), {})
        sentences.append(
            f"{_value(row, dimension)}: {percent(row.get('share')) or 'no share'} of "
            f"{metric_text(metric).lower()}{where}, {when}: {amount(row.get(metric), unit)} "
            f"of {amount(whole.get(metric), unit)}."
        )
    if not sentences:
        named = (
            join([name(value) for value in values])
            or f"No missing {name(dimension_label(dimension))}"
        )
        return f"{named}: no charge matches in {when}{where}."
    return "\n".join(sentences)


def _counted(slots: Slots, result: ToolResult) -> str:
    """How many values a dimension has; rows without a value are filtered out by the call."""
    group = slots.group_by[0]
    scope = scope_text(slots, result)
    rows = list(dict.fromkeys(name(row.get(group)) for row in result.rows))
    if result.row_count > len(result.rows) or len(rows) == len(result.rows):
        count = result.row_count
    else:
        count = len(rows)  # a value that is charged in two currencies has two rows
    text = f"{count:,} values of {name(dimension_label(group))} have charges{scope}."
    if rows:
        text += "\n\n" + table([heading(group)], [[row] for row in rows[:_ROWS]], left=1)
    return text


def _explained(slots: Slots, result: ToolResult) -> str:
    metric = metric_text(slots.metric or "effective_cost")
    now, before = dates(result.period), dates(result.details.get("compared_to"))
    where = filters_text(slots.filters)
    if not result.totals:
        return f"{metric}{where}: no charge matches in {now} or {before}."
    parts = []
    for row in result.totals:
        unit = str(row.get("currency") or "")
        ratio = percent(row.get("change_ratio"), sign=True)
        if row.get("change") is None:
            known = amount(row.get("after"), unit)
            said = no_change(result, row.get("before"))
            parts.append(f"{metric}{where}, {now}: {known}. {said}")
            continue
        parts.append(
            f"{metric}{where}, {now}: {amount(row.get('after'), unit)} "
            f"({signed(row.get('change'))} {name(unit)}{f', {ratio}' if ratio else ''}), "
            f"against {amount(row.get('before'), unit)} in {before}."
        )
    several = len(result.totals) > 1
    titles = ["Dimension", "Value", *(["Currency"] if several else [])]
    unit = "" if several else f" ({name(result.totals[0].get('currency'))})"
    lines = [
        [
            heading(row.get("dimension")),
            name(row.get("value")),
            *([name(row.get("currency"))] if several else []),
            amount(row.get("before")),
            amount(row.get("after")),
            signed(row.get("change")),
        ]
        for row in result.rows[: 2 * _ROWS]
    ]
    text = "\n".join(parts)
    if lines:
        text += "\n\n" + table(
            [*titles, f"Before{unit}", f"After{unit}", f"Change{unit}"], lines, left=len(titles)
        )
    return "\n\n".join(part for part in (text, *_why(result)) if part)


def _why(result: ToolResult) -> list[str]:
    """The day it began, and price against quantity, where the tool found them."""
    found = []
    for step in result.details.get("step") or []:
        unit = str(step.get("currency") or "")
        found.append(
            f"The daily level changed on {name(step.get('start'))}: "
            f"{amount(step.get('per_day_otherwise'), unit)} per day otherwise, "
            f"{amount(step.get('per_day_from_start'), unit)} per day from then"
            + (f" until {name(step['end'])}." if step.get("end") else ".")
        )
    for part in result.details.get("price_and_quantity") or []:
        unit = name(part.get("currency"))
        found.append(
            f"Of the change, quantity made {signed(part.get('quantity'))} {unit}; "
            f"price {signed(part.get('price'))} {unit}; "
            f"what is new or gone {signed(part.get('new_or_gone'))} {unit}; "
            f"not measured {signed(part.get('not_measured'))} {unit}."
        )
    return found


def _described(slots: Slots, result: ToolResult) -> str:
    dimension = result.details.get("dimension")
    if dimension == "tags" and all("tag" in row for row in result.rows):
        return tag_keys(result)
    if dimension:
        return _values(str(dimension), result)
    details = result.details
    data = details.get("data") or {}
    when = dates(data) if data.get("start") and data.get("end") else "no days"
    text = f"The data holds {counted(int(details.get('charges') or 0), 'charge')}, {when}"
    lag = details.get("lag_days")
    text += f"; its last day is {lag} days ago." if isinstance(lag, int) and lag >= 0 else "."
    if usage := details.get("usage_rows"):
        text += f" Beside them {counted(int(usage), 'usage row')} of AI services."
    if pods := details.get("kubernetes_rows"):
        text += f" Beside them {counted(int(pods), 'row')} of Kubernetes usage."
    if published := details.get("published_at"):
        text += f" Loaded: {name(published)[:16]}."
    lines = [
        [
            _value(row, "service_provider_name"),
            name(row.get("currency")),
            amount(row.get("effective_cost")),
            amount(row.get("billed_cost")),
        ]
        for row in result.rows[:_ROWS]
    ]
    parts = [text]
    if lines:
        titles = ["Provider", "Currency", "Effective cost", "Billed cost"]
        parts.append(table(titles, lines, left=2))
    if not slots.fresh:
        parts += [
            f"{title}: {', '.join(map(name, details[key]))}."
            for title, key in (("Metrics", "metrics"), ("Dimensions", "dimensions"))
            if details.get(key)
        ]
        layers = details.get("taxonomy") or {}
        parts += [
            f"Taxonomy keys ({name(layer)}): {', '.join(map(name, keys))}."
            for layer, keys in layers.items()
            if keys
        ]
    return "\n\n".join(parts)


def _values(dimension: str, result: ToolResult) -> str:
    if not result.rows:
        return f"No charge has a {name(dimension_label(dimension))}."
    several = len({row.get("currency") for row in result.rows}) > 1
    one = "" if several else f" ({name(result.rows[0].get('currency'))})"
    lines = [
        [
            _value(row, dimension),
            *([name(row.get("currency"))] if several else []),
            amount(row.get("effective_cost")),
            percent(row.get("share")),
        ]
        for row in result.rows[: 2 * _ROWS]
    ]
    titles = [
        heading(dimension),
        *(["Currency"] if several else []),
        f"Effective cost{one}",
        "Share",
    ]
    text = f"Values of {name(dimension_label(dimension))} with charges, {dates(result.period)}:\n\n"
    text += table(titles, lines, left=1 + several)
    if result.row_count > len(lines):
        text += f"\n\n{len(lines)} of {result.row_count:,} rows are shown."
    return text
