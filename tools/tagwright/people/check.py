"""What is odd in a ``people.yaml`` that can be read: contradictions, overlaps, nobody who can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tagwright.people.model import RIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagwright.people.people import People, Person

__all__ = ["Finding", "named_values", "oddities"]


@dataclass(frozen=True)
class Finding:
    """One thing that is odd.

    Attributes:
        level: ``fault``: it cannot be meant so; ``doubt``: it may be.
        about: Whom or what: a person's or a group's id, or the file.
        text: A sentence.
    """

    level: Literal["fault", "doubt"]
    about: str
    text: str


def oddities(people: People) -> list[Finding]:
    """What the file alone tells; empty in one-person mode."""
    if people.spec is None:
        return []
    found = [one for person in people.all.values() for one in _of_person(people, person)]
    for name, group in people.spec.groups.items():
        if not group.may and group.sees is None and group.approves is None:
            found.append(Finding("doubt", name, "The group gives nothing."))
    approvers = [person.id for person in people.all.values() if "approve" in person.may]
    if not approvers:
        found.append(Finding("doubt", "people", "Nobody may approve: no plan can be applied."))
    elif len(approvers) == 1 and "propose" in people.all[approvers[0]].may:
        text = f"Only {approvers[0]} may approve: what they propose nobody can approve."
        found.append(Finding("doubt", approvers[0], text))
    return found


def _of_person(people: People, person: Person) -> Iterator[Finding]:
    assert people.spec is not None  # noqa: S101  it has people
    own = people.spec.people[person.id]
    groups = {name: people.spec.groups[name] for name in person.groups}
    if not any(person.channels.values()):
        yield Finding("doubt", person.id, "No channel proves them: give cli, slack or mcp.")
    if not person.may:
        yield Finding("doubt", person.id, "They may do nothing.")
    if person.approves and "approve" not in person.may:
        yield Finding("fault", person.id, "They have limits of approval and may not approve.")
    if "propose" in person.may and "ask" not in person.may:
        yield Finding("fault", person.id, "They may propose and not ask: proposing asks the bill.")
    for name, group in groups.items():
        twice = [right for right in RIGHTS if right in own.may and right in group.may]
        if twice:
            text = f"They have {', '.join(twice)} of their own and by the group {name}."
            yield Finding("doubt", person.id, text)
        for field in ("sees", "approves"):
            if getattr(own, field) is not None and getattr(group, field) is not None:
                text = f"{field} is stated for them and for the group {name}: either is enough."
                yield Finding("doubt", person.id, text)


def named_values(people: People) -> list[tuple[str, str, str]]:
    """Whom, dimension and value, for each name that data should have."""
    if people.spec is None:
        return []
    found: dict[tuple[str, str, str], None] = {}
    for name, one in (*people.spec.people.items(), *people.spec.groups.items()):
        stated = dict(one.sees or {})
        pairs = [(key, value) for key, values in stated.items() for value in values]
        if (limits := one.approves) is not None:
            for key, allowed in (
                ("sub_account_id", limits.accounts),
                ("team", limits.teams),
                ("environment", limits.environments),
            ):
                pairs += [(key, value) for value in allowed or ()]
        found.update(dict.fromkeys((name, key, value) for key, value in pairs))
    return list(found)
