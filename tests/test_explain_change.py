"""``explain_change``: parts that add up to the change, and the dimension that explains it."""

from __future__ import annotations

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
from tagwright.api import MisuseError
from tagwright.builtin._steps import find_step
from tagwright.money import decimal_text
from tagwright.render.model_text import model_text

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings

ROWS = many(300, seed=3)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return sample(tmp_path_factory.mktemp("books"), ROWS)


def month_sum(month: str, currency: str, column: str = "EffectiveCost") -> Decimal:
    return sum(
        (
            Decimal(row[column])
            for row in ROWS
            if row["BillingCurrency"] == currency and row["ChargePeriodStart"].startswith(month)
        ),
        Decimal(0),
    )


@pytest.mark.slow  # 30 questions of a dozen statements
@hypothesis_settings(max_examples=examples(30), deadline=None)
@given(
    by=st.lists(
        st.sampled_from(["service_name", "region", "resource_id", "team", "tag:Owner", "sku_id"]),
        max_size=2,
        unique=True,
    ),
    months=st.sampled_from([("2026-09", "2026-08"), ("2026-07", "2026-09")]),
    metric=st.sampled_from([("effective_cost", "EffectiveCost"), ("billed_cost", "BilledCost")]),
    limit=st.integers(1, 6),
)
def test_contributions_add_up_exactly(
    books: Settings, by: list[str], months: tuple[str, str], metric: tuple[str, str], limit: int
) -> None:
    result = tool_result(
        books,
        "explain_change",
        {"by": by, "period": months[0], "compare_to": months[1], "metric": metric[0],
         "limit": limit},
    )  # fmt: skip
    parts: dict[Any, Decimal] = defaultdict(Decimal)
    for row in result.rows:
        assert Decimal(row["after"]) - Decimal(row["before"]) == Decimal(row["change"])
        for figure in ("before", "after", "change"):
            parts[row["dimension"], row["currency"], figure] += Decimal(row[figure])
    assert {total["currency"] for total in result.totals} == {"USD", "EUR"}
    for total in result.totals:
        currency = str(total["currency"])
        after, before = (month_sum(month, currency, metric[1]) for month in months)
        assert (total["before"], total["after"]) == (decimal_text(before), decimal_text(after))
        assert total["change"] == decimal_text(after - before)
        for dimension in result.details["by"]:
            assert parts[dimension, currency, "before"] == before
            assert parts[dimension, currency, "after"] == after
            assert parts[dimension, currency, "change"] == after - before
    for split in result.details["price_and_quantity"]:
        total = next(t for t in result.totals if t["currency"] == split["currency"])
        assert sum(Decimal(v) for k, v in split.items() if k != "currency") == Decimal(
            str(total["change"])
        )


def daily(cost: str, first: str, days: int, **columns: Any) -> list[dict[str, Any]]:
    start = dt.date.fromisoformat(first)
    return [
        charge(cost, (start + dt.timedelta(days=n)).isoformat(), **columns) for n in range(days)
    ]


SPIKE = [
    *daily("10", "2026-08-01", 61, ServiceName="Amazon S3", RegionId="us-east-1"),
    *daily("20", "2026-08-01", 61, ServiceName="Amazon EC2", RegionId="us-east-1"),
    *daily("1", "2026-08-01", 61, ServiceName="Amazon EC2", RegionId="eu-west-1"),
    *daily("70", "2026-09-11", 20, ServiceName="Amazon SageMaker", RegionId="eu-west-1"),
]


def test_the_cause_and_the_day_of_a_spike(home: Path) -> None:
    """SageMaker appears on 2026-09-11 at 70 a day; everything else is as ever."""
    result = tool_result(sample(home, SPIKE), "explain_change", {"period": "2026-09"})
    first = result.rows[0]
    assert (first["dimension"], first["value"]) == ("service_name", "Amazon SageMaker")
    assert (first["status"], first["change"]) == ("new", "1400.00")
    # August has 31 days, September 30: all others fell by one day's 31.
    assert result.totals == [
        {"currency": "USD", "before": "961.00", "after": "2330.00", "change": "1369.00",
         "change_ratio": "1.424558"},
    ]  # fmt: skip
    assert result.details["step"] == [
        {"currency": "USD", "start": "2026-09-11", "end": None, "per_day_otherwise": "31.00",
         "per_day_from_start": "101.00"},
    ]  # fmt: skip
    said = "- step: currency USD, start 2026-09-11, end -, per_day_otherwise 31.00"
    assert said in model_text(result)


def test_a_steady_cost_has_no_step(home: Path) -> None:
    settings = sample(home, daily("10", "2026-08-01", 61))
    result = tool_result(settings, "explain_change", {"period": "2026-09"})
    assert result.details["step"] == []
    assert result.totals[0]["change"] == "-10.00"


def test_status_of_drivers_and_the_rest_as_one_row(home: Path) -> None:
    """a is gone, b new, c up, d down; e and f are the rest."""
    before = {"a": "9", "c": "1", "d": "5", "e": "1", "f": "1"}
    after = {"b": "8", "c": "4", "d": "3", "e": "1.5", "f": "1.25"}
    rows = [charge(cost, "2026-08-31", ServiceName=name) for name, cost in before.items()]
    rows += [charge(cost, "2026-09-01", ServiceName=name) for name, cost in after.items()]
    result = tool_result(
        sample(home, rows),
        "explain_change",
        {"period": "2026-09", "by": ["service"], "limit": 4},
    )
    assert [(r["value"], r["status"], r["change"]) for r in result.rows] == [
        ("a", "gone", "-9.00"),
        ("b", "new", "8.00"),
        ("c", "up", "3.00"),
        ("d", "down", "-2.00"),
        ("(2 others)", "rest", "0.75"),
    ]


def test_price_against_quantity(home: Path) -> None:
    """10 GB at 1.00, then 20 GB at 1.50: 10 of the 20 more by quantity, 10 by price."""
    unit = {"ConsumedUnit": "GB", "SkuId": "sku"}
    rows = [
        charge("10", "2026-08-31", ConsumedQuantity="10", **unit),
        charge("30", "2026-09-01", ConsumedQuantity="20", **unit),
        charge("5", "2026-09-01", ConsumedQuantity="1", ConsumedUnit="GB", SkuId="new"),
        charge("2", "2026-09-01", ServiceName="Support"),
    ]
    result = tool_result(sample(home, rows), "explain_change", {"period": "2026-09"})
    assert result.details["price_and_quantity"] == [
        {"currency": "USD", "quantity": "10.00", "price": "10.00", "new_or_gone": "5.00",
         "not_measured": "2.00"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        {"metric": "charge_count", "period": "2026-09"},
        {"by": ["day"], "period": "2026-09"},
        {"period": "2026-09", "compare_to": "2026-09"},
    ],
)
def test_misuse(books: Settings, arguments: dict[str, Any]) -> None:
    with pytest.raises(MisuseError):
        tool_result(books, "explain_change", arguments)


def test_nothing_to_explain_is_said(home: Path) -> None:
    rows = [charge("1", "2026-06-01", ServiceName="S3"), charge("1", "2026-08-31"), charge("1")]
    question = {"period": "2026-09", "filters": [{"dimension": "service", "values": ["S3"]}]}
    result = tool_result(sample(home, rows), "explain_change", question)
    assert (result.rows, result.totals) == ([], [])
    assert "No charge matches in 2026-08 or 2026-09." in result.notes


DAY = dt.date(2026, 9, 1)


def series(*amounts: int) -> list[tuple[dt.date, Decimal]]:
    return [(DAY + dt.timedelta(days=n), Decimal(amount)) for n, amount in enumerate(amounts)]


@given(
    base=st.integers(10, 1000),
    lengths=st.tuples(st.integers(5, 30), st.integers(5, 30)),
    factor=st.integers(2, 9),
    noise=st.randoms(use_true_random=False),
)
@hypothesis_settings(deadline=None, max_examples=examples(25))
def test_a_step_is_found_on_its_day(
    base: int, lengths: tuple[int, int], factor: int, noise: Any
) -> None:
    """Noise of at most a tenth does not move the day."""
    levels = [base] * lengths[0] + [base * factor] * lengths[1]
    amounts = [level + noise.randint(-base // 20, base // 20) for level in levels]
    found = find_step(series(*amounts))
    assert found is not None
    # A run that begins on day one is told as the other part: the one change is the same day.
    assert found.start == DAY + dt.timedelta(days=lengths[0])
    assert found.end is None


@given(noise=st.randoms(use_true_random=False))
@hypothesis_settings(deadline=None, max_examples=examples(25))
def test_noise_is_no_step(noise: Any) -> None:
    assert find_step(series(*(noise.randint(95, 105) for _ in range(60)))) is None


def test_a_spike_has_an_end_and_few_days_have_none() -> None:
    found = find_step(series(*[10] * 20, *[90] * 4, *[10] * 20))
    assert found is not None
    assert (found.start, found.end) == (dt.date(2026, 9, 21), dt.date(2026, 9, 25))
    assert (found.before, found.after) == (Decimal("10.00"), Decimal("90.00"))
    assert find_step(series(1, 1, 9, 9)) is None


def test_a_last_day_that_is_not_complete_is_no_step() -> None:
    """Bills arrive in parts; a rise on the last day is one all the same."""
    assert find_step(series(*[10] * 20, 2)) is None
    rise = find_step(series(*[10] * 20, 90))
    assert rise is not None
    assert rise.start == dt.date(2026, 9, 21)
