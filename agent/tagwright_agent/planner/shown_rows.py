"""The rows that an answer showed, and what is left beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright_agent.planner.frames.costs import Costs, costs
from tagwright_agent.planner.onward import AH
from tagwright_agent.planner.said import TIMES

if TYPE_CHECKING:
    from tagwright_agent.planner.question import Filter, Question

__all__ = ["REST", "beside", "shown"]

REST = lazy(rf"{AH}(?:how much is )?(?:(?:on|for|in|of) )?(?:the (?:rest|others?|remainder)|everything (?:else|but (?:that|it|this)|except (?:that|it|this|for that))|"
    r"(?:everyone|everybody|all) else|all (?:but|except) (?:that|it|this)|(?P<them>(?:all|everything|everyone) (?:but|except)(?: for)? (?:those|these|them)))(?P<sum> (?:together|combined|in total|summed up))?\W*", re.IGNORECASE)  # fmt: skip
"""All that was not shown, or not named."""


def shown(question: Question) -> tuple[Filter, ...]:
    """The rows that its answer showed, if they are of one dimension that is no time."""
    kinds = {row.dimension for row in question.rows}
    return question.rows if len(kinds) == 1 and not kinds & {*TIMES} else ()


def beside(question: Question, *, summed: bool) -> Question | None:
    """All beside the first rows that an answer showed; None where they are not known.

    Args:
        question: Whose answer it was.
        summed: As one total instead of rows.
    """
    rows, scope = shown(question), question.scope
    first = scope.limit > 0 and len(rows) == scope.limit  # one without a name is no row here
    if not isinstance(question, Costs) or question.show or not first or len(scope.groups) != 1:
        return None
    values = tuple(row.values[0] for row in rows)
    others = rows[0].model_copy(update={"op": "not_in", "values": values})
    groups = () if summed else scope.groups
    scope = scope.but(filters=(*scope.filters, others), groups=groups, limit=0, order="", notes=())
    return costs(scope)
