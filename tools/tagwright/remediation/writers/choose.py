"""Which API writes the tags of a resource, told by its ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.remediation.limits import MAX_ARNS
from tagwright.remediation.writers.aws_tagging import AwsTagging
from tagwright.remediation.writers.bedrock import Bedrock, BedrockAgent
from tagwright.remediation.writers.ecr import Ecr
from tagwright.remediation.writers.eks import Eks
from tagwright.remediation.writers.opensearch import OpenSearch

if TYPE_CHECKING:
    from tagwright.remediation.writers.access import Access
    from tagwright.remediation.writers.native import Native
    from tagwright.remediation.writers.protocol import Writer

__all__ = ["calls_of", "open_writer", "writer_name"]

_SHARED = "resourcegroupstaggingapi"
_NATIVE: dict[str, type[Native]] = {
    kind.service: kind for kind in (Bedrock, BedrockAgent, Ecr, Eks, OpenSearch)
}
_BY_SERVICE = {"bedrock": "bedrock", "ecr": "ecr", "eks": "eks", "es": "opensearch"}
_AGENTS = {"agent", "agent-alias", "flow", "knowledge-base", "prompt", "retrieval-instruction"}


def writer_name(arn: str) -> str:
    """boto3's name of the API that writes the tags of the resource.

    >>> writer_name("arn:aws:bedrock:us-east-1:123456789012:agent/ABCDEFGHIJ")
    'bedrock-agent'
    """
    parts = arn.split(":", 5)
    service, resource = (parts[2], parts[5]) if len(parts) == 6 else ("", "")
    name = _BY_SERVICE.get(service, _SHARED)
    return "bedrock-agent" if name == "bedrock" and resource.split("/")[0] in _AGENTS else name


def calls_of(name: str) -> int:
    """How many resources one writing call of that API takes."""
    return 1 if name in _NATIVE else MAX_ARNS


def open_writer(name: str, access: Access) -> Writer:
    """That API, unguarded: only :class:`Door` and :class:`Window` may call this."""
    return _NATIVE.get(name, AwsTagging)(access.client(name))
