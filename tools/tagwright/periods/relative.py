"""A period from one expression, and its neighbours."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from tagwright.errors import UnknownNameError
from tagwright.periods.find import find
from tagwright.periods.model import add_months, span

if TYPE_CHECKING:
    from tagwright.periods.find import Found
    from tagwright.periods.model import Anchor
    from tagwright.results import Period

__all__ = ["lag_note", "meant", "previous", "resolve", "year_before"]

_INTERVAL = re.compile(r"(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)")
_KNOWN = (
    "2026-09",
    "2026-09-01/2026-10-01 (end exclusive)",
    "2026-Q3",
    "last_month",
    "this_month",
    "last_30_days",
    "ytd",
    "all",
)


def resolve(text: str, anchor: Anchor) -> Period:
    """The one period that the whole text means; see :func:`meant`."""
    return meant(text, anchor).period


def meant(text: str, anchor: Anchor) -> Found:
    """The one period that the whole text means, and what the calendar says where that differs.

    Besides what :func:`tagwright.periods.find` reads: underscores for blanks, and ISO intervals
    ``START/END`` with an exclusive end.

    Raises:
        UnknownNameError: It means none, several, or holds other words.
    """
    words = " ".join(text.replace("_", " ").split())
    found = find(words, anchor)
    exact = [item for item in found if item.start == 0 and item.end == len(words)]
    if len(exact) != 1:
        ambiguous = [item for item in found if item.readings]
        if ambiguous:
            one, two = (f"{day.isoformat()}" for day in ambiguous[0].readings)
            raise UnknownNameError("period", text, hint=f"It may be {one} or {two}: write ISO.")
        if (days := _INTERVAL.fullmatch(words)) and days[2] <= days[1]:
            raise UnknownNameError(
                "period", text, hint="START/END: the end is exclusive and later."
            )
        raise UnknownNameError("period", text, hint=f"Known are e.g. {', '.join(_KNOWN)}.")
    if exact[0].readings:
        one, two = (day.isoformat() for day in exact[0].readings)
        raise UnknownNameError("period", text, hint=f"It may be {one} or {two}: write it so.")
    return exact[0]


def lag_note(found: Found, anchor: Anchor) -> str:
    """That the data does not reach what was asked, and what is shown instead; else empty."""
    if found.asked is None or anchor.data_end is None:
        return ""
    last = anchor.data_end - dt.timedelta(days=1)
    return (
        f"There is no data for {found.asked.label} yet, the data ends {last}: "
        f"{' '.join(found.text.split())} is read as {found.period.label}."
    )


def previous(period: Period) -> Period:
    """The period just before, of equal kind: whole months before whole months, else as many days.

    A month that is not complete (the 1st to some day) is compared with the same days of the
    month before, as far as that month has them.
    """
    start, end = period.start, period.end
    if start.day == 1 and end.day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month
        return span(add_months(start, -months), start)
    last = end - dt.timedelta(days=1)
    if start.day == 1 and (start.year, start.month) == (last.year, last.month):
        before = add_months(start, -1)
        return span(before, min(before + (end - start), start))
    return span(start - (end - start), start)


def year_before(period: Period) -> Period:
    """The same dates one year earlier; the 29th of February becomes the 28th."""
    start = add_months(period.start, -12)
    end = add_months(period.end, -12)
    return span(start, end if end > start else start + dt.timedelta(days=1))
