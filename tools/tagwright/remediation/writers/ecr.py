"""Amazon ECR tags its repositories itself.

Source: Amazon ECR API Reference, TagResource, UntagResource, ListTagsForResource.
"""

from __future__ import annotations

from typing import Any

from tagwright.remediation.writers.native import Native, pairs, unpaired

__all__ = ["Ecr"]


class Ecr(Native):
    """Tags as a list of Key and Value."""

    service = "ecr"
    reads = "ecr:ListTagsForResource"

    def listed(self, arn: str) -> dict[str, str]:
        """See :class:`Native`."""
        reply = self.client.list_tags_for_resource(resourceArn=arn)
        return unpaired(reply.get("tags", []), "Key", "Value")

    def tag(self, arn: str, tags: dict[str, str]) -> Any:
        """See :class:`Native`."""
        return self.client.tag_resource(resourceArn=arn, tags=pairs(tags, "Key", "Value"))

    def untag(self, arn: str, keys: list[str]) -> Any:
        """See :class:`Native`."""
        return self.client.untag_resource(resourceArn=arn, tagKeys=keys)
