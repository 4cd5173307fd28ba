"""OpenAI usage: pages of ``GET /v1/organization/usage/{completions,embeddings,…}``.

Format: platform.openai.com/docs/api-reference/usage; types of openai-python 3.54. ``input_tokens``
includes the cached ones. What a page was not grouped by is null in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.documents import DocumentSource, first_result
from tagwright.sources.json_sql import epoch, items, value
from tagwright.sources.model import Staged
from tagwright.usage import INPUT_TOKENS

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "OpenAIUsage"]

_PREFIX, _SUFFIX = "organization.usage.", ".result"


class OpenAIUsage(DocumentSource):
    """One usage row for each result: a bucket of time, model, project, key and tier."""

    name = "openai_usage"
    keys = ("object", "start_time", "end_time", "results", "input_tokens", "num_model_requests")

    def recognise(self, head: Head) -> int:
        """95 where the first result is one of usage, else 0."""
        kind = str(first_result(head).get("object", ""))
        return 95 if kind.startswith(_PREFIX) and kind.endswith(_SUFFIX) else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows; tokens that are told apart by OpenAI are taken as told."""
        result = first_result(head)
        kind = f"replace(replace({value('d2', 'object')}, '{_PREFIX}', ''), '{_SUFFIX}', '')"
        ungrouped = [name for name in ("model", "project_id", "api_key_id") if not result.get(name)]
        notes = [f"Not grouped by {', '.join(ungrouped)}: unknown here."] if ungrouped else []
        columns = {
            "ChargePeriodStart": epoch(value("d1", "start_time")),
            "ChargePeriodEnd": epoch(value("d1", "end_time")),
            "gen_ai_provider_name": "'openai'",
            "gen_ai_operation_name": f"CASE {kind} WHEN 'completions' THEN 'chat' ELSE {kind} END",
            "gen_ai_response_model": value("d2", "model"),
            "requests": value("d2", "num_model_requests"),
            INPUT_TOKENS: value("d2", "input_tokens"),
            "input_uncached_tokens": value("d2", "input_uncached_tokens"),
            "cache_read_tokens": value("d2", "input_cached_tokens"),
            "cache_write_tokens": value("d2", "input_cache_write_tokens"),
            "output_tokens": value("d2", "output_tokens"),
            "service_tier": value("d2", "service_tier"),
            "batch": value("d2", "batch"),
            "SubAccountId": value("d2", "project_id"),
            "api_key_id": value("d2", "api_key_id"),
            "principal_id": value("d2", "user_id"),
        }
        return Staged(
            columns,
            "OpenAI usage",
            notes,
            table="usage",
            explode=(items("d0", "data"), items("d1", "results")),
        )


SOURCE = OpenAIUsage()
"""Registered as entry point ``openai_usage`` of the group ``tagwright.sources``."""
