"""When a day's amount has left its own level: no rhythm is a change, and the first day is exact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright.alerts import Jump, find_jumps

MONDAY = dt.date(2026, 6, 1)
Week = st.lists(st.integers(10, 10_000).map(Decimal), min_size=7, max_size=7)


def day(number: int) -> dt.date:
    return MONDAY + dt.timedelta(days=number)


def series(amounts: Sequence[int | Decimal | None]) -> list[tuple[dt.date, Decimal | None]]:
    return [
        (day(number), None if amount is None else Decimal(amount))
        for number, amount in enumerate(amounts)
    ]


def jumps(
    amounts: Sequence[int | Decimal | None], percent: int = 50, amount: int = 1
) -> list[Jump]:
    return find_jumps(series(amounts), percent=Decimal(percent), amount=Decimal(amount))


@given(week=Week, days=st.integers(0, 130))
def test_a_steady_or_weekly_rhythm_never_alerts(week: list[Decimal], days: int) -> None:
    assert jumps([week[n % 7] for n in range(days)]) == []


@given(
    week=Week, days=st.integers(30, 100),
    noise=st.lists(st.integers(90, 110), min_size=100, max_size=100),
)  # fmt: skip
def test_a_tenth_of_noise_never_alerts(week: list[Decimal], days: int, noise: list[int]) -> None:
    assert jumps([week[n % 7] * noise[n] / 100 for n in range(days)]) == []


@given(week=Week, start=st.integers(21, 60), lasts=st.integers(2, 27))
def test_a_doubled_level_is_found_with_its_first_day(
    week: list[Decimal], start: int, lasts: int
) -> None:
    amounts = [week[n % 7] * (2 if n >= start else 1) for n in range(start + lasts)]
    assert jumps(amounts) == [Jump(day(start), day(start + lasts - 1), goes_on=True)]


@given(week=Week, start=st.integers(21, 60), lasts=st.integers(2, 20), calm=st.integers(4, 20))
def test_a_doubled_level_that_fell_back_is_over(
    week: list[Decimal], start: int, lasts: int, calm: int
) -> None:
    doubled = range(start, start + lasts)
    amounts = [week[n % 7] * (2 if n in doubled else 1) for n in range(start + lasts + calm)]
    assert jumps(amounts) == [Jump(day(start), day(start + lasts - 1), goes_on=False)]


@given(
    amounts=st.lists(st.integers(0, 1000).map(Decimal), min_size=25, max_size=70),
    factor=st.sampled_from([Decimal("0.001"), Decimal(7), Decimal(10**6)]),
)
def test_scaling_money_changes_nothing(amounts: list[Decimal], factor: Decimal) -> None:
    scaled = series([amount * factor for amount in amounts])
    plain = find_jumps(series(amounts), percent=Decimal(30), amount=Decimal(20))
    assert find_jumps(scaled, percent=Decimal(30), amount=20 * factor) == plain


WORKDAYS = [100, 100, 100, 100, 100, 0, 0]


@pytest.mark.parametrize(
    ("amounts", "found"),
    [
        ([*WORKDAYS * 4, 300], []),  # one day is no level
        ([*WORKDAYS * 4, 300, 300], [(28, 29, True)]),
        ([*WORKDAYS * 4, 100, 100, 100, 300, 300, 0, 0, 300], [(31, 35, True)]),  # over a weekend
        ([*WORKDAYS * 4, 300, 300, 20], [(28, 29, True)]),  # the last day is not complete
        ([*WORKDAYS * 4, 300, 300, 100, 100, 100, 0], [(28, 29, False)]),
        ([*WORKDAYS * 4, 0, 0, 0, 0, 0, 0, 0, *WORKDAYS], []),  # a fall and its end are no jump
        ([*WORKDAYS * 4, *[None] * 7, *WORKDAYS], []),  # unknown is not zero
        ([*WORKDAYS * 2, 300, 300, 300], []),  # two weeks say nothing of what is usual
        ([*[0] * 28, 100, 100], [(28, 29, True)]),  # new
        ([100] * 28 + [250] * 40, [(28, 56, False, True)]),  # after four weeks it is the level
        ([100] * 28 + [250] * 35 + [600] * 2, [(28, 56, False, True), (63, 64, True)]),
        ([100] * 35 + [149] * 9, []),
        ([100] * 35 + [150] * 9, [(35, 43, True)]),
    ],
)
def test_cases(amounts: list[int | None], found: list[tuple[Any, ...]]) -> None:
    assert jumps(amounts) == [Jump(day(one[0]), day(one[1]), *one[2:]) for one in found]


def test_both_the_percentage_and_the_amount_must_hold() -> None:
    assert jumps([100] * 28 + [200] * 4, amount=101) == []
    assert jumps([100] * 28 + [200] * 4, percent=101) == []
    assert jumps([100] * 28 + [200] * 4, percent=100, amount=100)


def test_what_swings_by_itself_must_swing_further() -> None:
    """Usual distance 40: four times 1.4826 of it are 237."""
    wild = [20, 180, 100] * 14
    assert jumps([*wild, 300, 300, 300]) == []
    assert jumps([*wild, 900, 900, 900])[0].start == day(42)
