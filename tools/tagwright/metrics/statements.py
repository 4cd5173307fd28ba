"""Statements compiled before: a question that differs in its values only has the same text."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["STATEMENTS"]

_MOST = 512

_Made = tuple[str, tuple[str, ...]]


class _Statements:
    """SQL and its columns by shape; the ones not asked for longest go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: OrderedDict[Hashable, _Made] = OrderedDict()

    def get(self, shape: Hashable, build: Callable[[], _Made]) -> _Made:
        """What ``build`` made of that shape; two threads may both build it, and make the same."""
        with self._lock:
            if (found := self._made.get(shape)) is not None:
                self._made.move_to_end(shape)
                return found
        made = build()
        with self._lock:
            self._made[shape] = made
            while len(self._made) > _MOST:
                self._made.popitem(last=False)
        return made


STATEMENTS = _Statements()
