"""What the words of one message say, gathered while it is read; frames make questions of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tagwright_agent.planner.question import Filter, Scope

if TYPE_CHECKING:
    from tagwright.results import Period
    from tagwright_agent.planner.link import Mention

__all__ = ["TIMES", "Said"]

TIMES = ("day", "week", "month", "quarter", "year", "billing_period")
_DAYS = 45


def _is_short(period: str) -> bool:
    """Whether a trend over it is one of days: a month, or a range that is not much longer."""
    start, slash, end = period.partition("/")
    if slash:
        return (dt.date.fromisoformat(end) - dt.date.fromisoformat(start)).days <= _DAYS
    return len(period) >= len("2026-10") and "Q" not in period


@dataclass
class Said:
    """What is said of the scope, and of how it is to be shown.

    Attributes:
        explaining: Reasons are asked for: two periods are compared whatever the words.
        keyed: Keys that are named beside no "by" are what is asked of, not groups.
        keys: Those keys.
        nulls: Dimensions that are to have no value.
        values: Names from the data, in the order said.
        periods: As said, in that order.
        unit: Of a comparison with the one before: ``month``, ``week``, …
        compared: Words of comparison are there.
        than: The period is what is compared with.
        than_only: Only that one is said; the other is a guess that a question before may better.
        against: That one.
        shift: A unit of time: the one before that of the question before.
        same_period: The one that the question before was about.
        future: A period that has not come yet.
        grains: Units of time that rows are by.
        side_by_side: Several values of one dimension are named.
        share_at: Where the words of a share end; -1 for none.
        limited: The first or last rows are asked for.
        head: Money is asked for in words.
        many: Rows are asked for in the plural: "which services", not "which service".
    """

    explaining: bool = False
    keyed: bool = False
    metrics: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    nulls: list[str] = field(default_factory=list)
    values: list[Mention] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    period: str = ""
    compare_to: str = ""
    unit: str = ""
    compared: bool = False
    than: bool = False
    than_only: bool = False
    against: str = ""
    shift: str = ""
    future: bool = False
    same_period: bool = False
    grains: list[str] = field(default_factory=list)
    side_by_side: str = ""
    limit: int = 0
    order: Literal["", "desc", "asc"] = ""
    limited: bool = False
    having: str = ""
    currency: str = ""
    share_at: int = -1
    count: bool = False
    average: bool = False
    trend: bool = False
    who: bool = False
    head: bool = False
    many: bool = False
    notes: list[str] = field(default_factory=list)

    def scope(self) -> Scope:
        """What was said, frozen."""
        groups = [*self.groups, *self.grains]
        if self.trend and not any(group in TIMES for group in groups):
            groups.append("day" if _is_short(self.period) else "month")
        return Scope(
            metrics=tuple(self.metrics),
            groups=tuple(dict.fromkeys(groups)),
            filters=tuple(self.filters),
            period=self.period,
            compare_to=self.compare_to,
            limit=self.limit,
            order=self.order,
            having=self.having,
            currency=self.currency,
            notes=tuple(dict.fromkeys(self.notes)),
        )
