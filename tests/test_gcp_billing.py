"""Google Cloud Billing export: exact sums, credits as rows, commitments, JSON and Parquet alike."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.warehouse import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.ingest.report import IngestReport

SERVICES = {
    "Vertex AI": "C7E2-9256-1C43",
    "Compute Engine": "6F81-5844-456A",
    "Claude Opus 4.6": "0000-CLAU-DE46",
}
FLEX = "subscriptions/1fd3b130-40f8-4a79-ac6f-5753aaa0ceeb"


def row(
    cost: float | str, sku: str = "N2 Instance Core running in Americas", **more: Any
) -> dict[str, Any]:
    service = more.pop("service", "Compute Engine")
    return {
        "billing_account_id": "01A2B3-4C5D6E-7F8091",
        "service": {"id": SERVICES.get(service, "0"), "description": service},
        "sku": {"id": "BB77-5FDA-69D9", "description": sku},
        "usage_start_time": "2026-10-31 10:00:00 UTC",
        "usage_end_time": "2026-10-31 11:00:00 UTC",
        "project": {
            "id": "northlight-ml",
            "number": "123",
            "name": "Northlight ML",
            "labels": [{"key": "env", "value": "prod"}, {"key": "team", "value": "platform"}],
            "ancestry_numbers": "/1/2/",
        },
        "labels": [{"key": "team", "value": "search"}, {"key": "empty", "value": ""}],
        "system_labels": [{"key": "compute.googleapis.com/machine_spec", "value": "n2"}],
        "location": {
            "location": "us-central1-a",
            "country": "US",
            "region": "us-central1",
            "zone": "us-central1-a",
        },
        "cost": cost,
        "currency": "USD",
        "currency_conversion_rate": 1.0,
        "usage": {
            "amount": 3600,
            "unit": "seconds",
            "amount_in_pricing_units": 1,
            "pricing_unit": "hour",
        },
        "credits": [],
        "invoice": {"month": "202610"},
        "cost_type": "regular",
        **more,
    }


def credit(amount: float | str, kind: str, **more: str) -> dict[str, Any]:
    return {"name": kind.lower(), "amount": amount, "id": "x", "type": kind, **more}


def lines(path: Path, *rows: Any) -> Path:
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows) + "\n")
    return path


def read(home: Path, path: Path) -> IngestReport:
    return ingest(load_settings(home), [path])


def charges(home: Path, path: Path, columns: str) -> list[tuple[Any, ...]]:
    report = read(home, path)
    assert [(f.source, f.error, f.rejected) for f in report.files] == [("gcp_billing", None, 0)]
    return query(home, f"SELECT {columns} FROM charges ORDER BY x_record")


def query(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(load_settings(home)).open() as snapshot:
        return snapshot.query(sql).rows


def parquet(path: Path, sql: str) -> Path:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
    return path


def test_the_sum_is_cost_plus_credits_to_the_last_digit(home: Path, tmp_path: Path) -> None:
    rows = [
        row(0.1, credits=[credit(-0.03, "PROMOTION"), credit(-1e-7, "FREE_TIER")]),
        row(0.2),
        row("1.620846", cost_type="tax"),
        row(0.30000000000000004),
        row(8.3e-11, service="Vertex AI"),
        row(-2.5, cost_type="adjustment", adjustment_info={"type": "USAGE_CORRECTION"}),
        row(1e-6, cost_type="rounding_error"),
    ]
    texts = [json.dumps(r) for r in rows]
    exact = [json.loads(text, parse_float=Decimal) for text in texts]
    expected = sum(
        Decimal(r["cost"]) + sum(Decimal(c["amount"]) for c in r["credits"]) for r in exact
    )
    found = charges(home, lines(tmp_path / "gcp.jsonl", *texts), '"BilledCost", "EffectiveCost"')
    assert len(found) == 9
    assert expected == Decimal("-0.30915309991699996")
    assert [sum(column) for column in zip(*found, strict=True)] == [expected, expected]


def test_a_credit_is_a_charge_with_its_rows_labels(home: Path, tmp_path: Path) -> None:
    rows = [
        row(
            10,
            credits=[
                credit(-4, "PROMOTION", full_name="Free trial credit"),
                credit("-1.5", "SUSTAINED_USAGE_DISCOUNT"),
            ],
        )
    ]
    found = charges(
        home,
        lines(tmp_path / "gcp.jsonl", *rows),
        '"ChargeCategory", "BilledCost", "ListCost", "ChargeDescription", "SubAccountId", x_team, '
        '"ConsumedQuantity", "BillingPeriodStart"::DATE::TEXT, "BillingPeriodEnd"::DATE::TEXT',
    )
    month = ("2026-10-01", "2026-11-01")
    same = ("northlight-ml", "search")
    assert found == [
        ("Usage", 10, None, "N2 Instance Core running in Americas", *same, 3600, *month),
        ("Credit", -4, 0, "Free trial credit", *same, None, *month),
        ("Credit", Decimal("-1.5"), 0, "sustained_usage_discount", *same, None, *month),
    ]


def test_the_resources_own_label_wins(home: Path, tmp_path: Path) -> None:
    tags = [
        {"key": "env", "value": "staging", "inherited": True, "namespace": "123"},
        {"key": "cost-center", "value": "4421", "inherited": False, "namespace": "123"},
    ]
    [(found,)] = charges(home, lines(tmp_path / "gcp.jsonl", row(1, tags=tags)), '"Tags"')
    assert found == {"team": "search", "env": "staging", "cost-center": "4421"}


@pytest.mark.parametrize(
    ("kind", "category"),
    [("regular", "Usage"), ("tax", "Tax"), ("adjustment", "Adjustment"),
     ("rounding_error", "Adjustment")],
)  # fmt: skip
def test_kinds_of_cost(kind: str, category: str, home: Path, tmp_path: Path) -> None:
    path = lines(tmp_path / "gcp.jsonl", row(1, cost_type=kind))
    listed = None if kind == "regular" else 1
    assert charges(home, path, '"ChargeCategory", "ListCost"') == [(category, listed)]


def test_corrections_and_the_providers_names(home: Path, tmp_path: Path) -> None:
    correction = {"type": "PRICE_CORRECTION", "description": "Wrong price of July"}
    rows = [
        row(-1, cost_type="adjustment", adjustment_info=correction),
        row(-1, cost_type="adjustment", adjustment_info={"type": "GOODWILL"}),
    ]
    found = charges(
        home,
        lines(tmp_path / "gcp.jsonl", *rows),
        '"ChargeClass", "ChargeDescription", "ServiceProviderName"',
    )
    assert found == [
        ("Correction", "Wrong price of July", "Google Cloud"),
        (None, "N2 Instance Core running in Americas", "Google Cloud"),
    ]


def test_accelerators_and_models(home: Path, tmp_path: Path) -> None:
    tokens = {
        "amount": 220_000_000,
        "unit": "count",
        "amount_in_pricing_units": 220,
        "pricing_unit": "1M tokens",
    }
    rows = [
        row(11.06, "Nvidia H100 80GB GPU attached to A3 running in Americas"),
        row(1.2, "Spot Preemptible TPU v5e running in us-central1"),
        row(66, "Gemini 2.5 Flash Text Input - Predictions", service="Vertex AI", usage=tokens),
        row(5, "Claude Opus 4.6 Input Tokens", service="Claude Opus 4.6", seller_name="Anthropic"),
        row(1, service="Some New Service"),
    ]
    found = charges(
        home,
        lines(tmp_path / "gcp.jsonl", *rows),
        '"ServiceCategory", "SkuMeter", "PricingCategory", "ConsumedQuantity", "ConsumedUnit", '
        '"PricingQuantity", "x_PublisherName"',
    )
    assert found == [
        ("Compute", rows[0]["sku"]["description"], "Standard", 3600, "seconds", 1, None),
        ("Compute", rows[1]["sku"]["description"], "Dynamic", 3600, "seconds", 1, None),
        ("AI and Machine Learning", rows[2]["sku"]["description"], "Standard", 220_000_000, "count",
         220, None),
        ("AI and Machine Learning", rows[3]["sku"]["description"], "Standard", 3600, "seconds", 1,
         "Anthropic"),
        ("Other", rows[4]["sku"]["description"], "Standard", 3600, "seconds", 1, None),
    ]  # fmt: skip


FEE = "Commitment - dollar based v1: GCE for 1 year"
OLD = [  # cloud.google.com/docs/cuds-data-model, "Overutilized CUD scenario", before
    row(0.046868, FEE, subscription={"instance_id": FLEX}),
    row(0.025132, FEE, subscription={"instance_id": FLEX}),
    row(0.174496, credits=[credit(-0.065095, "COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE")]),
    row(0.093568, credits=[credit(-0.034905, "COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE")]),
]
DEFAULT = {"id": "7754-699E-0EBF", "description": "Default"}
COVERED = {"id": "D97B-0795-975B", "description": "Compute Flexible CUDs 1 Year"}
NEW = [  # the same, after
    row(0.046868, FEE, subscription={"instance_id": FLEX}, consumption_model=DEFAULT,
        credits=[credit("-0.046868", "FEE_UTILIZATION_OFFSET")]),
    row(0.109398, consumption_model=DEFAULT),
    row(0.046868, consumption_model=COVERED, subscription={"instance_id": FLEX},
        cost_at_effective_price_default=0.065095, cost_at_list=0.065095),
]  # fmt: skip


def test_the_older_model_of_commitments(home: Path, tmp_path: Path) -> None:
    found = charges(
        home,
        lines(tmp_path / "gcp.jsonl", *OLD),
        '"ChargeCategory", "EffectiveCost", "PricingCategory", "CommitmentDiscountCategory", '
        '"CommitmentDiscountId", "ChargeFrequency"',
    )
    assert [r[1:] for r in found if r[0] == "Purchase"] == [
        (Decimal("0.046868"), "Standard", "Spend", FLEX, "Recurring"),
        (Decimal("0.025132"), "Standard", "Spend", FLEX, "Recurring"),
    ]
    assert [r[1:4] for r in found if r[0] == "Usage"] == [
        (Decimal("0.174496"), "Committed", None),
        (Decimal("0.093568"), "Committed", None),
    ]
    assert [r[1:4] for r in found if r[0] == "Credit"] == [
        (Decimal("-0.065095"), None, "Spend"),
        (Decimal("-0.034905"), None, "Spend"),
    ]
    assert sum(r[1] for r in found) == Decimal("0.240064")


def test_the_newer_model_leaves_of_the_fee_what_was_not_used(home: Path, tmp_path: Path) -> None:
    found = charges(
        home,
        lines(tmp_path / "gcp.jsonl", *NEW),
        '"ChargeCategory", "EffectiveCost", "ContractedCost", "PricingCategory", '
        '"CommitmentDiscountId", "CommitmentDiscountStatus"',
    )
    fee, overage, used = Decimal("0.046868"), Decimal("0.109398"), Decimal("0.065095")
    assert found == [
        ("Purchase", fee, fee, "Standard", FLEX, None),
        ("Credit", -fee, 0, None, FLEX, None),
        ("Usage", overage, overage, "Standard", None, None),
        ("Usage", fee, used, "Committed", FLEX, "Used"),
    ]


NESTED = """
    SELECT 'A-1' AS billing_account_id,
    {'id': '6F81-5844-456A', 'description': 'Compute Engine'} AS service,
    {'id': 'BB77-5FDA-69D9', 'description': 'Nvidia H100 80GB GPU'} AS sku,
    TIMESTAMPTZ '2026-11-01 10:00:00+00' AS usage_start_time,
    TIMESTAMPTZ '2026-11-01 11:00:00+00' AS usage_end_time,
    {'id': 'p', 'name': 'P', 'labels': [{'key': 'env', 'value': 'prod'}]} AS project,
    [{'key': 'team', 'value': 'search'}] AS labels,
    {'month': '202611'} AS invoice, 'regular' AS cost_type, 'EUR' AS currency,
    {'amount': 3600::DOUBLE, 'unit': 'seconds', 'amount_in_pricing_units': 1::DOUBLE,
     'pricing_unit': 'hour'} AS usage,
    CAST('12345.12345678901234567891' AS DECIMAL(38, 20)) AS cost,
"""
CREDITS = (
    "[{'name': 'n', 'amount': CAST('-0.12345678901234567891' AS DECIMAL(38, 20)), "
    "'full_name': 'Trial', 'id': '1', 'type': 'PROMOTION'}]"
)


@pytest.mark.parametrize(
    "credits", [CREDITS, f"{{'list': [{{'element': {CREDITS[1:-1]}}}]}}"], ids=["list", "element"]
)
def test_parquet_keeps_every_digit_of_a_decimal(credits: str, home: Path, tmp_path: Path) -> None:  # noqa: A002
    path = parquet(tmp_path / "gcp.parquet", f"{NESTED} {credits} AS credits")
    found = charges(
        home,
        path,
        '"ChargeCategory", "BilledCost", "ChargePeriodStart"::VARCHAR, x_team, "Tags"[\'env\']',
    )
    start = "2026-11-01 10:00:00"
    assert found == [
        ("Usage", Decimal("12345.12345678901234567891"), start, "search", "prod"),
        ("Credit", Decimal("-0.12345678901234567891"), start, "search", "prod"),
    ]


def test_parquet_without_its_credits_is_not_a_bill(home: Path, tmp_path: Path) -> None:
    report = read(home, parquet(tmp_path / "gcp.parquet", NESTED.rstrip().rstrip(",")))
    assert "lacks the columns credits" in str(report.files[0].error)


def test_an_answer_of_the_bq_tool_is_an_array(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "gcp.json"
    path.write_text(json.dumps([row("1.5", credits=[credit("-0.5", "PROMOTION")]), row("2")]))
    assert charges(home, path, '"BilledCost"') == [(Decimal("1.5"),), (Decimal("-0.5"),), (2,)]


FAULTS = [
    ({"cost": None}, "BilledCost, EffectiveCost"),
    ({"cost": "much"}, "BilledCost, ContractedCost, EffectiveCost"),
    ({"invoice": {"month": "202613"}}, "BillingPeriodEnd, BillingPeriodStart"),
    ({"invoice": {"month": "2026-10"}}, "BillingPeriodEnd, BillingPeriodStart"),
    ({"usage_start_time": None}, "ChargePeriodStart"),
    ({"cost_type": "gift"}, "ChargeCategory"),
    ({"usage": {"amount": "some", "unit": "seconds"}}, "ConsumedQuantity"),
]


def test_a_faulty_row_is_kept_out_and_named(home: Path, tmp_path: Path) -> None:
    faulty = ({**row(2), **fault} for fault, _ in FAULTS)
    path = lines(tmp_path / "gcp.jsonl", row(1, unknown={"new": [1]}), *faulty)
    report = read(home, path).files[0]
    assert (report.charges, report.rejected) == (1, len(FAULTS))
    assert query(home, 'SELECT line, "column" FROM rejects ORDER BY line') == [
        (line, column) for line, (_, column) in enumerate(FAULTS, start=2)
    ]


@pytest.mark.parametrize(
    "credits", [[{"type": "PROMOTION"}], [None], {"amount": -1}, "-1"], ids=str
)
def test_a_credit_that_cannot_be_read_is_not_passed_over(
    credits: Any,  # noqa: A002
    home: Path,
    tmp_path: Path,
) -> None:
    report = read(home, lines(tmp_path / "gcp.jsonl", row(1, credits=credits), row(2))).files[0]
    assert (report.charges, report.rejected) == (2, 1)
    assert report.examples[0]["column"] == "BilledCost, EffectiveCost"


def test_a_line_cut_in_the_middle(home: Path, tmp_path: Path) -> None:
    cut = json.dumps(row(2))[:200]
    report = read(home, lines(tmp_path / "gcp.jsonl", row(1), cut, row(3))).files[0]
    assert (report.charges, report.rejected, report.examples[0]["line"]) == (2, 1, 2)
    assert str(report.totals[0].billed) == "4.00"


def test_tiny_and_huge_quantities_cost_no_row_its_place(home: Path, tmp_path: Path) -> None:
    """A float of 17 digits behind ten zeros, and a large store's byte-seconds, in one export."""
    gib = "gibibyte month"
    rows = [
        row(1, usage={"amount": 3.6e20, "unit": "byte-seconds",
                      "amount_in_pricing_units": 134217.7, "pricing_unit": gib}),
        row(2, usage={"amount": 9.9e19, "unit": "byte-seconds",
                      "amount_in_pricing_units": 9.313225746154785e-10, "pricing_unit": gib}),
    ]  # fmt: skip
    found = charges(
        home,
        lines(tmp_path / "gcp.jsonl", *rows),
        '"ConsumedQuantity", "ConsumedUnit", "PricingQuantity"',
    )
    assert found == [
        (Decimal("134217.7"), gib, Decimal("134217.7")),
        (Decimal("9.9e19"), "byte-seconds", Decimal("9.31e-10")),
    ]


def test_prices_of_several_units_at_once_are_no_unit_prices(home: Path, tmp_path: Path) -> None:
    price = {"effective_price": "0.0047", "list_price": "0.0050", "pricing_unit_quantity": "1"}
    rows = [row(1, price=price), row(1, price={**price, "pricing_unit_quantity": "1000"})]
    path = lines(tmp_path / "gcp.jsonl", *rows)
    assert charges(home, path, '"ContractedUnitPrice", "ListUnitPrice"') == [
        (Decimal("0.0047"), Decimal("0.0050")),
        (None, None),
    ]


def test_a_month_that_comes_again_replaces_itself(home: Path, tmp_path: Path) -> None:
    read(home, lines(tmp_path / "early.jsonl", row(1), row(2)))
    report = read(home, lines(tmp_path / "late.jsonl", row(4, credits=[credit(-1, "DISCOUNT")])))
    assert [str(t.billed) for item in report.replaced for t in (*item.before, *item.after)] == [
        "3.00",
        "3.00",
    ]
    assert query(home, 'SELECT count(*), sum("BilledCost") FROM charges') == [(2, 3)]
