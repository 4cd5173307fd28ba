"""Names of bills and of telemetry that are one model, and those that are not."""

from __future__ import annotations

import pytest

from tagwright.reconcile.names import meet, vendor


@pytest.mark.parametrize(
    ("billed", "told"),
    [
        ("claude4.6sonnet", "us.anthropic.claude-sonnet-4-6-v1:0"),
        ("claude4sonnet", "anthropic.claude-sonnet-4-20250514-v1:0"),
        ("claude4opus", "claude-opus-4-0"),
        ("claude sonnet 4.5", "claude-sonnet-4-5-20250929"),
        ("claude 3.5 sonnet", "claude-3-5-sonnet-20241022"),
        ("llama4-maverick-17b", "meta.llama4-maverick-17b-instruct-v1:0"),
        ("nova2.0lite", "us.amazon.nova-2-lite-v1:0"),
        ("qwen3-32b", "qwen.qwen3-32b-v1:0"),
        ("openai.gpt-oss-300b", "openai.gpt-oss-300b"),
        ("gpt 4o 0513", "gpt-4o-2024-05-13"),
        ("gpt 4.1", "gpt-4.1-2025-04-14"),
        ("gpt 35 turbo", "gpt-3.5-turbo-0125"),
        ("gemini 2.5 flash", "gemini-2.5-flash"),
        ("gemini 2.0 flash", "gemini-2.0-flash-001"),
        ("gpt-4o", "gpt-4o-2024-08-06"),
    ],
)
def test_names_that_meet(billed: str, told: str) -> None:
    assert meet([told], [billed]).models == {told: billed}


@pytest.mark.parametrize(
    ("billed", "told"),
    [
        ("gpt-4o", "gpt-4o-mini"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-08-06"),
        ("mistral-large-2407", "mistral-large-2411"),
        ("claude4.6sonnet", "claude-sonnet-4-5"),
        ("claude4.6sonnet", "claude-opus-4-6"),
        ("gpt-3.5-turbo", "gpt-3.5-turbo-instruct"),
        ("llama3-8b", "llama3-80b"),
        ("gpt-5", "gpt-50"),
    ],
)
def test_names_that_do_not(billed: str, told: str) -> None:
    found = meet([told], [billed])
    assert (found.models, found.not_billed, found.not_seen) == ({}, (told,), (billed,))


def test_the_same_name_comes_first_and_two_likely_ones_are_not_chosen_between() -> None:
    bill = ["gpt-4o-2024-05-13", "gpt-4o-2024-08-06"]
    found = meet(["gpt-4o", "gpt-4o-2024-08-06"], bill)
    assert found.models == {"gpt-4o-2024-08-06": "gpt-4o-2024-08-06"}
    assert found.ambiguous == {"gpt-4o": tuple(bill)}
    assert found.not_seen == ("gpt-4o-2024-05-13",)


@pytest.mark.parametrize(
    ("name", "provider"),
    [("AWS", "aws"), ("Amazon Web Services", "aws"), ("Microsoft", "azure"), ("OpenAI", "openai"),
     ("Google Cloud", "google"), ("Mistral AI", "mistral"), ("Together AI", "together"),
     ("Acme Models", "acme models"), ("", ""), (None, "")],
)  # fmt: skip
def test_who_bills(name: str | None, provider: str) -> None:
    assert vendor(name) == provider
