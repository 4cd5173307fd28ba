"""Slack says how long it wants no more calls of a method; until then nobody here makes one.

What is said to one worker holds for all of this process: a method of a workspace (its token) rests
as a whole, others go on. A call within the time is refused here, as Slack would refuse it, so that
the worker gives its job back and does something else instead of standing still. Another process
learns the same by its own first call, once in each pause: that is a call a process, for which no
table is kept that every call of every process would have to read.

Source: https://docs.slack.dev/apis/web-api/rate-limits .
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from tagwright_agent.slack.calls import waits_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PacedClient", "Pauses"]

Key = tuple[str, str, str]


class Pauses:
    """Which methods rest, and until when; safe under threads.

    Args:
        clock: Seconds, ever growing.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until: dict[Key, float] = {}

    def begin(self, key: Key, seconds: float) -> None:
        """It rests so long from now on; what was said before and is longer stays."""
        with self._lock:
            self._until[key] = max(self._until.get(key, 0.0), self._clock() + seconds)

    def left(self, key: Key) -> float:
        """Seconds that are left; 0 where it may be called."""
        with self._lock:
            return max(0.0, self._until.get(key, 0.0) - self._clock())


PAUSES = Pauses()
"""Of this process."""


class PacedClient(WebClient):
    """A client of the Web API that calls no method which Slack wants left alone."""

    def api_call(self, api_method: str, **more: Any) -> SlackResponse:
        """As the SDK's, by keyword.

        Raises:
            SlackApiError: As Slack says; ``ratelimited``, status 429, also where it said so before
                and the time is not over.
        """
        key = (self.base_url, str(self.token), api_method)
        if left := PAUSES.left(key):
            refusal = self._refusal(api_method, left)
            raise SlackApiError("Slack wants fewer of it.", refusal)  # type: ignore[no-untyped-call]
        try:
            return super().api_call(api_method, **more)
        except SlackApiError as error:
            if (seconds := waits_of(error)) is not None:
                PAUSES.begin(key, seconds)
            raise

    def _refusal(self, api_method: str, left: float) -> SlackResponse:
        return SlackResponse(
            client=self, http_verb="POST", api_url=self.base_url + api_method, req_args={},
            data={"ok": False, "error": "ratelimited"}, status_code=429,
            headers={"Retry-After": str(math.ceil(left))},
        )  # fmt: skip
