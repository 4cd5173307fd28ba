"""Two periods by the days that the bills of both have: the end of a bill is no fall of spend.

A bill that has a charge on nearly every day is known day by day: after its last day it says nothing
yet, and of the day in which it was loaded, and the one before, not all; nor of what was before the
first day of the data. Of other bills (one charge a month) only months are known, see
:mod:`tagwright.builtin._reach`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.periods import make_period
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tagwright.builtin._question import Question
    from tagwright.results import Period

__all__ = ["SameDays", "same_days"]

_LATE = dt.timedelta(hours=24)
"""So long after its end a day's charges may still come in: providers write them in parts."""
_LOOKS = (28, 49)
_LEAST = 10
"""Days up to a bill's last one that say whether it is a daily one, and how many there must be."""
_FEW = 6
"""Of so many days less than one is without a charge: a hole of a week, and no weekends off."""
_UNLIKE = 3
"""Periods whose lengths differ by more days than those of two months are not cut alike."""

_DAYS = 'SELECT DISTINCT "ServiceProviderName", x_day FROM rollup_organisation'


@dataclass(frozen=True)
class SameDays:
    """Two periods as far as the bills of both have them.

    Attributes:
        before: The period that is compared with; shorter where the bills are. None where none is.
        lacking: Providers to the days of the period as asked that their bill has not all of.
        gaps: Providers to days inside their bill, of either period, without any charge.
        unlike: Providers whose bill has so little of the periods that the others are not cut by it,
            or whose charge of a month the cut leaves in one of the two: a change of their money is
            unknown.
    """

    before: Period | None
    lacking: Mapping[str, Period]
    gaps: Mapping[str, tuple[dt.date, ...]]
    unlike: frozenset[str]

    def details(self) -> dict[str, dict[str, Any]]:
        """``compared_to``; of what is not there ``not_in_it`` and ``days_without``."""
        if self.before is None:
            return {}
        late = {name: f"{days.start}/{days.end}" for name, days in self.lacking.items()}
        without = {name: [str(day) for day in days] for name, days in self.gaps.items()}
        return {
            "compared_to": self.before.model_dump(mode="json"),
            **({"not_in_it": late} if late else {}),
            **({"days_without": without} if without else {}),
        }


def same_days(question: Question, before: Period | None) -> SameDays:
    """Cut the question's period, and the other, to the days that the bills of both have.

    Question and receipt say so. Where no bill ends inside them, both stay as they are.
    """
    if before is None:
        return SameDays(None, {}, {}, frozenset())
    period = question.period
    loaded = question.ctx.snapshot.info.published_at
    every = {name: _come(days, loaded) for name, days in _days(question).items()}
    bills = {name: days for name, days in every.items() if _is_daily(days)}
    ends = {name: _whole_to(days, loaded) for name, days in bills.items()}
    alike = abs(_length(period) - _length(before)) <= _UNLIKE
    counts = {
        name: _both(end, period, before)
        for name, end in ends.items()
        if alike and any(_in(day, period) or _in(day, before) for day in bills[name])
    }
    most = max(counts.values(), default=0)
    kept = [count for count in counts.values() if count * 2 >= most and count]
    count = min(kept, default=_length(period))
    lacking = {
        name: make_period(max(ends[name], period.start), period.end)
        for name in counts
        if ends[name] < period.end
    }
    first = question.ctx.anchor.data_start
    begins = any(bills[name][0] == first and _is_daily(bills[name], 0) for name in counts)
    skipped = _before(first, period, before) if begins else 0
    if skipped >= count:  # not one day: that nothing is known of one of them is said elsewhere
        skipped = 0
    now, then = period, before
    if skipped or count < _length(period):
        now, then = (_cut(one, skipped, min(count, _length(before))) for one in (period, before))
    unlike = {name for name, own in counts.items() if own < count}
    parted = {
        name for name, days in every.items()
        if name not in bills and _parted(days, (period, now), (before, then))
    }  # fmt: skip
    gaps = {name: _gaps(days, ends[name], now, then) for name, days in bills.items()}
    gaps = {name: missing for name, missing in gaps.items() if missing}
    if skipped:
        question.notes.append(f"The data begins {first}.")
    question.notes += _notes(lacking, gaps, several=len(every) > 1)
    question.notes += [
        f"Charges of {clean(name)} are in those days of one period alone, and it had others: how "
        "much they changed is unknown."
        for name in sorted(parted)
    ]
    if now != period:
        said = f"Compared are the days that both have: {now.label} with {then.label}."
        question.notes.append(said)
        question.period = now
        question.ctx.note_period("period", now)
        question.ctx.note_period("compare_to", then)
    return SameDays(then, lacking, gaps, frozenset(unlike | parted))


def _days(question: Question) -> dict[str, list[dt.date]]:
    """Providers asked about to the days that have a charge, in order."""
    # Not its reach: that follows a conversion, which is read for the periods found here.
    found: dict[str, list[dt.date]] = {}
    for provider, day in question.ctx.snapshot.known(_DAYS).rows:
        name = str(provider or "")
        if question.providers is None or name in question.providers:
            found.setdefault(name, []).append(day)
    return {name: sorted(set(days)) for name, days in found.items()}


def _come(days: list[dt.date], loaded: dt.datetime) -> list[dt.date]:
    """Without what is charged ahead (a commitment, next month's fee): it is not the bill's end."""
    come = [day for day in days if day <= loaded.date()]
    return come if come and _is_daily(come) and not _is_daily(days) else days


def _is_daily(days: Sequence[dt.date], edge: int = -1) -> bool:
    """Whether a bill is a daily one at its end; with ``edge`` 0 at its beginning."""
    ages = [abs((days[edge] - day).days) for day in days]
    looks = [min(look, max(ages) + 1) for look in _LOOKS]
    return looks[0] >= _LEAST and any(
        (look - sum(age < look for age in ages)) * _FEW < look for look in looks
    )


def _whole_to(days: list[dt.date], loaded: dt.datetime) -> dt.date:
    """The day after the last one that all of is there."""
    end = days[-1] + dt.timedelta(days=1)
    if loaded.date() < days[-1]:  # days that had not come yet: made up, nothing is known of it
        return end
    return min(end, (loaded - _LATE).date())


def _both(end: dt.date, period: Period, before: Period) -> int:
    """So many days from the start of both are there; the period's length where all are."""
    return min(
        _length(period) if end >= one.end else max((end - one.start).days, 0)
        for one in (period, before)
    )


def _before(first: dt.date | None, *both: Period) -> int:
    """So many days of a period's first month are before the first day of the data.

    Of what begins in an earlier month than the data nothing is compared anyway.
    """
    return max(
        (first - one.start).days if first and _in(first, one) and _month(first, one.start) else 0
        for one in both
    )


def _cut(period: Period, skipped: int, count: int) -> Period:
    start, end = (period.start + dt.timedelta(days=number) for number in (skipped, count))
    return make_period(start, end)


def _parted(days: Iterable[dt.date], *cuts: tuple[Period, Period]) -> bool:
    """Whether one of two cut periods has a charge, and the other had one before it was cut."""
    held = set(days)
    have = [any(_in(day, cut) for day in held) for _, cut in cuts]
    had = [any(_in(day, whole) for day in held) for whole, _ in cuts]
    return any(have) and have != had


def _gaps(days: list[dt.date], end: dt.date, *spans: Period) -> tuple[dt.date, ...]:
    """Days of the spans that are missing; none where about then many had no charge."""
    held, look = set(days), dt.timedelta(days=max(_LOOKS))
    every = [days[0] + dt.timedelta(days=number) for number in range((end - days[0]).days)]
    near = [day for day in every if any(one.start - look <= day < one.end + look for one in spans)]
    without = [day for day in near if day not in held]
    if len(without) * _FEW >= len(near):
        return ()
    return tuple(day for day in without if any(_in(day, one) for one in spans))


def _notes(
    lacking: Mapping[str, Period], gaps: Mapping[str, tuple[dt.date, ...]], *, several: bool
) -> list[str]:
    def of(name: str) -> str:
        return f" of {clean(name)}" if several else ""

    return [
        *(f"Not in the bill{of(name)} yet, or not all of it: {days.label}."
          for name, days in lacking.items()),
        *(f"There is no charge{of(name)} on {', '.join(_runs(days))}, and on nearly every other "
          "day: unknown, not zero." for name, days in gaps.items()),
    ]  # fmt: skip


def _runs(days: Sequence[dt.date]) -> list[str]:
    """Days in order, those that follow each other as one."""
    day = dt.timedelta(days=1)
    starts = [one for one in days if one - day not in days]
    ends = [one + day for one in days if one + day not in days]
    return [make_period(start, end).label for start, end in zip(starts, ends, strict=True)]


def _in(day: dt.date, period: Period) -> bool:
    return period.start <= day < period.end


def _month(one: dt.date, other: dt.date) -> bool:
    return one.replace(day=1) == other.replace(day=1)


def _length(period: Period) -> int:
    return (period.end - period.start).days
