"""Amounts of money and shares as exact decimals, and as the text people and JSON see."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

__all__ = ["EXACT", "decimal_text", "display_text", "ratio_text"]

EXACT = Context(prec=76, rounding=ROUND_HALF_EVEN)
"""Wide enough that no sum or product of two DECIMAL(38) values is ever rounded."""


def decimal_text(value: Decimal, *, places: int = 2) -> str:
    """The exact value in plain notation: no exponent, at least ``places`` decimals.

    >>> decimal_text(Decimal("20.52022672899")), decimal_text(Decimal("1E+3"))
    ('20.52022672899', '1000.00')
    >>> decimal_text(Decimal("-0.500")), decimal_text(Decimal("-0"))
    ('-0.50', '0.00')
    """
    if not value.is_finite():
        raise ValueError(f"not a finite amount: {value}")
    text = format(value or Decimal(0), "f")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    return f"{whole}.{fraction}" if fraction else whole


def display_text(value: Decimal, *, places: int = 2) -> str:
    """The value rounded half-even to ``places`` for reading, with thousands separators.

    >>> display_text(Decimal("1234567.895")), display_text(Decimal("-0.001"))
    ('1,234,567.90', '0.00')
    """
    with localcontext(EXACT):
        rounded = value.quantize(Decimal(1).scaleb(-places))
    return f"{rounded or abs(rounded):,f}"


def ratio_text(part: Decimal, whole: Decimal, *, places: int = 6) -> str | None:
    """``part / whole`` rounded half-even to ``places``; None where the whole is zero.

    >>> ratio_text(Decimal(1), Decimal(3)), ratio_text(Decimal(1), Decimal(0))
    ('0.333333', None)
    """
    if not whole:
        return None
    with localcontext(EXACT):
        # Nothing of a negative whole is 0, not -0.
        return format((part / whole).quantize(Decimal(1).scaleb(-places)) + 0, "f")
