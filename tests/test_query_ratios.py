"""Savings, ratios, thresholds and run rates of query_costs, held against the rows."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from sample_home import charge, context, sample, tool_result
from tagwright.config import Settings
from tagwright.errors import MisuseError, UnknownNameError
from tagwright.metrics import Having
from tagwright.receipts import replay, run_tool
from tagwright.registry import load_registry
from tagwright.results import ToolResult

USED = {"CommitmentDiscountId": "sp-1", "CommitmentDiscountStatus": "Used",
        "CommitmentDiscountCategory": "Spend", "CommitmentDiscountType": "SP",
        "PricingCategory": "Committed"}  # fmt: skip
ROWS = [
    # list 10, contracted 9, effective 6, used; list 10, contracted 10, effective 10, standard
    charge("6", "2026-09-01", ServiceName="EC2", ListCost="10", ContractedCost="9", **USED),
    charge("10", "2026-09-02", ServiceName="EC2", ListCost="10", ContractedCost="10",
           PricingCategory="Standard"),
    # what of the commitment was not used, and its purchase
    charge("2", "2026-09-03", ServiceName="SP", ListCost="0", ContractedCost="0",
           **USED | {"CommitmentDiscountStatus": "Unused"}),
    charge("0", "2026-09-03", ServiceName="SP", ListCost="8", ContractedCost="8",
           ChargeCategory="Purchase", ChargeFrequency="Recurring"),
    # no list price is known: no saving either
    charge("4", "2026-09-04", ServiceName="API", ListCost="", ContractedCost="4",
           PricingCategory="Standard"),
    charge("5", "2026-08-01", ServiceName="EC2", ListCost="10", ContractedCost="10",
           PricingCategory="Standard"),
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return sample(tmp_path_factory.mktemp("ratios"), ROWS)


def ask(home: Settings, **arguments: Any) -> ToolResult:
    with context(home) as ctx:
        return run_tool(load_registry(), "query_costs", {"period": "2026-09", **arguments}, ctx)


@pytest.mark.parametrize(
    ("metric", "whole"),
    [
        ("savings", "2"),  # (10-6) + (10-10) + (0-2); the purchase is no saving
        ("negotiated_savings", "1"),  # 10-9
        ("commitment_savings", "1"),  # (9-6) + (0-2)
        ("discounts", "2"),  # a synonym
    ],
)
def test_savings_are_of_usage_whose_prices_are_known(
    home: Settings, metric: str, whole: str
) -> None:
    result = ask(home, metric=metric)
    [total] = result.totals
    [name] = [key for key in total if key.endswith("savings")]
    assert Decimal(str(total[name])) == Decimal(whole)


def test_savings_by_group_have_none_where_no_list_price_is_known(home: Settings) -> None:
    rows = ask(home, metric="savings", group_by="service").rows
    assert {row["service_name"]: row["savings"] for row in rows} == {
        "EC2": "4.00", "SP": "-2.00", "API": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "value", "over", "under"),
    [
        ("effective_savings_rate", "0.100000", "2.00", "20.00"),
        ("commitment_utilization", "0.750000", "6.00", "8.00"),  # 6 of 6 + 2
        ("commitment_coverage", "0.391304", "9.00", "23.00"),  # 9 of 9 + 10 + 4
    ],
)
def test_a_ratio_is_of_the_sums(
    home: Settings, metric: str, value: str, over: str, under: str
) -> None:
    [total] = ask(home, metric=metric).totals
    assert [total[metric], *list(total.values())[2:]] == [value, over, under]


def test_a_ratio_by_group_is_null_where_there_is_nothing_to_divide_by(home: Settings) -> None:
    rows = ask(home, metric="esr", group_by="service").rows
    assert rows[0]["service_name"] == "EC2"
    assert {row["service_name"]: row["effective_savings_rate"] for row in rows} == {
        "EC2": "0.200000", "API": None, "SP": None,
    }  # fmt: skip


def test_a_ratio_against_another_period(home: Settings) -> None:
    """August: 5 of 10 saved. September: 2 of 20."""
    [total] = ask(home, metric="esr", compare_to="2026-08").totals
    assert total["previous_effective_savings_rate"] == "0.500000"
    assert total["change"] == "-0.40"


def test_prices_of_several_units_are_not_one(home: Settings) -> None:
    with pytest.raises(MisuseError, match="different units"):
        ask(home, metric="unit_price", group_by="service")


def test_the_price_of_a_unit(tmp_path: Path) -> None:
    """3 USD for 4 hours and 1 USD for 8: 0.75 and 0.125; together 4 for 12."""
    rows = [
        charge("3", ServiceName="a", ConsumedQuantity="4", ConsumedUnit="Hours"),
        charge("1", ServiceName="b", ConsumedQuantity="8", ConsumedUnit="Hours"),
    ]
    home = sample(tmp_path, rows)
    result = ask(home, metric="unit_price", group_by=["service", "consumed_unit"])
    assert [row["unit_price"] for row in result.rows] == ["0.75", "0.125"]
    assert [row["unit_price"] for row in result.totals] == ["0.333333333333"]


@pytest.mark.parametrize("tool", ["explain_change", "allocate_costs"])
def test_other_tools_say_that_a_ratio_has_no_place(home: Settings, tool: str) -> None:
    arguments = {"metric": "esr"} if tool == "explain_change" else {"cost_basis": "esr"}
    with (
        context(home) as ctx,
        pytest.raises((MisuseError, UnknownNameError)),
    ):
        run_tool(load_registry(), tool, {**arguments, "period": "2026-09"}, ctx)


def test_a_receipt_of_a_ratio_gives_the_same(home: Settings) -> None:
    result = ask(home, metric="esr", group_by="service", compare_to="2026-08", having=">0.1")
    assert replay(str(result.receipt), home).status == "same"
    assert [row["service_name"] for row in result.rows] == ["EC2"]


@pytest.mark.parametrize("more", [{}, {"compare_to": "2026-08"}, {"having": ">=2"}])
def test_tags_that_differ_by_case_alone_are_two(tmp_path: Path, more: dict[str, Any]) -> None:
    """To DuckDB they are one name of a column."""
    settings = sample(
        tmp_path,
        [
            charge("1.00", "2026-08-05", Tags={"Team": "a"}),
            charge("5.00", "2026-09-05", Tags={"Team": "a", "team": "b"}),
            charge("2.00", "2026-09-06", Tags={"team": "c"}),
        ],
    )
    arguments = {"group_by": ["tag:Team", "tag:team"], "period": "2026-09", **more}
    found = [
        (row["tag:Team"], row["tag:team"], row["effective_cost"])
        for row in tool_result(settings, "query_costs", arguments).rows
    ]
    gone = [("a", None, None)] if "compare_to" in more else []
    assert found == [("a", "b", "5.00"), (None, "c", "2.00"), *gone]


# --- thresholds ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "1000", "over 5", ">", "1..", ">1e9", ">> 1", "5..1..2"])
def test_what_is_no_threshold(text: str) -> None:
    with pytest.raises(MisuseError, match="no threshold"):
        Having.parse(text)


def test_a_threshold_needs_groups(home: Settings) -> None:
    with pytest.raises(MisuseError, match="group_by"):
        ask(home, having=">1")


FIGURES = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.decimals(-50, 50, places=2)), min_size=1, max_size=12
)
BOUNDS = st.sampled_from([">10", ">=10", "<10", "<=-3.5", "-5..10", ">-1", "10..-10"])


@pytest.mark.slow  # each example is ingested
@settings(deadline=None, max_examples=examples(20))
@given(figures=FIGURES, having=BOUNDS, compare=st.booleans())
def test_rows_are_those_that_hold_and_the_total_is_of_all(
    tmp_path_factory: pytest.TempPathFactory,
    figures: list[tuple[str, Decimal]],
    having: str,
    compare: bool,
) -> None:
    figures = [*figures, ("a", Decimal(10)), ("g", Decimal(10))]
    home = sample(
        tmp_path_factory.mktemp("having"),
        [charge(f"{amount:f}", "2026-09-01", ServiceName=name) for name, amount in figures]
        + [charge("1", "2026-08-01", ServiceName="a")],
    )
    sums: dict[str, Decimal] = {}
    for name, amount in figures:
        sums[name] = sums.get(name, Decimal(0)) + amount
    wanted = {name: amount for name, amount in sums.items() if Having.parse(having).holds(amount)}
    more = {"compare_to": "2026-08"} if compare else {}
    result = ask(home, group_by="service", having=having, limit=3, **more)
    assert result.row_count == len(wanted)
    found = {row["service_name"]: Decimal(str(row["effective_cost"])) for row in result.rows}
    assert found.items() <= wanted.items()
    assert len(found) == min(3, len(wanted))
    assert Decimal(str(result.totals[0]["effective_cost"])) == sum(sums.values())
    kept = result.details["kept"]
    assert sum(row["rows"] for row in kept) == len(wanted)
    assert sum(Decimal(row["effective_cost"]) for row in kept) == sum(wanted.values())


def test_what_a_threshold_keeps_is_summed_exactly_or_not_at_all(tmp_path: Path) -> None:
    """31 digits, where Python's decimals round at 28; a resource in two groups is one resource."""
    large = "1234567890123456789.123456789012"
    settings = sample(
        tmp_path,
        [
            charge(large, "2026-09-05", ServiceName="a", ResourceId="i-1"),
            charge("1.00", "2026-09-06", ServiceName="b", ResourceId="i-1"),
        ],
    )
    arguments = {"group_by": ["service_name"], "having": ">=1"}
    kept = tool_result(settings, "query_costs", arguments).details["kept"]
    total = "1234567890123456790.123456789012"
    assert kept == [{"currency": "USD", "rows": 2, "effective_cost": total}]
    of_resources = {**arguments, "metric": "resource_count"}
    assert tool_result(settings, "query_costs", of_resources).details["kept"] == [{"rows": 2}]


# --- run rate -----------------------------------------------------------------------------------


def test_the_run_rate_of_a_month_that_is_not_over(tmp_path: Path) -> None:
    """3 USD in the first 14 of 30 days: 3 / 14 * 30."""
    settings = sample(tmp_path, [charge("1"), charge("2", "2026-09-14")])
    result = tool_result(settings, "query_costs", {"period": "2026-09"})
    assert result.details["run_rate"] == [
        {"currency": "USD", "run_rate": "6.428571429", "known_days": 14, "period_days": 30}
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        {"period": "2026-09-01/2026-09-15"},  # the data ends with it
        {"period": "all"},
        {"period": "2026-09", "compare_to": "2026-08"},
        {"period": "2026-09", "metric": "resource_count"},
        {"period": "2026-07-01/2026-10-01"},  # nothing is known of July
    ],
)
def test_no_run_rate_where_it_would_say_nothing(tmp_path: Path, arguments: dict[str, str]) -> None:
    rows = [charge("1", "2026-06-01"), charge("1", "2026-08-01"), charge("2", "2026-09-14")]
    result = tool_result(sample(tmp_path, rows), "query_costs", arguments)
    assert "run_rate" not in result.details
