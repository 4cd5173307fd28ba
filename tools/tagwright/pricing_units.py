"""FOCUS PricingUnit, as clouds spell it, where it is one of time."""

from __future__ import annotations

import re

__all__ = ["hours_of", "is_month"]

# Powers of ten alone, as bills have them: a quantity divided by one stays exact.
_HOURS = re.compile(r"\s*(10{0,6})?\s*(?:hours?|hrs?)\s*", re.IGNORECASE)
_MONTH = re.compile(r"\s*1?\s*(?:months?|mo)\s*", re.IGNORECASE)


def hours_of(unit: str | None) -> int | None:
    """Hours of a pricing unit; None where it is none of hours.

    >>> hours_of("Hrs"), hours_of("1 Hour"), hours_of("100 Hours"), hours_of("GB-Hours")
    (1, 1, 100, None)
    """
    found = _HOURS.fullmatch(unit or "")
    return int(found[1] or 1) if found else None


def is_month(unit: str | None) -> bool:
    """Whether a pricing unit is one month.

    >>> is_month("Months"), is_month("1 Month"), is_month("GB-Mo"), is_month(None)
    (True, True, False, False)
    """
    return _MONTH.fullmatch(unit or "") is not None
