"""Anthropic costs: pages of ``GET /v1/organizations/cost_report``.

Format: platform.claude.com/docs/en/api/admin/cost_report. Daily buckets in UTC. ``amount`` is in
the lowest unit of the currency, which is always US dollars: cents, as a decimal string with parts
of a cent ("123.45" is 1.2345 dollars; the page rounds its example to 1.23). What the Priority Tier
costs is in no such report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.documents import NO_WORKSPACE, DocumentSource, first_result
from tagwright.sources.head import sql_text
from tagwright.sources.json_sql import first, items, tags_object, value
from tagwright.sources.model import Staged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagwright.sources.model import Head

__all__ = ["SOURCE", "AnthropicCosts"]

_MARKS = frozenset({"amount", "currency", "cost_type", "token_type"})
_METERS = {
    "uncached_input_tokens": ("Input Tokens", "Input", "Uncached", None),
    "cache_read_input_tokens": ("Cache Read Input Tokens", "Input", "Read", None),
    "cache_creation.ephemeral_5m_input_tokens": (
        "Cache Write Input Tokens", "Input", "Write", "5m",
    ),
    "cache_creation.ephemeral_1h_input_tokens": (
        "Cache Write Input Tokens", "Input", "Write", "1h",
    ),
    "output_tokens": ("Output Tokens", "Output", None, None),
}  # fmt: skip
"""Token type to SkuMeter, TokenDirection, TokenCacheAction (FOCUS 1.5 draft), time in the cache."""
_OTHERS = {
    "web_search": "Web Search",
    "code_execution": "Code Execution",
    "session_usage": "Session Usage",
}


class AnthropicCosts(DocumentSource):
    """One charge for each cost item and day."""

    name = "anthropic_costs"
    keys = ("starting_at", "results", "amount", "currency", "cost_type", "token_type")

    def recognise(self, head: Head) -> int:
        """95 where the first result has an amount and a type of cost, else 0."""
        return 95 if set(first_result(head)) >= _MARKS else 0

    def stage(self, head: Head) -> Staged:
        """Charges of the calendar month of each day."""
        result = first_result(head)
        notes = ["What the Priority Tier costs is not in Anthropic's cost report."]
        if not result.get("description"):
            notes.append("Not grouped by description: model and kind of cost are unknown here.")
        if not result.get("workspace_id"):
            notes.append(NO_WORKSPACE)
        start = value("d1", "starting_at")
        month = f"date_trunc('month', TRY_CAST({start} AS TIMESTAMPTZ))"
        columns = {
            "BillingAccountId": first(value("d0", "organization_id"), "'anthropic'"),
            "BillingCurrency": f"upper({value('d2', 'currency')})",
            "BillingPeriodStart": month,
            "BillingPeriodEnd": f"{month} + INTERVAL 1 MONTH",
            "ChargePeriodStart": start,
            "ChargePeriodEnd": value("d1", "ending_at"),
            "ChargeCategory": "'Usage'",
            "ChargeFrequency": "'Usage-Based'",
            "ChargeDescription": value("d2", "description"),
            **dict.fromkeys(("BilledCost", "EffectiveCost"), _dollars()),
            "InvoiceIssuerName": "'Anthropic'",
            "ServiceProviderName": "'Anthropic'",
            "HostProviderName": "'Anthropic'",
            "ServiceName": "'Claude API'",
            "ServiceCategory": "'AI and Machine Learning'",
            "ServiceSubcategory": "'Generative AI'",
            "SubAccountId": first(value("d2", "workspace_id"), "'default'"),
            "SkuMeter": first(_by_token_type(0), _case(value("d2", "cost_type"), _OTHERS)),
            "SkuPriceDetails": _details(),
        }
        return Staged(
            columns,
            "Anthropic cost report",
            notes,
            explode=(items("d0", "data"), items("d1", "results")),
        )


def _dollars() -> str:
    """Cents as dollars: the point moves by an exponent, so no digit is computed or lost.

    Of another currency nobody says how many of its lowest unit make one; such a row is rejected.
    """
    amount, currency = value("d2", "amount"), value("d2", "currency")
    return (
        f"CASE WHEN upper({currency}) = 'USD' THEN TRIM({amount}) || 'e-2' "
        f"ELSE {amount} || ' of the lowest unit of ' || {currency} END"
    )


def _case(text: str, words: Mapping[str, str | None]) -> str:
    """The word for a text, NULL where there is none."""
    whens = " ".join(
        f"WHEN {sql_text(name)} THEN {sql_text(word)}" for name, word in words.items() if word
    )
    return f"CASE {text} {whens} END"


def _by_token_type(part: int) -> str:
    """A part of :data:`_METERS`."""
    words = {name: meter[part] for name, meter in _METERS.items()}
    return _case(value("d2", "token_type"), words)


def _details() -> str:
    """``SkuPriceDetails`` with the keys of the FOCUS 1.5 draft, and ours as ``x_…``."""
    model = value("d2", "model")
    details = {
        "ModelDeveloper": f"CASE WHEN {model} IS NOT NULL THEN 'Anthropic' END",
        "ModelId": model,
        "TokenDirection": _by_token_type(1),
        "TokenCacheAction": _by_token_type(2),
        "x_CacheDuration": _by_token_type(3),
        "x_ServiceTier": value("d2", "service_tier"),
        "x_ContextWindow": value("d2", "context_window"),
        "x_InferenceRegion": f"NULLIF({value('d2', 'inference_geo')}, 'not_available')",
    }
    pairs = ", ".join(f"{{'key': {sql_text(k)}, 'value': {sql}}}" for k, sql in details.items())
    return f"NULLIF({tags_object(f'[{pairs}]')}, '{{}}')"


SOURCE = AnthropicCosts()
"""Registered as entry point ``anthropic_costs`` of the group ``tagwright.sources``."""
