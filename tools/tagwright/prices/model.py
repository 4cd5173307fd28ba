"""Rates, the tokens they are for, and the one computation: rate times tokens, never rounded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Literal

from tagwright.money import EXACT
from tagwright.text import shorten

__all__ = [
    "BUCKETS",
    "Buckets",
    "ContextTier",
    "Rates",
    "Unpriced",
    "context_range",
    "named",
    "price",
]

BUCKETS = ("input_uncached", "cache_read", "cache_write", "cache_write_1h", "output")
"""The disjoint buckets of tokens: the input of a request is the sum of the first four."""


@dataclass(frozen=True)
class Buckets:
    """Tokens of one request, or of many that have the same price.

    Attributes:
        input_uncached: Input tokens read anew.
        cache_read: Input tokens read from a prompt cache.
        cache_write: Input tokens written to a prompt cache for five minutes.
        cache_write_1h: Input tokens written to a prompt cache for an hour.
        output: Output tokens, with those of reasoning.
        requests: How many requests; None where it is not said.
        context: Fewest and most input tokens that one of the requests had, where that is known
            (see :func:`context_range`). One request's is its input. Prices that differ by context
            size need it: the sum over many requests does not tell.
    """

    input_uncached: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    output: int = 0
    requests: int | None = None
    context: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if min(*(getattr(self, bucket) for bucket in BUCKETS), self.requests or 0) < 0:
            raise ValueError(f"negative usage: {self}")

    @property
    def input(self) -> int:
        """All input tokens."""
        return self.input_uncached + self.cache_read + self.cache_write + self.cache_write_1h

    @property
    def contexts(self) -> tuple[int, int]:
        """Fewest and most input tokens that one request may have had."""
        if self.requests == 1:
            return self.input, self.input
        fewest, most = self.context or (0, self.input)
        return fewest, min(most, self.input)


@dataclass(frozen=True)
class ContextTier:
    """Another price for all tokens of a bucket in a request with a long input.

    Attributes:
        bucket: One of :data:`BUCKETS`.
        start: It holds where the request has more input tokens than this, cached ones included.
        price: USD per token.
    """

    bucket: str
    start: int
    price: Decimal


@dataclass(frozen=True)
class Rates:
    """Unit prices in USD per token; None where the table has none for the bucket.

    Attributes:
        input_uncached: As in :class:`Buckets`, like the next four.
        cache_read: See there.
        cache_write: See there.
        cache_write_1h: See there.
        output: See there.
        context_tiers: Where a price differs by context size, by bucket and rising start.
        per_request: USD per request, beside the tokens; None where requests cost nothing.
        price_table: Where the price is from.
        price_version: Version of the table, and the first day of the price where it is dated.
        provider_id: Provider whose price it is, as genai-prices calls it.
        model_id: Model as found in the table.
        flags: What to know about the price, e.g. ``cache-write-1h-not-priced``.
        currency: Always USD.
    """

    provider_id: str
    model_id: str
    price_table: Literal["genai-prices", "override"]
    price_version: str
    input_uncached: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    output: Decimal | None = None
    context_tiers: tuple[ContextTier, ...] = ()
    per_request: Decimal | None = None
    flags: tuple[str, ...] = ()
    currency: Literal["USD"] = "USD"

    def unit_price(self, bucket: str, context: int) -> Decimal | None:
        """USD per token of a bucket in a request with that many input tokens."""
        unit: Decimal | None = getattr(self, bucket)
        for tier in self.context_tiers:
            if tier.bucket == bucket and context > tier.start:
                unit = tier.price
        return unit


@dataclass(frozen=True)
class Unpriced:
    """There is no price, which is not a price of 0.

    Attributes:
        reason: What is missing, for a person.
        flags: The same for counting, e.g. ``tier-not-priced:priority``, ``batch-not-priced``.
    """

    reason: str
    flags: tuple[str, ...] = ()


def price(rates: Rates | Unpriced, buckets: Buckets) -> Decimal | Unpriced:
    """USD, exact. Unpriced where tokens fall into a bucket without a price.

    genai-prices charges such tokens at the nearest price it has (cached input as input, an hour's
    cache write as five minutes'), which may be too much or too little; elsewhere the result is
    equal to its. A price that differs by context size is taken only where all requests are known
    to lie on one side of the limit.
    """
    if isinstance(rates, Unpriced):
        return rates
    whose = named(rates.provider_id, rates.model_id)
    fewest, most = buckets.contexts
    total = Decimal(0)
    with localcontext(EXACT):
        for bucket in BUCKETS:
            if not (count := getattr(buckets, bucket)):
                continue
            unit = rates.unit_price(bucket, fewest)
            if unit is None:
                label = bucket.replace("_", "-")
                return Unpriced(f"no {bucket} price for {whose}", (f"{label}-not-priced",))
            if any(
                tier.bucket == bucket and fewest <= tier.start < most and tier.price != unit
                for tier in rates.context_tiers
            ):
                return Unpriced(
                    f"the price of {whose} differs by the input of each request, and only that of "
                    "many together is known",
                    ("context-not-known",),
                )
            total += unit * count
        if rates.per_request is not None:
            if buckets.requests is None:
                return Unpriced(
                    f"{whose} charges by request too, and their number is not known",
                    ("requests-not-known",),
                )
            total += rates.per_request * buckets.requests
    return total


_CLASS = re.compile(r"(\d+)([km]?)\s*-\s*(\d+)([km]?)", re.IGNORECASE)
_SCALE = {"": 1, "k": 1_000, "m": 1_000_000}


def context_range(text: str | None) -> tuple[int, int] | None:
    """``Buckets.context`` of a context window class as Anthropic's usage report names it.

    Its bounds are as those of a tier: more than the first, at most the second.

    >>> context_range("0-200k"), context_range("200k-1M"), context_range("unknown")
    ((0, 200000), (200001, 1000000), None)
    """
    found = _CLASS.fullmatch(text.strip()) if text else None
    if not found:
        return None
    low, high = (int(found[n]) * _SCALE[found[n + 1].lower()] for n in (1, 3))
    return (low + 1 if low else 0), high


def named(provider_id: str, model_id: str) -> str:
    """How reasons call a model; names come from telemetry and are made harmless.

    >>> named("openai", "gpt-4o")
    "model 'gpt-4o' of provider 'openai'"
    """
    return f"model '{shorten(model_id, 120)}' of provider '{shorten(provider_id, 40)}'"
