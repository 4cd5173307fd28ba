"""A billing format from outside Tagwright: a CSV that an invented GPU cloud sends each month."""

from __future__ import annotations

from tagwright.api import Head, Staged

__all__ = ["SOURCE", "AcmeBill"]

_COLUMNS = ("acme_invoice", "day", "machine", "gpu_hours", "amount", "currency")


class AcmeBill:
    """One charge for each line."""

    name = "acme_bill"

    def recognise(self, head: Head) -> int:
        """Certain where all columns are there; the first alone is a strong sign."""
        if set(_COLUMNS) <= set(head.columns):
            return 100
        return 60 if "acme_invoice" in head.columns else 0

    def missing(self, head: Head) -> list[str]:
        """Every column is needed."""
        return [name for name in _COLUMNS if name not in head.columns]

    def stage(self, head: Head) -> Staged:
        """FOCUS columns as SQL over the file's own text; common code types and checks them."""
        month = "date_trunc('month', TRY_CAST(\"day\" AS DATE))"
        columns = {
            "BillingAccountId": "'acme'",
            "BillingPeriodStart": f"CAST({month} AS VARCHAR)",
            "BillingPeriodEnd": f"CAST({month} + INTERVAL 1 MONTH AS VARCHAR)",
            "ChargePeriodStart": '"day"',
            "ChargePeriodEnd": 'CAST(TRY_CAST("day" AS DATE) + INTERVAL 1 DAY AS VARCHAR)',
            "ChargeCategory": "'Usage'",
            "ServiceProviderName": "'Acme GPU Cloud'",
            "InvoiceIssuerName": "'Acme GPU Cloud'",
            "ServiceName": "'GPU machines'",
            "ServiceCategory": "'Compute'",
            "ResourceId": '"machine"',
            "ConsumedQuantity": '"gpu_hours"',
            "ConsumedUnit": "'Hours'",
            "BillingCurrency": '"currency"',
            "BilledCost": '"amount"',
            "EffectiveCost": '"amount"',
            "InvoiceId": '"acme_invoice"',
        }
        return Staged(columns, "Acme bill", ["Acme knows no list prices: unknown (null) here."])


SOURCE = AcmeBill()
