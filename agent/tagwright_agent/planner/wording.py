"""Figures, names, periods and filters of a result as text; nothing is computed but rounding."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from tagwright.metrics import dimension_label
from tagwright.money import display_text
from tagwright.periods import make_period
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tagwright.results import Period, ToolResult

__all__ = [
    "MONEY", "amount", "dates", "filters_text", "heading", "join", "metric_text", "name", "notes",
    "percent", "signed", "table",
]  # fmt: skip

_METRICS = {
    "effective_cost": "Effective cost",
    "billed_cost": "Billed cost",
    "list_cost": "List cost",
    "contracted_cost": "Contracted cost",
    "charge_count": "Number of charges",
    "resource_count": "Number of resources",
    "consumed_quantity": "Consumed quantity",
}
MONEY = frozenset({"effective_cost", "billed_cost", "list_cost", "contracted_cost"})
_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_MARKUP = re.compile(r"([\\`*\[\]<>|~])")
_NAME_WIDTH = 256
"""ARNs stay whole: what is cut can be traced to no result, nor copied."""
_NOTES = 5


def metric_text(metric: str) -> str:
    """A metric in words."""
    return _METRICS.get(metric, name(metric))


def name(value: object, *, width: int = _NAME_WIDTH) -> str:
    r"""Text from the bill: harmless, short, with Markdown's own characters escaped.

    >>> name("a|b*c"), name(None)
    ('a\\|b\\*c', '(no value)')
    """
    if value is None:
        return "(no value)"
    return _MARKUP.sub(r"\\\1", shorten(str(value), width))


def heading(dimension: object) -> str:
    """A dimension at the head of a column; a tag's key stays as it is written.

    >>> heading("service_name"), heading("cost-center")
    ('Service', 'cost-center')
    """
    return name(dimension_label(str(dimension), capital=True))


def _decimal(value: object) -> Decimal | None:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def amount(value: object, unit: object = "") -> str:
    """A figure for reading with its unit; whole numbers stay whole.

    >>> amount("1234.567", "USD"), amount(12), amount(None, "USD")
    ('1,234.57 USD', '12', 'nothing')
    """
    if value is None:
        return "nothing"
    found = _decimal(value)
    if found is None:
        return name(value)
    text = f"{int(found):,}" if isinstance(value, int) else display_text(found)
    return f"{text} {name(unit)}" if unit else text


def signed(value: object) -> str:
    """A change with its sign.

    >>> signed("5.00"), signed("-5.00"), signed("0.00")
    ('+5.00', '-5.00', '0.00')
    """
    text = amount(value)
    found = _decimal(value)
    return f"+{text}" if found is not None and found > 0 and text != "0.00" else text


def percent(ratio: object, *, sign: bool = False) -> str:
    """A ratio as a percentage with one decimal.

    >>> percent("0.333333"), percent("0.5", sign=True), percent(None)
    ('33.3%', '+50.0%', '')
    """
    found = _decimal(ratio)
    if ratio is None or found is None:
        return ""
    text = display_text(found * 100, places=1)
    return f"{'+' if sign and found > 0 else ''}{text}%"


def dates(period: Period | Mapping[str, Any] | None) -> str:
    """A period in words that name every day of it and no other.

    >>> dates({"start": "2026-09-01", "end": "2026-10-01"})
    'September 2026'
    >>> dates({"start": "2026-07-01", "end": "2026-10-01"})
    'Q3 2026'
    >>> dates({"start": "2026-09-07", "end": "2026-09-15"})
    '2026-09-07 to 2026-09-14'
    """
    if period is None:
        return ""
    known = period if isinstance(period, Mapping) else period.model_dump()
    first, last = _day(known["start"]), _day(known["end"]) - dt.timedelta(days=1)
    if first == last:
        return str(first)
    label = make_period(first, last + dt.timedelta(days=1)).label
    if re.fullmatch(r"\d{4}-\d\d", label):
        return f"{_MONTHS[first.month - 1]} {first.year}"
    year, _, quarter = label.partition("-Q")
    return f"Q{quarter} {year}" if quarter else label


def _day(value: object) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))


_CERTAIN = {"ai": "", "candidate": "candidates"}


def filters_text(filters: Sequence[Mapping[str, Any]]) -> str:
    """Filters in words, with a leading blank; empty for none.

    >>> filters_text([{"dimension": "team", "op": "not_in", "values": ["a", "b"]}])
    ' without team a or b'
    >>> filters_text([{"dimension": "service_provider_name", "values": ["AWS"]}])
    ' for provider AWS'
    >>> filters_text([{"dimension": "x_ai_certainty", "values": ["ai"]}])
    ' for AI'
    """
    parts = []
    for item in filters:
        dimension = name(dimension_label(str(item["dimension"])))
        values = join([name(value) for value in item.get("values", [])], last="or")
        if values in _CERTAIN and item["dimension"] == "x_ai_certainty":
            dimension, values = "AI", _CERTAIN[values]
        parts.append(
            {
                "in": f"for {dimension} {values}".rstrip(),
                "not_in": f"without {dimension} {values}".rstrip(),
                "contains": f"for {dimension} containing {values}",
                "is_null": f"without a valid {dimension}",
                "not_null": f"with a {dimension}",
            }.get(str(item.get("op", "in")), "")
        )
    return "".join(f" {part}" for part in parts if part)


def join(parts: Sequence[str], *, last: str = "and") -> str:
    """The parts as a list in words.

    >>> join(["a", "b", "c"])
    'a, b and c'
    """
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def table(heading: Sequence[str], rows: Iterable[Sequence[str]], *, left: int) -> str:
    """A Markdown table; the first ``left`` columns are text, the others figures."""
    rules = ["---" if index < left else "---:" for index in range(len(heading))]
    lines = [heading, rules, *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def notes(result: ToolResult) -> str:
    """What a reader must know, one line each."""
    shown = [name(note, width=300) for note in dict.fromkeys(result.notes)][:_NOTES]
    return "\n".join(f"Note: {note}" for note in shown)
