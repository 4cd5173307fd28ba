"""Clients and answers shaped as the SDKs document theirs, and logs in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace
from typing import Any, Self

CHAT: dict[str, Any] = {
    "id": "chatcmpl-9f",
    "model": "gpt-4o-2024-08-06",
    "service_tier": "default",
    "choices": [{"message": {"content": "SECRET"}}],
    "usage": {
        "prompt_tokens": 10000,
        "completion_tokens": 500,
        "total_tokens": 10500,
        "prompt_tokens_details": {"cached_tokens": 6000},
        "completion_tokens_details": {"reasoning_tokens": 128},
    },
}
RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "model": "gpt-5-2025-08-07",
    "status": "completed",
    "service_tier": "flex",
    "usage": {
        "input_tokens": 75,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 1186,
        "output_tokens_details": {"reasoning_tokens": 1024},
    },
}
MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "model": "claude-sonnet-4-5-20250929",
    "stop_reason": "end_turn",
    "usage": {
        "input_tokens": 1500,
        "cache_read_input_tokens": 200,
        "cache_creation_input_tokens": 1500,
        "cache_creation": {"ephemeral_5m_input_tokens": 500, "ephemeral_1h_input_tokens": 1000},
        "output_tokens": 500,
        "server_tool_use": {"web_search_requests": 3},
        "output_tokens_details": {"thinking_tokens": 64},
        "service_tier": "standard",
        "inference_geo": "us",
    },
}
CHUNKS: list[Any] = [
    {"id": "chatcmpl-9f", "model": "gpt-4o-2024-08-06", "usage": None,
     "choices": [{"delta": {"content": "SECRET"}}]},
    {"id": "chatcmpl-9f", "model": "gpt-4o-2024-08-06", "usage": CHAT["usage"], "choices": []},
]  # fmt: skip
EVENTS: list[Any] = [
    {"type": "message_start",
     "message": {**MESSAGE, "usage": {**MESSAGE["usage"], "output_tokens": 1}}},
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "SECRET"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"},
     "usage": {"output_tokens": 500}},
    {"type": "message_stop"},
]  # fmt: skip


def tokens(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name.removeprefix("gen_ai.usage."): value
        for name, value in row.items()
        if name.startswith("gen_ai.usage.")
    }


CHAT_TOKENS = {
    "input_tokens": 10000,
    "cache_read.input_tokens": 6000,
    "output_tokens": 500,
    "reasoning.output_tokens": 128,
}
MESSAGE_TOKENS = {
    "input_tokens": 3200,
    "cache_read.input_tokens": 200,
    "cache_creation.input_tokens": 1500,
    "output_tokens": 500,
    "reasoning.output_tokens": 64,
}


class Rows(list[dict[str, Any]]):
    """A log that keeps its rows."""

    def record(self, row: Any) -> None:
        self.append(dict(row))


class Broken:
    """A log that fails."""

    def record(self, row: Any) -> None:
        raise RuntimeError("the log is broken")


def shape(value: Any) -> Any:
    """JSON as the attributes of objects, like an SDK's models."""
    if isinstance(value, dict):
        return SimpleNamespace(**{key: shape(inner) for key, inner in value.items()})
    return [shape(inner) for inner in value] if isinstance(value, list) else value


class Stream:
    """openai.Stream, anthropic.Stream: an iterator, closed by ``with`` or ``close``."""

    def __init__(self, events: list[Any], error: Exception | None = None) -> None:
        self.response = SimpleNamespace(status_code=200)
        self.closed = False
        self._events = self._run(events, error)

    def _run(self, events: list[Any], error: Exception | None) -> Iterator[Any]:
        yield from (shape(event) for event in events)
        if error is not None:
            raise error

    def __iter__(self) -> Iterator[Any]:
        yield from self._events

    def __next__(self) -> Any:
        return next(self._events)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.closed = True


class AsyncStream:
    """openai.AsyncStream, anthropic.AsyncStream."""

    def __init__(self, events: list[Any]) -> None:
        self.closed = False
        self._events = [shape(event) for event in events]

    async def __aiter__(self) -> AsyncIterator[Any]:
        for event in self._events:
            yield event

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        self.closed = True


Answer = Callable[[dict[str, Any]], Any]


class Method:
    """A resource of a client with ``create``; answers, or raises what is an exception."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def create(self, **named: Any) -> Any:
        found = self._answer(named)
        if isinstance(found, BaseException):
            raise found
        return found


class Required(Method):
    """Async as most of the SDKs' methods are: a plain function that returns a coroutine."""

    def create(self, **named: Any) -> Any:
        async def run() -> Any:
            return Method.create(self, **named)

        return run()


class Plain(Method):
    """Async as the others are."""

    async def create(self, **named: Any) -> Any:  # type: ignore[override]
        return Method.create(self, **named)


def openai_client(answer: Answer, kind: type[Method] = Method, **more: Any) -> Any:
    return SimpleNamespace(
        base_url="https://api.openai.com/v1/",
        chat=SimpleNamespace(completions=kind(answer)),
        responses=kind(answer),
        embeddings=kind(answer),
        **more,
    )


class Snapshots:
    """anthropic.lib.streaming.MessageStream: gathers the message while it is read."""

    def __init__(self, snapshots: list[dict[str, Any]]) -> None:
        self._left = snapshots
        self._now: Any = None

    def __iter__(self) -> Iterator[Any]:
        for snapshot in self._left:
            self._now = shape(snapshot)
            yield self._now

    async def __aiter__(self) -> AsyncIterator[Any]:
        for each in self:
            yield each

    @property
    def current_message_snapshot(self) -> Any:
        assert self._now is not None
        return self._now


class Manager:
    """anthropic's (Async)MessageStreamManager."""

    def __init__(self, found: Any) -> None:
        self._found = found
        self.left = False

    def __enter__(self) -> Any:
        if isinstance(self._found, BaseException):
            raise self._found
        return self._found

    def __exit__(self, *_: object) -> None:
        self.left = True

    async def __aenter__(self) -> Any:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        self.left = True


class Messages(Method):
    def stream(self, **named: Any) -> Manager:
        return Manager(self._answer(named))


def asked(client: Any, **more: Any) -> Any:
    return client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "SECRET"}], **more
    )
