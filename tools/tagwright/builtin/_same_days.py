"""Two periods by the days that the bills of both have: the end of a bill is no fall of spend.

A bill that has a charge on nearly every day is known day by day: after its last day it says nothing
yet, and of the day in which it was loaded, and the one before, not all. Of other bills (one charge
a month) only months are known, see :mod:`tagwright.builtin._reach`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.periods import make_period
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tagwright.builtin._question import Question
    from tagwright.results import Period

__all__ = ["SameDays", "same_days"]

_LATE = dt.timedelta(hours=24)
"""So long after its end a day's charges may still come in: providers write them in parts."""
_LOOK = 28
_LEAST = 10
"""Days up to a bill's last one that say whether it is a daily one, and how many there must be."""
_WITHOUT = 2
_FEW = 0.15
"""More of two periods' days without a charge are none that are missing: it was not daily then."""
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
        unlike: Providers whose bill has so little of the periods that the others are not cut by it:
            a change of their money is unknown.
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
    every = _days(question)
    bills = {name: days for name, days in every.items() if _is_daily(days)}
    ends = {name: _whole_to(days, question) for name, days in bills.items()}
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
    unlike = frozenset(name for name, own in counts.items() if own < count)
    now = make_period(period.start, period.start + dt.timedelta(days=count))
    then = make_period(before.start, min(before.end, before.start + dt.timedelta(days=count)))
    if count >= _length(period):
        now, then = period, before
    gaps = {
        name: tuple(day for day in _without(days, ends[name]) if _in(day, now) or _in(day, then))
        for name, days in bills.items()
    }
    few = (_length(now) + _length(then)) * _FEW
    gaps = {name: missing for name, missing in gaps.items() if 0 < len(missing) <= few}
    question.notes += _notes(lacking, gaps, several=len(every) > 1)
    if now != period:
        said = f"Compared are the days that both have: {now.label} with {then.label}."
        question.notes.append(said)
        question.period = now
        question.ctx.note_period("period", now)
        question.ctx.note_period("compare_to", then)
    return SameDays(then, lacking, gaps, unlike)


def _days(question: Question) -> dict[str, list[dt.date]]:
    """Providers asked about to the days that have a charge, in order."""
    # Not its reach: that follows a conversion, which is read for the periods found here.
    found: dict[str, list[dt.date]] = {}
    for provider, day in question.ctx.snapshot.known(_DAYS).rows:
        name = str(provider or "")
        if question.providers is None or name in question.providers:
            found.setdefault(name, []).append(day)
    return {name: sorted(days) for name, days in found.items()}


def _is_daily(days: Iterable[dt.date]) -> bool:
    held = set(days)
    last = max(held)
    look = min(_LOOK, (last - min(held)).days + 1)
    recent = sum((last - day).days < look for day in held)
    return look >= _LEAST and look - recent <= _WITHOUT


def _whole_to(days: list[dt.date], question: Question) -> dt.date:
    """The day after the last one that all of is there."""
    loaded = question.ctx.snapshot.info.published_at
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


def _without(days: list[dt.date], end: dt.date) -> Iterable[dt.date]:
    held = set(days)
    for number in range((end - days[0]).days):
        if (day := days[0] + dt.timedelta(days=number)) not in held:
            yield day


def _notes(
    lacking: Mapping[str, Period], gaps: Mapping[str, tuple[dt.date, ...]], *, several: bool
) -> list[str]:
    def of(name: str) -> str:
        return f" of {clean(name)}" if several else ""

    return [
        *(f"Not in the bill{of(name)} yet, or not all of it: {days.label}."
          for name, days in lacking.items()),
        *(f"There is no charge{of(name)} on {', '.join(map(str, days))}, and on nearly every other "
          "day: unknown, not zero." for name, days in gaps.items()),
    ]  # fmt: skip


def _in(day: dt.date, period: Period) -> bool:
    return period.start <= day < period.end


def _length(period: Period) -> int:
    return (period.end - period.start).days
