"""A chart as data: what is drawn, before anything is drawn."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from tagwright.money import EXACT, display_text

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["OTHERS", "Chart", "ChartKind", "Series", "summed"]

ChartKind = Literal["trend", "stack", "ranked", "pareto", "change"]
OTHERS = "(others)"
"""The name of what is drawn as one because there is no room for each."""


class Series(BaseModel):
    """One colour of a chart.

    Attributes:
        name: What it is; empty where the chart has one series alone.
        values: One per label of the chart; None where the result has no row for it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    values: tuple[Decimal | None, ...]


class Chart(BaseModel):
    """A picture of one tool result, in one currency.

    Attributes:
        kind: ``trend`` is one series over time; ``stack`` groups over time; ``ranked`` groups by
            size; ``pareto`` gaps by size, with the share that the first ones make up together;
            ``change`` the steps from one period's total to another's.
        title: What is drawn, over which period.
        unit: Currency of the amounts, ``%`` or empty for counts.
        labels: Along the axis, in order. In a ``change``, the first and last are the totals.
        series: At least one, all as long as ``labels``.
        notes: What the picture leaves out.
        receipt: Under which the figures are reproduced; None where the result has none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["chart"] = "chart"
    kind: ChartKind
    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    notes: tuple[str, ...] = ()
    receipt: str | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if not self.series or any(len(item.values) != len(self.labels) for item in self.series):
            raise ValueError("each series of a chart has one value for each label")
        return self

    def total(self, index: int) -> Decimal | None:
        """The sum of all series at a label; None where no series has a value there."""
        there = [value for item in self.series if (value := item.values[index]) is not None]
        return summed(there) if there else None

    def figure(self, value: Decimal | None, *, sign: bool = False) -> str:
        """A value as it is printed, without its unit; with a plus sign where asked."""
        if value is None:
            return ""
        if self.unit == "%":
            return f"{display_text(value, places=1)}%"
        whole = not self.unit and value == value.to_integral_value()
        text = display_text(value, places=0 if whole else 2)
        return f"+{text}" if sign and value > 0 else text

    def shares(self) -> list[str]:
        """Of a ``pareto``: what part of the whole a bar and those above it make up.

        Empty where the whole is zero.
        """
        values = [value or Decimal(0) for value in self.series[0].values]
        whole = summed(values)
        if not whole:
            return []
        return [
            f"{display_text(EXACT.divide(run * 100, whole), places=1)}%"
            for run in accumulate(values, EXACT.add)
        ]

    def steps(self) -> list[tuple[Decimal, Decimal]]:
        """Of a ``change``: from where to where each bar reaches; the totals reach from 0."""
        first, *between, last = (value or Decimal(0) for value in self.series[0].values)
        levels = list(accumulate(between, EXACT.add, initial=first))
        return [(Decimal(0), first), *pairwise(levels), (Decimal(0), last)]

    def floor(self) -> Decimal:
        """Of a ``change``: where its scale begins; 0, unless that hides its steps."""
        stops = [stop for _, stop in self.steps()]
        least, most = min(stops), max(stops)
        if least <= 0 or most - least > most / 4:
            return min(least, Decimal(0))
        digit = Decimal(1).scaleb((most - least or most).adjusted())
        return max((least - (most - least)) // digit * digit, Decimal(0))


def summed(values: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    whole = Decimal(0)
    for value in values:
        whole = EXACT.add(whole, value)
    return whole
