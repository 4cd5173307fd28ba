"""Helicone requests: pages of ``POST /v1/request/query``, JSON lines, or one list.

Format: docs.helicone.ai/rest/request/post-v1requestquery (``HeliconeRequest``). ``prompt_tokens``
include the cached ones where the total is prompt + completion, and exclude them where the total
adds them too. Requests that Helicone's own cache answered have no tokens. Bodies, their URLs and
scores are not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.documents import DocumentSource, first_record
from tagwright.sources.json_sql import nested, number, simple_entries, tags_object, value
from tagwright.sources.model import Staged
from tagwright.sources.providers import provider
from tagwright.sources.token_split import TokenSplit

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "Helicone"]

_MARKS = frozenset({"request_id", "request_created_at", "response_status"})
_FAILED = 400


class Helicone(DocumentSource):
    """One usage row for each request."""

    name = "helicone"
    keys = ("request_id", "request_created_at", "response_status", "prompt_tokens")

    def recognise(self, head: Head) -> int:
        """90 where the first record has the tell-tale names, else 0."""
        return 90 if first_record(head)[0].keys() >= _MARKS else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows; whether the input includes the cached tokens is decided for each."""
        _, pages = first_record(head)
        record, counts = f"d{len(pages)}", f"d{len(pages) + 1}"

        def text(name: str) -> str:
            return value(record, name)

        read, write = text("prompt_cache_read_tokens"), text("prompt_cache_write_tokens")
        reasoning, status = text("reasoning_tokens"), text("response_status")
        split = TokenSplit(
            input=text("prompt_tokens"),
            output=text("completion_tokens"),
            cached=f"{_or_none(read)} + {_or_none(write)}",
            reasoning=reasoning,
            total=text("total_tokens"),
            total_name="total_tokens",
        )
        columns = {
            "row_key": text("request_id"),
            "ChargePeriodStart": text("request_created_at"),
            "gen_ai_provider_name": provider(text("provider")),
            "gen_ai_request_model": text("request_model"),
            "gen_ai_response_model": text("response_model"),
            "requests": "'1'",
            **split.columns(counts, text("prompt_tokens"), text("completion_tokens")),
            "cache_read_tokens": read,
            "cache_write_tokens": write,
            "reasoning_output_tokens": reasoning,
            "ConsumerId": text("request_user_id"),
            "error_type": f"CASE WHEN TRY_CAST({status} AS INTEGER) >= {_FAILED} THEN {status} END",
            "duration_ms": text("delay_ms"),
            "reported_cost": text("costUSD"),
            "reported_currency": f"CASE WHEN {text('costUSD')} IS NOT NULL THEN 'USD' END",
            "Tags": tags_object(simple_entries(nested(record, "request_properties"))),
        }
        notes = [
            "Whether a prompt's tokens include the cached ones is taken from the request's total.",
            "Properties longer than 256 characters are left out.",
        ]
        return Staged(
            columns,
            "Helicone requests",
            notes,
            table="usage",
            explode=(*pages, split.level()),
        )


def _or_none(text: str) -> str:
    return f"CASE WHEN {text} IS NULL THEN 0 ELSE {number(text)} END"


SOURCE = Helicone()
"""Registered as entry point ``helicone`` of the group ``tagwright.sources``."""
