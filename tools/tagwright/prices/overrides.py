"""Negotiated prices and names of deployments: a YAML file of the user's.

    prices:
      - provider: openai                # any name that identify() knows, or one of your own
        model: gpt-4o                   # as the provider calls it
        from: 2026-01-01                # first day, UTC; without it: always
        to: 2027-01-01                  # the day after the last
        per_million_tokens:             # USD, decimals in quotes
          input_uncached: "2.00"
          cache_read: "1.00"
          output: "8.00"
      - provider: openai
        model: gpt-4o
        batch: true
        per_million_tokens: {input_uncached: "1.00", cache_read: "1.00", output: "4.00"}
      - provider: aws
        model: us.anthropic.claude-sonnet-4-20250514-v1:0
        service_tier: priority
        per_million_tokens: {input_uncached: "5.25", output: "26.25"}
        per_request: "0.001"            # USD, beside the tokens

    aliases:                            # deployments, application inference profiles, …
      gpt4o-prod: {provider: azure, model: gpt-4o}
      azure/gpt-4: {provider: azure, model: gpt-4.1}     # only where the provider is Azure
      "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6":
        {provider: aws, model: us.anthropic.claude-sonnet-4-20250514-v1:0}

An entry is the whole price of its model, tier and batch on its days: a bucket it does not name
(``input_uncached``, ``cache_read``, ``cache_write``, ``cache_write_1h``, ``output``) has no price.
It also holds for other names of the same model (``gpt-4o-2024-08-06``), unless they have entries of
their own. Prices by context size cannot be negotiated here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    model_validator,
)

from tagwright.errors import ConfigError
from tagwright.prices.model import Rates
from tagwright.prices.names import identify, known_provider, plain_tier
from tagwright.text import clean, shorten
from tagwright.yaml_files import checked, file_text, mapping_of, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Alias", "Override", "Overrides", "alias_key", "load_overrides"]

_PRICE = re.compile(r"\d{1,12}(\.\d{1,12})?")


def _decimal(value: object) -> Decimal:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} must be a decimal in quotes: a float is not exact")  # noqa: TRY004  pydantic wants ValueError
    if not _PRICE.fullmatch(value):
        raise ValueError(f"{value!r} is not a decimal ≥ 0")
    return Decimal(value)


Price = Annotated[Decimal, BeforeValidator(_decimal)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, strict=True)]
Bucket = Literal["input_uncached", "cache_read", "cache_write", "cache_write_1h", "output"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Alias(_Strict):
    """What a name stands for."""

    provider: Text
    model: Text


class Override(_Strict):
    """A negotiated price; see the module.

    Attributes:
        start: ``from``: first day, UTC.
        end: ``to``: the day after the last.
    """

    provider: Text
    model: Text
    start: dt.date | None = Field(default=None, alias="from")
    end: dt.date | None = Field(default=None, alias="to")
    service_tier: Text | None = None
    batch: StrictBool = False
    per_million_tokens: dict[Bucket, Price] = Field(default_factory=dict)
    per_request: Price | None = None

    @model_validator(mode="after")
    def _has_sense(self) -> Override:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError(f"from {self.start} is not before to {self.end} (to is exclusive)")
        if not self.per_million_tokens and self.per_request is None:
            raise ValueError("per_million_tokens or per_request must be given")
        return self

    @property
    def name(self) -> tuple[str, str]:
        """Provider and model, identified."""
        return identify(self.provider, self.model)

    @property
    def kind(self) -> tuple[str | None, bool]:
        """Tier and batch."""
        tier = plain_tier(self.service_tier)
        return (None, True) if tier == "batch" else (tier, self.batch)

    def live(self, day: dt.date) -> bool:
        """Whether it holds on that day."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    def meets(self, other: Override) -> bool:
        """Whether both hold on some day for the same usage."""
        return (
            (self.name, self.kind) == (other.name, other.kind)
            and (self.end is None or other.start is None or other.start < self.end)
            and (other.end is None or self.start is None or self.start < other.end)
        )


class _File(_Strict):
    prices: tuple[Override, ...] = ()
    aliases: dict[Text, Alias] = Field(default_factory=dict)


@dataclass(frozen=True)
class Overrides:
    """What the file says.

    Attributes:
        prices: Entries by provider and model, identified.
        aliases: By :func:`alias_key`.
        version: Name and digest of the file, for ``Rates.price_version``.
    """

    prices: Mapping[tuple[str, str], tuple[Override, ...]] = field(default_factory=dict)
    aliases: Mapping[str, Alias] = field(default_factory=dict)
    version: str = ""

    def rates(self, entry: Override, flags: tuple[str, ...] = ()) -> Rates:
        """An entry's prices by the token."""
        provider_id, model_id = entry.name
        units = {str(key): each.scaleb(-6) for key, each in entry.per_million_tokens.items()}
        return Rates(
            provider_id=provider_id,
            model_id=model_id,
            price_table="override",
            price_version=self.version + (f" from {entry.start}" if entry.start else ""),
            input_uncached=units.get("input_uncached"),
            cache_read=units.get("cache_read"),
            cache_write=units.get("cache_write"),
            cache_write_1h=units.get("cache_write_1h"),
            output=units.get("output"),
            per_request=entry.per_request,
            flags=flags,
        )


def alias_key(name: str) -> str:
    """How an alias is found: without case, a provider before the slash by its id.

    >>> alias_key("azure.ai.openai/GPT4o-prod")
    'azure/gpt4o-prod'
    """
    head, slash, rest = name.strip().casefold().partition("/")
    return f"{known_provider(head) or head}{slash}{rest}"


def load_overrides(path: Path) -> Overrides:
    """The file's prices and aliases.

    Raises:
        ConfigError: The file is missing, not YAML, or an entry is malformed or overlaps another;
            the message names file, entry and field.
    """
    source = str(path)
    text = file_text(path, "Prices")
    document = mapping_of(read_yaml(text, source), source, "'prices' or 'aliases'")
    found = checked(_File, document, source, _where)
    _refuse_overlaps(found, path)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    prices: dict[tuple[str, str], tuple[Override, ...]] = {}
    for entry in found.prices:
        prices[entry.name] = (*prices.get(entry.name, ()), entry)
    aliases = {alias_key(name): alias for name, alias in found.aliases.items()}
    return Overrides(prices, aliases, f"{path.name} {digest}")


def _refuse_overlaps(found: _File, path: Path) -> None:
    for number, entry in enumerate(found.prices, 1):
        for before, other in enumerate(found.prices[: number - 1], 1):
            if entry.meets(other):
                raise ConfigError(
                    f"{path}: prices entry {number} ({_label(entry.provider, entry.model)}): from, "
                    f"to: overlaps entry {before}, which has the same model, tier and batch."
                )
    seen: dict[str, str] = {}
    for name in found.aliases:
        other_name = seen.setdefault(alias_key(name), name)
        if other_name != name:
            raise ConfigError(
                f"{path}: aliases entry {shorten(name, 120)!r}: is the same name as "
                f"{shorten(other_name, 120)!r}."
            )


def _where(loc: tuple[int | str, ...], document: dict[str, Any]) -> str:
    """Entry and field of a fault; entries are counted from 1 and called by their model."""
    parts = [clean(str(part)) for part in loc if part != "[key]"]
    if loc[:1] == ("prices",) and len(loc) > 1 and isinstance(loc[1], int):
        entry = document["prices"][loc[1]]
        label = entry if isinstance(entry, dict) else {}
        name = _label(label.get("provider", "?"), label.get("model", "?"))
        return ": ".join([f"prices entry {loc[1] + 1} ({name})", ".".join(parts[2:])]).rstrip(": ")
    if loc[:1] == ("aliases",) and len(loc) > 1:
        return ": ".join([f"aliases entry {parts[1]!r}", ".".join(parts[2:])]).rstrip(": ")
    return ".".join(parts) or "top level"


def _label(provider: object, model: object) -> str:
    return f"{shorten(str(provider), 40)} {shorten(str(model), 80)}"
