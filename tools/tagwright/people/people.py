"""Who is who, and what each may do: their own rights and those of their groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tagwright.errors import AccessError
from tagwright.people.model import RIGHTS, PeopleSpec
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagwright.people.model import Limits, Right
    from tagwright.people.principal import Principal

__all__ = ["ONE_PERSON", "People", "Person", "may", "require"]

ONE_PERSON = (
    "One-person mode: there is no people.yaml, so who runs Tagwright approves their own plans."
)
"""Said of every plan that was made without the file."""

_DOING = {
    "ask": "ask", "propose": "propose a plan", "approve": "approve a plan",
    "apply": "apply a plan", "roll_back": "roll a plan back", "administer": "administer",
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One person, with what their groups give them.

    Attributes:
        id: In ``people.yaml``; ``cli:USER`` in one-person mode.
        may: What they may do.
        channels: Channel to the ids they are proven by.
        groups: Groups they are in.
        sees: Filters, of which one must hold; empty for everything.
        approves: Limits, of which a plan must fit whole into one; empty for any plan.
    """

    id: str
    may: frozenset[Right]
    channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    sees: tuple[Mapping[str, tuple[str, ...]], ...] = ()
    approves: tuple[Limits, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As JSON: no ``sees`` is everything, no ``approves`` any plan, where they may approve."""
        return {
            "person": self.id,
            "channels": {name: list(ids) for name, ids in self.channels.items() if ids},
            "groups": list(self.groups),
            "sees": [{key: list(values) for key, values in one.items()} for one in self.sees],
            "may": [right for right in RIGHTS if right in self.may],
            "approves": [limits.as_dict() for limits in self.approves],
        }


@dataclass(frozen=True)
class People:
    """What the file says.

    Attributes:
        source: The file, as messages call it.
        spec: None where there is no file: one-person mode.
    """

    source: str
    spec: PeopleSpec | None = None

    @property
    def one_person(self) -> bool:
        """Whether there is no file, so that who runs this may everything."""
        return self.spec is None

    @cached_property
    def all(self) -> Mapping[str, Person]:
        """Everybody of the file, by id."""
        return {} if self.spec is None else {it: _merged(self.spec, it) for it in self.spec.people}

    def of(self, channel: str, proven: str) -> Person | None:
        """Who a door proved; None where nobody of the file is it.

        Args:
            channel: ``cli`` for the operating system's user, ``slack``, ``mcp`` for a token.
            proven: What was proved there.
        """
        if not proven:
            return None
        if self.spec is None:
            return Person(f"cli:{proven}", frozenset(RIGHTS)) if channel == "cli" else None
        for person in self.all.values():
            known = person.channels[channel]
            # Users of a system and subjects of an issuer differ by case; addresses do not.
            address = channel == "mcp" and "@" in proven
            if proven in known or (
                address and proven.casefold() in {it.casefold() for it in known}
            ):
                return person
        return None

    def named(self, who: str) -> Person | None:
        """The person of a plan or a decision that is kept, also one of before there was a file."""
        if (person := self.all.get(who)) is not None:
            return person
        channel, colon, user = who.partition(":")
        return self.of("cli", user) if colon and channel == "cli" else None


def _merged(spec: PeopleSpec, name: str) -> Person:
    """A person with their groups: the union of what is stated.

    A group that states no scope or limit adds none and takes none away: else being in a group
    that gives one more right would make everything seen and approved.
    """
    own = spec.people[name]
    groups = {it: group for it, group in spec.groups.items() if name in group.members}
    stated = [own, *groups.values()]
    return Person(
        name,
        frozenset(right for one in stated for right in one.may),
        {"cli": own.cli, "slack": own.slack, "mcp": own.mcp},
        tuple(groups),
        tuple(one.sees for one in stated if one.sees is not None),
        tuple(one.approves for one in stated if one.approves is not None),
    )


def may(people: People, principal: Principal, right: Right) -> str:
    """Why who asks may not do that; empty where they may.

    In one-person mode nobody is kept from asking; approving is judged by the plan's own policy.
    A token's scopes narrow what its person may, in that mode too.
    """
    if principal.through is not None and right not in principal.through:
        return f"the token of {_called(principal)} is not for that: it may not {_DOING[right]}"
    if people.one_person:
        return ""
    person = people.all.get(principal.person)
    if person is None:
        return f"{_called(principal)} is nobody in {people.source}"
    if right not in person.may:
        return f"{person.id} may not {_DOING[right]}"
    return ""


def require(people: People, principal: Principal, right: Right) -> None:
    """Refuse who may not.

    Raises:
        AccessError: They may not, or are nobody that the file knows; says who they are as proven.
    """
    if why := may(people, principal, right):
        said = why if why.startswith(principal.person or " ") else f"{why[0].upper()}{why[1:]}"
        raise AccessError(
            f"{said}.",
            hint=f"What each may stands in {people.source}; see docs/people.md.",
        )


def _called(principal: Principal) -> str:
    if not principal.proven:
        return f"nobody is proven over {principal.channel} here: who asks"
    if principal.through is not None:  # a token, not the user of a process
        return principal.person or shorten(principal.display_name or principal.proven, 80)
    if principal.channel in {"cli", "chat", "mcp"}:
        return f"the operating system's user {principal.proven!r}"
    return f"{principal.channel}:{principal.proven}"
