"""Who may approve: the policy of the settings, judged when deciding and again when applying."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tagwright.config import ApprovalPolicy
    from tagwright.remediation.plan import Plan

__all__ = ["refusal", "same_person"]


def same_person(one: str, other: str) -> bool:
    """Whether two principal ids may be the same person: equal, or equal but for the channel."""
    first, second = one.strip().casefold(), other.strip().casefold()
    return first == second or first.partition(":")[2] == second.partition(":")[2] != ""


def refusal(policy: ApprovalPolicy, plan: Plan, by: str, channel: str) -> str:
    """Why this person may not approve this plan here; empty where they may.

    The first rule of the channel that names the person and covers the plan's size allows; no such
    rule means no.
    """
    if policy.four_eyes and same_person(by, plan.proposed_by):
        return f"{by} asked for this plan and so cannot approve it (four eyes)"
    resources = len({item.arn for item in plan.items})
    named = False
    for rule in policy.rules:
        if rule.channel != channel or not any(
            fnmatch.fnmatchcase(name, pattern)
            for name in (by, by.partition(":")[2])
            if name
            for pattern in rule.approvers
        ):
            continue
        named = True
        if rule.max_resources is None or resources <= rule.max_resources:
            return ""
    if named:
        return f"the policy lets {by} approve fewer resources than the {resources} of this plan"
    return f"the policy lets nobody called {by} approve by {channel}"
