"""Two periods are compared by the days that the bills of both have."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import time_machine

from sample_home import charge, load, tool_result
from tagwright.config import Settings
from tagwright.results import ToolResult

WEEK = {"period": "2026-09-21/2026-09-28", "compare_to": "previous_period"}
"""Monday to Sunday."""
COMPARED = (
    "Compared are the days that both have: 2026-09-21 to 2026-09-25 with 2026-09-14 to 2026-09-18."
)


def days(first: str, last: str) -> list[str]:
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    return [str(start + dt.timedelta(days=n)) for n in range((end - start).days + 1)]


def spent(cost: str, first: str, last: str, **more: Any) -> list[dict[str, Any]]:
    return [charge(cost, day, **more) for day in days(first, last)]


def compared(settings: Settings, tool: str = "query_costs", **asked: Any) -> ToolResult:
    return tool_result(settings, tool, {**WEEK, **asked})


def spans(result: ToolResult) -> tuple[str, str]:
    assert result.period is not None
    return result.period.label, result.details["compared_to"]["label"]


@pytest.mark.parametrize("tool", ["query_costs", "explain_change"])
def test_a_bill_that_ends_on_friday_is_compared_by_monday_to_friday(home: Path, tool: str) -> None:
    rows = [*spent("10", "2026-09-01", "2026-09-20"), *spent("12", "2026-09-21", "2026-09-25")]
    result = compared(load(home, rows), tool)
    assert spans(result) == ("2026-09-21 to 2026-09-25", "2026-09-14 to 2026-09-18")
    assert result.totals[0]["change"] == "10.00"
    assert result.totals[0]["change_ratio"] == "0.200000"
    assert result.details["not_in_it"] == {"AWS": "2026-09-26/2026-09-28"}
    assert result.notes[:2] == [
        "Not in the bill yet, or not all of it: 2026-09-26 to 2026-09-27.",
        COMPARED,
    ]


def test_the_receipt_of_days_that_were_cut_gives_the_same_again(home: Path) -> None:
    settings = load(home, spent("10", "2026-09-01", "2026-09-25"))
    first = compared(settings)
    second = compared(settings, period="2026-09-21/2026-09-26", compare_to="2026-09-14/2026-09-19")
    assert spans(first) == spans(second)
    assert first.totals == second.totals
    assert "not_in_it" not in second.details


def test_a_month_that_is_not_over_in_the_bill_against_the_same_days_of_the_one_before(
    home: Path,
) -> None:
    settings = load(home, spent("1", "2026-07-01", "2026-09-20"))
    for compare_to in ("previous_period", "2026-08"):
        result = compared(settings, period="2026-09", compare_to=compare_to)
        assert spans(result) == ("2026-09-01 to 2026-09-20", "2026-08-01 to 2026-08-20")
        assert result.totals[0]["change"] == "0.00"


def test_a_period_that_is_compared_with_nothing_is_as_it_was_asked(home: Path) -> None:
    settings = load(home, spent("1", "2026-09-01", "2026-09-25"))
    result = tool_result(settings, "query_costs", {"period": WEEK["period"]})
    assert result.period is not None
    assert result.period.label == "2026-09-21 to 2026-09-27"


def test_whole_weeks_and_bills_that_have_no_days_are_left_alone(home: Path) -> None:
    once_a_month = [charge("5", day, ServiceProviderName="OpenAI")
                    for day in ("2026-07-03", "2026-08-03", "2026-09-03")]  # fmt: skip
    settings = load(home, [*spent("1", "2026-08-01", "2026-09-30"), *once_a_month])
    result = compared(settings)
    assert spans(result) == ("2026-09-21 to 2026-09-27", "2026-09-14 to 2026-09-20")
    assert result.notes == []
    assert result.details.keys() == {"compared_to"}
    assert spans(compared(settings, period="2026-09")) == ("2026-09", "2026-08")


@pytest.mark.parametrize(
    ("loaded", "until"),
    [
        ("2026-09-28T08:00Z", "2026-09-26"),  # Monday morning: Sunday ended 8 hours ago
        ("2026-09-29T00:01Z", "2026-09-27"),
        ("2026-09-27T20:00Z", "2026-09-25"),
    ],
)
def test_of_the_day_before_it_was_loaded_not_all_may_be_there(
    loaded: str, until: str, home: Path
) -> None:
    # The name makes it a home of its own: like ones are loaded once in a run.
    rows = [*spent("10", "2026-09-01", "2026-09-26", ServiceName=f"Loaded {loaded}"),
            charge("0.10", "2026-09-27")]  # fmt: skip
    with time_machine.travel(dt.datetime.fromisoformat(loaded), tick=True):
        settings = load(home, rows)
    result = compared(settings)
    assert spans(result)[0] == f"2026-09-21 to {until}"
    if until != "2026-09-27":
        assert result.totals[0]["change"] == "0.00"


def test_one_bill_that_lags_two_days_cuts_all(home: Path) -> None:
    azure = {"ServiceProviderName": "Microsoft", "BillingCurrency": "EUR"}
    rows = [
        *spent("1", "2026-09-01", "2026-09-30"),
        *spent("2", "2026-09-01", "2026-09-25", **azure),
    ]
    result = compared(load(home, rows))
    assert spans(result)[0] == "2026-09-21 to 2026-09-25"
    assert {row["currency"]: row["change"] for row in result.totals} == {
        "USD": "0.00",
        "EUR": "0.00",
    }
    assert result.notes[0] == (
        "Not in the bill of Microsoft yet, or not all of it: 2026-09-26 to 2026-09-27."
    )
    assert (
        spans(compared(load(home, rows), filters=[{"dimension": "provider", "values": ["AWS"]}]))[0]
        == "2026-09-21 to 2026-09-27"
    )


def test_of_a_bill_that_has_next_to_nothing_the_change_is_unknown_and_of_others_it_is_not(
    home: Path,
) -> None:
    azure = {"ServiceProviderName": "Microsoft", "BillingCurrency": "EUR"}
    rows = [
        *spent("1", "2026-09-01", "2026-09-30"),
        *spent("2", "2026-09-01", "2026-09-22", **azure),
    ]
    result = compared(load(home, rows))
    assert spans(result)[0] == "2026-09-21 to 2026-09-27"
    assert {row["currency"]: row["change"] for row in result.totals} == {"USD": "0.00", "EUR": None}


def test_a_day_without_a_charge_inside_a_daily_bill_is_named(home: Path) -> None:
    rows = [row for row in spent("1", "2026-09-01", "2026-09-30")
            if not row["ChargePeriodStart"].startswith("2026-09-23")]  # fmt: skip
    result = compared(load(home, rows))
    assert result.details["days_without"] == {"AWS": ["2026-09-23"]}
    assert result.notes == [
        "There is no charge on 2026-09-23, and on nearly every other day: unknown, not zero."
    ]


MONTH = {"period": "2026-09", "compare_to": "previous_period"}


@pytest.mark.parametrize("tool", ["query_costs", "explain_change"])
@pytest.mark.parametrize(
    ("begins", "asked", "expected"),
    [
        ("2026-09-16", WEEK, ("2026-09-23 to 2026-09-27", "2026-09-16 to 2026-09-20")),
        ("2026-08-16", MONTH, ("2026-09-16 to 2026-09-30", "2026-08-16 to 2026-08-30")),
    ],
)
def test_days_before_the_data_begins_are_no_rise(
    begins: str, asked: dict[str, str], expected: tuple[str, str], home: Path, tool: str
) -> None:
    result = tool_result(load(home, spent("10", begins, "2026-09-30")), tool, asked)
    assert spans(result) == expected
    assert result.totals[0]["change"] == "0.00"
    assert result.notes[0] == f"The data begins {begins}."


def test_a_provider_that_begins_later_than_the_data_is_new_and_counted_whole(home: Path) -> None:
    new = spent("1", "2026-09-16", "2026-09-30", ServiceProviderName="Microsoft")
    result = compared(load(home, [*spent("10", "2026-07-01", "2026-09-30"), *new]))
    assert spans(result)[0] == "2026-09-21 to 2026-09-27"
    assert result.totals[0]["change"] == "2.00"


@pytest.mark.parametrize("tool", ["query_costs", "explain_change"])
def test_a_hole_of_some_days_is_named_and_the_bill_is_still_a_daily_one(
    home: Path, tool: str
) -> None:
    hole = days("2026-09-16", "2026-09-18")
    rows = [row for row in spent("10", "2026-07-01", "2026-09-25")
            if row["ChargePeriodStart"][:10] not in hole]  # fmt: skip
    result = compared(load(home, rows), tool)
    assert spans(result)[0] == "2026-09-21 to 2026-09-25"
    assert result.details["days_without"] == {"AWS": hole}
    assert (
        "There is no charge on 2026-09-16 to 2026-09-18, and on nearly every other day: unknown, "
        "not zero."
    ) in result.notes


@pytest.mark.parametrize("begins", ["2026-07-01", "2026-09-14"])
def test_weekends_that_never_have_a_charge_are_not_missing(begins: str, home: Path) -> None:
    rows = [charge("10", day) for day in days(begins, "2026-09-25")
            if dt.date.fromisoformat(day).weekday() < 5]  # fmt: skip
    result = compared(load(home, rows))
    assert spans(result)[0] == "2026-09-21 to 2026-09-27"
    assert result.totals[0]["change"] == "0.00"
    assert result.details.keys() == {"compared_to"}


def test_a_bill_that_is_daily_since_four_weeks_is_one(home: Path) -> None:
    rows = [charge("5", "2026-07-05"), *spent("10", "2026-08-29", "2026-09-25")]
    assert spans(compared(load(home, rows)))[0] == "2026-09-21 to 2026-09-25"


def test_what_is_charged_ahead_is_not_the_end_of_the_bill(home: Path) -> None:
    rows = [*spent("10", "2026-08-01", "2026-09-25"), charge("100", "2026-12-01")]
    with time_machine.travel(dt.datetime(2026, 9, 28, 8, tzinfo=dt.UTC), tick=True):
        settings = load(home, rows)
    result = compared(settings)
    assert spans(result)[0] == "2026-09-21 to 2026-09-25"
    assert result.totals[0]["change"] == "0.00"


@pytest.mark.parametrize(
    ("august", "september", "change"),
    [
        ("2026-08-03", "2026-09-05", "0.00"),
        ("2026-08-18", "2026-09-22", None),  # the cut would make it a fall of 500
        ("2026-08-22", "2026-09-18", None),  # and here a rise
        ("2026-08-22", "2026-09-23", "0.00"),
    ],
)
def test_a_monthly_invoice_is_not_parted_by_the_end_of_a_daily_bill(
    august: str, september: str, change: str | None, home: Path
) -> None:
    invoices = [charge("500", day, ServiceProviderName="OpenAI") for day in (august, september)]
    result = tool_result(load(home, [*spent("10", "2026-08-01", "2026-09-20"), *invoices]),
                         "query_costs", MONTH)  # fmt: skip
    assert spans(result)[0] == "2026-09-01 to 2026-09-20"
    assert result.totals[0]["change"] == change
    told = (
        "Charges of OpenAI are in those days of one period alone, and it had others: how much they "
        "changed is unknown."
    )
    assert (told in result.notes) == (change is None)


def test_a_daily_bill_and_a_monthly_invoice_whole_month_against_whole_month_is_exact(
    home: Path,
) -> None:
    invoices = [charge(cost, day, ServiceProviderName="OpenAI")
                for cost, day in (("500", "2026-08-30"), ("620", "2026-09-01"))]  # fmt: skip
    result = tool_result(load(home, [*spent("10", "2026-08-01", "2026-09-30"), *invoices]),
                         "query_costs", MONTH)  # fmt: skip
    # 30 days of 10 and 620 against 31 days of 10 and 500
    assert result.totals[0]["effective_cost"] == "920.00"
    assert result.totals[0]["previous_effective_cost"] == "810.00"
    assert spans(result) == ("2026-09", "2026-08")


def test_of_a_longer_month_no_more_days_are_compared_than_the_shorter_has(home: Path) -> None:
    result = tool_result(load(home, spent("10", "2026-02-01", "2026-03-29")), "query_costs",
                         {"period": "2026-03", "compare_to": "2026-02"})  # fmt: skip
    assert spans(result) == ("2026-03-01 to 2026-03-28", "2026-02")
    assert result.totals[0]["change"] == "0.00"


def test_a_leap_year_whole_against_the_year_before(home: Path) -> None:
    settings = load(home, spent("1", "2023-01-01", "2024-12-31"))
    for period, change in (("2024", "1.00"), ("2024-02", "1.00"), ("2024-Q1", "1.00")):
        result = tool_result(
            settings, "query_costs", {"period": period, "compare_to": "previous_year"}
        )
        assert result.totals[0]["change"] == change
        assert result.notes == []
