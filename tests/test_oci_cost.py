"""OCI cost reports: exact amounts, hours and their months, corrections, tags."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from usage_files import query, read, rejects

if TYPE_CHECKING:
    from pathlib import Path

HEAD = (
    "lineItem/tenantId,lineItem/intervalUsageStart,lineItem/intervalUsageEnd,product/service,"
    "cost/myCost,cost/currencyCode,lineItem/isCorrection,tags/Ns.team"
)
HOUR = "2026-10-31T23:00Z,2026-11-01T00:00:00Z"


def report(path: Path, *rows: str, head: str = HEAD) -> Path:
    path.write_text("\n".join((head, *rows)) + "\n")
    return path


def test_the_sample_loads_whole(shared: Path, home: Path) -> None:
    path = shared / "data" / "native" / "oci_cost_sample.csv"
    with path.open(newline="") as text:
        rows = list(csv.DictReader(text))
    total = sum(Decimal(row["cost/myCost"]) for row in rows)
    [file] = read(home, path).files
    assert (file.error, file.source, file.charges, file.rejected) == (
        None,
        "oci_cost",
        len(rows),
        0,
    )
    assert [(t.currency, t.billed, t.effective) for t in file.totals] == [("USD", total, total)]
    [found] = query(
        home,
        'SELECT sum("ConsumedQuantity"), min("ChargePeriodStart")::VARCHAR, '
        'max("ChargePeriodEnd")::VARCHAR, count(DISTINCT "SubAccountId"), '
        "count(*) FILTER (\"ServiceCategory\" = 'Other') FROM charges",
    )
    assert found == (
        sum(Decimal(row["usage/billedQuantity"]) for row in rows),
        "2023-11-13 05:00:00",
        "2023-11-13 12:00:00",
        2,
        0,
    )


def test_tags_of_the_sample_without_empty_ones(shared: Path, home: Path) -> None:
    path = shared / "data" / "native" / "oci_cost_sample.csv"
    with path.open(newline="") as text:
        expected = [
            {
                key.removeprefix("tags/"): value
                for key, value in row.items()
                if value and "tags/" in key
            }
            for row in csv.DictReader(text)
        ]
    read(home, path)
    found = query(home, 'SELECT "Tags" FROM charges ORDER BY x_record')
    assert [tags or {} for (tags,) in found] == expected
    assert sum("DevRel\\redbull-analytics-hol-4cb4.release" in tags for tags in expected) == 6


def test_small_amounts_corrections_and_tags(home: Path, tmp_path: Path) -> None:
    path = report(
        tmp_path / "oci.csv",
        f"t,{HOUR},DATABASE,4.81298076439E-7,USD,false,search",
        f"t,{HOUR},DATABASE,2.323760000E-9,USD,false,",
        f"t,{HOUR},QUEUE,-1,USD,true,",
    )
    [file] = read(home, path).files
    assert (file.charges, file.rejected) == (3, 0)
    assert query(
        home,
        'SELECT "BilledCost", "EffectiveCost", "ServiceCategory", "ChargeClass", '
        '"BillingPeriodStart"::VARCHAR, "BillingPeriodEnd"::VARCHAR, '
        '"ChargePeriodStart"::VARCHAR, "ChargePeriodEnd"::VARCHAR, "Tags"[\'Ns.team\'] '
        "FROM charges ORDER BY x_record",
    ) == [
        (cost, cost, category, kind, "2026-10-01 00:00:00", "2026-11-01 00:00:00",
         "2026-10-31 23:00:00", "2026-11-01 00:00:00", team)
        for cost, category, kind, team in (
            (Decimal("4.81298076439E-7"), "Databases", None, "search"),
            (Decimal("2.32376E-9"), "Databases", None, None),
            (Decimal(-1), "Other", "Correction", None),
        )
    ]  # fmt: skip


def test_names_in_another_case_and_what_is_known_of_accounts(home: Path, tmp_path: Path) -> None:
    """Oracle's page says TenantId where reports say tenantId."""
    head = HEAD.replace("tenantId", "TenantId") + ",product/compartmentId,cost/attributedCost"
    path = report(tmp_path / "oci.csv", f"t,{HOUR},COMPUTE,1,USD,false,,c,0.4", head=head)
    [file] = read(home, path).files
    assert (file.error, file.rejected) == (None, 0)
    assert query(
        home,
        'SELECT "BillingAccountId", "BillingAccountType", "SubAccountId", "SubAccountType", '
        '"BilledCost", "ServiceProviderName" FROM charges',
    ) == [("t", "Tenancy", "c", "Compartment", Decimal(1), "Oracle")]
    notes = " ".join(file.notes)
    assert "taken as billed and effective" in notes
    assert "calendar month of the hour" in notes
    assert "ingest all reports of these months together" in notes
    assert "cost/attributedCost" in notes


def test_reports_of_a_month_add_up(home: Path, tmp_path: Path) -> None:
    """Oracle writes one every six hours; a correction comes in a later one."""
    first = report(tmp_path / "1.csv", f"t,{HOUR},COMPUTE,5,USD,false,")
    second = report(
        tmp_path / "2.csv",
        "t,2026-11-01T00:00Z,2026-11-01T01:00:00Z,COMPUTE,7,USD,false,",
        f"t,{HOUR},COMPUTE,-2,USD,true,",
    )
    read(home, first, second)
    assert query(
        home,
        'SELECT "BillingPeriodStart"::VARCHAR, sum("BilledCost") FROM charges '
        "GROUP BY 1 ORDER BY 1",
    ) == [("2026-10-01 00:00:00", Decimal(3)), ("2026-11-01 00:00:00", Decimal(7))]


@pytest.mark.parametrize(
    ("row", "columns", "words"),
    [
        ("t,yesterday,2026-11-01T00:00:00Z,QUEUE,1,USD,false,",
         "BillingPeriodEnd, BillingPeriodStart, ChargePeriodStart", "not an ISO 8601"),
        ("t,2026-13-01T00:00Z,2026-11-01T00:00:00Z,QUEUE,1,USD,false,",
         "BillingPeriodEnd, BillingPeriodStart, ChargePeriodStart", "not an ISO 8601"),
        (f"t,{HOUR},QUEUE,,USD,false,", "BilledCost, EffectiveCost", "missing"),
        (f"t,{HOUR},QUEUE,one USD,USD,false,", "BilledCost, EffectiveCost", "not an amount"),
        (f"t,{HOUR},QUEUE,1,,false,", "BillingCurrency", "missing"),
        (f",{HOUR},QUEUE,1,USD,false,", "BillingAccountId", "missing"),
    ],
)  # fmt: skip
def test_faulty_rows_are_rejected(
    row: str, columns: str, words: str, home: Path, tmp_path: Path
) -> None:
    path = report(tmp_path / "oci.csv", f"t,{HOUR},QUEUE,1,USD,false,", row)
    [file] = read(home, path).files
    assert (file.charges, file.rejected) == (1, 1)
    [(line, found, reason)] = rejects(file)
    assert (line, found) == (3, columns)
    assert words in str(reason)


def test_a_report_that_lacks_columns_says_which(home: Path, tmp_path: Path) -> None:
    path = report(tmp_path / "oci.csv", "t,2026-10-31T23:00Z,COMPUTE,1,USD",
                  head="lineItem/tenantId,lineItem/intervalUsageStart,product/service,cost/myCost,"
                  "cost/currencyCode")  # fmt: skip
    [file] = read(home, path).files
    assert "lacks the columns lineItem/intervalUsageEnd" in str(file.error)
