"""Pricing units of time."""

from __future__ import annotations

import pytest

from tagwright.pricing_units import hours_of, is_month


@pytest.mark.parametrize(("unit", "hours", "month"), [
    ("Hours", 1, False), ("Hrs", 1, False), ("hr", 1, False), (" 1 Hour ", 1, False),
    ("10 Hours", 10, False), ("100 hours", 100, False), ("1000Hours", 1000, False),
    ("Month", None, True), ("1 Month", None, True), ("Mo", None, True),
    ("3 Hours", None, False), ("12 Months", None, False), ("GB-Hours", None, False),
    ("vCPU Hours", None, False), ("GB-Mo", None, False), ("", None, False), (None, None, False),
    ("1" + "0" * 5000 + " Hours", None, False), ("Hours\nHours", None, False),
])  # fmt: skip
def test_what_a_unit_is(unit: str | None, hours: int | None, month: bool) -> None:
    assert (hours_of(unit), is_month(unit)) == (hours, month)
