"""Anthropic usage: pages of ``GET /v1/organizations/usage_report/messages``.

Format: platform.claude.com/docs/en/api/admin/usage_report. ``uncached_input_tokens`` excludes what
was read from and written to the cache. No page says how many requests there were. A null workspace
is the organisation's default one, where the page was grouped by workspace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.documents import DocumentSource, first_result
from tagwright.sources.json_sql import items, value
from tagwright.sources.model import Staged

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "AnthropicUsage"]

_MARKS = frozenset({"uncached_input_tokens", "cache_read_input_tokens", "output_tokens"})


class AnthropicUsage(DocumentSource):
    """One usage row for each result: a bucket of time, model, workspace, key and tier."""

    name = "anthropic_usage"

    def recognise(self, head: Head) -> int:
        """95 where the first result counts tokens by Anthropic's names, else 0."""
        return 95 if set(first_result(head)) >= _MARKS else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows; both lives of a cache write, for they are priced apart."""
        tier = value("d2", "service_tier")
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
            "service_tier": tier,
            "batch": f"CASE WHEN {tier} IS NOT NULL THEN CAST({tier} = 'batch' AS VARCHAR) END",
            "context_window": value("d2", "context_window"),
            "inference_region": value("d2", "inference_geo"),
            "SubAccountId": workspace(),
            "api_key_id": value("d2", "api_key_id"),
        }
        ungrouped = [name for name in ("model", "service_tier") if not first_result(head).get(name)]
        notes = ["Requests are not counted by Anthropic: unknown here."]
        if ungrouped:
            notes.append(f"Not grouped by {', '.join(ungrouped)}: unknown here.")
        explode = (items("d0", "data"), items("d1", "results"))
        return Staged(columns, "Anthropic usage", notes, table="usage", explode=explode)


def workspace() -> str:
    """The workspace of a result; the default one is null in a page that is grouped by it."""
    return (
        f"CASE WHEN json_exists(d2, '$.workspace_id') "
        f"THEN COALESCE({value('d2', 'workspace_id')}, 'default') END"
    )


SOURCE = AnthropicUsage()
"""Registered as entry point ``anthropic_usage`` of the group ``tagwright.sources``."""
