"""Amazon OpenSearch Service tags its domains itself; its ARNs and permissions say ``es``.

Source: Amazon OpenSearch Service API Reference, AddTags, RemoveTags, ListTags.
"""

from __future__ import annotations

from typing import Any

from tagwright.remediation.writers.native import Native, pairs, unpaired

__all__ = ["OpenSearch"]


class OpenSearch(Native):
    """Tags as a list of Key and Value."""

    service = "opensearch"
    reads = "es:ListTags"

    def listed(self, arn: str) -> dict[str, str]:
        """See :class:`Native`."""
        return unpaired(self.client.list_tags(ARN=arn).get("TagList", []), "Key", "Value")

    def tag(self, arn: str, tags: dict[str, str]) -> Any:
        """See :class:`Native`."""
        return self.client.add_tags(ARN=arn, TagList=pairs(tags, "Key", "Value"))

    def untag(self, arn: str, keys: list[str]) -> Any:
        """See :class:`Native`."""
        return self.client.remove_tags(ARN=arn, TagKeys=keys)
