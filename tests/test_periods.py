"""Period words: what they mean on 2026-11-23, with data from 2026-07-01 to 2026-10-31."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright.api import UnknownNameError
from tagwright.periods import (
    Anchor,
    find,
    lag_note,
    make_period,
    meant,
    previous,
    resolve,
    year_before,
)

DAY = dt.date
ANCHOR = Anchor(DAY(2026, 11, 23), DAY(2026, 7, 1), DAY(2026, 11, 1))
LIVE = Anchor(DAY(2026, 11, 23), DAY(2026, 1, 1), DAY(2026, 11, 23))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-09", "2026-09-01", "2026-10-01"),
        ("2026-09-14", "2026-09-14", "2026-09-15"),
        ("2026-09-01/2026-10-01", "2026-09-01", "2026-10-01"),
        ("2026-Q3", "2026-07-01", "2026-10-01"),
        ("2026", "2026-01-01", "2027-01-01"),
        ("last_month", "2026-10-01", "2026-11-01"),
        ("previous month", "2026-10-01", "2026-11-01"),
        ("this_month", "2026-11-01", "2026-12-01"),
        ("next month", "2026-12-01", "2027-01-01"),
        ("the month before last", "2026-09-01", "2026-10-01"),
        ("mtd", "2026-11-01", "2026-11-24"),
        ("month to date", "2026-11-01", "2026-11-24"),
        ("qtd", "2026-10-01", "2026-11-24"),
        ("ytd", "2026-01-01", "2026-11-24"),
        ("yesterday", "2026-11-22", "2026-11-23"),
        ("today", "2026-11-23", "2026-11-24"),
        ("last_30_days", "2026-10-24", "2026-11-23"),
        ("the past seven days", "2026-10-25", "2026-11-01"),
        ("last 7 days of data", "2026-10-25", "2026-11-01"),
        ("last 3 months", "2026-08-01", "2026-11-01"),
        ("the last two quarters", "2026-04-01", "2026-10-01"),
        ("last week", "2026-10-26", "2026-11-02"),
        ("the week before last", "2026-10-19", "2026-10-26"),
        ("this week", "2026-11-23", "2026-11-30"),
        ("last quarter", "2026-07-01", "2026-10-01"),
        ("over the past quarter", None, None),
        ("last year", "2025-01-01", "2026-01-01"),
        ("September", "2026-09-01", "2026-10-01"),
        ("sept", "2026-09-01", "2026-10-01"),
        ("December", "2025-12-01", "2026-01-01"),
        ("Sep 2025", "2025-09-01", "2025-10-01"),
        ("september of 2026", "2026-09-01", "2026-10-01"),
        ("Sep '26", "2026-09-01", "2026-10-01"),
        ("Oct 14", "2026-10-14", "2026-10-15"),
        ("14 October 2026", "2026-10-14", "2026-10-15"),
        ("the 14th of October", "2026-10-14", "2026-10-15"),
        ("October 14th, 2026", "2026-10-14", "2026-10-15"),
        ("Oct 14-20", "2026-10-14", "2026-10-21"),
        ("Dec 3", "2025-12-03", "2025-12-04"),
        ("Q3", "2026-07-01", "2026-10-01"),
        ("Q4 2025", "2025-10-01", "2026-01-01"),
        ("H1 2026", "2026-01-01", "2026-07-01"),
        ("FY26", "2026-01-01", "2027-01-01"),
        ("week 41", "2026-10-05", "2026-10-12"),
        ("week of Oct 6", "2026-10-05", "2026-10-12"),
        ("first half of October", "2026-10-01", "2026-10-16"),
        ("second half of October", "2026-10-16", "2026-11-01"),
        ("last two weeks of October", "2026-10-18", "2026-11-01"),
        ("the first 10 days of October 2026", "2026-10-01", "2026-10-11"),
        ("last day of September", "2026-09-30", "2026-10-01"),
        ("mid-October", "2026-10-11", "2026-10-21"),
        ("the middle of October", "2026-10-11", "2026-10-21"),
        ("late October", "2026-10-21", "2026-11-01"),
        ("from July to September", "2026-07-01", "2026-10-01"),
        ("between March and May 2025", "2025-03-01", "2025-06-01"),
        ("from November to February 2026", "2025-11-01", "2026-03-01"),
        ("from 2026-09-03 to 2026-09-05", "2026-09-03", "2026-09-06"),
        ("since September", "2026-09-01", "2026-11-23"),
        ("since 2026-10-14", "2026-10-14", "2026-11-23"),
        ("until August", "2026-07-01", "2026-09-01"),
        ("before August", "2026-07-01", "2026-08-01"),
        ("all", "2026-07-01", "2026-11-01"),
        ("all time", "2026-07-01", "2026-11-01"),
        ("13/04/2026", "2026-04-13", "2026-04-14"),
    ],
)  # fmt: skip
def test_resolve(text: str, start: str | None, end: str | None) -> None:
    if start is None:
        with pytest.raises(UnknownNameError):
            resolve(text, ANCHOR)
        return
    period = resolve(text, ANCHOR)
    assert (period.start.isoformat(), period.end.isoformat()) == (start, end)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "septembr",
        "the 31st of February",
        "2026-13",
        "last month and this month",
        "0000",
    ],
)
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(UnknownNameError):
        resolve(text, ANCHOR)


@pytest.mark.parametrize("text", ["2026-10-31/2026-10-01", "2026-10-01/2026-10-01"])
def test_an_interval_that_ends_before_it_begins_is_said(text: str) -> None:
    """ "Unknown period. Known are e.g. 2026-09-01/2026-10-01" is that very form."""
    with pytest.raises(UnknownNameError, match="the end is exclusive and later"):
        resolve(text, ANCHOR)


def test_a_date_with_two_readings_names_both() -> None:
    with pytest.raises(UnknownNameError, match="2026-03-04 or 2026-04-03"):
        resolve("03/04/2026", ANCHOR)


@pytest.mark.parametrize(
    ("sentence", "labels"),
    [
        ("Why did costs rise in October against September?", ["2026-10", "2026-09"]),
        ("What did EC2 cost last month?", ["2026-10"]),
        ("how much may we spend on all services", []),
        ("all untagged spend", []),
        ("spend in May vs June", ["2026-05", "2026-06"]),
        ("compare Q2 2026 to Q3 2026", ["2026-04-01 to 2026-09-30"]),
        ("cost of g5.2024xlarge", []),
        ("account 2026111122", []),
        ("spend for project march-madness", []),
        ("top 5 services in the last 90 days", ["2026-08-25 to 2026-11-22"]),
    ],
)
def test_find_in_a_sentence(sentence: str, labels: list[str]) -> None:
    assert [item.period.label for item in find(sentence, ANCHOR)] == labels


def test_old_data_moves_the_reference_day() -> None:
    """Data that ended on 2024-09-30: last month is September 2024, month to date likewise."""
    old = Anchor(DAY(2026, 11, 23), DAY(2024, 7, 1), DAY(2024, 10, 1))
    assert resolve("last month", old).label == "2024-09"
    assert resolve("last_7_days", old).label == "2024-09-24 to 2024-09-30"
    assert resolve("mtd", old).label == "2024-09"


@pytest.mark.parametrize(
    ("text", "label", "asked"),
    [
        # Today is 2026-11-29, and the bill ends in the middle of September.
        ("last month", "2026-09", "2026-10"),
        ("last quarter", "2026-Q3", None),  # it has data by the calendar
        ("last year", "2025", None),
        ("last 2 months", "2026-09-01 to 2026-10-31", None),  # September is one of them
        ("last 30 days", "2026-08-16 to 2026-09-14", "2026-10-30 to 2026-11-28"),
        ("last week", "2026-09-14 to 2026-09-20", "2026-11-16 to 2026-11-22"),
        ("this month", "2026-09", None),  # more than a month old: its own last month is "this" one
        ("yesterday", "2026-09-14", None),
        ("last month with data", "2026-09", None),
        ("the last 3 days of the data", "2026-09-12 to 2026-09-14", None),
        ("October", "2025-10", None),
    ],
)
def test_a_bill_that_lags(text: str, label: str, asked: str | None) -> None:
    anchor = Anchor(DAY(2026, 11, 29), DAY(2025, 1, 1), DAY(2026, 9, 15))
    found = meant(text, anchor)
    assert found.period.label == label
    assert (found.asked.label if found.asked else None) == asked
    assert (lag_note(found, anchor) == "") == (asked is None)


def test_two_words_of_one_sentence_are_read_from_one_day() -> None:
    """September is the last bill: against August, not against itself."""
    anchor = Anchor(DAY(2026, 11, 29), DAY(2026, 1, 1), DAY(2026, 10, 1))
    found = find("last month against the month before last", anchor)
    assert [item.period.label for item in found] == ["2026-09", "2026-08"]
    # What is current keeps its place, and what is last with it.
    found = find("this month against last month", anchor)
    assert [item.period.label for item in found] == ["2026-11", "2026-10"]


def test_the_note_says_what_is_missing_and_what_is_shown() -> None:
    anchor = Anchor(DAY(2026, 11, 29), DAY(2026, 1, 1), DAY(2026, 10, 1))
    assert lag_note(meant("last_month", anchor), anchor) == (
        "There is no data for 2026-10 yet, the data ends 2026-09-30: last month is read as 2026-09."
    )


def test_data_that_ended_in_the_last_whole_month_does_not() -> None:
    assert ANCHOR.reference == DAY(2026, 11, 23)


@pytest.mark.parametrize(
    ("first_month", "text", "start", "end"),
    [
        (7, "FY27", "2026-07-01", "2027-07-01"),
        (7, "this fiscal year", "2026-07-01", "2027-07-01"),
        (10, "last fiscal year", "2025-10-01", "2026-10-01"),
        (2, "fiscal year to date", "2026-02-01", "2026-11-24"),
    ],
)
def test_fiscal_years(first_month: int, text: str, start: str, end: str) -> None:
    anchor = Anchor(DAY(2026, 11, 23), DAY(2026, 1, 1), DAY(2026, 11, 23), first_month)
    period = resolve(text, anchor)
    assert (period.start.isoformat(), period.end.isoformat()) == (start, end)


@pytest.mark.parametrize(
    ("text", "before", "year"),
    [
        ("2026-10", "2026-09", "2025-10"),
        ("2026-Q3", "2026-Q2", "2025-Q3"),
        ("2026-01", "2025-12", "2025-01"),
        ("2026-10-14", "2026-10-13", "2025-10-14"),
        ("2026-11-01/2026-11-24", "2026-10-01 to 2026-10-23", "2025-11-01 to 2025-11-23"),
        ("2026-03-01/2026-03-31", "2026-02", "2025-03-01 to 2025-03-30"),
        ("2024-02-29", "2024-02-28", "2023-02-28"),
    ],
)
def test_neighbours(text: str, before: str, year: str) -> None:
    period = resolve(text, LIVE)
    assert previous(period).label == before
    assert year_before(period).label == year


DAYS = st.dates(DAY(2000, 1, 1), DAY(2090, 1, 1))


@given(DAYS, st.integers(1, 800))
def test_a_label_resolves_to_its_period_and_the_previous_one_adjoins(
    start: dt.date, days: int
) -> None:
    period = make_period(start, start + dt.timedelta(days=days))
    assert resolve(period.label, LIVE) == period
    before = previous(period)
    assert before.start < before.end <= period.start


@given(st.text(max_size=80))
def test_any_text_is_read_without_fault(text: str) -> None:
    for item in find(text, ANCHOR):
        assert item.period.start < item.period.end
        assert 0 <= item.start < item.end <= len(text)


@given(
    st.lists(
        st.sampled_from(
            [
                "last",
                "this",
                "next",
                "month",
                "week",
                "3",
                "two",
                "days",
                "quarter",
                "of",
                "in",
                "September",
                "May",
                "2026",
                "since",
                "from",
                "to",
                "between",
                "and",
                "2026-09-14",
                "until",
                "Q3",
                "week",
                "all",
                "the",
                "half",
                "first",
                "14th",
                "year",
            ]
        ),
        max_size=10,
    )
)
def test_any_words_of_the_grammar_are_read_without_fault(words: list[str]) -> None:
    found = find(" ".join(words), ANCHOR)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
