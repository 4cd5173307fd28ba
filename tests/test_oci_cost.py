"""OCI cost reports."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING

from usage_files import query, read

if TYPE_CHECKING:
    from pathlib import Path

HEAD = (
    "lineItem/tenantId,lineItem/intervalUsageStart,lineItem/intervalUsageEnd,product/service,"
    "cost/myCost,cost/currencyCode,lineItem/isCorrection,tags/Ns.team"
)


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


def test_small_amounts_corrections_and_tags(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "oci.csv"
    path.write_text(
        f"{HEAD}\n"
        "t,2026-10-31T23:00Z,2026-11-01T00:00:00Z,DATABASE,4.81298076439E-7,USD,false,search\n"
        "t,2026-10-31T23:00Z,2026-11-01T00:00:00Z,QUEUE,-1,USD,true,\n"
        "t,yesterday,2026-11-01T00:00:00Z,QUEUE,1,USD,true,\n"
    )
    [file] = read(home, path).files
    assert (file.charges, file.rejected) == (2, 1)
    assert query(
        home,
        'SELECT "BilledCost", "ServiceCategory", "ChargeClass", "BillingPeriodStart"::VARCHAR, '
        '"ChargePeriodEnd"::VARCHAR, "Tags"[\'Ns.team\'] FROM charges ORDER BY x_record',
    ) == [
        (Decimal("4.81298076439E-7"), "Databases", None, "2026-10-01 00:00:00",
         "2026-11-01 00:00:00", "search"),
        (Decimal(-1), "Other", "Correction", "2026-10-01 00:00:00", "2026-11-01 00:00:00", None),
    ]  # fmt: skip
