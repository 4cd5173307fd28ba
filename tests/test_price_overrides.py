"""The user's own prices and names: they come first, and a fault names file, entry and field."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tagwright.errors import ConfigError
from tagwright.prices import Buckets, PriceBook, Rates, Unpriced, overrides

NOW = datetime(2026, 11, 15, tzinfo=UTC)
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6"
MILLION = Buckets(output=1_000_000, requests=1)
GPT = "{provider: openai, model: gpt-4o, %s per_million_tokens: {output: '%s'}}"


def book(tmp_path: Path, text: str, aliases: dict[str, str] | None = None) -> PriceBook:
    path = tmp_path / "prices.yaml"
    path.write_text(text)
    return PriceBook.load(path, aliases)


def entries(*each: str) -> str:
    return "prices:\n" + "".join(f"  - {entry}\n" for entry in each)


def cost(found: PriceBook, provider: str, model: str, at: datetime = NOW, **more: Any) -> Any:
    return found.price(found.rates(provider, model, at, **more), MILLION)


def test_the_example_of_the_documentation(tmp_path: Path) -> None:
    assert overrides.__doc__
    text = overrides.__doc__.split("\n\n", 1)[1].rsplit("\n\n", 1)[0]
    found = book(tmp_path, text)
    assert cost(found, "openai", "gpt-4o-2024-08-06") == 8
    assert cost(found, "openai", "gpt-4o", batch=True) == 4
    assert cost(found, "openai", "gpt-4o", datetime(2025, 12, 31, tzinfo=UTC)) == 10
    sonnet = "us.anthropic.claude-sonnet-4-20250514-v1:0"
    assert cost(found, "aws", sonnet, service_tier="priority") == Decimal("26.251")
    assert cost(found, "azure", "gpt4o-prod") == 10
    assert cost(found, "azure.ai.openai", "gpt-4") == 8
    assert cost(found, "openai", "gpt-4") == 60
    assert cost(found, "aws.bedrock", PROFILE) == 15


def test_where_a_price_is_from(tmp_path: Path) -> None:
    found = book(tmp_path, entries(GPT % ("from: 2026-01-01,", "8.00")))
    rates = found.rates("openai", "openai/gpt-4o", NOW)
    assert isinstance(rates, Rates)
    assert (rates.price_table, rates.provider_id, rates.model_id) == (
        "override", "openai", "gpt-4o",
    )  # fmt: skip
    name, digest, start = rates.price_version.split(" ", 2)
    assert (name, len(digest), start) == ("prices.yaml", 12, "from 2026-01-01")
    assert rates.input_uncached is None
    assert isinstance(found.price(rates, Buckets(input_uncached=1)), Unpriced)


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-06-30", "8"), ("2026-07-01", "7"), ("2026-12-31", "7"), ("2027-01-01", "10")],
)
def test_the_entry_of_the_day(day: str, expected: str, tmp_path: Path) -> None:
    first, second = GPT % ("to: 2026-07-01,", "8"), GPT % ("from: 2026-07-01, to: 2027-01-01,", "7")
    at = datetime.fromisoformat(f"{day}T23:00:00+00:00")
    for order in ((first, second), (second, first)):
        assert cost(book(tmp_path, entries(*order)), "openai", "gpt-4o", at) == Decimal(expected)


def test_a_contract_for_one_tier_leaves_the_others_at_the_list_with_a_flag(tmp_path: Path) -> None:
    found = book(tmp_path, entries(GPT % ("service_tier: flex,", "4")))
    assert cost(found, "openai", "gpt-4o", service_tier="flex") == 4
    listed = found.rates("openai", "gpt-4o", NOW)
    assert isinstance(listed, Rates)
    assert (listed.price_table, listed.flags) == ("genai-prices", ("override-for-other-tier",))


def test_batch_may_be_said_as_a_tier(tmp_path: Path) -> None:
    found = book(tmp_path, entries(GPT % ("service_tier: batch,", "4")))
    assert cost(found, "openai", "gpt-4o", batch=True) == 4
    assert cost(found, "openai", "gpt-4o", service_tier="batch") == 4


def test_a_price_holds_for_other_names_of_the_model_unless_that_is_ambiguous(
    tmp_path: Path,
) -> None:
    august, november = (
        f"{{provider: openai, model: gpt-4o-2024-{day}, per_million_tokens: {{output: '{each}'}}}}"
        for day, each in (("08-06", 8), ("11-20", 9))
    )
    one = book(tmp_path, entries(august))
    assert [cost(one, "openai", name) for name in ("gpt-4o", "gpt-4o-2024-11-20")] == [8, 8]
    assert cost(one, "openai", "gpt-4o-2024-05-13") == 15
    two = book(tmp_path, entries(august, november))
    assert cost(two, "openai", "gpt-4o-2024-11-20") == 9
    unclear = cost(two, "openai", "gpt-4o")
    assert isinstance(unclear, Unpriced)
    assert "'gpt-4o-2024-08-06', 'gpt-4o-2024-11-20'" in unclear.reason


def test_a_provider_that_no_table_knows(tmp_path: Path) -> None:
    entry = (
        "{provider: Own GPUs, model: llama, per_million_tokens: {output: '0'}, per_request: '2'}"
    )
    assert cost(book(tmp_path, entries(entry)), "own gpus", "Llama") == 2


def test_aliases_of_the_settings(tmp_path: Path) -> None:
    aliases = {PROFILE: "us.anthropic.claude-sonnet-4-20250514-v1:0", "azure/chat": "gpt-4o",
               "sonnet": "bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0"}  # fmt: skip
    found = PriceBook.load(None, aliases)
    assert cost(found, "bedrock", f"bedrock/{PROFILE}") == 15
    assert cost(found, "azure", "azure/CHAT") == 10
    assert isinstance(cost(found, "openai", "chat"), Unpriced)
    assert cost(found, "litellm", "sonnet") == 15
    alias = "aliases: {sonnet: {provider: anthropic, model: claude-opus-4-5}}"
    with pytest.raises(ConfigError, match="alias 'sonnet' is given two meanings"):
        book(tmp_path, alias, aliases)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (entries(GPT % ("", "8"), GPT % ("from: 2026-01-01,", "7")),
         "prices entry 2 (openai gpt-4o): from, to: overlaps entry 1"),
        (entries(GPT % ("", "8"), "{provider: OpenAI, model: openai/gpt-4o, per_request: '1'}"),
         "prices entry 2 (OpenAI openai/gpt-4o): from, to: overlaps entry 1"),
        (entries("{provider: openai, model: gpt-4o, per_million_tokens: {output: 8.5}}"),
         "prices entry 1 (openai gpt-4o): per_million_tokens.output: 8.5 must be a decimal in qu"),
        (entries(GPT % ("", "-1")), "per_million_tokens.output: '-1' is not a decimal"),
        (entries(GPT % ("", "1e3")), "per_million_tokens.output: '1e3' is not a decimal"),
        (entries(GPT % ("", "NaN")), "per_million_tokens.output: 'NaN' is not a decimal"),
        (entries("{provider: openai, model: gpt-4o, per_million_tokens: {input: '1'}}"),
         "prices entry 1 (openai gpt-4o): per_million_tokens.input: Input should be"),
        (entries("{provider: openai, model: gpt-4o}"),
         "prices entry 1 (openai gpt-4o): per_million_tokens or per_request must be given"),
        (entries("{provider: openai, per_request: '1'}"),
         "prices entry 1 (openai ?): model: Field required"),
        (entries(GPT % ("from: soon,", "1")), "prices entry 1 (openai gpt-4o): from: "),
        (entries(GPT % ("from: 2026-02-01, to: 2026-02-01,", "1")),
         "prices entry 1 (openai gpt-4o): from 2026-02-01 is not before to"),
        (entries(GPT % ("batch: 'yes',", "1")), "prices entry 1 (openai gpt-4o): batch: "),
        (entries(GPT % ("currency: EUR,", "1")), "prices entry 1 (openai gpt-4o): currency: Extra"),
        ("aliases: {a: {provider: azure}}", "aliases entry 'a': model: Field required"),
        ("aliases: {a: {provider: azure, model: m}, A: {provider: azure, model: n}}",
         "aliases entry 'A': is the same name as 'a'"),
        ("aliases:\n  a: {provider: x, model: m}\n  a: {provider: x, model: n}\n",
         "line 3: 'a' stands twice"),
        ("price: []", "price: Extra inputs are not permitted"),
        ("prices: [", "line 1: not valid YAML"),
        ("- 1", "the top level must be a mapping"),
    ],
)  # fmt: skip
def test_a_fault_in_the_file_names_file_entry_and_field(
    text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        book(tmp_path, text)
    assert caught.value.message.startswith(f"{tmp_path / 'prices.yaml'}: ")
    assert message in caught.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Prices .*none\.yaml: No such file"):
        PriceBook.load(tmp_path / "none.yaml", None)
