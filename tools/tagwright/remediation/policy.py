"""Who may approve: what ``people.yaml`` says, judged when deciding and again when applying."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright.money import decimal_text
from tagwright.remediation.plan import SCOPES
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tagwright.people import Limits, People, Person
    from tagwright.people.model import Money
    from tagwright.remediation.plan import Plan

__all__ = ["Touched", "asks_bill", "refusal", "refusal_to_undo", "touched_by"]


@dataclass(frozen=True)
class Touched:
    """What a plan touches, as limits are held against it: by its own word, or by a bill.

    Attributes:
        accounts: Of its resources.
        scopes: Team and environment by resource, each those it has now and would have.
        amounts: Effective cost of its resources by currency, each resource once.
        unpriced: How many of its resources have no known cost.
        source: Whose word it is, for messages: ``by …, ``; empty for the plan's.
    """

    accounts: frozenset[str]
    scopes: Mapping[str, Mapping[str, frozenset[str]]]
    amounts: Mapping[str, Decimal]
    unpriced: int
    source: str = ""


def touched_by(plan: Plan) -> Touched:
    """What the plan itself says that it touches."""
    arns = dict.fromkeys(item.arn for item in plan.items)
    return Touched(
        frozenset(item.account for item in plan.items),
        {key: {arn: frozenset(plan.scope(arn, key)) for arn in arns} for key in SCOPES},
        plan.amounts(),
        len({item.arn for item in plan.items if not item.currency}),
    )


def asks_bill(people: People, by: str) -> bool:
    """Whether what this person may approve depends on what only a bill can say."""
    person = people.named(by)
    return person is not None and any(
        limits.accounts is not None
        or limits.teams is not None
        or limits.environments is not None
        or limits.effective_cost is not None
        for limits in person.approves
    )


def refusal(people: People, plan: Plan, by: str, billed: Touched | None = None) -> str:
    """Why this person may not approve this plan; empty where they may.

    Args:
        people: Who is who today.
        plan: The plan.
        by: The person, as the decision names them.
        billed: What the bill says that it touches (:mod:`tagwright.remediation.bill`): their
            limits must hold for that as well. None: by the plan's word alone.
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
    return _two_eyes(people, plan, person) or _beyond(person, plan, billed)


def refusal_to_undo(people: People, by: str) -> str:
    """Why this person may not have our own writes put back; empty where they may."""
    if people.one_person:
        return "" if by.startswith("cli:") else f"{by} is not the user of a terminal"
    person = people.named(by)
    if person is None:
        return f"{by} is nobody in {people.source}"
    return "" if "roll_back" in person.may else f"{person.id} may not roll a plan back"


def _beyond(person: Person, plan: Plan, billed: Touched | None) -> str:
    """What of the plan goes over what this person approves; it must fit whole into one limit."""
    words = [touched_by(plan), *([billed] if billed else [])]
    resources = len({item.arn for item in plan.items})
    over = [
        next((why for said in words if (why := _over(limits, said, resources))), "")
        for limits in person.approves
    ]
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


def _over(limits: Limits, said: Touched, resources: int) -> str:
    """What goes over these limits, or cannot be held against them."""
    if limits.resources is not None and resources > limits.resources:
        return f"it touches {resources} resources, they approve {limits.resources}"
    if limits.accounts is not None and (others := said.accounts - set(limits.accounts)):
        return (
            f"{said.source}it touches account {_some(others)}, they approve "
            f"{_some(limits.accounts)}"
        )
    for key, allowed in zip(SCOPES, (limits.teams, limits.environments), strict=True):
        if allowed is None:
            continue
        found = list(said.scopes[key].values())
        if others := frozenset().union(*found) - set(allowed):
            return f"{said.source}it touches {key} {_some(others)}, they approve {_some(allowed)}"
        if unknown := sum(not values for values in found):
            return (
                f"{said.source}the {key} of {unknown} of its resources is not known, and they are "
                "limited"
            )
    return "" if limits.effective_cost is None else _over_money(limits.effective_cost, said)


def _over_money(limit: Money, said: Touched) -> str:
    """Only where the cost of every resource is known in the limit's currency can it be held."""
    if said.unpriced:
        return f"{said.source}what its resources cost is not known, so {limit} cannot be checked"
    if others := set(said.amounts) - {limit.currency}:
        return (
            f"{said.source}its resources are billed in {_some(others)}, so {limit} cannot be "
            "checked"
        )
    cost = said.amounts.get(limit.currency, Decimal(0))
    if cost > limit.amount:
        return (
            f"{said.source}its resources cost {decimal_text(cost)} {limit.currency} (effective "
            f"cost), they approve {limit}"
        )
    return ""


def _some(names: Iterable[str]) -> str:
    found = sorted(shorten(clean(name), 60) for name in names)
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
