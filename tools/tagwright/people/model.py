"""What ``people.yaml`` may say."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from tagwright.text import clean, shorten

__all__ = ["RIGHTS", "GroupSpec", "Limits", "Money", "PeopleSpec", "PersonSpec", "Right"]

Right = Literal["ask", "propose", "approve", "apply", "roll_back", "administer"]
RIGHTS: tuple[Right, ...] = get_args(Right)

_MONEY = re.compile(r"(\d{1,15}(?:\.\d{1,10})?) ([A-Z]{3})")
_SLACK = re.compile(r"[TE][A-Z0-9]{1,20}/[UW][A-Z0-9]{1,20}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError(f"{shorten(str(value), 40)} must be text: put quotes around it")  # noqa: TRY004  pydantic wants ValueError
    if clean(value) != value or value != value.strip():
        raise ValueError(f"{shorten(value, 40)!r} has blanks or characters that cannot be seen")
    return value


def _slack(value: object) -> object:
    if not isinstance(value, str) or not _SLACK.fullmatch(value):
        raise ValueError(f"{shorten(str(value), 40)!r} is no TEAM/USER of Slack, as T0001/U0007")
    return value


def _name(value: object) -> object:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError(
            f"{shorten(str(value), 40)!r} is no id: letters, digits and . _ @ - , at most 64"
        )
    return value


Text = Annotated[str, BeforeValidator(_text), StringConstraints(min_length=1, max_length=200)]
Name = Annotated[str, BeforeValidator(_name)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]


class Money(BaseModel):
    """An amount of one currency, written ``50000 USD``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount: Decimal
    currency: str

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        found = _MONEY.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise ValueError(
                f"{shorten(str(value), 40)!r} is no amount with its currency, as 50000 USD"
            )
        return {"amount": Decimal(found[1]), "currency": found[2]}

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"


class Limits(BaseModel):
    """What an approver may approve; what is left out is no limit. A plan must fit whole.

    Attributes:
        accounts: Ids of accounts of its resources.
        teams: Teams of its resources, now and after.
        environments: The same of environments.
        effective_cost: What its resources cost at most, in the period the plan looked at.
        resources: How many they are at most.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    accounts: Texts | None = None
    teams: Texts | None = None
    environments: Texts | None = None
    effective_cost: Money | None = None
    resources: int | None = Field(default=None, ge=1, strict=True)

    @model_validator(mode="after")
    def _limits_something(self) -> Limits:
        if self == Limits.model_construct():
            raise ValueError("limits nothing: name accounts, teams, … or leave it out")
        return self

    def as_dict(self) -> dict[str, Any]:
        """As JSON, without what is no limit."""
        said = self.model_dump(mode="json", exclude_none=True)
        if self.effective_cost is not None:
            said["effective_cost"] = str(self.effective_cost)
        return said


class _Rights(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sees: Annotated[dict[Text, Texts], Field(min_length=1)] | None = None
    may: tuple[Right, ...] = ()
    approves: Limits | None = None


class PersonSpec(_Rights):
    """One person.

    Attributes:
        cli: Names of the operating system's users that they are.
        slack: ``TEAM/USER``.
        mcp: Subjects or e-mail addresses of verified tokens.
        sees: Dimension to values, as filters of ``query_costs``; None for everything.
        may: What they may do.
        approves: How far an approval of theirs goes; None for any plan.
    """

    cli: tuple[Text, ...] = ()
    slack: tuple[Annotated[str, BeforeValidator(_slack)], ...] = ()
    mcp: tuple[Text, ...] = ()


class GroupSpec(_Rights):
    """Rights that its members have besides their own.

    Attributes:
        members: Ids of people.
    """

    members: Annotated[tuple[Name, ...], Field(min_length=1)]


class PeopleSpec(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    people: Annotated[dict[Name, PersonSpec], Field(min_length=1)]
    groups: dict[Name, GroupSpec] = {}

    @model_validator(mode="after")
    def _members_are_people(self) -> PeopleSpec:
        for name, group in self.groups.items():
            for member in group.members:
                if member not in self.people:
                    raise ValueError(f"groups.{name}.members: {member!r} is nobody in people")
        return self

    @model_validator(mode="after")
    def _one_id_one_person(self) -> PeopleSpec:
        known: dict[tuple[str, str], str] = {}
        for name, person in self.people.items():
            for channel in ("cli", "slack", "mcp"):
                for proven in getattr(person, channel):
                    # E-mail addresses are one whatever their case; so is nobody's name twice.
                    other = known.setdefault((channel, proven.casefold()), name)
                    if other != name:
                        raise ValueError(
                            f"people.{name}.{channel}: {proven!r} is {other} already: "
                            "one id is one person"
                        )
        return self
