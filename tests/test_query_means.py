"""Averages and a year at their rate, each against SQL over the charges."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from sample_home import charge, context, many, sample, temporary_home, tool_result
from tagwright.money import decimal_text
from tagwright.receipts import replay
from tagwright.render.model_text import model_text

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings
    from tagwright.results import ToolResult

ROWS = many(300)
PLACES = Decimal("1e-9")


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """July to September 2026, whole months, USD and EUR."""
    ends = [charge("0", day, BillingCurrency="USD") for day in ("2026-07-01", "2026-09-30")]
    return sample(tmp_path_factory.mktemp("means"), [*ROWS, *ends])


def ask(home: Settings, *groups: str, **arguments: Any) -> ToolResult:
    return tool_result(home, "query_costs", {"group_by": list(groups), **arguments})


def gold(home: Settings, sql: str) -> list[tuple[Any, ...]]:
    """Rows of SQL by hand over the charges, not over what the tool reads."""
    with context(home) as ctx:
        return [tuple(row) for row in ctx.snapshot.query(sql).rows]


def mean(value: Decimal, count: int) -> str:
    return decimal_text((value / count).quantize(PLACES))


# --- averages of groups -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grain", "times", "of"),
    [("day", 1, {"times": 92}), ("week", 7, {"days": 92}), ("month", 1, {"times": 3}),
     ("quarter", 1, {"times": 1}), ("year", 1, {"times": 1})],
)  # fmt: skip
def test_each_group_has_its_average(
    books: Settings, grain: str, times: int, of: dict[str, int]
) -> None:
    """Over all of the days that the data reaches, also those that the group has no charge on.

    A week is seven of them: few periods are of whole weeks.
    """
    [count] = of.values()
    wanted = gold(
        books,
        "SELECT ServiceName, BillingCurrency, SUM(EffectiveCost) AS cost FROM charges "
        "GROUP BY ALL ORDER BY cost DESC",
    )
    assert ask(books, grain, "service_name").details["averages"] == [
        {
            "service_name": service,
            "currency": currency,
            "effective_cost": decimal_text(cost),
            f"average_per_{grain}": mean(cost * times, count),
            **of,
        }
        for service, currency, cost in wanted
    ]


def test_averages_are_as_many_as_rows_may_be_and_of_all_groups(books: Settings) -> None:
    whole = ask(books, "day", "service_name", limit=1000).details["averages"]
    cut = ask(books, "day", "service_name", limit=2, offset=4)
    assert cut.details["averages"] == whole[:2]
    assert "Averages are shown of the first 2 groups." in cut.notes
    kept = ask(books, "day", "service_name", having="<90")
    assert kept.details["averages"] == whole
    assert not any(note.startswith("Averages") for note in kept.notes)
    least = ask(books, "day", "service_name", order="asc", limit=2)
    assert least.details["averages"] == whole[::-1][:2]


def test_averages_are_of_the_period_and_of_known_months(tmp_path: Path) -> None:
    """Nothing is known of August: 6 USD in July and September, in two months and 61 days."""
    rows = [
        charge("1", "2026-06-30"),
        charge("2", "2026-07-01", Tags={"team": "ads"}),
        charge("4", "2026-09-30", Tags={"team": "ads"}),
    ]
    home = sample(tmp_path, rows)
    result = ask(home, "month", "team", period="2026-Q3")
    [line] = result.details["averages"]
    assert (line["effective_cost"], line["average_per_month"], line["times"]) == ("6.00", "3.00", 2)
    [line] = ask(home, "day", "team", period="2026-Q3").details["averages"]
    assert line["times"] == 61


@pytest.mark.parametrize(
    ("groups", "more"),
    [
        (["month", "day", "service_name"], {}),
        (["month"], {}),
        (["service_name"], {}),
        (["month", "service_name"], {"metric": "resource_count"}),
        (["month", "service_name"], {"metric": "effective_savings_rate"}),
    ],
)
def test_no_averages_where_rows_are_not_by_one_time_and_more(
    books: Settings, groups: list[str], more: dict[str, Any]
) -> None:
    result = ask(books, *groups, **more)
    assert result.rows
    assert "averages" not in result.details


# --- the average of a dimension's values ------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 20])
def test_a_total_by_one_dimension_has_the_average_of_its_values(
    books: Settings, limit: int
) -> None:
    """Over all resources, whatever the page; what has none is told, and not in it."""
    wanted = gold(
        books,
        "SELECT BillingCurrency, SUM(EffectiveCost), COUNT(DISTINCT ResourceId), "
        "SUM(EffectiveCost) FILTER (ResourceId IS NOT NULL), "
        "SUM(EffectiveCost) FILTER (ResourceId IS NULL) FROM charges GROUP BY 1 ORDER BY 1",
    )
    assert ask(books, "resource_id", limit=limit).totals == [
        {
            "currency": currency,
            "effective_cost": decimal_text(whole),
            "average": mean(valued, values),
            "values": values,
            "not_in_average": decimal_text(without),
        }
        for currency, whole, values, valued, without in wanted
    ]


def test_the_average_is_of_what_is_filtered_and_all_groups(tmp_path: Path) -> None:
    """Two instances, 3 and 5; a bucket; a threshold that keeps one of them."""
    home = sample(
        tmp_path,
        [
            charge("1", ServiceName="Amazon EC2", ResourceId="i-1"),
            charge("2", ServiceName="Amazon EC2", ResourceId="i-1"),
            charge("5", ServiceName="Amazon EC2", ResourceId="i-2"),
            charge("9", ServiceName="Amazon S3", ResourceId="logs"),
        ],
    )
    only = [{"dimension": "service", "values": ["Amazon EC2"]}]
    for having in ("", ">4"):
        [total] = ask(home, "resource_id", filters=only, having=having).totals
        assert total == {
            "currency": "USD", "effective_cost": "8.00", "average": "4.00", "values": 2,
        }  # fmt: skip
    counted = ask(home, "resource_id", metric="charge_count", filters=only).totals
    assert counted == [{"charge_count": 3, "average": "1.50", "values": 2}]


def test_quantities_have_an_average_by_unit(books: Settings) -> None:
    wanted = gold(
        books,
        "SELECT ConsumedUnit, SUM(ConsumedQuantity), COUNT(DISTINCT SkuId) FROM charges "
        "WHERE ConsumedUnit IS NOT NULL GROUP BY 1 ORDER BY 1",
    )
    found = ask(books, "sku_id", "consumed_unit", metric="consumed_quantity").totals
    averages = {row["consumed_unit"]: (row.get("average"), row.get("values")) for row in found}
    assert {unit: averages[unit] for unit, *_ in wanted} == {
        unit: (mean(whole, values), values) for unit, whole, values in wanted
    }


@pytest.mark.parametrize(
    ("groups", "more"),
    [
        ([], {}),
        (["month"], {}),
        (["service", "region"], {}),
        (["service"], {"metric": "resource_count"}),
        (["service"], {"metric": "effective_savings_rate"}),
        (["service"], {"period": "2026-09", "compare_to": "2026-08"}),
        (["feature"], {}),  # no charge has a value of it
    ],
)
def test_no_average_of_values_where_there_is_none(
    books: Settings, groups: list[str], more: dict[str, Any]
) -> None:
    totals = ask(books, *groups, **more).totals
    assert totals
    assert all(not {"average", "values", "not_in_average"} & total.keys() for total in totals)


def test_a_text_for_models_grows_by_a_few_tokens(books: Settings) -> None:
    """Ten a currency, at four characters each."""
    result = ask(books, "service_name")
    without = [
        {name: value for name, value in total.items() if name not in ("average", "values")}
        for total in result.totals
    ]
    bare = model_text(result.model_copy(update={"totals": without}))
    assert "average" in model_text(result)
    assert len(model_text(result)) - len(bare) <= 2 * 4 * 10


# --- a year at this rate ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grain", "period", "times", "count"),
    [
        ("month", "all", 3, 12),
        ("month", "2026-08", 1, 12),
        ("quarter", "2026-Q3", 1, 4),
    ],
)
def test_what_a_year_comes_to(
    books: Settings, grain: str, period: str, times: int, count: int
) -> None:
    only = "WHERE ChargePeriodStart >= '2026-08-01' AND ChargePeriodStart < '2026-09-01'"
    wanted = gold(
        books,
        "SELECT BillingCurrency, SUM(EffectiveCost) FROM charges "
        f"{only if period == '2026-08' else ''} GROUP BY 1 ORDER BY 1",
    )
    totals = ask(books, grain, period=period).totals
    assert [(row["currency"], row["annual_run_rate"]) for row in totals] == [
        (currency, mean(cost * count, times)) for currency, cost in wanted
    ]


@pytest.mark.parametrize(
    ("groups", "more"),
    [
        (["day"], {}),
        (["week"], {}),
        (["year"], {}),
        (["month", "service"], {}),
        (["month"], {"period": "2026-07-15/2026-09-01"}),  # half of July
        (["quarter"], {"period": "2026-08"}),  # a month is no quarter
        (["month"], {"metric": "resource_count"}),
    ],
)
def test_no_year_of_what_is_no_whole_month(
    books: Settings, groups: list[str], more: dict[str, Any]
) -> None:
    totals = ask(books, *groups, **more).totals
    assert totals
    assert all("annual_run_rate" not in total for total in totals)


def test_no_year_of_a_month_that_is_not_over_or_lacks_a_bill(tmp_path: Path) -> None:
    """September ends on the 14th; OpenAI has no bill of August."""
    rows = [
        charge("31", "2026-07-01", ServiceProviderName="AWS"),
        charge("31", "2026-07-01", ServiceProviderName="OpenAI"),
        charge("31", "2026-08-01", ServiceProviderName="AWS"),
        charge("14", "2026-09-14", ServiceProviderName="AWS"),
        charge("14", "2026-09-14", ServiceProviderName="OpenAI"),
    ]
    home = sample(tmp_path, rows)

    def rate(period: str, *providers: str) -> Any:
        only = [{"dimension": "provider", "values": list(providers)}] if providers else []
        [total] = ask(home, "month", period=period, filters=only).totals
        return total.get("annual_run_rate")

    assert rate("2026-07") == "744.00"
    assert rate("2026-08") is None
    assert rate("2026-08", "AWS") == "372.00"
    assert rate("2026-09") is None
    assert rate("2026-07-01/2026-09-01", "AWS") == "372.00"


def test_large_amounts_are_exact(tmp_path: Path) -> None:
    """21 digits before the point and 9 after: Python's decimals round at 28."""
    large = "1234567890123456789.12"
    rows = [charge(large, "2026-09-01", ResourceId="i-1"), charge("0", "2026-09-30")]
    home = sample(tmp_path, rows)
    [total] = ask(home, "month").totals
    assert total["annual_run_rate"] == "14814814681481481469.44"
    assert total["average_per_month"] == large
    assert ask(home, "resource_id").totals[0]["average"] == large


def test_a_receipt_of_all_of_it_gives_the_same(books: Settings) -> None:
    for groups in (["day", "team"], ["resource_id"], ["month"]):
        result = ask(books, *groups, limit=3)
        assert replay(str(result.receipt), books).status == "same"


# --- any charges ------------------------------------------------------------------------------

Charge = tuple[Decimal, dt.date, str, str]
GRAINS = st.sampled_from(["day", "week", "month", "quarter", "year"])
CHARGES = st.lists(
    st.tuples(
        st.decimals("0.01", 500, places=4),
        st.dates(min_value=dt.date(2026, 7, 1),
                 max_value=dt.date(2026, 9, 30)),
        st.sampled_from(["a", "b", "c", ""]),
        st.sampled_from(["USD", "EUR"]),
    ),
    min_size=1,
    max_size=15,
)  # fmt: skip


def charged(charges: list[Charge]) -> list[dict[str, Any]]:
    return [
        charge(f"{cost:f}", day.isoformat(), ServiceName=name, BillingCurrency=currency)
        for cost, day, name, currency in charges
    ]


@pytest.mark.slow  # each example is ingested
@settings(deadline=None, max_examples=examples(20))
@given(charges=CHARGES, grain=GRAINS)
def test_averages_times_their_count_are_the_totals(charges: list[Charge], grain: str) -> None:
    with temporary_home(charged(charges)) as home:
        result = ask(home, grain, "service", limit=1000)
        alone = ask(home, grain, limit=1000)
        services = ask(home, "service", limit=1000)
    name = f"average_per_{grain}"
    sums: dict[Any, Decimal] = {}
    for line in result.details["averages"]:
        times = line["days"] / Decimal(7) if grain == "week" else line["times"]
        assert abs(Decimal(line[name]) * times - Decimal(line["effective_cost"])) <= PLACES * times
        sums[line["currency"]] = sums.get(line["currency"], Decimal(0)) + Decimal(line[name])
    assert sums.keys() == {total["currency"] for total in alone.totals}
    for total in alone.totals:
        assert abs(sums[total["currency"]] - Decimal(str(total[name]))) <= PLACES * 4
    for total in services.totals:
        values = int(str(total.get("values") or 0))
        valued = Decimal(str(total.get("average") or 0)) * values
        without = Decimal(str(total.get("not_in_average") or 0))
        if values:
            assert abs(valued + without - Decimal(str(total["effective_cost"]))) <= PLACES * values


def test_two_rows_of_a_currency_have_the_gap_between_them(home: Path) -> None:
    rows = [
        charge("1.10", ServiceName="s0"), charge("3.35", ServiceName="s1"),
        charge("9", ServiceName="s1", BillingCurrency="EUR"),
    ]  # fmt: skip
    settings = sample(home, rows)
    result = tool_result(settings, "query_costs", {"group_by": ["service"]})
    assert result.details["gap"] == [{"currency": "USD", "effective_cost": "2.25"}]
    by_month = tool_result(settings, "query_costs", {"group_by": ["service", "month"]})
    assert "gap" not in by_month.details
    cut = tool_result(settings, "query_costs", {"group_by": ["service"], "limit": 2})
    assert "gap" not in cut.details
