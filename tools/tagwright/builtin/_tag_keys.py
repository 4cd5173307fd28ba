"""The raw tag keys of a bill: how much carries each, of what values, and what each means."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright.builtin._arguments import page
from tagwright.builtin._question import figure, single_currency
from tagwright.errors import UnknownNameError
from tagwright.money import ratio_text
from tagwright.registry import nearest
from tagwright.results import ToolResult
from tagwright.taxonomy import SUGGEST
from tagwright.text import clean

if TYPE_CHECKING:
    from tagwright.builtin._question import Question
    from tagwright.results import Scalar
    from tagwright.suggestions import TagKey

__all__ = ["TAGS", "tag_keys"]

TAGS = "tags"
"""What is asked for as a dimension."""

_EXAMPLES = 3
_LIKE = 20
_ROOM = 60
_LONGEST = 256


def tag_keys(question: Question, search: str, limit: int, offset: int) -> ToolResult:
    """A row per raw tag key and currency, the most expensive first.

    Raises:
        UnknownNameError: No tag key is like ``search``.
    """
    from tagwright.suggestions import observe

    seen = observe(question.ctx)
    names = [clean(key.raw) for key in seen.keys]
    wanted = set(names)
    if search:
        folded = search.casefold()
        wanted = {name for name in names if folded in name.casefold()}
        wanted = wanted or set(nearest(search, names, limit=_LIKE))
        if not wanted:
            raise UnknownNameError("tag key", clean(search))
    rows: list[dict[str, Scalar]] = []
    strange = False
    for key, name in zip(seen.keys, names, strict=True):
        if name not in wanted:
            continue
        own = question.ctx.taxonomy.key_of_tag(key.raw)
        strange = strange or own is None
        for currency, cost in key.costs.items():
            rows.append(
                {
                    "tag": name,
                    "currency": currency,
                    "effective_cost": figure(cost),
                    "coverage": ratio_text(cost, seen.taggable[currency]),
                    "empty_ratio": _empty(key, currency),
                    "resources": key.resources,
                    "values": key.distinct,
                    "examples": _examples(key),
                    "key": own[0] if own else None,
                }
            )
    rows.sort(key=lambda row: (str(row["currency"]), -Decimal(str(row["effective_cost"]))))
    totals: list[dict[str, Scalar]] = [
        {"currency": currency, "effective_cost": figure(cost)}
        for currency, cost in sorted(seen.taggable.items())
    ]
    return ToolResult(
        rows=page(rows, limit, offset),
        totals=totals,
        currency=single_currency(totals),
        period=question.period,
        row_count=len(rows),
        notes=[f"Some tags are not in the taxonomy. {SUGGEST}"] if strange else [],
        details={"dimension": TAGS, "description": "Raw tag keys of what could be tagged."},
    )


def _examples(key: TagKey) -> str:
    """The most expensive values, whole, as they are copied: fewer where they are long."""
    shown: list[str] = []
    for value in key.values[:_EXAMPLES]:
        text = clean(value.text)
        if len(text) <= (_ROOM - len(", ".join(shown)) if shown else _LONGEST):
            shown.append(text)
    return ", ".join(shown)


def _empty(key: TagKey, currency: str) -> str | None:
    """What share of the cost that carries a tag has an empty value; of no cost, none is known."""
    if currency not in key.empty:
        return "0.000000"
    return ratio_text(key.empty[currency], key.costs[currency])
