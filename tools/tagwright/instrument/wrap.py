"""Methods of a client replaced by ones that do the same and are watched, until taken back."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from tagwright.instrument.call import INSIDE, Call
from tagwright.instrument.quiet import quietly, warn

__all__ = ["Begin", "Finish", "Handle", "inside", "observed", "patched"]

Begin = Callable[[Mapping[str, Any]], Call]
"""Makes the call of the arguments; None in place of one means that it is not watched."""

Finish = Callable[[Call, Any, Mapping[str, Any]], Any]
"""Logs the call by its result, and returns the result, or it seen through."""

_COROUTINE = 0x80
_MARK = "__tagwright_handle__"


class Handle:
    """What is watched; :meth:`remove` ends it."""

    def __init__(self) -> None:
        self.wrapped: tuple[str, ...] = ()
        """Names of what is watched; empty where the client had nothing that is known."""
        self.active = True
        self._undo: list[Callable[[], None]] = []

    def add(self, name: str, undo: Callable[[], None]) -> None:
        """Note something that is watched, and how to end it."""
        self.wrapped = (*self.wrapped, name)
        self._undo.append(undo)

    def remove(self) -> None:
        """Put the client back as it was; calls under way are still logged."""
        self.active = False
        while self._undo:
            quietly(None, self._undo.pop())


def patched(
    client: object, methods: Mapping[str, Callable[[Any, Handle], Any]], kind: str
) -> Handle:
    """Replace those of the dotted ``methods`` that the client has; each gets one made of the old.

    A client that is watched already stays as it is, so that no call is logged twice.
    """
    handle = Handle()
    for path, make in methods.items():
        quietly(None, _patch, client, path, make, handle)
    if not handle.wrapped:
        warn(
            "No usage will be logged of %s: it is no %s client, or is instrumented already.",
            type(client).__name__,
            kind,
        )
    return handle


def _patch(client: object, path: str, make: Callable[[Any, Handle], Any], handle: Handle) -> None:
    *way, name = path.split(".")
    owner: Any = client
    for step in way:
        owner = getattr(owner, step, None)
        if owner is None:
            return
    original = getattr(owner, name, None)
    if not callable(original):
        return
    other = getattr(original, _MARK, None)
    if isinstance(other, Handle) and other.active:
        return
    wrapper = make(original, handle)
    setattr(wrapper, _MARK, handle)
    had = name in vars(owner)
    setattr(owner, name, wrapper)
    _forget_raw(owner)

    def undo() -> None:
        # Where somebody else has wrapped it since, ours stays inside theirs and only passes on.
        if vars(owner).get(name) is wrapper:
            if had:
                setattr(owner, name, original)
            else:
                delattr(owner, name)
        _forget_raw(owner)

    handle.add(path, undo)


def _forget_raw(owner: Any) -> None:
    """SDKs keep ``with_raw_response`` of the methods as they were when it was first used."""
    for name in ("with_raw_response", "with_streaming_response"):
        vars(owner).pop(name, None)


class inside:  # noqa: N801 - a block
    """While it lasts, calls further in are not logged again."""

    def __enter__(self) -> None:
        self._token = INSIDE.set(True)

    def __exit__(self, *_: object) -> None:
        with suppress(ValueError):  # a coroutine that was closed from another context
            INSIDE.reset(self._token)


def observed(original: Any, handle: Handle, begin: Begin, finish: Finish) -> Any:
    """``original``, with each call logged; sync, async, or sync that returns an awaitable."""

    def started(named: Mapping[str, Any]) -> Call | None:
        return quietly(None, begin, named) if handle.active and not INSIDE.get() else None

    @functools.wraps(original)
    def method(*args: Any, **named: Any) -> Any:
        call = started(named)
        if call is None:
            return original(*args, **named)
        try:
            with inside():
                result = original(*args, **named)
        except BaseException as error:
            quietly(None, call.fail, error)
            raise
        if hasattr(type(result), "__await__"):
            return _waited(call, result, named, finish)
        return quietly(result, finish, call, result, named)

    @functools.wraps(original)
    async def coroutine(*args: Any, **named: Any) -> Any:
        call = started(named)
        if call is None:
            return await original(*args, **named)
        return await _waited(call, original(*args, **named), named, finish)

    code = getattr(getattr(original, "__func__", original), "__code__", None)
    return coroutine if getattr(code, "co_flags", 0) & _COROUTINE else method


async def _waited(call: Call, coming: Any, named: Mapping[str, Any], finish: Finish) -> Any:
    try:
        with inside():
            result = await coming
    except BaseException as error:
        quietly(None, call.fail, error)
        raise
    return quietly(result, finish, call, result, named)
