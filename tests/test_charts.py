"""Which picture a result makes, and that its figures are the result's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charts import chart, series
from tagwright.blocks import Chart, summed
from tagwright.results import ToolResult
from tagwright_agent.charts import charts_of
from tagwright_agent.messages import ToolRun

MONTHS = {"start": "2026-09-01", "end": "2026-11-01", "label": "2026-09-01 to 2026-10-31"}
OCTOBER = {"start": "2026-10-01", "end": "2026-11-01", "label": "2026-10"}
SEPTEMBER = {"start": "2026-09-01", "end": "2026-10-01", "label": "2026-09"}


def call(tool: str, arguments: dict[str, Any], rows: list[dict[str, Any]], **more: Any) -> ToolRun:
    result = {
        "rows": rows, "totals": [], "details": {}, "period": MONTHS, "row_count": len(rows),
        "receipt": "rcp_1", **more,
    }  # fmt: skip
    return ToolRun(tool, arguments, ToolResult.model_validate(result))


def cost(currency: str = "USD", **row: Any) -> dict[str, Any]:
    amount = row.pop("amount")
    return {**row, "currency": currency, "effective_cost": amount, "share": "0.5"}


def figures(chart: Chart) -> dict[str, list[str | None]]:
    return {
        series.name: [None if value is None else str(value) for value in series.values]
        for series in chart.series
    }


def test_a_trend_has_its_days_in_order_and_a_gap_where_the_bill_has_none() -> None:
    [chart] = charts_of([
        call("query_costs", {"group_by": ["day"], "period": "2026-10"}, [
            cost(day="2026-10-04", amount="4.00"),
            cost(day="2026-10-01", amount="1.005"),
            cost(day="2026-10-02", amount="-2.00"),
        ], period=OCTOBER)
    ])  # fmt: skip
    assert chart.kind == "trend"
    assert chart.title == "Effective cost by day, October 2026"
    assert chart.unit == "USD"
    assert chart.labels == ("2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04")
    assert figures(chart) == {"": ["1.005", "-2.00", None, "4.00"]}
    assert chart.receipt == "rcp_1"


def test_groups_over_time_are_stacked_and_the_smallest_are_one() -> None:
    rows = [
        cost(month=month, team=team, amount=amount)
        for month in ("2026-09", "2026-10")
        for team, amount in (
            ("a", "70.00"), ("b", "60.00"), ("c", "50.00"), ("d", "40.00"), ("e", "30.00"),
            ("f", "2.00"), (None, "1.00"),
        )
    ]  # fmt: skip
    [chart] = charts_of([call("query_costs", {"group_by": ["team", "month"]}, rows)])
    assert chart.kind == "stack"
    assert list(figures(chart)) == ["a", "b", "c", "d", "e", "(2 others)"]
    assert figures(chart)["(2 others)"] == ["3.00", "3.00"]
    assert chart.total(0) == Decimal("253.00")


def test_groups_by_size_end_with_what_the_total_has_besides() -> None:
    [chart] = charts_of([
        call(
            "query_costs", {"group_by": ["service_name"], "limit": 2},
            [cost(service_name="X", amount="60.00"), cost(service_name="Y", amount="30.00")],
            totals=[{"currency": "USD", "effective_cost": "100.00"}], row_count=9,
        )
    ])  # fmt: skip
    assert chart.kind == "ranked"
    assert chart.labels == ("X", "Y", "(others)")
    assert figures(chart) == {"": ["60.00", "30.00", "10.00"]}


def test_two_currencies_make_two_pictures_and_are_never_added() -> None:
    rows = [
        cost(month="2026-09", amount="5.00"), cost(month="2026-10", amount="6.00"),
        cost("EUR", month="2026-09", amount="1.00"), cost("EUR", month="2026-10", amount="2.00"),
    ]  # fmt: skip
    found = charts_of([call("query_costs", {"group_by": ["month"]}, rows)])
    assert [(chart.unit, figures(chart)[""]) for chart in found] == [
        ("USD", ["5.00", "6.00"]),
        ("EUR", ["1.00", "2.00"]),
    ]


def test_a_change_walks_from_one_total_to_the_other() -> None:
    rows = [
        {"dimension": "service_name", "value": "X", "currency": "USD", "change": "30.00"},
        {"dimension": "service_name", "value": "Y", "currency": "USD", "change": "-5.00"},
        {"dimension": "team", "value": "a", "currency": "USD", "change": "26.00"},
    ]
    [chart] = charts_of([
        call(
            "explain_change", {"period": "2026-10"}, rows, period=OCTOBER,
            totals=[{"currency": "USD", "before": "100.00", "after": "126.00"}],
            details={"by": ["service_name", "team"], "compared_to": SEPTEMBER},
        )
    ])  # fmt: skip
    assert chart.title == "Effective cost, September 2026 to October 2026 by service"
    assert chart.labels == ("September 2026", "X", "Y", "(others)", "October 2026")
    assert figures(chart) == {"": ["100.00", "30.00", "-5.00", "1.00", "126.00"]}
    assert [stop for _, stop in chart.steps()] == [100, 130, 125, 126, 126]


def test_gaps_of_coverage_are_a_pareto() -> None:
    rows: list[dict[str, Any]] = [
        {
            "service_name": name,
            "key": "all",
            "currency": "USD",
            "untagged": gap,
            "missing": "0.50",
            "invalid": "0.50",
        }
        for name, gap in (("X", "79.00"), ("Y", "14.00"), ("Z", "4.00"))
    ]
    totals = [
        {"key": "all", "currency": "USD", "untagged": "97.00", "missing": "1.50", "invalid": "1.50"}
    ]
    [chart] = charts_of([call("tag_coverage", {"group_by": ["service_name"]}, rows, totals=totals)])
    assert chart.kind == "pareto"
    assert figures(chart) == {"": ["80.00", "15.00", "5.00"]}
    assert chart.shares() == ["80.0%", "95.0%", "100.0%"]


def test_coverage_over_time_is_a_trend_in_percent() -> None:
    rows = [
        {"month": month, "key": "all", "currency": "USD", "coverage": ratio,
         "untagged": "1.00", "missing": "0.00", "invalid": "0.00"}
        for month, ratio in (("2026-10", "0.798"), ("2026-09", "0.759"))
    ]  # fmt: skip
    [chart] = charts_of([call("tag_coverage", {"group_by": ["month"]}, rows)])
    assert (chart.kind, chart.unit, chart.labels) == ("trend", "%", ("2026-09", "2026-10"))
    assert [chart.figure(value) for value in chart.series[0].values] == ["75.9%", "79.8%"]


def test_kinds_of_allocated_charges_are_added_up_by_target() -> None:
    rows: list[dict[str, Any]] = [
        {"target": "a", "kind": "direct", "currency": "USD", "effective_cost": "60.00"},
        {"target": "b", "kind": "direct", "currency": "USD", "effective_cost": "25.00"},
        {"target": "a", "kind": "shared", "currency": "USD", "effective_cost": "10.00"},
        {"target": None, "kind": "unallocated", "currency": "USD", "effective_cost": "5.00"},
    ]
    [chart] = charts_of([
        call(
            "allocate_costs", {"dimension": "team"}, rows,
            totals=[{"currency": "USD", "effective_cost": "100.00"}],
            details={"dimension": "team", "cost_basis": "effective_cost"},
        )
    ])  # fmt: skip
    assert chart.labels == ("a", "b", "(unallocated)")
    assert figures(chart) == {"": ["70.00", "25.00", "5.00"]}


def test_prices_of_tokens_are_ranked_and_never_added_up() -> None:
    rows = [
        {"model": name, "currency": "USD", "cost_per_million_tokens": price}
        for name, price in (("m1", "2.50"), ("m2", "15.00"))
    ]
    [chart] = charts_of([call("unit_costs", {"group_by": ["x_ai_model_id"]}, rows, row_count=3)])
    assert chart.title.startswith("Priced cost per 1M tokens by model")
    assert chart.labels == ("m2", "m1")
    assert chart.notes == ("1 row of the result is not drawn.",)


def test_it_is_said_how_many_bars_have_no_room() -> None:
    rows = [
        {"model": f"m{at}", "currency": "USD", "cost_per_million_tokens": f"{at}.00"}
        for at in range(1, 16)
    ]
    [chart] = charts_of([call("unit_costs", {"group_by": ["model"]}, rows)])
    assert (len(chart.labels), chart.labels[0]) == (12, "m15")
    assert chart.notes == ("3 rows of the result are not drawn.",)


@pytest.mark.parametrize(
    ("calls", "why"),
    [
        ([], "nothing was called"),
        ([ToolRun("query_costs", {}, None, "It failed.")], "the call failed"),
        ([call("query_costs", {}, [cost(amount="5.00")])], "one total"),
        ([call("query_costs", {"group_by": ["team"]}, [cost(team="a", amount="5.00")])], "one bar"),
        ([call("get_plan", {}, [{"plan": "p1"}, {"plan": "p2"}])], "no figures"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_makes_no_picture(calls: list[Any], why: str) -> None:
    assert charts_of(calls) == [], why


def test_the_last_call_that_can_be_drawn_is_drawn() -> None:
    first = call("query_costs", {"group_by": ["team"]},
                 [cost(team="a", amount="1.00"), cost(team="b", amount="2.00")])  # fmt: skip
    last = call("describe_data", {}, [{"value": "x"}])
    [chart] = charts_of([first, last])
    assert chart.labels == ("a", "b")


def test_names_of_the_bill_are_shown_whole_or_cut_and_never_as_control_characters() -> None:
    rows = [cost(team="a\x1b[31m*b*", amount="2.00"), cost(team="x" * 300, amount="1.00")]
    [chart] = charts_of([call("query_costs", {"group_by": ["team"]}, rows)])
    assert chart.labels[0] == "a\\u001b[31m*b*"
    assert len(chart.labels[1]) == 48


def test_a_series_must_be_as_long_as_the_labels() -> None:
    with pytest.raises(ValueError, match="one value for each label"):
        chart("trend", ("a", "b"), series("", (Decimal(1),)))


MONEY = st.decimals(min_value=-(10**12), max_value=10**12, places=9)


@given(st.dictionaries(st.tuples(st.sampled_from("abcdefghijk"), st.integers(1, 4)), MONEY,
                       min_size=1))  # fmt: skip
def test_a_stack_holds_exactly_what_the_rows_hold(cells: dict[tuple[str, int], Decimal]) -> None:
    rows = [
        cost(team=team, month=f"2026-0{month}", amount=format(amount, "f"))
        for (team, month), amount in cells.items()
    ]
    for made in charts_of([call("query_costs", {"group_by": ["month", "team"]}, rows)]):
        drawn = [made.total(index) or Decimal(0) for index in range(len(made.labels))]
        assert summed(drawn) == summed(cells.values())


@given(st.lists(MONEY, min_size=2, max_size=20), MONEY)
def test_a_ranking_holds_exactly_its_total(amounts: list[Decimal], rest: Decimal) -> None:
    rows = [cost(team=f"t{at}", amount=format(value, "f")) for at, value in enumerate(amounts)]
    whole = summed([*amounts, rest])
    totals = [{"currency": "USD", "effective_cost": format(whole, "f")}]
    for made in charts_of([call("query_costs", {"group_by": ["team"]}, rows, totals=totals)]):
        assert summed(value for value in made.series[0].values if value is not None) == whole


@pytest.mark.parametrize(
    ("tool", "arguments", "rows", "label"),
    [
        ("query_costs", {"group_by": ["sub_account_id"]},
         [cost(sub_account_id=name, amount="7.00") for name in ("1", "2")],
         "shop-prod (1)"),
        ("query_costs", {"group_by": ["sub_account_id", "month"]},
         [cost(sub_account_id="1", month=month, amount="7.00") for month in ("2026-09", "2026-10")],
         "shop-prod (1)"),
    ],
)  # fmt: skip
def test_an_account_is_labelled_by_name_and_id(
    tool: str, arguments: dict[str, Any], rows: list[dict[str, Any]], label: str
) -> None:
    names = {"names": {"sub_account_id": {"1": "shop-prod"}}}
    [chart] = charts_of([call(tool, arguments, rows, details=names)])
    assert label in (*chart.labels, *figures(chart))
