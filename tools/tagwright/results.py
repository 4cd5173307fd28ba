"""What a tool returns: rows, totals over all of them, and what is needed to reproduce them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from tagwright.money import EXACT, decimal_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Period", "Scalar", "ToolResult", "totals_by_currency"]

Scalar = str | int | bool | None
"""A cell: money and ratios are decimal strings, so that JSON never makes a float of them."""


class Period(BaseModel):
    """A half-open interval of whole UTC days.

    Attributes:
        start: First day, inclusive.
        end: Day after the last, exclusive.
        label: How it reads, e.g. ``"2026-09"`` or ``"2026-09-01 to 2026-09-14"``.
    """

    model_config = ConfigDict(frozen=True)

    start: dt.date
    end: dt.date
    label: str


class ToolResult(BaseModel):
    """The one shape of every tool's result; what MCP returns as structured content.

    Attributes:
        rows: At most ``limit`` rows. Each row that holds money says its ``currency``.
        totals: One entry per currency, over all rows and not only those shown.
        currency: The one currency of the result; None where there are several or no money.
        period: What was asked about; None where time plays no part.
        row_count: How many rows there are in all, shown or not.
        offset: How many of them stand before the first one here; None where the tool takes none.
        notes: What a reader must know to read the figures rightly.
        details: What belongs to this tool alone (a plan, the catalogue, a comparison); and under
            ``names`` column to value to what people call it, shown as ``name (value)``.
        receipt: Id under which ``tagwright receipt ID`` reproduces the figures.
    """

    rows: list[dict[str, Scalar]] = Field(default_factory=list)
    totals: list[dict[str, Scalar]] = Field(default_factory=list)
    currency: str | None = None
    period: Period | None = None
    row_count: int = 0
    offset: int | None = None
    notes: list[str] = Field(default_factory=list)
    details: dict[str, Any] = Field(default_factory=dict)
    receipt: str | None = None


def totals_by_currency(rows: Iterable[Mapping[str, Any]], *columns: str) -> list[dict[str, Scalar]]:
    """The exact sums of amounts, one entry a currency, as ``totals`` of a result wants them.

    Args:
        rows: All rows of the result, each with its ``currency``; amounts are decimals or their
            text. What is None is left out of the sum.
        columns: The columns to add up.

    >>> totals_by_currency([{"currency": "USD", "x": "1.10"}, {"currency": "USD", "x": "2"}], "x")
    [{'currency': 'USD', 'x': '3.10'}]
    """
    sums: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        own = sums.setdefault(str(row["currency"]), dict.fromkeys(columns, Decimal(0)))
        for column in columns:
            if row[column] is not None:
                own[column] = EXACT.add(own[column], Decimal(row[column]))
    return [
        {"currency": currency, **{name: decimal_text(value) for name, value in own.items()}}
        for currency, own in sorted(sums.items())
    ]
