"""Usage rows: one a request, or a bucket of requests, to an AI service; never its content.

Names are FOCUS column ids where FOCUS has the same concept, else the OpenTelemetry GenAI attribute
with its dots as underscores (semantic-conventions-genai, docs/gen-ai/gen-ai-spans.md).

Token buckets are disjoint: the input of a request is the sum of ``input_uncached_tokens``,
``cache_read_tokens``, ``cache_write_tokens`` (kept for five minutes, or for how long is not said)
and ``cache_write_1h_tokens``. Providers do not agree on what they count as input; a source whose
input includes the cached tokens stages :data:`INPUT_TOKENS` instead, and common code subtracts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "BUCKET",
    "COLUMNS",
    "COST_SCALE",
    "FAULT",
    "IDENTITY",
    "INPUT_TOKENS",
    "PRICED_PARTS",
    "TOKENS",
    "UsageColumn",
]

Kind = Literal["text", "count", "number", "money", "datetime", "flag", "tags"]


@dataclass(frozen=True)
class UsageColumn:
    """One column of a table beside charges.

    Attributes:
        name: Its name.
        kind: ``count`` is a whole number ≥ 0, ``money`` an exact decimal.
        description: What it is, with its unit.
        nullable: Whether a row may lack it.
    """

    name: str
    kind: Kind
    description: str
    nullable: bool = True


def _text(name: str, description: str) -> UsageColumn:
    return UsageColumn(name, "text", description)


def _count(name: str, description: str) -> UsageColumn:
    return UsageColumn(name, "count", description)


COLUMNS: tuple[UsageColumn, ...] = (
    UsageColumn("ChargePeriodStart", "datetime", "Start of the request or bucket, UTC."),
    UsageColumn("ChargePeriodEnd", "datetime", "Its end, exclusive, UTC."),
    UsageColumn(
        "gen_ai_provider_name",
        "text",
        "Who was called, by OpenTelemetry's names: openai, anthropic, aws.bedrock, …",
        nullable=False,
    ),
    _text("gen_ai_operation_name", "What was asked for: chat, embeddings, rerank, …"),
    _text("gen_ai_request_model", "Model, deployment or inference profile that was asked for."),
    _text("gen_ai_response_model", "Model that answered."),
    _text("gen_ai_response_id", "Id of the answer."),
    _count("requests", "Requests; 1 for a row that is a request; null where it is not said."),
    _count("input_uncached_tokens", "Input tokens read anew."),
    _count("cache_read_tokens", "Input tokens read from a prompt cache."),
    _count("cache_write_tokens", "Input tokens written to a prompt cache, for five minutes."),
    _count("cache_write_1h_tokens", "Input tokens written to a prompt cache for an hour."),
    _count("output_tokens", "Output tokens, with those of reasoning."),
    _count("reasoning_output_tokens", "Output tokens spent on reasoning; part of output_tokens."),
    _count("search_units", "Search units of a rerank."),
    _count("web_search_requests", "Web searches that the provider made."),
    _text("service_tier", "Tier as the provider names it: default, priority, flex, …"),
    UsageColumn("batch", "flag", "Whether it went through a batch interface."),
    _text("context_window", "Context window class that prices differ by, e.g. 0-200k."),
    _text("inference_region", "Where it was computed: a region, or global."),
    _text("RegionId", "Region that was called."),
    _text("BillingAccountId", "Account that pays."),
    _text("SubAccountId", "Project or workspace, or cloud account, that called."),
    _text("ResourceId", "Resource that was called, e.g. the ARN of an inference profile."),
    _text("api_key_id", "Id or alias of the API key; never the key."),
    _text("principal_id", "Who called: a user or role."),
    _text("ConsumerId", "End user or customer it was done for (FOCUS 1.5 draft)."),
    _text("session_id", "Conversation or session."),
    _text("trace_id", "Trace, across services."),
    _text("span_id", "Span inside the trace."),
    _text("error_type", "Why the request failed; null where it did not."),
    _count("duration_ms", "How long the request took, in milliseconds."),
    UsageColumn("reported_cost", "money", "What the telemetry says it cost; not the bill."),
    _text("reported_currency", "Currency of reported_cost."),
    UsageColumn("Tags", "tags", "Business tags, as they were sent."),
)
"""Columns that a source may give, in the order of the table."""

INPUT_TOKENS = "input_tokens"
"""May be staged in place of ``input_uncached_tokens``: input tokens with the cached ones."""

FAULT = "fault"
"""May be staged: why a record cannot be used, as ``column: reason``; null where it can."""

BUCKET = "bucket"
"""May be staged to tell records without an id apart, where :data:`IDENTITY` does not."""

TOKENS = (
    "input_uncached_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
)
"""The disjoint buckets."""

PRICED_PARTS = {
    "input_uncached": TOKENS[:1],
    "cache_read": TOKENS[1:2],
    "cache_write": TOKENS[2:4],
    "output": TOKENS[4:],
}
"""What is priced apart, as bills tell tokens apart, and the buckets that are in it."""

COST_SCALE = 24
"""Decimals of reported_cost: gateways compute it in floats, and a float of a token has many."""

IDENTITY = tuple(
    column.name
    for column in COLUMNS
    if column.kind in ("text", "datetime", "flag", "tags") and column.name != "reported_currency"
)
"""What makes a bucket the one it is, where it has no id."""
