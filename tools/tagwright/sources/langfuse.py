"""Langfuse observations: pages of its API, JSON lines of its exports, or one list.

Format: langfuse 5.0.4, ``api/commons/types/observation_v2.py`` (camelCase); the exports to blob
storage write the same in snake_case. Buckets of ``usageDetails`` are named by the sender; Langfuse
takes those with ``input`` in their name as input, those with ``output`` as output, and as disjoint
(langfuse.com/docs/model-usage-and-cost). Senders that did not take the cached tokens off the input
show it by their total. ``input``, ``output``, ``statusMessage`` and model parameters are not read;
of metadata what may be a tag is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.documents import DocumentSource, first_record
from tagwright.sources.json_sql import (
    entries,
    first,
    items,
    labels,
    nested,
    number,
    simple_entries,
    tags_object,
    value,
)
from tagwright.sources.model import Staged
from tagwright.sources.providers import provider_of_model
from tagwright.sources.token_split import TokenSplit
from tagwright.usage import FAULT

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "Langfuse"]

_KINDS = frozenset(
    {"AGENT", "CHAIN", "EMBEDDING", "EVALUATOR", "EVENT", "GENERATION", "GUARDRAIL", "RETRIEVER",
     "SPAN", "TOOL"}
)  # fmt: skip
_CALLS = "('GENERATION', 'EMBEDDING')"
_TRACE, _START = ("traceId", "trace_id"), ("startTime", "start_time")

_MAIN = {
    "input": "('input', 'input_tokens', 'prompt_tokens')",
    "output": "('output', 'output_tokens', 'completion_tokens')",
}
_KEY = "<key>"
_TOTAL = f"{_KEY} IN ('total', 'total_tokens')"
_OUTPUT = f"regexp_matches({_KEY}, 'output|completion|reasoning')"
_INPUT = f"(regexp_matches({_KEY}, 'input|prompt|cache') AND NOT {_OUTPUT})"
_WRITE = f"({_INPUT} AND regexp_matches({_KEY}, 'creat|writ|ephemeral'))"
_HOUR = f"({_WRITE} AND contains({_KEY}, '1h'))"
_SUMS = {
    "total": _TOTAL,
    "input": f"{_KEY} IN {_MAIN['input']}",
    "output": f"{_KEY} IN {_MAIN['output']}",
    "input_more": f"{_INPUT} AND {_KEY} NOT IN {_MAIN['input']}",
    "output_more": f"{_OUTPUT} AND {_KEY} NOT IN {_MAIN['output']}",
    "read": f"{_INPUT} AND contains({_KEY}, 'cache') AND NOT {_WRITE}",
    "write": f"{_WRITE} AND NOT {_HOUR}",
    "hour": _HOUR,
    "reasoning": f"regexp_matches({_KEY}, 'reasoning|thinking')",
    "others": f"NOT ({_TOTAL} OR {_INPUT} OR {_OUTPUT})",
}
"""Sums of buckets, by a test of the lower-case name."""


class Langfuse(DocumentSource):
    """One usage row for each generation and embedding."""

    name = "langfuse"
    keys = ("id", "type", "traceId", "startTime", "model", "usageDetails")

    def recognise(self, head: Head) -> int:
        """90 where the first record is an observation, else 0."""
        record, _ = first_record(head)
        kind = str(record.get("type", "")).upper()
        marks = all(any(name in record for name in names) for names in (_TRACE, _START))
        return 90 if kind in _KINDS and marks and "id" in record else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows; spans, events and tools are observations that used nothing themselves."""
        _, pages = first_record(head)
        kind, own = value(f"d{len(pages)}", "type"), f"d{len(pages) + 1}"
        sums, counts = f"d{len(pages) + 2}", f"d{len(pages) + 3}"
        calls = (
            f"CASE WHEN upper({kind}) IN {_CALLS} THEN [d{len(pages)}] "
            f"WHEN {kind} IS NOT NULL THEN [] END"
        )
        split = TokenSplit(
            input=value(sums, "input"),
            output=value(sums, "output"),
            cached=value(sums, "input_more"),
            reasoning=value(sums, "output_more"),
            total=_total(sums),
            total_name="usageDetails",
            beside=True,
        )

        def text(*names: str) -> str:
            return first(*(value(own, name) for name in names), "NULL")

        model = text("model", "providedModelName", "provided_model_name")
        cost = text("totalCost", "total_cost", "calculatedTotalCost")
        tokens = split.columns(counts, value(sums, "input"), value(sums, "output"))
        wrong = f"CASE WHEN {value(sums, 'wrong')} = 'true' THEN 'usageDetails: not whole numbers' "
        tokens[FAULT] = f"{wrong} ELSE {tokens[FAULT]} END"
        columns = {
            "row_key": value(own, "id"),
            "ChargePeriodStart": text(*_START),
            "ChargePeriodEnd": text("endTime", "end_time"),
            "gen_ai_provider_name": provider_of_model(model),
            "gen_ai_operation_name": f"CASE upper({value(own, 'type')}) "
            "WHEN 'EMBEDDING' THEN 'embeddings' END",
            "gen_ai_request_model": model,
            "requests": "'1'",
            **tokens,
            "cache_read_tokens": value(sums, "read"),
            "cache_write_tokens": value(sums, "write"),
            "cache_write_1h_tokens": value(sums, "hour"),
            "reasoning_output_tokens": value(sums, "reasoning"),
            "ConsumerId": text("userId", "user_id"),
            "session_id": text("sessionId", "session_id"),
            "trace_id": text(*_TRACE),
            "error_type": f"CASE WHEN upper({value(own, 'level')}) = 'ERROR' THEN '_OTHER' END",
            "reported_cost": cost,
            "reported_currency": f"CASE WHEN {cost} IS NOT NULL THEN 'USD' END",
            "Tags": tags_object(
                simple_entries(nested(own, "metadata")),
                labels(items(own, "tags")),
                f"[{{'key': 'environment', 'value': {value(own, 'environment')}}}]",
            ),
        }
        notes = [
            "Only generations and embeddings are read.",
            (
                "Langfuse does not say who was called: the provider is who sells a model of "
                "that name, though Azure OpenAI may have served it, else 'unknown'."
            ),
            (
                "Left out: tags that are not key:value, metadata that is nested or of more than "
                "256 characters, units that are neither input nor output."
            ),
        ]
        return Staged(
            columns,
            "Langfuse observations",
            notes,
            table="usage",
            explode=(*pages, calls, f"[{_sums(own)}]", split.level()),
            sparse=True,
        )


def _sums(observation: str) -> str:
    """An object of the sums of buckets, null where there is none, and whether one is ``wrong``."""
    details = first(nested(observation, "usageDetails"), nested(observation, "usage_details"))
    buckets = entries(details)

    def total(test: str) -> str:
        return (
            f"list_sum(list_transform(list_filter({buckets}, "
            f"lambda e: {test.replace(_KEY, 'lower(e.key)')}), lambda e: {number('e.value')}))"
        )

    sums = ", ".join(f"'{name}': {total(test)}" for name, test in _SUMS.items())
    wrong = (
        f"len(list_filter({buckets}, lambda e: e.value IS NOT NULL AND COALESCE("
        f"{number('e.value')} < 0 OR {number('e.value')} <> trunc({number('e.value')}), true))) > 0"
    )
    return f"to_json({{{sums}, 'wrong': {wrong}}})"


def _total(sums: str) -> str:
    """The total of the tokens; Langfuse's own sums up every bucket, of whatever unit."""
    total, others = number(value(sums, "total")), number(value(sums, "others"))
    parts = " + ".join(
        f"COALESCE({number(value(sums, name))}, 0)"
        for name in ("input", "output", "input_more", "output_more")
    )
    return f"CASE WHEN {total} = {parts} + {others} THEN {parts} ELSE {total} END"


SOURCE = Langfuse()
"""Registered as entry point ``langfuse`` of the group ``tagwright.sources``."""
