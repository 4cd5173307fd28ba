"""A scope in words that are read back as the same scope, and from a call's arguments."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from tagwright.metrics import dimension_label
from tagwright.text import clean
from tagwright_agent.planner.question import Filter, Scope
from tagwright_agent.planner.wording import with_article

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["group_words", "plural", "scope_from", "scope_words", "threshold_words", "value_words"]

_MONTHS = tuple(calendar.month_name)[1:]
_PERIODS = {"previous_period": "the previous period", "previous_year": "the same period last year"}


def group_words(dimension: str) -> str:
    """A dimension as a person says it."""
    return dimension if dimension.startswith("tag:") else dimension_label(dimension)


def plural(dimension: str) -> str:
    """Several of a dimension: ``services``, ``categories``; a tag's name is no word."""
    said = group_words(dimension)
    if dimension.startswith("tag:"):
        return said
    if said.endswith("s"):
        return f"{said}es"
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"


def value_words(item: Filter) -> str:
    """A filter's name and values: ``team search or platform``, ``no team``."""
    if (item.dimension, item.values) == ("x_ai_certainty", ("ai",)):
        return "AI"
    label = group_words(item.dimension)
    if item.op == "is_null":
        return f"no {label}"
    return f"{label} {' or '.join(map(clean, item.values))}"


def scope_words(scope: Scope, head: str = "") -> str:
    """What is asked for, in a fixed order: measure, groups, filters, period, comparison."""
    said = head or (scope.metric or "cost").replace("_", " ")
    if scope.groups:
        shown = " and ".join(group_words(name) for name in scope.groups)
        said = f"{said} by {shown}"
        if scope.limit:
            said += f", {'bottom' if scope.order == 'asc' else 'top'} {scope.limit}"
        elif scope.order:
            said += ", smallest first" if scope.order == "asc" else ", largest first"
    for item in scope.filters:
        if item.op == "is_null":
            said += f" without {with_article(group_words(item.dimension))}"
        elif item.op == "not_null":
            said += f" that have {with_article(group_words(item.dimension))}"
        elif item.op == "not_in":
            said += f" without {value_words(item)}"
        elif item.values:
            said += f" for {value_words(item)}"
    if scope.period:
        said += f" in {_period_words(scope.period)}"
    if scope.having:
        said += f", {threshold_words(scope.having)}"
    if scope.currency:
        said += f" converted to {scope.currency}"
    if scope.compare_to:
        other = _PERIODS.get(scope.compare_to) or _period_words(scope.compare_to)
        said += f" compared with {other}"
    return said


_SIGNS = {">=": "at least", "<=": "at most", ">": "over", "<": "under"}


def threshold_words(having: str) -> str:
    """A threshold as it is said: ``over 1000``."""
    low, _, high = having.partition("..")
    if high:
        return f"between {low} and {high}"
    sign = next(sign for sign in _SIGNS if having.startswith(sign))
    return f"{_SIGNS[sign]} {having.removeprefix(sign)}"


def _period_words(period: str) -> str:
    """A period as it is read: ends of ours are exclusive, ends that people say are not."""
    start, _, end = period.partition("/")
    if not end:
        if match := re.fullmatch(r"(\d{4})-(\d\d)", period):
            return f"{_MONTHS[int(match[2]) - 1]} {match[1]}"
        return period
    last = dt.date.fromisoformat(end) - dt.timedelta(days=1)
    return f"{start} to {last}"


def scope_from(arguments: Mapping[str, Any]) -> Scope:
    """The scope of a call that somebody else made; what is not understood is left out."""
    groups = arguments.get("group_by") or arguments.get("by") or ()
    groups = (groups,) if isinstance(groups, str) else tuple(map(str, groups))
    metric = arguments.get("metric") or arguments.get("cost_basis")
    found = []
    given = arguments.get("filters")
    for item in given if isinstance(given, list) else []:
        if isinstance(item, dict) and item.get("dimension"):
            values = item.get("values") or []
            values = [values] if isinstance(values, str) else values
            found.append(
                Filter(
                    dimension=str(item["dimension"]),
                    op=str(item.get("op") or "in"),
                    values=tuple(map(str, values)),
                )
            )
    limit = arguments.get("limit")
    order = str(arguments.get("order") or "")
    return Scope(
        metrics=(metric,) if isinstance(metric, str) else (),
        groups=groups,
        filters=tuple(found),
        period=_text(arguments, "period"),
        compare_to=_text(arguments, "compare_to"),
        having=_text(arguments, "having"),
        limit=limit if isinstance(limit, int) and not isinstance(limit, bool) else 0,
        order=order if order in ("asc", "desc") else "",  # type: ignore[arg-type]  # checked here
    )


def _text(arguments: Mapping[str, Any], name: str) -> str:
    value = arguments.get(name)
    return value if isinstance(value, str) else ""
