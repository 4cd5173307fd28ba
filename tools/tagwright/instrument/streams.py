"""Streams as the SDK returned them, seen through: every event passes on, in its own time."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tagwright.instrument.quiet import error_type, quietly
from tagwright.instrument.watch import settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from types import TracebackType

    from tagwright.instrument.call import Call
    from tagwright.instrument.watch import Watch

__all__ = ["watched"]


def watched(stream: Any, call: Call, watch: Watch) -> Any:
    """``stream``, with its usage logged when it ends, fails, is closed or is forgotten."""
    # aiobotocore's streams have both, and their __iter__ raises.
    return (_Async if hasattr(type(stream), "__aiter__") else _Sync)(stream, call, watch)


class _Seen:
    """Looks like the stream it holds: attributes, ``isinstance``, assignments."""

    def __init__(self, stream: Any, call: Call, watch: Watch) -> None:
        held = self.__dict__
        held["_tw_stream"] = stream
        held["_tw_call"] = call
        held["_tw_watch"] = watch
        held["_tw_events"] = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_tw_stream"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__dict__["_tw_stream"], name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self.__dict__["_tw_stream"], name)

    def __repr__(self) -> str:
        return repr(self.__dict__["_tw_stream"])

    @property
    def __class__(self) -> Any:
        return type(self.__dict__["_tw_stream"])

    @__class__.setter
    def __class__(self, value: Any) -> None:
        raise TypeError("the class of a stream cannot be set")

    def _tw_end(self, *, whole: bool = False, error: BaseException | None = None) -> None:
        held = self.__dict__
        if not held["_tw_call"].done:
            kind = None if error is None else error_type(error)
            settle(held["_tw_call"], held["_tw_watch"], whole=whole, error=kind)

    def __del__(self) -> None:
        with suppress(Exception):  # perhaps the interpreter ends
            self._tw_end()


class _Sync(_Seen):
    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        held = self.__dict__
        try:
            if held["_tw_events"] is None:
                held["_tw_events"] = iter(held["_tw_stream"])
            event = next(held["_tw_events"])
        except StopIteration:
            quietly(None, self._tw_end, whole=True)
            raise
        except BaseException as error:
            quietly(None, self._tw_end, error=error)
            raise
        quietly(None, held["_tw_watch"].see, event)
        return event

    def __enter__(self) -> Any:
        self.__dict__["_tw_stream"].__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Any:
        quietly(None, self._tw_end)
        return self.__dict__["_tw_stream"].__exit__(kind, error, trace)

    def close(self) -> Any:
        quietly(None, self._tw_end)
        return self.__dict__["_tw_stream"].close()


class _Async(_Seen):
    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        held = self.__dict__
        try:
            if held["_tw_events"] is None:
                held["_tw_events"] = aiter(held["_tw_stream"])
            event = await anext(held["_tw_events"])
        except StopAsyncIteration:
            quietly(None, self._tw_end, whole=True)
            raise
        except BaseException as error:
            quietly(None, self._tw_end, error=error)
            raise
        quietly(None, held["_tw_watch"].see, event)
        return event

    async def __aenter__(self) -> Any:
        await self.__dict__["_tw_stream"].__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Any:
        quietly(None, self._tw_end)
        return await self.__dict__["_tw_stream"].__aexit__(kind, error, trace)

    def close(self) -> Any:
        quietly(None, self._tw_end)
        return self.__dict__["_tw_stream"].close()

    def aclose(self) -> Any:
        quietly(None, self._tw_end)
        return self.__dict__["_tw_stream"].aclose()
