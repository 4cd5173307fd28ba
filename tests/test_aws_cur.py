"""AWS Cost and Usage Reports: totals, amortised cost, tags, in each form they come in."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.warehouse import open_warehouse

PLAN = "arn:aws:savingsplans::111122223333:savingsplan/sp-1"
RESERVED = "arn:aws:ec2:us-east-1:111122223333:reserved-instances/ri-1"
ROW: dict[str, Any] = {
    "bill_billing_entity": "AWS",
    "bill_billing_period_start_date": "2026-09-01T00:00:00.000Z",
    "bill_billing_period_end_date": "2026-10-01T00:00:00.000Z",
    "bill_payer_account_id": "111122223333",
    "bill_invoicing_entity": "Amazon Web Services, Inc.",
    "line_item_line_item_type": "Usage",
    "line_item_usage_start_date": "2026-09-01T00:00:00.000Z",
    "line_item_usage_end_date": "2026-09-02T00:00:00.000Z",
    "line_item_usage_account_id": "444455556666",
    "line_item_product_code": "AmazonEC2",
    "line_item_currency_code": "USD",
    "line_item_unblended_cost": "0",
    "line_item_usage_amount": "24",
    "line_item_usage_type": "BoxUsage:g5.12xlarge",
    "pricing_public_on_demand_cost": "",
    "savings_plan_savings_plan_a_r_n": "",
    "savings_plan_savings_plan_effective_cost": "",
    "savings_plan_total_commitment_to_date": "",
    "savings_plan_used_commitment": "",
    "reservation_reservation_a_r_n": "",
    "reservation_effective_cost": "",
    "reservation_unused_amortized_upfront_fee_for_billing_period": "",
    "reservation_unused_recurring_fee": "",
    "resource_tags": "",
    "product": "",
}  # fmt: skip


def line(kind: str, unblended: str, **more: Any) -> dict[str, Any]:
    return {**ROW, "line_item_line_item_type": kind, "line_item_unblended_cost": unblended, **more}


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, names)
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {k: json.dumps(v) if isinstance(v, dict) else v for k, v in row.items()}
            )
    return path


def charges(home: Path, path: Path, columns: str) -> list[tuple[Any, ...]]:
    report = ingest(load_settings(home), [path])
    assert [(file.error, file.rejected) for file in report.files] == [(None, 0)]
    with open_warehouse(load_settings(home)).open() as snapshot:
        return snapshot.query(f"SELECT {columns} FROM charges ORDER BY x_record").rows


def test_the_real_legacy_report(shared: Path, home: Path) -> None:
    export = shared / "data" / "native" / "aws_cur_sample.csv"
    with export.open(newline="") as text:
        rows = list(csv.DictReader(text))
    expected = sum(Decimal(row["lineItem/UnblendedCost"]) for row in rows)
    [found] = charges(
        home, export, 'count(*) OVER (), sum("BilledCost") OVER (), sum("EffectiveCost") OVER ()'
    )[:1]
    assert found == (len(rows), expected, expected)


LINES = [
    (line("Usage", "10.5"), "10.5", "10.5", "Usage"),
    (line("Tax", "1.25"), "1.25", "1.25", "Tax"),
    (line("Credit", "-3"), "-3", "-3", "Credit"),
    (line("Refund", "-2"), "-2", "-2", "Adjustment"),
    (line("Fee", "7"), "7", "7", "Purchase"),
    (line("Fee", "700", reservation_reservation_a_r_n=RESERVED), "700", "0", "Purchase"),
    (line("EdpDiscount", "-1"), "-1", "-1", "Credit"),
    (line("SavingsPlanCoveredUsage", "10", savings_plan_savings_plan_a_r_n=PLAN,
          savings_plan_savings_plan_effective_cost="6.5"), "0", "6.5", "Usage"),
    (line("SavingsPlanNegation", "-10", savings_plan_savings_plan_a_r_n=PLAN),
     "0", "0", "Adjustment"),
    (line("SavingsPlanRecurringFee", "8", savings_plan_total_commitment_to_date="8.0000000001",
          savings_plan_used_commitment="6.5"), "8", "1.5000000001", "Purchase"),
    (line("SavingsPlanUpfrontFee", "900"), "900", "0", "Purchase"),
    (line("DiscountedUsage", "0", reservation_effective_cost="4.2"), "0", "4.2", "Usage"),
    (line("RIFee", "30", reservation_unused_amortized_upfront_fee_for_billing_period="1",
          reservation_unused_recurring_fee="2.5"), "30", "3.5", "Purchase"),
]  # fmt: skip


def test_billed_and_amortised_cost_of_each_kind_of_line(home: Path, tmp_path: Path) -> None:
    found = charges(
        home,
        written(tmp_path / "cur.csv", [row for row, *_ in LINES]),
        '"BilledCost", "EffectiveCost", "ChargeCategory"',
    )
    assert found == [
        (Decimal(billed), Decimal(effective), category) for _, billed, effective, category in LINES
    ]


def test_a_month_with_a_savings_plan_adds_up_to_its_invoice(home: Path, tmp_path: Path) -> None:
    """What was covered and what takes it back are nothing together, and each by itself."""
    rows = [
        line("SavingsPlanCoveredUsage", "10", savings_plan_savings_plan_effective_cost="6.5"),
        line("SavingsPlanNegation", "-10"),
        line("SavingsPlanRecurringFee", "8", savings_plan_total_commitment_to_date="8",
             savings_plan_used_commitment="6.5"),
        line("Usage", "3.25"),
    ]  # fmt: skip
    found = charges(home, written(tmp_path / "cur.csv", rows), '"BilledCost", "EffectiveCost"')
    assert sum(row[0] for row in found) == sum(
        Decimal(row["line_item_unblended_cost"]) for row in rows
    )
    assert sum(row[1] for row in found) == Decimal("11.25")


def test_net_columns_are_what_is_invoiced(home: Path, tmp_path: Path) -> None:
    rows = [
        line("Usage", "100", line_item_net_unblended_cost="90"),
        line("EdpDiscount", "-10", line_item_net_unblended_cost="0"),
        line("SavingsPlanCoveredUsage", "10", line_item_net_unblended_cost="9",
             savings_plan_savings_plan_effective_cost="6",
             savings_plan_net_savings_plan_effective_cost="5.4"),
    ]  # fmt: skip
    found = charges(home, written(tmp_path / "cur.csv", rows), '"BilledCost", "EffectiveCost"')
    assert found == [(90, 90), (0, 0), (0, Decimal("5.4"))]


@pytest.mark.slow  # its statements are long: a second to plan
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tags_in_both_spellings_with_the_principals_beside(
    form: str, home: Path, tmp_path: Path
) -> None:
    own = {"user_team": "search", "user:Product": "ranker", "aws:createdBy": "x", "user_empty": ""}
    others = {"iamPrincipal/team": "ml", "accountTag/env": "prod"}
    if form == "csv":
        path = written(tmp_path / "cur.csv", [line("Usage", "1", resource_tags=own, tags=others)])
    else:
        path = tmp_path / "cur.parquet"
        with duckdb.connect() as con:
            plain = ", ".join(
                f"'{value}' AS {name}" for name, value in line("Usage", "1").items()
                if name not in {"resource_tags", "product"}
            )  # fmt: skip
            con.execute(
                f"COPY (SELECT {plain}, MAP {own} AS resource_tags, MAP {others} AS tags, "
                f"MAP {{'product_name': 'Amazon EC2'}} AS product) TO '{path}' (FORMAT parquet)"
            )
    [(tags, team, service)] = charges(home, path, '"Tags", "x_team", "ServiceName"')
    assert tags == {
        "team": "search", "Product": "ranker", "aws:createdBy": "x",
        "iamPrincipal/team": "ml", "accountTag/env": "prod",
    }  # fmt: skip
    assert team == "search"
    assert service == ("AmazonEC2" if form == "csv" else "Amazon EC2")


def test_legacy_tag_columns(home: Path, tmp_path: Path) -> None:
    row = {
        "bill/PayerAccountId": "1", "bill/BillingPeriodStartDate": "2026-09-01T00:00:00Z",
        "bill/BillingPeriodEndDate": "2026-10-01T00:00:00Z", "lineItem/LineItemType": "Usage",
        "lineItem/UsageStartDate": "2026-09-01T00:00:00Z",
        "lineItem/UsageEndDate": "2026-09-02T00:00:00Z", "lineItem/ProductCode": "AmazonBedrock",
        "lineItem/CurrencyCode": "USD", "lineItem/UnblendedCost": "1",
        "resourceTags/user:Team": "search", "resourceTags/aws:createdBy": "",
    }  # fmt: skip
    [(tags, category)] = charges(
        home, written(tmp_path / "cur.csv", [row]), '"Tags", "ServiceCategory"'
    )
    assert (tags, category) == ({"Team": "search"}, "AI and Machine Learning")


def test_bedrock_from_the_marketplace_is_ai(home: Path, tmp_path: Path) -> None:
    rows = [
        line("Usage", "5", bill_billing_entity="AWS Marketplace", line_item_product_code="abc123",
             product={"product_name": "Claude Sonnet 4 (Amazon Bedrock Edition)"}),
        line("Usage", "5", bill_billing_entity="AWS Marketplace", line_item_product_code="abc124",
             product={"product_name": "Some Firewall"}),
    ]  # fmt: skip
    found = charges(home, written(tmp_path / "cur.csv", rows), '"ServiceName", "ServiceCategory"')
    assert found == [
        ("Claude Sonnet 4 (Amazon Bedrock Edition)", "AI and Machine Learning"),
        ("Some Firewall", "Other"),
    ]


def test_shares_of_a_split_are_not_added_to_their_parent(home: Path, tmp_path: Path) -> None:
    """AWS gives the pods' rows no cost of their own, and their shares in other columns."""
    node = line("Usage", "10", line_item_resource_id="i-1", split_line_item_split_cost="")
    pods = [
        line("Usage", "0", line_item_operation="EKSPod-EC2", line_item_resource_id=f"pod/{n}",
             split_line_item_split_cost="4", split_line_item_parent_resource_id="i-1",
             split_line_item_unused_cost="1")
        for n in (1, 2)
    ]  # fmt: skip
    report = ingest(load_settings(home), [written(tmp_path / "cur.csv", [node, *pods])])
    assert [str(total.billed) for total in report.files[0].totals] == ["10.00"]
    assert "are not added" in " ".join(report.files[0].notes)


def test_a_report_that_lacks_columns_says_which(home: Path, tmp_path: Path) -> None:
    row = {k: v for k, v in line("Usage", "1").items() if k != "line_item_currency_code"}
    report = ingest(load_settings(home), [written(tmp_path / "cur.csv", [row])])
    assert "line_item_currency_code" in str(report.files[0].error)


def test_a_kind_of_line_nobody_knows_is_kept_out_and_named(home: Path, tmp_path: Path) -> None:
    rows = [line("Usage", "1"), line("NewKindOfFee", "2")]
    report = ingest(load_settings(home), [written(tmp_path / "cur.csv", rows)])
    assert (report.files[0].charges, report.files[0].rejected) == (1, 1)
    assert report.files[0].examples[0]["column"] == "ChargeCategory"
