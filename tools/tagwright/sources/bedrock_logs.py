"""Amazon Bedrock model invocation logs: JSON lines in S3, gzip.

Format: docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html. The input count
excludes what was read from and written to the prompt cache. Bodies (``inputBodyJson`` and the
like) are prompts and completions and are not read. ``requestMetadata``, the caller's own tags of a
request, is nowhere else: not in the bill.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.documents import DocumentSource
from tagwright.sources.json_sql import entries, tags_object, value
from tagwright.sources.model import Staged

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "BedrockLogs"]


class BedrockLogs(DocumentSource):
    """One usage row for each request."""

    name = "bedrock_logs"
    keys = ("schemaType", "requestId", "timestamp", "modelId", "operation", "input", "output")

    def recognise(self, head: Head) -> int:
        """100 where the first record says that it is one, else 0."""
        return 100 if (head.sample or {}).get("schemaType") == "ModelInvocationLog" else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows; a model's ARN is also the resource, for an inference profile has tags."""
        del head
        model, operation = value("d0", "modelId"), value("d0", "operation")
        columns = {
            "row_key": value("d0", "requestId"),
            "ChargePeriodStart": value("d0", "timestamp"),
            "gen_ai_provider_name": "'aws.bedrock'",
            "gen_ai_operation_name": f"CASE WHEN {operation} LIKE 'Converse%' THEN 'chat' "
            f"ELSE {operation} END",
            "gen_ai_request_model": model,
            "gen_ai_response_id": value("d0", "requestId"),
            "requests": "'1'",
            "input_uncached_tokens": value("d0", "input", "inputTokenCount"),
            "cache_read_tokens": value("d0", "input", "cacheReadInputTokenCount"),
            "cache_write_tokens": value("d0", "input", "cacheWriteInputTokenCount"),
            "output_tokens": value("d0", "output", "outputTokenCount"),
            "inference_region": value("d0", "inferenceRegion"),
            "RegionId": value("d0", "region"),
            "SubAccountId": value("d0", "accountId"),
            "ResourceId": f"CASE WHEN {model} LIKE 'arn:%' THEN {model} END",
            "principal_id": value("d0", "identity", "arn"),
            "error_type": value("d0", "errorCode"),
            "Tags": tags_object(entries("json_extract(d0, '$.requestMetadata')")),
        }
        return Staged(columns, "Bedrock log", table="usage")


SOURCE = BedrockLogs()
"""Registered as entry point ``bedrock_logs`` of the group ``tagwright.sources``."""
