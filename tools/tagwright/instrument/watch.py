"""What each vendor's stream of events says of usage; content passes by unseen."""

from __future__ import annotations

import json
from typing import Any, Protocol

from tagwright.instrument.call import NO_USAGE, Call
from tagwright.instrument.shapes import (
    INPUT,
    OUTPUT,
    anthropic_answer,
    anthropic_usage,
    bedrock_metrics,
    bedrock_usage,
    openai_answer,
    part,
    word,
)

__all__ = ["CUT_SHORT", "AnthropicWatch", "BedrockWatch", "OpenAIWatch", "Watch", "settle"]

CUT_SHORT = "stream_not_read_to_end"
"""The application left the stream before the event that tells the usage."""

_LAST = ("response.completed", "response.incomplete", "response.failed")


class Watch(Protocol):
    """Sees a stream's events as they pass."""

    facts: dict[str, int | str]
    error: str | None

    def see(self, event: Any) -> None:
        """Keep what an event says of usage."""

    def unknown(self) -> str:
        """Why the tokens are unknown, if they are at the stream's end."""


class OpenAIWatch:
    """Chat completion chunks, whose last tells the usage if asked to, and events of responses."""

    def __init__(self, *, asked: bool | None) -> None:
        self.facts: dict[str, int | str] = {}
        self.error: str | None = None
        self._asked = asked

    def see(self, event: Any) -> None:
        """Chunks repeat id and model; usage comes with the last."""
        kind = part(event, "type")
        if not isinstance(kind, str):
            if (failure := part(event, "error")) is not None:
                self.error = word(part(failure, "code")) or word(part(failure, "type")) or "error"
            elif part(event, "usage") is not None or not self.facts:
                self.facts.update(openai_answer(event))
            if tier := word(part(event, "service_tier")):
                self.facts["openai.response.service_tier"] = tier
        elif kind in _LAST or (kind == "response.created" and not self.facts):
            self._asked = None
            answer = part(event, "response")
            self.facts.update(openai_answer(answer))
            if kind == "response.failed":
                self.error = word(part(part(answer, "error"), "code")) or "error"
        elif kind == "error":
            self.error = word(part(event, "code")) or "error"

    def unknown(self) -> str:
        """Chat streams tell usage only with ``stream_options={"include_usage": True}``."""
        return "stream_without_include_usage" if self._asked is False else NO_USAGE


class AnthropicWatch:
    """``message_start`` has the input, ``message_delta`` the output and the final input."""

    def __init__(self) -> None:
        self.facts: dict[str, int | str] = {}
        self.error: str | None = None
        self._usage: dict[str, Any] = {}

    def see(self, event: Any) -> None:
        """Counts are cumulative: later ones replace earlier ones."""
        kind = part(event, "type")
        if kind == "message_start":
            message = part(event, "message")
            self._merge(part(message, "usage"))
            self.facts = anthropic_answer(message)
            # What was written when it began; the real count comes with message_delta.
            self.facts.pop(OUTPUT, None)
        elif kind == "message_delta":
            self._merge(part(event, "usage"))
            self.facts.update(anthropic_usage(self._usage))
        elif kind == "error":
            self.error = word(part(part(event, "error"), "type")) or "error"

    def _merge(self, usage: object) -> None:
        for name in _ANTHROPIC:
            if (value := part(usage, name)) is not None:
                self._usage[name] = value

    def unknown(self) -> str:
        """Nothing more is known of it."""
        return NO_USAGE


_ANTHROPIC = (
    "input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation",
    "output_tokens", "output_tokens_details", "server_tool_use", "service_tier", "inference_geo",
    "speed",
)  # fmt: skip


class BedrockWatch:
    """ConverseStream's ``metadata``, and the metrics in the last chunk of an invoked model."""

    def __init__(self) -> None:
        self.facts: dict[str, int | str] = {}
        self.error: str | None = None

    def see(self, event: Any) -> None:
        """Events are dicts of one key."""
        metadata = part(event, "metadata")
        if metadata is not None:
            self.facts.update(bedrock_usage(part(metadata, "usage")))
            if tier := word(part(part(metadata, "serviceTier"), "type")):
                self.facts["service_tier"] = tier
        body = part(part(event, "chunk"), "bytes")
        if isinstance(body, bytes) and b'"amazon-bedrock-invocationMetrics"' in body:
            metrics = part(json.loads(body), "amazon-bedrock-invocationMetrics")
            self.facts.update(bedrock_metrics(metrics))

    def unknown(self) -> str:
        """Some models count nothing."""
        return NO_USAGE


def settle(call: Call, watch: Watch, *, whole: bool, error: str | None = None) -> None:
    """The row of a stream that has ended, or was left."""
    told = INPUT in watch.facts and OUTPUT in watch.facts
    unknown = watch.unknown() if whole or told else CUT_SHORT
    call.finish(watch.facts, unknown=unknown, error=error or watch.error)
