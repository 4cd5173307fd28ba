"""Where the Slack app was installed: one row a workspace or organisation, its token sealed.

Nothing here can open what is sealed: whoever reads the state store has no token by that.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.state.journal import append

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tagwright.state.store import State

__all__ = ["Installation", "drop_installation", "installations_of", "keep_installation"]

_QUEUES = ("slack", "slack_plan", "slack_schedule")


@dataclass(frozen=True)
class Installation:
    """One.

    Attributes:
        id: Of the workspace (``T…``) or the organisation (``E…``).
        name: As Slack has it, at most 200 characters.
        sealed: The bot token, for who holds the key.
        by: The Slack user who installed it.
        at: When; aware.
    """

    id: str
    name: str
    sealed: str
    by: str
    at: dt.datetime


def keep_installation(state: State, item: Installation) -> None:
    """Keep it, in place of what was kept of that workspace; the journal says so."""
    from tagwright.state.tables import slack_installations as table

    values = {"name": item.name[:200], "sealed": item.sealed, "by": item.by, "at": _text(item.at)}

    def work(con: Connection) -> None:
        con.execute(table.delete().where(table.c.id == item.id))
        con.execute(table.insert().values(id=item.id, **values))
        append(con, "slack_installed", None, {"workspace": item.id, "by": item.by}, item.at)

    state.transact(work)


def drop_installation(
    state: State, workspace: str, why: str, went_at: dt.datetime, now: dt.datetime
) -> bool:
    """Forget it, unless it was installed again since ``went_at``, and end its waiting jobs.

    One entry of the journal says it, and how many jobs that were; none where there was nothing to
    forget or to end, as of a workspace that was never installed here. One that no row is of (its
    token stands in the environment) keeps that token; its jobs end as well.

    Args:
        state: The store.
        workspace: Its id, or the organisation's.
        why: What Slack said.
        went_at: When it did, aware.
        now: Aware.

    Returns:
        Whether it went; not where it was installed anew since.
    """
    from tagwright.state.tables import jobs
    from tagwright.state.tables import slack_installations as table

    def work(con: Connection) -> bool:
        kept = con.execute(table.select().where(table.c.id == workspace)).first()
        if kept is not None and kept.at > _text(went_at):
            return False
        con.execute(table.delete().where(table.c.id == workspace))
        waiting = con.execute(
            jobs.select().where(jobs.c.kind.in_(_QUEUES), jobs.c.state == "waiting")
        ).all()
        ended = [row.id for row in waiting if _team_of(row.body) == workspace]
        for one in ended:
            con.execute(
                jobs.update().where(jobs.c.id == one).values(state="failed", changed_at=_text(now))
            )
        if kept is not None or ended:
            body = {"workspace": workspace, "why": why, "jobs_ended": len(ended)}
            append(con, "slack_removed", None, body, now)
        return True

    return state.transact(work)


def installations_of(state: State) -> list[Installation]:
    """All, by their ids."""
    from tagwright.state.tables import slack_installations as table

    with state.reading() as con:
        rows = con.execute(table.select().order_by(table.c.id)).all()
    return [
        Installation(row.id, row.name, row.sealed, row.by, dt.datetime.fromisoformat(row.at))
        for row in rows
    ]


def _team_of(text: str) -> str:
    """The workspace that a job of Slack's is for."""
    try:
        body = json.loads(text)
    except ValueError:  # damaged: whoever takes it says so
        return ""
    came = body.get("came", body)
    return str(came.get("team") or "")


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")
