"""What a message goes on from: what was refused and is said otherwise, or an earlier question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.periods import resolve
from tagwright_agent.planner.frames.costs import Costs
from tagwright_agent.planner.frames.units import Units
from tagwright_agent.planner.question import Scope, unsure
from tagwright_agent.planner.reasons import WHEN
from tagwright_agent.planner.times import alike, unit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.question import Question
    from tagwright_agent.planner.turn import Opening
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["back_to", "both_spoken_of", "of_all_times", "resumed"]


def resumed(old: Question, new: Question) -> Question:
    """A refused question without the words that nobody understood: whether it is meant is asked.

    Raises:
        Unclear: It needs a time that is over, and none is said.
    """
    if old.unknown == (WHEN,) and not new.scope.period:
        raise unsure("Of which time that is over?", partial=old)
    return old.but(unknown=())


def back_to(old: Question, new: Question, begins: Opening, history: Sequence[Question]) -> Question:
    """A group that an earlier question had, and the last one has not, brings that one back."""
    asked = [question for question in history if not question.unknown]
    if begins.back and new.scope.metrics and not (new.scope.filters or new.scope.groups):
        return old  # "go back to effective" is of all that stands
    if begins.back:
        named = {value for item in new.scope.filters for value in item.values}
        for earlier in [old, *asked]:
            theirs = {value for item in earlier.scope.filters for value in item.values}
            shared = set(new.scope.groups) & set(earlier.scope.groups) or named & theirs
            if shared and earlier.frame == new.frame:
                return earlier
        return next((question for question in asked if question.frame == new.frame), old)
    if not isinstance(new, Costs) or not new.scope.groups or begins.also or old.frame == "costs":
        return old
    jumped = isinstance(old, Units) and old.of == "cost" and begins.corrects
    for earlier in asked:
        if jumped and earlier.frame == "costs":  # "no, by environment" after "and by customer?"
            return earlier.within(period=old.scope.period)
        if earlier.frame == "costs" and set(new.scope.groups) & set(earlier.scope.groups):
            return earlier
    return old


def of_all_times(
    old: Question, new: Question, history: Sequence[Question], view: CatalogueView
) -> Question:
    """For "and on the cheapest day", after what was asked of the dearest one: all the days."""
    groups = new.scope.groups
    if not (new.scope.order and len(groups) == 1 and old.scope.period and not new.scope.period):
        return old
    if unit_of(resolve(old.scope.period, view.anchor)) != groups[0]:
        return old
    days = (q for q in history if q.frame == "costs" and q.scope.groups == groups)
    return next(days, old)


def both_spoken_of(
    old: Question, scope: Scope, history: Sequence[Question], view: CatalogueView
) -> Scope:
    """The two times, for "why?" after October and September, each asked for by itself."""
    was = history[0].scope if history and history[0].frame == old.frame == "costs" else Scope()
    here = old.scope
    if not (was.period and here.period) or was.period == here.period:
        return scope
    if (was.filters, was.metrics) != (here.filters, here.metrics):
        return scope
    times = {text: resolve(text, view.anchor) for text in (here.period, was.period)}
    earlier, later = sorted(times, key=lambda text: times[text].start)
    if times[earlier].end > times[later].start:
        return scope
    alike(times[earlier], times[later], view)
    return scope.but(period=later, compare_to=earlier)
