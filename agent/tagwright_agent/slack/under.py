"""What a press on a button under an answer does: a page, its receipt, its rows as a file.

Who pressed is the team and user of the request that Slack signed; the button says only which answer
is meant (:mod:`tagwright_agent.slack.pages`). A press changes nothing but what is shown.

Source: https://docs.slack.dev/interactivity/handling-user-interaction
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, Note, sentence
from tagwright.context import open_context
from tagwright.errors import BusyError, TagwrightError
from tagwright.people import by_slack
from tagwright.receipts import load_receipt
from tagwright.render.slack import packed, preformatted, slack_blocks, slack_messages
from tagwright.text import clean, counted
from tagwright_agent.slack.audience import AUDIENCE
from tagwright_agent.slack.pages import NEXT, PREVIOUS, RECEIPT, Handle, KeptAnswer, kept_answer

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from slack_sdk import WebClient

    from tagwright.blocks import Block
    from tagwright.config import Settings
    from tagwright_agent.slack.arrivals import Arrival

__all__ = ["pressed_under"]

_ALONE = "Only you see this"


def pressed_under(
    settings: Settings, client: WebClient, arrival: Arrival, now: dt.datetime
) -> list[dict[str, Any]]:
    """Do what was pressed; the messages that say it, to that person or in place of the answer.

    Bears being done twice: a worker that died is followed by another.

    Args:
        settings: Where the data is.
        client: For the workspace.
        arrival: Of kind ``action``.
        now: Aware UTC.

    Raises:
        LaterError: Slack cannot be reached.
        NeverError: Slack refuses for good.
        BusyError: The state store stayed locked: to be tried again.
    """
    does = _DOES.get(str(arrival.action.get("id")))
    if does is None:  # a button of a version that is gone
        return []
    try:
        handle = Handle.of(str(arrival.action.get("value")))
        who = by_slack(settings, arrival.teams, arrival.user)
        return does(_Press(kept_answer(settings, who, handle), handle, client, arrival, now))
    except BusyError:
        raise
    except TagwrightError as error:
        return _privately(slack_messages([sentence(str(error))]))


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
        first, *others = self.answer.messages(page, notes)
        replaces = bool(self.arrival.response_url) and not why
        return [
            {"message": first, "private": True, "replaces": replaces},
            *_privately(others),
        ]

    def show_receipt(self) -> list[dict[str, Any]]:
        """What ``tagwright receipt`` shows, but for running it again: to the person alone."""
        settings, who = self.answer.settings, self.answer.who
        with open_context(settings, who) as ctx:
            receipts = [load_receipt(receipt, ctx) for receipt in self.answer.receipts]
        return _privately(packed(chain.from_iterable(map(_receipt, receipts))))

    def kept_back(self) -> str:
        """Why it is not for all who read there; empty where it is, and where one person reads."""
        if self.arrival.action.get("private"):
            return ""
        answer = self.answer
        return AUDIENCE.kept_back(answer.settings, self.client, self.arrival, answer.scope)


def _receipt(receipt: dict[str, Any]) -> Iterator[dict[str, Any]]:
    given = {name: value for name, value in receipt["arguments"].items() if value not in ("", [])}
    count = len(receipt["queries"])
    said: list[Block] = [
        sentence("Receipt ", _code(receipt["id"]), ": ", _code(receipt["tool"]), " with ",
                 _code(json.dumps(given, ensure_ascii=False)), "."),
        sentence(f"Made {receipt['created_at']} on snapshot ", _code(receipt["snapshot"]),
                 f" by Tagwright {clean(receipt['tagwright_version'])}, "
                 f"{counted(count, 'statement')}:"),
    ]  # fmt: skip
    yield from slack_blocks(said)
    for query in receipt["queries"]:
        params = json.dumps(query["params"], ensure_ascii=False)
        yield from preformatted(query["sql"] + (f"\n-- with {params}" if query["params"] else ""))
    again = _code(f"tagwright receipt {receipt['id']}")
    yield from slack_blocks([sentence("The same figures again: ", again, ".")])


def _code(text: str) -> Cell:
    return Cell(value=text, kind="code")


def _privately(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"message": message, "private": True} for message in messages]


_DOES: dict[str, Callable[[_Press], list[dict[str, Any]]]] = {
    PREVIOUS: _Press.turn_page,
    NEXT: _Press.turn_page,
    RECEIPT: _Press.show_receipt,
}
