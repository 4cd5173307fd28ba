"""The approval of a plan inside a conversation: the question put to a person, and their answer.

A model can neither make a :class:`Decision` nor reach the store: the decision comes from the
person at the prompt, is bound to the digest they were shown, and is checked and recorded by
:class:`tagwright.remediation.approver.Approver`, which also knows the policy.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tagwright.errors import TagwrightError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagwright.config import Settings
    from tagwright.people import Principal

__all__ = ["Decision", "may_ask", "proposal_of"]


class Decision(BaseModel):
    """What a person decided on the plan they were shown; who it is, only the session's door says.

    Attributes:
        type: ``approve`` or ``reject``.
        digest: Digest of the plan they were shown.
        reason: In their own words; may be empty.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["approve", "reject"]
    digest: str = Field(min_length=1, max_length=200)
    reason: str = Field(default="", max_length=2000)


def proposal_of(details: dict[str, Any]) -> dict[str, Any] | None:
    """What a propose tool's ``details`` say of the plan it stored; None where it stored none."""
    plan = details.get("plan")
    if not isinstance(plan, dict) or not plan.get("id") or not plan.get("digest"):
        return None
    return plan


def may_ask(settings: Settings, person: Principal, plan: Mapping[str, Any]) -> bool:
    """Whether it makes sense to ask this person, here, to approve the plan of that summary.

    Judged by the policy on the plan as it is stored. The store judges again when the decision is
    recorded, and so does the applier; this only spares a person a question whose answer would be
    refused.
    """
    from tagwright.remediation import PlanStore
    from tagwright.remediation.approver import why_not

    now = dt.datetime.now(dt.UTC)
    try:
        with PlanStore.open(settings) as store:
            stored = store.get(str(plan["id"]))
            return stored.digest == plan["digest"] and not why_not(store, stored, person, now)
    except TagwrightError:  # the tools' plans are kept elsewhere
        return False
