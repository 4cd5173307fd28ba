"""Amazon Bedrock tags its models, profiles and guardrails, and its agents, by two APIs.

Source: Amazon Bedrock API Reference, TagResource, UntagResource, ListTagsForResource, of
``bedrock`` and of ``bedrock-agent`` (Agents); ARNs and permissions of both say ``bedrock``.
"""

from __future__ import annotations

from typing import Any

from tagwright.remediation.writers.native import Native, pairs, unpaired

__all__ = ["Bedrock", "BedrockAgent"]


class Bedrock(Native):
    """Models, inference profiles, guardrails, jobs: tags as a list of key and value."""

    service = "bedrock"
    reads = "bedrock:ListTagsForResource"

    def listed(self, arn: str) -> dict[str, str]:
        """See :class:`Native`."""
        reply = self.client.list_tags_for_resource(resourceARN=arn)
        return unpaired(reply.get("tags", []), "key", "value")

    def tag(self, arn: str, tags: dict[str, str]) -> Any:
        """See :class:`Native`."""
        return self.client.tag_resource(resourceARN=arn, tags=pairs(tags, "key", "value"))

    def untag(self, arn: str, keys: list[str]) -> Any:
        """See :class:`Native`."""
        return self.client.untag_resource(resourceARN=arn, tagKeys=keys)


class BedrockAgent(Native):
    """Agents, knowledge bases, flows, prompts: tags as a map."""

    service = "bedrock-agent"
    reads = "bedrock:ListTagsForResource"

    def listed(self, arn: str) -> dict[str, str]:
        """See :class:`Native`."""
        return dict(self.client.list_tags_for_resource(resourceArn=arn).get("tags", {}))

    def tag(self, arn: str, tags: dict[str, str]) -> Any:
        """See :class:`Native`."""
        return self.client.tag_resource(resourceArn=arn, tags=tags)

    def untag(self, arn: str, keys: list[str]) -> Any:
        """See :class:`Native`."""
        return self.client.untag_resource(resourceArn=arn, tagKeys=keys)
