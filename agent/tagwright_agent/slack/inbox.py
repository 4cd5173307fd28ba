"""The queue of what came from Slack: each thing once, over all processes of a home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.state import jobs, open_state

if TYPE_CHECKING:
    import datetime as dt

    from tagwright.config import Settings
    from tagwright_agent.slack.arrivals import Arrival

__all__ = ["QUEUE", "store"]

QUEUE = "slack"


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
