"""Why something changed, and what the data holds, as answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.blocks import Cell, Source, sentence, tabled
from tagwright.metrics import dimension_label
from tagwright.text import counted
from tagwright_agent.planner.compose_unknown import no_change
from tagwright_agent.planner.wording import dates, filters_parts, heading, metric_text, named

if TYPE_CHECKING:
    from tagwright.blocks import Block, ColumnOf, Line, Part
    from tagwright.results import ToolResult
    from tagwright_agent.planner.slots import Slots

__all__ = ["described", "explained"]

_ROWS = 20


def explained(slots: Slots, result: ToolResult) -> list[Block]:
    """By how much, through which groups, since when, and by price or quantity."""
    metric = metric_text(slots.metric or "effective_cost")
    now, before = dates(result.period), dates(result.details.get("compared_to"))
    where = filters_parts(slots.filters)
    source = Source(result)
    if not result.totals:
        return [sentence(metric, where, f": no charge matches in {now} or {before}.")]
    blocks: list[Block] = []
    for line in source.totals:
        parts: list[Part] = [metric, *where, f", {now}: ", line.amount("after")]
        if line.get("change") is None:
            blocks.append(sentence(parts, f". {no_change(result, line.get('before'))}"))
            continue
        parts += [" (", line.amount("change", signed=True)]
        if line.get("change_ratio") is not None:
            parts += [", ", line.ratio("change_ratio", signed=True)]
        parts += ["), against ", line.amount("before"), f" in {before}."]
        blocks.append(sentence(parts))
    if source.rows:
        blocks.append(tabled(source.rows[:_ROWS], _DRIVERS))
    return [*blocks, *_why(source)]


def _dimension(line: Line) -> Cell:
    return Cell(value=heading(line.get("dimension")))


def _change(line: Line) -> Cell:
    return line.amount("change", signed=True)


_DRIVERS: list[ColumnOf] = [
    ("Dimension", "text", _dimension),
    ("Value", "name", "value"),
    ("Before", "amount", "before"),
    ("After", "amount", "after"),
    ("Change", "amount", _change),
]


def _why(source: Source) -> list[Block]:
    """The day it began, and price against quantity, where the tool found them."""
    found: list[Block] = []
    for line in source.details("step"):
        until: list[Part] = [" until ", line.time("end")] if line.get("end") else []
        found.append(
            sentence(
                "The daily level changed on ", line.time("start"), ": ",
                line.amount("per_day_otherwise"), " per day otherwise, ",
                line.amount("per_day_from_start"), " per day from then", until, ".",
            )
        )  # fmt: skip
    found += [
        sentence(
            "Of the change, quantity made ", line.amount("quantity", signed=True),
            "; price ", line.amount("price", signed=True),
            "; what is new or gone ", line.amount("new_or_gone", signed=True),
            "; not measured ", line.amount("not_measured", signed=True), ".",
        )
        for line in source.details("price_and_quantity")
    ]  # fmt: skip
    return found


def described(slots: Slots, result: ToolResult) -> list[Block]:
    """What the data holds and how fresh it is; or the values of a dimension."""
    details = result.details
    if dimension := details.get("dimension"):
        return _values(str(dimension), result)
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
        text += f" Loaded: {str(published)[:16]}."
    blocks: list[Block] = [sentence(text)]
    rows = Source(result).rows[:_ROWS]
    if rows:
        blocks.append(tabled(rows, _PROVIDERS, row_count=result.row_count))
    if not slots.fresh:
        blocks += [
            _names(f"{title}: ", details[key])
            for title, key in (("Metrics", "metrics"), ("Dimensions", "dimensions"))
            if details.get(key)
        ]
        blocks += [
            _names(f"Taxonomy keys ({layer}): ", keys)
            for layer, keys in (details.get("taxonomy") or {}).items()
            if keys
        ]
    return blocks


_PROVIDERS: list[ColumnOf] = [
    ("Provider", "name", "service_provider_name"),
    ("Effective cost", "amount", "effective_cost"),
    ("Billed cost", "amount", "billed_cost"),
]


def _names(head: str, names: list[str]) -> Block:
    parts: list[Part] = []
    for name in names:
        parts += [", ", named(name)] if parts else [named(name)]
    return sentence(head, parts, ".")


def _values(dimension: str, result: ToolResult) -> list[Block]:
    label = dimension_label(dimension)
    if not result.rows:
        return [sentence(f"No charge has a {label}.")]
    columns: list[ColumnOf] = [
        (heading(dimension), "name", dimension),
        ("Effective cost", "amount", "effective_cost"),
        ("Share", "ratio", "share"),
    ]
    return [
        sentence(f"Values of {label} with charges, {dates(result.period)}:"),
        tabled(Source(result).rows[:_ROWS], columns, row_count=result.row_count),
    ]
