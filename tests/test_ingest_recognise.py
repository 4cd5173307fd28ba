"""A file that nobody reads is answered with the nearest format, what it lacks, what is strange."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from focus_files import ROW, csv_text
from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.ingest.report import FileReport

EA = (
    "InvoiceSectionName,SubscriptionId,Date,MeterCategory,MeterId,MeterName,Quantity,UnitOfMeasure,"
    "BillingAccountId,BillingPeriodStartDate,BillingPeriodEndDate,ChargeType,ResourceId,"
)
OLDER = (
    "SubscriptionGuid,ResourceGroup,ResourceLocation,UsageDateTime,MeterCategory,MeterSubCategory,"
    "MeterId,MeterName,MeterRegion,UsageQuantity,ResourceRate,PreTaxCost,ConsumedService,"
    "ResourceType,InstanceId,Tags"
)
FLAT = (
    "billing_account_id,service.id,service.description,sku.id,sku.description,project.id,"
    "usage_start_time,usage_end_time,cost,currency"
)


def answered(home: Path, path: Path) -> FileReport:
    [file] = ingest(load_settings(home), [path]).files
    assert file.error
    return file


def csv_of(path: Path, header: str) -> Path:
    path.write_text(header + "\n" + ",".join("1" for _ in header.split(",")) + "\n")
    return path


@pytest.mark.parametrize(
    ("header", "source", "missing", "strange"),
    [
        (
            EA + "CostInUsd,BillingCurrencyCode", "azure_cost",
            ("CostInBillingCurrency",), ("CostInUsd", "InvoiceSectionName"),
        ),
        (
            OLDER, "azure_cost",
            ("CostInBillingCurrency", "Date", "BillingCurrencyCode", "BillingPeriodStartDate",
             "BillingPeriodEndDate"),
            ("UsageDateTime", "PreTaxCost", "ResourceGroup", "MeterSubCategory", "ResourceType"),
        ),
        (
            FLAT, "gcp_billing",
            ("invoice", "cost_type", "service", "credits"),
            ("service.id", "service.description", "sku.description", "project.id", "sku.id"),
        ),
        (
            "Vendor,Amount,Currency,Description,Invoice", "simple_invoice",
            ("vendor", "account", "invoice_id", "period_start", "period_end"),
            ("Vendor", "Description", "Invoice", "Amount", "Currency"),
        ),
        (
            "Date,Account,Service,Cost,Curr", "simple_invoice",
            ("vendor", "account", "invoice_id", "period_start", "period_end"),
            ("Date", "Account", "Service", "Cost", "Curr"),
        ),
    ],
)  # fmt: skip
def test_tables(
    header: str, source: str, missing: tuple[str, ...], strange: tuple[str, ...],
    tmp_path: Path, home: Path,
) -> None:  # fmt: skip
    found = answered(home, csv_of(tmp_path / "bill.csv", header)).nearest
    assert found
    assert (found.source, found.missing) == (source, missing)
    assert set(found.strange) == set(strange)
    assert len(found.missing) <= 5
    assert len(found.strange) <= 5


def test_the_message_names_them_and_the_way_out(tmp_path: Path, home: Path) -> None:
    path = csv_of(tmp_path / "bill.csv", EA + "CostInUsd,BillingCurrencyCode")
    file = answered(home, path)
    assert file.error == (
        f"{path}: no billing export that is known here (its columns begin with InvoiceSectionName, "
        "SubscriptionId, Date, MeterCategory). The nearest format is azure_cost; missing columns: "
        "CostInBillingCurrency; strange columns: CostInUsd, InvoiceSectionName. Export it again as "
        "azure_cost has it; a bill of a vendor without an export is typed in by hand, see "
        "docs/simple-invoice.md."
    )
    assert file.as_dict()["nearest"] == {
        "source": "azure_cost",
        "missing": ["CostInBillingCurrency"],
        "strange": ["CostInUsd", "InvoiceSectionName"],
    }


def test_what_an_invoice_by_hand_needs_is_said(tmp_path: Path, home: Path) -> None:
    for header in ("Date,Account,Service,Cost,Curr", "Tag,Betrag,Konto"):
        error = str(answered(home, csv_of(tmp_path / "bill.csv", header)).error)
        assert (
            "typed in by hand with the columns vendor, account, invoice_id, period_start, "
            "period_end, description, product, amount, currency, see docs/simple-invoice.md"
        ) in error


def test_focus_with_a_column_renamed(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "bill.csv"
    path.write_text(csv_text([{}]).replace("BillingCurrency", "Currency"))
    file = answered(home, path)
    assert file.error == (
        f"{path}: lacks the columns BillingCurrency; strange columns: Currency. It was taken for "
        "focus; export it with these columns."
    )
    assert file.nearest
    assert file.nearest.as_dict() == {
        "source": "focus", "missing": ["BillingCurrency"], "strange": ["Currency"],
    }  # fmt: skip


def test_flattened_records_are_said_to_be(tmp_path: Path, home: Path) -> None:
    error = str(answered(home, csv_of(tmp_path / "bill.csv", FLAT)).error)
    assert "Its records are flattened (service.id): export it as JSON lines or Parquet" in error


def test_parquet(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "bill.parquet"
    names = EA.rstrip(",").split(",")
    values = ", ".join(f"'1' AS {name}" for name in names)
    duckdb.execute(f"COPY (SELECT {values}) TO '{path}' (FORMAT parquet)")
    found = answered(home, path).nearest
    assert found
    assert (found.source, found.missing) == (
        "azure_cost", ("CostInBillingCurrency", "BillingCurrencyCode"),
    )  # fmt: skip


def test_json_lines_by_their_keys(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "log.jsonl"
    line = {"requestId": "r", "timestamp": "t", "modelId": "m", "operation": "Converse", "who": 1}
    path.write_text(json.dumps(line) + "\n" + json.dumps(line) + "\n")
    file = answered(home, path)
    assert file.nearest
    assert (file.nearest.source, file.nearest.missing) == (
        "bedrock_logs", ("schemaType", "input", "output"),
    )  # fmt: skip
    assert file.nearest.strange == ("who",)
    assert "missing keys: schemaType" in str(file.error)


def test_focus_as_json_is_told_to_be_a_table(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "bill.jsonl"
    path.write_text(json.dumps(ROW) + "\n" + json.dumps(ROW) + "\n")
    file = answered(home, path)
    assert file.nearest
    assert (file.nearest.source, file.nearest.missing) == ("focus", ())
    assert "Export it again as focus has it, as CSV or Parquet" in str(file.error)


def test_a_stranger_has_no_nearest(tmp_path: Path, home: Path) -> None:
    file = answered(home, csv_of(tmp_path / "staff.csv", "name,desk"))
    assert file.nearest is None
    assert "Known formats: anthropic_costs" in str(file.error)
    assert "docs/simple-invoice.md" in str(file.error)


def test_two_focus_columns_of_many(tmp_path: Path, home: Path) -> None:
    """FOCUS with the tell-tale columns renamed is FOCUS still."""
    text = csv_text([{}])
    for name in ("BilledCost", "EffectiveCost", "ChargeCategory"):
        text = text.replace(name, f"My{name}")
    (tmp_path / "bill.csv").write_text(text)
    found = answered(home, tmp_path / "bill.csv").nearest
    assert found
    assert found.source == "focus"
    assert found.missing == ("BilledCost", "EffectiveCost", "ChargeCategory")
    assert set(found.strange) == {"MyBilledCost", "MyEffectiveCost", "MyChargeCategory"}
