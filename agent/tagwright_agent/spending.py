"""What a conversation's own model costs: tokens of each call, and their price by our price book."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.money import EXACT, decimal_text, display_text
from tagwright.text import counted, shorten

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from tagwright.config import Settings
    from tagwright.prices import Buckets, PriceBook

__all__ = ["no_usage", "price_book", "priced", "spending_text", "summed_usage", "tokens_of"]

_COUNTS = (
    "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "calls",
    "estimated_calls", "unpriced_calls",
)  # fmt: skip


def no_usage() -> dict[str, Any]:
    """The usage of nothing.

    ``input_tokens`` hold those of the cache; ``estimated_calls`` are those whose provider did not
    say, counted as four characters a token; ``priced_cost`` is USD as a decimal string, the sum of
    the calls that have a price, by the user's own prices and else the list; ``unpriced_calls`` have
    none. Of a turn, ``model`` says whose calls they are.
    """
    return {**dict.fromkeys(_COUNTS, 0), "priced_cost": "0.00"}


def summed_usage(usages: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The sum; what an older version stored may lack a count."""
    total = no_usage()
    money = Decimal(0)
    for usage in usages:
        for name in _COUNTS:
            total[name] += int(usage.get(name) or 0)
        money = EXACT.add(money, Decimal(usage.get("priced_cost") or 0))
    return {**total, "priced_cost": decimal_text(money)}


def tokens_of(usage: Mapping[str, Any]) -> int:
    """Tokens that count against a budget: in and out."""
    return int(usage.get("input_tokens") or 0) + int(usage.get("output_tokens") or 0)


def price_book(settings: Settings) -> PriceBook:
    """The user's own prices over the list: read before a model is asked, not when it was paid.

    Raises:
        ConfigError: The price file is at fault.
    """
    from tagwright.prices import PriceBook

    return PriceBook.load(settings.own_file("prices", "prices.yaml"), None)


def priced(
    book: PriceBook, model: str, calls: Sequence[Mapping[str, int]], at: dt.datetime
) -> dict[str, Any]:
    """The usage of a turn, each call at the price of its own context size.

    Args:
        book: Of :func:`price_book`.
        model: ``provider:model``.
        calls: Tokens of each call.
        at: When.
    """
    from tagwright.prices import Unpriced

    provider, _, name = model.partition(":")
    rates = book.rates(provider, name, at)
    found: list[dict[str, Any]] = []
    for call in calls:
        cost = book.price(rates, _buckets(call))
        if isinstance(cost, Unpriced):
            found.append({**call, "unpriced_calls": 1})
        else:
            found.append({**call, "priced_cost": decimal_text(cost)})
    return {**summed_usage(found), "model": model}


def _buckets(call: Mapping[str, int]) -> Buckets:
    from tagwright.prices import Buckets

    whole = call.get("input_tokens", 0)
    read = min(call.get("cache_read_tokens", 0), whole)
    written = min(call.get("cache_write_tokens", 0), whole - read)
    parts = {"cache_read": read, "cache_write": written, "input_uncached": whole - read - written}
    return Buckets(**parts, output=call.get("output_tokens", 0), requests=1, context=(whole, whole))


def spending_text(turn: Mapping[str, Any], thread: Mapping[str, Any]) -> str:
    """One line for people; empty where no model was paid.

    >>> usage = {"model": "openai:gpt-5", "input_tokens": 1200, "priced_cost": "0.0041"}
    >>> spending_text(usage, usage)
    'openai:gpt-5: 1,200 tokens, 0.0041 USD at our prices.'
    """
    if not tokens_of(turn):
        return ""
    text = f"{shorten(str(turn.get('model')), 60)}: {_told(turn)}"
    if tokens_of(thread) > tokens_of(turn):
        text += f" This conversation: {_told(thread)}"
    return text


def _told(usage: Mapping[str, Any]) -> str:
    about = "about " if usage.get("estimated_calls") else ""
    text = f"{about}{counted(tokens_of(usage), 'token')}"
    unpriced = int(usage.get("unpriced_calls") or 0)
    money = Decimal(usage.get("priced_cost") or 0)
    if money:
        places = 2 if money >= 1 else max(2, 1 - money.adjusted())
        text += f", {display_text(money, places=places)} USD at our prices"
    if unpriced:
        text += f", {counted(unpriced, 'call')} without a known price"
    return f"{text}."
