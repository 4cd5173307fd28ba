"""What is found and would be told: one cause, its owner, its money and what is said of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tagwright.blocks import Cell, dumped, joined, sentence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from tagwright.blocks import Block
    from tagwright.results import Period, ToolResult

__all__ = ["Ask", "Finding", "Kind", "cause_of", "label_of", "receipts_of", "span"]

Kind = Literal["spend_jump", "coverage_drop", "untagged_ai"]

Ask = Callable[..., "ToolResult"]
"""``ask(tool, **arguments)``: a tool's result, with its receipt. No figure comes from elsewhere."""


@dataclass(frozen=True)
class Finding:
    """One thing worth telling.

    Attributes:
        kind: What sort of thing.
        cause: The same from run to run as long as it is the same thing.
        owner: The team that it is with by the taxonomy; None where that is not known.
        amount: Money it is about, in ``currency``; exact.
        currency: Of the amount.
        began: First day.
        ended: Day after the last; None while it goes on.
        headline: In one line of plain text, without a figure.
        blocks: What is said: sentences whose figures stand in tools' results, and the receipts.
        team: Every figure is of this team's charges alone, so that who sees those may see it; None
            where it is of more.
    """

    kind: Kind
    cause: str
    owner: str | None
    amount: Decimal
    currency: str
    began: dt.date
    ended: dt.date | None
    headline: str
    blocks: tuple[Block, ...]
    team: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON; the amount is a decimal string."""
        from tagwright.money import decimal_text

        return {
            "kind": self.kind,
            "cause": self.cause,
            "owner": self.owner,
            "amount": decimal_text(self.amount),
            "currency": self.currency,
            "began": self.began.isoformat(),
            "ended": self.ended.isoformat() if self.ended else None,
            "headline": self.headline,
            "blocks": dumped(self.blocks),
        }


def cause_of(kind: Kind, about: Mapping[str, object]) -> str:
    """The key of a cause: 16 hexadecimal digits of what it is about."""
    said = json.dumps([kind, about], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def span(start: dt.date, end: dt.date) -> str:
    """A period as tools take it; ``end`` is exclusive."""
    return f"{start}/{end}"


def label_of(period: Period | None) -> str:
    """How it reads; a result that plays in time has one."""
    return period.label if period is not None else ""


def receipts_of(results: Iterable[ToolResult]) -> Block:
    """Where each figure can be made again."""
    kept = list(dict.fromkeys(one.receipt for one in results if one.receipt))
    codes = [Cell(value=receipt, kind="code", receipt=receipt) for receipt in kept]
    return sentence("Receipts: " if len(codes) > 1 else "Receipt: ", joined(codes), ".")
