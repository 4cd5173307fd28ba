"""OpenCost and Kubecost: answers of ``GET /allocation``, as one document or one a line.

Format: opencost.io/docs/integrations/api; opencost/opencost, core/pkg/opencost/allocation_json.go
(numbers are rounded to five decimals there). ``data`` holds an object for each window, in it an
allocation under each name. They are no charges: what they share out is in the cloud's bill. Ask for
windows that do not overlap (``step=1d&accumulate=false``) and always for the same ``aggregate``: a
row is itself by window, cluster and name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tagwright.kubernetes import IDENTITY
from tagwright.sources.json_sql import entries, items, tags_object, value
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
}
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

    def recognise(self, head: Head) -> int:
        """95 where the first allocation has an allocation's keys, else 0."""
        return 95 if set(_first(head)) >= _MARKS else 0

    def missing(self, head: Head) -> list[str]:
        """Nothing: an allocation that lacks what is needed is rejected by itself."""
        del head
        return []

    def stage(self, head: Head) -> Staged:
        """Rows of Kubernetes usage; adjustments to the cloud's bill are in the shares."""
        del head
        name = value("d2", "name")
        columns = {column: value("d2", *path) for column, path in _PLAIN.items()}
        columns |= {column: _adjusted(key) for column, key in _ADJUSTED.items()}
        identity = ", ".join(columns[column] for column in IDENTITY)
        columns |= {
            "row_key": f"CAST(json_array({identity}) AS VARCHAR)",
            "idle": f"contains({name}, '__idle__')",
            "unmounted": f"contains({name}, '__unmounted__')",
            "Tags": tags_object(
                entries("json_extract(d2, '$.properties.labels')"),
                entries("json_extract(d2, '$.properties.namespaceLabels')"),
            ),
        }
        window = (
            "CASE json_type(d1) WHEN 'OBJECT' THEN json_extract(d1, '$.*') "
            "WHEN 'NULL' THEN CAST([] AS JSON[]) END"
        )
        return Staged(
            columns,
            "OpenCost allocation",
            ["Its costs are shares of what the cloud's bill holds: kept beside it, never added."],
            table="kubernetes",
            explode=(items("d0", "data"), window),
        )


def _first(head: Head) -> Mapping[str, Any]:
    """The first allocation of the first window that has one; empty where there is none."""
    data = (head.sample or {}).get("data")
    for window in data if isinstance(data, list) else []:
        for allocation in window.values() if isinstance(window, Mapping) else ():
            if isinstance(allocation, Mapping):
                return allocation
    return {}


def _adjusted(key: str) -> str:
    """A cost with its adjustment, exactly; one that is no number as it is, to be rejected."""
    cost, adjustment = value("d2", key), value("d2", f"{key}Adjustment")
    total = f"TRY_CAST({cost} AS DECIMAL(38, 18)) + TRY_CAST({adjustment} AS DECIMAL(38, 18))"
    return (
        f"CASE WHEN {adjustment} IS NULL THEN {cost} "
        f"ELSE COALESCE(CAST({total} AS VARCHAR), {cost} || ' + ' || {adjustment}) END"
    )


SOURCE = OpenCost()
"""Registered as entry point ``opencost`` of the group ``tagwright.sources``."""
