"""Metrics, names, periods and filters of a result in words; figures are cells of the result."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, Note, joined
from tagwright.metrics import dimension_label
from tagwright.periods import make_period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.blocks import Block, Part
    from tagwright.results import Period, ToolResult

__all__ = [
    "dates", "filters_parts", "heading", "is_some", "metric_text", "named", "notes",
    "with_article",
]  # fmt: skip

_METRICS = {"charge_count": "Number of charges", "resource_count": "Number of resources"}
_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_NOTES = 5


def metric_text(metric: str) -> str:
    """A metric in words.

    >>> metric_text("effective_savings_rate"), metric_text("charge_count")
    ('Effective savings rate', 'Number of charges')
    """
    return _METRICS.get(metric, metric.replace("_", " ").capitalize())


def named(value: object) -> Cell:
    """A name that the question or the call said: of a team, a service, a plan."""
    return Cell(value=None if value is None else str(value), kind="name")


def heading(dimension: object) -> str:
    """A dimension at the head of a column; a tag's key stays as it is written.

    >>> heading("service_name"), heading("cost-center")
    ('Service', 'cost-center')
    """
    return dimension_label(str(dimension), capital=True)


def is_some(value: object) -> bool:
    """Whether a figure is there and is not zero."""
    return value is not None and any(char in "123456789" for char in str(value))


def dates(period: Period | Mapping[str, Any] | None) -> str:
    """A period in words that name every day of it and no other.

    >>> dates({"start": "2026-09-01", "end": "2026-10-01"})
    'September 2026'
    >>> dates({"start": "2026-07-01", "end": "2026-10-01"})
    'Q3 2026'
    >>> dates({"start": "2026-07-01", "end": "2026-11-01"})
    'July 2026 to October 2026'
    >>> dates({"start": "2026-09-07", "end": "2026-09-15"})
    '2026-09-07 to 2026-09-14'
    """
    if period is None:
        return ""
    known = period if isinstance(period, Mapping) else period.model_dump()
    first, last = _day(known["start"]), _day(known["end"]) - dt.timedelta(days=1)
    if first == last:
        return str(first)
    end = last + dt.timedelta(days=1)
    label = make_period(first, end).label
    if re.fullmatch(r"\d{4}-\d\d", label):
        return _month(first)
    if first.day == end.day == 1 and " to " in label:
        return f"{_month(first)} to {_month(last)}"
    year, _, quarter = label.partition("-Q")
    return f"Q{quarter} {year}" if quarter else label


def _month(day: dt.date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year}"


def _day(value: object) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))


_CERTAIN = {"ai": "", "candidate": "candidates"}


def filters_parts(filters: Sequence[Mapping[str, Any]]) -> list[Part]:
    """Filters in words, with a leading blank; empty for none.

    >>> filters_parts([{"dimension": "team", "op": "is_null", "values": []}])
    [' without a valid ', 'team']
    """
    parts: list[Part] = []
    for item in filters:
        dimension = dimension_label(str(item["dimension"]))
        values = joined([named(value) for value in item.get("values", [])], last=" or ")
        if item["dimension"] == "x_ai_certainty" and len(item.get("values", [])) == 1:
            certain = _CERTAIN.get(str(item["values"][0]))
            if certain is not None:
                dimension, values = "AI", [certain] if certain else []
        op = str(item.get("op", "in"))
        if dimension_label("x_ai_certainty") == dimension and op == "is_null":
            parts.append(" that is not AI")
            continue
        if op in _WITHOUT_VALUES:
            parts += [_WITHOUT_VALUES[op], dimension]
        elif op == "not_null":
            parts += [" with ", with_article(dimension)]
        elif op in _WITH_VALUES:
            before, between = _WITH_VALUES[op]
            parts += [before, dimension, *([between, *values] if values else [])]
    return parts


def with_article(label: str) -> str:
    """A label with its article.

    >>> with_article("team"), with_article("account")
    ('a team', 'an account')
    """
    return f"{'an' if label[:1].lower() in 'aeio' else 'a'} {label}"


_WITH_VALUES = {
    "in": (" for ", " "), "not_in": (" without ", " "), "contains": (" for ", " containing "),
}  # fmt: skip
_WITHOUT_VALUES = {"is_null": " without a valid "}


def notes(result: ToolResult) -> list[Block]:
    """What a reader must know, one line each."""
    return [Note(text=note) for note in list(dict.fromkeys(result.notes))[:_NOTES]]
