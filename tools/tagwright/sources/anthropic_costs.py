"""Anthropic costs: pages of ``GET /v1/organizations/cost_report``.

Format: platform.claude.com/docs/en/api/admin/cost_report. ``amount`` is a decimal string in CENTS.
The cost of Priority Tier never appears there. A null workspace is the default one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.anthropic_usage import workspace
from tagwright.sources.documents import DocumentSource, first_result
from tagwright.sources.json_sql import items, value
from tagwright.sources.model import Staged

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "AnthropicCosts"]

_MARKS = frozenset({"amount", "currency", "workspace_id", "description"})
_METERS = {
    "uncached_input_tokens": ("Input Tokens", "Input", "Uncached"),
    "output_tokens": ("Output Tokens", "Output", ""),
    "cache_read_input_tokens": ("Cache Read Input Tokens", "Input", "Read"),
    "cache_creation.ephemeral_5m_input_tokens": ("Cache Write Input Tokens", "Input", "Write"),
    "cache_creation.ephemeral_1h_input_tokens": ("Cache Write Input Tokens", "Input", "Write"),
}
"""``token_type`` to SkuMeter, TokenDirection and TokenCacheAction of the FOCUS 1.5 draft."""


class AnthropicCosts(DocumentSource):
    """One charge for each result: a day, workspace and line of the bill."""

    name = "anthropic_costs"

    def recognise(self, head: Head) -> int:
        """95 where the first result is a line of costs, else 0."""
        result = first_result(head)
        return 95 if set(result) >= _MARKS and isinstance(result["amount"], str) else 0

    def stage(self, head: Head) -> Staged:
        """Charges of the calendar month of each day, in the currency's unit."""
        del head
        start = value("d1", "starting_at")
        month = f"date_trunc('month', timezone('UTC', TRY_CAST({start} AS TIMESTAMPTZ)))"
        cents = value("d2", "amount")
        # Cents to dollars: the exponent moves the point and touches no digit.
        amount = (
            f"CASE WHEN regexp_full_match({cents}, '[+-]?[0-9]+([.][0-9]+)?') "
            f"THEN {cents} || 'e-2' ELSE {cents} END"
        )
        columns = {
            "BillingAccountId": f"COALESCE({value('d0', 'organization_id')}, 'anthropic')",
            "BillingCurrency": f"upper({value('d2', 'currency')})",
            "BillingPeriodStart": month,
            "BillingPeriodEnd": f"{month} + INTERVAL 1 MONTH",
            "ChargePeriodStart": start,
            "ChargePeriodEnd": value("d1", "ending_at"),
            "ChargeCategory": "'Usage'",
            "ChargeFrequency": "'Usage-Based'",
            "ChargeDescription": value("d2", "description"),
            **dict.fromkeys(("BilledCost", "EffectiveCost"), amount),
            "InvoiceIssuerName": "'Anthropic'",
            "ServiceProviderName": "'Anthropic'",
            "HostProviderName": "'Anthropic'",
            "ServiceName": "'Claude API'",
            "ServiceCategory": "'AI and Machine Learning'",
            "ServiceSubcategory": "'Generative AI'",
            "SubAccountId": workspace(),
            "SkuMeter": _by_type(0, value("d2", "cost_type")),
            "SkuPriceDetails": _details(),
        }
        return Staged(
            columns,
            "Anthropic costs",
            ["The cost of Priority Tier is not in this report: it is on the invoice alone."],
            explode=(items("d0", "data"), items("d1", "results")),
        )


def _by_type(index: int, otherwise: str) -> str:
    whens = " ".join(
        f"WHEN '{name}' THEN {_literal(meter[index])}" for name, meter in _METERS.items()
    )
    return f"CASE {value('d2', 'token_type')} {whens} ELSE {otherwise} END"


def _literal(text: str) -> str:
    return f"'{text}'" if text else "NULL"


def _details() -> str:
    """Keys of SkuPriceDetails as the FOCUS 1.5 draft defines them; absent ones are left out."""
    pairs = {
        "ModelDeveloper": f"CASE WHEN {value('d2', 'model')} IS NOT NULL THEN 'Anthropic' END",
        "ModelId": value("d2", "model"),
        "TokenDirection": _by_type(1, "NULL"),
        "TokenCacheAction": _by_type(2, "NULL"),
        "x_ServiceTier": value("d2", "service_tier"),
        "x_ContextWindow": value("d2", "context_window"),
        "x_InferenceGeo": value("d2", "inference_geo"),
    }
    keys = ", ".join(f"'{key}', CAST({sql} AS VARCHAR)" for key, sql in pairs.items())
    return f"CAST(json_merge_patch('{{}}', json_object({keys})) AS VARCHAR)"


SOURCE = AnthropicCosts()
"""Registered as entry point ``anthropic_costs`` of the group ``tagwright.sources``."""
