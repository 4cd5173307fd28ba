"""The queues of Slack: each thing once, over all processes of a home."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from tagwright.errors import BusyError, DataError, TagwrightError
from tagwright.state import jobs, open_state
from tagwright.text import internal_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagwright.config import Settings
    from tagwright.state import State
    from tagwright.state.jobs import Job
    from tagwright_agent.slack.arrivals import Arrival

__all__ = ["QUEUE", "TRIES", "ensure", "store", "take_one"]

_LOG = logging.getLogger("tagwright.slack")

QUEUE = "slack"
TRIES = 12
"""How often a thing is tried before it is given up, which the journal says."""
_AGAIN = dt.timedelta(seconds=30)


def store(settings: Settings, arrival: Arrival, now: dt.datetime) -> bool:
    """Keep it, durably; False where it was kept before.

    Raises:
        TagwrightError: The state store cannot be written: Slack is to send it again.
    """
    state = open_state(settings)
    try:
        return jobs.put(state, QUEUE, arrival.key[:128], arrival.as_dict(), now)
    finally:
        state.close()


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
    tried again. A fault of ours ends that job alone: else a question that meets one would take
    every worker with it, one after the other.

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
            work(state, job)
        except BusyError:
            _LOG.info("Another process took %s over.", job.key)
        except TagwrightError as error:
            again = now() + _AGAIN if job.attempts < TRIES else None
            jobs.fail(state, job, str(error), again, now())
        except Exception as error:  # noqa: BLE001  it is said where people look, see above
            _LOG.error("%s: %s", job.key, internal_fault(error))
            jobs.fail(state, job, internal_fault(error), None, now())
        return True
    finally:
        state.close()
