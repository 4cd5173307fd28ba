"""Azure cost exports as files: Parquet, faulty rows, columns that are missing or older, notes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb

from azure_files import MCA, ROW, export, one
from usage_files import query, read

if TYPE_CHECKING:
    from pathlib import Path


def test_parquet_with_dates_and_numbers_of_its_own(home: Path, tmp_path: Path) -> None:
    typed = {"date": "TIMESTAMP '2026-09-02 00:00:00'", "billingPeriodEndDate": "DATE '2026-09-30'",
             "billingPeriodStartDate": "TIMESTAMPTZ '2026-09-01 00:00:00+00'",
             "costInBillingCurrency": "CAST('0.110000000000000007' AS DECIMAL(38, 18))",
             "quantity": "CAST(12.5 AS DOUBLE)"}  # fmt: skip
    path = tmp_path / "a.parquet"
    with duckdb.connect() as con:
        values = ", ".join(f"{typed.get(name, repr(text))} AS {name}" for name, text in MCA.items())
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"COPY (SELECT {values}) TO '{path}' (FORMAT parquet)")
    columns = '"BilledCost", "ConsumedQuantity", "BillingPeriodStart"::VARCHAR, '
    columns += '"BillingPeriodEnd"::VARCHAR, "ChargePeriodEnd"::VARCHAR, x_team'
    assert one(home, path, columns) == (
        Decimal("0.110000000000000007"), Decimal("12.5"), "2026-09-01 00:00:00",
        "2026-10-01 00:00:00", "2026-09-03 00:00:00", "search",
    )  # fmt: skip


FAULTS = [
    ({"Date": "30/9/2026"}, "ChargePeriodStart"),
    ({"Date": "2/30/2026"}, "ChargePeriodEnd"),
    ({"Date": ""}, "ChargePeriodStart"),
    ({"BillingPeriodEndDate": "soon"}, "BillingPeriodEnd"),
    ({"CostInBillingCurrency": "1,5"}, "BilledCost"),
    ({"CostInBillingCurrency": ""}, "BilledCost"),
    ({"BillingCurrencyCode": ""}, "BillingCurrency"),
    ({"ChargeType": "Gift"}, "ChargeCategory"),
    ({"Tags": "team=search"}, "Tags"),
]


def test_faulty_rows_are_rejected(home: Path, tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv", ROW, *({**ROW, **more} for more, _ in FAULTS))
    [file] = read(home, path).files
    assert (file.charges, file.rejected) == (1, len(FAULTS))
    kept = query(home, 'SELECT line, "column", reason FROM rejects ORDER BY line')
    for line, ((number, columns, reason), (_, column)) in enumerate(
        zip(kept, FAULTS, strict=True), start=3
    ):
        assert (number, column in columns.split(", "), f"{column}: " in reason) == (
            line, True, True,
        )  # fmt: skip


def test_notes_say_what_the_cost_is_and_what_is_left_out(home: Path, tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv", {**ROW, "CostCenter": "42", "resourceGroup": "g"})
    [file] = read(home, path).files
    notes = " ".join(file.notes)
    assert "actual or of amortized" in notes
    assert "an export of type FOCUS holds both" in notes
    assert "would count twice" in notes
    assert "Left out, for FOCUS has no such columns: CostCenter, resourceGroup." in notes
    assert "slashes" not in notes


def test_an_export_without_a_column_it_needs_is_named(home: Path, tmp_path: Path) -> None:
    row = {name: text for name, text in ROW.items() if name != "BillingPeriodEndDate"}
    [file] = read(home, export(tmp_path / "a.csv", row)).files
    assert file.error is not None
    assert "lacks the columns BillingPeriodEndDate" in file.error


def test_an_older_agreement_says_cost(home: Path, tmp_path: Path) -> None:
    """``Cost`` is in the currency of its row; without that currency it is not guessed."""
    row = {
        ("Cost" if name == "CostInBillingCurrency" else name): text for name, text in ROW.items()
    }
    report = read(home, export(tmp_path / "a.csv", row))
    assert (report.charges, report.rejected) == (1, 0)
    assert query(home, 'SELECT "BilledCost", "EffectiveCost", "BillingCurrency" FROM charges') == [
        (Decimal("1.5"), Decimal("1.5"), "EUR")
    ]
    del row["BillingCurrencyCode"]
    [file] = read(home, export(tmp_path / "b.csv", row)).files
    assert "lacks the columns BillingCurrencyCode" in str(file.error)
