"""Prices: equal to genai-prices where it knows, unpriced where it would guess; the user's first."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from genai_prices import Usage, __version__, calc_price
from genai_prices.data import providers
from genai_prices.types import StartDateConstraint
from hypothesis import assume, given
from hypothesis import strategies as st

from tagwright.prices import (
    BUCKETS,
    Buckets,
    ContextTier,
    PriceBook,
    Rates,
    Unpriced,
    identify,
    model,
    names,
    overrides,
)

BOOK = PriceBook.load(None, None)
NOW = datetime(2026, 11, 15, tzinfo=UTC)
MAIN = ("anthropic", "aws", "azure", "cohere", "google", "mistral", "openai", "x-ai")
LISTED = [
    (provider.id, each.id.lower())
    for provider in providers
    for each in provider.models
    if identify(provider.id, each.id) == (provider.id, each.id.lower())
    and isinstance(BOOK.rates(provider.id, each.id, NOW), Rates)
]
SONNET = "us.anthropic.claude-sonnet-4-20250514-v1:0"
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6"

COUNTS = st.integers(0, 10**9)
SMALL = st.integers(0, 400_000)
USED = st.builds(Buckets, SMALL, SMALL, SMALL, SMALL, SMALL, st.just(1))
MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001  the zone is drawn


def priced(provider: str, model_id: str, at: datetime = NOW, **more: Any) -> Rates:
    rates = BOOK.rates(provider, model_id, at, **more)
    assert isinstance(rates, Rates), rates
    return rates


def only_priced(rates: Rates, buckets: Buckets) -> Buckets:
    lacking: Any = {name: 0 for name in BUCKETS if getattr(rates, name) is None}
    return replace(buckets, **lacking)


def theirs(provider: str, model_id: str, at: datetime, used: Buckets, **context: str) -> Decimal:
    usage = Usage(
        input_tokens=used.input,
        cache_read_tokens=used.cache_read,
        cache_write_tokens=used.cache_write + used.cache_write_1h,
        cache_write_1h_tokens=used.cache_write_1h,
        output_tokens=used.output,
    )
    return calc_price(
        usage,
        model_id,
        provider_id=provider,
        genai_request_timestamp=at,
        price_context=context or None,
    ).total_price


@pytest.mark.parametrize("module", [model, names, overrides])
def test_docstring_examples(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


def test_openai_with_cached_input() -> None:
    """4000 · 2.50 + 6000 · 1.25 + 500 · 10.00 USD per million."""
    used = Buckets(input_uncached=4000, cache_read=6000, output=500)
    assert BOOK.price(priced("openai", "gpt-4o-2024-08-06"), used) == Decimal("0.0225")


def test_claude_on_bedrock_with_a_cache_write_costs_what_litellm_says(shared: Path) -> None:
    lines = (shared / "reference" / "record_examples.jsonl").read_text().splitlines()
    record = json.loads(lines[0])["record"]
    used = Buckets(input_uncached=3000, cache_read=6000, cache_write=1000, output=500)
    rates = priced(record["custom_llm_provider"], record["model"])
    assert BOOK.price(rates, used) == Decimal(str(record["spend"])) == Decimal("0.02205")


def test_claude_cache_writes_for_five_minutes_and_an_hour() -> None:
    rates = priced("anthropic", "claude-sonnet-4-20250514")
    used = Buckets(cache_write=1_000_000, cache_write_1h=1_000_000)
    assert BOOK.price(rates, used) == Decimal("3.75") + Decimal(6)


@given(st.sampled_from(LISTED), MOMENTS, USED)
def test_equal_to_genai_prices(listed: tuple[str, str], at: datetime, used: Buckets) -> None:
    rates = BOOK.rates(*listed, at)
    assume(isinstance(rates, Rates))
    assert isinstance(rates, Rates)
    used = only_priced(rates, used)
    assert BOOK.price(rates, used) == theirs(*listed, at, used)


@pytest.mark.parametrize("provider", MAIN)
@pytest.mark.parametrize("size", [7, 300_001])
def test_every_model_of_the_main_providers_is_equal_on_both_sides_of_its_context_tiers(
    provider: str, size: int
) -> None:
    listed = [each for each in LISTED if each[0] == provider]
    assert len(listed) > 5
    for each in listed:
        rates = priced(*each)
        used = only_priced(rates, Buckets(size, size + 1, size + 2, size + 3, size + 4, 1))
        assert BOOK.price(rates, used) == theirs(*each, NOW, used), each


def test_every_tier_and_batch_that_the_table_prices_is_equal() -> None:
    used = Buckets(1000, 2000, 300, 40, 5000, 1)
    seen = set()
    for provider, model_id in LISTED:
        found = next(p for p in providers if p.id == provider).find_model(model_id)
        assert found
        for variant in found.price_variants or ():
            [(key, value)] = variant.when.items()
            if key not in {"processing", "service_tier", "speed"} or value == "default":
                continue
            rates = priced(provider, model_id, service_tier=value)
            left = only_priced(rates, used)
            assert BOOK.price(rates, left) == theirs(provider, model_id, NOW, left, **{key: value})
            seen.add((provider, key, value))
    assert seen > {
        ("openai", "service_tier", "flex"),
        ("anthropic", "processing", "batch"),
        ("anthropic", "speed", "fast"),
        ("google", "service_tier", "priority"),
    }


@given(st.sampled_from(LISTED), USED, USED)
def test_prices_add_up(listed: tuple[str, str], one: Buckets, other: Buckets) -> None:
    rates = replace(priced(*listed), context_tiers=())
    one, other = only_priced(rates, one), only_priced(rates, other)
    sums = {name: getattr(one, name) + getattr(other, name) for name in BUCKETS}
    parts = [BOOK.price(rates, each) for each in (one, other)]
    assert all(isinstance(part, Decimal) for part in parts)
    assert BOOK.price(rates, Buckets(**sums, requests=2)) == sum(parts)  # type: ignore[arg-type]


@given(COUNTS.filter(bool), st.integers(1, 10**15))
def test_nothing_is_rounded(count: int, unit: int) -> None:
    rates = Rates("p", "m", "override", "1", output=Decimal(unit).scaleb(-21))
    assert BOOK.price(rates, Buckets(output=count)) == Decimal(count * unit).scaleb(-21)


@pytest.mark.parametrize("provider", MAIN)
def test_no_tokens_cost_nothing(provider: str) -> None:
    for each in LISTED:
        if each[0] == provider:
            assert BOOK.price(priced(*each), Buckets(requests=0)) == 0


@given(st.sampled_from(LISTED), USED)
def test_tokens_without_a_price_are_unpriced_and_never_nothing(
    listed: tuple[str, str], used: Buckets
) -> None:
    rates = priced(*listed)
    lacking = [name for name in BUCKETS if getattr(rates, name) is None and getattr(used, name)]
    cost = BOOK.price(rates, used)
    assert isinstance(cost, Unpriced) == bool(lacking)
    if isinstance(cost, Unpriced):
        assert cost.reason.startswith(f"no {lacking[0]} price for model")


@pytest.mark.parametrize(
    ("provider", "model_id", "more", "reason", "flag"),
    [
        ("openai", "gpt-77", {}, "no price for model 'gpt-77' of provider 'openai'",
         "model-not-priced"),
        ("acme", "x", {}, "no price for model 'x' of provider 'acme'", "model-not-priced"),
        (None, "gpt-4o", {}, "no provider is named", "no-provider"),
        ("openai", None, {}, "no model is named", "no-model"),
        ("bedrock", PROFILE, {}, "names no model: give it an alias", "needs-alias"),
        ("perplexity", "perplexity/sonar", {}, "may be 'perplexity/sonar' or 'sonar'",
         "needs-alias"),
        ("azure", "gpt4o-prod", {}, "no price for model 'gpt4o-prod'", "model-not-priced"),
        ("anthropic", "claude-opus-4-1-9", {}, "only like that of 'claude-opus-4-1'",
         "model-not-priced"),
        ("google", "gemini-3.6-flash-lite", {}, "only like that of 'gemini-3.6-flash'",
         "model-not-priced"),
        ("anthropic", "claude-sonnet-4-5", {"service_tier": "priority"},
         "no price for tier 'priority' of model", "tier-not-priced:priority"),
        ("openai", "gpt-4o", {"service_tier": "flex"}, "no price for tier 'flex'",
         "tier-not-priced:flex"),
        ("openai", "gpt-4o", {"service_tier": "auto"}, "no price for tier 'auto'",
         "tier-not-priced:auto"),
        ("azure", "gpt-4o", {"batch": True}, "no price for batch of model", "batch-not-priced"),
        ("aws", SONNET, {"service_tier": "batch"}, "no price for batch", "batch-not-priced"),
        ("deepseek", "deepseek-chat", {}, "changes with the hour of the day", "priced-by-hour"),
        ("mistral", "mistral-ocr-2503", {}, "has no price by token", "not-priced-by-token"),
        ("google", "gemma-4-31b-it", {}, "has no price by token", "not-priced-by-token"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_unpriced_with_the_reason(
    provider: str | None, model_id: str | None, more: dict[str, Any], reason: str, flag: str
) -> None:
    found = BOOK.rates(provider, model_id, NOW, **more)
    assert isinstance(found, Unpriced)
    assert reason in found.reason
    assert flag in found.flags
    assert BOOK.price(found, Buckets(output=1)) is found


def test_a_tier_has_no_price_before_the_table_knows_one() -> None:
    before = BOOK.rates("openai", "gpt-4o", datetime(2026, 10, 13, tzinfo=UTC), batch=True)
    assert isinstance(before, Unpriced)
    assert before.reason.endswith("on 2026-10-13")
    after = priced("openai", "gpt-4o", datetime(2026, 10, 14, tzinfo=UTC), batch=True)
    assert (after.input_uncached, after.price_version) == (
        Decimal("0.00000125"), f"{__version__} from 2026-10-14",
    )  # fmt: skip
    assert after.flags == ("cache-read-at-standard-rate",)


def test_genai_prices_would_ignore_the_tier() -> None:
    """What this package detects: the same price with and without."""
    used = Buckets(input_uncached=1000)
    assert theirs("anthropic", "claude-sonnet-4-5", NOW, used, service_tier="priority") == theirs(
        "anthropic", "claude-sonnet-4-5", NOW, used
    )


@pytest.mark.parametrize("tier", [None, "", "default", "Standard", "standard_only", "ON_DEMAND"])
def test_names_of_the_standard_tier(tier: str | None) -> None:
    assert priced("openai", "gpt-4o", service_tier=tier) == priced("openai", "gpt-4o")


@pytest.mark.parametrize(
    ("at", "unit", "version"),
    [
        (datetime(2026, 8, 20, 23, 59, tzinfo=UTC), "0.000005", __version__),
        (datetime(2026, 8, 21, tzinfo=UTC), "0.000004", f"{__version__} from 2026-08-21"),
        (datetime(2026, 8, 21, 1, tzinfo=timezone(timedelta(hours=2))), "0.000005", __version__),
        (datetime(2026, 8, 21), "0.000004", f"{__version__} from 2026-08-21"),  # noqa: DTZ001  without a zone it is UTC
    ],
    ids=["day before", "first day", "day before, told in another zone", "without a zone"],
)
def test_the_price_of_the_day(at: datetime, unit: str, version: str) -> None:
    rates = priced("openai", "gpt-5.6-sol", at)
    assert (rates.input_uncached, rates.price_version) == (Decimal(unit), version)


def test_every_dated_price_starts_on_its_day() -> None:
    dated = 0
    for provider in providers:
        if provider.id not in MAIN:
            continue
        for each in provider.models:
            prices = each.prices if isinstance(each.prices, list) else []
            starts = [p.constraint.start_date for p in prices
                      if isinstance(p.constraint, StartDateConstraint)]  # fmt: skip
            for start in starts:
                rates = BOOK.rates(provider.id, each.id, midnight(start))
                if isinstance(rates, Rates):
                    assert rates.price_version == f"{__version__} from {start}", each.id
                    dated += 1
    assert dated > 20


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


GEMINI = Rates(
    "google", "g", "genai-prices", "1",
    input_uncached=Decimal(1), output=Decimal(10),
    context_tiers=(ContextTier("input_uncached", 200, Decimal(2)),
                   ContextTier("output", 200, Decimal(15))),
)  # fmt: skip


@pytest.mark.parametrize(
    ("used", "cost"),
    [
        (Buckets(200, output=1, requests=1), 210),
        (Buckets(201, output=1, requests=1), 417),
        (Buckets(200, output=1), 210),
        (Buckets(201, output=1, requests=2), None),
        (Buckets(201, output=1), None),
        (Buckets(1000, output=1, requests=9, context=(0, 200)), 1010),
        (Buckets(1000, output=1, requests=2, context=(201, 1000)), 2015),
        (Buckets(1000, output=1, requests=2, context=(200, 1000)), None),
        (Buckets(0, output=1, requests=5), 10),
    ],
)
def test_prices_by_context_size_need_the_size_of_each_request(
    used: Buckets, cost: int | None
) -> None:
    found = BOOK.price(GEMINI, used)
    if cost is None:
        assert isinstance(found, Unpriced)
        assert found.flags == ("context-not-known",)
    else:
        assert found == cost


def test_a_price_by_request_needs_their_number() -> None:
    rates = priced("perplexity", "sonar")
    assert BOOK.price(rates, Buckets(1000, requests=3)) == Decimal("0.001") + 3 * Decimal("0.012")
    assert isinstance(BOOK.price(rates, Buckets(1000)), Unpriced)


@pytest.mark.parametrize(
    ("provider", "model_id", "flags"),
    [
        ("aws", SONNET, ("cache-write-1h-not-priced",)),
        ("azure", "gpt-4o", ("priced-as:openai",)),
        ("google", "gemini-2.5-flash", ("priced-as-text:audio",)),
        ("google", "gemini-2.5-flash-image", ("output-not-told-apart:image",)),
        ("perplexity", "sonar-deep-research",
         ("output-not-told-apart:citation", "output-not-told-apart:reasoning")),
        ("openai", "gpt-4o", ()),
    ],
)  # fmt: skip
def test_flags(provider: str, model_id: str, flags: tuple[str, ...]) -> None:
    rates = priced(provider, model_id)
    assert rates.flags == flags
    assert (rates.output is None) == any(flag.startswith("output-") for flag in flags)
    assert rates.currency == "USD"


@pytest.mark.parametrize(
    ("provider", "model_id", "region", "flags"),
    [
        ("google", "gemini-2.5-pro", "europe-west4", ("region-not-priced:europe-west4",)),
        ("google", "gemini-2.5-pro", "global", ()),
        ("aws", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "us-east-1", ()),
        ("anthropic", "claude-sonnet-5", "not_available", ()),
    ],
)
def test_a_region_that_the_table_does_not_price_is_flagged(
    provider: str, model_id: str, region: str, flags: tuple[str, ...]
) -> None:
    assert priced(provider, model_id, region=region).flags == flags


def test_prices_of_bedrock_differ_by_the_profile_s_region() -> None:
    used = Buckets(input_uncached=1_000_000)
    name = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    assert BOOK.price(priced("aws", f"global.{name}"), used) == Decimal(3)
    assert BOOK.price(priced("aws", f"us.{name}"), used) == Decimal("3.3")


def test_negative_tokens_are_refused() -> None:
    with pytest.raises(ValueError, match="negative usage"):
        Buckets(output=-1)


NO_NETWORK = f"""
import socket, sys
def refuse(*_, **__): raise AssertionError("a socket was opened")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from datetime import datetime, UTC
from tagwright.prices import Buckets, PriceBook, Rates
book = PriceBook.load(None, None)
assert "genai_prices" not in sys.modules
rates = book.rates("bedrock", {SONNET!r}, datetime(2026, 11, 1, tzinfo=UTC))
print(book.price(rates, Buckets(output=1000)))
"""


def test_no_socket_is_opened_and_the_table_is_imported_when_first_asked() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_NETWORK], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("0.015000", "")
