"""Which months the bill is known of: a month without any charge is unknown, not zero."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright import periods
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tagwright.periods import Anchor
    from tagwright.results import Period

__all__ = ["Reach"]


@dataclass(frozen=True)
class Reach:
    """What is known of the charges that are asked about.

    Attributes:
        anchor: The range of all the data.
        months: First days of the months that have charges: of all providers, or of those asked
            about.
        whose: Those providers, for messages; empty for all.
    """

    anchor: Anchor
    months: frozenset[dt.date]
    whose: tuple[str, ...] = ()

    def holds(self, period: Period) -> bool:
        """Whether anything of the period is known."""
        return self.anchor.reaches(period) and any(m in self.months for m in months_of(period))

    def gaps(self, period: Period) -> list[Period]:
        """Months of the period inside the data's range that nothing is known of, joined."""
        start, end = self.anchor.data_start, self.anchor.data_end
        if start is None or end is None:
            return []
        found: list[Period] = []
        for month in months_of(period):
            whole = periods.month_period(month.year, month.month)
            if month in self.months or whole.start >= end or whole.end <= start:
                continue
            if found and found[-1].end == whole.start:
                found[-1] = periods.make_period(found[-1].start, whole.end)
            else:
                found.append(whole)
        return found

    def known_days(self, period: Period) -> list[dt.date]:
        """The days of the period that the data reaches, less those of unknown months."""
        start, end = self.anchor.data_start, self.anchor.data_end
        first, last = max(period.start, start or period.start), min(period.end, end or period.end)
        days = (first + dt.timedelta(days=number) for number in range((last - first).days))
        return [day for day in days if day.replace(day=1) in self.months]

    def notes(self, period: Period) -> list[str]:
        """Where the data does not reach: nothing of the period, or not all of it."""
        start, end = self.anchor.data_start, self.anchor.data_end
        if start is None or end is None:
            return ["There are no charges in the data."]
        of = f" of {' and '.join(map(clean, self.whose))}" if self.whose else ""
        last = end - dt.timedelta(days=1)
        if not self.anchor.reaches(period):
            return [f"There is no data for {period.label}: the data covers {start} to {last}."]
        if not self.holds(period):
            return [f"There is no data{of} for {period.label}: what it cost is unknown, not zero."]
        notes = []
        if period.end > end:
            notes.append(f"Data ends {last}: {period.label} is not complete.")
        if period.start < start:
            notes.append(f"Data begins {start}: {period.label} is not complete.")
        if missing := self.gaps(period):
            when = ", ".join(gap.label for gap in missing)
            notes.append(f"There is no data{of} for {when}: unknown, and not in these figures.")
        return notes


def months_of(period: Period) -> Iterable[dt.date]:
    """First days of the months that the period touches."""
    month = period.start.replace(day=1)
    while month < period.end:
        yield month
        month = (month + dt.timedelta(days=31)).replace(day=1)
