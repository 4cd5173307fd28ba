"""Kubernetes usage: what a pod or a container had of its node in a window of time.

Costs here are shares of the cost of nodes, discs and load balancers, which the cloud's bill holds
already: they are never added to charges. They say how such a charge divides.
"""

from __future__ import annotations

from tagwright.usage import UsageColumn

__all__ = ["COLUMNS", "COSTS", "IDENTITY", "WINDOW"]


def _text(name: str, description: str) -> UsageColumn:
    return UsageColumn(name, "text", description)


def _number(name: str, description: str) -> UsageColumn:
    return UsageColumn(name, "number", description)


_SHARES = {
    "cpu_cost": "Share of node cost by CPU",
    "gpu_cost": "Share of node cost by GPU (by request, not by use)",
    "ram_cost": "Share of node cost by memory",
    "pv_cost": "Share of the cost of persistent volumes",
    "network_cost": "Share of network cost",
    "load_balancer_cost": "Share of the cost of load balancers",
    "shared_cost": "Share of cost that all were made to bear",
}

COSTS = tuple(_SHARES)
"""The shares; with cost outside the cluster their sum is ``total_cost``."""

COLUMNS: tuple[UsageColumn, ...] = (
    UsageColumn("ChargePeriodStart", "datetime", "Start of the window, UTC.", nullable=False),
    UsageColumn("ChargePeriodEnd", "datetime", "Its end, exclusive, UTC.", nullable=False),
    UsageColumn(
        "name",
        "text",
        "What was allocated to, in the granularity that was asked for.",
        nullable=False,
    ),
    _text("cluster", "Cluster."),
    _text("node", "Node."),
    _text("namespace", "Namespace."),
    _text("controller", "Deployment, stateful set, job, …"),
    _text("controller_kind", "Which of these it is."),
    _text("pod", "Pod."),
    _text("container", "Container."),
    _text("provider_id", "The node as the cloud knows it, e.g. an instance id."),
    UsageColumn("idle", "flag", "What nobody was given: __idle__."),
    UsageColumn("unmounted", "flag", "Discs and load balancers that no pod used: __unmounted__."),
    _number("minutes", "How long it ran inside the window, in minutes."),
    _number("cpu_core_hours", "CPU, the greater of request and use, in core hours."),
    _number("cpu_core_request_average", "Cores requested, on average."),
    _number("cpu_core_usage_average", "Cores used, on average."),
    _number("ram_byte_hours", "Memory, the greater of request and use, in byte hours."),
    _number("ram_byte_request_average", "Bytes of memory requested, on average."),
    _number("ram_byte_usage_average", "Bytes of memory used, on average."),
    _number("gpu_hours", "GPUs given, in GPU hours."),
    _number("gpu_count", "GPUs given, on average."),
    _number("gpu_request_average", "GPUs requested, on average."),
    _number("gpu_usage_average", "GPU engine in use, on average, as a share of 1."),
    _text("gpu_model", "Model of the GPU."),
    *(
        UsageColumn(name, "money", f"{words}; in OpenCost's currency, not billed.")
        for name, words in _SHARES.items()
    ),
    UsageColumn(
        "total_cost",
        "money",
        "What OpenCost says it all costs, with cost outside the cluster; not billed.",
    ),
    UsageColumn("Tags", "tags", "Labels of the pod, then of its namespace."),
)
"""Columns of the table ``kubernetes_usage``."""

WINDOW = ("ChargePeriodStart", "ChargePeriodEnd", "cluster")
"""What an answer states whole: all that ran in a cluster in that time."""

IDENTITY = (*WINDOW, "name")
"""What makes a row the one it is."""
