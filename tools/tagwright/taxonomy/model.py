"""What a taxonomy file may say, field by field. Unknown fields are refused."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from tagwright.taxonomy.fold import Pattern, fold_name, fold_value, trim

__all__ = [
    "CONDITION_COLUMNS",
    "AliasSpec",
    "KeySpec",
    "Layer",
    "Matcher",
    "TaxonomySpec",
    "Text",
    "VirtualTagSpec",
]

Layer = Literal["workload", "business", "unit"]

CONDITION_COLUMNS = (
    "AvailabilityZone",
    "BillingAccountId",
    "BillingAccountName",
    "ChargeCategory",
    "ChargeDescription",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "HostProviderName",
    "InvoiceIssuerName",
    "PricingCategory",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "ServiceProviderName",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
)
"""FOCUS text columns that a virtual tag may look at."""


def _plain(text: str) -> str:
    trimmed = trim(text)
    if not trimmed:
        raise ValueError("must not be empty")
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in trimmed):
        raise ValueError("must not hold control or invisible characters")
    return trimmed


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str | dict) else value


Text = Annotated[str, AfterValidator(_plain), Field(max_length=256)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_as_list)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class KeySpec(_Strict):
    """One taxonomy key.

    Attributes:
        layer: ``workload`` (what runs), ``business`` (who pays) or ``unit`` (what unit costs
            divide by).
        required: Coverage counts it, and check and fixes ask for it.
        values: Canonical value to the other ways of writing it. A value may hold one ``*`` and
            is then a pattern: what fits it is valid as it stands. A plain list is allowed.
        open: Whether other values are valid too. By default: only where ``values`` is empty.
        case: ``lower`` or ``upper`` make one value of those that differ only by case; ``keep``
            leaves them apart. A value in ``values`` is always found whatever its case.
        tag_names: Physical tag names, in order of precedence; the key itself is always one.
        owner: Who answers questions about this key.
        description: One sentence.
    """

    layer: Layer
    required: bool = False
    values: dict[Text, Texts] = Field(default_factory=dict)
    open: bool | None = None
    case: Literal["lower", "upper", "keep"] = "lower"
    tag_names: Texts = ()
    owner: str = ""
    description: str = ""

    @field_validator("values", mode="before")
    @classmethod
    def _list_of_values(cls, value: object) -> object:
        if isinstance(value, list | tuple):
            for item in value:
                if not isinstance(item, str):
                    raise ValueError(f"{item!r} is not text: put quotes around it")  # noqa: TRY004
            return dict.fromkeys(value, ())
        if isinstance(value, dict):
            return {key: () if item is None else item for key, item in value.items()}
        return value

    @model_validator(mode="after")
    def _spellings_are_unambiguous(self) -> KeySpec:
        seen: dict[str, str] = {}
        for value, spellings in self.values.items():
            pattern = Pattern.of(value)
            if not pattern.exact and spellings:
                raise ValueError(f"the pattern {value!r} cannot have other spellings")
            for spelling in (value, *spellings):
                Pattern.of(spelling)
                if spelling != value and "*" in spelling:
                    raise ValueError(f"the spelling {spelling!r} must not hold a *")
                other = seen.setdefault(fold_value(spelling), value)
                if other != value:
                    raise ValueError(f"{spelling!r} is a spelling of both {other!r} and {value!r}")
        if self.open is False and not self.values:
            raise ValueError("a key that is not open needs values")
        return self

    @property
    def is_open(self) -> bool:
        """Whether values that are not listed are valid."""
        return not self.values if self.open is None else self.open


class Matcher(_Strict):
    """``tag: value``: a taxonomy key (any of its tag names) or a physical tag name.

    Attributes:
        tag: Key of the taxonomy, or a tag name.
        value: Compared without regard to case; may hold one ``*``.
    """

    tag: Text
    value: Text

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        """``"cost-center:CC-4421"`` is split at its first colon."""
        if isinstance(value, str):
            tag, colon, rest = value.partition(":")
            if not colon:
                raise ValueError(f"{value!r} is not of the form tag:value")
            return {"tag": tag, "value": rest}
        return value

    @field_validator("value")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        Pattern.of(value)
        return value


class _Dated(_Strict):
    start: dt.date | None = Field(default=None, alias="from")
    end: dt.date | None = Field(default=None, alias="to")
    owner: str = ""
    description: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> _Dated:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError(f"from {self.start} is not before to {self.end} (to is exclusive)")
        return self

    def live(self, on: dt.datetime | None) -> bool:
        """Whether it holds at that moment; one without dates always does."""
        if on is None:
            return self.start is None and self.end is None
        day = on.date()
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


class AliasSpec(_Dated):
    """Tags that all mean the same thing.

    Attributes:
        any_of: Each is ``tag:value`` or ``{tag: …, value: …}``; one that fits is enough.
        means: Taxonomy keys and the values they get, e.g. ``{product: recs, team: discovery}``.
        start: ``from``: first day, judged on ChargePeriodStart (UTC).
        end: ``to``: the day after the last.
        owner: Who answers for this alias.
        description: One sentence.
    """

    any_of: tuple[Matcher, ...] = Field(min_length=1)
    means: dict[str, Text] = Field(min_length=1)


class VirtualTagSpec(_Dated):
    """Values for charges that no tag explains.

    Attributes:
        when: FOCUS column (or ``tag:<name>``) to the values it may have, each with at most one
            ``*``; case is ignored. Every condition must hold.
        means: Taxonomy keys and the values they get.
        start: ``from``, as in an alias.
        end: ``to``, as in an alias.
        owner: Who answers for this rule.
        description: One sentence.
    """

    when: dict[str, Texts] = Field(min_length=1)
    means: dict[str, Text] = Field(min_length=1)

    @field_validator("when")
    @classmethod
    def _known_columns(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for column, patterns in value.items():
            if column.startswith("tag:") and fold_name(column[4:]):
                pass
            elif column not in CONDITION_COLUMNS:
                raise ValueError(
                    f"{column!r} is not tag:<name> or one of {', '.join(CONDITION_COLUMNS)}"
                )
            if not patterns:
                raise ValueError(f"{column!r} has no values")
            for pattern in patterns:
                Pattern.of(pattern)
        return value


_TAKEN = frozenset(
    "all before change coverage covered currency day gap groups invalid key missing month now "
    "quarter share taggable times total untaggable untagged week year".split()
)
"""Columns and times that results have of their own: a key's values would stand in their place."""


def _is_free(name: str) -> str:
    if name in _TAKEN:
        raise ValueError(f"results have a column {name!r} already; name the key otherwise")
    return name


class TaxonomySpec(_Strict):
    """A whole taxonomy file.

    Attributes:
        version: Version of this format.
        keys: Key name to :class:`KeySpec`, in the order shown to people.
        aliases: In order; the first that fits wins.
        virtual_tags: In order; the first that fits wins.
        placeholders: Values that say nothing: a tag that holds one is ``invalid``.
    """

    version: Literal[1] = 1
    keys: dict[
        Annotated[
            str,
            Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40),
            AfterValidator(_is_free),
        ],
        KeySpec,
    ] = Field(min_length=1, max_length=60)
    aliases: tuple[AliasSpec, ...] = ()
    virtual_tags: tuple[VirtualTagSpec, ...] = ()
    placeholders: Texts = (
        "-", "?", "n/a", "na", "none", "null", "nil", "unknown", "undefined", "unassigned",
        "untagged", "tbd", "todo", "xxx",
    )  # fmt: skip
