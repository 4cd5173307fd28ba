"""Which months the bill is known of: a month without any charge is unknown, not zero."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tagwright import periods
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tagwright.periods import Anchor
    from tagwright.results import Period

__all__ = ["Reach", "Unknown", "days_of"]


@dataclass(frozen=True)
class Reach:
    """What is known of the charges that are asked about.

    Attributes:
        anchor: The range of all the data.
        known: Each provider that the question is about, to the first days of the months that its
            bill is known of.
        currencies: Each of them to the currencies that its amounts are shown in.
        whose: Those providers, for messages; empty where the question is about all.
    """

    anchor: Anchor
    known: Mapping[str, frozenset[dt.date]]
    currencies: Mapping[str, frozenset[str]]
    whose: tuple[str, ...] = ()

    @cached_property
    def months(self) -> frozenset[dt.date]:
        """First days of the months that anything is known of."""
        return frozenset(month for months in self.known.values() for month in months)

    def holds(self, period: Period) -> bool:
        """Whether anything of the period is known."""
        return self.anchor.reaches(period) and any(m in self.months for m in months_of(period))

    def gaps(self, period: Period) -> list[Period]:
        """Months of the period inside the data's range that nothing is known of, joined."""
        start, end = self.anchor.data_start, self.anchor.data_end
        if start is None or end is None:
            return []
        return _joined(
            month
            for month in months_of(period)
            if month not in self.months and start.replace(day=1) <= month < end
        )

    def missing(self, period: Period) -> dict[str, list[Period]]:
        """Providers to the months of the period that the bills of others are known of, not theirs.

        Before its first bill a provider was not there; after that, a month without one is unknown.
        """
        found = {
            provider: _joined(
                month
                for month in months_of(period)
                if min(known) < month and month not in known and month in self.months
            )
            for provider, known in self.known.items()
        }
        return {provider: months for provider, months in found.items() if months}

    def uneven(self, period: Period) -> dict[str, list[Period]]:
        """Those of :meth:`missing` whose bill is known of another month of the period.

        Of one that is in none of its months, the months are alike.
        """
        return {
            provider: months
            for provider, months in self.missing(period).items()
            if any(month in self.known[provider] for month in months_of(period))
        }

    def incomparable(self, one: Period, other: Period) -> dict[str, str]:
        """Providers whose bills are not known of both periods alike, to why; a change is unknown.

        The name ``""`` stands for all of them.
        """
        start = self.anchor.data_start
        for period in (one, other):
            first = next(iter(months_of(period)))
            unseen = start is not None and first < start.replace(day=1)
            if not self.holds(period) or self.gaps(period) or unseen:
                return {"": period.label}
        found: dict[str, str] = {}
        for period in (one, other):
            for provider, months in self.missing(period).items():
                both = (*months_of(one), *months_of(other))
                if any(month in self.known[provider] for month in both):
                    found[provider] = months[0].label
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
        notes += [
            f"There is no data of {clean(provider)} for {', '.join(m.label for m in months)}: "
            "unknown, and not in these figures."
            for provider, months in sorted(self.missing(period).items())
        ]
        return notes


class Unknown:
    """Which changes between two periods nobody knows: not all bills of both are there.

    Args:
        reach: What is known.
        now: One period.
        before: The other; None where nothing is compared.
        unlike: Providers whose bills have different days of them.
    """

    def __init__(
        self, reach: Reach, now: Period, before: Period | None, unlike: Iterable[str] = ()
    ) -> None:
        found = reach.incomparable(now, before) if before is not None else {}
        self._providers = frozenset((*found, *unlike))
        self._currencies = {
            currency for name in self._providers for currency in reach.currencies.get(name, ())
        }

    def change_of(self, row: Mapping[str, Any]) -> bool:
        """Whether the change of a row is unknown: of its provider, else of all in its currency."""
        if "" in self._providers:
            return True
        if "service_provider_name" in row:
            return str(row["service_provider_name"] or "") in self._providers
        if "currency" in row:
            return str(row["currency"]) in self._currencies
        return bool(self._providers)


def months_of(period: Period) -> Iterable[dt.date]:
    """First days of the months that the period touches."""
    month = period.start.replace(day=1)
    while month < period.end:
        yield month
        month = (month + dt.timedelta(days=31)).replace(day=1)


def days_of(period: Period) -> Iterable[dt.date]:
    """Its days."""
    return (period.start + dt.timedelta(days=n) for n in range((period.end - period.start).days))


def _joined(months: Iterable[dt.date]) -> list[Period]:
    """Months as periods, those that adjoin as one."""
    found: list[Period] = []
    for month in months:
        whole = periods.month_period(month.year, month.month)
        if found and found[-1].end == whole.start:
            found[-1] = periods.make_period(found[-1].start, whole.end)
        else:
            found.append(whole)
    return found
