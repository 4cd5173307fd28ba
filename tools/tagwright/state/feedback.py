"""What people say of answers: good or bad, one word a person and answer, their last."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tagwright.state.store import State

__all__ = ["Feedback", "feedback_of", "keep_feedback"]


@dataclass(frozen=True)
class Feedback:
    """One person's word on one answer.

    Attributes:
        thread: The conversation.
        number: Of the turn, from 1.
        person: Who says so.
        good: What.
        at: When; aware.
        question: What was asked.
    """

    thread: str
    number: int
    person: str
    good: bool
    at: dt.datetime
    question: str


def keep_feedback(state: State, item: Feedback) -> None:
    """Keep it in place of what the person said before; not of what they said since."""
    from tagwright.state.tables import feedback

    values = {"good": int(item.good), "at": _text(item.at), "question": item.question}
    key = {"thread": item.thread, "number": item.number, "person": item.person}
    mine = [feedback.c[name] == value for name, value in key.items()]

    def work(con: Connection) -> None:
        said = con.execute(feedback.select().where(*mine)).first()
        if said is None:
            con.execute(feedback.insert().values(**key, **values))
        elif said.at <= values["at"]:
            con.execute(feedback.update().where(*mine).values(**values))

    state.transact(work)


def feedback_of(state: State, person: str | None = None) -> list[Feedback]:
    """What everybody said, or that person, newest first."""
    from tagwright.state.tables import feedback

    query = feedback.select().order_by(feedback.c.at.desc(), feedback.c.thread, feedback.c.number)
    if person is not None:
        query = query.where(feedback.c.person == person)
    with state.reading() as con:
        rows = con.execute(query).all()
    return [
        Feedback(
            row.thread, row.number, row.person, bool(row.good), dt.datetime.fromisoformat(row.at),
            row.question,
        )
        for row in rows
    ]  # fmt: skip


def _text(moment: dt.datetime) -> str:
    """Text of one length, so that it is ordered by time."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")
