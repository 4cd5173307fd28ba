"""What a match of each pattern of :mod:`tagwright.periods.patterns` means: an interval of days."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from tagwright.periods.model import (
    Anchor,
    add_months,
    month_period,
    quarter_period,
    span,
    week_start,
    year_period,
)

if TYPE_CHECKING:
    import re

    from tagwright.results import Period

__all__ = [
    "CURRENT",
    "MONTHS",
    "NTH",
    "NUMBERS",
    "PAST",
    "after_data",
    "all_of_it",
    "before_last",
    "day_ago",
    "day_of_month",
    "edge_of_month",
    "fiscal_quarter",
    "fiscal_year",
    "half_month",
    "half_year",
    "iso_day",
    "iso_interval",
    "last_count",
    "last_unit",
    "named_month",
    "next_unit",
    "nth_week",
    "quarter_of",
    "third_of_month",
    "this_unit",
    "to_date",
    "units_ago",
    "week_number",
    "whole_year",
    "year_month",
]

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        1,
    )
    for name in names.split()
}
NUMBERS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), 1
    )
}
NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_DAY = dt.timedelta(days=1)


def _unit_period(unit: str, day: dt.date) -> Period:
    """The calendar unit that holds the day."""
    if unit == "day":
        return span(day, day + _DAY)
    if unit == "week":
        return span(week_start(day), week_start(day) + 7 * _DAY)
    if unit == "month":
        return month_period(day.year, day.month)
    if unit == "quarter":
        return quarter_period(day.year, (day.month + 2) // 3)
    return year_period(day.year)


def _step(unit: str, day: dt.date, count: int) -> dt.date:
    """So many units later."""
    if unit in ("day", "week"):
        return day + count * (7 if unit == "week" else 1) * _DAY
    return add_months(day, count * {"month": 1, "quarter": 3, "year": 12}[unit])


def _fiscal_year(anchor: Anchor) -> Period:
    first, day = anchor.fiscal_year_start_month, anchor.reference
    year = day.year + (1 if first > 1 and day.month >= first else 0)
    return year_period(year, first)


def iso_interval(match: re.Match[str], _: Anchor) -> Period | None:
    """``2026-09-01/2026-10-01``: the end is exclusive."""
    start, end = _iso(match["first"]), _iso(match["second"])
    return span(start, end) if start and end and start < end else None


def year_month(match: re.Match[str], _: Anchor) -> Period | None:
    """``2026-09``."""
    return month_period(int(match["year"]), int(match["month_number"]))


def iso_day(match: re.Match[str], _: Anchor) -> Period | None:
    """``2026-09-14``."""
    day = _iso(match["iso"])
    return span(day, day + _DAY) if day else None


def _iso(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def named_month(match: re.Match[str], anchor: Anchor) -> Period | None:
    """A month by its name; without a year, the most recent one that has begun."""
    groups = match.groupdict()
    month = MONTHS[match["month"].casefold()]
    if groups.get("year"):
        return month_period(_full_year(groups["year"]), month)
    return _recent_month(month, anchor)


def month_of_year(match: re.Match[str], anchor: Anchor) -> Period | None:
    """A month of this or of the last year."""
    year = _unit_period("year", anchor.reference).start.year
    back = 0 if match["which"].casefold() == "this" else 1
    return month_period(year - back, MONTHS[match["month"].casefold()])


def _recent_month(month: int, anchor: Anchor) -> Period:
    """The most recent such month that has begun by the reference day."""
    reference = anchor.reference
    return month_period(reference.year - (1 if month > reference.month else 0), month)


def _full_year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def day_of_month(match: re.Match[str], anchor: Anchor) -> Period | None:
    """A day of a named month, or several of it; without a year, the most recent."""
    groups = match.groupdict()
    month = named_month(match, anchor)
    if month is None:
        return None
    try:
        day = month.start.replace(day=int(match["day"]))
    except ValueError:
        return None
    if not groups.get("year") and day > anchor.reference:
        try:
            day = day.replace(year=day.year - 1)
        except ValueError:
            return None
    last = groups.get("last_day")
    if last:
        try:
            return span(day, day.replace(day=int(last)) + _DAY) if int(last) >= day.day else None
        except ValueError:
            return None
    return span(day, day + _DAY)


def half_month(match: re.Match[str], anchor: Anchor) -> Period | None:
    """The first fifteen days of a month, or the others."""
    month = named_month(match, anchor)
    if month is None:
        return None
    middle = month.start + 15 * _DAY
    first = match["half"].casefold() == "first"
    return span(month.start, middle) if first else span(middle, month.end)


def nth_week(match: re.Match[str], anchor: Anchor) -> Period | None:
    """Seven days of a month, from its first day on: as its halves are, not calendar weeks."""
    month = named_month(match, anchor)
    if month is None:
        return None
    start = month.start + 7 * (NTH[match["nth"].casefold()] - 1) * _DAY
    return span(start, start + 7 * _DAY)


def edge_of_month(match: re.Match[str], anchor: Anchor) -> Period | None:
    """The first or the last days of a month; weeks are seven of them, as in :func:`nth_week`."""
    month = named_month(match, anchor)
    if month is None:
        return None
    said = (match["count"] or "one").casefold()
    count = int(NUMBERS.get(said, said)) * (7 if match["unit"].casefold() == "week" else 1)
    if not 0 < count <= (month.end - month.start).days:
        return None
    first = match["side"].casefold() == "first"
    inside = month.start + count * _DAY, month.end - count * _DAY
    return span(month.start, inside[0]) if first else span(inside[1], month.end)


def third_of_month(match: re.Match[str], anchor: Anchor) -> Period | None:
    """Ten days of a month: the first, those in the middle, or what is left after the 20th."""
    month = named_month(match, anchor)
    if month is None:
        return None
    ends = month.start, month.start + 10 * _DAY, month.start + 20 * _DAY, month.end
    said = match["third"].casefold()
    index = 1 if "mid" in said else 2 if said == "late" else 0
    return span(ends[index], ends[index + 1])


def quarter_of(match: re.Match[str], anchor: Anchor) -> Period | None:
    """A quarter by its number; without a year, the most recent one that has begun."""
    said = match["quarter"].casefold()
    number = int(NTH.get(said, said))
    year = match.groupdict().get("year")
    if year:
        return quarter_period(_full_year(year), number)
    day = anchor.reference
    started = number <= (day.month + 2) // 3
    return quarter_period(day.year if started else day.year - 1, number)


def half_year(match: re.Match[str], anchor: Anchor) -> Period | None:
    """``H1`` or ``H2``."""
    first = match["half"] == "1"
    year = match.groupdict().get("year")
    number = _full_year(year) if year else anchor.reference.year
    if not year and not first and anchor.reference.month < 7:
        number -= 1
    start = dt.date(number, 1 if first else 7, 1)
    return span(start, add_months(start, 6))


def whole_year(match: re.Match[str], _: Anchor) -> Period | None:
    """A calendar year."""
    return year_period(int(match["year"]))


def fiscal_year(match: re.Match[str], anchor: Anchor) -> Period | None:
    """A fiscal year, named by the year it ends in."""
    return year_period(_full_year(match["year"]), anchor.fiscal_year_start_month)


def fiscal_quarter(match: re.Match[str], anchor: Anchor) -> Period | None:
    """A quarter of a fiscal year; without a year, the most recent one that has begun."""
    said = match.groupdict().get("year")
    number = int(match["quarter"])
    year = (
        year_period(_full_year(said), anchor.fiscal_year_start_month)
        if said
        else _fiscal_year(anchor)
    )
    start = add_months(year.start, 3 * (number - 1))
    if not said and start > anchor.reference:
        start = add_months(start, -12)
    return span(start, add_months(start, 3))


def week_number(match: re.Match[str], anchor: Anchor) -> Period | None:
    """An ISO week; without a year, the most recent one that has begun."""
    number = int(match["week"])
    groups = match.groupdict()
    year = int(groups["year"]) if groups.get("year") else anchor.reference.isocalendar().year
    try:
        start = dt.date.fromisocalendar(year, number, 1)
        if not groups.get("year") and start > anchor.reference:
            start = dt.date.fromisocalendar(year - 1, number, 1)
    except ValueError:
        return None
    return span(start, start + 7 * _DAY)


def this_unit(match: re.Match[str], anchor: Anchor) -> Period:
    """The unit that holds the reference day."""
    if match.groupdict().get("fiscal"):
        return _fiscal_year(anchor)
    return _unit_period(match["unit"].casefold(), anchor.reference)


def after_data(match: re.Match[str], anchor: Anchor) -> Anchor:
    """As though today were the day after the unit (of a match of :data:`PAST`) with the last data.

    That unit counts as over, whole or not: what is asked for is the last one that has data.
    """
    if anchor.data_end is None:
        return anchor
    last = replace(anchor, as_of=anchor.data_end - _DAY)
    return replace(anchor, as_of=this_unit(match, last).end)


def next_unit(match: re.Match[str], anchor: Anchor) -> Period | None:
    """The one after it."""
    this = this_unit(match, anchor)
    return span(this.end, _step(match["unit"].casefold(), this.end, 1))


def last_unit(match: re.Match[str], anchor: Anchor) -> Period | None:
    """The one before it."""
    this = this_unit(match, anchor)
    return span(_step(match["unit"].casefold(), this.start, -1), this.start)


def before_last(match: re.Match[str], anchor: Anchor) -> Period | None:
    """The one before the last."""
    unit = match["unit"].casefold()
    this = _unit_period(unit, anchor.reference)
    return span(_step(unit, this.start, -2), _step(unit, this.start, -1))


def units_ago(match: re.Match[str], anchor: Anchor) -> Period | None:
    """The calendar unit so many units before the current one."""
    unit = match["unit"].casefold()
    count = _count(match["count"])
    start = _step(unit, _unit_period(unit, anchor.reference).start, -count)
    return _unit_period(unit, start) if count else None


def last_count(match: re.Match[str], anchor: Anchor) -> Period | None:
    """The last N units: days end with the day before today, longer units are whole ones."""
    unit = match["unit"].casefold()
    count = _count(match["count"])
    if not count:
        return None
    this = _unit_period(unit, anchor.reference)
    end = anchor.reference if unit == "day" else this.start
    return span(_step(unit, end, -count), end)


def _count(text: str) -> int:
    text = text.casefold()
    if text.isdigit():
        return int(text)
    return {"a": 1, "couple of": 2}.get(text) or NUMBERS[text]


def day_ago(match: re.Match[str], anchor: Anchor) -> Period | None:
    """Today, yesterday, the day before."""
    back = {"today": 0, "yesterday": 1, "day before yesterday": 2}
    day = anchor.reference - back[match["word"].casefold()] * _DAY
    return span(day, day + _DAY)


def to_date(match: re.Match[str], anchor: Anchor) -> Period | None:
    """Month, quarter or year to date: up to and with the reference day, or the data's end."""
    groups = match.groupdict()
    unit = (
        groups.get("unit")
        or {"m": "month", "q": "quarter", "y": "year", "w": "week"}[match["short"].casefold()]
    ).casefold()
    day = anchor.reference
    # The day after the data is not a day of it: month to date is then the data's own last month.
    inside = day - _DAY if anchor.data_end == day and anchor.today != day else day
    this = _fiscal_year(anchor) if groups.get("fiscal") else _unit_period(unit, inside)
    return span(this.start, inside + _DAY)


def all_of_it(_: re.Match[str], anchor: Anchor) -> Period | None:
    """The range of the data."""
    return anchor.everything


PAST = frozenset({last_unit, last_count, before_last})
"""Readers of what is over: a bill that lags has its own last month."""

CURRENT = frozenset({this_unit, next_unit, to_date, day_ago})
"""Readers of what is named from today: another day's figures would not be what was asked."""
