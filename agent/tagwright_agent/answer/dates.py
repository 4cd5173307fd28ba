"""Dates and periods written in a text, as half-open intervals of days."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DateFound", "Interval", "find_dates", "is_traced", "whole_date"]


class Interval(NamedTuple):
    """From ``start`` up to, not including, ``end``."""

    start: dt.date
    end: dt.date

    def overlaps(self, other: Interval) -> bool:
        """Whether they share a day."""
        return self.start < other.end and other.start < self.end


class DateFound(NamedTuple):
    """A date in a text.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last.
        readings: What it can mean; several where a month or day was given without its year.
        text: As written.
    """

    start: int
    end: int
    readings: tuple[Interval, ...]
    text: str


_MONTHS = {
    name.casefold(): number
    for number in range(1, 13)
    for name in (calendar.month_name[number], calendar.month_abbr[number])
} | {"sept": 9}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"""
    (?<![\w.])(?:
      (?P<iso>(?:19|20)\d\d-\d\d-\d\d)(?:[T\ ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?
    | (?P<isoweek>(?:19|20)\d\d-W\d\d)
    | (?P<isoquarter>(?:19|20)\d\d-Q[1-4])
    | (?P<isomonth>(?:19|20)\d\d-\d\d)(?![-\d])
    | (?P<quarter>Q[1-4])(?:[\ ,]+(?P<qyear>(?:19|20)\d\d))?
    | (?P<day1>\d{{1,2}})(?:st|nd|rd|th)?\ (?:of\ )?(?P<month1>{_MONTH})\.?(?:,?\ (?P<year1>(?:19|20)\d\d))?
    | (?P<month2>{_MONTH})\.?\ (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\ (?P<year2>(?:19|20)\d\d))?
    | (?P<month3>{_MONTH})\.?,?\ (?P<year3>(?:19|20)\d\d)
    | (?P<month4>{_MONTH})
    | (?P<year5>(?:19|20)\d\d)(?![\d.,%]*\d|\ ?%)
    )(?!\w)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def find_dates(text: str, years: Iterable[int]) -> list[DateFound]:
    """Every date in ``text``; what has no year is read in each of ``years``.

    A lone "may" or "mar" in lower case is a word, not a month.
    """
    found = []
    known = sorted(set(years))
    for match in _DATE.finditer(text):
        if match["month4"] and not match["month4"][0].isupper():
            continue
        readings = _readings(match, known)
        if readings is not None:
            found.append(DateFound(match.start(), match.end(), tuple(readings), match.group()))
    return found


def _readings(match: re.Match[str], years: list[int]) -> list[Interval] | None:
    group = match.groupdict()
    try:
        if group["iso"]:
            return [_day(dt.date.fromisoformat(group["iso"]))]
        if group["isoweek"]:
            start = dt.date.fromisoformat(f"{group['isoweek']}-1")
            return [Interval(start, start + dt.timedelta(days=7))]
        if group["isoquarter"]:
            return [_quarter(int(group["isoquarter"][:4]), int(group["isoquarter"][-1]))]
        if group["isomonth"]:
            return [_month(int(group["isomonth"][:4]), int(group["isomonth"][5:]))]
        if group["quarter"]:
            chosen = [int(group["qyear"])] if group["qyear"] else years
            return [_quarter(year, int(group["quarter"][1])) for year in chosen]
        for index in ("1", "2"):
            if group[f"day{index}"]:
                given = group[f"year{index}"]
                month = _MONTHS[group[f"month{index}"].casefold()]
                day = int(group[f"day{index}"])
                return [_day(dt.date(year, month, day)) for year in _years(given, years)]
        if group["month3"]:
            return [_month(int(group["year3"]), _MONTHS[group["month3"].casefold()])]
        if group["month4"]:
            return [_month(year, _MONTHS[group["month4"].casefold()]) for year in years]
        year = int(group["year5"])
        return [Interval(dt.date(year, 1, 1), dt.date(year + 1, 1, 1))]
    except ValueError:  # 2026-13, 31 September: no date at all, so it is traced as a number
        return None


def _years(given: str | None, years: list[int]) -> list[int]:
    return [int(given)] if given else years


def _day(day: dt.date) -> Interval:
    return Interval(day, day + dt.timedelta(days=1))


def _month(year: int, month: int) -> Interval:
    start = dt.date(year, month, 1)
    return Interval(start, dt.date(year + month // 12, month % 12 + 1, 1))


def _quarter(year: int, quarter: int) -> Interval:
    start = dt.date(year, 3 * quarter - 2, 1)
    return Interval(start, dt.date(year + quarter // 4, 3 * (quarter % 4) + 1, 1))


def whole_date(text: str) -> Interval | None:
    """The interval that a whole cell names (``2026-09``, ``2026-09-01/2026-10-01``); else None."""
    if len(text) > 80:
        return None
    first, separator, last = text.partition("/")
    if separator:
        start, end = whole_date(first), whole_date(last)
        return Interval(start.start, end.start) if start and end and start < end else None
    found = find_dates(text.strip(), ())
    if len(found) == 1 and len(found[0].text) == len(text.strip()) and len(found[0].readings) == 1:
        return found[0].readings[0]
    return None


def is_traced(readings: Iterable[Interval], sources: Iterable[Interval]) -> bool:
    """Whether one of ``readings`` is a source, or where a source begins or ends.

    A day must be the first day, the last day or the exclusive end of a source; a month, quarter or
    year must hold a source's first or last day. What merely lies inside a long period is not
    traced: it would let any day of it be named.
    """
    known = list(sources)
    for reading in readings:
        if reading.end - reading.start == dt.timedelta(days=1):
            days = {
                day
                for source in known
                for day in (source.start, source.end, source.end - dt.timedelta(days=1))
            }
            if reading.start in days:
                return True
        elif any(
            reading == source
            or reading.start <= source.start < reading.end
            or reading.start < source.end <= reading.end
            for source in known
        ):
            return True
    return False
