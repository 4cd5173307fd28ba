"""Who may approve: what ``people.yaml`` says, judged when deciding and again when applying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.money import decimal_text
from tagwright.remediation.plan import SCOPES
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tagwright.people import Limits, People, Person
    from tagwright.people.model import Money
    from tagwright.remediation.plan import Plan

__all__ = ["refusal", "refusal_to_undo"]


def refusal(people: People, plan: Plan, by: str) -> str:
    """Why this person may not approve this plan; empty where they may.

    Args:
        people: Who is who today.
        plan: The plan.
        by: The person, as the decision names them.
    """
    if people.one_person:
        # Whoever a door proved: a file that is gone, or a door that proves nobody, names others.
        if by.startswith("cli:"):
            return ""
        return f"{by} is not the user of a terminal, and without people.yaml nobody else approves"
    person = people.named(by)
    if person is None:
        return f"{by} is nobody in {people.source}"
    if "approve" not in person.may:
        return f"{person.id} may not approve plans"
    return _two_eyes(people, plan, person) or _beyond(person, plan)


def refusal_to_undo(people: People, by: str) -> str:
    """Why this person may not have our own writes put back; empty where they may."""
    if people.one_person:
        return "" if by.startswith("cli:") else f"{by} is not the user of a terminal"
    person = people.named(by)
    if person is None:
        return f"{by} is nobody in {people.source}"
    return "" if "roll_back" in person.may else f"{person.id} may not roll a plan back"


def _beyond(person: Person, plan: Plan) -> str:
    """What of the plan goes over what this person approves; it must fit whole into one limit."""
    over = [_over(limits, plan) for limits in person.approves]
    if over and all(over):
        return f"it goes over what {person.id} approves: {'; else '.join(dict.fromkeys(over))}"
    return ""


def _two_eyes(people: People, plan: Plan, person: Person) -> str:
    """Why the one who asked and the one who approves may be one person; empty where they are two.

    An id with a colon is a door's, of before there was a file or of nobody proven. Where the file
    does not say whose it is, it may be anybody's; an id of the file that is gone was another's.
    """
    proposer = people.named(plan.proposed_by)
    if proposer is None and ":" in plan.proposed_by:
        return f"who asked for this plan ({plan.proposed_by}) is nobody in {people.source}"
    if person.id in {plan.proposed_by, proposer and proposer.id}:
        return f"{person.id} asked for this plan and so cannot approve it (four eyes)"
    return ""


def _over(limits: Limits, plan: Plan) -> str:
    """What of the plan goes over these limits, or cannot be held against them."""
    arns = dict.fromkeys(item.arn for item in plan.items)
    if limits.resources is not None and len(arns) > limits.resources:
        return f"it touches {len(arns)} resources, they approve {limits.resources}"
    if limits.accounts is not None:
        others = {item.account for item in plan.items} - set(limits.accounts)
        if others:
            return f"it touches account {_some(others)}, they approve {_some(limits.accounts)}"
    for key, allowed in zip(SCOPES, (limits.teams, limits.environments), strict=True):
        if allowed is None:
            continue
        found = [plan.scope(arn, key) for arn in arns]
        if others := set().union(*found) - set(allowed):
            return f"it touches {key} {_some(others)}, they approve {_some(allowed)}"
        if unknown := sum(not values for values in found):
            return f"the {key} of {unknown} of its resources is not known, and they are limited"
    return "" if limits.effective_cost is None else _over_money(limits.effective_cost, plan)


def _over_money(limit: Money, plan: Plan) -> str:
    """Only where the cost of every resource is known in the limit's currency can it be held."""
    if any(not item.currency for item in plan.items):
        return f"what its resources cost is not known, so {limit} cannot be checked"
    amounts = plan.amounts()
    if others := set(amounts) - {limit.currency}:
        return f"its resources are billed in {_some(others)}, so {limit} cannot be checked"
    cost = amounts.get(limit.currency)
    if cost is not None and cost > limit.amount:
        said = f"{decimal_text(cost)} {limit.currency}"
        return f"its resources cost {said} (effective cost), they approve {limit}"
    return ""


def _some(names: Iterable[str]) -> str:
    found = sorted(shorten(clean(name), 60) for name in names)
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
