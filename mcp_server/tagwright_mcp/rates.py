"""How often somebody may come: a bucket each, which fills as time passes."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Rates"]

_MOST = 10_000


class Rates:
    """So many requests a minute by key, in a burst or evenly.

    Of more keys than are kept the one that came longest ago starts anew: its bucket is, but for a
    flood of keys, full by then.

    Args:
        a_minute: Requests a minute.
        clock: Seconds that only grow.
    """

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(a_minute)
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str) -> float:
        """Take one; 0 where there was one, else the seconds until there is."""
        now = self._clock()
        left, since = self._left.pop(key, (self._most, now))
        left = min(self._most, left + (now - since) * self._most / 60)
        gone = left >= 1
        self._left[key] = (left - 1 if gone else left, now)
        if len(self._left) > _MOST:
            self._left.popitem(last=False)
        return 0.0 if gone else (1 - left) * 60 / self._most
