"""Usage as each vendor answers it, from the SDK's objects or from plain JSON.

OpenAI's input count includes cached tokens (platform.openai.com/docs/api-reference); Anthropic's
and Bedrock's do not (platform.claude.com/docs/en/build-with-claude/prompt-caching,
docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html): theirs are added, to
make OpenTelemetry's ``gen_ai.usage.input_tokens``. What an answer does not say is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = [
    "INPUT",
    "OUTPUT",
    "anthropic_answer",
    "anthropic_usage",
    "bedrock_headers",
    "bedrock_metrics",
    "bedrock_usage",
    "openai_answer",
    "part",
    "word",
]

INPUT = "gen_ai.usage.input_tokens"
OUTPUT = "gen_ai.usage.output_tokens"
_READ = "gen_ai.usage.cache_read.input_tokens"
_WRITE = "gen_ai.usage.cache_creation.input_tokens"
_WRITE_1H = "tagwright.cache_creation_1h.input_tokens"
_REASONING = "gen_ai.usage.reasoning.output_tokens"
_SEARCHES = "tagwright.web_search_requests"

_LONGEST = 256


def part(whole: object, name: str) -> Any:
    """A field of an object or of a dict; None where there is none."""
    return whole.get(name) if isinstance(whole, Mapping) else getattr(whole, name, None)


def word(value: object) -> str | None:
    """A name or an id; None for anything that is not one."""
    if isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isprintable():
        return value
    return None


def _count(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return int(value)
    return None


def _known(facts: Mapping[str, int | str | None]) -> dict[str, int | str]:
    return {name: value for name, value in facts.items() if value is not None}


def _identity(answer: object) -> dict[str, int | str | None]:
    return {
        "gen_ai.response.model": word(part(answer, "model")),
        "gen_ai.response.id": word(part(answer, "id")),
    }


def openai_answer(answer: object) -> dict[str, int | str]:
    """A chat completion or a chunk of one, a response, embeddings, a text completion."""
    return _known(
        _identity(answer)
        | {"openai.response.service_tier": word(part(answer, "service_tier"))}
        | _openai_usage(part(answer, "usage"))
    )


def _openai_usage(usage: object) -> dict[str, int | str | None]:
    if part(usage, "prompt_tokens") is not None:  # chat completions, embeddings
        read, written = part(usage, "prompt_tokens"), part(usage, "completion_tokens")
        reading = part(usage, "prompt_tokens_details")
        writing = part(usage, "completion_tokens_details")
    else:  # responses
        read, written = part(usage, "input_tokens"), part(usage, "output_tokens")
        reading = part(usage, "input_tokens_details")
        writing = part(usage, "output_tokens_details")
    return {
        INPUT: _count(read),
        _READ: _count(part(reading, "cached_tokens")),
        _WRITE: _count(part(reading, "cache_write_tokens")),
        OUTPUT: _count(written),
        _REASONING: _count(part(writing, "reasoning_tokens")),
    }


def anthropic_answer(message: object) -> dict[str, int | str]:
    """A message."""
    return _known(_identity(message)) | anthropic_usage(part(message, "usage"))


def anthropic_usage(usage: object) -> dict[str, int | str]:
    """The usage of a message."""
    read = _count(part(usage, "cache_read_input_tokens"))
    written = _count(part(usage, "cache_creation_input_tokens"))
    return _known(
        _totalled(_count(part(usage, "input_tokens")), read, written)
        | {
            _WRITE_1H: _count(part(part(usage, "cache_creation"), "ephemeral_1h_input_tokens")),
            OUTPUT: _count(part(usage, "output_tokens")),
            _REASONING: _count(part(part(usage, "output_tokens_details"), "thinking_tokens")),
            _SEARCHES: _count(part(part(usage, "server_tool_use"), "web_search_requests")),
            "service_tier": word(part(usage, "service_tier")),
            # Prices differ by these two.
            "tagwright.inference_geo": word(part(usage, "inference_geo")),
            "tagwright.speed": word(part(usage, "speed")),
        }
    )


def bedrock_usage(usage: object) -> dict[str, int | str]:
    """``TokenUsage`` of Converse and of ConverseStream's metadata."""
    kept = part(usage, "cacheDetails")
    hours = [
        _count(part(detail, "inputTokens")) or 0
        for detail in (kept if isinstance(kept, list) else [])
        if part(detail, "ttl") == "1h"
    ]
    read = _count(part(usage, "cacheReadInputTokens"))
    written = _count(part(usage, "cacheWriteInputTokens"))
    return _known(
        _totalled(_count(part(usage, "inputTokens")), read, written)
        | {
            _WRITE_1H: sum(hours) if hours else None,
            OUTPUT: _count(part(usage, "outputTokens")),
        }
    )


def bedrock_headers(headers: Mapping[str, str]) -> dict[str, int | str]:
    """Headers of InvokeModel's answer; models that count nothing send none."""

    def count(name: str) -> int | None:
        text = headers.get(f"x-amzn-bedrock-{name}-token-count", "")
        return int(text) if text.isascii() and text.isdigit() else None

    return _known(
        _totalled(count("input"), count("cache-read-input"), count("cache-write-input"))
        | {
            OUTPUT: count("output"),
            "service_tier": word(headers.get("x-amzn-bedrock-service-tier")),
        }
    )


def bedrock_metrics(metrics: object) -> dict[str, int | str]:
    """``amazon-bedrock-invocationMetrics`` in the last chunk of InvokeModelWithResponseStream."""
    read = _count(part(metrics, "cacheReadInputTokenCount"))
    written = _count(part(metrics, "cacheWriteInputTokenCount"))
    return _known(
        _totalled(_count(part(metrics, "inputTokenCount")), read, written)
        | {OUTPUT: _count(part(metrics, "outputTokenCount"))}
    )


def _totalled(
    anew: int | None, read: int | None, written: int | None
) -> dict[str, int | str | None]:
    """Input of those who count cached tokens apart."""
    total = None if anew is None else anew + (read or 0) + (written or 0)
    return {INPUT: total, _READ: read, _WRITE: written}
