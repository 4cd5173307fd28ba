"""The days on which a daily amount left its own level upwards.

A day is held against what its own past says of it: the median of the same weekdays of the six weeks
before, so that no weekly rhythm is a change and no single odd day moves the level (the seasonal
naive forecast of Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 5.2, with a
median for the last value). It is raised where it is above that by a percentage, by an amount, and
by four times the usual distance: 1.4826 times the median absolute deviation (the Hampel
identifier; Davies and Gather, The identification of multiple outliers, JASA 1993).

One raised day is no level; two are. A level that is kept for four weeks is the series' own from
then on. Bills arrive in parts, and later days come in lower: the last day alone ends nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal, localcontext
from statistics import median
from typing import TYPE_CHECKING

from tagwright.money import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Jump", "find_jumps"]

_LOOK_BACK = 42
"""Days before that say what is usual."""

_KNOWN = 3
"""So many of the same weekday must be known, else nothing is said of a day."""
_RAISED, _CALM = 2, 3
"""So many raised days begin a level, so many others in a row end it: a weekend may lie between."""
_SETTLED = 28
_SPREAD = Decimal("1.4826") * 4


@dataclass(frozen=True)
class Jump:
    """A level that began on a day.

    Attributes:
        start: Its first day.
        last: Its last raised day that is known.
        goes_on: Whether it does at the end of the data.
        settled: It was kept for four weeks and is what is usual now; else, where it does not go on,
            it fell back.
    """

    start: dt.date
    last: dt.date
    goes_on: bool
    settled: bool = False


def find_jumps(
    days: Sequence[tuple[dt.date, Decimal | None]], *, percent: Decimal, amount: Decimal
) -> list[Jump]:
    """The jumps of a series, in order.

    Args:
        days: Day and amount, every day once and in order; None where the amount is unknown.
        percent: How far above what is usual a day must be, of that.
        amount: The same in money a day; both must hold.
    """
    with localcontext(EXACT):
        search = _Search(percent / 100, amount)
        for number, (day, value) in enumerate(days):
            if value is not None:
                search.see(day, value, last=number == len(days) - 1)
        return search.found()


class _Search:
    """Goes over the days once; a run is what was raised since it began."""

    def __init__(self, ratio: Decimal, amount: Decimal) -> None:
        self._ratio = ratio
        self._amount = amount
        self._usual: dict[dt.date, Decimal] = {}
        self._run: dict[dt.date, Decimal] = {}
        self._raised: list[dt.date] = []
        self._jumps: list[Jump] = []

    def found(self) -> list[Jump]:
        """What was found, what still goes on among it."""
        if len(self._raised) < _RAISED:
            return self._jumps
        return [*self._jumps, Jump(self._raised[0], self._raised[-1], goes_on=True)]

    def see(self, day: dt.date, value: Decimal, *, last: bool) -> None:
        if self._is_raised(day, value):
            self._run[day] = value
            self._raised.append(day)
            if (day - self._raised[0]).days >= _SETTLED:
                self._settle()
        elif not self._raised:
            self._usual[day] = value
        elif not last:
            self._run[day] = value
            if sum(one > self._raised[-1] for one in self._run) >= _CALM:
                self._end()

    def _is_raised(self, day: dt.date, value: Decimal) -> bool:
        first = self._raised[0] if self._raised else day
        since = first - dt.timedelta(days=_LOOK_BACK)
        past = {one: held for one, held in self._usual.items() if since <= one < first}
        of_weekday = defaultdict(list)
        for one, held in past.items():
            of_weekday[one.weekday()].append(held)
        known = of_weekday[day.weekday()]
        if len(known) < _KNOWN:
            return False
        level = {weekday: _middle(values) for weekday, values in of_weekday.items()}
        usual = level[day.weekday()]
        distance = _middle(abs(held - level[one.weekday()]) for one, held in past.items())
        above = value - usual
        least = max(self._amount, self._ratio * abs(usual), _SPREAD * distance)
        return above > 0 and above >= least

    def _end(self) -> None:
        """It fell back; of one odd day nothing is said, and it stays out of what is usual."""
        if len(self._raised) >= _RAISED:
            self._jumps.append(Jump(self._raised[0], self._raised[-1], goes_on=False))
        last = self._raised[-1]
        self._usual |= {day: value for day, value in self._run.items() if day > last}
        self._run, self._raised = {}, []

    def _settle(self) -> None:
        """It is the level now, and what was before says nothing more."""
        self._jumps.append(Jump(self._raised[0], self._raised[-1], goes_on=False, settled=True))
        self._usual, self._run, self._raised = self._run, {}, []


def _middle(values: Iterable[Decimal]) -> Decimal:
    return median(list(values))
