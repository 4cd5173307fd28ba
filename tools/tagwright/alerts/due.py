"""What all rules find, each cause once, with where it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.alerts.looking import look
from tagwright.alerts.rules import alerts_path, load_alerts
from tagwright.errors import ConfigError
from tagwright.people import Scope, by_rule, load_people, scope_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from tagwright.alerts.model import Finding
    from tagwright.config import Settings
    from tagwright.people import People, Principal
    from tagwright.registry import Registry

__all__ = ["Due", "due", "may_see", "needed"]


@dataclass(frozen=True)
class Due:
    """A finding, and to whom it goes.

    Attributes:
        rule: Number of the rule that found it, from 1.
        who: In whose scope it was asked.
        channel: ``TEAM/CHANNEL``; None where its owner has none and the rule has none for all.
        finding: It.
    """

    rule: int
    who: Principal
    channel: str | None
    finding: Finding

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "rule": self.rule, "as": self.who.person, "channel": self.channel,
            **self.finding.as_dict(),
        }  # fmt: skip


def needed(people: People, who: Principal, team: str | None) -> Scope | None:
    """What one must see to be told what was asked for ``who``; None for everything.

    Args:
        people: Everybody.
        who: In whose scope it was asked.
        team: Of the finding.
    """
    own = scope_of(people, who)
    return Scope.of([{"team": [team]}]) if own is None and team is not None else own


def may_see(people: People, person: Principal, wanted: Scope | None) -> bool:
    """Whether a person sees all that is :func:`needed`."""
    mine = scope_of(people, person)
    return mine is None or (wanted is not None and mine.covers(wanted))


def due(
    settings: Settings, registry: Registry, now: dt.datetime,
    begun: Callable[[int], None] = lambda _: None,
) -> list[Due]:  # fmt: skip
    """What the rules of ``alerts.yaml`` find now, by rule; empty without the file.

    What several rules find of one cause and owner, the first of them tells.

    Args:
        settings: Where the data is.
        registry: The tools.
        now: Aware.
        begun: Called with the number of each rule before it is looked at.

    Raises:
        ConfigError: The file is wrong, or names a person whom ``people.yaml`` does not have.
        AccessError: A rule's person may not ask.
        TagwrightError: There is no data, or a rule names what nobody knows.
    """
    if (alerts := load_alerts(settings)) is None:
        return []
    found: dict[tuple[str, str | None], Due] = {}
    for number, rule in enumerate(alerts.alerts, 1):
        begun(number)
        people = load_people(settings)
        if rule.person not in people.all:
            missing = " (there is no such file)" if people.one_person else ""
            raise ConfigError(
                f"{alerts_path(settings)}: rule {number} ({rule.kind}): as: {rule.person!r} is "
                f"nobody in {people.source}{missing}."
            )
        who = by_rule(settings, rule.person)
        for one in look(settings, rule, who, registry, now):
            told = Due(number, who, rule.channel_for(one.owner), one)
            found.setdefault((one.cause, one.owner), told)
    return list(found.values())
