"""What a message asks of the last two questions at once: both, their difference, which is more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright import periods
from tagwright.lazy import lazy
from tagwright_agent.planner.question import Unclear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.question import Question
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["together"]

_BOTH = lazy(
    r"\W*(?:and )?(?:show |give me )?(?:(?:both|all)(?: of (?:them|those))?(?: together)?(?=\W|$)(?! (?:the|our|my|cost))|"
    r"(?:the )?(?:two|both)(?: months| weeks| quarters| teams| of them)? together|(?:together|combined|(?:the )?(?:sum|total) of (?:both|these|those|them|the two))(?=\W*$))",
    re.IGNORECASE,
)
_COMPARE_THEM = lazy(
    r"\W*(?:and |so |now |please )*(?:compare (?:them|both|the two|these|those)(?: two)?|how do (?:they|the two) compare|"
    r"which (?:one )?(?:of (?:them|the two|those) )?(?:is|was|costs?) "
    r"(?:the )?(?:more(?: expensive)?|less(?: expensive)?|cheaper|dearer|higher|lower|bigger|smaller))\W*",
    re.IGNORECASE,
)
_DIFFERENCE = lazy(
    r"\W*(?:and )?(?:what(?:'s| is| was) )?(?:the )?(?:difference|change|delta)\W*|\W*(?:so |and )*(?:by )?how much (?:more|less|higher|lower) (?:is|was) (?:that|it|this)\W*",
    re.IGNORECASE,
)


def together(
    text: str, before: Sequence[Question], history: Sequence[Question], view: CatalogueView
) -> tuple[list[Question], Sequence[Question], str]:
    """The questions that a message makes of the last two; else what it goes on from, and its rest.

    Raises:
        Unclear: Two are to be compared, and the last two differ in more than one thing.
    """
    if match := _BOTH.match(text):
        both = _together(before, history)
        for index in range(1, len(history) if "all" in match.group().lower() else 0):
            both = (both and _together(both, history[index:])) or both
        rest = text[match.end() :]
        if both and not rest.strip(" ?!.,"):
            return both, before, text
        before, text = both or before, rest if both else text
    if (
        before
        and _DIFFERENCE.fullmatch(text)
        and any(len(item.values) > 1 for item in before[0].scope.filters)
    ):
        raise Unclear(
            "clarify", "I do not subtract rows: shall I compare each with a month before?"
        )
    if before and _DIFFERENCE.fullmatch(text) and (two := _two_periods(before, history, view)):
        return [two], before, text
    if before and _COMPARE_THEM.fullmatch(text):
        if two := _two_periods(before, history, view):
            return [two], before, text
        both = _together(before, history)
        if not both:
            raise Unclear("clarify", "Which two shall I compare?")
        return [_as_rows(question, before[0]) for question in both], before, text
    return [], before, text


def _two_periods(
    before: Sequence[Question], history: Sequence[Question], view: CatalogueView
) -> Question | None:
    """The last two questions as a comparison, where they differ in their periods only."""
    if not before or not history or before[0].frame != "costs":
        return None
    one, two = before[0], history[0]
    if one.within(period="", notes=()) != two.within(period="", notes=()):
        return None
    if not one.scope.period or not two.scope.period or one.scope.period == two.scope.period:
        return None
    said = [one.scope.period, two.scope.period]
    earlier, later = sorted(said, key=lambda text: periods.resolve(text, view.anchor).start)
    return one.within(period=later, compare_to=earlier)


def _as_rows(question: Question, before: Question) -> Question:
    """A row for each value of the filter that is wider than before."""
    wider = [item for item in question.scope.filters if item not in before.scope.filters]
    return question.within(groups=tuple(item.dimension for item in wider), limit=0, order="")


def _together(before: Sequence[Question], history: Sequence[Question]) -> list[Question]:
    """The last two questions as one, where they differ in the values of one filter only."""
    if not before or not history:
        return []
    one, two = before[0], history[0]
    for item in one.scope.filters:
        other = two.scope.on(item.dimension)
        rest = tuple(f for f in one.scope.filters if f is not item)
        same = two.within(filters=(), notes=()) == one.within(filters=(), notes=())
        if other is None or not same or item.op != "in" or other.op != "in":
            continue
        if rest == tuple(f for f in two.scope.filters if f is not other):
            values = tuple(dict.fromkeys([*other.values, *item.values]))
            return [one.within(filters=(*rest, item.model_copy(update={"values": values})))]
    return []
