"""Intervals of days and their names; what relative words are relative to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tagwright.results import Period

__all__ = [
    "Anchor",
    "add_months",
    "month_period",
    "month_start",
    "quarter_period",
    "span",
    "week_start",
    "year_period",
]


@dataclass(frozen=True)
class Anchor:
    """What period words are relative to.

    Attributes:
        today: The UTC day of the question.
        data_start: First day with a charge; None without data.
        data_end: Day after the last day with a charge, exclusive.
        fiscal_year_start_month: 1 to 12.
        as_of: A day that counts as today whatever the data holds; None for :attr:`reference`'s own
            rule.
    """

    today: dt.date
    data_start: dt.date | None = None
    data_end: dt.date | None = None
    fiscal_year_start_month: int = 1
    as_of: dt.date | None = None

    @property
    def reference(self) -> dt.date:
        """The day that counts as today.

        Today, unless the data ended more than one whole calendar month ago: whoever asks an old
        bill for "last month" means its last month. Then it is the day after the data's last day.
        """
        if self.as_of is not None:
            return self.as_of
        if self.data_end is None:
            return self.today
        one_month_back = add_months(month_start(self.today), -1)
        return self.data_end if self.data_end < one_month_back else self.today

    def reaches(self, period: Period) -> bool:
        """Whether the data holds any day of the period."""
        if self.data_start is None or self.data_end is None:
            return False
        return period.start < self.data_end and self.data_start < period.end

    @property
    def everything(self) -> Period:
        """The data's own range; the reference day alone where there is no data."""
        if self.data_start is None or self.data_end is None:
            return span(self.reference, self.reference + dt.timedelta(days=1))
        return span(self.data_start, self.data_end)


def span(start: dt.date, end: dt.date) -> Period:
    """The interval with the shortest name that says it exactly.

    >>> span(dt.date(2026, 9, 1), dt.date(2026, 10, 1)).label
    '2026-09'
    >>> span(dt.date(2026, 7, 1), dt.date(2026, 10, 1)).label
    '2026-Q3'
    >>> span(dt.date(2026, 9, 1), dt.date(2026, 9, 15)).label
    '2026-09-01 to 2026-09-14'
    """
    return Period(start=start, end=end, label=_label(start, end))


def _label(start: dt.date, end: dt.date) -> str:
    if end - start == dt.timedelta(days=1):
        return start.isoformat()
    if start.day == 1 and end.day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month
        if months == 1:
            return f"{start:%Y-%m}"
        if months == 3 and start.month % 3 == 1:
            return f"{start.year:04}-Q{start.month // 3 + 1}"
        if months == 12 and start.month == 1:
            return f"{start.year:04}"
    return f"{start.isoformat()} to {(end - dt.timedelta(days=1)).isoformat()}"


def month_start(day: dt.date) -> dt.date:
    """First day of the month."""
    return day.replace(day=1)


def week_start(day: dt.date) -> dt.date:
    """Monday of the week (ISO 8601)."""
    return day - dt.timedelta(days=day.weekday())


def add_months(day: dt.date, months: int) -> dt.date:
    """So many months later; a day that the month lacks becomes its last day.

    >>> add_months(dt.date(2026, 3, 31), -1)
    datetime.date(2026, 2, 28)
    """
    count = day.year * 12 + day.month - 1 + months
    first = dt.date(count // 12, count % 12 + 1, 1)
    following = dt.date((count + 1) // 12, (count + 1) % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - first).days))


def month_period(year: int, month: int) -> Period:
    """A calendar month."""
    start = dt.date(year, month, 1)
    return span(start, add_months(start, 1))


def quarter_period(year: int, quarter: int) -> Period:
    """A calendar quarter, 1 to 4."""
    start = dt.date(year, 3 * quarter - 2, 1)
    return span(start, add_months(start, 3))


def year_period(year: int, first_month: int = 1) -> Period:
    """The year that begins with that month; a fiscal year is named by the year it ends in."""
    start = dt.date(year if first_month == 1 else year - 1, first_month, 1)
    return span(start, add_months(start, 12))
