"""The list prices of genai-prices (github.com/pydantic/genai-prices): what it says, and no more.

The table that the installed release brings is read; nothing is fetched, and a table that somebody
else in the process fetched (``UpdatePrices``) is not used, so that the version names the prices.

genai-prices always has an answer. These are not taken:

* A service tier or batch without a price on that day is charged at the standard price by
  genai-prices. Here it is unpriced: half or double the price is worse than none.
* A model of which only the beginning is known (``claude-opus-4-1-x`` for ``claude-opus-4-1``) may
  be another one. What may follow is a date, a version, ``-latest``, ``-preview``.
* A price by the hour of the day (DeepSeek's peak hours): usage is priced by the day.
* Output of which a part has a price of its own (images, audio, reasoning): the part is not known.
  Input that differs by modality is mostly text: it is priced as text, with a flag.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, NamedTuple

from tagwright.prices.model import BUCKETS, ContextTier, Rates, Unpriced, named
from tagwright.prices.names import is_opaque, known_provider

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from genai_prices.types import (
        ConditionalPrice,
        MatchLogic,
        ModelInfo,
        ModelPrice,
        PriceVariant,
        Provider,
    )

__all__ = ["Found", "PriceTable"]

_KEYS = {
    "input_uncached": "input_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "output": "output_mtok",
}
"""Bucket to genai-prices' key of its price per million tokens."""
_PART = re.compile(r"(?P<side>input|output|cache)_(?P<what>(?!read|write)[a-z]+)_(?:read_)?mtok")
_VERSION = re.compile(
    r"(?:[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|\d{2}-\d{2}(?:-\d{4})?|\d{2}-\d{4}|\d{3,4}|v\d+|latest|"
    r"default|preview|exp|experimental)|:\d+[a-z]*)*"
)
"""What may follow a known model's name without making it another model."""
_COMPACT_DATE = re.compile(r"-(20\d\d)(\d\d)(\d\d)(?=[-:]|$)")


class Found(NamedTuple):
    """A model of the table.

    Attributes:
        provider: Who was called.
        model: Its model, or its maker's where the provider only hosts it.
        maker: Provider whose table the model is in.
    """

    provider: Provider
    model: ModelInfo
    maker: Provider


class PriceTable:
    """Prices of the installed genai-prices, which is imported when first asked."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Found | Unpriced] = {}

    def find(self, provider_id: str, model_id: str) -> Found | Unpriced:
        """The model of that identified name.

        A host of other makers' models has names with a slash, and LiteLLM puts the host's before
        them: ``groq/compound`` is Groq's own name, ``groq/llama-3.3-70b-versatile`` is not.
        """
        key = (provider_id, model_id)
        if key not in self._found:
            found = _find(provider_id, model_id)
            head, slash, rest = model_id.partition("/")
            bare = (
                _find(provider_id, rest) if slash and known_provider(head) == provider_id else None
            )
            if isinstance(bare, Found):
                if isinstance(found, Found) and found.model is not bare.model:
                    found = Unpriced(
                        f"{named(provider_id, model_id)} may be {found.model.id!r} or "
                        f"{bare.model.id!r}: give it an alias",
                        ("needs-alias",),
                    )
                else:
                    found = bare
            self._found[key] = found
        return self._found[key]

    def rates(
        self,
        provider_id: str,
        model_id: str,
        at: dt.datetime,
        *,
        tier: str | None = None,
        batch: bool = False,
        region: str | None = None,
    ) -> Rates | Unpriced:
        """List prices of the UTC day of ``at``; a tier is one of :func:`plain_tier`'s."""
        found = self.find(provider_id, model_id)
        if isinstance(found, Unpriced):
            return found
        moments = _moments(found.model, at)
        context: dict[str, str] = {}
        variants: list[PriceVariant] = []
        if tier or batch:
            variants = _variants(found, moments[0], tier, batch=batch)
            if not variants:
                return _no_variant(provider_id, model_id, moments[0], tier, batch=batch)
            context = dict(variants[0].when)
        prices = [found.model.get_prices(moment, context) for moment in moments]
        if any(other != prices[0] for other in prices):
            return Unpriced(
                f"the price of {named(provider_id, model_id)} changes with the hour of the day",
                ("priced-by-hour",),
            )
        return _rates(found, prices[0], variants, moments[0], _region_flags(provider_id, region))


def _find(provider_id: str, model_id: str) -> Found | Unpriced:
    if not provider_id or not model_id:
        missing = "provider" if model_id else "model"
        return Unpriced(
            f"no {missing} is named for {named(provider_id, model_id)}", (f"no-{missing}",)
        )
    if is_opaque(provider_id, model_id):
        return Unpriced(
            f"{named(provider_id, model_id)} is a resource that names no model: give it an alias",
            ("needs-alias",),
        )
    from genai_prices.data import providers

    missing_price = Unpriced(f"no price for {named(provider_id, model_id)}", ("model-not-priced",))
    provider = next((each for each in providers if each.id == provider_id), None)
    if provider is None:
        return missing_price
    model = provider.find_model(model_id, all_providers=providers)
    if model is None:
        return missing_price
    if not _is_same(model, model_id):
        return Unpriced(
            f"no price for {named(provider_id, model_id)}: its name is only like that of "
            f"{model.id!r}; give it an alias if it is that model",
            ("model-not-priced",),
        )
    maker = next(each for each in providers if any(model is own for own in each.models))
    return Found(provider, model, maker)


def _is_same(model: ModelInfo, name: str) -> bool:
    """Whether the name is one the table knows, but for a version."""
    dashed = _COMPACT_DATE.sub(r"-\1-\2-\3", name)
    for form in (name, dashed):
        left = _left_over(model.match, form)
        if left is not None:
            before, after = left
            is_tuned = form.startswith("ft:") or ".ft-" in form
            if after and after[0] not in "-@:":
                # The part that is known ends inside a version: "claude-sonnet-4-2025" and "0514".
                known = form[: len(form) - len(after)]
                after = form[max(known.rfind(mark) for mark in "-@:") :]
            return (not before or before.endswith(".")) and (
                is_tuned or bool(_VERSION.fullmatch(after))
            )
    return False


def _left_over(clause: MatchLogic, name: str) -> tuple[str, str] | None:
    """What stands before and after the part that the clause knows; None where it does not match."""
    from genai_prices import types

    left: tuple[str, str] | None = "", ""
    match clause:
        case types.ClauseOr(or_=clauses):
            some = [found for each in clauses if (found := _left_over(each, name)) is not None]
            left = min(some, key=_length, default=None)
        case types.ClauseAnd(and_=clauses):
            each_one = [_left_over(each, name) for each in clauses]
            found_all = [found for found in each_one if found is not None]
            left = max(found_all, key=_length) if len(found_all) == len(each_one) else None
        case _ if not clause.is_match(name):
            left = None
        case types.ClauseStartsWith(starts_with=known):
            left = "", name[len(known) :]
        case types.ClauseEndsWith(ends_with=known):
            left = name[: len(name) - len(known)], ""
        case types.ClauseContains(contains=known):
            before, _, after = name.partition(known.lower())
            left = before, after
    return left


def _length(left: tuple[str, str]) -> int:
    return len(left[0]) + len(left[1])


def _moments(model: ModelInfo, at: dt.datetime) -> list[dt.datetime]:
    """Moments of the day between which no price of the model changes; the first is its start."""
    from genai_prices.types import TimeOfDateConstraint

    day = at.astimezone(dt.UTC).date() if at.tzinfo else at.date()
    conditions: Sequence[ConditionalPrice | PriceVariant] = [
        *(model.prices if isinstance(model.prices, list) else ()),
        *(model.price_variants or ()),
    ]
    hours = {dt.time(0, tzinfo=dt.UTC)}
    for condition in conditions:
        if isinstance(condition.constraint, TimeOfDateConstraint):
            for hour in (condition.constraint.start_time, condition.constraint.end_time):
                moment = dt.datetime.combine(
                    day, hour if hour.tzinfo else hour.replace(tzinfo=dt.UTC)
                )
                hours.add(moment.astimezone(dt.UTC).timetz())
    return [dt.datetime.combine(day, hour) for hour in sorted(hours)]


def _variants(
    found: Found, moment: dt.datetime, tier: str | None, *, batch: bool
) -> list[PriceVariant]:
    """Prices for exactly that tier and batch which hold then, in the order they are applied.

    Those of a maker are not a host's: genai-prices does not take them over either.
    """
    if found.maker is not found.provider:
        return []
    wanted = {"processing": "batch"} if batch else {}
    # Anthropic's fast mode is a "speed" there, beside its service tiers.
    keys = ("service_tier", "speed") if tier else ("",)
    contexts = [wanted | ({key: tier} if tier else {}) for key in keys]
    return [
        variant
        for variant in found.model.price_variants or ()
        if variant.when in contexts
        and (variant.constraint is None or variant.constraint.active(moment))
    ]


def _no_variant(
    provider_id: str, model_id: str, moment: dt.datetime, tier: str | None, *, batch: bool
) -> Unpriced:
    what = " and ".join([*(["batch"] if batch else []), *([f"tier {tier!r}"] if tier else [])])
    return Unpriced(
        f"no price for {what} of {named(provider_id, model_id)} on {moment.date()}",
        (
            *(["batch-not-priced"] if batch else []),
            *([f"tier-not-priced:{tier}"] if tier else []),
        ),
    )


def _rates(
    found: Found,
    prices: ModelPrice,
    variants: list[PriceVariant],
    moment: dt.datetime,
    region_flags: tuple[str, ...],
) -> Rates | Unpriced:
    from genai_prices.types import TieredPrices

    units: dict[str, Decimal | None] = dict.fromkeys(BUCKETS)
    tiers: list[ContextTier] = []
    flags = list(region_flags)
    parts = _parts(prices)
    for bucket, key in _KEYS.items():
        value = getattr(prices, key)
        if value is None:
            continue
        if bucket == "output" and (own := parts.get("output")):
            flags += [f"output-not-told-apart:{what}" for what in own]
            continue
        if isinstance(value, TieredPrices):
            units[bucket] = value.base.scaleb(-6)
            tiers += [
                ContextTier(bucket, tier.start, tier.price.scaleb(-6)) for tier in value.tiers
            ]
        else:
            units[bucket] = value.scaleb(-6)
        if variants and all(getattr(variant.prices, key) is None for variant in variants):
            flags.append(f"{bucket.replace('_', '-')}-at-standard-rate")
    flags += [f"priced-as-text:{what}" for what in parts.get("input", ())]
    if units["cache_write"] is not None and units["cache_write_1h"] is None:
        flags.append("cache-write-1h-not-priced")
    if found.maker is not found.provider:
        flags.append(f"priced-as:{found.maker.id}")
    requests = prices.requests_kcount
    if isinstance(requests, TieredPrices) or (
        requests is None and all(unit is None for unit in units.values())
    ):
        whose = named(found.provider.id, found.model.id)
        return Unpriced(f"{whose} has no price by token", ("not-priced-by-token", *flags))
    return Rates(
        provider_id=found.provider.id,
        model_id=found.model.id,
        price_table="genai-prices",
        price_version=_version(found.model, variants, moment),
        context_tiers=tuple(tiers),
        per_request=None if requests is None else requests.scaleb(-3),
        flags=tuple(flags),
        input_uncached=units["input_uncached"],
        cache_read=units["cache_read"],
        cache_write=units["cache_write"],
        cache_write_1h=units["cache_write_1h"],
        output=units["output"],
    )


def _parts(prices: ModelPrice) -> dict[str, list[str]]:
    """Modalities (and reasoning) that cost something else than the rest of input or output."""
    found: dict[str, set[str]] = {}
    for key, value in vars(prices).items():
        if value is None or not (part := _PART.fullmatch(key)):
            continue
        plain = "cache_read_mtok" if part["side"] == "cache" else f"{part['side']}_mtok"
        if value != getattr(prices, plain):
            side = "output" if part["side"] == "output" else "input"
            found.setdefault(side, set()).add(part["what"])
    return {side: sorted(what) for side, what in found.items()}


def _version(model: ModelInfo, variants: list[PriceVariant], moment: dt.datetime) -> str:
    """The release of genai-prices, and since when the price holds where that is known."""
    from genai_prices import __version__
    from genai_prices.types import StartDateConstraint

    standard = [
        condition
        for condition in (model.prices if isinstance(model.prices, list) else ())
        if condition.constraint is None or condition.constraint.active(moment)
    ]
    # Of dated prices the last that holds counts; a variant holds on top of it.
    constraints = [
        *(condition.constraint for condition in standard[-1:]),
        *(variant.constraint for variant in variants),
    ]
    starts = [each.start_date for each in constraints if isinstance(each, StartDateConstraint)]
    return f"{__version__} from {max(starts)}" if starts else __version__


_EVERYWHERE = frozenset({"", "global", "not_available"})


def _region_flags(provider_id: str, region: str | None) -> tuple[str, ...]:
    """The table has no prices by region: Bedrock's are those of us-east-1, the others' global."""
    where = (region or "").strip().casefold()
    if where in _EVERYWHERE or (provider_id == "aws" and where == "us-east-1"):
        return ()
    return (f"region-not-priced:{where}",)
