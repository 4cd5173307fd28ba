"""The approval of a plan inside a conversation: the question put to a person, and their answer.

A model can neither make a :class:`Decision` nor reach the store: the decision comes from the
person at the prompt, is bound to the digest they were shown, and is checked and recorded by
:class:`tagwright.remediation.PlanStore`, which also knows the policy.
"""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tagwright.text import clean

if TYPE_CHECKING:
    from tagwright.config import ApprovalPolicy

__all__ = ["Decision", "how_to_approve", "may_ask", "proposal_of"]


class Decision(BaseModel):
    """What a person decided on the plan they were shown.

    Attributes:
        type: ``approve`` or ``reject``.
        by: Who decided, as the channel knows them (``chat:alice``).
        digest: Digest of the plan they were shown.
        reason: In their own words; may be empty.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["approve", "reject"]
    by: str = Field(min_length=1, max_length=200)
    digest: str = Field(min_length=1, max_length=200)
    reason: str = Field(default="", max_length=2000)


def proposal_of(details: dict[str, Any]) -> dict[str, Any] | None:
    """What a propose tool's ``details`` say of the plan it stored; None where it stored none."""
    plan = details.get("plan")
    if not isinstance(plan, dict) or not plan.get("id") or not plan.get("digest"):
        return None
    return plan


def may_ask(policy: ApprovalPolicy, person: str) -> bool:
    """Whether the policy lets this person approve in a conversation at all.

    ``person`` is the id without its channel. The policy is judged again by the store when the
    decision is recorded, and by the applier; this only spares a person a futile question.
    """
    return any(
        rule.channel == "chat"
        and any(
            fnmatch.fnmatchcase(name, pattern)
            for name in (person, f"chat:{person}")
            for pattern in rule.approvers
        )
        for rule in policy.rules
    )


def how_to_approve(plan: dict[str, Any]) -> str:
    """The commands a person needs for a plan, as the last lines of an answer."""
    plan_id = clean(str(plan["id"]))
    return (
        f"Nothing is changed yet. Plan {plan_id} waits for a person:\n"
        f"  tagwright plan show {plan_id}\n"
        f"  tagwright approve {plan_id} --as WHO\n"
        f"  tagwright apply {plan_id}"
    )
