"""What an allocation file may say, and what an allocation is. Unknown fields are refused."""

from __future__ import annotations

import datetime as dt  # noqa: TC003  pydantic and dataclass fields
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tagwright.metrics import Filter, FilterOp
from tagwright.taxonomy.fold import fold_name

if TYPE_CHECKING:
    from tagwright.results import Period

__all__ = [
    "TELEMETRY",
    "AllocatedLine",
    "Allocation",
    "AllocationRules",
    "AllocationSpec",
    "By",
    "Idle",
    "Kind",
    "Naming",
    "Policies",
    "Policy",
    "RuleSpec",
    "UsageFilter",
]

By = Literal[
    "tags", "fixed", "even", "direct", "like",
    "tokens", "priced", "requests", "duration", "gpu_seconds", "kubernetes",
]  # fmt: skip
"""By what a pool of charges divides:

``tags`` the charge's own value; ``fixed`` given shares; ``even`` equal parts; ``direct`` as the
charges that have a value of their own; ``like`` as another rule's result; of telemetry ``tokens``
(weighted by kind), ``priced`` (tokens at their own prices), ``requests``, ``duration`` (seconds of
requests), ``gpu_seconds`` (the same of requests that run on a GPU, so that its hours are their
capacity); ``kubernetes`` (hours or shares of pods).
"""

TELEMETRY = ("tokens", "priced", "requests", "duration", "gpu_seconds", "kubernetes")
"""What divides by telemetry."""

Kind = Literal[
    "direct", "shared", "idle", "overhead", "commitment", "credit", "tax", "support", "unallocated"
]
Idle = Literal["show", "share", "own"]
_Text = Annotated[str, Field(min_length=1, max_length=300)]
_Share = Annotated[Decimal, Field(gt=0, le=1)]
_Amount = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]
_Weight = Annotated[Decimal, Field(ge=0, le=10_000, decimal_places=6)]
_MOST_OF_PODS = 1_000_000
"""Their costs have 24 decimals; what is more would not fit into 128 bits."""
_STRICT = ConfigDict(frozen=True, extra="forbid")


class UsageFilter(BaseModel):
    """A condition on a text column of ``usage`` or ``kubernetes_usage``, or a taxonomy key.

    Attributes:
        column: E.g. ``SubAccountId``, ``gen_ai_request_model``, ``namespace``, ``environment``.
        op: As in the metrics' filters; letter case is ignored.
        values: As there.
    """

    model_config = _STRICT

    column: _Text
    op: FilterOp = "in"
    values: tuple[_Text, ...] = ()

    @model_validator(mode="after")
    def _fit(self) -> UsageFilter:
        Filter(dimension=self.column, op=self.op, values=self.values)
        return self


class Naming(BaseModel):
    """A target for usage that does not name its own: whoever holds a role, a key or a pod.

    Attributes:
        column: Column of the telemetry, e.g. ``principal_id``, ``api_key_id``, ``ResourceId``.
        contains: Text that is looked for in it, ignoring case.
        target: Whose it is.
    """

    model_config = _STRICT

    column: _Text
    contains: _Text
    target: _Text


class RuleSpec(BaseModel):
    """One rule.

    Attributes:
        id: Its name in every line it makes; unique.
        match: Which charges: all filters must hold, in the metrics' own language.
        by: See :data:`By`.
        to: Dimensions (taxonomy keys) it allocates to; for others it is passed over.
        kind: What its lines are called.
        shares: Target to share, for ``fixed``; what is left of 1 stays unallocated.
        amounts: Target to amount a billing month, for ``fixed``; what is left stays unallocated,
            and where it is more than there is, all is divided in proportion.
        currency: Of the amounts.
        targets: Targets, for ``even``; every target with charges of its own if empty.
        like: Another rule's id, for ``like``.
        usage: Which rows of telemetry count.
        named_by: Targets for telemetry without its own, the first that fits.
        by_trace: Whether a row without a target takes the one that all others of its trace have.
        per: Dimensions in which charge and telemetry must agree, beside the day:
            ``sub_account_id``, ``resource_id``, ``region_id``.
        weights: Of each kind of token, for ``tokens``.
        measure: Column of ``kubernetes_usage``: ``gpu_hours``, ``cpu_core_hours``,
            ``ram_byte_hours`` or ``cost`` (all its shares).
        capacity_per_hour: What the resource could have done in an hour, in units of the weight;
            the rest of it is idle.
        idle: ``show`` idle as a line of its own, ``share`` it like what was busy, or ``own``: the
            owner bears it.
        owner: Who bears what is owned.
    """

    model_config = _STRICT

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
    match: tuple[Filter, ...] = ()
    by: By
    to: tuple[_Text, ...] = Field(min_length=1)
    kind: Literal["shared", "overhead", "commitment", "credit", "tax", "support"] = "shared"
    shares: dict[_Text, _Share] = Field(default_factory=dict)
    amounts: dict[_Text, _Amount] = Field(default_factory=dict)
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    targets: tuple[_Text, ...] = ()
    like: str | None = None
    usage: tuple[UsageFilter, ...] = ()
    named_by: tuple[Naming, ...] = ()
    by_trace: bool = False
    per: tuple[Literal["sub_account_id", "resource_id", "region_id"], ...] = ()
    weights: dict[
        Literal["input", "cache_read", "cache_write", "cache_write_1h", "output"], _Weight
    ] = Field(default_factory=dict)
    measure: Literal["gpu_hours", "cpu_core_hours", "ram_byte_hours", "cost"] = "cost"
    capacity_per_hour: Annotated[Decimal, Field(gt=0, le=10**12, decimal_places=6)] | None = None
    idle: Idle = "show"
    owner: _Text | None = None

    @property
    def may_idle(self) -> bool:
        """Whether what telemetry does not use is told as idle."""
        return self.capacity_per_hour is not None and self.idle != "share"

    @model_validator(mode="after")
    def _whole(self) -> RuleSpec:
        if (self.by == "fixed") != bool(self.shares or self.amounts):
            raise ValueError("shares or amounts belong to by: fixed, which needs them")
        if self.shares and self.amounts:
            raise ValueError("shares and amounts together would use a charge twice")
        if bool(self.amounts) != (self.currency is not None):
            raise ValueError("amounts need their currency, and nothing else has one")
        if sum(self.shares.values()) > 1:
            raise ValueError("shares add up to more than 1: a charge would be used twice")
        if (self.by == "like") != (self.like is not None):
            raise ValueError("like belongs to by: like, which needs it")
        if self.targets and self.by != "even":
            raise ValueError("targets belong to by: even")
        if self.idle == "own" and not self.owner:
            raise ValueError("idle: own needs an owner")
        telemetry = self.by in TELEMETRY
        if not telemetry and (self.usage or self.named_by or self.per or self.capacity_per_hour):
            raise ValueError(f"usage, named_by, per and capacity_per_hour do not fit by: {self.by}")
        if self.by_trace and (not telemetry or self.by == "kubernetes"):
            raise ValueError("by_trace needs requests of telemetry")
        return self

    @model_validator(mode="after")
    def _of_pods(self) -> RuleSpec:
        if self.by != "kubernetes":
            return self
        if self.per:
            raise ValueError(
                "per does not fit by: kubernetes: a pod tells no account or resource of the bill; "
                "say which pods count with usage"
            )
        if (self.capacity_per_hour or 0) > _MOST_OF_PODS:
            raise ValueError(f"capacity_per_hour of pods is at most {_MOST_OF_PODS:,}")
        return self


class Policy(BaseModel):
    """What becomes of charges of one sort that no rule should split as usage.

    Attributes:
        do: ``rules`` treats them as any charge; ``show`` gives them a line of their own, with the
            target that they are tagged with; ``share`` spreads them as direct charges are; ``own``
            gives them to the owner.
        owner: Who, for ``own``.
    """

    model_config = _STRICT

    do: Literal["rules", "show", "share", "own"] = "show"
    owner: _Text | None = None

    @model_validator(mode="after")
    def _whole(self) -> Policy:
        if (self.do == "own") != (self.owner is not None):
            raise ValueError("an owner belongs to do: own, which needs one")
        return self


class Policies(BaseModel):
    """Policies, tried before the rules in this order."""

    model_config = _STRICT

    tax: Policy = Policy()
    credit: Policy = Policy()
    unused_commitment: Policy = Policy()
    support: Policy = Policy()


class AllocationSpec(BaseModel):
    """The file: rules in order, the first that matches takes a charge; then its own tags."""

    model_config = _STRICT

    rules: tuple[RuleSpec, ...] = Field(default=(), max_length=200)
    policies: Policies = Policies()

    @model_validator(mode="after")
    def _consistent(self) -> AllocationSpec:
        ids = [rule.id for rule in self.rules]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"rule {twice[0]} stands twice")
        _refuse_double_use(self.rules)
        after = {rule.id: rule.like for rule in self.rules if rule.like}
        for rule in self.rules:
            if rule.like and rule.like not in ids:
                raise ValueError(f"rule {rule.id}: like: there is no rule {rule.like}")
            seen, name = [rule.id], rule.like
            while name:
                if name in seen:
                    raise ValueError(
                        f"rule {rule.id}: like: {' -> '.join([*seen, name])} is a cycle"
                    )
                seen.append(name)
                name = after.get(name)
        return self


def _refuse_double_use(rules: tuple[RuleSpec, ...]) -> None:
    """Two rules for the very same charges: the first would take them all.

    Raises:
        ValueError: Names both.
    """
    for index, rule in enumerate(rules):
        for first in rules[:index]:
            both = {fold_name(name) for name in rule.to} & {fold_name(name) for name in first.to}
            if both and (not first.match or set(first.match) == set(rule.match)):
                which = "the same charges" if first.match else "all charges"
                raise ValueError(
                    f"rule {rule.id}: rule {first.id} takes {which} before it, for "
                    f"{min(both)} too: a charge is used once"
                )


@dataclass(frozen=True)
class AllocationRules:
    """Rules as read.

    Attributes:
        spec: What the file says.
        source: How messages call the file.
        digest: sha256 of what it says: other rules have another one.
    """

    spec: AllocationSpec
    source: str
    digest: str

    @property
    def rules(self) -> tuple[RuleSpec, ...]:
        """The rules, in order."""
        return self.spec.rules


@dataclass(frozen=True)
class AllocatedLine:
    """What one target bears of one pool of charges.

    Attributes:
        target: Value of the dimension; None where nobody is known.
        kind: See :data:`Kind`.
        rule: Id of the rule; None for charges that carry their own value, or none.
        method: See :data:`By`; ``none`` where nothing divides the pool.
        currency: Of the amount.
        billing_period: First day of the billing month.
        service_provider_name, service_name: Of the charges; empty where they have none.
        amount: Exact, in the currency, on the allocation's cost basis.
        charges: Charges in the pool; of lines of one pool the first alone counts them.
    """

    target: str | None
    kind: Kind
    rule: str | None
    method: str
    currency: str
    billing_period: dt.date
    service_provider_name: str
    service_name: str
    amount: Decimal
    charges: int


@dataclass(frozen=True)
class Allocation:
    """Charges of a period allocated to the values of one dimension.

    Attributes:
        lines: In order of currency, target, kind and rule.
        totals: Currency to the amount of all its charges; the lines add up to it exactly.
        notes: What a reader must know: gaps of telemetry, rules that took nothing, open months.
        dimension: Name of the dimension.
        cost_basis: Name of the metric, e.g. ``effective_cost``.
        period: Of the charges.
        rules_digest: Of the rules.
    """

    lines: tuple[AllocatedLine, ...]
    totals: dict[str, Decimal]
    notes: tuple[str, ...]
    dimension: str
    cost_basis: str
    period: Period
    rules_digest: str
