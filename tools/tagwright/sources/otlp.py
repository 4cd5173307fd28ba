"""OpenTelemetry traces as OTLP JSON: one document, or one export request a line.

Format: opentelemetry-proto ``examples/trace.json`` (what the collector's file exporter writes);
attributes: semantic-conventions-genai ``docs/gen-ai/gen-ai-spans.md``, and their older names
(``gen_ai.system``, ``gen_ai.usage.prompt_tokens``, …). ``gen_ai.usage.input_tokens`` includes the
cached tokens. Spans of agents, tools and workflows carry the sum of the calls inside them and are
left out, or each token would be counted twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.documents import DocumentSource
from tagwright.sources.json_sql import entries, epoch, first, items, renamed, tags_object, value
from tagwright.sources.litellm_logs import OTEL_PROVIDERS
from tagwright.sources.model import Staged
from tagwright.usage import INPUT_TOKENS

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "Otlp"]

_WRAPPERS = ("invoke_agent", "create_agent", "execute_tool", "invoke_workflow")
_NANOS = 1_000_000_000


class Otlp(DocumentSource):
    """One usage row for each span that is a call of a model."""

    name = "otlp"

    def recognise(self, head: Head) -> int:
        """95 where the document holds spans by resource, else 0."""
        return 95 if isinstance((head.sample or {}).get("resourceSpans"), list) else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows. d1 is a resource's spans, d2 a scope's, d3 the span, d4 all attributes."""
        del head
        spans = items("d2", "spans")
        start, end = value("d3", "startTimeUnixNano"), value("d3", "endTimeUnixNano")
        operation = value("d4", "gen_ai.operation.name")

        def attribute(*names: str) -> str:
            return first(*(value("d4", name) for name in names), "NULL")

        failed = f"CASE WHEN {value('d3', 'status', 'code')} IN ('2', 'STATUS_CODE_ERROR') "
        environment = attribute("deployment.environment.name", "deployment.environment")
        named = (
            f"[{{'key': 'environment', 'value': {environment}}}, "
            f"{{'key': 'service', 'value': {value('d4', 'service.name')}}}]"
        )
        business = f"list_filter({entries('d4')}, lambda e: starts_with(e.key, 'finops.'))"
        business = (
            f"list_transform({business}, lambda e: "
            "{'key': replace(e.key, 'finops.', ''), 'value': e.value})"
        )
        columns = {
            "row_key": f"lower({value('d3', 'traceId')}) || '/' || lower({value('d3', 'spanId')})",
            "ChargePeriodStart": epoch(start, per_second=_NANOS),
            "ChargePeriodEnd": epoch(end, per_second=_NANOS),
            "gen_ai_provider_name": renamed(
                attribute("gen_ai.provider.name", "gen_ai.system"), OTEL_PROVIDERS
            ),
            "gen_ai_operation_name": operation,
            "gen_ai_request_model": value("d4", "gen_ai.request.model"),
            "gen_ai_response_model": value("d4", "gen_ai.response.model"),
            "gen_ai_response_id": value("d4", "gen_ai.response.id"),
            "requests": "'1'",
            INPUT_TOKENS: attribute("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
            "cache_read_tokens": attribute(
                "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"
            ),
            "cache_write_tokens": attribute(
                "gen_ai.usage.cache_creation.input_tokens",
                "gen_ai.usage.cache_creation_input_tokens",
            ),
            "output_tokens": attribute(
                "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"
            ),
            "reasoning_output_tokens": attribute("gen_ai.usage.reasoning.output_tokens"),
            "service_tier": attribute(
                "openai.response.service_tier", "gen_ai.openai.response.service_tier"
            ),
            "RegionId": attribute("cloud.region"),
            "ConsumerId": attribute("enduser.id", "user.id"),
            "session_id": attribute("gen_ai.conversation.id", "session.id"),
            "trace_id": f"lower({value('d3', 'traceId')})",
            "span_id": f"lower({value('d3', 'spanId')})",
            "error_type": f"COALESCE({value('d4', 'error.type')}, {failed} THEN 'error' END)",
            "duration_ms": f"(TRY_CAST({end} AS BIGINT) - TRY_CAST({start} AS BIGINT)) // 1000000",
            "Tags": tags_object(business, named),
        }
        return Staged(
            columns,
            "OTLP traces",
            ["Spans that are no call of a model (agents, tools, others) are left out."],
            table="usage",
            explode=(
                items("d0", "resourceSpans"),
                items("d1", "scopeSpans"),
                f"list_filter({spans}, lambda s: {_is_call('s')})",
                f"[{_attributes()}]",
            ),
        )


def _pairs(document: str) -> str:
    """Attributes as a list of key and JSON value; the first of a key counts."""
    found = (
        f"list_filter(COALESCE({items(document, 'attributes')}, []), "
        "lambda a: a->>'$.key' IS NOT NULL)"
    )
    return (
        f"list_transform({found}, lambda a: {{'key': a->>'$.key', 'value': COALESCE("
        "a->>'$.value.stringValue', a->>'$.value.intValue', a->>'$.value.doubleValue', "
        "a->>'$.value.boolValue')})"
    )


def _attributes() -> str:
    """One object of the attributes of the span and its resource; the span's go first."""
    return (
        f"CAST({tags_object(_pairs('d3'), _pairs('json_extract(d1, ' + _RESOURCE + ')'))} AS JSON)"
    )


_RESOURCE = "'$.resource'"


def _is_call(span: str) -> str:
    """Whether a span is one call of a model."""
    names = f"json_extract_string({span}, '$.attributes[*].key')"
    wrapper = " OR ".join(f"w = '{name}'" for name in _WRAPPERS)
    operations = (
        f"list_transform(list_filter(COALESCE({items(span, 'attributes')}, []), "
        "lambda a: a->>'$.key' = 'gen_ai.operation.name'), lambda a: a->>'$.value.stringValue')"
    )
    return (
        f"(list_contains({names}, 'gen_ai.operation.name') "
        f"OR list_contains({names}, 'gen_ai.request.model')) "
        f"AND len(list_filter({operations}, lambda w: {wrapper})) = 0"
    )


SOURCE = Otlp()
"""Registered as entry point ``otlp`` of the group ``tagwright.sources``."""
