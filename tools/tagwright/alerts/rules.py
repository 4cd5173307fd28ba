"""What is told, and where: ``alerts.yaml``."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tagwright.errors import ConfigError
from tagwright.people.model import Name, Text, Texts
from tagwright.text import clean, shorten
from tagwright.yaml_files import checked, file_text, mapping_of, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings

__all__ = [
    "DEFAULTS", "Alerts", "CoverageDrop", "Rule", "SpendJump", "UntaggedAI", "alerts_path",
    "load_alerts", "parse_alerts",
]  # fmt: skip

_CHANNEL = re.compile(r"T[A-Z0-9]{1,20}/[CG][A-Z0-9]{1,20}")


def _channel(value: object) -> object:
    if not isinstance(value, str) or not _CHANNEL.fullmatch(value):
        raise ValueError(f"{shorten(str(value), 40)!r} is no TEAM/CHANNEL of Slack, as T0001/C0007")
    return value


def _number(value: object) -> object:
    """Exactly as it is written: YAML would make a float of it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{shorten(str(value), 40)!r} is no number")  # noqa: TRY004  pydantic wants ValueError
    return str(value)


Channel = Annotated[str, BeforeValidator(_channel)]
_Number = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, allow_inf_nan=False)]


class _Rule(BaseModel):
    """What every rule has.

    Attributes:
        person: Whose scope the figures are asked in, as ``as``; empty for who runs this.
        channel: Where it is told, as ``T0001/C0007``; None for nowhere but ``owners``' channels.
        owners: Team to channel: what is with that team is told there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    person: Name = Field(alias="as")
    channel: Channel | None = None
    owners: dict[Text, Channel] = Field(default_factory=dict)

    def channel_for(self, owner: str | None) -> str | None:
        """Where what is with that team is told; None where nowhere."""
        return self.owners.get(owner or "", self.channel)


class SpendJump(_Rule):
    """Daily spend left its own level upwards.

    Attributes:
        metric: ``effective_cost`` or ``billed_cost``.
        by: Dimensions that make a series.
        percent: How far above what is usual a day must be.
        amount: The same in money a day, of each currency by itself.
    """

    kind: Literal["spend_jump"]
    metric: Literal["effective_cost", "billed_cost"] = "effective_cost"
    by: Annotated[Texts, Field(max_length=4)] = ("team", "service_name")
    percent: _Number = Decimal(50)
    amount: _Number = Decimal(100)


class CoverageDrop(_Rule):
    """A required key's tag coverage fell against the month before.

    Attributes:
        keys: Which; empty for all that the taxonomy requires.
        points: By how many points of percent.
        amount: How much money must lack the key.
    """

    kind: Literal["coverage_drop"]
    keys: tuple[Text, ...] = ()
    points: _Number = Decimal(5)
    amount: _Number = Decimal(500)


class UntaggedAI(_Rule):
    """AI workloads are new and have no team.

    Attributes:
        days: New: not charged in so many days before.
        amount: What they cost together at least, an account.
    """

    kind: Literal["untagged_ai"]
    days: Annotated[int, Field(ge=7, le=90)] = 30
    amount: _Number = Decimal(100)


Rule = SpendJump | CoverageDrop | UntaggedAI
_KINDS: dict[str, type[_Rule]] = {
    "spend_jump": SpendJump, "coverage_drop": CoverageDrop, "untagged_ai": UntaggedAI,
}  # fmt: skip

DEFAULTS: tuple[Rule, ...] = (
    SpendJump.model_construct(kind="spend_jump", person=""),
    CoverageDrop.model_construct(kind="coverage_drop", person=""),
    UntaggedAI.model_construct(kind="untagged_ai", person=""),
)
"""What is looked for without a file, as who runs this: told at the terminal, and nowhere else."""


class Alerts(BaseModel):
    """The file.

    Attributes:
        alerts: The rules, in order.
        new_a_day: So many new messages a channel and UTC day; the rest is a line in the last.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    alerts: Annotated[tuple[Annotated[Rule, Field(discriminator="kind")], ...], Field(min_length=1)]
    new_a_day: Annotated[int, Field(ge=1, le=50)] = 3


def alerts_path(settings: Settings) -> Path:
    """The file, which need not be there."""
    return settings.home / "alerts.yaml"


def load_alerts(settings: Settings) -> Alerts | None:
    """The rules of ``<home>/alerts.yaml``; None where there is no such file: nothing is told.

    Raises:
        ConfigError: It cannot be read, is not YAML, or says something it cannot; the message names
            file, rule and field.
    """
    path = alerts_path(settings)
    try:
        text = file_text(path)
    except FileNotFoundError:
        if path.is_symlink():  # a file that somebody meant to be there
            raise ConfigError(f"{path}: links to a file that is not there.") from None
        return None
    return parse_alerts(text, str(path))


@lru_cache(maxsize=8)
def parse_alerts(text: str, source: str = "alerts.yaml") -> Alerts:
    """Rules from YAML text; ``source`` is how messages call it.

    Raises:
        ConfigError: As for :func:`load_alerts`.
    """
    document = mapping_of(read_yaml(text, source), source, "'alerts'")
    found = checked(Alerts, document, source, _where, partial(_unknown, source))
    for number, rule in enumerate(found.alerts, 1):
        if rule.channel is None and not rule.owners:
            raise ConfigError(
                f"{source}: rule {number} ({rule.kind}): it says nowhere to tell it.",
                hint="Give it channel: T0001/C0007, or owners: {TEAM: T0001/C0007}.",
            )
    return found


def _where(place: tuple[int | str, ...], document: dict[str, Any]) -> str:
    """Rule and field; rules are counted from 1 and called by their kind."""
    parts = [clean(str(part)) for part in place if part not in _KINDS]
    if place[:1] == ("alerts",) and len(place) > 1 and isinstance(place[1], int):
        given = document["alerts"][place[1]]
        kind = given.get("kind", "?") if isinstance(given, dict) else "?"
        called = f"rule {place[1] + 1} ({shorten(str(kind), 20)})"
        return f"{called}: {'.'.join(parts[2:])}".rstrip(": ")
    return ".".join(parts)


def _unknown(source: str, place: tuple[int | str, ...], document: dict[str, Any]) -> ConfigError:
    """A field nobody knows, with the nearest ones that are known there."""
    from tagwright.registry import nearest

    *above, name = place
    model: type[BaseModel] = next((_KINDS[it] for it in above if it in _KINDS), Alerts)
    known = [field.alias or name for name, field in model.model_fields.items()]
    near = nearest(str(name), known)
    where = f"{_where(tuple(above), document)}: " if above else ""
    return ConfigError(
        f"{source}: {where}there is no field {shorten(str(name), 80)!r}.",
        hint=f"Did you mean {', '.join(near)}?" if near else f"Fields are: {', '.join(known)}.",
    )
