"""Azure cost exports: both agreements, commitments, dates, tags without braces."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

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
    "SubscriptionId": "sub-1",
    "ResourceLocation": "WestUS2",
    "ResourceId": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v",
    "Tags": '"team": "search","env": "prod"',
    "ReservationId": "",
}


def export(path: Path, *rows: dict[str, str]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_the_sample_loads_whole(shared: Path, home: Path) -> None:
    path = shared / "data" / "native" / "azure_ea_sample.csv"
    with path.open(newline="", encoding="utf-8-sig") as text:
        rows = list(csv.DictReader(text))
    total = sum(Decimal(row["CostInBillingCurrency"]) for row in rows)
    [file] = read(home, path).files
    assert (file.error, file.source, file.charges, file.rejected) == (
        None,
        "azure_cost",
        len(rows),
        0,
    )
    assert [(t.currency, t.billed, t.effective) for t in file.totals] == [("CAD", total, total)]
    assert query(
        home,
        'SELECT DISTINCT "BillingPeriodStart"::VARCHAR, "BillingPeriodEnd"::VARCHAR, '
        '"ChargePeriodStart"::VARCHAR, "ChargePeriodEnd"::VARCHAR, "Tags"[\'tagB\'] FROM charges',
    ) == [
        ("2023-09-01 00:00:00", "2023-10-01 00:00:00", "2023-09-02 00:00:00",
         "2023-09-03 00:00:00", "valueB")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "billed", "effective", "category", "status"),
    [
        ({}, "1.5", "1.5", "Usage", None),
        ({"PricingModel": "Reservation", "ReservationId": "r"}, "0", "1.5", "Usage", "Used"),
        ({"PricingModel": "SavingsPlan", "CostInBillingCurrency": "0"}, "0", "0", "Usage", "Used"),
        ({"ChargeType": "UnusedReservation", "ReservationId": "r"}, "0", "1.5", "Usage", "Unused"),
        ({"ChargeType": "UnusedSavingsPlan"}, "0", "1.5", "Usage", "Unused"),
        ({"ChargeType": "Purchase", "ReservationId": "r", "PricingModel": "Reservation"},
         "1.5", "1.5", "Purchase", None),
        ({"ChargeType": "Refund", "CostInBillingCurrency": "-2"}, "-2", "-2", "Adjustment", None),
        ({"ChargeType": "RoundingAdjustment"}, "1.5", "1.5", "Adjustment", None),
    ],
)  # fmt: skip
def test_each_kind_of_row(
    more: dict[str, str], billed: str, effective: str, category: str, status: str | None,
    home: Path, tmp_path: Path,
) -> None:  # fmt: skip
    [file] = read(home, export(tmp_path / "a.csv", {**ROW, **more})).files
    assert (file.error, file.rejected) == (None, 0)
    assert query(
        home,
        'SELECT "BilledCost", "EffectiveCost", "ChargeCategory", "CommitmentDiscountStatus" '
        "FROM charges",
    ) == [(Decimal(billed), Decimal(effective), category, status)]


def test_a_customer_agreement_spells_otherwise(home: Path, tmp_path: Path) -> None:
    spelt = {"BillingCurrencyCode": "billingCurrency", "SubscriptionId": "SubscriptionId"}
    row = {spelt.get(name, name[0].lower() + name[1:]): text for name, text in ROW.items()}
    row |= {"tags": '{"team": "search"}', "date": "2026-09-02", "meterCategory": "Azure OpenAI",
            "meterName": "gpt 4o 0806 Outp glbl Tokens"}  # fmt: skip
    read(home, export(tmp_path / "a.csv", row))
    assert query(
        home,
        'SELECT x_team, "BillingCurrency", "ServiceName", "ServiceCategory", "RegionId", '
        '"ChargePeriodStart"::VARCHAR, x_ai_model_id, x_ai_token_direction, x_ai_route '
        "FROM charges",
    ) == [
        ("search", "EUR", "Azure OpenAI", "AI and Machine Learning", "westus2",
         "2026-09-02 00:00:00", "gpt 4o 0806", "Output", "global")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "column"),
    [
        ({"Date": "30/9/2026"}, "ChargePeriodStart"),
        ({"CostInBillingCurrency": "1,5"}, "BilledCost"),
        ({"ChargeType": "Gift"}, "ChargeCategory"),
        ({"Tags": "team=search"}, "Tags"),
    ],
)
def test_faulty_rows_are_rejected(
    more: dict[str, str], column: str, home: Path, tmp_path: Path
) -> None:
    [file] = read(home, export(tmp_path / "a.csv", ROW, {**ROW, **more})).files
    assert (file.charges, file.rejected) == (1, 1)
    assert column in file.examples[0]["column"].split(", ")
    assert file.examples[0]["line"] == 3


def test_an_export_without_its_cost_is_named(home: Path, tmp_path: Path) -> None:
    row = {name: text for name, text in ROW.items() if name != "BillingPeriodStartDate"}
    [file] = read(home, export(tmp_path / "a.csv", row)).files
    assert file.error is not None
    assert "lacks the columns BillingPeriodStartDate" in file.error
