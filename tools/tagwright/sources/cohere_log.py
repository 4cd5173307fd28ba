"""Cohere's responses as a caller logged them: ``meta.billed_units`` is what is paid for.

Format: cohere 7.3.1, ``types/api_meta_billed_units.py`` and ``types/usage.py``. There is no usage
API. ``tokens`` beside the billed units counts what the model saw, which is more. Around a response
a logger may put ``timestamp`` (or ``created_at``), ``model``, ``id`` and ``tags``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.sources.documents import DocumentSource
from tagwright.sources.json_sql import entries, first, tags_object, value
from tagwright.sources.model import Staged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagwright.sources.model import Head

__all__ = ["SOURCE", "CohereLog"]


class CohereLog(DocumentSource):
    """One usage row for each response."""

    name = "cohere_log"

    def recognise(self, head: Head) -> int:
        """90 where the first record has billed units, else 0."""
        return 90 if _billed(head.sample or {}) else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows of the billed units; without a time where none was logged."""
        sample = head.sample or {}

        def units(name: str) -> str:
            return first(
                value("d0", "meta", "billed_units", name),
                value("d0", "usage", "billed_units", name),
                value("d0", "response", "meta", "billed_units", name),
                value("d0", "response", "usage", "billed_units", name),
            )

        reranked = f"{units('search_units')} IS NOT NULL AND {units('output_tokens')} IS NULL"
        identity = [name for name in ("id", "generation_id", "response_id") if name in sample]
        columns = {
            "gen_ai_provider_name": "'cohere'",
            "gen_ai_operation_name": f"CASE WHEN {reranked} THEN 'rerank' "
            f"WHEN {units('output_tokens')} IS NOT NULL THEN 'chat' "
            f"WHEN {units('input_tokens')} IS NOT NULL THEN 'embeddings' END",
            "gen_ai_request_model": value("d0", "model"),
            "requests": "'1'",
            "input_uncached_tokens": units("input_tokens"),
            "output_tokens": units("output_tokens"),
            "search_units": units("search_units"),
            "Tags": tags_object(entries("json_extract(d0, '$.tags')")),
        }
        if identity:
            columns["row_key"] = first(*(value("d0", name) for name in identity))
            columns["gen_ai_response_id"] = columns["row_key"]
        times = [name for name in ("timestamp", "created_at", "time") if name in sample]
        notes = []
        if times:
            columns["ChargePeriodStart"] = first(*(value("d0", name) for name in times))
        else:
            notes.append("The log says no times: its requests belong to no period.")
        return Staged(columns, "Cohere responses", notes, table="usage")


def _billed(sample: Mapping[str, Any]) -> bool:
    response = sample.get("response")
    for holder in (sample, response if isinstance(response, dict) else {}):
        for name in ("meta", "usage"):
            inner = holder.get(name)
            if isinstance(inner, dict) and isinstance(inner.get("billed_units"), dict):
                return True
    return False


SOURCE = CohereLog()
"""Registered as entry point ``cohere_log`` of the group ``tagwright.sources``."""
