"""Azure cost exports: both agreements, commitments, dates, prices, tags without braces."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from azure_files import MCA, ROW, each, export, one
from usage_files import query, read, rejects

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_loads_whole(shared: Path, home: Path) -> None:
    path = shared / "data" / "native" / "azure_ea_sample.csv"
    with path.open(newline="", encoding="utf-8-sig") as text:
        rows = list(csv.DictReader(text))
    total = sum(Decimal(row["CostInBillingCurrency"]) for row in rows)
    [file] = read(home, path).files
    assert (file.error, file.source, file.version, file.charges, file.rejected) == (
        None, "azure_cost", "Azure cost export (EA)", len(rows), 0,
    )  # fmt: skip
    assert [(t.currency, t.billed, t.effective) for t in file.totals] == [("CAD", total, total)]
    listed = [
        Decimal(row["PayGPrice"]) * Decimal(row["Quantity"])
        for row in rows
        if row["UnitOfMeasure"] in {"1 Hour", "1 GB"}
    ]
    assert query(
        home,
        'SELECT DISTINCT "BillingPeriodStart"::VARCHAR, "BillingPeriodEnd"::VARCHAR, '
        '"ChargePeriodStart"::VARCHAR, "ChargePeriodEnd"::VARCHAR, "Tags"[\'tagB\'], '
        '(SELECT sum("ListCost") FROM charges), (SELECT count("ListCost") FROM charges), '
        '"ServiceProviderName", "BillingAccountType" FROM charges',
    ) == [
        ("2023-09-01 00:00:00", "2023-10-01 00:00:00", "2023-09-02 00:00:00",
         "2023-09-03 00:00:00", "valueB", sum(listed), len(listed), "Microsoft", "Billing Account")
    ]  # fmt: skip
    assert query(
        home, 'SELECT DISTINCT "ServiceName", "ServiceCategory" FROM charges ORDER BY 1'
    ) == [
        ("Azure Data Factory v2", "Analytics"), ("Event Hubs", "Analytics"),
        ("Storage", "Storage"), ("Virtual Machines", "Compute"), ("Virtual Network", "Networking"),
    ]  # fmt: skip


RESERVATION = "/providers/Microsoft.Capacity/reservationOrders/o/reservations/r"
PLAN = "/providers/Microsoft.BillingBenefits/savingsPlanOrders/o/savingsPlans/p"


KINDS = [
    ({}, "1.5", "1.5", "Usage", "Standard", None),
    ({"PricingModel": "Spot"}, "1.5", "1.5", "Usage", "Dynamic", None),
    ({"PricingModel": "Reservation", "ReservationId": "r"},
     "0", "1.5", "Usage", "Committed", "Used"),
    ({"PricingModel": "", "ReservationId": "r"}, "0", "1.5", "Usage", "Committed", "Used"),
    ({"PricingModel": "OnDemand", "ReservationId": "r"},
     "1.5", "1.5", "Usage", "Standard", None),
    ({"PricingModel": "SavingsPlan", "CostInBillingCurrency": "0"},
     "0", "0", "Usage", "Committed", "Used"),
    ({"ChargeType": "UnusedReservation", "ReservationId": "r", "PricingModel": "Reservation"},
     "0", "1.5", "Usage", "Committed", "Unused"),
    ({"ChargeType": "UnusedSavingsPlan", "PricingModel": ""},
     "0", "1.5", "Usage", "Committed", "Unused"),
    ({"ChargeType": "Purchase", "ReservationId": "r", "PricingModel": "Reservation"},
     "1.5", "1.5", "Purchase", "Committed", None),
    ({"ChargeType": "Refund", "CostInBillingCurrency": "-2", "PricingModel": ""},
     "-2", "-2", "Purchase", None, None),
    ({"ChargeType": "Tax", "PricingModel": ""}, "1.5", "1.5", "Tax", None, None),
    ({"ChargeType": "RoundingAdjustment", "PricingModel": ""},
     "1.5", "1.5", "Adjustment", None, None),
]  # fmt: skip


def test_each_kind_of_row(home: Path, tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv", *({**ROW, **more} for more, *_ in KINDS))
    columns = (
        '"BilledCost", "EffectiveCost", "ChargeCategory", "PricingCategory", '
        '"CommitmentDiscountStatus", "ChargeClass"'
    )
    assert each(home, path, columns) == [
        (Decimal(billed), Decimal(effective), *words,
         "Correction" if more.get("ChargeType") == "Refund" else None)
        for more, billed, effective, *words in KINDS
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "billed", "effective"),
    [
        ((("Usage", "0"), ("Purchase", "30")), "31.5", "31.5"),
        ((("Usage", "0.75"), ("UnusedReservation", "0.25")), "1.5", "2.5"),
    ],
    ids=["actual", "amortized"],
)
def test_totals_of_a_reservation(
    rows: tuple[tuple[str, str], ...], billed: str, effective: str, home: Path, tmp_path: Path
) -> None:
    """Bought for 30; 0.75 of its first day are used. Beside it runs what no one reserved."""
    reserved = {**ROW, "PricingModel": "Reservation", "ReservationId": "r"}
    path = export(
        tmp_path / "a.csv",
        ROW,
        *({**reserved, "ChargeType": kind, "CostInBillingCurrency": cost} for kind, cost in rows),
    )
    [file] = read(home, path).files
    assert [(total.billed, total.effective) for total in file.totals] == [
        (Decimal(billed), Decimal(effective))
    ]


COMMITMENTS = [
    ({"benefitId": PLAN, "PricingModel": "SavingsPlan"}, "Savings Plan", "Spend"),
    ({"benefitId": PLAN, "PricingModel": ""}, "Savings Plan", "Spend"),
    ({"benefitId": RESERVATION, "PricingModel": ""}, "Reservation", "Usage"),
    ({"benefitId": "", "ReservationId": "r", "PricingModel": ""}, "Reservation", "Usage"),
    ({"benefitId": "some-id", "PricingModel": ""}, None, None),
]


def test_what_a_commitment_is(home: Path, tmp_path: Path) -> None:
    """A plan, one told by its id, a reservation by its id, another, and neither."""
    path = export(tmp_path / "a.csv", *({**ROW, **more} for more, *_ in COMMITMENTS))
    columns = '"CommitmentDiscountId", "CommitmentDiscountType", "CommitmentDiscountCategory"'
    assert each(home, path, columns) == [
        (more["benefitId"] or "r", *words) for more, *words in COMMITMENTS
    ]


def test_a_customer_agreement(home: Path, tmp_path: Path) -> None:
    """Invoiced by billing profile; prices in dollars, cost in euros."""
    path = export(tmp_path / "a.csv", MCA)
    assert one(
        home,
        path,
        '"BillingAccountId", "BillingAccountName", "BillingAccountType", "BillingCurrency", '
        '"InvoiceId", "BilledCost", "ListCost", "ListUnitPrice", "ContractedUnitPrice", '
        '"PricingCurrency", "PricingCurrencyListUnitPrice", "PricingCurrencyContractedUnitPrice", '
        '"PricingCurrencyEffectiveCost", "PricingCategory", x_team',
    ) == (
        MCA["billingProfileId"], "Northlight Europe", "Billing Profile", "EUR",
        "G123", Decimal("0.11"), Decimal("0.115"), None, None,
        "USD", Decimal("0.0105"), Decimal("0.01"), Decimal("0.125"), "Standard", "search",
    )  # fmt: skip
    assert query(
        home,
        'SELECT "BillingPeriodEnd"::VARCHAR, "ChargePeriodEnd"::VARCHAR, "ServiceName", '
        '"ServiceCategory", "RegionId", "ResourceName", "ResourceType", "ConsumedQuantity", '
        '"ConsumedUnit", x_ai_model_id, x_ai_token_direction, x_ai_route FROM charges',
    ) == [
        ("2026-10-01 00:00:00", "2026-09-03 00:00:00", "Azure OpenAI", "AI and Machine Learning",
         "eastus", "oai-1", "microsoft.cognitiveservices/accounts", Decimal("12.5"),
         "1K", "gpt 4o 0806", "Output", "global")
    ]  # fmt: skip


def test_one_currency_has_one_price(home: Path, tmp_path: Path) -> None:
    row = {name[0].upper() + name[1:]: text for name, text in MCA.items()}  # newer: PascalCase
    row |= {"PricingCurrency": "EUR", "PaygCostInBillingCurrency": "", "UnitOfMeasure": "1 Hour"}
    path = export(tmp_path / "a.csv", row)
    assert one(home, path, '"ListUnitPrice", "ContractedUnitPrice", "ListCost"') == (
        Decimal("0.0105"), Decimal("0.01"), Decimal("0.13125"),
    )  # fmt: skip


LIST_COSTS = [
    ({}, "2.4"),
    ({"Quantity": "2.4E-05", "PayGPrice": "0.123456789"}, "0.000002962962936"),
    ({"PricingModel": "Reservation"}, "2.4"),
    ({"UnitOfMeasure": "10K"}, None),
    ({"UnitOfMeasure": "10 Hours"}, None),
    ({"UnitOfMeasure": "1K"}, None),
    ({"PayGPrice": "0.1234567891"}, None),
    ({"Quantity": "0.00000000000001"}, None),
    ({"PayGPrice": "0"}, None),
    ({"PayGPrice": ""}, None),
    ({"ChargeType": "Purchase"}, None),
]


def test_list_cost_is_exact_or_unknown(home: Path, tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv", *({**ROW, **more} for more, _ in LIST_COSTS))
    assert each(home, path, '"ListCost"') == [
        (listed and Decimal(listed),) for _, listed in LIST_COSTS
    ]


SERVICES = [
    ({"MeterCategory": "Cognitive Services"}, "Cognitive Services", "AI and Machine Learning"),
    ({"MeterCategory": "Foundry Models"}, "Foundry Models", "AI and Machine Learning"),
    ({"MeterCategory": "Azure Machine Learning", "ServiceFamily": "Compute"},
     "Azure Machine Learning", "AI and Machine Learning"),
    ({"MeterCategory": "Novelty", "ServiceFamily": "AI + Machine Learning"},
     "Novelty", "AI and Machine Learning"),
    ({"MeterCategory": "Novelty", "ConsumedService": "Microsoft.Storage"}, "Novelty", "Other"),
    ({"MeterCategory": "Unassigned", "ConsumedService": "microsoft.cognitiveservices"},
     "microsoft.cognitiveservices", "AI and Machine Learning"),
    ({"MeterCategory": "", "ProductName": "Firewall of the Marketplace"},
     "Firewall of the Marketplace", "Other"),
]  # fmt: skip


def test_services(home: Path, tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv", *({**ROW, **more} for more, *_ in SERVICES))
    assert each(home, path, '"ServiceName", "ServiceCategory"') == [
        tuple(names) for _, *names in SERVICES
    ]


SELLERS = [
    ({"PublisherType": "Azure", "PublisherName": ""}, "Microsoft", "Microsoft", "Microsoft"),
    ({"PublisherType": "Marketplace", "PublisherName": "Databricks"},
     "Microsoft", "Microsoft", "Databricks"),
    ({"PublisherType": "Marketplace", "PublisherName": ""}, "Microsoft", "Microsoft", None),
    ({"PublisherType": "AWS", "PublisherName": ""}, "AWS", "AWS", "AWS"),
    ({"PublisherType": "Azure", "PartnerName": "Reseller"},
     "Microsoft", "Reseller", "Microsoft"),
]  # fmt: skip


def test_who_sells(home: Path, tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv", *({**ROW, **more} for more, *_ in SELLERS))
    columns = '"ServiceProviderName", "InvoiceIssuerName", x_PublisherName'
    assert each(home, path, columns) == [tuple(names) for _, *names in SELLERS]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ('"team": "search","env": "prod"', {"team": "search", "env": "prod"}),
        ('{"team": "search"}', {"team": "search"}),
        ('"note": "{a}, \\"b\\""', {"note": '{a}, "b"'}),
        ("", None),
    ],
)
def test_tags(tags: str, expected: dict[str, str] | None, home: Path, tmp_path: Path) -> None:
    assert one(home, export(tmp_path / "a.csv", {**ROW, "Tags": tags}), '"Tags"') == (expected,)


@pytest.mark.parametrize("date", ["9/2/2026", "09/02/2026", "2026-09-02", "2026-09-02T00:00:00Z"])
def test_a_day_ends_with_the_next_one(date: str, home: Path, tmp_path: Path) -> None:
    """Months are read first: 9/2 is the second of September, everywhere."""
    path = export(tmp_path / "a.csv", {**ROW, "Date": date, "BillingPeriodEndDate": "2026-09-30"})
    columns = '"ChargePeriodStart"::DATE::VARCHAR, "ChargePeriodEnd"::DATE::VARCHAR, '
    columns += '"BillingPeriodStart"::VARCHAR, "BillingPeriodEnd"::VARCHAR'
    assert one(home, path, columns) == (
        "2026-09-02", "2026-09-03", "2026-09-01 00:00:00", "2026-10-01 00:00:00",
    )  # fmt: skip


def test_a_file_saved_again_with_the_day_first_is_rejected(home: Path, tmp_path: Path) -> None:
    """2/9 and 1/9 are days of February and January too; 30/9 is none."""
    day_first = {"Date": "2/9/2026", "BillingPeriodStartDate": "1/9/2026",
                 "BillingPeriodEndDate": "30/9/2026"}  # fmt: skip
    [file] = read(home, export(tmp_path / "a.csv", {**ROW, **day_first})).files
    assert (file.charges, file.rejected) == (0, 1)
    words = "day and month cannot be told apart: write ISO 8601"
    assert rejects(file) == [(2, "BillingPeriodEnd", f"BillingPeriodEnd: {words}")]
