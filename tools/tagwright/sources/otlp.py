"""OpenTelemetry traces as OTLP JSON: the spans of calls to models.

Format: opentelemetry-proto (examples/trace.json; ids are hex, 64-bit numbers may be text), one
export request a line as the collector's file exporter writes it, or one document. Attributes:
semantic-conventions-genai, docs/gen-ai/gen-ai-spans.md, with the older names of
semantic-conventions up to 1.36 and of OpenLLMetry. The input count includes what was read from and
written to a prompt cache. Of the attributes only those named here are read: messages are not, nor
are events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.documents import DocumentSource
from tagwright.sources.head import sql_text
from tagwright.sources.json_sql import by_name, entries, first, items, moment, tags_object, value
from tagwright.sources.model import Staged
from tagwright.sources.providers import provider
from tagwright.usage import INPUT_TOKENS

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "Otlp"]

_PROVIDER = ("gen_ai.provider.name", "gen_ai.system")
_OPERATION = "gen_ai.operation.name"
_MODEL = "gen_ai.request.model"
_TOKENS = {
    INPUT_TOKENS: ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    "cache_read_tokens": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
    ),
    "cache_write_tokens": (
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
    ),
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    "reasoning_output_tokens": (
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
    ),
}
_TEXTS = {
    "gen_ai_operation_name": (_OPERATION,),
    "gen_ai_request_model": (_MODEL,),
    "gen_ai_response_model": ("gen_ai.response.model",),
    "gen_ai_response_id": ("gen_ai.response.id",),
    "service_tier": ("openai.response.service_tier", "gen_ai.openai.response.service_tier"),
    "ConsumerId": ("enduser.id", "user.id"),
    "session_id": ("gen_ai.conversation.id",),
}
_ERROR = "error.type"
_TAGS = {
    "environment": ("deployment.environment.name", "deployment.environment"),
    "service": ("service.name",),
}
_PREFIX = "finops."
_OF_SPAN = (
    *_PROVIDER, _ERROR, *(name for names in (*_TOKENS.values(), *_TEXTS.values()) for name in names)
)  # fmt: skip
_OF_RESOURCE = tuple(name for names in _TAGS.values() for name in names)
_NO_CALLS = (
    "create_agent", "invoke_agent", "invoke_workflow", "execute_tool", "fetch_response", "plan",
    "retrieval",
    "create_memory", "create_memory_store", "delete_memory", "delete_memory_store",
    "search_memory", "update_memory", "upsert_memory",
)  # fmt: skip
"""Operations that call no model themselves; an agent's usage is that of the calls inside it."""

_NANOS = 1_000_000_000


class Otlp(DocumentSource):
    """One usage row for each span that is a call to a model."""

    name = "otlp"
    keys = ("resourceSpans", "scopeSpans", "spans", "attributes", "startTimeUnixNano")

    def recognise(self, head: Head) -> int:
        """95 where the first document holds spans by resource, else 0."""
        return 95 if isinstance((head.sample or {}).get("resourceSpans"), list) else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows; a span's own tags count before those of its resource."""
        del head

        def attribute(*names: str) -> str:
            return first(*(value("d3", name) for name in names), "NULL")

        def own(*names: str) -> str:
            return value("d1", "span", *names)

        begin, end = own("startTimeUnixNano"), own("endTimeUnixNano")
        trace, span = (f"lower({own(name)})" for name in ("traceId", "spanId"))
        failed = f"{own('status', 'code')} IN ('2', 'STATUS_CODE_ERROR')"
        named = ", ".join(
            f"{{'key': {sql_text(tag)}, 'value': {attribute(*names)}}}"
            for tag, names in _TAGS.items()
        )
        columns = {
            "row_key": f"{trace} || '/' || {span}",
            "ChargePeriodStart": moment(begin, per_second=_NANOS),
            "ChargePeriodEnd": moment(end, per_second=_NANOS),
            "gen_ai_provider_name": provider(attribute(*_PROVIDER)),
            **{column: attribute(*names) for column, names in _TEXTS.items()},
            "requests": "'1'",
            **{column: attribute(*names) for column, names in _TOKENS.items()},
            "trace_id": trace,
            "span_id": span,
            "error_type": first(attribute(_ERROR), f"CASE WHEN {failed} THEN '_OTHER' END"),
            "duration_ms": f"(TRY_CAST({end} AS BIGINT) - TRY_CAST({begin} AS BIGINT)) // 1000000",
            "Tags": tags_object(_finops("d3"), f"[{named}]"),
        }
        notes = [
            (
                "Only spans of calls to models are read; those of agents, workflows and tools, "
                "which repeat the usage of the calls inside them, are left out."
            ),
            "A call that two libraries trace has two spans and counts twice: trace it once.",
        ]
        return Staged(columns, "OTLP traces", notes, table="usage", explode=_explode(), sparse=True)


def _explode() -> tuple[str, ...]:
    """Spans with their resource, what is named of attributes, that as one object, calls only."""
    operation, model = value("d3", _OPERATION), value("d3", _MODEL)
    others = ", ".join(map(sql_text, _NO_CALLS))
    call = f"COALESCE({operation} NOT IN ({others}), {model} IS NOT NULL)"
    named = {
        "span": _picked("d1", _OF_SPAN, "span", "attributes"),
        "resource": _picked("d1", _OF_RESOURCE, "resource"),
    }
    pairs = ", ".join(f"'{key}': {sql}" for key, sql in named.items())
    both = tags_object(*(by_name(items("d2", key)) for key in named))
    # What is no span at all stays, to be rejected.
    no_span = "COALESCE(json_type(d1, '$.span'), '') <> 'OBJECT'"
    return (
        _spans(),
        f"[to_json({{{pairs}}})]",
        f"[CAST({both} AS JSON)]",
        f"CASE WHEN {no_span} OR {call} THEN [d3] ELSE [] END",
    )


def _spans() -> str:
    """Each span beside the attributes of its resource; NULL where the document is none of spans.

    In one go: level by level DuckDB would hold several copies of every document on the way.
    """
    shape = (
        '{"resourceSpans": [{"resource": {"attributes": "JSON"}, '
        '"scopeSpans": [{"spans": ["JSON"]}]}]}'
    )
    # Protobuf leaves out what is empty; what is there must be of its kind.
    kinds = {
        "$.resourceSpans[*]": "OBJECT",
        "$.resourceSpans[*].scopeSpans": "ARRAY",
        "$.resourceSpans[*].scopeSpans[*]": "OBJECT",
        "$.resourceSpans[*].scopeSpans[*].spans": "ARRAY",
    }
    sound = " AND ".join(
        f"len(list_filter(json_type(d0, {sql_text(path)}), "
        f"lambda k: k NOT IN ({sql_text(kind)}, 'NULL'))) = 0"
        for path, kind in kinds.items()
    )
    return (
        f"CASE WHEN json_type(d0, '$.resourceSpans') = 'ARRAY' AND {sound} THEN flatten("
        f"list_transform(from_json(d0, {sql_text(shape)}).resourceSpans, lambda r: flatten("
        "list_transform(COALESCE(r.scopeSpans, []), lambda c: "
        "list_transform(COALESCE(c.spans, []), lambda s: "
        "to_json({'span': s, 'resource': r.resource.attributes})))))) END"
    )


def _picked(document: str, names: tuple[str, ...], *path: str) -> str:
    """Those of its attributes that are named, and tags, as a list of key and text."""
    wanted = ", ".join(map(sql_text, names))
    scalar = ", ".join(
        f"a->>'$.value.{kind}'" for kind in ("stringValue", "intValue", "doubleValue", "boolValue")
    )
    return (
        f"list_transform(list_filter(COALESCE({items(document, *path)}, []), "
        f"lambda a: (a->>'$.key') IN ({wanted}) "
        f"OR starts_with(a->>'$.key', {sql_text(_PREFIX)})), "
        f"lambda a: {{'key': a->>'$.key', 'value': NULLIF(TRIM(COALESCE({scalar})), '')}})"
    )


def _finops(attributes: str) -> str:
    """The tags among the attributes, without their prefix."""
    start = len(_PREFIX) + 1
    return (
        f"list_transform(list_filter({entries(attributes)}, "
        f"lambda e: starts_with(e.key, {sql_text(_PREFIX)}) AND length(e.key) >= {start}), "
        f"lambda e: {{'key': substr(e.key, {start}), 'value': e.value}})"
    )


SOURCE = Otlp()
"""Registered as entry point ``otlp`` of the group ``tagwright.sources``."""
