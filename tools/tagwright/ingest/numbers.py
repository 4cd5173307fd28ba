"""Decimals from text, exactly: how many digits a column needs is proven before it is typed.

DuckDB's cast to DECIMAL rounds what does not fit without a word. So the digits are counted first,
over the text, and the type is chosen so that nothing is rounded and no sum of any rows overflows:
with ``s`` decimals kept and ``d`` digits before the point in the sum of absolute values, a
``DECIMAL(p, s)`` holds every value and every partial sum when ``d + s <= p``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tagwright.sources.head import sql_text

__all__ = ["MAX_DIGITS", "MAX_WHOLE", "Need", "decimal_type", "need_sql", "number_text", "too_fine"]

MAX_DIGITS = 38
MAX_WHOLE = 20
"""Amounts of 10^20 and more are rejected: they leave no room for decimals."""

_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"


@dataclass(frozen=True)
class Need:
    """Digits that a group of columns needs.

    Attributes:
        decimals: Most digits behind the point of any value, trailing zeros not counted.
        total: Largest sum of absolute values of one column; bounds every partial sum.
    """

    decimals: int = 0
    total: float = 0.0

    @property
    def whole(self) -> int:
        """Digits before the point of any partial sum.

        The total is a float; a millionth on top is far more than its rounding.
        """
        return max(1, math.floor(math.log10(self.total * 1.000001)) + 1) if self.total else 1

    def beside(self, other: Need) -> Need:
        """Enough for other columns of the same rows."""
        return Need(max(self.decimals, other.decimals), max(self.total, other.total))

    def plus(self, other: Need) -> Need:
        """Enough for more rows."""
        return Need(max(self.decimals, other.decimals), self.total + other.total)


def number_text(text: str) -> str:
    """``text`` where it is a plain or scientific number below 10^20, else NULL.

    Stricter than DuckDB's cast, which takes ``1_000``, ``inf`` and surrounding junk.
    """
    return (
        f"CASE WHEN regexp_full_match({text}, {sql_text(_NUMBER)}) "
        f"AND abs(TRY_CAST({text} AS DOUBLE)) < 1e{MAX_WHOLE} THEN {text} END"
    )


def _decimals(number: str) -> str:
    """Digits behind the point that the text needs, trailing zeros not counted."""
    mantissa = f"split_part(lower({number}), 'e', 1)"
    fraction = f"length(rtrim(split_part({mantissa}, '.', 2), '0'))"
    exponent = f"COALESCE(TRY_CAST(NULLIF(split_part(lower({number}), 'e', 2), '') AS INTEGER), 0)"
    # 1.50e-7 needs 1 + 7. A zero in any notation needs none, whatever its exponent.
    return (
        f"CASE WHEN TRY_CAST({number} AS DOUBLE) = 0 THEN 0 "
        f"ELSE greatest(0, {fraction} - {exponent}) END"
    )


def need_sql(number: str) -> tuple[str, str]:
    """Two aggregates over a number's text: most decimals, and the sum of absolute values."""
    return f"max({_decimals(number)})", f"sum(abs(TRY_CAST({number} AS DOUBLE)))"


def decimal_type(need: Need) -> tuple[str, int]:
    """The narrowest DECIMAL that provably holds the need, and its scale.

    DECIMAL(18) is stored in 64 bits and is as fast as DOUBLE; DECIMAL(38) in 128.
    Where 38 digits are not enough the scale is cut: values that then do not fit are rejected
    (:func:`too_fine`), never rounded.
    """
    scale = max(2, need.decimals)
    if need.whole + scale <= 18:
        return f"DECIMAL(18, {scale})", scale
    scale = max(0, min(scale, MAX_DIGITS - need.whole))
    return f"DECIMAL(38, {scale})", scale


def too_fine(number: str, scale: int) -> str:
    """Whether the number has more decimals than the type keeps."""
    return f"({_decimals(number)}) > {scale}"
