"""Periods: half-open intervals of whole UTC days, from the words people use."""

from tagwright.periods.find import Found, find
from tagwright.periods.model import Anchor, month_period, quarter_period, year_period
from tagwright.periods.model import span as make_period
from tagwright.periods.relative import lag_note, meant, previous, resolve, year_before

__all__ = [
    "Anchor",
    "Found",
    "find",
    "lag_note",
    "make_period",
    "meant",
    "month_period",
    "previous",
    "quarter_period",
    "resolve",
    "year_before",
    "year_period",
]
