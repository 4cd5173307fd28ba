"""What comes from a workspace that the app is not installed in is not worked on."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tagwright.blocks import sentence
from tagwright.state import append
from tagwright_agent.slack.calls import NeverError
from tagwright_agent.slack.deliver import respond
from tagwright_agent.slack.say import to_one

if TYPE_CHECKING:
    import datetime as dt

    from tagwright.state import State
    from tagwright_agent.slack.arrivals import Arrival
    from tagwright_agent.slack.workspaces import NotInstalledError

__all__ = ["refused"]

_SAID: set[tuple[str, str, str]] = set()
_LOCK = threading.Lock()


def refused(state: State, arrival: Arrival, why: NotInstalledError, now: dt.datetime) -> None:
    """Say so to who gave a command or pressed, and to the journal once a workspace and day.

    Without a token nobody else can be told. Once a day and process: who is refused does not fill
    the journal.

    Raises:
        LaterError: Slack cannot be reached.
        TagwrightError: The state store cannot be written.
    """
    if arrival.response_url:
        text = "Tagwright is not installed in this workspace, so it says nothing here."
        for one in to_one([sentence(text)]):
            try:
                respond(arrival.response_url, one["message"])
            except NeverError:  # it is no more open: nobody waits there
                break
    which = (str(state.engine.url), why.team, f"{now:%Y-%m-%d}")
    body = {"workspace": why.team, "why": "not installed"}
    with _LOCK:
        if which not in _SAID:
            state.transact(lambda con: append(con, "slack_refused", None, body, now))
            _SAID.add(which)  # only now: a store that was away for a moment is written to again
