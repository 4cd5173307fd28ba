"""Langfuse observations: pages of the public API, or exported as JSON lines or an array.

Format: langfuse 5.0.4, ``api/commons/types/observation_v2.py``; exports use snake_case. Buckets of
``usageDetails`` are disjoint (langfuse.com/docs/model-usage-and-cost): ``input`` is without the
cached tokens, ``output`` without those of reasoning. Only generations and embeddings are calls of a
model; the other observations wrap them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.documents import DocumentSource, first_record
from tagwright.sources.json_sql import entries, first, items, nested, tags_object, value
from tagwright.sources.model import Staged

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "Langfuse"]

_CALLS = "('GENERATION', 'EMBEDDING')"
_MODELS = {
    "^(gpt-|o[1-9]|text-embedding-|chatgpt)": "openai",
    "^claude": "anthropic",
    "^gemini": "gcp.gemini",
    "^(anthropic|amazon|meta|us\\.|eu\\.|apac\\.|global\\.)[a-z.-]*\\.": "aws.bedrock",
    "^(command|rerank|embed-)": "cohere",
    "^(mistral|codestral|ministral)": "mistral_ai",
}
"""Langfuse does not say who was called; the model's name does, where it is one's own."""


class Langfuse(DocumentSource):
    """One usage row for each generation."""

    name = "langfuse"

    def recognise(self, head: Head) -> int:
        """90 where the first record is an observation, else 0."""
        record = first_record(head)
        known = {"traceId", "trace_id"} & set(record) and {"usageDetails", "usage_details"} & set(
            record
        )
        return 90 if known and "type" in record else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows; costs are what Langfuse computed, in US dollars."""
        paged = first_record(head) is not (head.sample or {})
        documents = items("d0", "data") if paged else "[d0]"

        def either(camel: str) -> str:
            snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in camel)
            return first(value("d1", camel), value("d1", snake))

        used = f"COALESCE({nested('d1', 'usageDetails')}, {nested('d1', 'usage_details')})"
        model = first(either("model"), either("providedModelName"))
        whens = " ".join(
            f"WHEN regexp_matches({model}, '{regex}') THEN '{name}'"
            for regex, name in _MODELS.items()
        )
        listed = f"COALESCE(TRY_CAST({nested('d1', 'tags')} AS VARCHAR[]), [])"
        pairs = (
            f"list_transform(list_filter({listed}, lambda t: contains(t, ':')), lambda t: "
            "{'key': TRIM(split_part(t, ':', 1)), "
            "'value': NULLIF(TRIM(substr(t, instr(t, ':') + 1)), '')})"
        )
        environment = f"[{{'key': 'environment', 'value': {value('d1', 'environment')}}}]"
        metadata = (
            f"list_filter({entries(nested('d1', 'metadata'))}, lambda e: len(e.value) <= 256)"
        )
        reasoning = first(value(used, "output_reasoning_tokens"), value(used, "output_reasoning"))
        output = value(used, "output")
        columns = {
            "row_key": value("d1", "id"),
            "ChargePeriodStart": either("startTime"),
            "ChargePeriodEnd": either("endTime"),
            "gen_ai_provider_name": f"CASE {whens} ELSE 'unknown' END",
            "gen_ai_operation_name": f"CASE {value('d1', 'type')} WHEN 'EMBEDDING' "
            "THEN 'embeddings' ELSE 'chat' END",
            "gen_ai_request_model": model,
            "requests": "'1'",
            "input_uncached_tokens": value(used, "input"),
            "cache_read_tokens": first(
                value(used, "cache_read_input_tokens"), value(used, "input_cached_tokens"),
                value(used, "input_cache_read"),
            ),
            "cache_write_tokens": first(
                value(used, "cache_creation_input_tokens"), value(used, "input_cache_creation")
            ),
            "output_tokens": f"CASE WHEN {reasoning} IS NULL THEN {output} ELSE CAST("
            f"COALESCE(TRY_CAST({output} AS BIGINT), 0) + TRY_CAST({reasoning} AS BIGINT) "
            "AS VARCHAR) END",
            "reasoning_output_tokens": reasoning,
            "SubAccountId": either("projectId"),
            "ConsumerId": either("userId"),
            "session_id": either("sessionId"),
            "trace_id": either("traceId"),
            "error_type": f"CASE WHEN {value('d1', 'level')} = 'ERROR' THEN 'error' END",
            "reported_cost": either("totalCost"),
            "reported_currency": f"CASE WHEN {either('totalCost')} IS NOT NULL THEN 'USD' END",
            "Tags": tags_object(pairs, metadata, environment),
        }  # fmt: skip
        return Staged(
            columns,
            "Langfuse",
            ["Observations that are no call of a model are left out."],
            table="usage",
            explode=(f"list_filter({documents}, lambda o: o->>'$.type' IN {_CALLS})",),
        )


SOURCE = Langfuse()
"""Registered as entry point ``langfuse`` of the group ``tagwright.sources``."""
