"""What a plan would start: one shape for Terraform, CloudFormation and Pulumi."""

from __future__ import annotations

import fnmatch
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tagwright.policies.clouds import Cloud
    from tagwright.policies.sizes import Size

__all__ = ["Planned", "Reading", "Tags", "never_costs"]

# Types that take tags but never stand on a bill: judged only where it is asked for. The names are
# those of Terraform, CloudFormation and Pulumi, in lower case and without punctuation.
_FREE = (
    "aws*iam*", "aws*securitygroup*", "aws*subnet*", "aws*vpc", "awsec2vpcvpc", "aws*routetable*",
    "aws*internetgateway*", "aws*networkacl*", "aws*dhcpoptions*", "aws*keypair*",
    "aws*placementgroup*", "aws*parametergroup*", "aws*optiongroup*", "aws*flowlog*",
    "aws*ecscluster*", "awseksaccessentry*", "aws*ecstaskdefinition*", "aws*targetgroup*",
    "aws*listener*", "aws*cloudformationstack", "aws*launchtemplate*", "aws*launchconfiguration*",
    "aws*eventbridgerule", "aws*cloudwatcheventrule", "awseventsrule",
    "azurermnetworksecuritygroup", "azurermvirtualnetwork", "azurermroutetable",
    "azurermnetworkinterface", "azurermuserassignedidentity", "azurermavailabilityset",
    "azurenative*networksecuritygroup", "azurenative*networkvirtualnetwork",
    "azurenative*networkroutetable", "azurenative*networkinterface",
    "azurenative*userassignedidentity", "azurenative*availabilityset",
)  # fmt: skip


class Tags(dict[str, str | None]):
    """Tag name to value; None where the value is known only when the plan is applied.

    Attributes:
        open: Why further tags may be added when the plan is applied; empty where none can.
        hidden: Names whose values are secret, or ``{"*"}``.
    """

    def __init__(
        self,
        items: Mapping[str, str | None] | Iterable[tuple[str, str | None]] = (),
        *,
        further: str = "",
        hidden: Iterable[str] = (),
    ) -> None:
        super().__init__(items)
        self.open = further
        self.hidden = frozenset(hidden)

    def under(self, other: Tags) -> Tags:
        """These tags as defaults under ``other``, which wins."""
        hidden = {name for name in self.hidden if name not in other} | other.hidden
        return Tags({**self, **other}, further=other.open or self.open, hidden=hidden)


@dataclass(frozen=True)
class Planned:
    """A resource that a plan would create or change, with the tags it would then have.

    Attributes:
        address: As the plan calls it.
        type: Its type, in the plan's words.
        cloud: Whose resource it is.
        action: ``create``, ``update``, ``replace`` or ``import``.
        tags: See :class:`Tags`.
        part: What of it the tags are for: empty, or ``instances`` that a group launches.
        held_back: Tags that are on the group but do not reach what it launches.
        line: Line of the file where it is declared; 1 where that is not known.
        sizes: The machines it would have.
        sizes_now: Those that it has today; empty where it is new, or the file does not tell.
    """

    address: str
    type: str
    cloud: Cloud
    action: str
    tags: Tags
    part: str = ""
    held_back: frozenset[str] = frozenset()
    line: int = 1
    sizes: tuple[Size, ...] = ()
    sizes_now: tuple[Size, ...] = ()


@dataclass
class Reading:
    """What one file holds.

    Attributes:
        kind: ``terraform``, ``cloudformation`` or ``pulumi``.
        planned: Resources to judge, in the file's order.
        untagged_types: Resources of types that take no tags (or not known to), by type.
        notes: What could not be seen, in sentences.
    """

    kind: str
    planned: list[Planned] = field(default_factory=list)
    untagged_types: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def never_costs(kind: str) -> bool:
    """Whether resources of that type never stand on a bill.

    >>> never_costs("aws_iam_role"), never_costs("AWS::IAM::Role"), never_costs("aws_instance")
    (True, True, False)
    """
    plain = "".join(char for char in kind.casefold() if char.isalnum())
    return any(fnmatch.fnmatchcase(plain, pattern) for pattern in _FREE)


def text_of(value: Any) -> str | None:
    """A tag's value as the cloud stores it: numbers and booleans are text there."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
