"""What the services' own tag APIs have in common: one resource in a call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from tagwright.remediation.writers.faults import code_of, reading, sent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.remediation.writers.protocol import Reply

__all__ = ["Native", "pairs", "unpaired"]

_GONE = {"NotFoundException", "ResourceNotFoundException", "RepositoryNotFoundException"}


class Native(ABC):
    """A service that tags its resources itself.

    Attributes:
        service: Its name in boto3.
        reads: Permission that :meth:`listed` needs.
    """

    service: str
    reads: str
    most_read = 1

    def __init__(self, client: Any) -> None:
        self.client = client

    @abstractmethod
    def listed(self, arn: str) -> dict[str, str]:
        """The tags of a resource."""

    @abstractmethod
    def tag(self, arn: str, tags: dict[str, str]) -> Any:
        """Write tags."""

    @abstractmethod
    def untag(self, arn: str, keys: list[str]) -> Any:
        """Remove tags."""

    def read(self, arns: Sequence[str]) -> dict[str, dict[str, str]]:
        """See :class:`Writer`."""
        from botocore.exceptions import ClientError

        found: dict[str, dict[str, str]] = {}
        for arn in arns:
            with reading("show the tags", self.reads):
                try:
                    found[arn] = self.listed(arn)
                except ClientError as error:
                    # As with the shared API: what is not there has no tags; writing says so.
                    if code_of(error) not in _GONE:
                        raise
        return found

    def change(self, arns: Sequence[str], tags: dict[str, str], keys: Sequence[str]) -> Reply:
        """See :class:`Writer`."""
        [arn] = arns

        def call() -> dict[str, Any]:
            if tags:
                self.tag(arn, tags)
            else:
                self.untag(arn, list(keys))
            return {}

        return sent(arns, call)


def pairs(tags: dict[str, str], key: str, value: str) -> list[dict[str, str]]:
    """Tags as a list of documents with these names.

    >>> pairs({"team": "ads"}, "Key", "Value")
    [{'Key': 'team', 'Value': 'ads'}]
    """
    return [{key: name, value: text} for name, text in tags.items()]


def unpaired(tags: list[dict[str, str]], key: str, value: str) -> dict[str, str]:
    """The inverse of :func:`pairs`."""
    return {tag[key]: tag.get(value, "") for tag in tags}
