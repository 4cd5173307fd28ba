"""How a workload scales, read out of its charges; what they do not tell is unknown."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.money import EXACT

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["UNKNOWN", "scaling"]

UNKNOWN = "unknown"
_SHORT = 3
"""So many days of charges say nothing about whether something always runs."""


def scaling(row: Mapping[str, Any], days: int, last: dt.date) -> tuple[str, str]:
    """The way it scales, and what in the data says so.

    ``reserved`` and ``batch`` where most of the usage is charged so; else by the unit that most of
    the cost is charged in: ``per token``, ``per request``, hours, ``per <unit>``. Hours are
    ``always on`` where each resource has at least 22 hours on every day but one since the first,
    on equally many resources, up to the last day of the data; else ``in bursts``.

    Args:
        row: Of :func:`~tagwright.workloads.statement.measure`.
        days: Days of the period that the data covers.
        last: The last of them.
    """
    whole = row["usage_cost"]
    for name, column in (("reserved", "reserved_cost"), ("batch", "batch_cost")):
        part = row[column]
        if whole > 0 and part * 2 >= whole:
            prices = "committed or provisioned" if name == "reserved" else "batch"
            return name, f"{_percent(part, whole)} of its cost is at {prices} prices"
    kinds = [kind for kind in ("token", "request", "hour", "other") if row[f"{kind}_units"]]
    if not kinds and row["token_cost"]:
        kinds = ["token"]  # the bill names token directions and no unit
    if not kinds:
        return UNKNOWN, "the bill gives no quantity"
    kind = max(kinds, key=lambda name: row[f"{name}_cost"])
    if kind == "hour":
        return _hours(row, days, last)
    unit, quantity = row[f"{kind}_unit"], row[f"{kind}_quantity"]
    name = f"per {kind}" if kind != "other" else f"per {unit}"
    if quantity is None or row[f"{kind}_units"] != 1:
        return name, f"charged by {kind if kind != 'other' else unit}"
    return name, f"{_number(quantity)} {unit}"


def _hours(row: Mapping[str, Any], days: int, last: dt.date) -> tuple[str, str]:
    ran, full = row["days"] or 0, row["full_days"] or 0
    fewest, most = row["fewest"] or 0, row["most"] or 0
    said = f"{_number(row['hour_quantity'] or Decimal(0))} h on {ran} of {days} days"
    if fewest != most:
        said += f", {fewest} to {most} resources a day"
    elif most > 1:
        said += f", {most} resources"
    if days < _SHORT or not ran:
        return UNKNOWN, said
    first, end = _day(row["first_day"]), _day(row["last_day"])
    span = (end - first).days + 1
    # One day may be partial: the first, or the last of an export that is not complete.
    if ran == span >= _SHORT and end == last and full >= ran - 1 and fewest == most:
        return "always on", said + (f", since {first}" if ran < days else "")
    return "in bursts", said


def _day(value: object) -> dt.date:
    return dt.date.fromisoformat(str(value)[:10])


def _percent(part: Decimal, whole: Decimal) -> str:
    share = EXACT.divide(part * 100, whole).quantize(Decimal(1))
    return f"{share}%"


def _number(value: Decimal) -> str:
    """Plain and exact, with thousands separators, no zeros at the end.

    >>> _number(Decimal("1234567.500")), _number(Decimal("744.0"))
    ('1,234,567.5', '744')
    """
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
