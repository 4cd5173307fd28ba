"""Cohere responses that a caller logged: JSON lines, or one list.

Format: cohere 7.3.1, ``types/api_meta_billed_units.py`` and ``types/usage.py``. Cohere bills the
``billed_units``, not the tokens that went through the model (its preambles are free), and has no
API of usage. ``timestamp`` or ``created_at`` and ``model`` are the caller's to add: a response does
not say them. Texts, documents, results and embeddings are not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tagwright.sources.documents import DocumentSource
from tagwright.sources.head import sql_text
from tagwright.sources.json_sql import first, moment, number, value
from tagwright.sources.model import Staged
from tagwright.usage import BUCKET, FAULT, INPUT_TOKENS

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "CohereLog"]

_TIMES = ("timestamp", "created_at")
_MODELS = (("command%", "chat"), ("embed-%", "embeddings"), ("rerank-%", "rerank"))


class CohereLog(DocumentSource):
    """One usage row for each response."""

    name = "cohere_log"
    keys = ("id", "meta", "billed_units", "input_tokens", "output_tokens")

    def recognise(self, head: Head) -> int:
        """85 where the first response has billed units, else 0."""
        sample = head.sample or {}
        places = (sample.get("meta"), sample.get("usage"))
        found = any(isinstance(p, Mapping) and "billed_units" in p for p in places)
        return 85 if found else 0

    def stage(self, head: Head) -> Staged:
        """Usage rows in billed units; without time where the first response has none."""
        key = first(value("d0", "id"), value("d0", "response_id"), value("d0", "generation_id"))
        tokens = _billed("input_tokens")
        columns = {
            "row_key": key,
            # Responses without id or time would replace those of another file.
            BUCKET: sql_text(str(head.path.absolute())),
            "gen_ai_provider_name": "'cohere'",
            "gen_ai_operation_name": _operation(),
            "gen_ai_response_model": value("d0", "model"),
            "gen_ai_response_id": key,
            "requests": "'1'",
            INPUT_TOKENS: tokens,
            "cache_read_tokens": _cached(tokens),
            "output_tokens": _billed("output_tokens"),
            "search_units": _billed("search_units"),
            FAULT: f"CASE WHEN d0 IS NOT NULL AND {_no_units()} THEN 'billed_units: missing' END",
        }
        notes = [
            "Counts are billed units; those of classifications and images have no column here.",
            "How many were cached is known only where all tokens of the input were billed.",
            "Responses without an id are told apart by file: give each file under one name.",
        ]
        sample = head.sample or {}
        if any(sample.get(name) for name in _TIMES):
            times = (value("d0", name) for name in _TIMES)
            columns["ChargePeriodStart"] = moment(first(*times))
        else:
            notes.append("The first response has no time: none is read.")
        return Staged(columns, "Cohere responses", notes, table="usage")


def _billed(unit: str) -> str:
    places = (("meta",), ("usage",))
    return first(*(value("d0", *place, "billed_units", unit) for place in places))


def _no_units() -> str:
    units = ("input_tokens", "output_tokens", "search_units", "classifications", "images")
    return " AND ".join(f"{_billed(unit)} IS NULL" for unit in units)


def _cached(billed: str) -> str:
    """Cached tokens where they are among the billed ones for certain; they are of all tokens."""
    places = (("usage",), ("meta",))
    cached = first(*(value("d0", *place, "cached_tokens") for place in places))
    every = first(*(value("d0", *place, "tokens", "input_tokens") for place in places))
    return (
        f"CASE WHEN {number(cached)} > 0 AND ({number(every)} = {number(billed)}) IS NOT TRUE "
        f"THEN NULL ELSE {cached} END"
    )


def _operation() -> str:
    """What was asked for, where the units or the model's name can only mean that."""

    def some(unit: str) -> str:
        return f"COALESCE({number(_billed(unit))} > 0, false)"

    models = " ".join(
        f"WHEN lower({value('d0', 'model')}) LIKE {sql_text(pattern)} THEN {sql_text(name)}"
        for pattern, name in _MODELS
    )
    embeddings = f"starts_with({value('d0', 'response_type')}, 'embeddings_')"
    return (
        f"CASE WHEN {some('search_units')} AND NOT {some('input_tokens')} "
        f"AND NOT {some('output_tokens')} THEN 'rerank' "
        f"WHEN {some('output_tokens')} THEN 'chat' "
        f"WHEN {embeddings} OR {some('images')} THEN 'embeddings' {models} END"
    )


SOURCE = CohereLog()
"""Registered as entry point ``cohere_log`` of the group ``tagwright.sources``."""
