"""Invoices typed in by hand: the documented columns, exact sums, faults by line and column."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.sources.simple_invoice import OPTIONAL, REQUIRED
from tagwright.warehouse import open_warehouse

if TYPE_CHECKING:
    from tagwright.ingest.report import IngestReport

PAGE = (Path(__file__).parents[1] / "docs" / "simple-invoice.md").read_text(encoding="utf-8")
LINE = {
    "vendor": "Cohere",
    "account": "acme",
    "invoice_id": "INV-1",
    "period_start": "2026-10-01",
    "period_end": "2026-11-01",
    "description": "Rerank searches",
    "product": "Rerank",
    "amount": "10",
    "currency": "USD",
}


def invoice(path: Path, *lines: dict[str, str]) -> Path:
    names = list(dict.fromkeys(name for line in lines for name in line))
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, names)
        writer.writeheader()
        writer.writerows(lines)
    return path


def read(home: Path, *paths: Path) -> IngestReport:
    return ingest(load_settings(home), paths)


def query(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(load_settings(home)).open() as snapshot:
        return snapshot.query(sql).rows


def charges(home: Path, path: Path, columns: str) -> list[tuple[Any, ...]]:
    report = read(home, path)
    assert [(f.source, f.error, f.rejected) for f in report.files] == [("simple_invoice", None, 0)]
    return query(home, f"SELECT {columns} FROM charges ORDER BY x_record")


def test_the_example_of_the_page(home: Path, tmp_path: Path) -> None:
    example = re.search(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    assert example
    path = tmp_path / "invoice.csv"
    path.write_text(example[1])
    found = charges(
        home,
        path,
        '"BillingAccountId", "InvoiceId", "ServiceProviderName", "ServiceName", "ServiceCategory", '
        '"ChargeCategory", "BilledCost", "EffectiveCost", "ListCost", "ConsumedQuantity", '
        '"SkuPriceDetails", x_team',
    )
    rerank, discount = Decimal("412.50"), Decimal("-12.50")
    cohere = ("Cohere/acme-prod", "INV-0042", "Cohere", "Rerank", "AI and Machine Learning")
    assert found == [
        (*cohere, "Usage", rerank, rerank, None, 206250, '{"ModelId":"rerank-v3.5"}', "search"),
        (*cohere, "Credit", discount, discount, None, None, None, "search"),
        ("Pinecone/acme", "P-77", "Pinecone", "Pinecone Serverless", "Databases", "Purchase", 50,
         50, None, None, None, "recs"),
    ]  # fmt: skip


def test_the_page_names_the_columns() -> None:
    table = [cell for row in re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE) for cell in [row]]
    named = [name for cell in table for name in re.findall(r"`([^`]+)`", cell)]
    assert named == [*REQUIRED, *OPTIONAL, "tag:<key>"]


@pytest.mark.parametrize(
    ("start", "end", "month"),
    [
        ("2026-10-01", "2026-11-01", "2026-10-01"),
        ("2026-10-15", "2026-11-15", "2026-10-01"),
        ("2026-10-31", "2026-11-01", "2026-10-01"),
        ("2026-12-01", "2027-12-01", "2026-12-01"),
    ],
)
def test_a_line_belongs_to_the_month_in_which_it_begins(
    start: str, end: str, month: str, home: Path, tmp_path: Path
) -> None:
    path = invoice(tmp_path / "i.csv", {**LINE, "period_start": start, "period_end": end})
    [found] = charges(
        home,
        path,
        '"BillingPeriodStart"::DATE::TEXT, '
        '"BillingPeriodEnd" = "BillingPeriodStart" + INTERVAL 1 MONTH, '
        '"ChargePeriodStart"::DATE::TEXT, "ChargePeriodEnd"::DATE::TEXT',
    )
    assert found == (month, True, start, end)


FAULTS = [
    ({"amount": "1,234"}, "BilledCost, EffectiveCost"),
    ({"amount": ""}, "BilledCost, EffectiveCost"),
    ({"currency": "US$"}, "BillingCurrency"),
    ({"account": ""}, "BillingAccountId"),
    ({"period_start": "10/01/2026"},
     "BillingPeriodEnd, BillingPeriodStart, ChargePeriodStart"),
    ({"period_start": "2026-10-32"},
     "BillingPeriodEnd, BillingPeriodStart, ChargePeriodStart"),
    ({"period_end": "2026-10-01"}, "ChargePeriodEnd"),
    ({"period_end": ""}, "ChargePeriodEnd"),
    ({"category": "Gift"}, "ChargeCategory"),
    ({"quantity": "many"}, "ConsumedQuantity"),
]  # fmt: skip


def test_a_faulty_line_is_kept_out_and_named(home: Path, tmp_path: Path) -> None:
    line = {**LINE, "quantity": "1", "category": ""}
    path = invoice(tmp_path / "i.csv", line, *({**line, **fault} for fault, _ in FAULTS), line)
    report = read(home, path).files[0]
    assert (report.charges, report.rejected) == (2, len(FAULTS))
    kept = query(home, 'SELECT line, "column" FROM rejects ORDER BY line')
    assert [(number, sorted(columns.split(", "))) for number, columns in kept] == [
        (number, column.split(", ")) for number, (_, column) in enumerate(FAULTS, start=3)
    ]


def test_sums_are_exact(home: Path, tmp_path: Path) -> None:
    amounts = ["0.1", "0.2", "-0.05", "1234.000000000000000001"]
    lines = [{**LINE, "amount": amount} for amount in amounts]
    report = read(home, invoice(tmp_path / "i.csv", *lines)).files[0]
    assert report.totals[0].billed == sum(map(Decimal, amounts))


def test_two_vendors_with_one_name_of_account_stay_apart(home: Path, tmp_path: Path) -> None:
    read(home, invoice(tmp_path / "a.csv", {**LINE, "account": "default"}))
    other = {**LINE, "vendor": "Mistral AI", "account": "default", "currency": "eur"}
    report = read(home, invoice(tmp_path / "b.csv", other))
    assert not report.replaced
    assert query(home, 'SELECT "BillingCurrency" FROM charges ORDER BY 1') == [("EUR",), ("USD",)]


def test_a_month_cut_into_other_lines_replaces_itself(home: Path, tmp_path: Path) -> None:
    whole = {**LINE, "period_start": "2026-10-15", "period_end": "2026-11-01"}
    read(home, invoice(tmp_path / "a.csv", whole))
    halves = [{**LINE, "amount": amount} for amount in ("4", "7")]
    read(home, invoice(tmp_path / "b.csv", *halves))
    assert query(home, 'SELECT count(*), sum("BilledCost") FROM charges') == [(2, 11)]


def test_a_header_that_lacks_a_column_says_which(home: Path, tmp_path: Path) -> None:
    line = {name: text for name, text in LINE.items() if name != "currency"}
    report = read(home, invoice(tmp_path / "i.csv", line))
    assert "lacks the columns currency" in str(report.files[0].error)


def test_columns_nobody_asked_for_are_named(home: Path, tmp_path: Path) -> None:
    path = invoice(tmp_path / "i.csv", {**LINE, "catagory": "Tax", "tag:": "x", "tag:env": "prod"})
    notes = " ".join(read(home, path).files[0].notes)
    assert "left out: catagory, tag:." in notes
    assert query(home, 'SELECT "Tags" FROM charges') == [({"env": "prod"},)]
