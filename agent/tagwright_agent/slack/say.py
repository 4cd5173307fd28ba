"""What is said to a person in Slack: the answer's blocks as messages, and who may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.blocks import Note, sentence
from tagwright.errors import TagwrightError
from tagwright.people import by_slack, load_people
from tagwright.render.slack import slack_messages
from tagwright_agent.session import Session
from tagwright_agent.slack.audience import AUDIENCE
from tagwright_agent.slack.pages import Handle, kept_answer
from tagwright_agent.slack.pictures import pictures_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk import WebClient

    from tagwright.blocks import Block
    from tagwright.config import Settings
    from tagwright.people import Principal
    from tagwright_agent.slack.arrivals import Arrival

__all__ = ["answer_of", "part_of", "to_one"]


def part_of(settings: Settings, arrival: Arrival) -> bool:
    """Whether it is for us: written to the app, or in a thread that the app takes part in."""
    if arrival.kind != "question" or arrival.addressed:
        return True
    return _session(settings, arrival).begun()


def answer_of(
    settings: Settings, client: WebClient, arrival: Arrival, beat: Callable[[], None]
) -> list[dict[str, Any]]:
    """The messages that answer it, each as ``{"message": …, "private": …}``.

    Args:
        settings: Where the data is.
        client: For the workspace.
        arrival: What came.
        beat: Says that this process is alive; called between parts of a long answer.
    """
    beat()
    who = by_slack(settings, arrival.teams, arrival.user)
    if not who.person:
        return to_one(_stranger(settings, who))
    if not arrival.text:
        return to_one(_nothing(arrival))
    try:
        answer = _session(settings, arrival).ask(arrival.text)
    except TagwrightError as error:
        return to_one([sentence(str(error))])
    private, notes = arrival.kind == "command", []
    if not private and (why := AUDIENCE.kept_from(settings, client, arrival, who)):
        private, notes = True, [Note(text=f"Only you see this: {why}.")]
    kept = kept_answer(settings, who, Handle(answer.thread, answer.turn))
    say = [{"message": message, "private": private} for message in kept.messages(notes=notes)]
    say[-1]["pictures"] = [] if private else pictures_of(kept)
    return say


def _session(settings: Settings, arrival: Arrival) -> Session:
    return Session(
        settings, arrival.thread, door=lambda: by_slack(settings, arrival.teams, arrival.user)
    )


def to_one(blocks: list[Block]) -> list[dict[str, Any]]:
    """The messages that say the blocks to the person alone."""
    return [{"message": message, "private": True} for message in slack_messages(blocks)]


def _stranger(settings: Settings, who: Principal) -> list[Block]:
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
