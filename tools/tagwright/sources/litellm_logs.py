"""LiteLLM spend logs: the table ``LiteLLM_SpendLogs``, as its API or its database gives it.

Format: litellm 1.109.1, ``proxy/schema.prisma`` and ``SpendLogsMetadata`` in ``proxy/_types.py``;
pages of ``GET /spend/logs`` (a list) and ``/spend/logs/v2`` (``data``), JSON lines, and dumps of
the table as CSV or Parquet, where ``metadata`` and ``request_tags`` are JSON text.

``prompt_tokens`` includes what was read from and written to the provider's prompt cache.
``cache_hit`` is another cache, LiteLLM's own: no provider was called, though the log repeats the
tokens of the first answer. ``spend`` may hold a margin of the gateway's owner, so what a request
cost is ``cost_breakdown.original_cost``, and ``spend`` only where the breakdown shows neither
margin nor discount. ``messages``, ``response`` and ``proxy_server_request`` are not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tagwright.sources.head import sql_text
from tagwright.sources.json_sql import (
    NO_TEXT,
    bound,
    entries,
    first,
    items,
    nested,
    renamed,
    tags_object,
    value,
)
from tagwright.sources.model import Staged
from tagwright.sources.providers import provider
from tagwright.usage import INPUT_TOKENS

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "LiteLLMLogs"]

_MARKS = frozenset({"request_id", "call_type", "spend", "prompt_tokens", "startTime"})
_NEEDED = (
    "request_id", "startTime", "prompt_tokens", "completion_tokens", "custom_llm_provider",
    "metadata",
)  # fmt: skip
_OPERATIONS = {
    **dict.fromkeys(("completion", "acompletion", "anthropic_messages", "aanthropic_messages",
                     "responses", "aresponses"), "chat"),
    **dict.fromkeys(("text_completion", "atext_completion"), "text_completion"),
    **dict.fromkeys(("embedding", "aembedding"), "embeddings"),
    "arerank": "rerank",
    **dict.fromkeys(("agenerate_content", "generate_content_stream",
                     "agenerate_content_stream"), "generate_content"),
}  # fmt: skip
_BATCH = ("create_batch", "acreate_batch", "retrieve_batch", "aretrieve_batch")
_ADJUSTED = (
    "discount_percent", "discount_amount", "margin_percent", "margin_fixed_amount",
    "margin_total_amount",
)  # fmt: skip


class LiteLLMLogs:
    """One usage row for each request, failed and retried ones too."""

    name = "litellm_logs"

    def recognise(self, head: Head) -> int:
        """90 where the first log has the table's tell-tale columns, else 0."""
        names = _first_of_page(head) if head.kind == "json" else head.columns
        return 90 if set(names or head.columns) >= _MARKS else 0

    def missing(self, head: Head) -> list[str]:
        """Columns that a dump lacks; without ``metadata`` nobody knows which tokens were cached."""
        return [] if head.kind == "json" else [n for n in _NEEDED if n not in head.columns]

    def stage(self, head: Head) -> Staged:
        """Usage rows; the deployment that was routed to is the model that answered."""
        log = _Log(head)
        columns = {
            "row_key": log.field("request_id"),
            "ChargePeriodStart": log.field("startTime"),
            "ChargePeriodEnd": log.field("endTime"),
            **_called(log),
            **_tokens(log),
            **_cost(log),
            "api_key_id": _key(log),
            "principal_id": log.field("user"),
            "ConsumerId": log.field("end_user"),
            "session_id": log.field("session_id"),
            "error_type": f"CASE WHEN {log.failed} THEN COALESCE("
            f"{log.meta('error_information', 'error_class')}, "
            f"{log.meta('error_information', 'error_code')}, 'failure') END",
            "duration_ms": log.field("request_duration_ms"),
            "Tags": _tags(log),
        }
        notes = [
            "Request tags that are not key:value are left out, and the user agents among them.",
            "reported_cost is before margins and discounts; null where the log does not say it.",
        ]
        return Staged(columns, "LiteLLM spend log", notes, table="usage", explode=log.explode)


def _first_of_page(head: Head) -> Mapping[str, Any] | None:
    """The first log of ``/spend/logs/v2``; None where the file is no such page."""
    data = (head.sample or {}).get("data")
    found = data[0] if isinstance(data, list) and data else None
    return found if isinstance(found, Mapping) else None


class _Log:
    """One log's columns as SQL, whatever the file.

    Attributes:
        explode: What :class:`Staged` needs to find the logs. Of documents the last level is the
            metadata, so that its text is parsed once.
        metadata: The column ``metadata`` as a document.
        failed, cached: Whether the request failed; whether LiteLLM's own cache answered it.
    """

    def __init__(self, head: Head) -> None:
        self._columns = head.columns if head.kind == "csv" else None
        self._record = "d1" if _first_of_page(head) else "d0"
        self.explode: tuple[str, ...] = ()
        self.metadata = self.document("metadata")
        if self._columns is None:
            pages = (items("d0", "data"),) if self._record == "d1" else ()
            self.explode = (*pages, f"[{self.metadata}]")
            self.metadata = f"d{len(self.explode)}"
        status = first(self.field("status"), self.meta("status"))
        self.failed = f"COALESCE({status}, '') = 'failure'"
        self.cached = f"COALESCE(lower({self.field('cache_hit')}), '') = 'true'"

    def field(self, name: str) -> str:
        """A column's text, NULL where it is empty: LiteLLM writes ``""`` for what it lacks."""
        if self._columns is None:
            return f"NULLIF(TRIM({value(self._record, name)}), '')"
        return f"NULLIF(TRIM(\"{name}\"), '')" if name in self._columns else NO_TEXT

    def document(self, name: str) -> str:
        """A column that holds JSON, or JSON text; NULL where it does not."""
        if self._columns is None:
            return nested(self._record, name)
        return f"TRY_CAST({self.field(name)} AS JSON)"

    def meta(self, *keys: str) -> str:
        """A value in the metadata, NULL where it is empty."""
        return f"NULLIF(TRIM({value(self.metadata, *keys)}), '')"

    def usage(self, *keys: str) -> str:
        """A value of the provider's usage, in one of the two places where LiteLLM keeps it."""
        return first(self.meta("usage_object", *keys), self.meta("additional_usage_values", *keys))


def _called(log: _Log) -> dict[str, str]:
    """Who was asked for what, and how."""
    called, model, kind = (
        log.field(name) for name in ("custom_llm_provider", "model", "call_type")
    )
    # What failed, or used nothing, may have gone no further than the gateway.
    nobody = f"{log.failed} OR {log.field('total_tokens')} = '0'"
    plain = (
        f"CASE WHEN starts_with({model}, {called} || '/') "
        f"THEN substr({model}, length({called}) + 2) ELSE {model} END"
    )
    batch = f"{kind} IN ({', '.join(map(sql_text, _BATCH))})"
    done, undone = log.meta("batch_successful_requests"), log.meta("batch_failed_requests")
    answered = f"NOT ({log.failed}) AND NOT ({log.cached})"
    return {
        "gen_ai_provider_name": f"COALESCE({provider(called)}, "
        f"CASE WHEN {nobody} THEN 'litellm' END)",
        "gen_ai_operation_name": renamed(kind, _OPERATIONS),
        "gen_ai_request_model": first(log.field("model_group"), plain),
        "gen_ai_response_model": plain,
        "gen_ai_response_id": f"CASE WHEN {answered} THEN {log.field('request_id')} END",
        "requests": f"CASE WHEN {batch} THEN {_sum(done, '+', first(undone, sql_text('0')))} "
        "ELSE '1' END",
        "service_tier": first(
            log.meta("cost_breakdown", "service_tier"), log.usage("service_tier")
        ),
        "batch": f"CASE WHEN {batch} THEN 'true' ELSE 'false' END",
        "inference_region": log.meta("cost_breakdown", "vertex_location"),
        "ResourceId": f"CASE WHEN {plain} LIKE 'arn:%' THEN {plain} END",
    }


def _tokens(log: _Log) -> dict[str, str]:
    """Tokens of the provider; none where LiteLLM's own cache answered."""
    written = first(
        log.meta("additional_usage_values", "cache_creation_input_tokens"),
        log.usage("prompt_tokens_details", "cache_write_tokens"),
        log.usage("prompt_tokens_details", "cache_creation_tokens"),
    )
    hour = log.usage(
        "prompt_tokens_details", "cache_creation_token_details", "ephemeral_1h_input_tokens"
    )
    counts = {
        INPUT_TOKENS: log.field("prompt_tokens"),
        "cache_read_tokens": first(
            log.meta("additional_usage_values", "cache_read_input_tokens"),
            log.usage("prompt_tokens_details", "cached_tokens"),
        ),
        "cache_write_tokens": f"CASE WHEN COALESCE({hour}, '0') = '0' THEN {written} "
        f"ELSE {_sum(written, '-', hour)} END",
        "cache_write_1h_tokens": hour,
        "output_tokens": log.field("completion_tokens"),
        "reasoning_output_tokens": log.usage("completion_tokens_details", "reasoning_tokens"),
        "web_search_requests": first(
            log.usage("server_tool_use", "web_search_requests"),
            log.usage("prompt_tokens_details", "web_search_requests"),
        ),
    }
    return {name: f"CASE WHEN {log.cached} THEN '0' ELSE {sql} END" for name, sql in counts.items()}


def _sum(left: str, operator: str, right: str) -> str:
    """Text of a sum or difference of counts; a part of one stays visible, to be rejected."""
    kind = "DECIMAL(38, 6)"
    return f"CAST(TRY_CAST({left} AS {kind}) {operator} TRY_CAST({right} AS {kind}) AS VARCHAR)"


def _cost(log: _Log) -> dict[str, str]:
    # Logs of versions without a breakdown do not say whether their spend has a margin.
    adjusted = " OR ".join(
        f"COALESCE({value('_parts', name)}, '0') NOT IN ('0', '0.0')" for name in _ADJUSTED
    )
    plain = f"json_type(_parts) = 'OBJECT' AND NOT ({adjusted})"
    cost = (
        f"CASE WHEN {log.cached} THEN '0' ELSE COALESCE({value('_parts', 'original_cost')}, "
        f"CASE WHEN {plain} THEN {log.field('spend')} END) END"
    )
    breakdown = f"json_extract({log.metadata}, '$.cost_breakdown')"
    known = f"CASE WHEN ({cost}) IS NOT NULL THEN 'USD' END"
    return {
        "reported_cost": bound(breakdown, "_parts", cost),
        "reported_currency": bound(breakdown, "_parts", known),
    }


def _key(log: _Log) -> str:
    """The key's alias, else its hash; never what looks like a key."""
    key = first(log.meta("user_api_key_alias"), log.field("api_key"))
    return f"CASE WHEN {key} NOT LIKE 'sk-%' THEN {key} END"


def _tags(log: _Log) -> str:
    """The caller's tags, then the request's, then team and customer where none of them says so.

    What should be JSON and is not becomes text that is no JSON object, so that the row is rejected:
    the tags, and which tokens were cached, would be unknown.
    """
    listed = log.document("request_tags")
    pairs = (
        "list_transform(list_filter(list_transform("
        f"COALESCE({items(listed)}, []), lambda e: e->>'$'), "
        "lambda e: regexp_matches(e, '^[^:]+:[^/]') AND NOT e ILIKE 'user-agent:%'), "
        "lambda e: {'key': TRIM(split_part(e, ':', 1)), "
        "'value': NULLIF(TRIM(substr(e, strpos(e, ':') + 1)), '')})"
    )
    spend = entries(f"json_extract({log.metadata}, '$.spend_logs_metadata')")
    team = _unless("team", log.meta("user_api_key_team_alias"))
    customer = _unless("customer", log.field("end_user"))
    tags = bound(f"list_concat({spend}, {pairs})", "_own", tags_object("_own", team, customer))
    broken = " OR ".join(
        f"({log.field(name)} IS NOT NULL AND COALESCE(json_type({document}), '') "
        f"NOT IN ({sql_text(kind)}, 'NULL'))"
        for name, document, kind in (
            ("metadata", log.metadata, "OBJECT"),
            ("request_tags", listed, "ARRAY"),
        )
    )
    return f"CASE WHEN {broken} THEN 'not JSON' ELSE {tags} END"


def _unless(key: str, text: str) -> str:
    """A list of that one tag; empty where ``_own`` has the key, however it is capitalised."""
    known = "list_filter(_own, lambda k: k.value IS NOT NULL)"
    keys = f"list_transform({known}, lambda k: lower(k.key))"
    pair = f"{{'key': {sql_text(key)}, 'value': {text}}}"
    return f"CASE WHEN list_contains({keys}, {sql_text(key)}) THEN [] ELSE [{pair}] END"


SOURCE = LiteLLMLogs()
"""Registered as entry point ``litellm_logs`` of the group ``tagwright.sources``."""
