"""The days on which costs were on another level than on the rest."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import accumulate
from typing import TYPE_CHECKING

from tagwright.money import EXACT

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

__all__ = ["Step", "find_step"]

_MIN_DAYS = 10
_MAX_DAYS = 200
_MIN_REST = 3
_EXPLAINED = Decimal("0.6")
_MIN_CHANGE = Decimal("0.2")


@dataclass(frozen=True)
class Step:
    """A level that began on a day.

    Attributes:
        start: First day on the other level.
        end: Day after the last; None where it lasts to the end of the data.
        before: Mean per day on the other days.
        after: Mean per day from ``start`` to ``end``.
    """

    start: dt.date
    end: dt.date | None
    before: Decimal
    after: Decimal


def find_step(days: Sequence[tuple[dt.date, Decimal]]) -> Step | None:
    """The one run of days whose level differs most clearly from that of the others, if one does.

    Of all runs it takes the one that leaves the least squared deviation when each part is replaced
    by its mean (a step where the run reaches the end). It counts only where that explains at
    least 60 % of the variance and the means differ by at least 20 %; of iid noise over two months
    the best run explains about 30 %.

    Args:
        days: (day, amount) without gaps, in order.
    """
    days = days[-_MAX_DAYS:]
    size = len(days)
    if size < _MIN_DAYS:
        return None
    with localcontext(EXACT):
        sums = [Decimal(0), *accumulate(amount for _, amount in days)]
        mean = sums[-1] / size
        spread = sum(((amount - mean) ** 2 for _, amount in days), Decimal(0))
        if not spread:
            return None
        best, best_gain = (0, 0), Decimal(0)
        for start in range(1, size):
            for end in range(start + 1, size + 1):
                inside = end - start
                if size - inside < _MIN_REST:
                    continue
                # Squares between the two parts: n1 * n2 / n * (difference of means)^2.
                run = sums[end] - sums[start]
                difference = run / inside - (sums[-1] - run) / (size - inside)
                if end == size and inside == 1 and difference < 0:
                    continue  # bills arrive in parts: the last day alone is often not complete
                gain = difference * difference * inside * (size - inside) / size
                if gain > best_gain:
                    best, best_gain = (start, end), gain
        if best_gain < _EXPLAINED * spread:
            return None
        start, end = best
        run = sums[end] - sums[start]
        after, before = run / (end - start), (sums[-1] - run) / (size - end + start)
        if abs(after - before) < _MIN_CHANGE * abs(before):
            return None
        cent = Decimal("0.01")
        return Step(
            days[start][0],
            days[end][0] if end < size else None,
            before.quantize(cent),
            after.quantize(cent),
        )
