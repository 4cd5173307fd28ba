"""The patterns of single periods, and what each means: an interval grammar over words and numbers.

No library gives billing intervals (dateparser reads points in time); see docs/decisions/0008.
"""

from __future__ import annotations

import datetime as dt
import re
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
    from collections.abc import Callable

    from tagwright.results import Period

__all__ = ["CURRENT", "PAST", "PATTERNS", "after_data", "word_pattern"]

_MONTHS = {
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
_NUMBERS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), 1
    )
}
_NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(_NUMBERS)}|a|couple of)"
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_SHORT_YEAR = r"'?(?P<year>(?:19|20)\d\d|\d\d)"
_UNIT = r"(?P<unit>day|week|month|quarter|year)"
_ORDINAL = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
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


def _iso_interval(match: re.Match[str], _: Anchor) -> Period | None:
    start, end = _iso(match["first"]), _iso(match["second"])
    return span(start, end) if start and end and start < end else None


def _iso_day(match: re.Match[str], _: Anchor) -> Period | None:
    day = _iso(match["iso"])
    return span(day, day + _DAY) if day else None


def _iso(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _named_month(match: re.Match[str], anchor: Anchor) -> Period | None:
    groups = match.groupdict()
    month = _MONTHS[match["month"].casefold()]
    if groups.get("year"):
        return month_period(_full_year(groups["year"]), month)
    return _recent_month(month, anchor)


def _recent_month(month: int, anchor: Anchor) -> Period:
    """The most recent such month that has begun by the reference day."""
    reference = anchor.reference
    return month_period(reference.year - (1 if month > reference.month else 0), month)


def _full_year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _day_of_month(match: re.Match[str], anchor: Anchor) -> Period | None:
    groups = match.groupdict()
    month = _named_month(match, anchor)
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


def _half(match: re.Match[str], anchor: Anchor) -> Period | None:
    month = _named_month(match, anchor)
    if month is None:
        return None
    middle = month.start + 15 * _DAY
    first = match["half"].casefold() == "first"
    return span(month.start, middle) if first else span(middle, month.end)


def _nth_week(match: re.Match[str], anchor: Anchor) -> Period | None:
    """Seven days of a month, from its first day on: as its halves are, not calendar weeks."""
    month = _named_month(match, anchor)
    if month is None:
        return None
    start = month.start + 7 * (_NTH[match["nth"].casefold()] - 1) * _DAY
    return span(start, start + 7 * _DAY)


def _quarter(match: re.Match[str], anchor: Anchor) -> Period | None:
    said = match["quarter"].casefold()
    number = int(_NTH.get(said, said))
    year = match.groupdict().get("year")
    if year:
        return quarter_period(_full_year(year), number)
    day = anchor.reference
    started = number <= (day.month + 2) // 3
    return quarter_period(day.year if started else day.year - 1, number)


def _half_year(match: re.Match[str], anchor: Anchor) -> Period | None:
    first = match["half"] == "1"
    year = match.groupdict().get("year")
    number = _full_year(year) if year else anchor.reference.year
    if not year and not first and anchor.reference.month < 7:
        number -= 1
    start = dt.date(number, 1 if first else 7, 1)
    return span(start, add_months(start, 6))


def _year(match: re.Match[str], _: Anchor) -> Period | None:
    return year_period(int(match["year"]))


def _fiscal(match: re.Match[str], anchor: Anchor) -> Period | None:
    return year_period(_full_year(match["year"]), anchor.fiscal_year_start_month)


def _fiscal_quarter(match: re.Match[str], anchor: Anchor) -> Period | None:
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


def _week_number(match: re.Match[str], anchor: Anchor) -> Period | None:
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


def _this_unit(match: re.Match[str], anchor: Anchor) -> Period:
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
    return replace(anchor, as_of=_this_unit(match, last).end)


def _next_unit(match: re.Match[str], anchor: Anchor) -> Period | None:
    this = _this_unit(match, anchor)
    return span(this.end, _step(match["unit"].casefold(), this.end, 1))


def _last_unit(match: re.Match[str], anchor: Anchor) -> Period | None:
    this = _this_unit(match, anchor)
    return span(_step(match["unit"].casefold(), this.start, -1), this.start)


def _before_last(match: re.Match[str], anchor: Anchor) -> Period | None:
    unit = match["unit"].casefold()
    this = _unit_period(unit, anchor.reference)
    return span(_step(unit, this.start, -2), _step(unit, this.start, -1))


def _units_ago(match: re.Match[str], anchor: Anchor) -> Period | None:
    """The calendar unit so many units before the current one."""
    unit = match["unit"].casefold()
    count = _count(match["count"])
    start = _step(unit, _unit_period(unit, anchor.reference).start, -count)
    return _unit_period(unit, start) if count else None


def _last_count(match: re.Match[str], anchor: Anchor) -> Period | None:
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
    return {"a": 1, "couple of": 2}.get(text) or _NUMBERS[text]


def _yesterday(match: re.Match[str], anchor: Anchor) -> Period | None:
    back = {"today": 0, "yesterday": 1, "day before yesterday": 2}
    day = anchor.reference - back[match["word"].casefold()] * _DAY
    return span(day, day + _DAY)


def _to_date(match: re.Match[str], anchor: Anchor) -> Period | None:
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


def _everything(_: re.Match[str], anchor: Anchor) -> Period | None:
    return anchor.everything


def word_pattern(pattern: str) -> re.Pattern[str]:
    """The pattern between word boundaries that know dots, dashes and slashes."""
    return re.compile(rf"(?<![\w/.-]){pattern}(?![\w/]|[.-]\w)", re.IGNORECASE)


_ISO_DAY = r"\d{4}-\d{2}-\d{2}"
_OF = r"(?:\s+of)?(?:\s*,)?\s+"
_DATA = r"(?P<data>\s+(?:of|with|in)\s+(?:the\s+)?data)?"
_WHOLE = r"(?:full|whole|complete|calendar|billing)\s+"
_FISCAL = r"(?P<fiscal>fiscal\s+)"
_THE = r"(?:the\s+)?"
_MONTH_OF = rf"(?:{_THE}month\s+of\s+)?"
PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Anchor], Period | None]], ...] = (
    (word_pattern(rf"(?P<first>{_ISO_DAY})\s?/\s?(?P<second>{_ISO_DAY})"), _iso_interval),
    (word_pattern(rf"(?P<iso>{_ISO_DAY})"), _iso_day),
    (
        word_pattern(rf"{_YEAR}[-/](?P<month_number>0[1-9]|1[0-2])"),
        lambda m, _: month_period(int(m["year"]), int(m["month_number"])),
    ),
    (word_pattern(rf"{_YEAR}[-\s]?Q(?P<quarter>[1-4])"), _quarter),
    (word_pattern(rf"Q(?P<quarter>[1-4])(?:{_OF}|\s*-\s*|\s*/\s*|\s*){_SHORT_YEAR}"), _quarter),
    (word_pattern(r"Q(?P<quarter>[1-4])"), _quarter),
    (
        word_pattern(rf"{_THE}(?P<quarter>{'|'.join(_NTH)})\s+quarter(?:{_OF}{_SHORT_YEAR})?"),
        _quarter,
    ),
    (word_pattern(rf"H(?P<half>[12])(?:{_OF}{_SHORT_YEAR})?"), _half_year),
    (word_pattern(rf"{_YEAR}-W(?P<week>\d{{1,2}})"), _week_number),
    (
        word_pattern(rf"(?:calendar\s+)?week\s+(?:number\s+)?(?P<week>\d{{1,2}})(?:{_OF}{_YEAR})?"),
        _week_number,
    ),
    (
        word_pattern(rf"(?:FY\s?|fiscal\s+year\s+){_SHORT_YEAR}[\s-]*Q(?P<quarter>[1-4])"),
        _fiscal_quarter,
    ),
    (
        word_pattern(
            rf"(?:fiscal\s+|F)Q(?P<quarter>[1-4])(?:(?:{_OF}|\s*)(?:FY\s?|fiscal\s+year\s+)?{_SHORT_YEAR})?"
        ),
        _fiscal_quarter,
    ),
    (
        word_pattern(rf"Q(?P<quarter>[1-4])(?:{_OF}|\s*)(?:FY\s?|fiscal\s+year\s+){_SHORT_YEAR}"),
        _fiscal_quarter,
    ),
    (word_pattern(rf"(?:FY\s?|fiscal\s+year\s+){_SHORT_YEAR}"), _fiscal),
    (
        word_pattern(
            rf"{_THE}(?P<nth>first|second|third|fourth)\s+week\s+(?:of|in)\s+{_MONTH}(?:{_OF}{_YEAR})?"
        ),
        _nth_week,
    ),
    (word_pattern(rf"{_THE}(?P<half>first|second)\s+half\s+of\s+{_MONTH}(?:{_OF}{_YEAR})?"), _half),
    # 14 October 2026, Oct 14th, October 14 to 20
    (
        word_pattern(
            rf"{_MONTH}\s+{_ORDINAL}\s*(?:-|\u2013|to)\s*(?P<last_day>\d{{1,2}})(?:st|nd|rd|th)?"
            rf"(?:{_OF}{_YEAR})?"
        ),
        _day_of_month,
    ),
    (
        word_pattern(
            rf"between\s+{_THE}{_MONTH}\s+{_ORDINAL}\s+and\s+{_THE}(?P<last_day>\d{{1,2}})(?:st|nd|rd|th)?"
            rf"(?:{_OF}{_YEAR})?"
        ),
        _day_of_month,
    ),
    (word_pattern(rf"{_MONTH}\s+{_ORDINAL}(?:{_OF}{_YEAR})?"), _day_of_month),
    # 14 to 20 October, the 19th till the 21st of October
    (
        word_pattern(
            rf"(?:from\s+|between\s+)?{_THE}{_ORDINAL}\s*(?:-|\u2013|to|till|til|until|through|and)\s*{_THE}"
            rf"(?P<last_day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:{_OF}{_YEAR})?"
        ),
        _day_of_month,
    ),
    (word_pattern(rf"{_THE}{_ORDINAL}\s+(?:of\s+)?{_MONTH}(?:{_OF}{_YEAR})?"), _day_of_month),
    (
        word_pattern(rf"{_MONTH_OF}{_MONTH}(?:{_OF}|\s*-\s*|\s*/\s*|\s?)'?(?P<year>(?:19|20)\d\d)"),
        _named_month,
    ),
    (word_pattern(rf"{_MONTH}\s?'(?P<year>\d\d)"), _named_month),
    (word_pattern(rf"{_MONTH_OF}{_MONTH}"), _named_month),
    (word_pattern(rf"{_THE}{_UNIT}\s+before\s+last{_DATA}"), _before_last),
    (word_pattern(rf"{_COUNT}\s+{_UNIT}s?\s+ago"), _units_ago),
    (word_pattern(rf"{_THE}(?P<word>today|yesterday|day\s+before\s+yesterday)"), _yesterday),
    (
        word_pattern(
            rf"(?:{_THE}(?:last|past|previous|trailing|prior)\s+){_COUNT}\s+(?:{_WHOLE})?"
            rf"{_UNIT}s?{_DATA}"
        ),
        _last_count,
    ),
    (
        word_pattern(rf"{_THE}(?:this|current)\s+(?:{_WHOLE}|{_FISCAL})?{_UNIT}(?:'s)?"),
        _this_unit,
    ),
    (
        word_pattern(rf"{_THE}(?:next|coming)\s+(?:{_WHOLE}|{_FISCAL})?{_UNIT}(?:'s)?"),
        _next_unit,
    ),
    (
        word_pattern(
            rf"{_THE}(?:last|past|previous|prior|preceding|latest)\s+"
            rf"(?:{_WHOLE}|{_FISCAL})?{_UNIT}(?:'s)?{_DATA}"
        ),
        _last_unit,
    ),
    (word_pattern(rf"{_THE}(?P<fiscal>fiscal\s+)?{_UNIT}[\s-]+to[\s-]+date"), _to_date),
    (word_pattern(r"(?P<short>[mqyw])td"), _to_date),
    (
        word_pattern(
            r"(?:all\s+time|all|ever|overall|to\s+date|so\s+far|entire\s+period|whole\s+period|all\s+periods?)"
        ),
        _everything,
    ),
    (word_pattern(rf"(?:in\s+)?{_THE}(?:year\s+)?{_YEAR}"), _year),
)

PAST = frozenset({_last_unit, _last_count, _before_last})
"""Readers of what is over: a bill that lags has its own last month."""

CURRENT = frozenset({_this_unit, _next_unit, _to_date, _yesterday})
"""Readers of what is named from today: another day's figures would not be what was asked."""
