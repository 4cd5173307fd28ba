"""Policies and rules in the order in which they are tried, for one dimension."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.allocation.model import Policy, RuleSpec
from tagwright.errors import ConfigError, UnknownNameError
from tagwright.metrics import Filter

if TYPE_CHECKING:
    from tagwright.allocation.model import AllocationRules, Kind
    from tagwright.metrics import Catalogue
    from tagwright.metrics.conditions import Conditions

__all__ = ["Step", "steps_of"]


def _only(dimension: str, *values: str) -> tuple[Filter, ...]:
    return (Filter(dimension=dimension, values=values),)


_SORTS: dict[str, tuple[Kind, tuple[Filter, ...]]] = {
    "tax": ("tax", _only("charge_category", "Tax")),
    "credit": ("credit", _only("charge_category", "Credit")),
    "unused_commitment": ("commitment", _only("commitment_discount_status", "Unused")),
    "support": (
        "support",
        (Filter(dimension="service_name", op="contains", values=("support",)),),
    ),
}
"""Policy to the kind of its lines, and which charges it is about."""


@dataclass(frozen=True)
class Step:
    """A rule or a policy at its place in the order.

    Attributes:
        id: Rule id, or ``policy:<name>``.
        rule: The rule; None where the charges keep the target that they carry.
        kind: Of its lines.
        match: Which charges.
        condition: The same as SQL; never NULL.
        own: Whether it is a rule whose charges keep their own target: direct cost.
    """

    id: str
    rule: RuleSpec | None
    kind: Kind
    match: tuple[Filter, ...]
    condition: str
    own: bool = False


def steps_of(
    rules: AllocationRules, dimension: str, catalogue: Catalogue, conditions: Conditions
) -> list[Step]:
    """Policies and rules that allocate to a dimension.

    Raises:
        ConfigError: A rule names a dimension nobody knows, or one that charges are not allocated
            to; names file, rule and the nearest ones.
    """
    found: list[Step] = []
    for name, (kind, match) in _SORTS.items():
        policy: Policy = getattr(rules.spec.policies, name)
        if policy.do != "rules":
            rule = _as_rule(name, kind, policy, dimension)
            found.append(Step(f"policy:{name}", rule, kind, match, conditions.all_of(match)))
    for rule in rules.rules:
        for item in rule.match:
            _named(rules, rule, catalogue, item.dimension)
        to = {_named(rules, rule, catalogue, name) for name in rule.to}
        if strange := sorted(to - catalogue.taxonomy.keys.keys()):
            raise ConfigError(
                f"{rules.source}: rule {rule.id}: to: {strange[0]!r} is no key of the taxonomy.",
                hint=f"Keys are: {', '.join(catalogue.taxonomy.keys)}.",
            )
        if dimension in to:
            own, match = rule.by == "tags", rule.match
            condition = conditions.all_of(match)
            found.append(Step(rule.id, None if own else rule, rule.kind, match, condition, own=own))
    return found


def _named(rules: AllocationRules, rule: RuleSpec, catalogue: Catalogue, name: str) -> str:
    """The dimension of that name; one that nobody knows is said to be that rule's."""
    try:
        return catalogue.dimension(name).name
    except UnknownNameError as error:
        message = f"{rules.source}: rule {rule.id}: {error.message}"
        raise ConfigError(message, hint=error.hint) from None


def _as_rule(name: str, kind: str, policy: Policy, dimension: str) -> RuleSpec | None:
    """A policy as the rule that it is; None for one that leaves a charge where its tags say."""
    if policy.do == "show":
        return None
    given: dict[str, Any] = (
        {"by": "fixed", "shares": {policy.owner: "1"}} if policy.do == "own" else {"by": "direct"}
    )
    identity = f"policy.{name}".replace("_", "-")
    return RuleSpec(id=identity, to=(dimension,), kind=kind, **given)  # type: ignore[arg-type]
