"""The tool ``allocate_costs``, the verb ``rules check`` and the FOCUS export of divided charges."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sample_home import charge, many, sample, tool_result
from tagwright.api import MisuseError, UnknownNameError
from tagwright.config import Settings
from tagwright.receipts import replay
from tagwright_agent.cli import main

RULES = """
rules:
  - id: network
    match: [{dimension: service_name, values: [Network]}]
    by: direct
    to: [team]
    kind: overhead
  - id: rest
    match: [{dimension: team, op: is_null}]
    by: tokens
    to: [team]
"""
ROWS = [
    charge("30", ServiceName="Amazon EC2", Tags={"team": "ads"}),
    charge("10", ServiceName="Amazon S3", Tags={"team": "search"}),
    charge("1.01", ServiceName="Network"),
    charge("5", ServiceName="Amazon Bedrock"),
]


@pytest.fixture
def books(home: Path) -> Settings:
    (home / "allocation.yaml").write_text(RULES)
    return sample(home, ROWS)


def allocated(books: Settings, **arguments: Any) -> Any:
    return tool_result(books, "allocate_costs", {"dimension": "team", **arguments})


def test_rows_add_up_to_the_charges_and_nobody_is_a_row(books: Settings) -> None:
    result = allocated(books)
    assert [tuple(row.values()) for row in result.rows] == [
        ("ads", "direct", "tags", "USD", "30.00", "0.652032", "0.750000"),
        ("search", "direct", "tags", "USD", "10.00", "0.217344", "0.250000"),
        ("ads", "overhead", "direct", "network", "USD", "0.76", "0.016518", "0.752475"),
        ("search", "overhead", "direct", "network", "USD", "0.25", "0.005434", "0.247525"),
        (None, "unallocated", "none", "rest", "USD", "5.00", "0.108672", "1.000000"),
    ]
    assert result.totals == [{"currency": "USD", "effective_cost": "46.01"}]
    assert "Rule rest: no telemetry to divide by on 1 day (2026-09-01): 5.00 USD unallocated." in (
        result.notes
    )


def test_what_nobody_bears_is_shown_whatever_the_limit(books: Settings) -> None:
    result = allocated(books, limit=2)
    assert [(row["target"], row["kind"]) for row in result.rows] == [
        ("ads", "direct"),
        (None, "unallocated"),
    ]
    assert result.row_count == 5
    assert [row["kind"] for row in allocated(books, limit=1).rows] == ["unallocated"]


def test_nothing_unallocated_is_said_too(home: Path) -> None:
    [row, nobody] = allocated(sample(home, ROWS[:1])).rows
    assert row["share"] == "1.000000"
    assert nobody == {
        "target": None, "kind": "unallocated", "method": "none", "currency": "USD",
        "effective_cost": "0.00", "share": "0.000000", "kind_share": None,
    }  # fmt: skip


@pytest.mark.parametrize("basis", ["effective_cost", "billed_cost", "list_cost"])
def test_totals_are_those_of_the_charges(home: Path, basis: str) -> None:
    (home / "allocation.yaml").write_text(RULES)
    books = sample(home, many(300, seed=5))
    for filters in ([], [{"dimension": "service_name", "values": ["Amazon S3"]}]):
        for period in ("all", "2026-08", "2026-07-10/2026-08-20"):
            asked = {"filters": filters, "period": period}
            costs = tool_result(books, "query_costs", {"metric": basis, **asked})
            result = allocated(books, cost_basis=basis, limit=1000, **asked)
            assert result.totals == costs.totals
            for total in result.totals:
                rows = [row for row in result.rows if row["currency"] == total["currency"]]
                assert sum(Decimal(row[basis]) for row in rows) == Decimal(total[basis])


def test_the_receipt_gives_the_same_again(books: Settings) -> None:
    receipt = allocated(books).receipt
    (books.home / "allocation.yaml").write_text("rules: []")
    assert replay(receipt, books).status == "same"


def test_names_and_dimensions_nobody_knows(books: Settings) -> None:
    with pytest.raises(UnknownNameError, match="team"):
        allocated(books, dimension="taem")
    with pytest.raises(MisuseError, match="is none"):
        allocated(books, dimension="service_name")


def test_rules_check_explains_what_each_would_take(
    books: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rules", "check", "--period", "2026-09", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    [by_team] = document["dimensions"]
    steps = {step["rule"]: step for step in by_team["steps"]}
    assert (document["source"], by_team["dimension"]) == (
        str(books.home / "allocation.yaml"),
        "team",
    )
    assert steps["network"] == {
        "rule": "network", "by": "direct", "charges": 1, "targets": 2, "unallocated": [],
        "amounts": [{"currency": "USD", "amount": "1.01"}], "telemetry": None, "silent": None,
        "taken_before": {},
    }  # fmt: skip
    assert steps["rest"] == {
        "rule": "rest", "by": "tokens", "charges": 1, "targets": 0,
        "unallocated": [{"currency": "USD", "amount": "5.00"}],
        "amounts": [{"currency": "USD", "amount": "5.00"}], "telemetry": 0, "silent": 0,
        "taken_before": {"network": 1},
    }  # fmt: skip


def test_rules_check_fits_a_terminal(books: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "check", "--period", "2026-09"]) == 0
    out = capsys.readouterr().out
    assert max(len(line) for line in out.splitlines() if not line.startswith("Rules of")) <= 100
    assert "rest: 1 charge that it fits goes to network, which comes first." in out
    assert main(["rules", "check", "--dimension", "nobody"]) == 2


def test_without_rules_that_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample(home, ROWS)
    assert main(["rules", "check", "--period", "2026-09"]) == 0
    assert "No rule divides anything" in capsys.readouterr().out


def test_the_focus_export_holds_a_row_for_each_target(
    books: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = ["report", "focus", "--period", "2026-09", "--allocate", "team", "--out", str(out)]
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"], found["totals"][0]["effective"]) == (5, "46.01")
    with Path(found["path"]).open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["AllocatedMethodId"]]
    assert [
        (row["AllocatedMethodId"], row["AllocatedResourceId"], row["AllocatedTags"],
         json.loads(row["AllocatedMethodDetails"]), Decimal(row["BilledCost"]))
        for row in sorted(rows, key=lambda row: row["AllocatedResourceId"])
    ] == [
        ("direct:network", "ads", '{"team":"ads"}',
         {"Elements": [{"AllocatedRatio": 0.75}], "x_Kind": "overhead"}, Decimal("0.76")),
        ("direct:network", "search", '{"team":"search"}',
         {"Elements": [{"AllocatedRatio": 0.25}], "x_Kind": "overhead"}, Decimal("0.25")),
    ]  # fmt: skip
