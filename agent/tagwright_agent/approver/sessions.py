"""Who is signed in at the page: sessions in memory, and the one-time link of one person."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagwright.people import Door

__all__ = ["Link", "Session", "Sessions"]

_SESSION_SECONDS = 8 * 3600
_LINK_SECONDS = 600


@dataclass(frozen=True)
class Session:
    """One browser in which somebody signed in.

    Attributes:
        door: Who they are now; asked for each request, so that people.yaml holds at once.
        csrf: What each of its forms says again.
        ends: On the clock of :class:`Sessions`.
    """

    door: Door
    csrf: str
    ends: float


class Sessions:
    """All that are signed in; a restart signs everybody out.

    Args:
        clock: Seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[str, Session] = {}
        self._lock = threading.Lock()

    def start(self, door: Door) -> str:
        """A new session of eight hours; the cookie's value."""
        now, cookie = self._clock(), secrets.token_urlsafe(32)
        with self._lock:
            self._known = {key: it for key, it in self._known.items() if it.ends > now}
            self._known[_key(cookie)] = Session(
                door, secrets.token_urlsafe(32), now + _SESSION_SECONDS
            )
        return cookie

    def of(self, cookie: str) -> Session | None:
        """The session of a cookie; None where there is none or its time is over."""
        found = self._known.get(_key(cookie))
        return found if found is not None and found.ends > self._clock() else None

    def end(self, cookie: str) -> None:
        """Sign out."""
        with self._lock:
            self._known.pop(_key(cookie), None)


def _key(cookie: str) -> str:
    """What is looked up: how long it takes tells nothing of the cookie."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogateescape")).hexdigest()


class Link:
    """A token of 256 bits that signs one browser in, once, within ten minutes.

    Args:
        clock: Seconds.

    Attributes:
        token: For the terminal, and nowhere else.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.token = secrets.token_urlsafe(32)
        self._clock = clock
        self._ends = clock() + _LINK_SECONDS
        self._lock = threading.Lock()

    def take(self, given: str) -> bool:
        """Whether it is the token, in time and for the first time."""
        with self._lock:
            same = hmac.compare_digest(
                given.encode("utf-8", "surrogateescape"), self.token.encode()
            )
            if not same or self._clock() >= self._ends:
                return False
            self._ends = self._clock()
            return True
