"""Names of providers and models, in each form they come in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tagwright.prices import PriceBook, Rates, Unpriced, identify

SONNET = "us.anthropic.claude-sonnet-4-20250514-v1:0"
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6"


@pytest.mark.parametrize(
    ("provider", "model_id", "expected"),
    [
        ("openai", "gpt-4o-2024-08-06", ("openai", "gpt-4o-2024-08-06")),
        ("OpenAI", " openai/GPT-4o ", ("openai", "gpt-4o")),
        ("bedrock", f"bedrock/{SONNET}", ("aws", SONNET)),
        ("bedrock", f"bedrock/converse/us-west-2/{SONNET}", ("aws", SONNET)),
        ("litellm", f"bedrock/{SONNET}", ("aws", SONNET)),
        ("", "azure/gpt-4o", ("azure", "gpt-4o")),
        ("aws.bedrock", SONNET, ("aws", SONNET)),
        ("aws.bedrock", f"arn:aws:bedrock:us-east-1:123:inference-profile/{SONNET}",
         ("aws", SONNET)),
        ("aws.bedrock", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0",
         ("aws", "amazon.nova-pro-v1:0")),
        ("aws.bedrock", PROFILE, ("aws", PROFILE)),
        ("bedrock", f"bedrock/{PROFILE}", ("aws", PROFILE)),
        ("anthropic", f"arn:aws-us-gov:bedrock:us-gov-west-1:1:inference-profile/{SONNET}",
         ("aws", SONNET)),
        ("anthropic", "anthropic.claude-3-haiku-20240307-v1:0",
         ("aws", "anthropic.claude-3-haiku-20240307-v1:0")),
        ("openai", "bedrock/eu.amazon.nova-lite-v1:0", ("aws", "eu.amazon.nova-lite-v1:0")),
        ("openai", "openai.gpt-oss-120b-1:0", ("aws", "openai.gpt-oss-120b-1:0")),
        ("azure.ai.openai", "gpt4o-prod", ("azure", "gpt4o-prod")),
        ("azure.ai.inference", "openai/gpt-4o", ("azure", "gpt-4o")),
        ("gcp.gemini", "models/gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("vertex_ai", "vertex_ai/gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("gcp.vertex_ai", "publishers/anthropic/models/claude-sonnet-4@20250514",
         ("google", "claude-sonnet-4@20250514")),
        ("gcp.vertex_ai", "projects/p/locations/us-east5/publishers/google/models/gemini-2.5-pro",
         ("google", "gemini-2.5-pro")),
        ("gcp.vertex_ai", "projects/p/locations/us-east5/endpoints/123",
         ("google", "projects/p/locations/us-east5/endpoints/123")),
        ("openrouter", "openai/gpt-4o", ("openrouter", "openai/gpt-4o")),
        ("openrouter", "openrouter/auto", ("openrouter", "openrouter/auto")),
        ("groq", "openai/gpt-oss-120b", ("groq", "openai/gpt-oss-120b")),
        ("mistral_ai", "mistral/mistral-large-latest", ("mistral", "mistral-large-latest")),
        ("openai", "anthropic/claude-sonnet-4", ("openai", "anthropic/claude-sonnet-4")),
        ("cohere", "command-r-plus", ("cohere", "command-r-plus")),
        ("x_ai", "grok-4", ("x-ai", "grok-4")),
        ("Acme AI", "m", ("acme ai", "m")),
    ],
)  # fmt: skip
def test_identify(provider: str, model_id: str, expected: tuple[str, str]) -> None:
    assert identify(provider, model_id) == expected
    assert identify(*expected) == expected


def test_telemetry_cannot_write_into_a_reason() -> None:
    found = PriceBook.load(None, None).rates(
        "acme\x1b[31m", "m\u202e", datetime(2026, 11, 1, tzinfo=UTC)
    )
    assert isinstance(found, Unpriced)
    assert found.reason == r"no price for model 'm\u202e' of provider 'acme\u001b[31m'"


@pytest.mark.parametrize(
    ("provider", "model_id", "expected"),
    [
        ("groq", "groq/llama-3.3-70b-versatile", "llama-3.3-70b-versatile"),
        ("openrouter", "openrouter/openai/gpt-4o", "openai/gpt-4o"),
        ("openrouter", "openai/gpt-4o", "openai/gpt-4o"),
        ("litellm", "openrouter/openai/gpt-4o", "openai/gpt-4o"),
    ],
)
def test_a_route_before_a_host_s_own_name(provider: str, model_id: str, expected: str) -> None:
    found = PriceBook.load(None, None).rates(provider, model_id, datetime(2026, 11, 1, tzinfo=UTC))
    assert isinstance(found, Rates)
    assert found.model_id == expected
