"""Azure API Management's LLM log: ``ApiManagementGatewayLlmLog`` as JSON.

Format: learn.microsoft.com/azure/azure-monitor/reference/tables/apimanagementgatewayllmlog; rows of
the table, or records of a diagnostic setting with the columns under ``properties``. A request with
long messages comes in several rows of which one counts its tokens. Prompt tokens include the cached
ones, and how many these were is not said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.sources.documents import DocumentSource, first_record
from tagwright.sources.json_sql import first, items, value
from tagwright.sources.model import Staged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagwright.sources.model import Head

__all__ = ["SOURCE", "AzureApimLlm"]

_MARKS = {"correlationid", "promptTokens".lower(), "completiontokens", "deploymentname"}


class AzureApimLlm(DocumentSource):
    """One usage row for each request."""

    name = "azure_apim_llm"

    def recognise(self, head: Head) -> int:
        """90 with the table's tell-tale columns, else 0."""
        row = _row(head)
        names = {name.casefold() for name in row}
        return 90 if len(_MARKS & names) >= 3 and "correlationid" in names else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows; without a time where the log has none."""
        record, row = first_record(head), _row(head)
        inside = record is not row
        where = "json_extract(d1, '$.properties')" if inside else "d1"
        spelt = {name.casefold(): name for name in row}

        def column(name: str) -> str:
            return value(where, spelt.get(name.casefold(), name))

        paged = record is not (head.sample or {})
        documents = items("d0", "data") if paged else "[d0]"
        counted = spelt.get("totaltokens", "TotalTokens")
        path = f"$.properties.{counted}" if inside else f"$.{counted}"
        columns = {
            "row_key": column("CorrelationId"),
            "gen_ai_provider_name": "'azure.ai.openai'",
            "gen_ai_operation_name": column("OperationName"),
            "gen_ai_request_model": column("DeploymentName"),
            "gen_ai_response_model": column("ModelName"),
            "gen_ai_response_id": column("CorrelationId"),
            "requests": "'1'",
            "input_uncached_tokens": column("PromptTokens"),
            "output_tokens": column("CompletionTokens"),
            "RegionId": column("Region"),
        }
        times = [name for name in ("TimeGenerated", "time", "timestamp") if name in record]
        notes = ["Cached tokens are not told apart: all input counts as uncached."]
        if times:
            columns["ChargePeriodStart"] = first(*(value("d1", name) for name in times))
        else:
            notes.append("The log says no times: its requests belong to no period.")
        return Staged(
            columns,
            "Azure APIM LLM log",
            notes,
            table="usage",
            explode=(f"list_filter({documents}, lambda r: r->>'{path}' IS NOT NULL)",),
        )


def _row(head: Head) -> Mapping[str, Any]:
    record = first_record(head)
    properties = record.get("properties")
    return properties if isinstance(properties, dict) else record


SOURCE = AzureApimLlm()
"""Registered as entry point ``azure_apim_llm`` of the group ``tagwright.sources``."""
