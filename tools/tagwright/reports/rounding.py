"""Exact amounts rounded to a currency's smallest unit, so that the parts add up to the whole."""

from __future__ import annotations

from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext
from typing import TYPE_CHECKING

from tagwright.money import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["exact_sum", "rounded_parts"]


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """Their sum, never rounded."""
    found = Decimal(0)
    for amount in amounts:
        found = EXACT.add(found, amount)
    return found


def rounded_parts(parts: Sequence[Decimal], *, places: int) -> list[Decimal]:
    """Each part rounded to ``places``; their sum is the sum of the parts rounded half-even.

    Largest remainder (Hamilton): every part is rounded down, and the units that lack go to the
    parts that lost most, of equals to the one that comes first. No part is off by a whole unit.

    >>> rounded_parts([Decimal("0.335"), Decimal("0.335"), Decimal("0.33")], places=2)
    [Decimal('0.34'), Decimal('0.33'), Decimal('0.33')]
    >>> rounded_parts([Decimal("-0.009"), Decimal("0.001")], places=2)
    [Decimal('-0.01'), Decimal('0.00')]
    """
    unit = Decimal(1).scaleb(-places)
    with localcontext(EXACT):
        floors = [part.quantize(unit, rounding=ROUND_FLOOR) for part in parts]
        whole = exact_sum(parts).quantize(unit, rounding=ROUND_HALF_EVEN)
        lacking = int((whole - exact_sum(floors)) / unit)
        lost = [part - floor for part, floor in zip(parts, floors, strict=True)]
        order = sorted(range(len(parts)), key=lambda index: (-lost[index], index))
        for index in order[:lacking]:
            floors[index] += unit
    return floors
