"""``query_costs``: every figure against a sum that Python makes from the same rows."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from effort import examples
from sample_home import charge, many, sample, tool_result
from tagwright.api import MisuseError, UnknownNameError
from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.money import decimal_text, ratio_text

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings

ROWS = many(300)
COLUMNS = {
    "service_name": "ServiceName",
    "region_id": "RegionId",
    "charge_category": "ChargeCategory",
    "resource_id": "ResourceId",
}
METRICS = {"effective_cost": "EffectiveCost", "billed_cost": "BilledCost", "list_cost": "ListCost"}
PERIODS = {
    "all": ("2026-07-01", "2026-10-01"),
    "2026-08": ("2026-08-01", "2026-09-01"),
    "2026-08-15/2026-09-10": ("2026-08-15", "2026-09-10"),
    "last_month": ("2026-09-01", "2026-10-01"),
    "2026-Q3": ("2026-07-01", "2026-10-01"),
}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return sample(tmp_path_factory.mktemp("books"), ROWS)


def bucket(row: dict[str, Any], group: str) -> str | None:
    """The independent twin of a dimension."""
    if group in COLUMNS:
        return row[COLUMNS[group]] or None
    day = dt.date.fromisoformat(row["ChargePeriodStart"][:10])
    if group == "week":
        iso = day.isocalendar()
        return f"{iso.year}-W{iso.week:02}"
    return {
        "day": day.isoformat(),
        "month": f"{day:%Y-%m}",
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "year": str(day.year),
    }[group]


def sums(
    metric: str, groups: list[str], start: str, end: str, only: dict[str, list[str]]
) -> dict[tuple[Any, ...], Decimal]:
    """Groups and currency to the sum, in Decimal."""
    found: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for row in ROWS:
        inside = start <= row["ChargePeriodStart"][:10] < end
        if inside and all(bucket(row, name) in values for name, values in only.items()):
            key = (*(bucket(row, group) for group in groups), row["BillingCurrency"])
            found[key] += Decimal(row[METRICS[metric]])
    return dict(found)


FILTERS = st.dictionaries(
    st.sampled_from(["service_name", "charge_category"]),
    st.just(None),
    max_size=2,
).flatmap(
    lambda names: st.fixed_dictionaries(
        {
            name: st.lists(
                st.sampled_from(sorted({row[COLUMNS[name]] for row in ROWS})),
                min_size=1,
                max_size=2,
                unique=True,
            )
            for name in names
        }
    )
)
GROUPS = st.lists(
    st.sampled_from([*COLUMNS, "day", "week", "month", "quarter", "year"]), max_size=3, unique=True
)


@pytest.mark.slow  # 60 questions of a few milliseconds each
@hypothesis_settings(max_examples=examples(60), deadline=None)
@given(metric=st.sampled_from(list(METRICS)), groups=GROUPS, period=st.sampled_from(list(PERIODS)),
       only=FILTERS)  # fmt: skip
def test_every_figure_is_the_sum(
    books: Settings, metric: str, groups: list[str], period: str, only: dict[str, list[str]]
) -> None:
    result = tool_result(
        books,
        "query_costs",
        {
            "metric": metric,
            "group_by": groups,
            "period": period,
            "filters": [{"dimension": name, "values": values} for name, values in only.items()],
            "limit": 1000,
        },
    )
    expected = sums(metric, groups, *PERIODS[period], only)
    got = {(*(row[g] for g in groups), row["currency"]): row for row in result.rows}
    assert len(got) == len(result.rows) == result.row_count
    assert {k: row[metric] for k, row in got.items()} == {
        k: decimal_text(v) for k, v in expected.items()
    }
    totals = {(t["currency"],): t[metric] for t in result.totals}
    whole = sums(metric, [], *PERIODS[period], only)
    assert totals == {k: decimal_text(v) for k, v in whole.items()}
    if groups:
        for key, row in got.items():
            assert row["share"] == ratio_text(expected[key], whole[key[-1:]])


@pytest.mark.slow  # 40 questions
@hypothesis_settings(max_examples=examples(40), deadline=None)
@given(
    metric=st.sampled_from(list(METRICS)),
    groups=st.lists(st.sampled_from(list(COLUMNS)), max_size=2, unique=True),
    pair=st.sampled_from(
        [
            ("2026-09", "previous_period", "2026-09-01", "2026-10-01", "2026-08-01", "2026-09-01"),
            ("2026-08", "2026-07", "2026-08-01", "2026-09-01", "2026-07-01", "2026-08-01"),
            ("2026-09-08/2026-09-15", "previous_period",
             "2026-09-08", "2026-09-15", "2026-09-01", "2026-09-08"),
            ("2026-07", "previous_year", "2026-07-01", "2026-08-01", "2025-07-01", "2025-08-01"),
        ]
    ),
    only=FILTERS,
)  # fmt: skip
def test_a_comparison_is_two_sums(
    books: Settings,
    metric: str,
    groups: list[str],
    pair: tuple[str, ...],
    only: dict[str, list[str]],
) -> None:
    period, compare_to, *days = pair
    result = tool_result(
        books,
        "query_costs",
        {
            "metric": metric,
            "group_by": groups,
            "period": period,
            "compare_to": compare_to,
            "filters": [{"dimension": name, "values": values} for name, values in only.items()],
            "limit": 1000,
        },
    )
    unknown = compare_to == "previous_year"  # there is no data of 2025: nobody knows the change
    now = sums(metric, groups, days[0], days[1], only)
    before = sums(metric, groups, days[2], days[3], only)
    assert result.row_count == len(result.rows) == len({*now, *before})
    for row in result.rows:
        key = (*(row[g] for g in groups), row["currency"])
        a, b = now.get(key), before.get(key)
        assert row[metric] == (None if a is None else decimal_text(a))
        assert row[f"previous_{metric}"] == (None if b is None else decimal_text(b))
        change = (a or Decimal(0)) - (b or Decimal(0))
        assert row["change"] == (None if unknown else decimal_text(change))
        ratio = ratio_text(change, abs(b or Decimal(0)))
        assert row["change_ratio"] == (None if unknown else ratio)
    for total in result.totals:
        key = (total["currency"],)
        a = sums(metric, [], days[0], days[1], only).get(key, Decimal(0))
        b = sums(metric, [], days[2], days[3], only).get(key, Decimal(0))
        assert total["change"] == (None if unknown else decimal_text(a - b))


def test_times_are_in_order_and_the_cut_is_said(books: Settings) -> None:
    result = tool_result(books, "query_costs", {"group_by": "week", "limit": 5})
    weeks = [row["week"] for row in result.rows]
    assert weeks == sorted(weeks)
    assert result.row_count > 5
    assert f"Only the first 5 of {result.row_count} rows in time are shown." in result.notes


def test_largest_first_and_asc(home: Path) -> None:
    """EC2 5, S3 7, EC2 -9 (a credit)."""
    rows = [charge("5"), charge("7", ServiceName="S3"), charge("-9", ServiceName="Credits")]
    settings = sample(home, rows)
    question: dict[str, Any] = {"group_by": ["service"]}
    names = [r["service_name"] for r in tool_result(settings, "query_costs", question).rows]
    assert names == ["S3", "Amazon EC2", "Credits"]
    question["order"] = "asc"
    names = [r["service_name"] for r in tool_result(settings, "query_costs", question).rows]
    assert names == ["Credits", "Amazon EC2", "S3"]


def test_totals_are_over_all_rows_not_those_shown(home: Path) -> None:
    settings = sample(home, [charge("1.10", ServiceName=f"s{n}") for n in range(5)])
    result = tool_result(settings, "query_costs", {"group_by": ["service"], "limit": 2})
    assert (len(result.rows), result.row_count) == (2, 5)
    totals = {"currency": "USD", "effective_cost": "5.50", "average": "1.10", "values": 5}
    assert result.totals == [totals]
    assert result.rows[0]["share"] == "0.200000"


def test_currencies_never_mix(home: Path) -> None:
    settings = sample(home, [charge("1"), charge("2", BillingCurrency="EUR")])
    result = tool_result(settings, "query_costs")
    assert result.totals == [
        {"currency": "EUR", "effective_cost": "2.00"},
        {"currency": "USD", "effective_cost": "1.00"},
    ]
    assert result.currency is None
    assert "Amounts are in EUR, USD; they are not added up." in result.notes


def test_what_may_be_ai_is_beside_what_is(home: Path) -> None:
    """A model's tokens are AI; a g5 may as well draw pictures; an m5 is neither."""
    settings = sample(
        home,
        [
            charge("5", ServiceName="Amazon Bedrock", SkuMeter="USE1-Claude4Sonnet-input-tokens"),
            charge("70.25", SkuMeter="BoxUsage:g5.xlarge"),
            charge("900", SkuMeter="BoxUsage:m5.large"),
        ],
    )
    question = {"filters": [{"dimension": "x_ai_certainty", "values": ["ai"]}]}
    result = tool_result(settings, "query_costs", question)
    assert result.totals == [{"currency": "USD", "effective_cost": "5.00"}]
    assert result.notes == [
        "Not in it: candidates for AI, such as GPUs that may draw pictures, 70.25 USD."
    ]
    grouped = tool_result(settings, "query_costs", {"group_by": ["model"]})
    assert [(row["x_ai_model_id"], row["effective_cost"]) for row in grouped.rows] == [
        (None, "970.25"),
        ("Claude4Sonnet", "5.00"),
    ]


@pytest.mark.parametrize(
    ("period", "note"),
    [
        ("2026-10", "There is no data for 2026-10: the data covers 2026-09-01 to 2026-09-14."),
        ("2026-09", "Data ends 2026-09-14: 2026-09 is not complete."),
        ("2026-Q3", "Data begins 2026-09-01: 2026-Q3 is not complete."),
    ],
)
def test_a_period_beyond_the_data_is_said(home: Path, period: str, note: str) -> None:
    settings = sample(home, [charge("1"), charge("2", "2026-09-14")])
    assert note in tool_result(settings, "query_costs", {"period": period}).notes


def test_a_filter_that_finds_nothing_in_a_period_with_data_is_said(home: Path) -> None:
    rows = [charge("1", "2026-08-01", ServiceName="S3"), charge("1", "2026-08-31"), charge("2")]
    question = {"period": "2026-09", "filters": [{"dimension": "service", "values": ["S3"]}]}
    result = tool_result(sample(home, rows), "query_costs", question)
    assert result.rows == []
    assert "No charge matches in 2026-09." in result.notes


@pytest.mark.parametrize(
    ("arguments", "kind", "nearest"),
    [
        ({"metric": "efective_cost"}, "metric", "effective_cost"),
        ({"group_by": ["servise"]}, "dimension", "service_name"),
        ({"filters": [{"dimension": "service", "values": ["Amazon EC3"]}]}, "service_name",
         "Amazon EC2"),
        ({"filters": [{"dimension": "team", "values": ["serch"]}]}, "team", "search"),
        ({"period": "smarch"}, "period", None),
        ({"period": "2026-09", "compare_to": "the day before yesterweek"}, "period", None),
    ],
)  # fmt: skip
def test_unknown_names_are_errors_with_the_nearest(
    books: Settings, arguments: dict[str, Any], kind: str, nearest: str | None
) -> None:
    with pytest.raises(UnknownNameError) as caught:
        tool_result(books, "query_costs", arguments)
    assert caught.value.kind == kind
    if nearest is not None:
        assert nearest in caught.value.nearest


@pytest.mark.parametrize(
    "arguments",
    [
        {"order": "time"},
        {"group_by": ["day"], "compare_to": "previous_period"},
        {"metric": "consumed_quantity"},
        {"filters": [{"dimension": "service", "op": "is_null", "values": ["x"]}]},
        {"filters": [{"dimension": "service", "op": "in"}]},
        {"limit": 0},
        {"group_by": ["service"] * 13},
        {"grup_by": []},
    ],
)
def test_misuse(books: Settings, arguments: dict[str, Any]) -> None:
    with pytest.raises(MisuseError):
        tool_result(books, "query_costs", arguments)


def test_quantities_compare_unit_by_unit(books: Settings) -> None:
    result = tool_result(
        books,
        "query_costs",
        {"metric": "consumed_quantity", "group_by": ["consumed_unit"], "period": "2026-09",
         "compare_to": "2026-08"},
    )  # fmt: skip
    for unit in ("GB", "Hours"):
        months = [
            sum(
                Decimal(row["ConsumedQuantity"])
                for row in ROWS
                if row["ConsumedUnit"] == unit and row["ChargePeriodStart"].startswith(month)
            )
            for month in ("2026-08", "2026-09")
        ]
        for rows in (result.rows, result.totals):
            (row,) = [r for r in rows if r["consumed_unit"] == unit]
            assert row["consumed_quantity"] == decimal_text(Decimal(months[1]))
            assert row["previous_consumed_quantity"] == decimal_text(Decimal(months[0]))


def test_untagged_is_a_group_without_a_value(home: Path) -> None:
    settings = sample(home, [charge("3", Tags={"team": "ads"}), charge("4")])
    result = tool_result(settings, "query_costs", {"group_by": ["team"]})
    assert [(r["team"], r["effective_cost"]) for r in result.rows] == [
        (None, "4.00"),
        ("ads", "3.00"),
    ]
    question = {"filters": [{"dimension": "team", "op": "is_null"}]}
    assert tool_result(settings, "query_costs", question).totals[0]["effective_cost"] == "4.00"


def test_a_tag_that_no_charge_has_is_told(home: Path) -> None:
    """Else all the cost stands beside "no value", as if such a tag were used and missing."""
    settings = sample(home, [charge("1.00", "2026-09-05", Tags={"Owner": "a"})])
    for tag, said in (("Owner", False), ("Ownr", True)):
        notes = tool_result(settings, "query_costs", {"group_by": [f"tag:{tag}"]}).notes
        assert (f"No charge there has the tag {tag!r}." in notes) is said


def test_a_usual_answer_is_short(books: Settings) -> None:
    """Tokens (4 characters each) of six rows with amounts of eleven decimals, and two totals."""
    question = {"group_by": ["service_name"], "period": "2026-09"}
    alone = tool_result(books, "query_costs", question)
    assert len(alone.rows) == 6
    assert len(alone.model_dump_json()) / 4 <= 300
    compared = tool_result(books, "query_costs", {**question, "compare_to": "previous_period"})
    assert len(compared.model_dump_json()) / 4 <= 500


def test_a_changed_taxonomy_is_said(home: Path) -> None:
    settings = sample(home, [charge("3", Tags={"team": "ads"})])
    (home / "taxonomy.yaml").write_text(
        "version: 1\nkeys:\n  team: {layer: business, required: true}\n"
        "  feature: {layer: unit}\n  squad: {layer: business}\n"
    )
    result = tool_result(settings, "query_costs", {"group_by": ["team"]})
    assert result.rows[0]["effective_cost"] == "3.00"
    assert any("taxonomy was changed" in note for note in result.notes)
    with pytest.raises(MisuseError, match="added to the taxonomy after"):
        tool_result(settings, "query_costs", {"group_by": ["squad"]})


def test_the_real_sample(shared: Path, home: Path) -> None:
    """Billed cost by provider equals a sum over the CSV itself."""
    path = shared / "data" / "focus_sample.csv"
    expected: dict[str, Decimal] = defaultdict(Decimal)
    with path.open(newline="") as stream:
        for row in csv.DictReader(stream):
            expected[row["ProviderName"]] += Decimal(row["BilledCost"])
    settings = load_settings(home)
    ingest(settings, [str(path)])
    result = tool_result(
        settings, "query_costs", {"metric": "billed cost", "group_by": ["provider"]}
    )
    assert {r["service_provider_name"]: r["billed_cost"] for r in result.rows} == {
        name: decimal_text(amount) for name, amount in expected.items()
    }
    assert result.totals[0]["billed_cost"] == decimal_text(sum(expected.values(), Decimal(0)))


@pytest.mark.parametrize("period", ["all", "2026-09", "2026-09-01/2026-10-01", "2026-09-30"])
def test_a_period_that_the_data_covers_has_no_note(home: Path, period: str) -> None:
    """The data ends exactly where the period does."""
    settings = sample(home, [charge("1"), charge("2", "2026-09-30")])
    assert tool_result(settings, "query_costs", {"period": period}).notes == []
