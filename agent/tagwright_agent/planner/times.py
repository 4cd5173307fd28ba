"""Periods and comparisons of periods that a question says."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from tagwright import periods
from tagwright.lazy import lazy
from tagwright.periods import make_period
from tagwright.periods.model import add_months
from tagwright.text import clean
from tagwright_agent.planner import phrases
from tagwright_agent.planner.question import cannot, unsure
from tagwright_agent.planner.wording import dates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.results import Period
    from tagwright_agent.planner.question import Scope
    from tagwright_agent.planner.reading import Reading
    from tagwright_agent.planner.said import Said
    from tagwright_agent.planner.view import CatalogueView

__all__ = [
    "alike",
    "both_times",
    "each_time",
    "is_one_row",
    "period_after",
    "period_around",
    "period_before",
    "period_earlier",
    "period_following",
    "period_text",
    "reaches_before",
    "settle_times",
    "take_periods",
    "two_ends",
    "unit_of",
]  # fmt: skip

_THAN = lazy(r"(?:\bthan|\bvs\.?|\bversus|\bagainst|\bcompared (?:to|with)|\brelative to|\bfrom|\bsince|\bdifference (?:to|from|with))\s+"
    r"(?:in\s+)?(?:the\s+)?$")  # fmt: skip


_AS_OF = lazy(r"\bas (?:of|at)\s+(?:the )?(?:(?:end|start|close) of )?$")
_BUT_THEN = lazy(r"\b(?:but|except(?:ing)?(?: for)?|exclud(?:e|es|ing)|without|other than|besides|apart from|outside(?: of)?)"
    r"\s+(?:in |for |the |month of )*$")  # fmt: skip
_THROUGH = lazy(r"\b(?:(?:until|till|through|thru|by|to) (?:the )?end of|through|thru|up to and including)\s+"
    r"(?:the )?(?:end of )?(?:the month of )?$")  # fmt: skip
_BUT_IN = lazy(r",\s*but (?:for|in) $")
_BY_THEN = lazy(r"\bby\s+$")
_BEFORE_THAT = phrases.rx(
    r"(?:the (?P<unit>day|week|month|quarter|year) before(?: that| it| this)?|"
    r"an? (?P<one>day|week|month|quarter|year) (?:earlier|before(?: that)?))"
)
_NOT_THEN = lazy(r"(?<![\w-])(?:not|instead of|rather than)(?: in| for)? $")
_FROM = lazy(r"^from\s+", re.IGNORECASE)
_TAKEN_OUT = lazy(r"\b(?:exclud\w+|remov\w+|tak(?:e|ing)|leav(?:e|ing)|strip\w*)\b[^,]*$")
_MOVED = lazy(r"\b(?:change[sd]?|differ\w*|increase[sd]?|decrease[sd]?|up|down|delta)\s*$")
_SINCE = lazy(r"^since\s+", re.IGNORECASE)
_TWO = 2
_MUCH_LONGER = 1.6
_OVER = lazy(r"\s*(?:above|below|over|under|beyond|minus|less)\s*")
_RANK = lazy(r"\b(?:top|bottom)[- ]\d+(?= )", re.IGNORECASE)
_ALONE = lazy(r"^[\s|,]*(?:and |or )?(?:to|with|against|vs\.?|versus|than)(?: in)?\s*$")


def period_text(period: Period) -> str:
    """As tools take it: the short label of a whole unit, else ``START/END`` with exclusive end."""
    if " to " in period.label:
        return f"{period.start.isoformat()}/{period.end.isoformat()}"
    return period.label


def take_periods(reading: Reading, said: Said, view: CatalogueView) -> None:
    """Mark periods and words of comparison, and note them.

    Raises:
        Unclear: A date has two readings, or has not come yet.
    """
    for pattern, compare_to, unit in phrases.RELATIVE:
        if reading.consume(pattern, "comparison"):
            said.compare_to = said.compare_to or compare_to
            said.unit = said.unit or unit
            said.compared = True
    shown = "".join(
        mark if mark == "|" else char for mark, char in zip(reading.mask, reading.text, strict=True)
    )
    shown = _RANK.sub(lambda match: "|" * len(match.group()), shown)  # "top 5 october" is no day
    compared = bool(reading.search(phrases.COMPARED)) or said.explaining
    items = periods.find(shown, view.anchor)
    for item in items:
        start, end = item.start, item.end
        if other := _NOT_THEN.search(reading.mask[:start]):  # "last month, not August"
            reading.take(other.start(), end, "period")
            continue
        if item.readings:
            one, two = item.readings
            raise unsure(f"{clean(item.text)} may be {one} or {two}. Which day do you mean?")
        before = reading.lower[: item.start]
        if _AS_OF.search(before):
            raise unsure(f"All that was charged until {clean(item.text)}, or in it alone?")
        if _BUT_THEN.search(before) and not _BUT_IN.search(before):
            raise cannot("I leave out no time: please say the periods that you want.")
        if _BY_THEN.search(before) and not item.text.startswith("20"):
            raise unsure(f"All until the end of {clean(item.text)}, or that time alone?")
        if through := _THROUGH.search(before):
            until = periods.find(f"until {item.text}", view.anchor)
            if len(until) == 1 and not re.search(r" (?:to|through) ", item.text):
                start, item = through.start(), replace(item, period=until[0].period)  # noqa: PLW2901
        if item.text.lower() == "so far" and len(items) > 1:  # "so far this year" is this year
            reading.take(start, end, "period")
            continue
        said.than = bool(_THAN.search(before) or _ALONE.match(reading.mask[: item.start]))
        if _FROM.match(item.text) and " to " not in item.text and _TAKEN_OUT.search(before):
            inner = periods.find(_FROM.sub("", item.text), view.anchor)
            item = inner[0] if len(inner) == 1 else item  # noqa: PLW2901  "exclude tax from October"
        moved = _FROM.match(item.text) and _MOVED.search(before) and " to " not in item.text
        said.compared = said.compared or bool(moved)
        if moved or (compared and _SINCE.match(item.text)):
            # "since September" is what is compared with, not the time from then on; "since the 1st
            # of October" is that time, as far as there is data.
            inner = periods.find(_FROM.sub("", _SINCE.sub("", item.text)), view.anchor)
            last = view.anchor.data_end
            if len(inner) == 1 and unit_of(inner[0].period) == "day" and last is not None:
                if item.period.start < last < item.period.end:
                    item = replace(item, period=make_period(item.period.start, last))  # noqa: PLW2901
            elif len(inner) == 1:
                said.than = True
                item = inner[0]  # noqa: PLW2901  the same place, read otherwise
        reading.take(start, end, "period")
        if item.asked is not None:
            said.notes.append(f"{clean(item.text)} = {dates(item.period)}, the last with data")
        ends = _ends(item.text, view) if compared and len(items) == 1 else []
        said.periods += ends or [item.period]
    if len(items) == _TWO and _OVER.fullmatch(reading.mask[items[0].end : items[1].start]):
        reading.take(items[0].end, items[1].start, "comparison")
        said.compared = True
    latest = max(view.anchor.today, view.anchor.reference)
    said.future = any(period.start > latest for period in said.periods)
    if said.future:
        said.periods = []
    if match := reading.consume(_BEFORE_THAT, "period"):
        said.shift = match["unit"] or match["one"]


def two_ends(text: str, view: CatalogueView) -> list[Period]:
    """The two periods of the one time "May to June" that a text says; else none."""
    items = periods.find(text, view.anchor)
    return _ends(items[0].text, view) if len(items) == 1 else []


def _ends(text: str, view: CatalogueView) -> list[Period]:
    """In a comparison "May to June" is two periods, not the time from one to the other."""
    match = re.fullmatch(r"(?:(?:from|between)\s+)?(.+?)\s+(?:to|and)\s+(.+)", text, re.IGNORECASE)
    if match is None:
        return []
    ends = []
    for part in match.groups():
        inner = periods.find(part, view.anchor)
        if len(inner) != 1 or inner[0].end - inner[0].start < len(part.strip()):
            return []
        ends.append(inner[0].period)
    return ends


def settle_times(said: Said, view: CatalogueView) -> None:
    """Period and comparison; the later of two periods is the one asked about.

    Raises:
        Unclear: Two periods stand side by side, and nothing says how.
    """
    if said.shift and len(said.periods) == 1 and said.compared and not said.compare_to:
        # "last month vs the month before"
        said.compare_to = period_before(period_text(said.periods[0]), said.shift, view)
        said.shift = ""
    ordered = [once for _, once in sorted({(p.start, p.end): p for p in said.periods}.items())]
    comparing = said.compared or said.explaining
    if len(ordered) == 1 < len(said.periods) and said.compared:
        raise unsure(f"Both are {dates(ordered[0])}: compared with what?")
    if len(ordered) > _TWO and comparing:
        raise unsure("Which two of these periods shall I compare?")
    if len(ordered) == _TWO and comparing and not said.grains:
        alike(ordered[0], ordered[1], view)
        said.period, said.compare_to = period_text(ordered[1]), period_text(ordered[0])
        return
    if len(ordered) >= _TWO:
        _side_by_side(said, ordered)
        return
    if ordered and said.than and not said.compare_to and not said.grains:
        _against(said, ordered[0], view)
        return
    if ordered:
        period = ordered[0]
        if comparing and said.compare_to != "previous_year" and not said.grains:
            period = _so_far(period, view)
        said.period = period_text(period)
    if comparing and not said.compare_to and (said.explaining or not said.side_by_side):
        said.compare_to = "previous_period"
    if said.compare_to and not said.period and not said.explaining:
        said.period = period_text(periods.resolve(f"last {said.unit or 'month'}", view.anchor))


def alike(one: Period, two: Period, view: CatalogueView) -> None:
    """Only periods of much the same length are compared.

    Raises:
        Unclear: One is much longer, or goes on still: a part of this year, and all of the last.
    """
    later = max(one, two, key=lambda period: period.start)
    if unit_of(later) not in ("day", "week", "month") and later.end > view.anchor.today:
        raise unsure(
            f"{dates(later)} is not over. Shall I compare only its months so far with the same "
            "months a year before, or all that there is? Please say both times, from and to."
        )
    days = [(period.end - period.start).days for period in (one, two)]
    if max(days) > _MUCH_LONGER * min(days):
        raise unsure(
            f"{dates(one)} has {days[0]} days and {dates(two)} {days[1]}. "
            "Which two of much the same length shall I compare?"
        )


def _side_by_side(said: Said, ordered: Sequence[Period]) -> None:
    first, last = ordered[0], ordered[-1]
    for one, two in pairwise(ordered):
        if one.end != two.start or unit_of(one) != unit_of(two):
            raise unsure(f"Shall I compare {one.label} with {two.label}, or add them up?")
    said.period = period_text(make_period(first.start, last.end))
    unit = unit_of(first)
    if unit and not said.grains:
        said.groups.append(unit)


def _against(said: Said, before: Period, view: CatalogueView) -> None:
    """After "higher than last month": the period after it, as far as it has come."""
    said.against, said.than_only = period_text(before), True
    unit = unit_of(before)
    after = make_period(before.end, before.end + (before.end - before.start))
    if unit in ("month", "quarter", "year"):
        after = periods.resolve(f"this {unit}", view.anchor)
        if after.start > before.end:  # "since August", three months on: the last with data
            after = periods.resolve(f"last {unit}", view.anchor)
            if after.start >= before.end:
                said.period, said.compare_to = period_text(after), period_text(before)
                return
        nothing_yet = after == before or not view.anchor.reaches(after)
        if nothing_yet and view.anchor.reaches(before):
            said.notes.append(f"this {unit} = {dates(before)}, the last with data")
            said.period, said.compare_to = period_text(before), "previous_period"
            return
    said.period, said.compare_to = "", period_text(before)
    if not unit or after.start != before.end or after.start > view.anchor.reference:
        return  # which of the two is asked about, the question before may tell
    said.period = period_text(after)


def unit_of(period: Period) -> str:
    """The calendar unit that a period is; empty where it is none."""
    days = (period.end - period.start).days
    if days == 1:
        return "day"
    if days == 7 and period.start.weekday() == 0:
        return "week"
    if period.start.day == 1 and period.end.day == 1:
        months = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month
        return {1: "month", 3: "quarter", 12: "year"}.get(months, "")
    return ""


def _so_far(period: Period, view: CatalogueView) -> Period:
    """A month that is not over is compared as far as it has come, not with a whole one."""
    today = view.anchor.reference
    if unit_of(period) == "month" and period.start < today < period.end:
        return make_period(period.start, today)
    return period


def period_after(period: Period) -> str:
    """The calendar unit after one, as tools take it; empty where the period is none."""
    length = {"month": 1, "quarter": 3, "year": 12}.get(unit_of(period))
    if length is None:
        return ""
    return period_text(make_period(period.end, add_months(period.end, length)))


def period_before(period: str, unit: str, view: CatalogueView) -> str:
    """The unit of time before a period, as tools take it."""
    found = periods.resolve(period, view.anchor)
    start = found.start
    own = unit_of(found)
    order = ("day", "week", "month", "quarter", "year")
    if own and order.index(own) < order.index(unit) and unit == "year":
        return period_earlier(period, unit, view)
    inside = start - dt.timedelta(days=1)
    if unit == "day":
        return str(inside)
    if unit == "week":  # the one of the calendar may reach into the period itself
        return period_text(make_period(start - dt.timedelta(days=7), start))
    return _unit_at(inside, unit, view)


def period_earlier(period: str, unit: str, view: CatalogueView) -> str:
    """The same days a unit of time earlier: October 15 a month earlier is September 15."""
    found = periods.resolve(period, view.anchor)
    if unit == "week":
        week = dt.timedelta(days=7)
        return period_text(make_period(found.start - week, found.end - week))
    months = {"month": -1, "quarter": -3, "year": -12}[unit]
    start, end = add_months(found.start, months), add_months(found.end, months)
    whole = found.start.day == found.end.day == 1
    return period_text(make_period(start, end if whole else start + (found.end - found.start)))


def period_around(period: str, unit: str, view: CatalogueView) -> str:
    """The calendar unit that a period lies in, as tools take it.

    Raises:
        Unclear: It reaches beyond one.
    """
    found = periods.resolve(period, view.anchor)
    first, last = (_unit_at(day, unit, view) for day in (found.start, found.end - dt.timedelta(1)))
    if first != last:
        raise unsure(f"{dates(found)} is in more than one {unit}: which one do you mean?")
    return first


def period_following(period: str, unit: str, view: CatalogueView) -> str:
    """The unit of time after a period, as tools take it."""
    end = periods.resolve(period, view.anchor).end
    if unit in ("day", "week"):
        return period_text(make_period(end, end + dt.timedelta(1 if unit == "day" else 7)))
    last = _unit_at(end - dt.timedelta(1), unit, view)
    return _unit_at(periods.resolve(last, view.anchor).end, unit, view)


def _unit_at(day: dt.date, unit: str, view: CatalogueView) -> str:
    return period_text(periods.resolve(f"this {unit}", replace(view.anchor, as_of=day)))


def each_time(scope: Scope, view: CatalogueView) -> list[Scope]:
    """The scope of each of two times that are compared, the earlier first; else it alone.

    For tools that tell one period at a time: each of the two gets its own figures.
    """
    alone = scope.but(compare_to="")
    if not (scope.compare_to and scope.period):
        return [alone]
    return [alone.but(period=_time_before(scope.period, scope.compare_to, view)), alone]


def _time_before(period: str, compare_to: str, view: CatalogueView) -> str:
    if not compare_to.startswith("previous"):
        return compare_to
    found = periods.resolve(period, view.anchor)
    if compare_to == "previous_year":
        return period_earlier(period, "year", view)
    if unit := unit_of(found):
        return period_before(period, unit, view)
    return period_text(make_period(found.start - (found.end - found.start), found.start))


def reaches_before(scope: Scope, view: CatalogueView) -> bool:
    """Whether there is data of the time before a period of several units, such as three months."""
    if not scope.period:
        return True
    found = periods.resolve(scope.period, view.anchor)
    start = view.anchor.data_start
    short = unit_of(found) in ("day", "week", "month")
    return short or start is None or found.start - (found.end - found.start) >= start


def both_times(period: str, compare_to: str, view: CatalogueView) -> str:
    """The time that two compared ones are together, for rows by week or day; else the first.

    Raises:
        Unclear: Something lies between them.
    """
    if not compare_to or compare_to.startswith("previous"):
        return period
    now, then = (periods.resolve(text, view.anchor) for text in (period, compare_to))
    if then.end != now.start:
        raise unsure(f"Rows by time of {dates(now)}, or of {dates(then)}?")
    return period_text(make_period(then.start, now.end))


def is_one_row(period: str, groups: tuple[str, ...], view: CatalogueView) -> bool:
    """Whether a unit of time that is asked for now has the whole period in one row."""
    units = [name for name in groups if name in ("month", "quarter", "year")]
    if not period or not units or units != list(groups):
        return False
    unit = unit_of(periods.resolve(period, view.anchor))
    order = ("day", "week", "month", "quarter", "year")
    return unit != "" and order.index(unit) <= order.index(units[0])
