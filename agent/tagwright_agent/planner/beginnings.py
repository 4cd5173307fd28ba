"""Questions to begin with, with names from the data: each is answered when it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.text import shorten

if TYPE_CHECKING:
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["beginnings", "kinds"]


def beginnings(view: CatalogueView) -> list[str]:
    """Questions to begin with, with names from the data."""
    found = ["What did we spend last month?"]
    groups: list[str] = [name for name in ("team", "product") if name in view.keys]
    found.append(f"Cost by {groups[0] if groups else 'service'} last month")
    services = view.dimensions.get("service_name")
    if services and services.values:
        found.append(f"Why did {shorten(services.values[0], 60)} change last month?")
    if view.required:
        found.append(f"How much of our cost has a valid {view.required[0]} tag?")
    return found


def kinds(view: CatalogueView) -> list[str]:
    """A question of every kind that the data can answer: help by example."""
    key = next((name for name in ("team", "product") if name in view.keys), "service")
    found = [
        *beginnings(view),
        "Top 5 services last month",
        f"Monthly cost by {key}",
        "Average daily cost last month",
        "Which AI workloads do we have?",
    ]
    if view.usage:
        found.append("Cost per request by model last month")
    if view.required:
        found.append("Propose tag fixes")
    return [*found, "How fresh is the data?"]
