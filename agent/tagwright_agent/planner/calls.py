"""From slots to tool calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright_agent.planner.slots import Unclear

if TYPE_CHECKING:
    from tagwright_agent.planner.slots import Slots
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["call_of"]


def call_of(slots: Slots, view: CatalogueView) -> tuple[str, dict[str, Any]]:
    """Tool and arguments; what is the tool's own default is left out, but for metric and period.

    Raises:
        Unclear: The tools cannot answer it.
    """
    if slots.intent == "explain":
        return "explain_change", _explain(slots)
    if slots.intent == "coverage":
        return "tag_coverage", _coverage(slots)
    if slots.intent == "describe":
        return _describe(slots, view)
    if slots.intent == "propose":
        return "propose_tag_fixes", _propose(slots)
    if slots.intent == "plans":
        return "get_plan", {"plan_id": slots.plan} if slots.plan else {}
    return "query_costs", _query(slots, view)


def _query(slots: Slots, view: CatalogueView) -> dict[str, Any]:
    arguments: dict[str, Any] = {"metric": slots.metric or "effective_cost"}
    groups = list(slots.group_by)
    if (
        arguments["metric"] == "consumed_quantity"
        and "consumed_unit" in view.dimensions
        and ("consumed_unit" not in groups)
    ):
        groups.append("consumed_unit")  # units never mix
    if groups:
        arguments["group_by"] = groups
    if slots.filters:
        arguments["filters"] = slots.filters
    arguments["period"] = slots.period or "all"
    if slots.compare_to:
        arguments["compare_to"] = slots.compare_to
    if slots.order == "asc":
        arguments["order"] = "asc"
    if slots.limit:
        arguments["limit"] = slots.limit
    elif groups and any(view.dimensions[g].kind == "time" for g in groups if g in view.dimensions):
        arguments["limit"] = 400
    return arguments


def _explain(slots: Slots) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "period": slots.period,
        "compare_to": slots.compare_to or "previous_period",
        "metric": slots.metric or "effective_cost",
    }
    if slots.metric in ("charge_count", "resource_count", "consumed_quantity"):
        raise Unclear("clarify", "I explain changes of costs. Which cost: effective or billed?")
    if slots.group_by:
        arguments["by"] = slots.group_by
    if slots.filters:
        arguments["filters"] = slots.filters
    return arguments


def _coverage(slots: Slots) -> dict[str, Any]:
    arguments: dict[str, Any] = {"period": slots.period or "all"}
    if slots.keys:
        arguments["keys"] = list(dict.fromkeys(slots.keys))
    if slots.group_by:
        arguments["group_by"] = slots.group_by
    if slots.filters:
        arguments["filters"] = slots.filters
    if slots.resources and "resource_id" not in slots.group_by:
        arguments["basis"] = "resources"
    if slots.limit:
        arguments["limit"] = slots.limit
    return arguments


def _propose(slots: Slots) -> dict[str, Any]:
    arguments: dict[str, Any] = {"period": slots.period or "all"}
    if slots.keys:
        arguments["keys"] = list(dict.fromkeys(slots.keys))
    if slots.filters:
        arguments["filters"] = slots.filters
    if slots.limit:
        arguments["limit"] = slots.limit
    return arguments


def _describe(slots: Slots, view: CatalogueView) -> tuple[str, dict[str, Any]]:
    if slots.fresh or not slots.group_by:
        return "describe_data", {}
    name = slots.group_by[0]
    if slots.filters or slots.period or len(slots.group_by) > 1:
        return "query_costs", _query(slots, view)
    return "describe_data", {"dimension": name, "limit": slots.limit or 20}
