"""Figures, names and tables in words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.money import display_text
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.results import Period, Scalar

__all__ = [
    "amount",
    "dimension_title",
    "filters_text",
    "join",
    "metric_title",
    "percent",
    "period_text",
    "shown",
    "table",
]

_METRICS = {
    "charge_count": "Number of charges",
    "resource_count": "Number of resources",
    "consumed_quantity": "Consumed quantity",
}
_TITLES = {
    "service_provider_name": "Provider",
    "service_name": "Service",
    "sub_account_id": "Account",
    "sub_account_name": "Account name",
    "billing_account_id": "Billing account",
    "region_id": "Region",
    "resource_id": "Resource",
    "consumed_unit": "Unit",
}
_MARKUP = str.maketrans({"|": "\\|", "`": "\\`", "*": "\\*", "_": "\\_", "[": "\\[", "<": "\\<"})


def amount(value: Scalar, currency: Scalar) -> str:
    """``1,234.50 USD``."""
    return f"{display_text(Decimal(str(value or 0)))} {clean(str(currency or ''))}".strip()


def percent(ratio: Scalar) -> str:
    """``12.3 %`` of a ratio as text."""
    if ratio is None:
        return "none"
    return f"{display_text(Decimal(str(ratio)) * 100, places=1)} %"


def metric_title(name: str) -> str:
    """``Effective cost``."""
    return _METRICS.get(name, name.replace("_", " ").capitalize())


def dimension_title(name: str) -> str:
    """``Service`` of ``service_name``."""
    if name in _TITLES:
        return _TITLES[name]
    return clean(name if name.startswith("tag:") else name.replace("_", " ").capitalize())


def shown(value: Any) -> str:
    """A value of the bill: cleaned, shortened, its Markdown disarmed; nothing is ``(none)``."""
    if value is None or value == "":
        return "(none)"
    return shorten(str(value), 48).translate(_MARKUP)


def join(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def period_text(period: Period | None) -> str:
    """``in 2026-09`` or ``from 2026-09-01 to 2026-09-14``."""
    if period is None:
        return ""
    label = clean(period.label)
    if " to " in label:
        return f"from {label}"
    return f"on {label}" if len(label) == 10 else f"in {label}"


def filters_text(filters: Sequence[Any]) -> str:
    """``provider AWS, not region us-east-1``."""
    said = []
    for item in filters:
        title = dimension_title(str(item["dimension"]))
        title = title if item["dimension"] == title else title[:1].lower() + title[1:]
        values = join([shown(value) for value in list(item.get("values") or [])[:4]])
        more = len(item.get("values") or []) - 4
        values += f" and {more} more" if more > 0 else ""
        op = item.get("op", "in")
        if op == "is_null":
            said.append(f"without {title}")
        elif op == "not_null":
            said.append(f"with {title}")
        else:
            said.append(f"{'not ' if op == 'not_in' else ''}{title} {values}")
    return ", ".join(said)


def table(head: Sequence[str], body: Sequence[Sequence[str]], *, right: int = 0) -> str:
    """A Markdown table; the last ``right`` columns hold figures."""
    left = len(head) - right
    rule = ["---"] * left + ["---:"] * right
    lines = [head, rule, *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
