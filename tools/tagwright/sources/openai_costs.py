"""OpenAI costs: pages of ``GET /v1/organization/costs``, as one document or one a line.

Format: platform.openai.com/docs/api-reference/usage/costs (``organization.costs.result``); types of
openai-python 3.54. Daily buckets in UTC, amounts in US dollars as floats. These are what the
invoice adds up to, the usage pages are not: OpenAI says to reconcile on costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.documents import DocumentSource, first_result
from tagwright.sources.json_sql import epoch, items, value
from tagwright.sources.model import Staged

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "OpenAICosts"]

_OBJECT = "organization.costs.result"


class OpenAICosts(DocumentSource):
    """One charge for each line item, project and day."""

    name = "openai_costs"
    keys = ("object", "start_time", "end_time", "results", "amount", "line_item")

    def recognise(self, head: Head) -> int:
        """95 where the first result is one of costs, else 0."""
        return 95 if first_result(head).get("object") == _OBJECT else 0

    def stage(self, head: Head) -> Staged:
        """Charges of the calendar month of each day."""
        del head
        start, end = epoch(value("d1", "start_time")), epoch(value("d1", "end_time"))
        month = f"CAST({start} AS TIMESTAMP)"
        amount = value("d2", "amount", "value")
        item = value("d2", "line_item")
        columns = {
            "BillingAccountId": "COALESCE("
            f"{value('d2', 'organization_id')}, {value('d0', 'organization_id')}, 'openai')",
            "BillingAccountName": value("d2", "organization_name"),
            "BillingCurrency": f"upper({value('d2', 'amount', 'currency')})",
            "BillingPeriodStart": f"date_trunc('month', {month})",
            "BillingPeriodEnd": f"date_trunc('month', {month}) + INTERVAL 1 MONTH",
            "ChargePeriodStart": start,
            "ChargePeriodEnd": end,
            "ChargeCategory": "'Usage'",
            "ChargeFrequency": "'Usage-Based'",
            "ChargeDescription": item,
            **dict.fromkeys(("BilledCost", "EffectiveCost"), amount),
            "InvoiceIssuerName": "'OpenAI'",
            "ServiceProviderName": "'OpenAI'",
            "HostProviderName": "'OpenAI'",
            "ServiceName": "'OpenAI API'",
            "ServiceCategory": "'AI and Machine Learning'",
            "ServiceSubcategory": "'Generative AI'",
            "SubAccountId": value("d2", "project_id"),
            "SubAccountName": value("d2", "project_name"),
            "SkuMeter": item,
            "ConsumedQuantity": value("d2", "quantity"),
            "ConsumedUnit": f"CASE {value('d2', 'quantity_unit')} WHEN 'tokens' THEN 'Tokens' "
            f"ELSE {value('d2', 'quantity_unit')} END",
            "ResourceId": value("d2", "api_key_id"),
        }
        return Staged(
            columns,
            "OpenAI costs",
            ["Amounts are US dollars as floating-point numbers: OpenAI sends no others."],
            explode=(items("d0", "data"), items("d1", "results")),
        )


SOURCE = OpenAICosts()
"""Registered as entry point ``openai_costs`` of the group ``tagwright.sources``."""
