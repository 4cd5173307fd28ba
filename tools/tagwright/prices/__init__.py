"""What AI usage costs: prices per token by provider, model, tier and date, in exact decimals.

A price is what the list or the contract says, in USD, not what was billed. Where a price is not
known, the answer is :class:`Unpriced` with the reason; never 0, and never a price of something
else (see ``docs/decisions/0011-prices.md``).

    book = PriceBook.load(None, None)
    rates = book.rates("openai", "gpt-4o", datetime(2026, 11, 1, tzinfo=UTC))
    book.price(rates, Buckets(input_uncached=4000, cache_read=6000, output=500))
"""

from tagwright.prices.book import PriceBook
from tagwright.prices.model import (
    BUCKETS,
    Buckets,
    ContextTier,
    Rates,
    Unpriced,
    context_range,
    price,
)
from tagwright.prices.names import identify

__all__ = [
    "BUCKETS",
    "Buckets",
    "ContextTier",
    "PriceBook",
    "Rates",
    "Unpriced",
    "context_range",
    "identify",
    "price",
]
