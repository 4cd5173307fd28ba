"""Pages as the admin APIs of OpenAI and Anthropic send them: ``data`` of buckets of ``results``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["NO_WORKSPACE", "first_bucket", "first_result"]

NO_WORKSPACE = (
    "Without a workspace is the default workspace's, unless the report was not grouped by "
    "workspace_id."
)
"""Anthropic says null both of its default workspace and of a report not grouped by workspace."""


def first_bucket(head: Head) -> Mapping[str, Any]:
    """The first bucket that has results, of the first page; empty where there is none."""
    data = (head.sample or {}).get("data")
    buckets = [item for item in data if isinstance(item, Mapping)] if isinstance(data, list) else []
    for bucket in buckets:
        if bucket.get("results"):
            return bucket
    return buckets[0] if buckets else {}


def first_result(head: Head) -> Mapping[str, Any]:
    """The first result in it; empty where there is none."""
    results = first_bucket(head).get("results")
    found = results[0] if isinstance(results, list) and results else {}
    return found if isinstance(found, Mapping) else {}
