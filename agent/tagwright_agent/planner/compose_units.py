"""Unit costs and allocations as answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.blocks import Cell, Column, Source, Table, joined, sentence
from tagwright.metrics import dimension_label
from tagwright_agent.planner.compose_unknown import scope_parts
from tagwright_agent.planner.wording import heading, is_some, metric_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.blocks import Block, Kind, Line
    from tagwright.results import ToolResult
    from tagwright_agent.planner.slots import Slots

__all__ = ["allocation", "unit_costs"]


def allocation(slots: Slots, result: ToolResult) -> list[Block]:
    """Who bears what, and that it is everything."""
    key = str(result.details.get("dimension") or "")
    basis = str(result.details.get("cost_basis") or "effective_cost")
    scope = scope_parts(slots, result)
    if not result.rows:
        return [sentence("No charges to allocate", scope, ".")]
    source = Source(result)
    sums = joined([line.amount(basis) for line in source.totals])
    columns = (
        Column(title=heading(key), kind="name"),
        Column(title="Kind", kind="name"),
        Column(title=metric_text(basis), kind="amount"),
        Column(title="Share", kind="ratio"),
    )
    rows = tuple(
        (line.name("target"), line.name("kind"), line.amount(basis), line.ratio("share"))
        for line in source.rows
    )
    blocks: list[Block] = [
        sentence(
            f"{metric_text(basis)} allocated to ",
            dimension_label(key),
            scope,
            ": ",
            sums,
            " in all.",
        ),
        Table(columns=columns, rows=rows, row_count=result.row_count),
    ]
    if not result.details.get("rules"):
        blocks.append(
            sentence("There are no allocation rules: each charge goes where its tags say.")
        )
    return blocks


_KINDS = {"Input": "input", "Cache read": "cache_read", "Cache write": "cache_write",
          "Output": "output"}  # fmt: skip


def unit_costs(slots: Slots, result: ToolResult) -> list[Block]:
    """Per request and per million tokens; margins where they are known."""
    basis = "effective_cost" if result.details.get("basis") == "allocated" else "priced_cost"
    scope = scope_parts(slots, result)
    if not result.rows:
        return [sentence("No usage", scope, ".")]
    margins = slots.show == "margin"
    columns: list[tuple[str, str, Kind]] = [
        ("Requests", "requests", "count"),
        (metric_text(basis) if basis == "effective_cost" else "Priced cost", basis, "amount"),
        ("Per request", "cost_per_request", "rate"),
        ("Per M tokens", "cost_per_million_tokens", "rate"),
    ]
    if margins:
        columns = [columns[1], ("Revenue", "revenue", "amount"), ("Margin", "margin", "amount")]
    elif any(is_some(row.get("cache_hit_ratio")) for row in result.rows):
        columns.append(("Cache hits", "cache_hit_ratio", "ratio"))
    lines, groups = Source(result).rows, slots.group_by or ["model"]
    blocks: list[Block] = [
        sentence("Unit costs", scope, "."),
        _table(lines, groups, columns, result.row_count),
    ]
    kinds: list[tuple[str, str, Kind]] = [
        (f"{title} per M", f"cost_per_million_{kind}_tokens", "rate")
        for title, kind in _KINDS.items()
        if any(row.get(f"cost_per_million_{kind}_tokens") is not None for row in result.rows)
    ]
    if kinds and not margins:
        blocks.append(_table(lines, groups, kinds, len(lines)))
    return blocks


def _table(
    lines: Sequence[Line],
    groups: Sequence[str],
    columns: Sequence[tuple[str, str, Kind]],
    count: int,
) -> Table:
    return Table(
        columns=(
            *(Column(title=heading(group), kind="name") for group in groups),
            *(Column(title=title, kind=kind) for title, _, kind in columns),
        ),
        rows=tuple(
            (
                *(line.name(_key(group)) for group in groups),
                *(_cell(line, key, kind) for _, key, kind in columns),
            )
            for line in lines
        ),
        row_count=count,
    )


def _cell(line: Line, key: str, kind: Kind) -> Cell:
    if line.get(key) is None:
        return Cell()
    if kind in {"amount", "rate"}:
        return line.rate(key) if kind == "rate" else line.amount(key)
    return line.cell(key, kind)


def _key(group: str) -> str:
    """The tool's own name of a group: the bill's ``x_ai_model_id`` is telemetry's ``model``."""
    return {"x_ai_model_id": "model", "service_provider_name": "provider"}.get(group, group)
