"""Anthropic usage: pages of ``GET /v1/organizations/usage_report/messages``.

Format: platform.claude.com/docs/en/api/admin-api/usage-cost/get-messages-usage-report. Every count
of tokens is disjoint of the others: ``uncached_input_tokens`` excludes what was read from and
written to the cache. How many requests they were is not said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.documents import NO_WORKSPACE, DocumentSource, first_result
from tagwright.sources.json_sql import first, items, value
from tagwright.sources.model import Staged

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "AnthropicUsage"]


class AnthropicUsage(DocumentSource):
    """One usage row for each result: a bucket of time, model, workspace, key and tier."""

    name = "anthropic_usage"
    keys = ("starting_at", "results", "uncached_input_tokens", "cache_creation", "output_tokens")

    def recognise(self, head: Head) -> int:
        """95 where the first result counts uncached tokens as only Anthropic does, else 0."""
        known = {"uncached_input_tokens", "cache_creation"} <= set(first_result(head))
        return 95 if known else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows; what has no workspace is the default workspace's.

        Fast mode costs a multiple, so it is the tier of what is otherwise of the standard one.
        """
        result = first_result(head)
        tier = value("d2", "service_tier")
        notes = []
        if ungrouped := [name for name in ("model", "api_key_id") if not result.get(name)]:
            notes.append(f"Not grouped by {', '.join(ungrouped)}: unknown here.")
        if not result.get("workspace_id"):
            notes.append(NO_WORKSPACE)
        columns = {
            "ChargePeriodStart": value("d1", "starting_at"),
            "ChargePeriodEnd": value("d1", "ending_at"),
            "gen_ai_provider_name": "'anthropic'",
            "gen_ai_operation_name": "'chat'",
            "gen_ai_response_model": value("d2", "model"),
            "input_uncached_tokens": value("d2", "uncached_input_tokens"),
            "cache_read_tokens": value("d2", "cache_read_input_tokens"),
            "cache_write_tokens": value("d2", "cache_creation", "ephemeral_5m_input_tokens"),
            "cache_write_1h_tokens": value("d2", "cache_creation", "ephemeral_1h_input_tokens"),
            "output_tokens": value("d2", "output_tokens"),
            "web_search_requests": value("d2", "server_tool_use", "web_search_requests"),
            "service_tier": f"CASE WHEN {value('d2', 'speed')} = 'fast' "
            f"AND COALESCE({tier}, 'standard') = 'standard' THEN 'fast' ELSE {tier} END",
            "batch": f"CASE {tier} = 'batch' WHEN true THEN 'true' WHEN false THEN 'false' END",
            "context_window": value("d2", "context_window"),
            "inference_region": f"NULLIF({value('d2', 'inference_geo')}, 'not_available')",
            "SubAccountId": first(value("d2", "workspace_id"), "'default'"),
            "api_key_id": value("d2", "api_key_id"),
            "principal_id": first(value("d2", "account_id"), value("d2", "service_account_id")),
        }
        return Staged(
            columns,
            "Anthropic usage report",
            notes,
            table="usage",
            explode=(items("d0", "data"), items("d1", "results")),
        )


SOURCE = AnthropicUsage()
"""Registered as entry point ``anthropic_usage`` of the group ``tagwright.sources``."""
