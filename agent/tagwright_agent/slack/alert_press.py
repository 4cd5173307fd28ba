"""What a press on an alert's button does: who saw it, who planned it, who wants quiet.

Who pressed is the team and user of the request that Slack signed. The round of
:mod:`tagwright_agent.slack.tell` takes it and shows it in the message.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tagwright.alerts import may_see, needed
from tagwright.errors import AccessError
from tagwright.people import by_rule, load_people, require
from tagwright.state import jobs, open_state
from tagwright.state.journal import append
from tagwright_agent.slack.alert_message import ANSWERS
from tagwright_agent.slack.tell import PRESSES, ROUND

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy import Connection

    from tagwright.config import Settings
    from tagwright.people import Principal
    from tagwright_agent.slack.arrivals import Arrival

__all__ = ["alert_pressed"]


def alert_pressed(
    settings: Settings, arrival: Arrival, who: Principal, now: dt.datetime
) -> list[dict[str, Any]]:
    """Keep what was pressed; no message, since it shows itself.

    Args:
        settings: Where the state is.
        arrival: Of kind ``action``.
        who: Pressed.
        now: Aware UTC.

    Raises:
        AccessError: They may not answer it: told to them.
        BusyError: The state store stayed locked: to be tried again.
    """
    value = json.loads(str(arrival.action["value"]))
    _require(settings, who, str(value["as"]), value["team"])
    what, _ = ANSWERS[str(arrival.action["id"])]
    said = {"key": str(value["key"]), "what": what, "by": who.person, "at": now.isoformat()}

    def work(con: Connection) -> None:
        if jobs.add(con, PRESSES, arrival.key[:128], said, now):
            body = {"cause": said["key"].partition("/")[0], "by": who.person, "channel":
                    f"{arrival.team}/{arrival.channel}"}  # fmt: skip
            append(con, f"alert_{what}", None, body, now)

    state = open_state(settings)
    try:
        state.transact(work)
        jobs.hasten(state, ROUND, "round", now)
    finally:
        state.close()
    return []


def _require(settings: Settings, who: Principal, asked_as: str, team: str | None) -> None:
    """Refuse who is nobody, or may not see what it says."""
    people = load_people(settings)
    require(people, who, "ask")
    wanted = needed(people, by_rule(settings, asked_as), team)
    if not who.person or not may_see(people, who, wanted):
        raise AccessError(
            "This alert is about more than you may see, so you cannot answer it.",
            hint="What each sees stands in people.yaml; see docs/people.md.",
        )
