"""What a showback page says, before it is drawn: exact amounts, each with its receipt."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.money import EXACT, decimal_text
from tagwright.reports.rounding import exact_sum

if TYPE_CHECKING:
    from tagwright.results import Period

__all__ = ["KINDS", "Block", "Check", "Entry", "Listing", "Page", "plain", "total_of"]

KINDS: dict[str, tuple[str, str]] = {
    "direct": ("Direct", "used by one {} alone"),
    "shared": ("Shared", "used by several, split by a rule"),
    "idle": ("Idle", "paid for and not used"),
    "overhead": ("Overhead", "what keeps the platform running, split by a rule"),
    "commitment": ("Unused commitments", "prepaid and not used"),
    "support": ("Support", "support plans"),
    "tax": ("Tax", "taxes"),
    "credit": ("Credits", "credits and refunds"),
    "unallocated": ("Unallocated", "nobody was found for it"),
}
"""Kinds of allocated cost: name, and meaning with a place for the dimension."""


@dataclass(frozen=True)
class Entry:
    """One row of a table.

    Attributes:
        name: What it is; None where the data says nothing.
        amount: In the period.
        before: In the period before; None where that is not known.
        kind: One of :data:`KINDS`, where it is one; else empty.
        link: Page of its own; empty where there is none.
        rest: Whether it stands for all others together.
    """

    name: str | None
    amount: Decimal
    before: Decimal | None = None
    kind: str = ""
    link: str = ""
    rest: bool = False

    @property
    def change(self) -> Decimal | None:
        """Against the period before."""
        return None if self.before is None else EXACT.subtract(self.amount, self.before)


@dataclass(frozen=True)
class Listing:
    """One table, whose rows add up to its total.

    Attributes:
        title: Its heading.
        rows: Largest first, the others together last.
        total: Their sum.
        receipt: Reproduces it; empty where there is none.
        note: One sentence under the heading.
    """

    title: str
    rows: tuple[Entry, ...]
    total: Entry
    receipt: str = ""
    note: str = ""


@dataclass(frozen=True)
class Check:
    """One sum that must be equal to another.

    Attributes:
        what: What is compared.
        left: The sum of what the report shows.
        right: The sum of the charges.
        receipt: Reproduces the right one.
    """

    what: str
    left: Decimal
    right: Decimal
    receipt: str = ""

    @property
    def holds(self) -> bool:
        """Whether they are equal to the last decimal."""
        return self.left == self.right


@dataclass(frozen=True)
class Tagged:
    """The parts of what could be tagged, for one key or for all of them; the first four add up.

    Attributes:
        covered: With a valid value.
        invalid: With a tag of the key whose value is not valid.
        missing: With tags, but nothing for the key.
        untagged: Without any tag.
        taggable: All of it.
    """

    covered: Decimal
    invalid: Decimal
    missing: Decimal
    untagged: Decimal
    taggable: Decimal


@dataclass(frozen=True)
class Block:
    """Everything in one currency.

    Attributes:
        currency: ISO 4217.
        amount: In the period.
        before: In the period before.
        summary: Sentences that a director reads first.
        kinds: By kind of allocation.
        months: Month to its amount, oldest first, None where it is unknown; the last is the
            period's.
        listings: The other tables.
        coverage: Key to the parts of what could be tagged, exact.
        untaggable: What nobody could have tagged.
        coverage_receipt: Reproduces it.
        gaps: Services and what is not fully tagged of them, largest first.
        actions: What to do, most money first.
        checks: That the page adds up.
    """

    currency: str
    amount: Decimal
    before: Decimal | None
    summary: tuple[str, ...]
    kinds: Listing
    months: tuple[tuple[str, Decimal | None], ...]
    listings: tuple[Listing, ...]
    coverage: dict[str, Tagged]
    untaggable: Decimal
    coverage_receipt: str
    gaps: tuple[Entry, ...]
    actions: tuple[str, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        file: Its name.
        title: Its heading.
        target: Whose it is; None of the whole.
        dimension: What was allocated to, e.g. ``team``.
        cost_basis: Which cost.
        period: Of the charges.
        previous: What it is compared with.
        blocks: Per currency, the one with most charges first.
        notes: What a reader must know: what is missing.
        receipts: What each reproduces, to its id.
        prepared: When and from what, one line.
    """

    file: str
    title: str
    target: str | None
    dimension: str
    cost_basis: str
    period: Period
    previous: Period
    blocks: tuple[Block, ...]
    notes: tuple[str, ...]
    receipts: dict[str, str] = field(default_factory=dict)
    prepared: str = ""

    @property
    def sound(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for block in self.blocks for check in block.checks)


def plain(value: Any) -> Any:
    """A dataclass as JSON: amounts as exact text."""
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "__dataclass_fields__"):
        made = {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
        return {**made, "holds": value.holds} if isinstance(value, Check) else made
    return value


def total_of(rows: tuple[Entry, ...], name: str = "Total") -> Entry:
    """The rows' sum as a row."""
    before = [row.before for row in rows if row.before is not None]
    return Entry(name, exact_sum(row.amount for row in rows), exact_sum(before) if before else None)
