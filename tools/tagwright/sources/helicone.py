"""Helicone requests, as JSON lines, an array, or a page of the API.

Format: the interface ``HeliconeRequest`` (Helicone/helicone, valhalla/jawn). ``prompt_tokens`` of
some providers includes the cached tokens and of others not; ``total_tokens`` tells which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.documents import DocumentSource, first_record
from tagwright.sources.json_sql import entries, items, renamed, tags_object, value
from tagwright.sources.litellm_logs import OTEL_PROVIDERS
from tagwright.sources.model import Staged
from tagwright.usage import INPUT_TOKENS

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "Helicone"]

_MARKS = frozenset({"request_id", "request_created_at", "prompt_tokens"})


class Helicone(DocumentSource):
    """One usage row for each request."""

    name = "helicone"

    def recognise(self, head: Head) -> int:
        """95 where the first record is a request of Helicone's, else 0."""
        return 95 if set(first_record(head)) >= _MARKS else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows; the cost is what Helicone computed, in US dollars."""
        paged = first_record(head) is not (head.sample or {})

        def number(name: str) -> str:
            return f"COALESCE(TRY_CAST({value('d1', name)} AS BIGINT), 0)"

        prompt = value("d1", "prompt_tokens")
        cached = f"{number('prompt_cache_read_tokens')} + {number('prompt_cache_write_tokens')}"
        # Only where the total says so are they beside the prompt's.
        beside = (
            f"({cached}) > 0 AND {number('total_tokens')} = {number('prompt_tokens')} + {cached} + "
            f"{number('completion_tokens')}"
        )
        status = f"TRY_CAST({value('d1', 'response_status')} AS INTEGER)"
        columns = {
            "row_key": value("d1", "request_id"),
            "ChargePeriodStart": value("d1", "request_created_at"),
            "gen_ai_provider_name": renamed(f"lower({value('d1', 'provider')})", OTEL_PROVIDERS),
            "gen_ai_request_model": value("d1", "request_model"),
            "gen_ai_response_model": value("d1", "response_model"),
            "requests": "'1'",
            INPUT_TOKENS: f"CASE WHEN NOT ({beside}) THEN {prompt} END",
            "input_uncached_tokens": f"CASE WHEN {beside} THEN {prompt} END",
            "cache_read_tokens": value("d1", "prompt_cache_read_tokens"),
            "cache_write_tokens": value("d1", "prompt_cache_write_tokens"),
            "output_tokens": value("d1", "completion_tokens"),
            "ConsumerId": value("d1", "request_user_id"),
            "error_type": f"CASE WHEN {status} >= 400 THEN CAST({status} AS VARCHAR) END",
            "duration_ms": value("d1", "delay_ms"),
            "reported_cost": value("d1", "costUSD"),
            "reported_currency": f"CASE WHEN {value('d1', 'costUSD')} IS NOT NULL THEN 'USD' END",
            "Tags": tags_object(entries("json_extract(d1, '$.request_properties')")),
        }
        explode = items("d0", "data") if paged else "[d0]"
        return Staged(columns, "Helicone", table="usage", explode=(explode,))


SOURCE = Helicone()
"""Registered as entry point ``helicone`` of the group ``tagwright.sources``."""
