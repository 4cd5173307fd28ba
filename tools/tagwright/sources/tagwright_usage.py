"""Tagwright's own usage log: JSON lines that :mod:`tagwright.instrument` writes in an application.

One flat object a line with ``"schema": "tagwright.usage/1"`` and OpenTelemetry's attribute names
(``gen_ai.usage.input_tokens`` includes the cached tokens, as OpenTelemetry defines it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.documents import DocumentSource
from tagwright.sources.json_sql import entries, first, tags_object, value
from tagwright.sources.model import Staged
from tagwright.usage import INPUT_TOKENS

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SCHEMA", "SOURCE", "TagwrightUsage"]

SCHEMA = "tagwright.usage/1"


class TagwrightUsage(DocumentSource):
    """One usage row for each call."""

    name = "tagwright_usage"

    def recognise(self, head: Head) -> int:
        """100 where the first line says that it is one, else 0."""
        return 100 if (head.sample or {}).get("schema") == SCHEMA else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows; ``row_id`` makes each call one, however often its line comes."""
        del head
        columns = {
            "row_key": value("d0", "row_id"),
            "ChargePeriodStart": value("d0", "start_time"),
            "gen_ai_provider_name": value("d0", "gen_ai.provider.name"),
            "gen_ai_operation_name": value("d0", "gen_ai.operation.name"),
            "gen_ai_request_model": value("d0", "gen_ai.request.model"),
            "gen_ai_response_model": value("d0", "gen_ai.response.model"),
            "gen_ai_response_id": value("d0", "gen_ai.response.id"),
            "requests": "'1'",
            INPUT_TOKENS: value("d0", "gen_ai.usage.input_tokens"),
            "cache_read_tokens": value("d0", "gen_ai.usage.cache_read.input_tokens"),
            "cache_write_tokens": value("d0", "gen_ai.usage.cache_creation.input_tokens"),
            "output_tokens": value("d0", "gen_ai.usage.output_tokens"),
            "reasoning_output_tokens": value("d0", "gen_ai.usage.reasoning.output_tokens"),
            "service_tier": first(
                value("d0", "service_tier"), value("d0", "openai.response.service_tier")
            ),
            "error_type": value("d0", "error.type"),
            "trace_id": value("d0", "trace_id"),
            "span_id": value("d0", "span_id"),
            "duration_ms": value("d0", "duration_ms"),
            "Tags": tags_object(entries("json_extract(d0, '$.tags')")),
        }
        return Staged(columns, "Tagwright usage", table="usage")


SOURCE = TagwrightUsage()
"""Registered as entry point ``tagwright_usage`` of the group ``tagwright.sources``."""
