"""What sources of documents share: nothing can be missing from a header, and how pages begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["DocumentSource", "first_bucket", "first_record", "first_result"]


class DocumentSource:
    """A source of documents, which have no header that a column could be missing from."""

    def missing(self, head: Head) -> list[str]:
        """Nothing: a record that lacks what is needed is rejected by itself."""
        del head
        return []


def first_record(head: Head) -> Mapping[str, Any]:
    """The first object in the list ``data`` of a page, else the document itself."""
    sample = head.sample or {}
    data = sample.get("data")
    found = data[0] if isinstance(data, list) and data else sample
    return found if isinstance(found, Mapping) else {}


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
