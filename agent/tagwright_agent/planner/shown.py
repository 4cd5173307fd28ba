"""Questions of the rows that an answer showed: of one, of all of them, of the others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tagwright.lazy import lazy
from tagwright_agent.planner.frames.changes import Changes
from tagwright_agent.planner.frames.costs import Costs, costs
from tagwright_agent.planner.onward import AH
from tagwright_agent.planner.question import unsure
from tagwright_agent.planner.said import TIMES
from tagwright_agent.planner.words import group_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.question import Filter, Question

__all__ = [
    "ANEW", "REST", "all_rows", "beside", "list_of", "names_several", "pointable", "row_at", "said_names",
    "same_at", "shown", "those",
]  # fmt: skip

REST = lazy(rf"{AH}(?:how much is )?(?:(?:on|for|in|of) )?(?:the (?:rest|others?|remainder)|everything (?:else|but (?:that|it|this)|except (?:that|it|this|for that))|"
    r"(?:everyone|everybody|all) else|all (?:but|except) (?:that|it|this)|(?P<them>(?:all|everything|everyone) (?:but|except)(?: for)? (?:those|these|them)))(?P<sum> (?:together|combined|in total|summed up))?\W*", re.IGNORECASE)  # fmt: skip
"""All that was not shown, or not named."""
_WHO = lazy(r"\bwho\b", re.IGNORECASE)
_LINE = lazy(r"\b(?:row|line|entry)\b", re.IGNORECASE)
_PEOPLE = {"team", "customer", "product"}
ANEW: dict[str, Any] = {"rows": (), "top": None, "receipt": False}
"""What no question has before it is answered."""


def names_several(question: Question) -> bool:
    """Whether it names several values of one dimension."""
    return any(f.op == "in" and len(f.values) > 1 for f in question.scope.filters)


def said_names(question: Question) -> tuple[str, ...]:
    """The names that its rows are of, in the order said."""
    kinds = {row.dimension for row in question.rows}
    return next(
        (f.values for f in question.scope.filters if f.op == "in" and {f.dimension} == kinds), ()
    )


def shown(question: Question) -> tuple[Filter, ...]:
    """The rows that its answer showed, if they are of one dimension that is no time."""
    kinds = {row.dimension for row in question.rows}
    return question.rows if len(kinds) == 1 and not kinds & {*TIMES} else ()


def those(question: Question) -> Question:
    """The same of the rows that were shown, by their names."""
    rows = shown(question)
    values = tuple(value for row in rows for value in row.values)
    scope = question.scope
    kept = tuple(f for f in scope.filters if f.dimension != rows[0].dimension)
    scope = scope.but(
        filters=(*kept, rows[0].model_copy(update={"values": values})),
        groups=(rows[0].dimension,),
        limit=0,
        order="",
        having="",
        notes=(),
    )
    if isinstance(question, Changes):
        return costs(scope.but(compare_to=""))
    return question.but(scope=scope, **ANEW)


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


def all_rows(question: Question) -> Question:
    """The same of all its rows, not the first of them alone."""
    return question.within(limit=0, order="", notes=()).but(**ANEW, many=False)


def list_of(kind: str, asked: Sequence[Question]) -> Question | None:
    """The last question whose rows were of that kind of thing."""
    return next(
        (q for q in asked if q.rows and shown(q) and group_words(q.rows[0].dimension) == kind), None
    )


def pointable(text: str, asked: Sequence[Question]) -> list[Question]:
    """Those of whose rows a message may speak: "who" is somebody, and reasons are no list."""
    who = _WHO.search(text)
    return [
        question
        for question in asked
        if not (who and not _PEOPLE & {row.dimension for row in question.rows})
        and not (isinstance(question, Changes) and not question.new and not _LINE.search(text))
    ]


def row_at(
    number: int, before: Sequence[Question], history: Sequence[Question], now: Question
) -> Question:
    """The question before of that row alone; ``now`` is what was asked last.

    The first row is 1, the last one -1; 0 is the next after the one that was asked of.

    Raises:
        Unclear: There is no such row.
    """
    if not before:
        raise unsure("Which row do you mean: please say its name.")
    source, last = before[0], 0
    if not source.rows and not source.unknown:  # "and the third?" after the second
        for earlier in history:
            if earlier.rows:
                on = [row for row in earlier.rows if _is_at(row, source)]
                source, last = (earlier, earlier.rows.index(on[0]) + 1) if on else (source, 0)
                break
    if not number:
        number = last + 1 if last else 2 if source.top else 0
    if not number or abs(number) > len(source.rows):
        raise unsure("Which row do you mean: please say its name.")
    row = source.rows[number - 1 if number > 0 else number]
    if source is not now and source.scope.period not in (now.scope.period, row.values[0]):
        if row.dimension not in TIMES:  # the list was of another time
            raise unsure("Which one do you mean, and when: please say its name.")
    scope = source.scope.but(groups=(), order="", limit=0, having="", notes=())
    if row.dimension in TIMES:
        return source.but(scope=scope.but(period=row.values[0]), **ANEW)
    return source.but(scope=scope.but(filters=(*scope.filters, row)), **ANEW)


def same_at(number: int, before: Sequence[Question], history: Sequence[Question]) -> Question:
    """What was asked of one row, of another one; rows as in :func:`_at`.

    Raises:
        Unclear: What was asked is of no row.
    """
    old = before[0]
    rows = next((q.rows for q in history if any(row in old.scope.filters for row in q.rows)), ())
    if not number or abs(number) > len(rows):
        raise unsure("Which row do you mean: please say its name.")
    row = rows[number - 1 if number > 0 else number]
    filters = (*(item for item in old.scope.filters if item not in rows), row)
    return old.within(filters=filters, notes=()).but(**ANEW)


def _is_at(row: Filter, question: Question) -> bool:
    return row in question.scope.filters or row.values[0] == question.scope.period
