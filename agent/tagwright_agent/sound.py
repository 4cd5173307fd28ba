"""What a model said, made such that it can be kept, told apart and answered.

A provider may send anything: half a call, an id twice, figures no store can hold. None of that may
end a conversation, or put one call's result under another.
"""

from __future__ import annotations

import json
import math
import uuid
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage

from tagwright.text import clean
from tagwright_agent.messages import OURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from langchain_core.messages import AIMessageChunk, AnyMessage

__all__ = ["sound", "whole_calls"]

_DEPTH = 16
_LARGEST = 1 << 63
_BROKEN = 200
"""So many characters of a broken call are told to the model that made it."""


def whole_calls(heard: AIMessageChunk) -> dict[str, Any]:
    """The calls of a streamed message, as fields of an ``AIMessage``.

    Langchain completes the JSON of a call that was cut off: a call whose filter never arrived would
    run without it. Here a call is whole, or among ``invalid_tool_calls``.
    """
    calls: list[dict[str, Any]] = []
    broken: list[dict[str, Any]] = []
    for piece in heard.tool_call_chunks:
        try:
            arguments = json.loads(piece["args"] or "{}")
        except (ValueError, RecursionError):
            arguments = None
        if isinstance(arguments, dict) and piece["name"]:
            calls.append({"name": piece["name"], "args": arguments, "id": piece["id"]})
        else:
            broken.append({key: piece[key] for key in ("name", "args", "id")} | {"error": None})
    return {
        "tool_calls": [{**call, "type": "tool_call"} for call in calls],
        "invalid_tool_calls": [{**call, "type": "invalid_tool_call"} for call in broken],
    }


def sound(said: Any, before: Iterable[AnyMessage], *, ours: bool) -> AIMessage:
    """The message with its own id, calls that are told apart, and nothing that cannot be kept.

    What our planner notes on its answers, and is believed, no model can note. A call that is broken
    stays, as one that will fail, so that its model hears of it.

    Args:
        said: By a model, or by our planner.
        before: The conversation till then: an id that one of its calls has is not used again, so
            that each result answers one call.
        ours: Whether our planner said it.
    """
    message = said if isinstance(said, AIMessage) else AIMessage(said.text)
    seen = {
        call["id"] for item in before if isinstance(item, AIMessage) for call in item.tool_calls
    }
    calls: list[dict[str, Any]] = []
    for item in [*map(_kept, message.tool_calls), *map(_failing, message.invalid_tool_calls)]:
        given = item["id"]
        fresh = isinstance(given, str) and given not in seen and given == clean(given)
        call_id = given if fresh else uuid.uuid4().hex
        seen.add(call_id)
        calls.append({**item, "id": call_id, "type": "tool_call"})
    update: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "tool_calls": calls,
        "invalid_tool_calls": [],
        "usage_metadata": None,  # has been counted, and may be anything
    }
    if not ours:
        update |= {
            "content": _text(message.content),
            "additional_kwargs": _noted(message.additional_kwargs),
            "response_metadata": _noted(message.response_metadata),
        }
    return message.model_copy(update=update)


def _kept(call: Mapping[str, Any]) -> dict[str, Any]:
    if not _can_be_kept(call["args"]):
        return _failing({**call, "args": "more than a call can hold"})
    return {"name": clean(call["name"]), "args": call["args"], "id": call["id"]}


def _failing(call: Mapping[str, Any]) -> dict[str, Any]:
    """A call that its tool refuses: no tool has such an argument."""
    said = clean((call["args"] or "")[:_BROKEN])
    return {
        "name": clean(call["name"] or "unknown"),
        "args": {"invalid_json": said},
        "id": call["id"],
    }


def _noted(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What a provider noted, as far as a store can hold it."""
    return {
        name: value
        for name, value in metadata.items()
        if not name.startswith(OURS) and _can_be_kept(value)
    }


def _can_be_kept(value: object, depth: int = _DEPTH) -> bool:
    """Whether it is JSON that every store and protocol can hold: UTF-8, 64 bits, no abyss."""
    if isinstance(value, str):
        return bool(_text(value) == value)
    if value is None or isinstance(value, bool | bytes):
        return True
    if isinstance(value, int):
        return -_LARGEST <= value < _LARGEST
    if isinstance(value, float):
        return math.isfinite(value)
    if not depth or not isinstance(value, dict | list | tuple):
        return False
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    keys = value if isinstance(value, dict) else ()
    return all(isinstance(key, str) for key in keys) and all(
        _can_be_kept(part, depth - 1) for part in parts
    )


def _text(content: Any) -> Any:
    """Text that UTF-8 can write; of lists of blocks, those that can be kept."""
    if isinstance(content, str):
        return content.encode("utf-8", "replace").decode("utf-8")
    return [
        _text(part) if isinstance(part, str) else part
        for part in content
        if isinstance(part, str) or _can_be_kept(part)
    ]
