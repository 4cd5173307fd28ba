"""Calls to language models through Azure API Management: the table ``ApiManagementGatewayLlmLog``.

Format: learn.microsoft.com/azure/azure-monitor/reference/tables/apimanagementgatewayllmlog, as
JSON lines or a list; and what diagnostic settings write to storage and event hubs, category
``GatewayLlmLogs``, where the names begin in lower case, most of them under ``properties``, and
``promptCachedTokens`` stands beside, which the table lacks. A call with long messages has several
entries of which one carries the counts. Messages are not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.sources.documents import DocumentSource, first_record
from tagwright.sources.head import sql_text
from tagwright.sources.json_sql import NO_TEXT, first, number, value
from tagwright.sources.model import Staged
from tagwright.sources.providers import UNKNOWN, provider_of_model
from tagwright.sources.token_split import TokenSplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagwright.sources.model import Head

__all__ = ["SOURCE", "AzureApimLlm"]

_CATEGORY, _TABLE = "GatewayLlmLogs", "ApiManagementGatewayLlmLog"
_MARKS = ("DeploymentName", "PromptTokens", "SequenceNumber")
_COUNTS = ("PromptTokens", "CompletionTokens", "TotalTokens")
_TIMES = ("TimeGenerated", "time", "timestamp")


class AzureApimLlm(DocumentSource):
    """One usage row for each call, by its correlation id."""

    name = "azure_apim_llm"
    keys = ("CorrelationId", "DeploymentName", "PromptTokens", "CompletionTokens", "SequenceNumber")

    def recognise(self, head: Head) -> int:
        """95 where the first entry is of that table or category, else 0."""
        entry, _ = first_record(head, "records")
        kind = (entry.get("category"), entry.get("Category"), entry.get("Type"))
        named = _CATEGORY in kind or _TABLE in kind
        marked = "CorrelationId" in entry and any(name in entry for name in _MARKS)
        return 95 if named or marked else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows of the entries with counts; without time where the first one has none."""
        entry, pages = first_record(head, "records")
        record = f"d{len(pages)}"
        own, counts = f"d{len(pages) + 1}", f"d{len(pages) + 2}"
        prompt, completion = _field(own, "PromptTokens"), _field(own, "CompletionTokens")
        cached, model = _field(own, "PromptCachedTokens"), _field(own, "ModelName")
        split = TokenSplit(
            input=prompt,
            output=completion,
            cached=cached,
            reasoning=NO_TEXT,
            total=_field(own, "TotalTokens"),
            total_name="TotalTokens",
        )
        columns = {
            "row_key": _field(own, "CorrelationId"),
            "gen_ai_provider_name": f"CASE WHEN {provider_of_model(model)} "
            f"IN ('openai', {sql_text(UNKNOWN)}) "
            f"THEN 'azure.ai.openai' ELSE {sql_text(UNKNOWN)} END",
            "gen_ai_operation_name": _operation(own),
            "gen_ai_request_model": _field(own, "DeploymentName"),
            "gen_ai_response_model": model,
            "requests": "'1'",
            **split.columns(counts, prompt, completion),
            "cache_read_tokens": cached,
            "RegionId": first(_field(own, "Region"), value(own, "location")),
        }
        notes = [
            "Cached tokens that an entry does not tell apart count as read anew.",
            "Tokens written to a cache are not logged by the gateway.",
            "A model that is plainly not OpenAI's has provider 'unknown': none says who served.",
        ]
        if _timed(entry):
            columns["ChargePeriodStart"] = first(*(_field(own, name) for name in _TIMES))
        else:
            notes.append("The first entry has no time: none is read.")
        return Staged(
            columns,
            "API Management LLM log",
            notes,
            table="usage",
            explode=(*pages, _with_counts(record), split.level()),
            sparse=True,
        )


def _timed(entry: Mapping[str, Any]) -> bool:
    return any(entry.get(name) for name in _TIMES)


def _field(entry: str, name: str) -> str:
    """A column of the table, wherever and however the entry spells it; NULL where it is empty."""
    lower = name[0].lower() + name[1:]
    places = (("properties", lower), ("properties", name), (name,), (lower,))
    return f"NULLIF({first(*(value(entry, *place) for place in places))}, '')"


def _with_counts(entry: str) -> str:
    """The entry where it carries counts; probes without model and usage carry zeros only."""
    given = first(*(_field(entry, name) for name in _COUNTS))
    used = " OR ".join(f"COALESCE({number(_field(entry, n))} <> 0, false)" for n in _COUNTS)
    named = first(_field(entry, "DeploymentName"), _field(entry, "ModelName"))
    broken = " OR ".join(
        f"({_field(entry, n)} IS NOT NULL AND {number(_field(entry, n))} IS NULL)" for n in _COUNTS
    )
    return (
        f"CASE WHEN COALESCE(json_type({entry}), '') <> 'OBJECT' THEN NULL "
        f"WHEN {given} IS NOT NULL AND ({used} OR {broken} OR {named} IS NOT NULL) "
        f"THEN [{entry}] ELSE [] END"
    )


def _operation(entry: str) -> str:
    """``chat_completions_create`` and the like by OpenTelemetry's word; none for the log's name."""
    name = f"lower({_field(entry, 'OperationName')})"
    return (
        f"CASE WHEN {name} LIKE 'microsoft.%' THEN NULL "
        f"WHEN regexp_matches({name}, 'chat|messages|responses') THEN 'chat' "
        f"WHEN contains({name}, 'embedding') THEN 'embeddings' "
        f"WHEN contains({name}, 'completion') THEN 'text_completion' "
        f"ELSE {_field(entry, 'OperationName')} END"
    )


SOURCE = AzureApimLlm()
"""Registered as entry point ``azure_apim_llm`` of the group ``tagwright.sources``."""
