"""Whether a statement may add amounts of several currencies up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.free_sql.functions import AGGREGATES, QUERIES
from tagwright.free_sql.tree import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["names_money", "sums_without_currency"]

_MONEY = frozenset(
    """
    billedcost effectivecost listcost contractedcost listunitprice contractedunitprice
    pricingcurrencycontractedunitprice pricingcurrencyeffectivecost pricingcurrencylistunitprice
    priced_cost reported_cost
    """.split()
)
_CURRENCIES = frozenset("billingcurrency pricingcurrency priced_currency reported_currency".split())


def names_money(tree: Mapping[str, Any]) -> bool:
    """Whether an amount is named, or all columns are."""
    return any(_kind(node) == "STAR" or _column(node) in _MONEY for node in _objects(tree))


def sums_without_currency(tree: Mapping[str, Any]) -> bool:
    """Whether a SELECT puts amounts together and names no currency beside them.

    It errs on the side of yes: through a CTE it does not follow which column is an amount.
    """
    if not names_money(tree):
        return False
    known = _CURRENCIES | {
        fold(node["alias"])
        for node in _objects(tree)
        if _column(node) in _CURRENCIES and node.get("alias")
    }
    return any(
        _aggregates(node) and not _names(node, known)
        for node in _objects(tree)
        if _kind(node) == "SELECT_NODE"
    )


def _aggregates(select: Mapping[str, Any]) -> bool:
    return any(_is_aggregate(node) for node in _own(select))


def _names(select: Mapping[str, Any], currencies: frozenset[str]) -> bool:
    """Whether a currency is named outside of the aggregates."""
    return any(_column(node) in currencies for node in _own(select, aggregates=False))


def _is_aggregate(node: Mapping[str, Any]) -> bool:
    found = _kind(node) in {"FUNCTION", "WINDOW_AGGREGATE"}
    return found and fold(node["function_name"]) in AGGREGATES


def _kind(node: Mapping[str, Any]) -> str:
    kind = node.get("type")
    return kind if isinstance(kind, str) else ""  # of a constant it is an object, in DuckDB 1.5


def _column(node: Mapping[str, Any]) -> str:
    return fold(node["column_names"][-1]) if _kind(node) == "COLUMN_REF" else ""


def _objects(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every object of the tree."""
    todo = [node]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            yield item
            todo += item.values()
        elif isinstance(item, list):
            todo += item


def _own(select: Mapping[str, Any], *, aggregates: bool = True) -> Iterator[Mapping[str, Any]]:
    """The objects of one SELECT without the queries inside it."""
    todo: list[Any] = list(select.values())
    while todo:
        item = todo.pop()
        if isinstance(item, list):
            todo += item
        elif isinstance(item, dict) and _kind(item) not in QUERIES:
            if not aggregates and _kind(item) == "FUNCTION" and _is_aggregate(item):
                todo.append(item.get("filter"))  # FILTER (WHERE "BillingCurrency" = 'USD')
                continue
            yield item
            todo += item.values()
