"""A worker's values as cells of a result: exact text for amounts, and nothing that JSON changes."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from typing import Any

from tagwright.money import decimal_text

__all__ = ["MAX_CELL", "cell"]

MAX_CELL = 2000
"""Characters of a cell; a longer one is cut, and the result says so."""

_PLAIN = 1e15
"""Beyond that, and below its inverse, a float is written with an exponent."""


def cell(value: Any) -> str | int | bool | None:
    """The value as a string, a whole number, a truth value or None.

    >>> cell(Decimal("1.500000")), cell(0.1), cell(dt.date(2026, 9, 1)), cell({"team": "ml"})
    ('1.50', '0.1', '2026-09-01', '{"team": "ml"}')
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, dt.date | dt.time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, dict | list | tuple):
        return json.dumps(_inner(value), ensure_ascii=False)
    return str(value)


def _float_text(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    return (
        format(Decimal(repr(value)), "f") if not size or 1 / _PLAIN < size < _PLAIN else repr(value)
    )


def _inner(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(cell(key)): _inner(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_inner(item) for item in value]
    return cell(value)
