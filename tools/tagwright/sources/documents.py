"""What sources of documents share: nothing can be missing from a header, and how pages begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tagwright.sources.json_sql import items

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["NO_WORKSPACE", "DocumentSource", "first_bucket", "first_record", "first_result"]

NO_WORKSPACE = (
    "Without a workspace is the default workspace's, unless the report was not grouped by "
    "workspace_id."
)
"""Anthropic says null both of its default workspace and of a report not grouped by workspace."""


class DocumentSource:
    """A source of documents, which have no header that a column could be missing from.

    Attributes:
        keys: What its documents are known by, at any depth: a file that nobody recognises is told
            which of them it lacks.
    """

    keys: tuple[str, ...] = ()

    def missing(self, head: Head) -> list[str]:
        """Nothing: a record that lacks what is needed is rejected by itself."""
        del head
        return []


def first_record(head: Head, key: str = "data") -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The first record of a page or of plain records, and the ``explode`` that leads to them."""
    sample = head.sample or {}
    page = sample.get(key)
    if not isinstance(page, list):
        return sample, ()
    found = next((item for item in page if isinstance(item, Mapping)), {})
    return found, (items("d0", key),)


def first_bucket(head: Head) -> Mapping[str, Any]:
    """The first bucket that has results, of a page as the admin APIs of OpenAI and Anthropic send.

    Empty where there is none.
    """
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
