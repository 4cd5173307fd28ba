"""What is said to a person in Slack: the answer's blocks as messages, and who may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.blocks import Note, sentence
from tagwright.errors import TagwrightError
from tagwright.people import by_slack, load_people
from tagwright.render.slack import slack_messages
from tagwright.text import shorten
from tagwright_agent.session import Session
from tagwright_agent.several import MOST, questions_in
from tagwright_agent.slack.audience import Audience

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from tagwright.blocks import Block
    from tagwright.config import Settings
    from tagwright.people import Principal
    from tagwright_agent.several import Several
    from tagwright_agent.slack.arrivals import Arrival
    from tagwright_agent.slack.stream import Showing

__all__ = ["answer_of", "part_of", "stranger", "to_one"]


def part_of(settings: Settings, arrival: Arrival) -> bool:
    """Whether it is for us: written to the app, or in a thread that the app takes part in."""
    if arrival.kind != "question" or arrival.addressed:
        return True
    return _session(settings, arrival).begun()


_HEAD = 300
"""Characters of a question that stands above its answer."""
_AUDIENCE = Audience()
"""Of this process: what is looked up is kept for all its workers."""


def answer_of(
    settings: Settings, client: WebClient, arrival: Arrival, showing: Showing
) -> list[dict[str, Any]]:
    """The messages that answer it, each as ``{"message": …, "private": …}``.

    Args:
        settings: Where the data is.
        client: For the workspace.
        arrival: What came.
        showing: Shows that it is being made, where that takes long.
    """
    who = by_slack(settings, arrival.teams, arrival.user)
    if not who.person:
        return to_one(stranger(settings, who))
    if not arrival.text:
        return to_one(_nothing(arrival))
    if arrival.kind == "question":
        showing.begin(lambda: _AUDIENCE.kept_from(settings, client, arrival, who))
    said, failed = _asked(_session(settings, arrival), questions_in(arrival.text), showing)
    if arrival.kind == "command" or not said:
        return to_one([*said, *failed])
    if why := showing.kept_from():
        return to_one([*said, *failed, Note(text=f"Only you see this: {why}.")])
    aloud = [{"message": message, "private": False} for message in slack_messages(said)]
    return [*aloud, *to_one(failed)]


def _asked(
    session: Session, questions: Several, showing: Showing
) -> tuple[list[Block], list[Block]]:
    """What is answered, and what is told of questions that could not be; one after the other."""
    said: list[Block] = []
    failed: list[Block] = []
    among = len(questions.asked)
    for number, question in enumerate(questions.asked, 1):
        showing.question(number, among)
        head = [sentence(shorten(question, _HEAD), bullet=f"{number}.")] if among > 1 else []
        try:
            said += [*head, *session.ask(question, showing.watch).blocks]
        except TagwrightError as error:
            failed += [*head, sentence(str(error))]
    if questions.left:
        one = len(questions.left) == 1
        said += [
            sentence(
                f"At most {MOST} questions of a message are answered. Ask "
                f"{'this one' if one else 'these'} anew:"
            ),
            *(sentence(shorten(question, _HEAD), bullet="-") for question in questions.left),
        ]
    return said, failed


def _session(settings: Settings, arrival: Arrival) -> Session:
    return Session(
        settings, arrival.thread, door=lambda: by_slack(settings, arrival.teams, arrival.user)
    )


def to_one(blocks: list[Block]) -> list[dict[str, Any]]:
    """The messages that say the blocks to the person alone."""
    return [{"message": message, "private": True} for message in slack_messages(blocks)]


def stranger(settings: Settings, who: Principal) -> list[Block]:
    """What is told to somebody whom ``people.yaml`` does not know: how to be added."""
    source = "people.yaml"
    if load_people(settings).one_person:
        return [
            sentence(
                f"There is no {source} yet, so nobody in Slack is known and nothing is shown here. "
                f"Whoever runs Tagwright adds you as slack: [{who.proven}]."
            )
        ]
    return [
        sentence(
            f"You are nobody in {source} yet, so nothing is shown to you. Whoever runs Tagwright "
            f"adds you as slack: [{who.proven}]."
        )
    ]


def _nothing(arrival: Arrival) -> list[Block]:
    if arrival.files:
        return [sentence("Ask in words: files are not read here.")]
    return [sentence("Ask in words, for example: what did we spend last month by team?")]
