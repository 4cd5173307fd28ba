"""What a press under an answer does: a page, its receipt, its rows as a file, whether it is good.

Who pressed is the team and user of the request that Slack signed; the button says only which answer
is meant (:mod:`tagwright_agent.slack.pages`). A press changes nothing but what is shown.

Source: https://docs.slack.dev/interactivity/handling-user-interaction
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, Note, joined, sentence
from tagwright.receipts import more_rows
from tagwright.render.slack import slack_messages
from tagwright.reports.rows_csv import rows_csv
from tagwright.state import Feedback, keep_feedback, open_state
from tagwright.text import clean, shorten
from tagwright_agent.slack.audience import AUDIENCE
from tagwright_agent.slack.pages import (
    CSV,
    FEEDBACK,
    NEXT,
    PREVIOUS,
    Handle,
    KeptAnswer,
    kept_answer,
)
from tagwright_agent.slack.receipts import RECEIPT, named_in, shown
from tagwright_agent.slack.upload import Place, direct_to, upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk import WebClient

    from tagwright.config import Settings
    from tagwright.people import Principal
    from tagwright_agent.slack.arrivals import Arrival

__all__ = ["pressed_under"]

_ALONE = "Only you see this"
_TITLE = 100


def pressed_under(
    settings: Settings, client: WebClient, arrival: Arrival, who: Principal, now: dt.datetime
) -> list[dict[str, Any]]:
    """Do what was pressed; the messages that say it, to that person or in place of the answer.

    Args:
        settings: Where the data is.
        client: For the workspace.
        arrival: Of kind ``action``.
        who: Pressed.
        now: Aware UTC.

    Raises:
        TagwrightError: They may not, or it is no longer kept: told to them.
        LaterError: Slack cannot be reached.
        NeverError: Slack refuses for good.
    """
    does = _DOES.get(str(arrival.action.get("id")))
    if does is None:  # a button of a version that is gone
        return []
    value = str(arrival.action.get("value"))
    if (named := named_in(value)) is not None:
        return _privately(shown(settings, who, named))
    handle = Handle.of(value)
    answer = kept_answer(settings, who, handle, alone=bool(arrival.action.get("private")))
    return does(_Press(answer, handle, client, arrival, now))


@dataclass(frozen=True)
class _Press:
    """One press of somebody who may see the answer; the methods do what their name says."""

    answer: KeptAnswer
    handle: Handle
    client: WebClient
    arrival: Arrival
    now: dt.datetime

    def turn_page(self) -> list[dict[str, Any]]:
        """The page, in place of the one that is shown; to one person where not all may see it."""
        page = int(self.handle.wanted) if self.handle.wanted.isdecimal() else 0
        why = self.kept_back()
        alone = self.arrival.action.get("private") or why
        notes = [Note(text=f"{_ALONE}{f': {why}' if why else ''}.")] if alone else []
        first, *others = self.answer.messages(page, notes=notes)
        replaces = bool(self.arrival.response_url) and not why
        return [
            {"message": first, "private": True, "replaces": replaces},
            *_privately(others),
        ]

    def show_receipt(self) -> list[dict[str, Any]]:
        """What ``tagwright receipt`` shows, but for running it again: to the person alone."""
        answer = self.answer
        return _privately(shown(answer.settings, answer.who, answer.receipts))

    def send_file(self) -> list[dict[str, Any]]:
        """All rows as CSV: into the thread, or to the person's own direct messages."""
        answer, arrival = self.answer, self.arrival
        alone = bool(arrival.action.get("private") or self.kept_back())
        place = (
            direct_to(self.client, arrival.user, self.now) if alone
            else Place(arrival.channel, arrival.thread_ts)
        )  # fmt: skip
        there = []
        for receipt in answer.filed:
            name = f"tagwright-{receipt}.csv"
            content = partial(_csv, answer, receipt)
            title = shorten(clean(answer.question), _TITLE)
            if not upload(self.client, place, name, title, content):
                there.append(name)
        where = "your direct messages with this app" if alone else "this thread"
        if there:
            said = sentence("In ", where, " already: ", joined(map(_code, there)), ".")
        elif alone:
            said = sentence(f"The file is in {where}.")
        else:
            return []
        return _privately(slack_messages([said]))

    def judge(self) -> list[dict[str, Any]]:
        """Keep whether they call it good; the last press of a person counts."""
        if self.handle.wanted not in {"good", "bad"}:
            return []
        good = self.handle.wanted == "good"
        at = self.arrival.action.get("at")
        pressed = dt.datetime.fromtimestamp(float(at), dt.UTC) if at else self.now
        handle, answer = self.handle, self.answer
        item = Feedback(handle.thread, handle.number, answer.who.id, good, pressed, answer.question)
        state = open_state(answer.settings)
        try:
            keep_feedback(state, item)
        finally:
            state.close()
        if good:
            return []
        told = (
            "Noted, with your question, for whoever runs Tagwright. Press the other to change it."
        )
        return _privately(slack_messages([sentence(told)]))

    def kept_back(self) -> str:
        """Why it is not for all who read there; empty where it is, and where one person reads."""
        if self.arrival.action.get("private"):
            return ""
        answer = self.answer
        return AUDIENCE.kept_back(answer.settings, self.client, self.arrival, answer.scope)


def _csv(answer: KeptAnswer, receipt: str) -> bytes:
    return rows_csv(more_rows(receipt, answer.settings, answer.who)).encode()


def _code(text: str) -> Cell:
    return Cell(value=text, kind="code")


def _privately(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"message": message, "private": True} for message in messages]


_DOES: dict[str, Callable[[_Press], list[dict[str, Any]]]] = {
    PREVIOUS: _Press.turn_page,
    NEXT: _Press.turn_page,
    RECEIPT: _Press.show_receipt,
    CSV: _Press.send_file,
    FEEDBACK: _Press.judge,
}
