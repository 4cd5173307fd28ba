"""Amounts as text: exact where it counts, rounded half-even where it is read."""

from __future__ import annotations

import doctest
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright import money
from tagwright.money import decimal_text, display_text, ratio_text

AMOUNTS = st.decimals(
    min_value=Decimal(-(10**26)), max_value=Decimal(10**26), places=12, allow_nan=False
)


def test_docstring_examples() -> None:
    assert doctest.testmod(money).failed == 0


@given(AMOUNTS)
def test_decimal_text_is_exact_and_plain(value: Decimal) -> None:
    text = decimal_text(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert len(text.partition(".")[2]) >= 2
    assert text != "-0.00"


@given(AMOUNTS, st.integers(0, 6))
def test_equal_amounts_have_equal_text(value: Decimal, zeros: int) -> None:
    with localcontext(prec=76):
        scaled = value.quantize(Decimal(1).scaleb(-12 - zeros))
    assert decimal_text(scaled) == decimal_text(value)


@given(AMOUNTS, st.integers(0, 6))
def test_display_text_is_at_most_half_a_unit_off(value: Decimal, places: int) -> None:
    shown = Decimal(display_text(value, places=places).replace(",", ""))
    with localcontext(prec=76):
        assert abs(shown - value) * 2 <= Decimal(1).scaleb(-places)


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.125", "0.12"), ("0.135", "0.14"), ("-0.004", "0.00"), ("999.995", "1,000.00"),
     ("-1234.5", "-1,234.50")],
)  # fmt: skip
def test_display_text_rounds_half_even(value: str, text: str) -> None:
    assert display_text(Decimal(value)) == text


@given(AMOUNTS, AMOUNTS.filter(bool))
def test_ratio(part: Decimal, whole: Decimal) -> None:
    with localcontext(prec=76, rounding=ROUND_HALF_EVEN):
        expected = (part / whole).quantize(Decimal("0.000001"))
    got = ratio_text(part, whole)
    assert got is not None
    assert Decimal(got) == expected


def test_no_ratio_to_nothing_and_no_amount_that_is_not_finite() -> None:
    assert ratio_text(Decimal(1), Decimal(0)) is None
    for bad in ("NaN", "Infinity", "sNaN"):
        with pytest.raises(ValueError, match="not a finite amount"):
            decimal_text(Decimal(bad))
