"""OpenCost and Kubecost: answers of ``GET /allocation``, as one document or one a line.

Format: opencost.io/docs/integrations/api; opencost/opencost, core/pkg/opencost/allocation_json.go
(numbers are rounded to five decimals there). ``data`` holds an object for each window, in it an
allocation under each name. They are no charges: what they share out is in the cloud's bill. Ask for
windows that do not overlap (``step=1d&accumulate=false``) and always for the same ``aggregate``:
an answer states all that ran in a window of a cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tagwright.kubernetes import IDENTITY
from tagwright.sources.head import sql_text
from tagwright.sources.json_sql import bound, entries, first, items, tags_object, value
from tagwright.sources.model import Staged

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "OpenCost"]

_MARKS = {"name", "window", "gpuHours", "totalCost"}
_PLAIN = {
    "ChargePeriodStart": ("window", "start"),
    "ChargePeriodEnd": ("window", "end"),
    "name": ("name",),
    "cluster": ("properties", "cluster"),
    "node": ("properties", "node"),
    "namespace": ("properties", "namespace"),
    "controller": ("properties", "controller"),
    "controller_kind": ("properties", "controllerKind"),
    "pod": ("properties", "pod"),
    "container": ("properties", "container"),
    "provider_id": ("properties", "providerID"),
    "minutes": ("minutes",),
    "cpu_core_hours": ("cpuCoreHours",),
    "cpu_core_request_average": ("cpuCoreRequestAverage",),
    "cpu_core_usage_average": ("cpuCoreUsageAverage",),
    "ram_byte_hours": ("ramByteHours",),
    "ram_byte_request_average": ("ramByteRequestAverage",),
    "ram_byte_usage_average": ("ramByteUsageAverage",),
    "gpu_hours": ("gpuHours",),
    "gpu_count": ("gpuCount",),
    "gpu_request_average": ("gpuAllocation", "gpuRequestAverage"),
    "gpu_usage_average": ("gpuAllocation", "gpuUsageAverage"),
    "gpu_model": ("gpuAllocation", "gpuModel"),
    "shared_cost": ("sharedCost",),
    "total_cost": ("totalCost",),
}
_OF_WINDOW = {
    "ChargePeriodStart": ("window", "start"),
    "ChargePeriodEnd": ("window", "end"),
    "cluster": ("properties", "cluster"),
}
"""What an allocation that does not say it (some ``__idle__``) shares with the others beside it."""
_ADJUSTED = {
    "cpu_cost": "cpuCost",
    "gpu_cost": "gpuCost",
    "ram_cost": "ramCost",
    "pv_cost": "pvCost",
    "network_cost": "networkCost",
    "load_balancer_cost": "loadBalancerCost",
}


class OpenCost:
    """One row of Kubernetes usage for each allocation and window."""

    name = "opencost"
    keys = ("name", "window", "gpuHours", "totalCost", "cpuCoreHours")

    def recognise(self, head: Head) -> int:
        """95 where an allocation has an allocation's keys, 60 for windows without any, else 0."""
        allocations, empty = _allocations(head), _empty(head)
        return 95 if any(set(one) >= _MARKS for one in allocations) else 60 if empty else 0

    def missing(self, head: Head) -> list[str]:
        """Nothing: an allocation that lacks what is needed is rejected by itself."""
        del head
        return []

    def stage(self, head: Head) -> Staged:
        """Rows of Kubernetes usage; adjustments to the cloud's bill are in the shares."""
        del head
        name = value("d3", "name")
        columns = {column: value("d3", *path) for column, path in _PLAIN.items()}
        columns |= {column: first(columns[column], value("d2", column)) for column in _OF_WINDOW}
        columns |= {column: _adjusted(key) for column, key in _ADJUSTED.items()}
        identity = ", ".join(columns[column] for column in IDENTITY)
        columns |= {
            "row_key": f"CAST(json_array({identity}) AS VARCHAR)",
            "idle": f"contains({name}, '__idle__')",
            "unmounted": f"contains({name}, '__unmounted__')",
            "Tags": tags_object(
                entries("json_extract(d3, '$.properties.labels')"),
                entries("json_extract(d3, '$.properties.namespaceLabels')"),
            ),
        }
        nothing = "CAST([] AS JSON[])"
        windows = items("d0", "data")
        windows = f"CASE json_type(d0, '$.data') WHEN 'NULL' THEN {nothing} ELSE {windows} END"
        allocations = (
            "CASE json_type(d1) WHEN 'OBJECT' THEN json_extract(d1, '$.*') "
            f"WHEN 'NULL' THEN {nothing} END"
        )
        common = ", ".join(f"'{column}', {_only(path)}" for column, path in _OF_WINDOW.items())
        return Staged(
            columns,
            "OpenCost",
            ["Its costs are shares of what the cloud's bill holds: kept beside it, never added."],
            table="kubernetes",
            # The second step is one row a window: what it agrees on is worked out once.
            explode=(windows, f"[json_object({common})]", allocations),
            sparse=True,
        )


def _windows(head: Head) -> list[Any]:
    data = (head.sample or {}).get("data")
    return data if isinstance(data, list) else []


def _allocations(head: Head) -> Iterator[Mapping[str, Any]]:
    """Those of the first document."""
    for window in _windows(head):
        for allocation in window.values() if isinstance(window, Mapping) else ():
            if isinstance(allocation, Mapping):
                yield allocation


def _empty(head: Head) -> bool:
    """Whether it is an answer for windows in which nothing ran."""
    windows = _windows(head)
    answer = (head.sample or {}).get("code") == 200
    return answer and bool(windows) and all(one is None or one == {} for one in windows)


def _only(path: tuple[str, ...]) -> str:
    """What all allocations of ``d1`` that say it agree on, else NULL."""
    wild = sql_text("$.*" + "".join(f".{key}" for key in path))
    found = f"list_distinct(json_extract_string(d1, {wild}))"
    return bound(found, "_found", "CASE WHEN len(_found) = 1 THEN _found[1] END")


def _adjusted(key: str) -> str:
    """A cost with its adjustment, exactly; one that is no number as it is, to be rejected."""
    cost, adjustment = value("d3", key), value("d3", f"{key}Adjustment")
    total = f"TRY_CAST({cost} AS DECIMAL(38, 18)) + TRY_CAST({adjustment} AS DECIMAL(38, 18))"
    return (
        f"CASE WHEN {adjustment} IS NULL THEN {cost} "
        f"ELSE COALESCE(CAST({total} AS VARCHAR), {cost} || ' + ' || {adjustment}) END"
    )


SOURCE = OpenCost()
"""Registered as entry point ``opencost`` of the group ``tagwright.sources``."""
