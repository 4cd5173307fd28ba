"""What the tools say of a target's charges beside the allocation: coverage, and since when."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright.errors import MisuseError, UnknownNameError
from tagwright.reports.showback_model import Entry, Tagged

if TYPE_CHECKING:
    from tagwright.reports.showback_data import Gathered

__all__ = ["Coverage", "coverage_of", "since"]

_GAPS = ("invalid", "missing", "untagged")


@dataclass(frozen=True)
class Coverage:
    """How much is tagged.

    Attributes:
        shares: Currency to key to the parts of what could be tagged.
        untaggable: Currency to what nobody could have tagged.
        gaps: Currency to services and what of them is not fully tagged, largest first.
        keys: The keys asked for.
        receipt: Reproduces the shares.
        notes: What a reader must know.
    """

    shares: dict[str, dict[str, Tagged]] = field(default_factory=dict)
    untaggable: dict[str, Decimal] = field(default_factory=dict)
    gaps: dict[str, list[Entry]] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    receipt: str = ""
    notes: tuple[str, ...] = ()


def since(found: Gathered, target: str | None) -> tuple[dict[str, str], str]:
    """Currency to the first day of another level of cost, where one is seen; and the receipt."""
    if found.previous is None:
        return {}, ""
    try:
        result = found.ask(
            "explain_change",
            metric=found.cost_basis,
            by=["service_name"],
            limit=1,
            filters=found.filters(target),
        )
    except UnknownNameError:  # nothing carries the target's tag
        return {}, ""
    steps = result.details.get("step", [])
    days = {str(step["currency"]): str(step["start"]) for step in steps if not step.get("end")}
    return days, result.receipt or ""


def coverage_of(found: Gathered, target: str | None) -> Coverage:
    """Of the charges that carry the target's tag; of all for the whole."""
    filters = found.filters(target)
    try:
        whole = found.ask("tag_coverage", filters=filters, limit=100)
        parts = found.ask("tag_coverage", filters=filters, group_by=["service_name"], limit=100)
    except (UnknownNameError, MisuseError):  # no such tag in the data; no required key
        return Coverage()
    shares: dict[str, dict[str, Tagged]] = {}
    for row in whole.rows:
        own = shares.setdefault(str(row["currency"]), {})
        own[str(row["key"])] = Tagged(
            **{part.name: Decimal(str(row[part.name])) for part in fields(Tagged)}
        )
    untaggable = {str(row["currency"]): Decimal(str(row["untaggable"])) for row in whole.totals}
    gaps: dict[str, list[Entry]] = {}
    for row in parts.rows:
        gap = sum((Decimal(str(row[part])) for part in _GAPS), Decimal(0))
        if gap > 0:
            name = str(row["service_name"] or "no service named")
            gaps.setdefault(str(row["currency"]), []).append(Entry(name, gap))
    keys = tuple(str(key) for key in whole.details.get("keys", []))
    return Coverage(shares, untaggable, gaps, keys, whole.receipt or "", tuple(whole.notes))
