"""The answer as blocks, from slots and a tool's result; every figure is a cell of the result."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, Source, joined, sentence, tabled
from tagwright.metrics import dimension_label
from tagwright.text import counted
from tagwright_agent.planner.compose_explained import described, explained
from tagwright_agent.planner.compose_tags import coverage, plans, proposal, tag_keys
from tagwright_agent.planner.compose_units import allocation, unit_costs
from tagwright_agent.planner.compose_unknown import no_change, no_data, scope_parts
from tagwright_agent.planner.compose_workloads import workloads
from tagwright_agent.planner.wording import (
    MONEY,
    dates,
    filters_parts,
    heading,
    metric_text,
    named,
    notes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.blocks import Block, ColumnOf, Line, Part, Table
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


def compose(slots: Slots, tool: str, result: ToolResult) -> list[Block]:
    """The answer to one question.

    Args:
        slots: What was asked.
        tool: Which tool answered.
        result: Its result.
    """
    writer = {
        "query_costs": _costs,
        "explain_change": explained,
        "tag_coverage": coverage,
        "describe_data": _described,
        "propose_tag_fixes": proposal,
        "get_plan": plans,
        "map_workloads": workloads,
        "unit_costs": unit_costs,
        "allocate_costs": allocation,
    }.get(tool)
    if writer is None:
        return [sentence("The tool answered, but I cannot word its result. See the rows.")]
    blocks = no_data(tool, slots, result) or writer(slots, result)
    if slots.notes:  # how words were read where they are not the data's own
        blocks = [*blocks, sentence("Read as: " + "; ".join(slots.notes) + ".")]
    return [*blocks, *notes(result)]


def _described(slots: Slots, result: ToolResult) -> list[Block]:
    if result.details.get("dimension") == "tags" and all("tag" in row for row in result.rows):
        return tag_keys(result)
    return described(slots, result)


def _unit(line: Line, metric: str) -> str:
    if metric in MONEY:
        return str(line.get("currency") or "")
    return str(line.get("consumed_unit") or "") if metric == "consumed_quantity" else ""


def _amount(line: Line, metric: str, column: str = "", *, signed: bool = False) -> Cell:
    """A figure of the metric: in this period, or where ``column`` says so."""
    return line.amount(column or metric, _unit(line, metric), signed=signed)


def _costs(slots: Slots, result: ToolResult) -> list[Block]:
    metric = slots.metric or "effective_cost"
    if slots.intent == "count":
        return _counted(slots, result)
    head: list[Part] = [metric_text(metric), *scope_parts(slots, result)]
    source = Source(result)
    totals = [line for line in source.totals if line.get(metric) is not None]
    if not totals and not any(line.get(f"previous_{metric}") for line in source.totals):
        return [sentence(head, ": no charge matches.")]
    if slots.focus:
        return _share(slots, source, metric)
    if slots.intent == "average":
        return [sentence(_averaged(head, slots, metric, totals))]
    if slots.compare_to:
        first = _compared(head, metric, source)
    else:
        first = [*head, ": ", *joined([_amount(line, metric) for line in totals]), "."]
    if not slots.group_by or not result.rows:
        return [sentence(first)]
    return [sentence(first, _top(slots, source, metric)), _grouped(slots, source, metric)]


def _averaged(
    head: Sequence[Part], slots: Slots, metric: str, totals: Sequence[Line]
) -> list[Part]:
    """One sentence a currency: the average, and what it is the average of."""
    grain = next((group for group in slots.group_by if group in _TIMES), "day")
    parts: list[Part] = []
    for line in totals:
        if not line.get("times"):
            continue
        parts += [
            *([" "] if parts else []), *head, ", on average: ",
            _amount(line, metric, f"average_per_{grain}"), f" a {grain} (",
            _amount(line, metric), f" in {counted(int(line.get('times') or 0), grain)}).",
        ]  # fmt: skip
    return parts


def _compared(head: Sequence[Part], metric: str, source: Source) -> list[Part]:
    before = dates(source.result.details.get("compared_to"))
    parts: list[Part] = []
    for line in source.totals:
        now, then = _amount(line, metric), _amount(line, metric, f"previous_{metric}")
        parts += [*([" "] if parts else []), *head, ": ", now]
        if line.get("change") is None:
            parts.append(f". {no_change(source.result, line.get(f'previous_{metric}'))}")
            continue
        parts += [" (", _amount(line, metric, "change", signed=True)]
        if line.get("change_ratio") is not None:
            parts += [", ", line.ratio("change_ratio", signed=True)]
        parts += ["), against ", then, f" in {before}."]
    return parts


def _top(slots: Slots, source: Source, metric: str) -> list[Part]:
    """The first group, where rows are in order of amount and can be compared."""
    units = {_unit(line, metric) for line in source.rows}
    timed = any(group in _TIMES for group in slots.group_by) and slots.order == "desc"
    top = source.rows[0]
    if timed or len(units) > 1 or len(source.rows) < 2 or top.get(metric) is None:
        return []
    parts: list[Part] = [
        " Smallest: " if slots.order == "asc" else " Largest: ",
        *joined([top.name(group) for group in slots.group_by], last=", "),
        " with ", _amount(top, metric),
    ]  # fmt: skip
    if slots.order != "asc" and top.get("share") is not None:
        parts += [" (", top.ratio("share"), " of it)"]
    return [*parts, "."]


def _grouped(slots: Slots, source: Source, metric: str) -> Table:
    result = source.result
    timed = any(group in _TIMES for group in slots.group_by)
    ranked = slots.order != "desc"  # times by amount, not one after the other
    currencies = max(len({row.get("currency") for row in result.rows}), 1)
    # A month by day is a month in each currency.
    room = _TIME_ROWS * currencies if timed and not ranked else _ROWS
    if result.row_count <= _ALL_ROWS:
        room = max(room, _ALL_ROWS)
    shown = source.rows[: room if slots.limit in (0, _MANY) else min(slots.limit, _MOST_ROWS)]
    several = len({_unit(line, metric) for line in [*source.rows, *source.totals]} - {""}) > 1
    compared = bool(slots.compare_to)
    shares = not compared and any(line.get("share") for line in shown)
    columns: list[ColumnOf] = [(heading(group), "name", group) for group in slots.group_by]
    columns.append((metric_text(metric), "amount", partial(_amount, metric=metric)))
    if compared:
        before = f"previous_{metric}"
        columns += [
            ("Before", "amount", partial(_amount, metric=metric, column=before)),
            ("Change", "amount", partial(_amount, metric=metric, column="change", signed=True)),
            ("Change %", "ratio", _change_ratio),
        ]
    if shares:
        columns.append(("Share", "ratio", "share"))
    totals = source.totals if len(source.rows) > 1 or several else []
    return tabled(shown, columns, totals=totals, row_count=result.row_count)


def _change_ratio(line: Line) -> Cell:
    known = line.get("change_ratio") is not None
    return line.ratio("change_ratio", signed=True) if known else Cell()


def _share(slots: Slots, source: Source, metric: str) -> list[Block]:
    dimension, values = str(slots.focus["dimension"]), list(slots.focus["values"])
    wanted: Sequence[Any] = values or [None]
    when, where = dates(source.result.period), filters_parts(slots.filters)
    said: list[Block] = []
    for line in source.rows:
        if line.get(dimension) not in wanted:
            continue
        unit = _unit(line, metric)
        whole = next((t for t in source.totals if _unit(t, metric) == unit), None)
        share: Part = line.ratio("share") if line.get("share") is not None else "no share"
        said.append(
            sentence(
                line.name(dimension), ": ", share, f" of {metric_text(metric).lower()}", where,
                f", {when}: ", _amount(line, metric), " of ",
                "nothing" if whole is None else _amount(whole, metric), ".",
            )
        )  # fmt: skip
    if said:
        return said
    missing: list[Part] = joined([named(value) for value in values]) or [
        f"No missing {dimension_label(dimension)}"
    ]
    return [sentence(missing, f": no charge matches in {when}", where, ".")]


def _counted(slots: Slots, result: ToolResult) -> list[Block]:
    """How many values a dimension has; rows without a value are filtered out by the call."""
    group = slots.group_by[0]
    lines = list({line.get(group): line for line in reversed(Source(result).rows)}.values())[::-1]
    if result.row_count > len(result.rows) or len(lines) == len(result.rows):
        count = result.row_count
    else:
        count = len(lines)  # a value that is charged in two currencies has two rows
    text = f"{count:,} value{'' if count == 1 else 's'} of {dimension_label(group)}"
    have = " has charges" if count == 1 else " have charges"
    blocks: list[Block] = [sentence(text + have, scope_parts(slots, result), ".")]
    if lines:
        blocks.append(tabled(lines[:_ROWS], [(heading(group), "name", group)], row_count=count))
    return blocks
