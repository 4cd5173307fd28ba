"""What is said where nothing is known: no zero, no fall by 100 %, no change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright.blocks import sentence
from tagwright_agent.planner.wording import dates, filters_parts, metric_text

if TYPE_CHECKING:
    from tagwright.blocks import Block, Part
    from tagwright.results import Scalar, ToolResult
    from tagwright_agent.planner.question import Scope

__all__ = ["no_change", "no_data", "scope_parts"]


def scope_parts(scope: Scope, result: ToolResult) -> list[Part]:
    """The filters and the period of a question, to stand behind what is told of them."""
    where = filters_parts(scope.filter_arguments())
    when = dates(result.period)
    return [*where, f", {when}"] if when else where


def no_data(tool: str, scope: Scope, result: ToolResult) -> list[Block]:
    """Of a period that is not loaded nothing is known: no zero, and no fall by 100 %."""
    when = result.period.label if result.period else ""
    said = rf"There is no data(?: of .+)? for {re.escape(when)}: (?:what|the data)"
    if not when or not any(re.match(said, note) for note in result.notes):
        return []
    if tool == "explain_change" or (tool == "query_costs" and scope.compare_to):
        when = dates(result.period)
        return [sentence(f"There is nothing to compare {when} with: none of its data is loaded.")]
    known = {
        "tag_coverage": "Tag coverage",
        "query_costs": metric_text(scope.metric or "effective_cost"),
    }
    if tool not in known:
        return []
    where = scope_parts(scope, result)
    return [sentence(known[tool], where, ": unknown, no data is loaded.")]


def no_change(result: ToolResult, then: Scalar) -> str:
    """What is said in place of a change that nobody knows."""
    before = dates(result.details.get("compared_to"))
    if then is None:
        return f"There is nothing to compare it with: none of the data of {before} is loaded."
    return f"How much it changed against {before} is unknown: not all bills of both are loaded."
