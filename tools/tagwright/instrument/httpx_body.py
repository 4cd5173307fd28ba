"""The usage in an HTTP answer: a JSON document, or server-sent events."""

from __future__ import annotations

import json
from typing import Any

from tagwright.instrument.call import NO_USAGE, Call
from tagwright.instrument.shapes import INPUT, anthropic_answer, openai_answer, part
from tagwright.instrument.watch import CUT_SHORT, AnthropicWatch, OpenAIWatch, Watch

__all__ = ["Body"]

_LARGEST = 16 * 1024 * 1024
_TOO_LARGE = "body_too_large"


class Body:
    """An answer's body, decoded, as far as it has been read."""

    def __init__(self, response: Any, call: Call, *, known: bool, anthropic: bool) -> None:
        self.reading = False
        """Whether somebody has begun to read it."""
        self._call = call
        self._known = known
        self._anthropic = anthropic
        asked = _asked(response.request)
        call.note("gen_ai.request.model", asked.get("model"))
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        self._streamed = kind == "text/event-stream"
        self._parts: list[bytes] = []
        self._size = 0
        self._watch = AnthropicWatch() if anthropic else _openai_watch(asked)

    def feed(self, chunk: bytes) -> None:
        """Take another piece of it."""
        if self._size > _LARGEST:
            return
        self._size += len(chunk)
        self._parts.append(chunk)
        if self._streamed and b"\n" in chunk:
            *lines, rest = b"".join(self._parts).split(b"\n")
            self._parts, self._size = [rest], len(rest)
            for line in lines:
                self._line(line)
        elif self._size > _LARGEST:
            self._parts.clear()

    def _line(self, line: bytes) -> None:
        """One line of server-sent events; those that can tell no usage are not parsed."""
        if not line.startswith(b"data:"):
            return
        if b'"usage"' in line or b'"error"' in line or not self._watch.facts:
            try:
                event = json.loads(line[5:])
            except ValueError:  # "[DONE]"
                return
            self._watch.see(event)

    def end(self, *, whole: bool = False, error: str | None = None) -> None:
        """It was read to its end, or left, or failed."""
        facts: dict[str, int | str] = {}
        unknown = NO_USAGE if whole else CUT_SHORT
        if self._size > _LARGEST:
            unknown = _TOO_LARGE
        elif self._streamed:
            if whole:
                self._line(b"".join(self._parts))  # the last line may lack its end
                unknown = self._watch.unknown()
            facts, error = self._watch.facts, error or self._watch.error
        elif whole:
            answer = _json(b"".join(self._parts))
            facts = anthropic_answer(answer) if self._anthropic else openai_answer(answer)
        self._parts.clear()
        if self._known or INPUT in facts:  # else it is a path like theirs, and no more
            self._call.finish(facts, unknown=unknown, error=error)


def _openai_watch(asked: dict[str, Any]) -> Watch:
    told = part(asked.get("stream_options"), "include_usage") is True
    # Only chat and text completions have to be asked for usage; responses always tell it.
    return OpenAIWatch(asked=None if "input" in asked else told)


def _asked(request: Any) -> dict[str, Any]:
    """The request's JSON, for its model and whether usage was asked for."""
    try:
        content = request.content
    except Exception:  # noqa: BLE001 - sent as a stream
        return {}
    found = _json(content) if len(content) <= _LARGEST else None
    return found if isinstance(found, dict) else {}


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
