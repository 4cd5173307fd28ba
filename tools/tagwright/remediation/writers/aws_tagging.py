"""The API that most services share: twenty resources of one region in a call.

Source: AWS Resource Groups Tagging API Reference, GetResources, TagResources, UntagResources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.remediation.limits import MAX_READ
from tagwright.remediation.writers.faults import reading, sent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.remediation.writers.protocol import Reply

__all__ = ["AwsTagging"]


class AwsTagging:
    """The tagging API of one region."""

    most_read = MAX_READ

    def __init__(self, client: Any) -> None:
        self._client = client

    def read(self, arns: Sequence[str]) -> dict[str, dict[str, str]]:
        """See :class:`Writer`; a resource that was never tagged is absent from AWS's answer."""
        found: dict[str, dict[str, str]] = {}
        more: dict[str, str] = {}
        while True:
            with reading("show the tags", "tag:GetResources"):
                reply = self._client.get_resources(ResourceARNList=list(arns), **more)
            for entry in reply["ResourceTagMappingList"]:
                tags = {tag["Key"]: tag["Value"] for tag in entry.get("Tags", [])}
                found[entry["ResourceARN"]] = tags
            # A page not read would make its resources look untagged, and so free to write.
            token = reply.get("PaginationToken") or ""
            if not token:
                return found
            more = {"PaginationToken": token}

    def change(self, arns: Sequence[str], tags: dict[str, str], keys: Sequence[str]) -> Reply:
        """See :class:`Writer`."""
        where = list(arns)
        if tags:
            call = lambda: self._client.tag_resources(ResourceARNList=where, Tags=tags)  # noqa: E731
        else:
            call = lambda: self._client.untag_resources(  # noqa: E731
                ResourceARNList=where, TagKeys=list(keys)
            )
        return sent(where, call)
