"""LiteLLM spend logs: rows of ``LiteLLM_SpendLogs`` as JSON, CSV or Parquet.

Format: litellm 1.109.1, ``litellm/proxy/schema.prisma`` and ``SpendLogsMetadata`` in
``litellm/proxy/_types.py``. ``prompt_tokens`` includes what was read from and written to the
provider's prompt cache. ``cache_hit`` is LiteLLM's own cache: the provider was not called, so no
tokens were used. ``spend`` may hold a margin or a discount of the gateway's owner; the cost before
these is ``cost_breakdown.original_cost``, and a spend that was changed is not reported as the cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.documents import first_record
from tagwright.sources.json_sql import (
    NO_TEXT,
    entries,
    first,
    items,
    nested,
    renamed,
    tags_object,
    value,
)
from tagwright.sources.model import Staged
from tagwright.usage import INPUT_TOKENS

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["OTEL_PROVIDERS", "SOURCE", "LiteLLMLogs"]

_MARKS = frozenset({"request_id", "call_type", "spend", "prompt_tokens", "startTime"})

OTEL_PROVIDERS = {
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "sagemaker": "aws.sagemaker",
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "az.ai.openai": "azure.ai.openai",
    "az.ai.inference": "azure.ai.inference",
    "vertex_ai": "gcp.vertex_ai",
    "vertex_ai_beta": "gcp.vertex_ai",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "mistral": "mistral_ai",
    "xai": "x_ai",
    "watsonx": "ibm.watsonx.ai",
}
"""Provider as gateways call it, in lower case, to ``gen_ai.provider.name``."""


class LiteLLMLogs:
    """One usage row for each request."""

    name = "litellm_logs"

    def recognise(self, head: Head) -> int:
        """95 with the table's tell-tale columns, else 0."""
        return 95 if set(_columns(head)) >= _MARKS else 0

    def missing(self, head: Head) -> list[str]:
        """Columns of a CSV or Parquet that are needed and absent."""
        return sorted((_MARKS | {"model"}) - set(_columns(head)))

    def stage(self, head: Head) -> Staged:
        """Usage rows; tags of the request first, then those of its key's team."""
        if head.kind == "json":
            paged = first_record(head) is not (head.sample or {})
            return _staged("d1", (items("d0", "data"),)) if paged else _staged("d0", ())
        # One row as a document, so that the expressions are the same.
        pairs = ", ".join(
            f"'{name}': CAST({_quoted(name)} AS VARCHAR)" for name in head.columns if name in _KEPT
        )
        return _staged(f"to_json({{{pairs}}})", ())


_KEPT = frozenset(
    "request_id call_type spend prompt_tokens completion_tokens startTime endTime model "
    "model_group custom_llm_provider user metadata cache_hit request_tags team_id end_user "
    "session_id status api_key request_duration_ms".split()
)


def _columns(head: Head) -> tuple[str, ...]:
    return tuple(first_record(head)) if head.kind == "json" else head.columns


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _staged(row: str, explode: tuple[str, ...]) -> Staged:
    meta = f"({nested(row, 'metadata')})"
    costs = f"({nested(meta, 'cost_breakdown')})"
    used = f"({nested(meta, 'usage_object')})"
    more = f"({nested(meta, 'additional_usage_values')})"
    hit = f"lower(COALESCE({value(row, 'cache_hit')}, '')) = 'true'"

    def tokens(text: str) -> str:
        return f"CASE WHEN {hit} THEN '0' ELSE {text} END"

    changed = " OR ".join(
        f"COALESCE(TRY_CAST({value(costs, name)} AS DOUBLE), 0) <> 0"
        for name in ("margin_total_amount", "margin_fixed_amount", "margin_percent",
                     "discount_amount", "discount_percent")
    )  # fmt: skip
    listed = f"({nested(row, 'request_tags')})"
    # "key:value"; LiteLLM adds the caller's user agent by itself.
    pairs = (
        "list_transform(list_filter(COALESCE(TRY_CAST("
        f"{listed} AS VARCHAR[]), []), lambda t: contains(t, ':') AND NOT t LIKE 'User-Agent:%'), "
        "lambda t: {'key': TRIM(split_part(t, ':', 1)), "
        "'value': NULLIF(TRIM(substr(t, instr(t, ':') + 1)), '')})"
    )
    user = f"NULLIF({value(row, 'end_user')}, '')"
    fallbacks = (
        f"[{{'key': 'team', 'value': {value(meta, 'user_api_key_team_alias')}}}, "
        f"{{'key': 'customer', 'value': {user}}}]"
    )
    failed = value(meta, "error_information", "error_class")
    columns = {
        "row_key": value(row, "request_id"),
        "ChargePeriodStart": value(row, "startTime"),
        "ChargePeriodEnd": value(row, "endTime"),
        "gen_ai_provider_name": renamed(
            f"NULLIF({value(row, 'custom_llm_provider')}, '')", OTEL_PROVIDERS
        ),
        "gen_ai_operation_name": renamed(
            value(row, "call_type"),
            {
                **dict.fromkeys(("completion", "acompletion", "responses", "aresponses"), "chat"),
                **dict.fromkeys(("embedding", "aembedding"), "embeddings"),
                **dict.fromkeys(("rerank", "arerank"), "rerank"),
            },
        ),
        "gen_ai_request_model": value(row, "model"),
        "gen_ai_response_id": value(row, "request_id"),
        "requests": "'1'",
        INPUT_TOKENS: tokens(value(row, "prompt_tokens")),
        "cache_read_tokens": tokens(
            first(
                value(more, "cache_read_input_tokens"),
                value(used, "prompt_tokens_details", "cached_tokens"),
            )
        ),
        "cache_write_tokens": tokens(
            first(
                value(more, "cache_creation_input_tokens"),
                value(used, "prompt_tokens_details", "cache_creation_tokens"),
            )
        ),
        "output_tokens": tokens(value(row, "completion_tokens")),
        "reasoning_output_tokens": tokens(
            value(used, "completion_tokens_details", "reasoning_tokens")
        ),
        "service_tier": value(costs, "service_tier"),
        "SubAccountId": value(meta, "user_api_key_project_id"),
        # A hash; where somebody logs the key itself, it is not kept.
        "api_key_id": first(
            value(meta, "user_api_key_alias"),
            f"CASE WHEN {value(row, 'api_key')} NOT LIKE 'sk-%' THEN {value(row, 'api_key')} END",
        ),
        "principal_id": f"NULLIF({value(row, 'user')}, '')",
        "ConsumerId": user,
        "session_id": value(row, "session_id"),
        "error_type": f"CASE WHEN {value(row, 'status')} = 'failure' "
        f"THEN {first(failed, chr(39) + 'failure' + chr(39))} END",
        "duration_ms": value(row, "request_duration_ms"),
        "reported_cost": f"CASE WHEN {hit} THEN '0' ELSE COALESCE({value(costs, 'original_cost')}, "
        f"CASE WHEN {changed} THEN {NO_TEXT} ELSE {value(row, 'spend')} END) END",
        "reported_currency": "'USD'",
        "Tags": tags_object(entries(nested(meta, "spend_logs_metadata")), pairs, fallbacks),
    }
    note = "Requests that LiteLLM answered from its own cache have no tokens: nobody was called."
    return Staged(columns, "LiteLLM", [note], table="usage", explode=explode)


SOURCE = LiteLLMLogs()
"""Registered as entry point ``litellm_logs`` of the group ``tagwright.sources``."""
