"""Tagwright's own usage lines, written by its middleware: one flat object for each request.

Names are OpenTelemetry's GenAI attributes, dots and all (semantic-conventions-genai,
docs/gen-ai/gen-ai-spans.md); ``schema`` says ``tagwright.usage/1``. The input count includes what
was read from and written to the prompt cache, and what was written counts with what of it was
written for an hour. No content is written, and none would be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.documents import DocumentSource
from tagwright.sources.json_sql import entries, first, number, tags_object, value
from tagwright.sources.model import Staged
from tagwright.usage import FAULT, INPUT_TOKENS

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "TagwrightUsage"]

_SCHEMA = "tagwright.usage/1"
_WRITTEN = "gen_ai.usage.cache_creation.input_tokens"


class TagwrightUsage(DocumentSource):
    """One usage row for each line."""

    name = "tagwright_usage"
    keys = ("schema", "row_id", "start_time", "gen_ai.provider.name", "gen_ai.request.model")

    def recognise(self, head: Head) -> int:
        """100 where the first line says that it is one, else 0."""
        return 100 if (head.sample or {}).get("schema") == _SCHEMA else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows; ``row_id`` is the row's, so a line that is sent twice counts once."""
        del head
        written = value("d0", _WRITTEN)
        hour = value("d0", "tagwright.cache_creation_1h.input_tokens")
        tier = first(value("d0", "service_tier"), value("d0", "openai.response.service_tier"))
        columns = {
            "row_key": value("d0", "row_id"),
            "ChargePeriodStart": value("d0", "start_time"),
            "gen_ai_provider_name": value("d0", "gen_ai.provider.name"),
            "gen_ai_operation_name": value("d0", "gen_ai.operation.name"),
            "gen_ai_request_model": value("d0", "gen_ai.request.model"),
            "gen_ai_response_model": value("d0", "gen_ai.response.model"),
            "gen_ai_response_id": value("d0", "gen_ai.response.id"),
            # A service that counts for itself may write one line for many requests.
            "requests": first(value("d0", "tagwright.requests"), "'1'"),
            INPUT_TOKENS: value("d0", "gen_ai.usage.input_tokens"),
            "cache_read_tokens": value("d0", "gen_ai.usage.cache_read.input_tokens"),
            # A count that is no number stays as it is, and is rejected by its name.
            "cache_write_tokens": f"COALESCE(CAST({number(written)} - "
            f"LEAST(COALESCE({number(hour)}, 0), {number(written)}) AS VARCHAR), {written})",
            "cache_write_1h_tokens": hour,
            "output_tokens": value("d0", "gen_ai.usage.output_tokens"),
            "reasoning_output_tokens": value("d0", "gen_ai.usage.reasoning.output_tokens"),
            "web_search_requests": value("d0", "tagwright.web_search_requests"),
            # Anthropic's fast mode has prices of its own, like a tier.
            "service_tier": f"CASE WHEN {value('d0', 'tagwright.speed')} = 'fast' "
            f"AND COALESCE({tier}, 'standard') = 'standard' THEN 'fast' ELSE {tier} END",
            "inference_region": f"NULLIF({value('d0', 'tagwright.inference_geo')}, "
            "'not_available')",
            "RegionId": value("d0", "cloud.region"),
            # A gateway knows whose account it calls.
            "SubAccountId": value("d0", "cloud.account.id"),
            "trace_id": value("d0", "trace_id"),
            "span_id": value("d0", "span_id"),
            "error_type": value("d0", "error.type"),
            "duration_ms": value("d0", "duration_ms"),
            "Tags": tags_object(entries("json_extract(d0, '$.tags')")),
            FAULT: f"CASE WHEN {number(hour)} > COALESCE({number(written)}, 0) "
            f"THEN 'cache_write_1h_tokens: more than {_WRITTEN}' END",
        }
        return Staged(columns, "Tagwright usage", table="usage")


SOURCE = TagwrightUsage()
"""Registered as entry point ``tagwright_usage`` of the group ``tagwright.sources``."""
