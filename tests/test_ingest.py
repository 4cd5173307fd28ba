"""From files to a snapshot: totals to the last decimal, rejects kept, periods replaced whole."""

from __future__ import annotations

import csv
import gzip
import json
from decimal import Decimal, localcontext
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from focus_files import ROW, csv_text, write_focus
from tagwright.api import SnapshotError
from tagwright.config import Settings, load_settings
from tagwright.ingest import IngestReport, ingest
from tagwright.ingest import refresh as refresh_taxonomy
from tagwright.warehouse import open_warehouse


def run(home: Path, *paths: Path | str) -> IngestReport:
    return ingest(load_settings(home), paths)


def rows_of(where: Settings | Path, sql: str) -> list[tuple[object, ...]]:
    found = where if isinstance(where, Settings) else load_settings(where)
    with open_warehouse(found).open() as snapshot:
        return snapshot.query(sql).rows


def independent(path: Path) -> dict[str, tuple[Decimal, Decimal]]:
    """Billed and effective sums per currency by Python's own CSV reader and Decimal."""
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    with path.open(encoding="utf-8") as stream, localcontext(prec=76):
        for row in csv.DictReader(stream):
            billed, effective = sums.get(row["BillingCurrency"], (Decimal(0), Decimal(0)))
            sums[row["BillingCurrency"]] = (
                billed + Decimal(row["BilledCost"]),
                effective + Decimal(row["EffectiveCost"]),
            )
    return sums


def reported(report: IngestReport) -> dict[str, tuple[Decimal, Decimal]]:
    return {t.currency: (t.billed, t.effective) for f in report.files for t in f.totals}


STORED = 'SELECT "BillingCurrency", sum("BilledCost"), sum("EffectiveCost") FROM charges GROUP BY 1'


@pytest.mark.parametrize(
    ("name", "charges", "version"),
    [
        ("focus_sample.csv", 1000, "FOCUS 1.0"),
        ("generated_focus13/focus_1_3_cost_and_usage_aws.csv", 2000, "FOCUS 1.3"),
        ("generated_focus13/focus_1_3_cost_and_usage_gcp.csv", 2000, "FOCUS 1.3"),
    ],
)
def test_real_files_load_whole(
    name: str, charges: int, version: str, shared: Path, home: Path
) -> None:
    path = shared / "data" / name
    report = run(home, path)
    file = report.files[0]
    assert (file.charges, file.rejected, file.version) == (charges, 0, version)
    assert reported(report) == independent(path)
    stored = {row[0]: row[1:] for row in rows_of(home, STORED)}
    assert stored == independent(path)


def test_the_real_samples_oddities(shared: Path, home: Path) -> None:
    """A stray column is said, the word NULL is null, times without a zone are UTC."""
    report = run(home, shared / "data/focus_sample.csv")
    assert report.files[0].notes == ["Not FOCUS columns, left out: Id."]
    found = rows_of(
        home,
        """SELECT count(*) FILTER ("CommitmentDiscountId" = 'NULL'),
        count(*) FILTER ("CommitmentDiscountId" IS NULL) > 0,
        typeof(any_value("ChargePeriodStart")) FROM charges""",
    )
    assert found == [(0, True, "TIMESTAMP")]


@pytest.mark.parametrize("form", ["csv.gz", "parquet"])
def test_the_same_bill_in_other_forms(form: str, tmp_path: Path, home: Path) -> None:
    rows = [{"BilledCost": f"{i}.{i:03}", "Tags": {"team": f"t{i}"}} for i in range(1, 9)]
    plain = write_focus(tmp_path / "bill.csv", rows)
    path = tmp_path / f"bill.{form}"
    if form == "parquet":
        duckdb.execute(f"COPY (FROM read_csv('{plain}', all_varchar = true)) TO '{path}'")
    else:
        path.write_bytes(gzip.compress(plain.read_bytes()))
    assert reported(run(home, path)) == independent(plain)
    assert rows_of(home, """SELECT "Tags"['team'] FROM charges ORDER BY 1""")[0] == ("t1",)


@given(
    st.lists(
        st.tuples(
            st.decimals(-(10**9), 10**9, allow_nan=False, places=16),
            st.decimals(-(10**9), 10**9, allow_nan=False, places=10),
            st.sampled_from(["USD", "EUR", "JPY"]),
        ),
        min_size=1,
        max_size=12,
    )
)
@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@pytest.mark.slow  # each example builds and proves a whole snapshot
def test_reported_totals_equal_an_independent_sum(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Decimal, Decimal, str]]
) -> None:
    folder = tmp_path_factory.mktemp("totals")
    path = write_focus(
        folder / "bill.csv",
        [
            {"BilledCost": billed, "EffectiveCost": effective, "BillingCurrency": currency}
            for billed, effective, currency in rows
        ],
    )
    report = run(folder, path)
    assert report.rejected == 0
    assert reported(report) == independent(path)


BAD_ROWS = [
    ({"BilledCost": "12,50"}, "BilledCost", "not an amount"),
    ({"BilledCost": ""}, "BilledCost", "missing"),
    ({"BilledCost": "1e21"}, "BilledCost", "10^20 or more"),
    ({"ConsumedQuantity": "many"}, "ConsumedQuantity", "not a number"),
    ({"ChargePeriodStart": "soon"}, "ChargePeriodStart", "not an ISO 8601 date and time"),
    ({"BillingCurrency": "NULL"}, "BillingCurrency", "missing"),
    ({"Tags": "not json"}, "Tags", "not a JSON object"),
    ({"Tags": '{"a":"1","a":"2"}'}, "Tags", "not a JSON object of unlike keys"),
]


def test_bad_rows_are_counted_and_kept_and_the_rest_loads(tmp_path: Path, home: Path) -> None:
    bad = ({"ConsumedQuantity": "1", **row} for row, *_ in BAD_ROWS)
    path = write_focus(tmp_path / "bill.csv", [{}, *bad, {}])
    report = run(home, path)
    assert (report.charges, report.rejected, report.failed) == (2, len(BAD_ROWS), False)
    assert reported(report) == {"USD": (Decimal("2.00"), Decimal("2.00"))}
    kept = rows_of(home, 'SELECT file, line, "column", reason, raw FROM rejects ORDER BY line')
    for line, (found, (_, column, reason)) in enumerate(zip(kept, BAD_ROWS, strict=True), start=3):
        assert found[:3] == (str(path), line, column)
        assert reason in str(found[3])
        assert str(found[4]) == path.read_text().splitlines()[line - 1]


def test_malformed_rows_are_rejected_by_line(tmp_path: Path, home: Path) -> None:
    lines = csv_text([{}, {}, {}]).splitlines(keepends=True)
    path = tmp_path / "bill.csv"
    path.write_bytes(
        lines[0].encode()
        + lines[1].encode()
        + b"only,three,fields\n"
        + lines[2].replace("Acme", "Caf\xe9").encode("latin-1")
        + lines[3].encode()
    )
    report = run(home, path)
    assert (report.charges, report.rejected) == (2, 2)
    assert rows_of(home, "SELECT line, reason FROM rejects ORDER BY line") == [
        (3, f"3 fields instead of {len(ROW)}"),
        (4, "not UTF-8"),
    ]


def test_bad_bytes_in_a_column_that_nobody_reads(tmp_path: Path, home: Path) -> None:
    """DuckDB checks what it reads, so a column is read even where no column is made of it."""
    path = write_focus(tmp_path / "bill.csv", [{"Own": "a"}, {"Own": "Caf\xe9"}, {"Own": "b"}])
    path.write_bytes(path.read_text().encode("latin-1"))
    report = run(home, path)
    assert (report.charges, report.rejected, report.failed) == (2, 1, False)
    assert rows_of(home, "SELECT line, reason FROM rejects") == [(3, "not UTF-8")]


def test_negative_and_huge_amounts_are_money(tmp_path: Path, home: Path) -> None:
    amounts = ["-5000000000.25", "99999999999999999.0000000001", "0", "-0.0000000001"]
    path = write_focus(tmp_path / "bill.csv", [{"BilledCost": amount} for amount in amounts])
    with localcontext(prec=76):
        assert reported(run(home, path))["USD"][0] == sum(map(Decimal, amounts))


def test_currencies_do_not_mix(tmp_path: Path, home: Path) -> None:
    path = write_focus(
        tmp_path / "bill.csv",
        [{"BilledCost": "1"}, {"BilledCost": "2", "BillingCurrency": "EUR"}, {"BilledCost": "4"}],
    )
    assert reported(run(home, path)) == {
        "EUR": (Decimal(2), Decimal(1)),
        "USD": (Decimal(5), Decimal(2)),
    }


def test_a_restatement_replaces_its_period_whole_and_no_other(tmp_path: Path, home: Path) -> None:
    august = {"BillingPeriodStart": "2026-08-01", "ChargePeriodStart": "2026-08-31"}
    run(home, write_focus(tmp_path / "a.csv", [{**august, "BilledCost": "7"}, {}, {}]))
    report = run(home, write_focus(tmp_path / "b.csv", [{"BilledCost": "1.50"}]))
    assert rows_of(home, 'SELECT "BilledCost" FROM charges ORDER BY 1') == [
        (Decimal("1.50"),),
        (Decimal(7),),
    ]
    (replaced,) = report.replaced
    assert (replaced.billing_account, replaced.billing_period) == ("acct", "2026-09-01")
    assert (replaced.before[0].billed, replaced.after[0].billed) == (Decimal(2), Decimal("1.5"))


def test_files_of_one_run_add_up_and_a_copy_counts_once(tmp_path: Path, home: Path) -> None:
    write_focus(tmp_path / "1.csv", [{"BilledCost": "1"}])
    write_focus(tmp_path / "2.csv", [{"BilledCost": "2"}])
    (tmp_path / "copy.csv").write_bytes((tmp_path / "1.csv").read_bytes())
    report = run(home, tmp_path / "1.csv", tmp_path / "2.csv", tmp_path / "copy.csv")
    assert rows_of(home, 'SELECT sum("BilledCost") FROM charges') == [(Decimal(3),)]
    assert report.files[2].skipped == f"the same content as {tmp_path / '1.csv'}"
    assert not report.failed


def test_the_same_file_again_changes_nothing(tmp_path: Path, home: Path) -> None:
    path = write_focus(tmp_path / "bill.csv", [{}, {"BilledCost": "bad"}])
    first, again = run(home, path), run(home, path)
    assert again.unchanged
    assert (again.snapshot, again.charges, again.rejected) == (first.snapshot, 1, 1)
    assert again.files[0].as_dict() == first.files[0].as_dict()


def test_an_older_file_can_be_brought_back(tmp_path: Path, home: Path) -> None:
    """A file whose charges were replaced is new again, though its hash was seen."""
    old = write_focus(tmp_path / "old.csv", [{"BilledCost": "1"}])
    new = write_focus(tmp_path / "new.csv", [{"BilledCost": "2"}])
    for path in (old, new, old):
        run(home, path)
    assert rows_of(home, 'SELECT "BilledCost" FROM charges') == [(Decimal(1),)]


def test_a_folder_with_strangers(tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    write_focus(folder / "bill.csv", [{}])
    (folder / "staff.csv").write_text("name,desk\nAda,4\n")
    (folder / "prose.csv").write_text("dear diary\n")
    report = run(home, folder)
    assert (report.charges, report.failed) == (1, False)
    assert [bool(file.skipped) for file in report.files] == [False, True, True]


def test_a_damaged_bill_in_a_folder_fails_and_the_rest_is_published(
    tmp_path: Path, home: Path
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    write_focus(folder / "good.csv", [{}])
    (folder / "cut.csv.gz").write_bytes(gzip.compress(csv_text([{}] * 999).encode())[:200])
    write_focus(folder / "lacking.csv", [{"BillingAccountId": ...}])
    report = run(home, folder)
    assert report.failed
    assert report.charges == 1
    said = {Path(file.path).name: file.error for file in report.files}
    assert said["good.csv"] is None
    assert "truncated" in str(said["cut.csv.gz"])
    assert "lacks the columns BillingAccountId" in str(said["lacking.csv"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (csv_text([]).encode() or b"", "is empty"),
        (",".join(ROW).encode() + b"\n", "has a header but no rows"),
        (csv_text([{"EffectiveCost": ...}]).encode(), "lacks the columns EffectiveCost"),
        (csv_text([{"ServiceProviderName": ...}]).encode(), "ProviderName"),
        (b"name,desk\nAda,4\n", "no billing export that is known here"),
        (gzip.compress(csv_text([{}] * 20_000).encode())[:-20_00], "truncated"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_everything_as_it_was(
    content: bytes, words: str, tmp_path: Path, home: Path
) -> None:
    before = run(home, write_focus(tmp_path / "good.csv", [{}])).snapshot
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    report = run(home, path)
    assert report.failed
    assert words in str(report.files[0].error)
    assert report.snapshot == before
    assert rows_of(home, "SELECT count(*) FROM charges") == [(1,)]


def test_a_named_source_that_does_not_fit(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text("name,desk\nAda,4\n")
    report = ingest(load_settings(home), [path], source="focus")
    assert "lacks the columns BilledCost" in str(report.files[0].error)


def test_more_decimals_later_widen_the_column_without_rounding(tmp_path: Path, home: Path) -> None:
    august = {"BillingPeriodStart": "2026-08-01", "ChargePeriodStart": "2026-08-31"}
    run(home, write_focus(tmp_path / "a.csv", [{**august, "BilledCost": "1.25"}]))
    run(home, write_focus(tmp_path / "b.csv", [{"BilledCost": "0.000000000000000000001"}]))
    assert rows_of(home, 'SELECT sum("BilledCost") FROM charges') == [
        (Decimal("1.250000000000000000001"),)
    ]


@pytest.mark.parametrize(
    "tags",
    ["MAP {'team': 'ads'}", "[{'key': 'team', 'value': 'ads'}]", """'{"team": "ads"}'"""],
)
def test_parquet_with_native_types(tags: str, tmp_path: Path, home: Path) -> None:
    """Costs as DOUBLE are read by their shortest text; times and maps as they are."""
    path = tmp_path / "bill.parquet"
    duckdb.execute(
        f"""COPY (SELECT 0.1::DOUBLE + 0.2::DOUBLE AS BilledCost, 0.1::DOUBLE AS EffectiveCost,
        'acct' AS BillingAccountId, 'USD' AS BillingCurrency, 'Usage' AS ChargeCategory,
        TIMESTAMP '2026-09-01' AS BillingPeriodStart, TIMESTAMP '2026-10-01' AS BillingPeriodEnd,
        TIMESTAMPTZ '2026-09-03 02:00:00+02' AS ChargePeriodStart,
        DATE '2026-09-04' AS ChargePeriodEnd, 'S3' AS ServiceName, 'AWS' AS ProviderName,
        {tags} AS Tags) TO '{path}'"""
    )
    report = run(home, path)
    assert (report.charges, report.rejected) == (1, 0), report.as_dict()
    found = rows_of(
        home,
        """SELECT "BilledCost", "EffectiveCost", "ChargePeriodStart"::VARCHAR, "Tags"['team'],
        "ServiceProviderName" FROM charges""",
    )
    # 0.1 + 0.2 in binary is 0.30000000000000004: that is what the file holds.
    assert found == [
        (Decimal("0.30000000000000004"), Decimal("0.1"), "2026-09-03 00:00:00", "ads", "AWS")
    ]


TAXONOMY = """
keys:
  team: {layer: business, required: true, values: [ads, search]}
"""


def test_refresh_applies_a_changed_taxonomy(tmp_path: Path, home: Path) -> None:
    run(home, write_focus(tmp_path / "a.csv", [{"Tags": {"Team": "ADS"}}]))
    before = open_warehouse(load_settings(home)).current()
    (home / "taxonomy.yaml").write_text(TAXONOMY)
    info = refresh_taxonomy(load_settings(home))
    assert before
    assert info.taxonomy_digest != before.taxonomy_digest
    assert rows_of(home, 'SELECT "x_team", sum("BilledCost") FROM charges GROUP BY 1') == [
        ("ads", Decimal(1))
    ]
    assert refresh_taxonomy(load_settings(home)).id == info.id


def test_an_ingest_after_the_taxonomy_changed_promotes_old_charges_too(
    tmp_path: Path, home: Path
) -> None:
    august = {"BillingPeriodStart": "2026-08-01", "ChargePeriodStart": "2026-08-31"}
    run(home, write_focus(tmp_path / "a.csv", [{**august, "Tags": {"team": "ADS"}}]))
    (home / "taxonomy.yaml").write_text(TAXONOMY)
    run(home, write_focus(tmp_path / "b.csv", [{"Tags": {"team": "search"}}]))
    assert rows_of(home, 'SELECT "x_team" FROM charges ORDER BY 1') == [("ads",), ("search",)]


def test_refresh_without_data(home: Path) -> None:
    with pytest.raises(SnapshotError, match="no data yet"):
        refresh_taxonomy(load_settings(home))


def test_the_report_is_json(tmp_path: Path, home: Path) -> None:
    report = run(home, write_focus(tmp_path / "a.csv", [{"BilledCost": "0.1"}]))
    document = json.loads(json.dumps(report.as_dict()))
    assert document["files"][0]["totals"] == [
        {"currency": "USD", "charges": 1, "billed": "0.10", "effective": "1.00"}
    ]


def test_misread_quoting_is_an_error_not_a_guess(tmp_path: Path, home: Path) -> None:
    """A quote that is never closed swallows the rest of the file: nothing of it is taken."""
    text = csv_text([{}, {}, {}]).replace("Acme", '"Acme', 1)
    path = tmp_path / "bill.csv"
    path.write_text(text)
    report = run(home, path)
    assert report.charges == 0
    assert report.failed
