"""Azure cost exports of both agreements, and what their rows become."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from usage_files import query, read

if TYPE_CHECKING:
    from pathlib import Path


ROW: dict[str, str] = {
    "Date": "9/2/2026",
    "BillingAccountId": "12345678",
    "BillingCurrencyCode": "EUR",
    "BillingPeriodStartDate": "9/1/2026",
    "BillingPeriodEndDate": "9/30/2026",
    "ChargeType": "Usage",
    "Frequency": "UsageBased",
    "PricingModel": "OnDemand",
    "MeterCategory": "Virtual Machines",
    "MeterId": "m-1",
    "MeterName": "D4s v5",
    "CostInBillingCurrency": "1.5",
    "Quantity": "24",
    "UnitOfMeasure": "1 Hour",
    "UnitPrice": "0.0625",
    "PayGPrice": "0.1",
    "SubscriptionId": "sub-1",
    "ResourceLocation": "WestUS2",
    "ResourceId": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v",
    "Tags": '"team": "search","env": "prod"',
    "ReservationId": "",
}

MCA: dict[str, str] = {
    "invoiceId": "G123",
    "billingAccountId": "b:1",
    "billingAccountName": "Northlight",
    "billingProfileId": "/providers/Microsoft.Billing/billingAccounts/b:1/billingProfiles/P-1",
    "billingProfileName": "Northlight Europe",
    "billingPeriodEndDate": "09/30/2026",
    "billingPeriodStartDate": "09/01/2026",
    "date": "09/02/2026",
    "meterId": "m-2",
    "meterName": "gpt 4o 0806 Outp glbl Tokens",
    "meterCategory": "Azure OpenAI",
    "SubscriptionId": "sub-1",
    "ResourceId": "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices"
    "/accounts/oai-1",
    "resourceLocation": "East US",
    "quantity": "12.5",
    "unitOfMeasure": "1K",
    "chargeType": "Usage",
    "billingCurrency": "EUR",
    "pricingCurrency": "USD",
    "costInBillingCurrency": "0.11",
    "costInPricingCurrency": "0.125",
    "paygCostInBillingCurrency": "0.115",
    "PayGPrice": "0.0105",
    "unitPrice": "0.01",
    "frequency": "UsageBased",
    "pricingModel": "On Demand",
    "publisherType": "Microsoft",
    "tags": '"team": "search"',
}


def export(path: Path, *rows: dict[str, str]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def one(home: Path, path: Path, columns: str) -> tuple[Any, ...]:
    """The columns of the file's one row."""
    [file] = read(home, path).files
    assert (file.error, file.charges, file.examples) == (None, 1, [])
    [row] = query(home, f"SELECT {columns} FROM charges")
    return row


def each(home: Path, path: Path, columns: str) -> list[tuple[Any, ...]]:
    """The columns of the file's rows, in their order: an ingest for each would take a minute."""
    [file] = read(home, path).files
    assert (file.error, file.rejected) == (None, 0)
    return query(home, f"SELECT {columns} FROM charges ORDER BY x_record")
