"""Amazon EKS tags its clusters, node groups, add-ons and the like itself.

Source: Amazon EKS API Reference, TagResource, UntagResource, ListTagsForResource.
"""

from __future__ import annotations

from typing import Any

from tagwright.remediation.writers.native import Native

__all__ = ["Eks"]


class Eks(Native):
    """Tags as a map."""

    service = "eks"
    reads = "eks:ListTagsForResource"

    def listed(self, arn: str) -> dict[str, str]:
        """See :class:`Native`."""
        return dict(self.client.list_tags_for_resource(resourceArn=arn)["tags"])

    def tag(self, arn: str, tags: dict[str, str]) -> Any:
        """See :class:`Native`."""
        return self.client.tag_resource(resourceArn=arn, tags=tags)

    def untag(self, arn: str, keys: list[str]) -> Any:
        """See :class:`Native`."""
        return self.client.untag_resource(resourceArn=arn, tagKeys=keys)
