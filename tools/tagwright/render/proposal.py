"""A stored plan as a block, from what the tools say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, Proposal
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["proposal_block"]


def proposal_block(plan: Mapping[str, Any], *, asked: bool = False) -> Proposal:
    """A stored plan, with the commands a person needs for it.

    Args:
        plan: What the propose tool says of it.
        asked: A person who is present is asked to decide.
    """
    plan_id = clean(str(plan["id"]))
    return Proposal(
        plan=plan_id,
        digest=str(plan.get("digest") or ""),
        changes=int(plan.get("changes") or 0),
        resources=int(plan.get("resources") or 0),
        amounts=tuple(
            Cell(value=str(item["effective_cost"]), kind="amount", unit=str(item["currency"]))
            for item in plan.get("amounts") or ()
        ),
        commands=(
            (f"tagwright approve {plan_id}", "shows it whole, and asks"),
            (f"tagwright apply {plan_id}", "writes it, once it is approved"),
        ),
        asked=asked,
    )
