"""After a message that was not answered: what goes on from it is asked back, not answered without it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright import periods
from tagwright.lazy import lazy
from tagwright.text import clean
from tagwright_agent.planner.fit import best
from tagwright_agent.planner.follow import means_before
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.question import Question, Scope, Unclear, unsure
from tagwright_agent.planner.reading import normal
from tagwright_agent.planner.reasons import WHEN
from tagwright_agent.planner.turn import opening

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.view import CatalogueView

__all__ = ["asked_again"]

_NAME = 3
_NARROWS = lazy(r"^\W*(?:only|just|within|in)\b|\b(?:only|alone)\W*$", re.IGNORECASE)

_AND = lazy(r"\W*(?:and|plus|also)\b(?! (?:what|how|why|which|who)\b)", re.IGNORECASE)


def asked_again(
    found: Sequence[Question],
    alone: Sequence[Question],
    text: str,
    view: CatalogueView,
    unknown: tuple[str, ...],
) -> Unclear | None:
    """What would be answered, asked back; None where the message stands by itself or puts it right.

    Args:
        found: What the message asks, after what stood before.
        alone: What it asks by itself; nothing where it asks nothing.
        text: The message.
        view: What can be named.
        unknown: Words of the one before that nobody understood.
    """
    if any(question.receipt for question in found):
        return None  # of what was answered
    dated = any(char.isdigit() for word in unknown for char in word)
    if dated and periods.find(text, view.anchor):
        return None  # "I meant til 18": "from 14 to 18 October"
    if _puts_right(text, unknown, alone):
        return None
    if not alone and found[0].frame == "talk":
        return None
    same = list(map(_untimed, found)) == list(map(_untimed, alone))
    adds = opening(text).goes_on and found != alone  # "and search, same thing?"
    adds = adds or bool(_NARROWS.search(text) or _AND.match(text))
    return None if same and not adds and not _is_part(text, view) else _meant(found, unknown)


def _untimed(question: Question) -> Question:
    return question.within(period="", compare_to="", notes=())


def _puts_right(text: str, unknown: tuple[str, ...], alone: Sequence[Question]) -> bool:
    """Whether a message says what was not understood otherwise, or asks for what is left."""
    begins = opening(text)
    if begins.content or unknown == (WHEN,):
        return True
    scope = alone[0].scope if alone else Scope()
    named = len(unknown) == 1 and scope.but(filters=(), notes=()) == Scope() != scope
    bare = len(text.split()) <= _NAME and not (begins.goes_on or _NARROWS.search(text))
    return named and (begins.corrects or bare)


_ASKS = frozenset({"head", "metric", "unit", "count", "share", "workload", "plan", "receipt"})


def _is_part(text: str, view: CatalogueView) -> bool:
    """Whether a message says no more than what another question could be asked by: "by team"."""
    text = normal(text, view.values)
    begins = opening(text)
    try:
        found = best(text, begins, view, {}, goes_on=False)
    except Unclear:
        return False
    if found.left or found.frame.name not in ("costs", "units", "changes"):
        return False
    if found.questions[0].scope.filters or found.said.compared:
        return False
    if means_before(found, begins.lower):
        return True
    asks = _ASKS & {label.kind for label in found.labels}
    return begins.goes_on or not (asks or found.said.limited)


def _meant(found: Sequence[Question], unknown: tuple[str, ...]) -> Unclear:
    """What would be asked, asked back: who goes on from it takes it as it is said."""
    without = f" ({', '.join(repr(clean(word)) for word in unknown)})" if unknown else ""
    ask = f"Your last question was not answered{without}"
    if len(found) > 1:
        return unsure(f"{ask}: please say all that you want.")
    words = frames()[found[0].frame].words(found[0])
    meant = {"yes": words, "meant": True}
    return unsure(f"{ask}. Do you mean: {words}?", meant, partial=found[0])
