"""What query_costs tells beside sums: averages, run rates, and shares of each time."""

from __future__ import annotations

import calendar
from collections import Counter
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tagwright.builtin._question import cell, figure, names_of
from tagwright.builtin._reach import days_of
from tagwright.metrics import VALUED, VALUES
from tagwright.money import EXACT, decimal_text, ratio_text
from tagwright.text import counted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from tagwright.builtin._question import Question
    from tagwright.metrics import Dimension, Query
    from tagwright.results import Scalar

__all__ = ["Means", "run_rates"]

_MEAN = Decimal("1e-9")
_UNITS = ("currency", "consumed_unit")
_GRAIN: dict[str, Callable[[dt.date], str]] = {
    "day": lambda day: day.isoformat(),
    "week": lambda day: f"{day:%G-W%V}",
    "month": lambda day: f"{day:%Y-%m}",
    "quarter": lambda day: f"{day.year}-Q{(day.month + 2) // 3}",
    "year": lambda day: f"{day.year}",
}
"""A day's time as rows have it."""

_A_YEAR = {"month": 12, "quarter": 4}


class Means:
    """Averages of the totals and of groups, and shares of each time, of a metric that adds up.

    Args:
        question: What is asked about.
        query: Of that question: one metric, and the groups of its rows.
        groups: Those groups.
        rows: All rows that there are; None where some are not at hand.
    """

    def __init__(
        self,
        question: Question,
        query: Query,
        groups: Sequence[Dimension],
        rows: Sequence[Mapping[str, Any]] | None,
    ) -> None:
        self._question, self._query, self._rows = question, query, rows
        self._metric = query.metrics[0]
        self._times = [group for group in groups if group.kind == "time"]
        self._others = [group for group in groups if group.kind != "time"]
        grain = self._times[0].grain if len(self._times) == 1 else ""
        self._days = question.reach.known_days(question.period) if grain else []
        self._grain, self._count = grain, len({_GRAIN[grain](day) for day in self._days})

    def of_total(self, total: Mapping[str, Any]) -> dict[str, Scalar]:
        """What a total says of its average: by its time, or by the values of its one dimension."""
        if not self._others and total.get(self._metric) is not None:
            return {**self._by_time(total), **self._a_year(total)}
        count, valued = total.get(VALUES), total.get(VALUED)
        if not count or valued is None:
            return {}
        found: dict[str, Scalar] = {"average": _mean(valued, count), "values": count}
        without = EXACT.subtract(Decimal(total[self._metric]), Decimal(valued))
        if without:
            found["not_in_average"] = figure(
                without if isinstance(total[self._metric], Decimal) else int(without)
            )
        return found

    def of_groups(self, limit: int) -> tuple[list[dict[str, Scalar]], list[str]]:
        """The average of each group of rows by one time and more, and a note where it is cut."""
        if not self._count or not self._others:
            return [], []
        query = self._by(*self._others).model_copy(update={"limit": limit + 1})
        rows = self._question.rows(query)
        found = [
            {
                **{name: cell(value) for name, value in row.items() if name != self._metric},
                self._metric: figure(row[self._metric]),
                **self._by_time(row),
            }
            for row in rows[:limit]
        ]
        cut = f"Averages are shown of the first {counted(limit, 'group')}."
        return found, [cut] if len(rows) > limit else []

    def _by_time(self, row: Mapping[str, Any]) -> dict[str, Scalar]:
        if not self._count or row[self._metric] is None:
            return {}
        if self._grain == "week":  # few periods are of whole ones
            days = len(self._days)
            return {"average_per_week": _mean(row[self._metric], days, times=7), "days": days}
        mean = _mean(row[self._metric], self._count)
        return {f"average_per_{self._grain}": mean, "times": self._count}

    def _a_year(self, total: Mapping[str, Any]) -> dict[str, Scalar]:
        """Not where a month is known in part: counted as one, it would make the year too small."""
        reach, period = self._question.reach, self._question.period
        if self._grain not in _A_YEAR or not self._count or reach.missing(period):
            return {}
        months = Counter((day.year, day.month) for day in self._days)
        whole = all(days == calendar.monthrange(*month)[1] for month, days in months.items())
        if not whole or len(months) * _A_YEAR[self._grain] != self._count * 12:
            return {}
        times = _A_YEAR[self._grain]
        return {"annual_run_rate": _mean(total[self._metric], self._count, times=times)}

    # --- shares of each time ----------------------------------------------------------------------

    def of_row(self, row: Mapping[str, Any]) -> dict[str, Scalar]:
        """The row's share of the total of its time and unit, where rows are by times and more.

        Null where that total is zero, or a provider's bill of that time is unknown.
        """
        if not self._times or len(self._units()) == len(self._others):
            return {}
        unknown = (self._when(row), str(row.get("currency") or "")) in self._uneven
        if row[self._metric] is None or unknown:
            return {"period_share": None}
        whole = self._time_totals[self._total_of(row)]
        return {"period_share": ratio_text(Decimal(row[self._metric]), whole)}

    @cached_property
    def _time_totals(self) -> dict[tuple[Any, ...], Decimal]:
        from tagwright.blocks import summed  # slow to import, and rarely asked

        rows = self._rows
        if rows is None:
            query = self._by(*self._times, *self._units())
            rows = self._question.rows(query.model_copy(update={"order_by": None}))
        parts: dict[tuple[Any, ...], list[Decimal]] = {}
        for row in rows:
            if row[self._metric] is not None:
                parts.setdefault(self._total_of(row), []).append(Decimal(row[self._metric]))
        return {total: summed(figures) for total, figures in parts.items()}

    def _total_of(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """What the row is a share of."""
        units = _UNITS if self._counted else _UNITS[:1]
        return (*self._when(row), *(row.get(name) for name in units))

    def _when(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(str(row[group.name]) for group in self._times)

    @cached_property
    def _uneven(self) -> set[tuple[tuple[str, ...], str]]:
        """Times that the bill of a provider is missing from, each with its currencies and ""."""
        reach, period = self._question.reach, self._question.period
        found: set[tuple[tuple[str, ...], str]] = set()
        for provider, gaps in reach.uneven(period).items():
            times = {
                tuple(_GRAIN[group.grain](day) for group in self._times)
                for gap in gaps
                for day in days_of(gap)
                if period.start <= day < period.end
            }
            currencies = ("", *reach.currencies[provider])
            found |= {(time, currency) for time in times for currency in currencies}
        return found

    @property
    def _counted(self) -> bool:
        """Whether figures are quantities, each of its own unit."""
        return self._question.metric(self._metric).unit == "ConsumedUnit"

    def _units(self) -> list[Dimension]:
        """The unit, where rows are by it because quantities must be."""
        return [group for group in self._others if self._counted and group.name == _UNITS[1]]

    def _by(self, *groups: Dimension) -> Query:
        """The query by other groups: all of them, in the same order by the metric."""
        return self._query.model_copy(
            update={
                "group_by": tuple(names_of(groups)),
                "order_by": self._metric,
                "limit": None,
                "having": None,
            }
        )


def run_rates(
    question: Question, totals: Sequence[Mapping[str, Any]], metric: str
) -> list[dict[str, Scalar]]:
    """Of a period that the data ends inside: its totals, if its other days are like the known ones.

    Not where a month of it is unknown, of one provider or of all, nor for all time: that has no
    end of its own.
    """
    end, period = question.ctx.anchor.data_end, question.period
    if end is None or not period.start < end < period.end:
        return []
    days, whole = (end - period.start).days, (period.end - period.start).days
    if len(question.reach.known_days(period)) != days or question.reach.missing(period):
        return []
    found = []
    for row in totals:
        if row.get(metric) is None:
            continue
        line: dict[str, Scalar] = {name: cell(row[name]) for name in _UNITS if name in row}
        line["run_rate"] = _mean(row[metric], days, times=whole)
        found.append({**line, "known_days": days, "period_days": whole})
    return found


def _mean(value: Decimal | int, count: int, *, times: int = 1) -> str:
    """``value / count * times``; in exact decimals, which are longer than Python's own."""
    whole = EXACT.multiply(Decimal(value), Decimal(times))
    return decimal_text(EXACT.divide(whole, Decimal(count)).quantize(_MEAN, context=EXACT))
