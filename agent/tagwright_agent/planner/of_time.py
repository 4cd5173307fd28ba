"""Of which time a question is told: of the one that is spoken of, or of each of two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright import periods
from tagwright_agent.planner.times import each_time, unit_of

if TYPE_CHECKING:
    from tagwright_agent.planner.question import Question, Scope
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["at_each_time", "at_time_of"]

_ONE_TIME = ("coverage", "units", "allocation")
_SHOWN_OF_ONE = ("share", "average", "pace", "year", "count")


def at_time_of(was: Scope, question: Question, view: CatalogueView) -> Question:
    """The question of the time that is spoken of, and against what, where it asks for a change."""
    if was.period in ("", was.guessed):
        return question
    if question.frame != "changes":
        return question.within(period=was.period)
    if was.compare_to:
        return question.within(period=was.period, compare_to=was.compare_to)
    if not unit_of(periods.resolve(was.period, view.anchor)):
        return question  # of several months nobody says which changed against which
    return question.within(period=was.period)


def at_each_time(question: Question, view: CatalogueView) -> list[Question]:
    """What is told of one time: of each of two that are compared; else the question alone."""
    alone = question.frame in _ONE_TIME or getattr(question, "show", "") in _SHOWN_OF_ONE
    if not alone:
        return [question]
    return [question.but(scope=scope) for scope in each_time(question.scope, view)]
