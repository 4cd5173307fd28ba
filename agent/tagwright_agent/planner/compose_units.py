"""Unit costs and allocations as answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.blocks import Source, joined, sentence, tabled
from tagwright.metrics import dimension_label
from tagwright_agent.planner.compose_unknown import scope_parts
from tagwright_agent.planner.wording import heading, is_some, metric_text

if TYPE_CHECKING:
    from tagwright.blocks import Block, ColumnOf
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
    columns: list[ColumnOf] = [
        (heading(key), "name", "target"),
        ("Kind", "name", "kind"),
        (metric_text(basis), "amount", basis),
        ("Share", "ratio", "share"),
    ]
    blocks: list[Block] = [
        sentence(
            f"{metric_text(basis)} allocated to ",
            dimension_label(key),
            scope,
            ": ",
            sums,
            " in all.",
        ),
        tabled(source.rows, columns, row_count=result.row_count),
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
    columns: list[ColumnOf] = [
        ("Requests", "count", "requests"),
        (metric_text(basis) if basis == "effective_cost" else "Priced cost", "amount", basis),
        ("Per request", "rate", "cost_per_request"),
        ("Per M tokens", "rate", "cost_per_million_tokens"),
    ]
    if margins:
        columns = [columns[1], ("Revenue", "amount", "revenue"), ("Margin", "amount", "margin")]
    elif any(is_some(row.get("cache_hit_ratio")) for row in result.rows):
        columns.append(("Cache hits", "ratio", "cache_hit_ratio"))
    lines = Source(result).rows
    named: list[ColumnOf] = [
        (heading(group), "name", _key(group)) for group in slots.group_by or ["model"]
    ]
    blocks: list[Block] = [
        sentence("Unit costs", scope, "."),
        tabled(lines, [*named, *columns], row_count=result.row_count),
    ]
    kinds: list[ColumnOf] = [
        (f"{title} per M", "rate", f"cost_per_million_{kind}_tokens")
        for title, kind in _KINDS.items()
        if any(row.get(f"cost_per_million_{kind}_tokens") is not None for row in result.rows)
    ]
    if kinds and not margins:
        blocks.append(tabled(lines, [*named, *kinds]))
    return blocks


def _key(group: str) -> str:
    """The tool's own name of a group: the bill's ``x_ai_model_id`` is telemetry's ``model``."""
    return {"x_ai_model_id": "model", "service_provider_name": "provider"}.get(group, group)
