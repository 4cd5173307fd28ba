"""What is said where nothing is known: no zero, no fall by 100 %, no change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tagwright_agent.planner.wording import dates, filters_text, metric_text

if TYPE_CHECKING:
    from tagwright.results import ToolResult
    from tagwright_agent.planner.slots import Slots

__all__ = ["no_change", "no_data", "scope_text"]


def scope_text(slots: Slots, result: ToolResult) -> str:
    """The filters and the period of a question, to stand behind what is told of them."""
    where = filters_text(slots.filters)
    when = dates(result.period)
    return f"{where}, {when}" if when else where


def no_data(tool: str, slots: Slots, result: ToolResult) -> str:
    """Of a period that is not loaded nothing is known: no zero, and no fall by 100 %."""
    when = result.period.label if result.period else ""
    said = rf"There is no data(?: of .+)? for {re.escape(when)}: (?:what|the data)"
    if not when or not any(re.match(said, note) for note in result.notes):
        return ""
    if tool == "explain_change" or (tool == "query_costs" and slots.compare_to):
        when = dates(result.period)
        return f"There is nothing to compare {when} with: none of its data is loaded."
    if tool == "tag_coverage":
        return f"Tag coverage{scope_text(slots, result)}: unknown, no data is loaded."
    if tool == "query_costs":
        metric = metric_text(slots.metric or "effective_cost")
        return f"{metric}{scope_text(slots, result)}: unknown, no data is loaded."
    return ""


def no_change(result: ToolResult, then: Any) -> str:
    """What is said in place of a change that nobody knows."""
    before = dates(result.details.get("compared_to"))
    if then is None:
        return f"There is nothing to compare it with: none of the data of {before} is loaded."
    return f"How much it changed against {before} is unknown: not all bills of both are loaded."
