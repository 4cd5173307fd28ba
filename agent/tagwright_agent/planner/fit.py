"""The frame that a text fits: the one that explains all its words, else the most of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright.metrics import dimension_label
from tagwright_agent.planner.frame import Found, Hearing
from tagwright_agent.planner.frames import OURS, frames
from tagwright_agent.planner.frames.costs import Costs
from tagwright_agent.planner.neighbours import greeting
from tagwright_agent.planner.question import Question, Unclear, cannot, unsure
from tagwright_agent.planner.reading import Reading
from tagwright_agent.planner.reasons import WHEN, reason
from tagwright_agent.planner.turn import Opening, opening

if TYPE_CHECKING:
    from tagwright_agent.planner.frame import Frame
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["alone", "answers", "best"]

_YES_NO = lazy(r"\W*(?:did|does|do|is|was|were|are|has|have)\b")


def best(
    text: str, begins: Opening, view: CatalogueView, pinned: dict[str, str], *, goes_on: bool
) -> Found:
    """The frame that explains all words; else the one that explains most.

    Raises:
        Unclear: A frame sees two readings, or two frames explain all.
    """
    whole: list[Found] = []
    parts: list[Found] = []
    unclear: Unclear | None = None
    for frame in frames().values():
        if frame.opens is not None and not frame.opens.search(begins.lower):
            continue
        if frame.name == "costs" and whole:
            break
        hearing = Hearing(Reading(text), view, pinned, goes_on=goes_on)
        try:
            found = _preferring(frame, text, begins, hearing)
        except Unclear as said:
            if said.timeless is not None and said.partial is None:
                said.partial = Costs(scope=said.timeless, unknown=(WHEN,))
            unclear = unclear or said
            continue
        if found is not None:
            (parts if found.left else whole).append(found)
        if found is not None and frame.name == "talk":
            return found
    if len(whole) > 1:
        whole = _distinct(whole)
    if len(whole) > 1:
        several = [item.frame.words(item.questions[0]) for item in whole]
        raise unsure(f"Do you mean: {' — or: '.join(several[:3])}?")
    if whole:
        return whole[0]
    special = [item for item in parts if item.frame.opens is not None and item.frame.name != "data"]
    if unclear is not None and not special:
        if not unclear.choice and unclear.status == "clarify" and (why := reason(begins.lower)):
            raise cannot(why, partial=unclear.partial)
        raise unclear
    return min(parts, key=lambda item: sum(len(token.text) for token in item.left))


def _preferring(frame: Frame, text: str, begins: Opening, hearing: Hearing) -> Found | None:
    """As the frame reads it, with its own dimension for a name that stands for several.

    What a request of "the assistant" costs is of the product: no account serves requests.
    """
    try:
        return _by(frame, text, begins, hearing)
    except Unclear as unclear:
        kinds, name = unclear.choice.get("dimensions") or (), str(unclear.choice.get("value", ""))
        if frame.prefers not in kinds:
            raise
    pinned = {**hearing.pinned, name: frame.prefers}
    again = replace(hearing, reading=Reading(text), pinned=pinned)
    found = _by(frame, text, begins, again)
    if found is None:
        return None
    note = f"{name} = the {dimension_label(frame.prefers)}"
    told = [q.within(notes=(*q.scope.notes, note)) for q in found.questions]
    return replace(found, questions=told)


def _distinct(whole: list[Found]) -> list[Found]:
    """The most special of our own frames, which are in that order, and those of other packages."""
    own = [item for item in whole if item.frame.name in OURS]
    return [*own[:1], *(item for item in whole if item.frame.name not in OURS)]


def _by(frame: Frame, text: str, begins: Opening, hearing: Hearing) -> Found | None:
    reading = hearing.reading
    for start, end in begins.taken:
        reading.take(start, end, "opening")
    read = frame.read(hearing)
    if read is None:
        return None
    questions, said = read
    left = reading.left(aside=("opening",)) if not begins.goes_on else reading.left()
    if said.having and frame.name in OURS and frame.name != "costs":
        raise cannot("I find rows by their amount only where I am asked for costs.")
    if said.future:
        raise cannot(
            "That has not happened yet; I do not forecast.",
            partial=questions[0] if said.filters or said.groups else None,
        )
    return Found(frame, questions, said, left, begins.lower, reading.mask, reading.labels)


def answers(text: str, view: CatalogueView) -> bool:
    """Whether a question that is offered is answered."""
    begins = opening(text)
    try:
        found = best(text, begins, view, {}, goes_on=False)
        if found.left:
            return False
        for question in found.questions:
            alone(question, found, view)
    except Unclear:
        return False
    return True


def alone(question: Question, found: Found, view: CatalogueView) -> Question:
    """A question that stands by itself says enough.

    Raises:
        Unclear: It asks for nothing, or for the first of nothing.
    """
    scope, said = question.scope, found.said
    if not isinstance(question, Costs):
        return question
    if question.show == "share" and question.focus is None:
        raise unsure("A share of what, and in what?", partial=question)
    if scope.limit and not scope.groups:
        raise unsure(
            f"The first {scope.limit} of what: services, teams, accounts?", partial=question
        )
    if said.limited and not (scope.groups or question.show):
        raise unsure("The first of which rows: services, teams, accounts?", partial=question)
    if scope.having and not scope.groups and _YES_NO.match(found.text):
        return question.within(having="")  # its total tells
    if scope.having and not scope.groups:
        raise unsure(f"What shall be {scope.having}: services, teams, accounts?", partial=question)
    if said.than_only and not scope.period:
        raise unsure(f"Which period shall I compare with {scope.compare_to}?", partial=question)
    says = said.head or scope.filters or scope.groups or scope.metrics or scope.compare_to
    if not says and not (scope.period and said.periods and question.show):
        if scope.period:
            raise unsure("What of that time: the cost, by team, by service?", partial=question)
        raise greeting(view)
    return question
