"""A call while it runs: what it is doing, and whether whoever made it gave it up."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tagwright.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Call"]


class Call:
    """Between who makes a call and what works on it, in another thread.

    Attributes:
        doing: What it is doing now, as a sentence without data; empty where nobody said it.
    """

    def __init__(self) -> None:
        self.doing = ""
        self._lock = threading.Lock()
        self._stops: dict[object, Callable[[], None]] = {}
        self._why = ""

    @property
    def given_up(self) -> bool:
        """Whether nobody waits for it any more."""
        return bool(self._why)

    def give_up(self, why: str = "The call was given up.") -> None:
        """Stop what works on it, at once; what it would do next is refused. From any thread."""
        with self._lock:
            # Under the lock: what ended by itself must not be stopped when it serves somebody else.
            self._why = self._why or why
            for stop in self._stops.values():
                stop()

    def check(self) -> None:
        """Go no further where nobody waits.

        Raises:
            BusyError: It was given up.
        """
        if self._why:
            raise BusyError(self._why, hint="Ask again, perhaps for less.")

    def step(self, doing: str) -> None:
        """Say what comes now; see :attr:`doing`.

        Raises:
            BusyError: It was given up.
        """
        self.check()
        self.doing = doing

    @contextmanager
    def stopped_by(self, stop: Callable[[], None]) -> Iterator[None]:
        """Have ``stop`` called where the call is given up before the block is done.

        It is called from another thread, under a lock: it must not wait.

        Raises:
            BusyError: It was given up already.
        """
        token = object()
        with self._lock:
            self.check()
            self._stops[token] = stop
        try:
            yield
        finally:
            with self._lock:
                del self._stops[token]
