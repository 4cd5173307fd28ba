"""The queues of Slack: each thing once, over all processes of a home."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.errors import BusyError, DataError, TagwrightError
from tagwright.state import jobs, open_state
from tagwright.text import internal_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from tagwright.config import Settings
    from tagwright.state import State
    from tagwright.state.jobs import Job
    from tagwright_agent.slack.arrivals import Arrival

__all__ = ["QUEUE", "TRIES", "Inbox", "ensure", "take_one"]

_LOG = logging.getLogger("tagwright.slack")

QUEUE = "slack"
TRIES = 12
"""How often a thing is tried before it is given up, which the journal says."""
_AGAIN = dt.timedelta(seconds=30)
_BEAT = 15.0
"""Seconds between two heartbeats; a job is anybody's after jobs.STALE without one."""


class Inbox:
    """Stores what comes, safe under threads: what waits together is one transaction.

    Nearly all that storing takes is the disk's own time to have it durably. So whoever comes to
    write takes along what came meanwhile, and a flood costs no more writes than the disk can do.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._writing = threading.Lock()
        self._waiting: deque[_Waiting] = deque()

    def store(self, arrival: Arrival, now: dt.datetime) -> bool:
        """Keep it, durably; False where it was kept before.

        Raises:
            TagwrightError: The state store cannot be written: Slack is to send it again.
        """
        mine = _Waiting(arrival, now)
        self._waiting.append(mine)
        with self._writing:
            if mine.new is None and mine.error is None:
                self._write([self._waiting.popleft() for _ in range(len(self._waiting))])
        if mine.error is not None:
            raise mine.error
        return bool(mine.new)

    def _write(self, together: list[_Waiting]) -> None:
        """What goes wrong with the store is told to each; what with one of them, to that alone."""

        def work(con: Connection) -> list[bool]:
            return [
                jobs.add(con, QUEUE, one.key[:128], one.as_dict(), it.at, line=one.line)
                for it in together
                for one in (it.arrival,)
            ]

        try:
            state = open_state(self._settings)
            try:
                found = state.transact(work)
            finally:
                state.close()
        except TagwrightError as error:
            for it in together:
                it.error = error
            return
        except Exception as error:  # noqa: BLE001  it is raised where that one came
            if len(together) == 1:
                together[0].error = error
                return
            for it in together:
                self._write([it])
            return
        for it, new in zip(together, found, strict=True):
            it.new = new


@dataclass
class _Waiting:
    """One thing to be stored, and what came of it."""

    arrival: Arrival
    at: dt.datetime
    new: bool | None = None
    error: Exception | None = None


_ENSURED: set[tuple[str, str | None, str, str]] = set()


def ensure(settings: Settings, queue: str, key: str, now: dt.datetime) -> None:
    """Have a job that never ends in its queue; looked at once in this process.

    Raises:
        TagwrightError: The state store cannot be written.
    """
    which = (str(settings.home), settings.state_url, queue, key)
    if which in _ENSURED:
        return
    state = open_state(settings)
    try:
        jobs.put(state, queue, key, {}, now)
    finally:
        state.close()
    _ENSURED.add(which)


def take_one(
    settings: Settings,
    queue: str,
    owner: str,
    now: Callable[[], dt.datetime],
    work: Callable[[State, Job], None],
) -> bool:
    """Take one job of a queue and do it; whether there was one.

    What fails by something that may be mended (a file half-written, a store away for a moment) is
    tried again. However long Slack takes, nobody else takes the job meanwhile. A fault of ours ends
    that job alone: else a question that meets one would take every worker with it, one after the
    other.

    Raises:
        TagwrightError: The state store cannot be used.
    """
    state = open_state(settings)
    try:
        try:
            job = jobs.take(state, queue, owner, now())
        except DataError as error:
            _LOG.warning("%s", error)
            return True
        if job is None:
            return False
        try:
            with _beating(settings, job, now):
                work(state, job)
        except BusyError:
            _LOG.info("Another process took %s over.", job.key)
        except TagwrightError as error:
            again = now() + _AGAIN if job.tries < TRIES else None
            jobs.fail(state, job, str(error), again, now())
        except Exception as error:  # noqa: BLE001  it is said where people look, see above
            _LOG.error("%s: %s", job.key, internal_fault(error))
            jobs.fail(state, job, internal_fault(error), None, now())
        return True
    finally:
        state.close()


@contextlib.contextmanager
def _beating(settings: Settings, job: Job, now: Callable[[], dt.datetime]) -> Iterator[None]:
    """Say that we are alive while the work goes on: a call of Slack's may be waited for long."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(_BEAT):
            try:
                state = open_state(settings)
                try:
                    jobs.beat(state, job, now())
                finally:
                    state.close()
            except TagwrightError as error:  # another has it, which the work itself will meet
                _LOG.info("%s is not said to be worked on: %s", job.key, error)

    thread = threading.Thread(target=beat, name="slack-beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
