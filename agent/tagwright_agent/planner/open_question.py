"""A question that this planner asked back: what settles it, and what is another one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tagwright.lazy import lazy
from tagwright_agent.planner.fit import best
from tagwright_agent.planner.follow import means_before
from tagwright_agent.planner.phrases import CLOSED
from tagwright_agent.planner.question import Unclear
from tagwright_agent.planner.reading import normal
from tagwright_agent.planner.turn import opening
from tagwright_agent.planner.view import fold

if TYPE_CHECKING:
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["YES", "name_chosen", "settled_by", "stands_alone"]

_BRIEF = 8
_DATA = lazy(r"\b(?:data|do we have|are there)\b")
YES = lazy(r"\W*(?:yes|yeah|yep|yup|sure|ok(?:ay)?|right|correct|exactly|please do|do (?:that|it)|go ahead)"
    r"(?:,? (?:please|exactly|that|do (?:that|it)|that one|of course|i do))*\W*", re.IGNORECASE)  # fmt: skip
_EITHER = lazy(r"\W*(?:the )?(?:(?P<first>first|former)|second|latter)(?: one)?(?:,? please)?\W*", re.IGNORECASE)  # fmt: skip


def stands_alone(text: str, view: CatalogueView) -> bool:
    """Whether a message asks for something by itself, whatever is still open."""
    text = normal(text, view.values)
    begins = opening(text)
    if begins.goes_on or begins.corrects or begins.instead or begins.back:
        return False
    try:
        found = best(text, begins, view, {}, goes_on=False)
    except Unclear:
        return True  # it is asked about itself
    if found.left or found.frame.name in ("talk", "plans"):
        return True
    scope = found.questions[0].scope
    named = scope.filters or scope.period or found.said.periods or _DATA.search(begins.lower)
    return bool(named) and not means_before(found, begins.lower)


def settled_by(text: str, asked: dict[str, Any]) -> dict[str, str]:
    """The dimension that an answer to our question chose, by value; empty where it chose none."""
    words = fold(text).split()
    if len(words) > _BRIEF:
        return {}
    kinds = list(asked.get("dimensions") or ())
    chosen = [
        name
        for name in kinds
        if all(part in words or f"{part}s" in words for part in _spoken(str(name)))
    ]
    if kinds and not chosen and (nth := _EITHER.fullmatch(text)):
        chosen = kinds[:1] if nth["first"] else kinds[1:2]
    return {str(asked["value"]): str(chosen[0])} if len(chosen) == 1 else {}


def name_chosen(text: str, asked: dict[str, Any]) -> str:
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
