"""A question that this planner asked back: what settles it, and what is another one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tagwright import periods
from tagwright.lazy import lazy
from tagwright.metrics import dimension_label
from tagwright_agent.planner.fit import best
from tagwright_agent.planner.follow import means_before
from tagwright_agent.planner.phrases import CLOSED
from tagwright_agent.planner.question import Unclear
from tagwright_agent.planner.reading import normal
from tagwright_agent.planner.times import period_text
from tagwright_agent.planner.turn import opening
from tagwright_agent.planner.view import fold

if TYPE_CHECKING:
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["NO", "YES", "Settled", "is_time", "says_more", "settled", "stands_alone"]

_BRIEF = 8
_AND_MORE = lazy(r"\W*(?:(?:no|not|i meant?|only|just|the),? )*(?P<what>[\w-]+)(?:[ ,]+(?:without|excluding|not|with|by|only|and|but|in|for)\b|\W*$)", re.IGNORECASE)  # fmt: skip
_SEVERAL = lazy(r"[?!;:|,\\]|\.\s|\b(?:and|then|or)\b", re.IGNORECASE)
"""In a name of a bill, what a message is cut at: put into one, it would ask by itself."""
_SAYING = ("mean", "meant", "called", "thanks", "thank", "sorry", "yes", "no", "want", "one's")
"""With these a person says what is chosen, and nothing more."""
_DATA = lazy(r"\b(?:data|do we have|are there)\b")
YES = lazy(r"\W*(?:yes|yeah|yep|yup|sure|ok(?:ay)?|right|correct|exactly|please do|do (?:that|it)|go ahead)"
    r"(?:,? (?:please|exactly|that|do (?:that|it)|that one|of course|i do))*\W*", re.IGNORECASE)  # fmt: skip
NO = lazy(r"\W*(?:no(?:pe)?|nah|not (?:that|this|it|really)|wrong|that is not it|that's not it)(?:,? thanks?)?\W*", re.IGNORECASE)  # fmt: skip
_EITHER = lazy(r"\W*(?:the )?(?:(?P<first>first|former)|second|latter)(?: one)?(?:,? please)?\W*", re.IGNORECASE)  # fmt: skip


_A_PART = lazy(r"^\W*(?:drop|leave out|remove|skip|ignore|exclud(?:e|ing)|without|minus)\b|\b(?:only|alone|too|as well)\W*$", re.IGNORECASE)  # fmt: skip
"""So begins, or ends, what narrows or adds to a question."""


_SAYS_LITTLE = {
    "period",
    "who",
    "order",
    "limit",
    "group",
    "opening",
    "lead",
    "tail",
    "weak",
    "all",
}
"""With these words alone a time says of nothing what it was: "who had the most in August"."""


def is_time(text: str, view: CatalogueView) -> bool:
    """Whether a message says a time and nothing else."""
    text = normal(text, view.values)
    said = periods.find(text, view.anchor)
    return len(said) == 1 and not f"{text[: said[0].start]}{text[said[0].end :]}".strip(" .,?!")


def stands_alone(text: str, view: CatalogueView) -> bool:
    """Whether a message asks for something by itself, whatever is still open."""
    text = normal(text, view.values)
    begins = opening(text)
    if begins.goes_on or begins.corrects or begins.instead or begins.back:
        return False
    if _A_PART.search(text):
        return False
    try:
        found = best(text, begins, view, {}, goes_on=False)
    except Unclear:
        return True  # it is asked about itself
    if found.left or found.frame.name in ("talk", "plans"):
        return True
    said = {label.kind for label in found.labels} - _SAYS_LITTLE
    named = found.questions[0].scope.filters or (found.said.periods and said)
    asks = bool(named or _DATA.search(begins.lower))
    return asks and not means_before(found, begins.lower)


class Settled(NamedTuple):
    """What an answer makes of the question that was open.

    Attributes:
        question: Its text, with the name that was chosen.
        pinned: The dimension of each of its names that an answer chose so far.
        period: The time that the answer says; empty where it says none.
    """

    question: str
    pinned: dict[str, str]
    period: str = ""


def settled(text: str, asked: dict[str, Any] | None, view: CatalogueView) -> Settled | None:
    """The question that a message settles; None where it says something else, or more."""
    if not asked:
        return None
    question, pinned = str(asked["question"]), dict(asked.get("pinned") or {})
    if name := _name_chosen(text, asked):
        if _SEVERAL.search(name):
            return None
        wrote = rf"(?<!\w){re.escape(str(asked['wrote']))}(?!\w)"
        return Settled(re.sub(wrote, lambda _: name, question, flags=re.IGNORECASE), pinned)
    said = periods.find(text, view.anchor)
    if len(said) == 1:
        text = f"{text[: said[0].start]} {text[said[0].end :]}"
    chosen = _dimension_chosen(text, asked)
    if not chosen or len(said) > 1:
        return None
    when = period_text(said[0].period) if said else ""
    return Settled(question, {**pinned, str(asked["value"]): chosen}, when)


def says_more(text: str, asked: dict[str, Any]) -> bool:
    """Whether a message that is no answer begins like one: "the team without AWS", "not the team"."""
    match = _AND_MORE.match(text)
    said = fold(match["what"]).split() if match else []
    return any(said == _spoken(str(name)) for name in asked.get("dimensions") or ())


def _dimension_chosen(text: str, asked: dict[str, Any]) -> str:
    """The dimension that an answer chose and says nothing beside; empty where it chose none."""
    words = fold(text).split()
    kinds = [str(name) for name in asked.get("dimensions") or ()]
    if len(words) > _BRIEF:
        return ""
    if kinds and (nth := _EITHER.fullmatch(text)):
        return kinds[0] if nth["first"] else kinds[1]
    chosen = [
        name
        for name in kinds
        if all(part in words or f"{part}s" in words for part in _spoken(name))
    ]
    if len(chosen) != 1:
        return ""
    own = f"{chosen[0]} {dimension_label(chosen[0])} {asked['value']}"
    known = {*CLOSED, *_SAYING, *fold(own).split(), *(f"{part}s" for part in _spoken(chosen[0]))}
    return chosen[0] if known.issuperset(words) else ""


def _name_chosen(text: str, asked: dict[str, Any]) -> str:
    """The name that an answer to our question chose; empty where it chose none."""
    names = [str(name) for name in asked.get("names") or ()]
    if len(names) == 1 and YES.fullmatch(text):
        return names[0]
    said = f" {fold(text)} "
    chosen = [name for name in names if f" {fold(name)} " in said]
    rest = said.replace(f" {fold(chosen[0])} ", " ").split() if len(chosen) == 1 else []
    return chosen[0] if len(chosen) == 1 and all(word in CLOSED for word in rest) else ""


def _spoken(dimension: str) -> list[str]:
    """The words by which a person names a dimension.

    >>> _spoken("sub_account_name"), _spoken("cost-center")
    (['account'], ['cost', 'center'])
    """
    drop = {"name", "id", "sub", "service"} if dimension != "service_name" else {"name"}
    return [part for part in fold(dimension).split() if part not in drop]
