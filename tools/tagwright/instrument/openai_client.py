"""OpenAI's Python client, and Azure's and others' by it: chat completions, responses, embeddings.

Shapes: github.com/openai/openai-python, src/openai/types. Requests are sent as the application
wrote them; a chat stream tells its usage only if the application asked for it
(``stream_options={"include_usage": True}``), and is else logged without tokens.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tagwright.instrument.call import Call, Log
from tagwright.instrument.hosts import host_of, provider_of
from tagwright.instrument.shapes import openai_answer, part
from tagwright.instrument.streams import watched
from tagwright.instrument.watch import OpenAIWatch
from tagwright.instrument.wrap import Handle, observed, patched

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["instrument_openai"]

_METHODS = {
    "chat.completions.create": "chat",
    "chat.completions.parse": "chat",
    "beta.chat.completions.create": "chat",
    "beta.chat.completions.parse": "chat",
    "responses.create": "chat",
    "responses.parse": "chat",
    "completions.create": "text_completion",
    "embeddings.create": "embeddings",
}
_RAW = "raw_response"


def instrument_openai(client: Any, log: Log, *, provider: str | None = None) -> Handle:
    """Log each call of an ``OpenAI``, ``AsyncOpenAI`` or Azure client.

    Args:
        client: The client; what ``with_options`` makes of it is a client of its own.
        log: A :class:`UsageLog`.
        provider: Who answers, where the address is a gateway's; else it is told by the address.
    """
    name = provider or _provider(client)

    def made(operation: str) -> Any:
        def begin(named: Mapping[str, Any]) -> Call:
            return Call(log, name, operation, named.get("model"))

        return lambda original, handle: observed(original, handle, begin, _finish)

    return patched(client, {path: made(kind) for path, kind in _METHODS.items()}, "OpenAI")


def _provider(client: Any) -> str:
    """By the client's class, then by its address; a host that is nobody's is itself the name."""
    if any("Azure" in kind.__name__ for kind in type(client).__mro__):
        return "azure.ai.openai"
    host = host_of(getattr(client, "base_url", None))
    return "openai" if host is None else provider_of(host) or host


def _finish(call: Call, result: Any, named: Mapping[str, Any]) -> Any:
    if hasattr(result, "http_response"):
        _raw(call, result, streamed=named.get("stream") is True)
    elif named.get("stream") is True:
        asked = part(named.get("stream_options"), "include_usage") is True
        return watched(result, call, OpenAIWatch(asked=asked))
    else:
        status = part(result, "status")
        late = status in ("queued", "in_progress")  # background=True: it is billed when it is done
        call.finish(openai_answer(result), **({"unknown": "response_not_finished"} if late else {}))
    return result


def _raw(call: Call, result: Any, *, streamed: bool) -> None:
    """``with_raw_response``: the body, where the SDK has read it; it is never read for us."""
    try:
        body = None if streamed else json.loads(result.http_response.content)
    except Exception:  # noqa: BLE001 - not read yet, or no JSON
        body = None
    call.finish(openai_answer(body), unknown=_RAW if body is None else "no_usage_in_response")
