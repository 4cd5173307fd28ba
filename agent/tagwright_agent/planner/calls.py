"""Slots to a tool call and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright_agent.planner.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["call_of", "slots_of"]

_TOOLS = {
    "cost": "query_costs",
    "share": "query_costs",
    "count": "query_costs",
    "average": "query_costs",
    "explain": "explain_change",
    "coverage": "tag_coverage",
    "describe": "describe_data",
    "propose": "propose_tag_fixes",
    "plans": "get_plan",
    "workloads": "map_workloads",
    "unit": "unit_costs",
    "allocate": "allocate_costs",
}
_INTENTS = {
    "query_costs": "cost",
    "explain_change": "explain",
    "tag_coverage": "coverage",
    "describe_data": "describe",
    "propose_tag_fixes": "propose",
    "get_plan": "plans",
    "map_workloads": "workloads",
    "unit_costs": "unit",
    "allocate_costs": "allocate",
}
_MOST = 1000
_CATALOGUE = 100


def call_of(slots: Slots) -> tuple[str, dict[str, Any]]:
    """The tool and its arguments; what is the tool's default is left out."""
    tool = _TOOLS[slots.intent]
    if tool == "get_plan":
        return tool, {"plan_id": slots.plan} if slots.plan else {}
    if tool == "describe_data":
        groups = [] if slots.fresh else slots.group_by
        return tool, {"dimension": groups[0], "limit": 100} if groups else {}
    wanted: dict[str, Any] = {"filters": slots.filters, "period": slots.period}
    if tool == "query_costs":
        counting = slots.intent == "count"
        if counting:  # charges without a value are not one value more
            known = {"dimension": slots.group_by[0], "op": "not_null", "values": []}
            wanted["filters"] = [*slots.filters, known]
        wanted |= {
            "metric": slots.metric,
            "group_by": slots.group_by,
            "compare_to": "" if counting else slots.compare_to,
            "order": {"asc": "asc", "top": "desc"}.get(slots.order, ""),
            "limit": _MOST if counting else slots.limit,
        }
    elif tool == "explain_change":
        wanted |= {
            "metric": slots.metric,
            "by": slots.group_by,
            "compare_to": slots.compare_to,
            "limit": min(slots.limit, 100),
        }
    elif tool == "tag_coverage":
        basis = "resources" if slots.resources and slots.metric in ("", "resource_count") else ""
        wanted |= {
            "keys": slots.keys,
            "group_by": slots.group_by,
            "basis": basis,
            "part": slots.part if slots.group_by else "",
            "limit": slots.limit,
        }
    elif tool == "unit_costs":
        wanted |= {"group_by": slots.group_by, "limit": slots.limit}
    elif tool == "allocate_costs":
        wanted |= {"dimension": slots.group_by[0], "cost_basis": slots.metric}
        wanted["limit"] = max(slots.limit, _CATALOGUE)
    elif tool == "map_workloads":
        # Candidates come last: all are fetched, so that the answer can show them apart.
        wanted |= {"show": slots.show, "form": slots.form, "type": slots.work}
        wanted["limit"] = max(slots.limit, _CATALOGUE)
    else:
        wanted |= {"keys": slots.keys, "limit": min(slots.limit, 500)}
    return tool, {name: value for name, value in wanted.items() if value}


def slots_of(tool: str, arguments: Mapping[str, Any]) -> Slots | None:
    """What a call meant, for calls that another model made; None for tools not known here."""
    intent = _INTENTS.get(tool)
    if intent is None:
        return None
    slots = Slots(intent=intent)  # type: ignore[arg-type]  # a Literal, from the table above
    for name, target in (
        ("metric", "metric"), ("cost_basis", "metric"), ("period", "period"), ("compare_to", "compare_to"),
        ("plan_id", "plan"), ("show", "show"), ("form", "form"), ("type", "work"),
    ):  # fmt: skip
        if isinstance(said := arguments.get(name), str):
            setattr(slots, target, said)
    for name, target in (("group_by", "group_by"), ("by", "group_by"), ("keys", "keys")):
        given = arguments.get(name)
        if isinstance(given, str):
            setattr(slots, target, [given])
        elif isinstance(given, (list, tuple)):
            setattr(slots, target, [str(item) for item in given])
    if tool in ("describe_data", "allocate_costs") and arguments.get("dimension"):
        slots.group_by = [str(arguments["dimension"])]
    filters = arguments.get("filters")
    for item in filters if isinstance(filters, list) else []:
        if isinstance(item, dict) and item.get("dimension"):
            values = item.get("values") or []
            values = [values] if isinstance(values, str) else values
            slots.filters.append(
                {
                    "dimension": str(item["dimension"]),
                    "op": str(item.get("op") or "in"),
                    "values": [str(value) for value in values],
                }
            )
    if isinstance(limit := arguments.get("limit"), int):
        slots.limit = limit
    slots.order = {"asc": "asc", "desc": "top"}.get(str(arguments.get("order")), "desc")
    slots.part = str(arguments.get("part") or "")
    slots.resources = arguments.get("basis") == "resources"
    return slots
