"""What a model's requests would cost a month, by the price book."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tagwright.errors import MisuseError
from tagwright.money import EXACT, decimal_text
from tagwright.prices import BUCKETS, Buckets, PriceBook, Rates, Unpriced
from tagwright.text import shorten

if TYPE_CHECKING:
    import datetime as dt

    from tagwright.context import ToolContext
    from tagwright.results import Scalar

__all__ = ["ModelPrice", "Use", "model_price"]

_MILLION = Decimal(1_000_000)
_SELLERS = ("openai", "anthropic", "google", "aws", "azure", "mistral", "cohere", "deepseek")


@dataclass(frozen=True)
class Use:
    """A month's requests, all alike; tokens are those of one.

    Attributes:
        requests: How many.
        input_tokens: Tokens in, those from a cache included.
        cached_tokens: Those of them that are read from a cache.
        output_tokens: Tokens out.
    """

    requests: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int

    def __post_init__(self) -> None:
        if self.cached_tokens > self.input_tokens:
            raise MisuseError(
                f"cached_tokens is {self.cached_tokens} of {self.input_tokens} input_tokens.",
                hint="It is the part of the input that is read from a cache.",
            )

    @property
    def any(self) -> bool:
        """Whether anything is said of it."""
        return bool(self.requests or self.input_tokens or self.output_tokens)

    @property
    def buckets(self) -> Buckets:
        """The month's tokens. What was written to a cache is input at the plain price here."""
        return Buckets(
            input_uncached=(self.input_tokens - self.cached_tokens) * self.requests,
            cache_read=self.cached_tokens * self.requests,
            output=self.output_tokens * self.requests,
            requests=self.requests,
            context=(self.input_tokens, self.input_tokens),
        )


class ModelPrice(NamedTuple):
    """A model that the price book knows.

    Attributes:
        rows: A row for each kind of token that is asked about: price, tokens, cost; of nothing
            asked about, all its prices.
        totals: The month's cost; empty where it cannot be told.
        source: Table and version.
        notes: What to know of it.
    """

    rows: list[dict[str, Scalar]]
    totals: list[dict[str, Scalar]]
    source: str
    notes: list[str]


def model_price(ctx: ToolContext, sku: str, use: Use, region: str) -> ModelPrice | list[str]:
    """The model's price; where the book has none, why: nothing of a name that is no model's."""
    from tagwright.ingest.pricing import load_book

    book = load_book(ctx.settings)
    found = book.rates(None, sku, ctx.now, region=region or None)
    if isinstance(found, Unpriced):
        sold = _sold(book, sku, ctx.now)
        if not sold and "no-provider" in found.flags:
            return []
        hint = f" Say whose it is: {', '.join(sold)}." if sold else ""
        return [f"No price: {shorten(found.reason, 200)}.{hint}"]
    return _priced(found, use)


def _sold(book: PriceBook, sku: str, now: dt.datetime) -> list[str]:
    """Who sells a model of that name, as names that are understood."""
    if "/" in sku:
        return []
    named = [f"{seller}/{sku}" for seller in _SELLERS]
    return [name for name in named if isinstance(book.rates(None, name, now), Rates)]


def _priced(rates: Rates, use: Use) -> ModelPrice:
    buckets = use.buckets
    notes = [f"To know of the price: {flag}." for flag in rates.flags]
    name = "contracted_cost" if rates.price_table == "override" else "list_cost"
    rows: list[dict[str, Scalar]] = []
    for bucket in BUCKETS:
        unit = rates.unit_price(bucket, use.input_tokens)
        tokens = getattr(buckets, bucket)
        if unit is None or (use.any and not tokens):
            continue
        row: dict[str, Scalar] = {
            "model": rates.model_id,
            "provider": rates.provider_id,
            "token_kind": bucket,
            "price_per_million_tokens": decimal_text(EXACT.multiply(unit, _MILLION)),
            "currency": rates.currency,
        }
        if use.any:
            row |= {"tokens": tokens, name: decimal_text(EXACT.multiply(unit, Decimal(tokens)))}
        rows.append(row)
    source = f"{rates.price_table} {rates.price_version}"
    if not use.any:
        notes.append("Say requests a month, input_tokens and output_tokens of each for a cost.")
        return ModelPrice(rows, [], source, notes)
    if not use.requests:
        raise MisuseError("requests is 0.", hint="How many requests a month?")
    whole = PriceBook.price(rates, buckets)
    if isinstance(whole, Unpriced):
        return ModelPrice(rows, [], source, [*notes, f"No sum: {shorten(whole.reason, 200)}."])
    if rates.per_request is not None:
        fee = decimal_text(EXACT.multiply(rates.per_request, Decimal(use.requests)))
        notes.append(f"In the sum are {fee} {rates.currency} for the requests themselves.")
    total: dict[str, Scalar] = {"currency": rates.currency, name: decimal_text(whole)}
    return ModelPrice(rows, [total], source, notes)
