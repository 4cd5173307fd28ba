"""Anthropic's Python client, also to Bedrock and Vertex: messages, created, parsed or streamed.

Shapes: github.com/anthropics/anthropic-sdk-python, src/anthropic/types, lib/streaming.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from tagwright.instrument.call import INSIDE, NO_USAGE, Call, Log
from tagwright.instrument.hosts import host_of, provider_of
from tagwright.instrument.quiet import error_type, quietly
from tagwright.instrument.shapes import OUTPUT, anthropic_answer, part
from tagwright.instrument.streams import watched
from tagwright.instrument.watch import CUT_SHORT, AnthropicWatch
from tagwright.instrument.wrap import Begin, Handle, inside, observed, patched

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

__all__ = ["instrument_anthropic"]

_CREATE = ("messages.create", "messages.parse", "beta.messages.create", "beta.messages.parse")
_STREAM = ("messages.stream", "beta.messages.stream")
_CLASSES = {"Bedrock": "aws.bedrock", "Vertex": "gcp.vertex_ai", "Foundry": "azure.ai.inference"}
_SDK = frozenset({"anthropic", "httpx", "httpx2", "httpcore"})


def instrument_anthropic(client: Any, log: Log, *, provider: str | None = None) -> Handle:
    """Log each call of an ``Anthropic`` or ``AsyncAnthropic`` client, or one for a cloud.

    Args:
        client: The client; what ``with_options`` makes of it is a client of its own.
        log: A :class:`UsageLog`.
        provider: Who answers, where the address is a gateway's; else it is told by the address.
    """
    name = provider or _provider(client)

    def begin(named: Mapping[str, Any]) -> Call:
        return Call(log, name, "chat", named.get("model"))

    def create(original: Any, handle: Handle) -> Any:
        return observed(original, handle, begin, _finish)

    def stream(original: Any, handle: Handle) -> Any:
        @functools.wraps(original)
        def method(*args: Any, **named: Any) -> Any:
            manager = original(*args, **named)
            if not handle.active or INSIDE.get():
                return manager
            return _Manager(manager, begin, named)

        return method

    methods = dict.fromkeys(_CREATE, create) | dict.fromkeys(_STREAM, stream)
    return patched(client, methods, "Anthropic")


def _provider(client: Any) -> str:
    for kind in type(client).__mro__:
        for word, provider in _CLASSES.items():
            if word in kind.__name__:
                return provider
    host = host_of(getattr(client, "base_url", None))
    return "anthropic" if host is None else provider_of(host) or host


def _finish(call: Call, result: Any, named: Mapping[str, Any]) -> Any:
    if hasattr(result, "http_response"):  # with_raw_response
        try:
            body = None if named.get("stream") is True else json.loads(result.http_response.content)
        except Exception:  # noqa: BLE001 - not read yet, or no JSON
            body = None
        call.finish(anthropic_answer(body), unknown="raw_response" if body is None else NO_USAGE)
    elif named.get("stream") is True:
        return watched(result, call, AnthropicWatch())
    else:
        call.finish(anthropic_answer(result))
    return result


class _Manager:
    """What ``messages.stream()`` returns: the call begins when its ``with`` is entered.

    The stream is the SDK's own; what it has gathered is read when the block is left.
    """

    def __init__(self, manager: Any, begin: Begin, named: Mapping[str, Any]) -> None:
        self._manager = manager
        self._begin = begin
        self._named = named
        self._call: Call | None = None
        self._stream: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_manager"], name)

    def __enter__(self) -> Any:
        self._call = quietly(None, self._begin, self._named)
        try:
            with inside():
                self._stream = self._manager.__enter__()
        except BaseException as error:
            self._failed(error)
            raise
        return self._stream

    async def __aenter__(self) -> Any:
        self._call = quietly(None, self._begin, self._named)
        try:
            with inside():
                self._stream = await self._manager.__aenter__()
        except BaseException as error:
            self._failed(error)
            raise
        return self._stream

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Any:
        quietly(None, self._settle, error)
        return self._manager.__exit__(kind, error, trace)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Any:
        quietly(None, self._settle, error)
        return await self._manager.__aexit__(kind, error, trace)

    def _failed(self, error: BaseException) -> None:
        if self._call is not None:
            quietly(None, self._call.fail, error)

    def _settle(self, error: BaseException | None) -> None:
        if self._call is None:
            return
        try:
            message = self._stream.current_message_snapshot
        except Exception:  # noqa: BLE001 - nothing was read: the SDK asserts that there is one
            message = None
        facts = anthropic_answer(message)
        whole = part(message, "stop_reason") is not None
        if not whole:
            facts.pop(OUTPUT, None)  # what was written when it began
        # An error of the application's own inside the block is not the call's.
        theirs = error is not None and type(error).__module__.partition(".")[0] in _SDK
        self._call.finish(
            facts,
            unknown=NO_USAGE if whole else CUT_SHORT,
            error=error_type(error) if error is not None and theirs and not whole else None,
        )
