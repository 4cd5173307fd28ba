"""Reports that can be read as resources: each is one call of a tool for a period."""

from __future__ import annotations

from typing import Any

__all__ = ["REPORTS"]

REPORTS: dict[str, tuple[str, dict[str, Any]]] = {
    "costs": (
        "query_costs",
        {
            "group_by": ["service_provider_name", "service_name"],
            "compare_to": "previous_period",
            "limit": 1000,
        },
    ),
    "drivers": ("explain_change", {"compare_to": "previous_period"}),
    "coverage": ("tag_coverage", {"limit": 1000}),
    "chargeback": ("allocate_costs", {"dimension": "team", "limit": 1000}),
    "workloads": ("map_workloads", {"limit": 1000}),
}
"""Name to its tool and arguments; the period is added."""
