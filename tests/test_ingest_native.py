"""Parquet read by its types is the same charges as the same rows read as text."""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from focus_files import ROW, write_focus
from tagwright.config import load_settings
from tagwright.ingest import IngestReport, ingest
from tagwright.ingest.native import measure_numbers, moment
from tagwright.warehouse import open_warehouse

MONEY = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
MOMENTS = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
ALL = "SELECT * EXCLUDE (x_source, x_file) FROM charges ORDER BY x_record"


def parquet(path: Path, rows: list[dict[str, Any]], money: str, when: str = "TIMESTAMP") -> Path:
    """The rows over ROW as Parquet with typed amounts, times and a map of tags."""
    full = [{**ROW, **row} for row in rows]
    columns = ", ".join(
        f"CAST({name} AS {money if name in MONEY else when if name in MOMENTS else 'VARCHAR'}) "
        f"AS {name}"
        for name in ROW
        if name != "Tags"
    )
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        names = ", ".join(f"{name} VARCHAR" for name in ROW if name != "Tags")
        con.execute(f"CREATE TABLE t ({names}, Tags MAP(VARCHAR, VARCHAR))")
        con.executemany(
            f"INSERT INTO t VALUES ({', '.join('?' * len(ROW))})",
            [[row[name] or None for name in ROW] for row in full],
        )
        con.execute(f"COPY (SELECT {columns}, Tags FROM t) TO '{path}' (FORMAT parquet)")
    return path


def loaded(home: Path, path: Path) -> tuple[IngestReport, Any]:
    report = ingest(load_settings(home), [path])
    with open_warehouse(load_settings(home)).open() as snapshot:
        return report, snapshot.query(ALL)


AMOUNT = st.decimals(min_value=-9999, max_value=9999, places=6)


@pytest.mark.slow  # each example builds two snapshots
@settings(max_examples=examples(8), deadline=None)
@given(
    amounts=st.lists(AMOUNT, min_size=1, max_size=6),
    kind=st.sampled_from(["DECIMAL(18,6)", "DECIMAL(20,10)", "DECIMAL(38,18)", "DOUBLE"]),
    when=st.sampled_from(["TIMESTAMP", "TIMESTAMPTZ", "DATE"]),
    team=st.sampled_from([None, "search", " Search ", "NULL"]),
)
def test_types_or_text(amounts: list[Decimal], kind: str, when: str, team: str | None) -> None:
    rows = [
        {"BilledCost": str(amount), "Tags": {"team": team} if team else None} for amount in amounts
    ]
    with TemporaryDirectory() as name:
        folder = Path(name)
        _, typed = loaded(folder / "a", parquet(folder / "t.parquet", rows, kind, when))
        _, text = loaded(folder / "b", write_focus(folder / "t.csv", rows))
    assert typed.columns == text.columns
    assert typed.rows == text.rows


@pytest.mark.parametrize(
    ("kind", "amounts", "native"),
    [
        ("DECIMAL(38,18)", ["1.5", "-0.25"], (2, 1.75)),  # the digits that are there, not 18
        ("DECIMAL(20,0)", ["70", "5"], (0, 75.0)),
        ("BIGINT", ["70", "5"], (0, 75.0)),
        ("DOUBLE", ["0.1", "0.25"], (2, 0.35)),
        ("DOUBLE", ["0.1", "NULL"], (1, 0.1)),
        ("DOUBLE", ["0.1", "'nan'"], None),
        ("DOUBLE", ["0.1", "'inf'"], None),
        ("DOUBLE", ["123456789012345.25", "0.125"], None),  # 18 digits: by its shortest text
        ("DECIMAL(38,2)", ["100000000000000000000", "1"], None),  # 10^20: rejected, by text
        ("FLOAT", ["0.1"], None),
        ("VARCHAR", ["0.1"], None),
    ],
)
def test_what_is_taken_as_it_is(
    kind: str, amounts: list[str], native: tuple[int, float] | None
) -> None:
    values = ", ".join(f"(CAST({amount} AS {kind}))" for amount in amounts)
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t AS SELECT * FROM (VALUES {values}) AS v(x)")
        found = measure_numbers(con, "t", {"BilledCost": ('"x"', kind)})
    if native is None:
        assert found == {}
    else:
        need = found["BilledCost"].need
        assert need.decimals == native[0]
        assert math.isclose(need.total, native[1])


def test_a_guess_from_the_first_rows_is_proven_over_all() -> None:
    """Twenty thousand whole amounts, then one with three decimals: it goes by text."""
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE t AS SELECT CAST(1 AS DECIMAL(18, 3)) AS x FROM range(20000) "
            "UNION ALL SELECT 0.125"
        )
        assert measure_numbers(con, "t", {"BilledCost": ('"x"', "DECIMAL(18,3)")}) == {}


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        ("DATE", 'CAST("x" AS TIMESTAMP)'),
        ("TIMESTAMP_NS", 'CAST("x" AS TIMESTAMP)'),
        ("TIMESTAMP WITH TIME ZONE", "timezone('UTC', \"x\")"),
        ("VARCHAR", None),
        ("TIME", None),
    ],
)
def test_times(kind: str, sql: str | None) -> None:
    assert moment('"x"', kind) == sql


def test_faults_of_typed_rows(home: Path, tmp_path: Path) -> None:
    """Row 2 has no amount, row 3 no end, row 4 a placeholder date; row 5 is whole."""
    rows = [
        {},
        {"BilledCost": None},
        {"ChargePeriodEnd": "infinity"},
        {"ChargePeriodStart": "9999-12-31"},
        {"BilledCost": "2.5"},
    ]
    report, stored = loaded(home, parquet(tmp_path / "t.parquet", rows, "DECIMAL(20,10)"))
    [file] = report.files
    assert [(item["line"], item["reason"]) for item in file.examples] == [
        (2, "BilledCost: missing"),
        (3, "ChargePeriodEnd: not a date"),
        (4, "ChargePeriodStart: not a date between 1990 and 2100"),
    ]
    assert [total.billed for total in file.totals] == [Decimal("3.5")]
    assert len(stored.rows) == 2
