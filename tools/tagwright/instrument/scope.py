"""Business tags of the calls made inside a ``with`` block."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tagwright.instrument.quiet import warn

if TYPE_CHECKING:
    from contextvars import Token
    from types import TracebackType

__all__ = ["Scope", "clean", "current", "tags"]

Tags = Mapping[str, str | None]

_PLAIN = (str, int, float)
_MOST = 64
_KEY, _VALUE = 128, 256
_SCOPE: ContextVar[Mapping[str, str]] = ContextVar(
    "tagwright_tags", default=MappingProxyType[str, str]({})
)
_refused: set[str] = set()


def tags(given: Mapping[str, Any] | None = None, /, **business: Any) -> Scope:
    """Business tags of every call that is made while the ``with`` block lasts.

    Scopes nest: the inner one wins, ``None`` takes an outer tag away. They follow asyncio tasks,
    and threads that are started with a copy of the context (``asyncio.to_thread``,
    ``contextvars.copy_context().run``). A mapping may be given for keys like ``cost-center``.
    """
    return Scope(clean({**(given or {}), **business}))


class Scope:
    """What :func:`tags` returns: a context manager, for one ``with``."""

    __slots__ = ("_own", "_tokens")

    def __init__(self, own: Tags) -> None:
        self._own = own
        self._tokens: list[Token[Mapping[str, str]]] = []

    def __enter__(self) -> None:
        merged = {**_SCOPE.get(), **self._own}
        kept = {key: value for key, value in merged.items() if value is not None}
        self._tokens.append(_SCOPE.set(kept))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Left in another context than it was entered in, it ends with that context.
        with suppress(ValueError, IndexError):
            _SCOPE.reset(self._tokens.pop())


def current() -> Mapping[str, str]:
    """The tags in force here; not to be changed."""
    return _SCOPE.get()


def clean(given: Mapping[str, Any]) -> Tags:
    """Short texts: numbers and ids as text; what is no plain value is left out, and said once."""
    kept: dict[str, str | None] = {}
    for key, value in given.items():
        if len(kept) == _MOST:
            break
        if value is None or isinstance(value, _PLAIN) or type(value).__name__ == "UUID":
            kept[str(key)[:_KEY]] = None if value is None else str(value)[:_VALUE]
        elif str(key) not in _refused and len(_refused) < _MOST:
            _refused.add(str(key))
            warn(
                "Tag %.128s is left out: a tag is text or a number, not %s.",
                key,
                type(value).__name__,
            )
    return kept
