"""``run_sql`` by the door everybody uses."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from effort import examples
from sample_home import charge, context, load, many, sample, tool_result
from tagwright.errors import BusyError, MisuseError, SnapshotError
from tagwright.free_sql import ask
from tagwright.receipts import replay
from tagwright.registry import load_registry

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings

pytestmark = pytest.mark.slow  # a worker is started, for a third of a second

USD = {"BillingCurrency": "USD", "ServiceName": "Amazon EC2"}
EUR = {"BillingCurrency": "EUR", "ServiceName": "OpenAI"}


@pytest.fixture
def settings(home: Path) -> Settings:
    """EC2 for 1.25 and 0.00000000001 USD, OpenAI for 3 EUR."""
    least = charge("0.00000000001", "2026-09-02", **USD)
    return sample(home, [charge("1.25", **USD), least, charge("3", **EUR)])


def test_amounts_are_exact_and_the_statement_is_shown(settings: Settings) -> None:
    sql = (
        'SELECT "ServiceName" AS service, "BillingCurrency" AS currency, '
        'SUM("EffectiveCost") AS effective_cost FROM charges GROUP BY ALL ORDER BY 3'
    )
    result = tool_result(settings, "run_sql", {"sql": sql})
    assert result.rows == [
        {"service": "Amazon EC2", "currency": "USD", "effective_cost": "1.25000000001"},
        {"service": "OpenAI", "currency": "EUR", "effective_cost": "3.00"},
    ]
    assert (result.totals, result.period, result.currency) == ([], None, None)
    assert (result.row_count, result.notes) == (2, [])
    assert result.details == {"sql": sql}


def test_limit_leaves_rows_out_but_counts_them(settings: Settings) -> None:
    result = tool_result(
        settings, "run_sql", {"sql": 'SELECT "EffectiveCost" c FROM charges ORDER BY c', "limit": 1}
    )
    assert result.rows == [{"c": "0.00000000001"}]
    assert result.row_count == 3


def test_a_bare_sum_over_two_currencies_says_so(settings: Settings) -> None:
    result = tool_result(settings, "run_sql", {"sql": 'SELECT SUM("EffectiveCost") s FROM charges'})
    assert result.rows == [{"s": "4.25000000001"}]
    assert result.currency is None
    (note,) = result.notes
    assert note == (
        "The data has 2 currencies (EUR, USD): a figure that is neither grouped nor filtered by "
        "currency mixes them."
    )


def test_the_one_currency_is_named(home: Path) -> None:
    settings = sample(home, [charge("1", **USD)])
    arguments = {"sql": 'SELECT SUM("BilledCost") s FROM charges'}
    result = tool_result(settings, "run_sql", arguments)
    assert (result.currency, result.notes) == ("USD", [])
    assert tool_result(settings, "run_sql", {"sql": "SELECT 1"}).currency is None


def test_rows_say_their_currency_as_those_of_other_tools_do(settings: Settings) -> None:
    sql = 'SELECT "BillingCurrency", MAX("ListCost") AS c FROM charges GROUP BY 1 ORDER BY 1'
    result = tool_result(settings, "run_sql", {"sql": sql})
    assert result.rows == [{"currency": "EUR", "c": "3.00"}, {"currency": "USD", "c": "1.25"}]
    both = sql.replace("MAX", "MIN(1) AS currency, MAX")
    assert "BillingCurrency" in tool_result(settings, "run_sql", {"sql": both}).rows[0]


def test_floats_are_named_as_such(settings: Settings) -> None:
    result = tool_result(settings, "run_sql", {"sql": "SELECT 1 / 4 AS q, 0.5 AS d"})
    assert result.rows == [{"q": "0.25", "d": "0.50"}]
    assert result.notes == [
        "No table was read: every value stands in the statement itself.",
        "Approximate, for it was computed in floating point: q.",
    ]


def test_without_rows_the_columns_are_listed(settings: Settings) -> None:
    result = tool_result(settings, "run_sql", {"sql": "SELECT * FROM charges LIMIT 0"})
    assert result.rows == []
    assert result.details["columns"]["ServiceName"] == "VARCHAR"
    assert result.details["columns"]["EffectiveCost"].startswith("DECIMAL")
    assert result.details["columns"]["Tags"] == "MAP(VARCHAR, VARCHAR)"


def test_columns_of_one_name_are_told_apart(settings: Settings) -> None:
    result = tool_result(settings, "run_sql", {"sql": "SELECT 1 AS a, 2 AS a, 3 AS a_2"})
    assert result.rows == [{"a": 1, "a_2": 2, "a_2_2": 3}]


def test_hidden_characters_are_spelled_out(settings: Settings) -> None:
    result = tool_result(settings, "run_sql", {"sql": "SELECT 'a\u202eb\x1b[31m' AS \"x\u200b\""})
    assert result.rows == [{"x\\u200b": "a\\u202eb\\u001b[31m"}]


def test_every_table_that_is_named_can_be_asked(settings: Settings) -> None:
    with pytest.raises(MisuseError, match="There is no table 'nope'") as caught:
        tool_result(settings, "run_sql", {"sql": "SELECT * FROM nope"})
    names = str(caught.value).rpartition("Tables: ")[2].rstrip(".").split(", ")
    assert {"charges", "usage", "rollup_ai", "rollup_resource"} <= set(names)
    assert not {"files", "rejects", "snapshot_meta"} & set(names)
    for name in names:
        tool_result(settings, "run_sql", {"sql": f"SELECT COUNT(*) FROM {name}"})


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT nope FROM charges", 'Referenced column "nope" not found'),
        ("SELECT path FROM files", "There is no table 'files'"),
        ("SELECT 'a'::INTEGER", "Could not convert string 'a'"),
        ("SELECT * FROM 'snapshots/x.duckdb'", "There is no table"),
        ("SELEC 1", "That is not valid SQL: syntax error"),
        ("DROP TABLE charges", "Only one SELECT statement"),
        ("SELECT 1\x00; DROP TABLE charges", "a character that no text may hold"),
        ("SELECT '" + "x" * 1_000_000 + "'", "1,000,009 characters; 20,000 are allowed"),
        ("SELECT \ud800", "a character that no text may hold"),
    ],
    ids=lambda value: value[:24].encode("ascii", "replace").decode(),
)
def test_what_is_wrong_is_said_without_a_path(
    settings: Settings, home: Path, sql: str, says: str
) -> None:
    with pytest.raises(MisuseError) as caught:
        tool_result(settings, "run_sql", {"sql": sql})
    text = str(caught.value)
    assert says in text
    with context(settings) as ctx:
        names = [str(home), str(ctx.snapshot.info.path), ctx.snapshot.info.id]
    assert not any(name in text for name in names)
    assert len(text) < 700
    assert "\n" not in text


def test_a_statement_without_end_is_stopped(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask, "SECONDS", 1.0)
    endless = (
        "WITH RECURSIVE a AS (SELECT 1 x UNION ALL SELECT x + 1 FROM a) SELECT COUNT(*) FROM a"
    )
    with pytest.raises(BusyError, match="stopped after 1 second"):
        tool_result(settings, "run_sql", {"sql": endless})
    monkeypatch.undo()
    assert tool_result(settings, "run_sql", {"sql": "SELECT 1 AS a"}).rows == [{"a": 1}]


def test_no_data_yet(home: Path) -> None:
    from tagwright.config import load_settings

    with pytest.raises(SnapshotError, match="There is no data yet"):
        tool_result(load_settings(home), "run_sql", {"sql": "SELECT 1"})


# --- receipts -------------------------------------------------------------------------------------


def test_receipt_reproduces_and_says_what_changed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGWRIGHT_KEEP_SNAPSHOTS", "1")
    settings = sample(home, [charge("1.25", **USD)])
    arguments = {"sql": 'SELECT SUM("EffectiveCost") AS cost FROM charges', "limit": 5}
    receipt = tool_result(settings, "run_sql", arguments).receipt
    assert receipt is not None
    found = replay(receipt, settings)
    assert (found.status, found.statements, found.statements_differ) == ("same", 1, [])
    assert found.receipt["queries"][0]["free_limit"] == 5
    load(home, [charge("2", "2026-08-01", **USD)], name="more.csv")
    found = replay(receipt, settings)
    assert found.status == "changed"
    assert [(d.before, d.after) for d in found.rows] == [("1.25", "3.25")]


def test_a_forged_receipt_runs_nothing_that_is_not_allowed(settings: Settings) -> None:
    """Whoever can write the state store cannot make ``tagwright receipt`` read the files table."""
    receipt = tool_result(settings, "run_sql", {"sql": "SELECT 1 AS a"}).receipt
    with context(settings) as ctx:
        stored = ctx.state.load_receipt(receipt)
        stored["queries"][0]["sql"] = "SELECT path FROM files"
        stored["id"] = "rcp_forged"
        ctx.state.save_receipt(stored)
    found = replay("rcp_forged", settings)
    assert (found.status, found.statements_differ) == ("altered", [1])


# --- against the other tools ----------------------------------------------------------------------


def test_gives_what_query_costs_gives(home: Path) -> None:
    settings = sample(home, many(200))
    ours = tool_result(
        settings,
        "run_sql",
        {
            "sql": 'SELECT x_team AS team, "BillingCurrency" AS currency, SUM("EffectiveCost") AS '
            "effective_cost FROM charges GROUP BY ALL",
            "limit": 1000,
        },
    )
    theirs = tool_result(settings, "query_costs", {"group_by": ["team"], "limit": 1000})
    names = ("team", "currency", "effective_cost")
    rows = [{key: row[key] for key in names} for row in theirs.rows]
    assert sorted(ours.rows, key=str) == sorted(rows, key=str)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return sample(tmp_path_factory.mktemp("three") / "home", [charge("1.1", **USD)])


AMOUNTS = st.decimals(-(10**12), 10**12, places=12)


@hypothesis_settings(max_examples=examples(40), deadline=None)
@given(st.lists(AMOUNTS, min_size=1, max_size=20))
def test_sums_are_exact_whatever_the_amounts(three: Settings, amounts: list[Decimal]) -> None:
    values = ", ".join(f"({amount:f}::DECIMAL(38, 12))" for amount in amounts)
    result = tool_result(
        three, "run_sql", {"sql": f"SELECT SUM(a) AS s FROM (VALUES {values}) t(a)"}
    )
    (row,) = result.rows
    assert Decimal(str(row["s"])) == sum(amounts)
    assert "E" not in str(row["s"])


# --- what it costs to have it ---------------------------------------------------------------------


def test_definition_is_terse_and_says_that_nothing_is_changed() -> None:
    tool = load_registry().get("run_sql")
    definition = {"name": tool.name, "description": tool.description, "schema": tool.input_schema}
    assert len(json.dumps(definition, ensure_ascii=False)) < 500
    assert tool.effect == "read"


def test_nothing_is_started_or_loaded_before_the_first_call() -> None:
    program = (
        "import sys; from tagwright.registry import load_registry; load_registry()\n"
        "from tagwright.free_sql.pool import POOL\n"
        "print(POOL.pids(), {'duckdb', 'sqlglot', 'sqlalchemy'} & set(sys.modules))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert said.stdout.split("\n")[0] == "[] set()"
