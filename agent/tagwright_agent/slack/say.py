"""What is said to a person in Slack: the answer's blocks as messages, and who may see them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Note, sentence
from tagwright.errors import BusyError, TagwrightError
from tagwright.people import by_slack, load_people
from tagwright.render.slack import slack_messages
from tagwright.state import is_begun, open_state
from tagwright.text import shorten
from tagwright_agent.digest import digest, digest_asked, team_asked
from tagwright_agent.session import Session
from tagwright_agent.several import MOST, questions_in
from tagwright_agent.slack.audience import AUDIENCE
from tagwright_agent.slack.pages import Handle, kept_answer
from tagwright_agent.slack.pictures import pictures_of
from tagwright_agent.slack.receipts import receipt_row, receipts_in
from tagwright_agent.slack.schedules import schedules_asked

if TYPE_CHECKING:
    import datetime as dt

    from slack_sdk import WebClient

    from tagwright.blocks import Block
    from tagwright.config import Settings
    from tagwright.people import Principal
    from tagwright_agent.session import Answer
    from tagwright_agent.several import Several
    from tagwright_agent.slack.arrivals import Arrival
    from tagwright_agent.slack.stream import Showing

__all__ = ["answer_of", "fault_said", "part_of", "stranger", "to_one"]


def part_of(settings: Settings, arrival: Arrival) -> bool:
    """Whether it is for us: written to the app, or in a thread that the app takes part in.

    It takes part in what anybody began, also where who writes now sees another part of the data.
    """
    if arrival.kind != "question" or arrival.addressed:
        return True
    state = open_state(settings)
    try:
        return is_begun(state, arrival.thread)
    finally:
        state.close()


def fault_said(settings: Settings, error: TagwrightError) -> Block:
    """What is wrong, for who reads in Slack: of files of the home their names alone."""
    return sentence(str(error).replace(f"{settings.home}{os.sep}", ""))


_HEAD = 300
"""Characters of a question that stands above its answer."""


def answer_of(
    settings: Settings, client: WebClient, arrival: Arrival, showing: Showing, now: dt.datetime
) -> list[dict[str, Any]]:
    """The messages that answer it, each as ``{"message": …, "private": …}``.

    Args:
        settings: Where the data is.
        client: For the workspace.
        arrival: What came.
        showing: Shows that it is being made, where that takes long.
        now: Aware UTC.

    Returns:
        The messages; ``stranger`` where they tell somebody how to be added.
    """
    who = by_slack(settings, arrival.teams, arrival.user)
    if not who.person:
        return [{**one, "stranger": True} for one in to_one(stranger(settings, who))]
    if not arrival.text:
        return to_one(_nothing(arrival))
    if arrival.kind == "question":
        team = team_asked(arrival.text)
        showing.begin(lambda: AUDIENCE.kept_from(settings, client, arrival, who, team))
    try:
        if (said := schedules_asked(settings, client, arrival, who, now)) is not None:
            return _told(said, private=arrival.kind == "command")
        if (asked := digest_asked(arrival.text)) is not None:
            private, notes = _notes(arrival, showing)
            told = digest(settings, asked, who, now)
            below = receipt_row(receipts_in(told))
            return _told([*told, *notes], private=private, below=below)
    except BusyError:
        raise
    except TagwrightError as error:
        return to_one([fault_said(settings, error)])
    return _Asked(settings, arrival, who, showing).messages(questions_in(arrival.text))


class _Asked:
    """The questions of one message, asked one after the other in one conversation."""

    def __init__(
        self, settings: Settings, arrival: Arrival, who: Principal, showing: Showing
    ) -> None:
        self.settings = settings
        self.arrival = arrival
        self.who = who
        self.showing = showing

    def messages(self, questions: Several) -> list[dict[str, Any]]:
        """What is answered, then what could not be and is told to the person alone."""
        session = _session(self.settings, self.arrival)
        given: list[tuple[Answer, list[Block]]] = []
        failed: list[Block] = []
        among = len(questions.asked)
        for number, question in enumerate(questions.asked, 1):
            self.showing.question(number, among)
            head: list[Block] = (
                [sentence(shorten(question, _HEAD), bullet=f"{number}.")] if among > 1 else []
            )
            try:
                given.append((session.ask(question, self.showing.watch), head))
            except TagwrightError as error:
                failed += [*head, fault_said(self.settings, error)]
        private, notes = _notes(self.arrival, self.showing) if given else (True, [])
        last = [*notes, *_left(questions)]
        say: list[dict[str, Any]] = []
        for number, (answer, head) in enumerate(given, 1):
            below = last if number == len(given) else []
            say += self._said(answer, head, below, private=private)
        return [*say, *to_one(failed if given else [*failed, *_left(questions)])]

    def _said(
        self, answer: Answer, head: list[Block], notes: list[Block], *, private: bool
    ) -> list[dict[str, Any]]:
        handle = Handle(answer.thread, answer.turn)
        kept = kept_answer(self.settings, self.who, handle, alone=private)
        made = kept.messages(head=head, notes=notes)
        say = [{"message": message, "private": private} for message in made]
        say[-1]["pictures"] = [] if private else pictures_of(kept.blocks, answer.turn)
        return say


def _left(questions: Several) -> list[Block]:
    """What is told of questions that are more than are answered."""
    if not questions.left:
        return []
    one = len(questions.left) == 1
    return [
        sentence(
            f"At most {MOST} questions of a message are answered. Ask "
            f"{'this one' if one else 'these'} anew:"
        ),
        *(sentence(shorten(question, _HEAD), bullet="-") for question in questions.left),
    ]


def _session(settings: Settings, arrival: Arrival) -> Session:
    return Session(
        settings, arrival.thread, door=lambda: by_slack(settings, arrival.teams, arrival.user)
    )


def _notes(arrival: Arrival, showing: Showing) -> tuple[bool, list[Block]]:
    """Whether it is for one person's eyes, and what is said below it of who sees it and why now."""
    notes: list[Block] = []
    if arrival.scheduled:
        notes.append(Note(text=f"Scheduled: {arrival.scheduled}."))
    if arrival.kind == "command":
        return True, notes
    if why := showing.kept_from():
        return True, [*notes, Note(text=f"Only you see this: {why}.")]
    return False, notes


def _told(
    blocks: list[Block], *, private: bool, below: list[dict[str, Any]] | None = None
) -> list[dict[str, Any]]:
    made = slack_messages(blocks, below or [])
    return [{"message": message, "private": private} for message in made]


def to_one(blocks: list[Block]) -> list[dict[str, Any]]:
    """The messages that say the blocks to the person alone."""
    return _told(blocks, private=True)


def stranger(settings: Settings, who: Principal) -> list[Block]:
    """What is told to somebody whom ``people.yaml`` does not know: how to be added."""
    source = "people.yaml"
    if load_people(settings).one_person:
        return [
            sentence(
                f"There is no {source} yet, so nobody in Slack is known and nothing is shown here. "
                f"Ask whoever runs Tagwright to add you there as slack: [{who.proven}]."
            )
        ]
    return [
        sentence(
            "I do not know you yet, so nothing is shown to you. Ask whoever runs Tagwright to add "
            f"you to {source} as slack: [{who.proven}]."
        )
    ]


def _nothing(arrival: Arrival) -> list[Block]:
    if arrival.files:
        return [sentence("Ask in words: files are not read here.")]
    return [sentence("Ask in words, for example: what did we spend last month by team?")]
