"""Unit costs and allocations as answers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright_agent.planner.wording import (
    amount,
    dates,
    filters_text,
    heading,
    metric_text,
    name,
    percent,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.results import Scalar, ToolResult
    from tagwright_agent.planner.slots import Slots

__all__ = ["allocation", "unit_costs"]


def allocation(slots: Slots, result: ToolResult) -> str:
    """Who bears what, and that it is everything."""
    key = str(result.details.get("dimension") or "")
    basis = str(result.details.get("cost_basis") or "effective_cost")
    where = f"{filters_text(slots.filters)}, {dates(result.period)}"
    sums = " and ".join(amount(row.get(basis), row.get("currency")) for row in result.totals)
    if not result.rows:
        return f"No charges to allocate{where}."
    several = len(result.totals) > 1
    heads = [heading(key), "Kind", *(["Currency"] if several else []), metric_text(basis), "Share"]
    rows = [
        [
            name(row.get("target")),
            name(row.get("kind")),
            *([name(row.get("currency"))] if several else []),
            amount(row.get(basis)),
            percent(row.get("share")) if row.get("share") is not None else "",
        ]
        for row in result.rows
    ]
    text = f"{metric_text(basis)} allocated to {name(key)}{where}: {sums} in all."
    text += f"\n\n{table(heads, rows, left=3 if several else 2)}"
    if result.row_count > len(rows):
        text += f"\n\n{len(rows)} of {result.row_count:,} rows are shown."
    if not result.details.get("rules"):
        text += "\n\nThere are no allocation rules: each charge goes where its tags say."
    return text


def unit_costs(slots: Slots, result: ToolResult) -> str:
    """Per request and per million tokens; margins where they are known."""
    basis = "effective_cost" if result.details.get("basis") == "allocated" else "priced_cost"
    where = f"{filters_text(slots.filters)}, {dates(result.period)}"
    if not result.rows:
        return f"No usage{where}."
    groups = slots.group_by or ["model"]
    margins = slots.show == "margin"
    cached = any(str(row.get("cache_hit_ratio") or "0").strip("0.") for row in result.rows)
    columns = [
        ("Requests", lambda row: _count(row.get("requests"))),
        ("Cost", lambda row: _small(row.get(basis))),
        ("Per request", lambda row: _small(row.get("cost_per_request"))),
        ("Per M tokens", lambda row: _small(row.get("cost_per_million_tokens"))),
    ]
    if margins:
        columns = [
            columns[1],
            ("Revenue", lambda row: _small(row.get("revenue"))),
            ("Margin", lambda row: _small(row.get("margin"))),
        ]
    elif cached:
        columns.append(("Cache hits", lambda row: _share(row.get("cache_hit_ratio"))))
    rows = [_row(row, groups, columns) for row in result.rows]
    currency = result.currency
    text = f"Unit costs{where}{f', in {name(currency)}' if currency else ''}."
    text += f"\n\n{table([*(heading(g) for g in groups), *(h for h, _ in columns)], rows, left=len(groups))}"
    if result.row_count > len(rows):
        text += f"\n\n{len(rows)} of {result.row_count:,} rows are shown."
    kinds = [
        (heading, f"cost_per_million_{kind}_tokens")
        for heading, kind in _KINDS.items()
        if any(row.get(f"cost_per_million_{kind}_tokens") is not None for row in result.rows)
    ]
    if kinds and not margins:
        rows = [
            _row(row, groups, [(h, lambda row, key=key: _small(row.get(key))) for h, key in kinds])
            for row in result.rows
        ]
        heads = [*(heading(group) for group in groups), *(f"{h} per M" for h, _ in kinds)]
        text += f"\n\n{table(heads, rows, left=len(groups))}"
    return text


_KINDS = {"Input": "input", "Cache read": "cache_read", "Cache write": "cache_write",
          "Output": "output"}  # fmt: skip


def _row(row: Mapping[str, Scalar], groups: Sequence[str], columns: Sequence[Any]) -> list[str]:
    named = [name(row.get(_key(group, row))) for group in groups]
    return [*named, *(cell(row) for _, cell in columns)]


def _key(group: str, row: Mapping[str, Scalar]) -> str:
    """The tool's own name of a group: the bill's ``x_ai_model_id`` is telemetry's ``model``."""
    return {"x_ai_model_id": "model", "service_provider_name": "provider"}.get(group, group)


def _count(value: Scalar) -> str:
    return "" if value is None else amount(value)


def _small(value: Scalar) -> str:
    """An amount with as many decimals as show something of it: 0.00228 is not 0.00."""
    if value is None:
        return ""
    exact = Decimal(str(value))
    if not exact or abs(exact) >= 1:
        return amount(value)
    return f"{exact:.{2 - exact.adjusted()}f}"


def _share(value: Scalar) -> str:
    return "" if value is None else percent(value)
