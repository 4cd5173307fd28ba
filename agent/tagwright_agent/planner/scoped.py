"""The scope of a question that goes on: which time, measure, rows and filters of the one before stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright.metrics import dimension_label
from tagwright.periods import resolve
from tagwright.text import clean
from tagwright_agent.planner.carried import carried, other_kind
from tagwright_agent.planner.follow import THAT
from tagwright_agent.planner.frames.costs import Costs
from tagwright_agent.planner.link import same_thing
from tagwright_agent.planner.question import Filter, Scope, unsure
from tagwright_agent.planner.said import TIMES
from tagwright_agent.planner.times import (
    alike,
    both_times,
    is_one_row,
    period_before,
    period_text,
    two_ends,
)
from tagwright_agent.planner.words import plural

if TYPE_CHECKING:
    from tagwright_agent.planner.frame import Found
    from tagwright_agent.planner.question import Question
    from tagwright_agent.planner.turn import Opening
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["scoped", "untimed"]

_ALONE = lazy(r"^\W*(?:(?:and|ok|now|show|give|me) )*(?:only|just|alone)\b|\balone\W*$")
_OVERALL = lazy(r"(?<![\w-])(?:overall|company[- ]?wide|across the (?:whole )?(?:company|board)|"
    r"(?:the )?(?:whole|entire) (?:company|bill|thing))(?![\w-])")  # fmt: skip
_FOR_ALL = lazy(r"\W*(?:and |now |then )*(?:for )?(?:all|everything|everyone|everybody|no filters?)\W*")  # fmt: skip
_ALL_ROWS = lazy(r"\W*(?:and |now |show |give |list )*(?:me )?(?:all|everything|every one|the (?:whole|full) list)"
    r"(?: of (?:them|it|those))?\W*")  # fmt: skip
_BARE_MORE = lazy(r"\W*(?:show |give |any )*(?:me )?(?:more|less|higher|lower|cheaper)\W*")
_TOP = lazy(r"\b(?:top|biggest|largest|highest|most expensive)\b")
_TIMED = lazy(r"\b(?:by|per|each|every|daily|weekly|monthly)\b")
_PLUS = lazy(r"\W*(?:and )?(?:plus|add|together with|along with)\b")
_SAME = lazy(r"\W*(?:(?:and|now|ok) )*(?:the )?same\b")
_BY = lazy(r"\W*(?:and )?(?:by|per)\b")
_WHICH = lazy(r"\b(?:which|what|who|all|every|each|other|others|top|most|least)\b")
_WHOSE = frozenset({"product", "customer", "team"})
_BARE_NUMBER = lazy(r"\W*(?:and |or |only |just )*\d+\W*")


def scoped(
    old: Question, new: Question, found: Found, begins: Opening, view: CatalogueView
) -> Scope:
    """The scope of the earlier question with what the message says of it; as :func:`merged`.

    Raises:
        Unclear: It is not sure how the two go together.
    """
    said, was, now = found.said, old.scope, new.scope
    if _BARE_MORE.fullmatch(begins.lower):
        raise unsure("More of what: more rows, or against which period?")
    if was.having and now.limit and _BARE_NUMBER.fullmatch(begins.lower):
        raise unsure(f"The first {now.limit}, or those over {now.limit}?")
    times = [name for name in was.groups if name in TIMES]
    if now.limit and times and untimed(was.groups) and not now.groups:
        raise unsure(f"The first {now.limit} of all that time, or of each {times[0]}?")
    if was.limit and untimed(was.groups) and now.groups and not (untimed(now.groups) or now.limit):
        raise unsure(f"The first {was.limit} of all that time, or of each {now.groups[0]}?")
    if was.filters and not was.limit and not was.having and _FOR_ALL.fullmatch(begins.lower):
        names = ", ".join(dimension_label(item.dimension) for item in was.filters)
        raise unsure(
            f"Shall I leave out what was said of the {names}?", {"yes": "forget the filters"}
        )
    if (was.limit or was.having) and _ALL_ROWS.fullmatch(begins.lower):
        return was.but(limit=0, having="")
    scope = was.but(notes=now.notes)
    if said.shift:
        if not was.period:
            raise unsure(f"The {said.shift} before which one?")
        earlier = period_before(was.period, said.shift, view)
        if said.compared or said.than:
            scope = scope.but(compare_to=earlier, groups=untimed(was.groups))
        else:
            scope = scope.but(period=earlier)
    elif said.against and was.period and was.period != said.against:
        alike(resolve(was.period, view.anchor), resolve(said.against, view.anchor), view)
        scope = scope.but(compare_to=said.against, groups=untimed(was.groups))
    elif _against_before(was, now, found):
        scope = scope.but(compare_to=now.period, groups=untimed(was.groups))
    elif now.compare_to and (said.compared or said.than_only):
        period = now.period if said.periods else was.period or now.period
        guessed = now.compare_to == "previous_period" and not (said.periods or said.unit)
        if guessed and was.compare_to:  # "what's the overall change" of what is compared
            now = now.but(compare_to=was.compare_to)
        scope = scope.but(compare_to=now.compare_to, period=period, groups=untimed(was.groups))
    elif was.compare_to and len(ends := two_ends(begins.lower, view)) == len("AB"):
        alike(ends[0], ends[1], view)  # "and August to September" after July against August
        scope = scope.but(compare_to=period_text(ends[0]), period=period_text(ends[1]))
    elif said.periods and was.period and not was.compare_to and _PLUS.match(begins.lower):
        scope = scope.but(period=both_times(*_in_order(now.period, was.period, view), view))
    elif said.periods:
        kept = was.compare_to if was.compare_to in ("previous_period", "previous_year") else ""
        if was.compare_to and not kept:
            kept = "previous_period"
        if _ALONE.search(begins.lower):  # "only October" of a comparison
            kept = ""
        scope = scope.but(period=now.period, compare_to=kept)
    if said.periods:
        scope = scope.but(guessed="")
    if now.metrics:
        scope = scope.but(metrics=now.metrics)
    if begins.corrects and (filters := other_kind(was, now, begins, view)):
        return scope.but(filters=filters)
    if now.order and untimed(was.groups) and now.groups and not untimed(now.groups):
        if _SAME.match(begins.lower):
            raise unsure(f"Which {now.groups[0]} is that: please say it.", partial=old)
    if said.who and now.groups == ("team",) and len(_WHOSE & {*was.groups}) == 1:
        now = now.but(groups=tuple(_WHOSE & {*was.groups}))  # "who" of what is told by product
    scope = scope.but(groups=_groups(scope.groups, now, begins, said.side_by_side))
    stays = was.but(filters=()) if _OVERALL.search(begins.lower) else was
    scope = scope.but(filters=carried(stays, now, begins, scope.groups))
    # Rows by the one value that is left would be one row.
    ones = {
        f.dimension
        for f in now.filters
        if f.op == "in" and len(f.values) == 1 and f in scope.filters
    }
    left = tuple(name for name in scope.groups if name in now.groups or name not in ones)
    if that_one := _that_one(scope, begins, view):
        left = tuple(name for name in left if not same_thing(name, that_one.dimension))
    else:
        scope = scope.but(filters=_of_many(scope.filters, new, found, begins))
    if untimed(now.groups) and not {*untimed(now.groups)} & {*was.groups}:
        scope = scope.but(having="")  # a threshold of services is none of teams
    if any(name.startswith("commitment_") for name in now.metrics):
        # of all that could be covered, not of what is
        plans = "commitment_discount_id"
        scope = scope.but(filters=tuple(f for f in scope.filters if f.dimension != plans))
    if "savings" in now.metrics:  # of what was used, whatever of it was not
        unused = "commitment_discount_status"
        scope = scope.but(filters=tuple(f for f in scope.filters if f.dimension != unused))
    rows = {name: getattr(now, name) for name in ("limit", "having", "order")}
    scope = scope.but(groups=left, **{name: value for name, value in rows.items() if value})
    if untimed(now.groups) and not (now.order or scope.limit) and _BY.match(begins.lower):
        scope = scope.but(order="")  # "by customer" after the cheapest model is of all of them
    if any(name in TIMES for name in scope.groups):
        if isinstance(old, Costs) and not (said.periods or said.shift):
            scope = scope.but(period=both_times(was.period, was.compare_to, view))
        scope = scope.but(compare_to="", limit=now.limit)
        if now.limit and not now.order and _TOP.search(begins.lower):
            scope = scope.but(order="desc")
        paced = getattr(new, "show", "") == "year"
        if not (said.periods or said.shift or paced) and is_one_row(was.period, now.groups, view):
            scope = scope.but(period="")  # "monthly" after one month asks for the others too
    return scope


def _that_one(scope: Scope, begins: Opening, view: CatalogueView) -> Filter | None:
    """The one name that "that account" stands for."""
    for match in THAT.finditer(begins.lower):
        meant = view.names.get(match[1], "")
        for item in scope.filters:
            if item.op == "in" and meant and same_thing(item.dimension, meant):
                return item
    return None


def _of_many(
    filters: tuple[Filter, ...], new: Question, found: Found, begins: Opening
) -> tuple[Filter, ...]:
    """Filters without the one name of a kind that rows are asked by: they would be one row.

    Raises:
        Unclear: Nothing says that the others are asked for.
    """
    now = new.scope
    alone = [
        f
        for f in filters
        if f.op == "in"
        and len(f.values) == 1
        and any(same_thing(f.dimension, name) for name in now.groups)
        and f not in now.filters
    ]
    others = [n for n in now.groups if not any(same_thing(f.dimension, n) for f in alone)]
    if not alone or others or new.frame == "owners":
        return filters
    if now.order or found.said.who or getattr(new, "way", "") or _WHICH.search(begins.lower):
        return tuple(f for f in filters if f not in alone)  # "which team went down?"
    names = " and ".join(clean(value) for f in alone for value in f.values)
    all_of = f"all {plural(alone[0].dimension)}"
    raise unsure(f"That was of {names} alone: shall I show {all_of}?", {"yes": all_of})


def _in_order(one: str, two: str, view: CatalogueView) -> tuple[str, str]:
    """The later period, then the earlier."""
    later = resolve(one, view.anchor).start > resolve(two, view.anchor).start
    return (one, two) if later else (two, one)


def untimed(groups: tuple[str, ...]) -> tuple[str, ...]:
    """Groups without units of time."""
    return tuple(name for name in groups if name not in TIMES)


def _groups(was: tuple[str, ...], now: Scope, begins: Opening, beside: str = "") -> tuple[str, ...]:
    """New groups replace the earlier ones; "and by team" adds; times and things stand together."""
    if not now.groups:
        return was
    keep: tuple[str, ...] = was if begins.also and not begins.instead else ()
    # "which day was the highest" is of days alone
    ranked = now.order and not (now.limit or _TIMED.search(begins.lower))
    if not (keep or begins.instead or ranked) and all(name in TIMES for name in now.groups):
        keep = untimed(was)
    if not keep and now.groups == (beside,):  # "just AWS and OpenAI" of what is shown by month
        return tuple(dict.fromkeys([*now.groups, *(name for name in was if name in TIMES)]))
    return tuple(dict.fromkeys([*keep, *now.groups]))


def _against_before(was: Scope, now: Scope, found: Found) -> bool:
    """A "compare with September" after a question about October: October against September."""
    return bool(
        found.said.compared
        and not found.said.explaining
        and len(found.said.periods) == 1
        and now.period
        and was.period
        and now.period != was.period
        and now.compare_to in ("", "previous_period")
    )
