"""A message that goes on from the question before: what it says takes the place of what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright_agent.planner.amounts import amounts
from tagwright_agent.planner.follow import bound, means_before
from tagwright_agent.planner.frames.allocation import Allocation
from tagwright_agent.planner.frames.changes import Changes
from tagwright_agent.planner.frames.costs import Costs, costs, settled
from tagwright_agent.planner.frames.coverage import Coverage, by_coverage
from tagwright_agent.planner.frames.data import Data
from tagwright_agent.planner.frames.fixes import Fixes
from tagwright_agent.planner.frames.units import Units, known, knows
from tagwright_agent.planner.kept import EACH
from tagwright_agent.planner.question import Filter, Scope, unsure
from tagwright_agent.planner.reasons import WHEN
from tagwright_agent.planner.said import TIMES
from tagwright_agent.planner.scoped import scoped, untimed
from tagwright_agent.planner.stood import back_to, both_spoken_of, of_all_times, resumed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.frame import Found
    from tagwright_agent.planner.question import Question
    from tagwright_agent.planner.turn import Opening
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["merged"]

_THE_ROWS = lazy(r"\W*(?:(?:and|ok|now|then|please) )*(?:show|list|give)(?: me)? the \w+\W*")
"""Of the one that was told before: "show me the resources" after "which account is the worst?"."""
_HOW_DOES = lazy(r"\W*(?:and |so )*how (?:do|does|did) (?:it|that|this|they)\b")
_MOST_OF = lazy(r"\b(?:most|biggest|largest)\b")
_BESIDE = lazy(r"\W*(?:and |now |please |how (?:do|does|did) (?:it|that|this|they) )*(?:compared?(?: (?:it|that|this))?|vs\.?|versus|against)\b")  # fmt: skip
_ON_WHAT = lazy(r"\b(?:on|for) what\b|\bwhat (?:on|for)\W*$")
_BARE_WHY = lazy(r"\W*(?:(?:and|but|so) )*why(?: is (?:that|this|it))?\W*")
_PAYS = lazy(r"\b(?:do|does|did) (?!we\b|i\b)[\w-]+ pay\b")


def merged(
    old: Question,
    new: Question,
    found: Found,
    begins: Opening,
    view: CatalogueView,
    history: Sequence[Question] = (),
) -> Question:
    """The earlier question with what the new message says in place of what it said.

    Args:
        old: What the last turn asked, or what of it was understood.
        new: What the message says by itself.
        found: How it was read.
        begins: How it begins.
        view: What can be named.
        history: What was asked before that, the newest first.

    Raises:
        Unclear: It is not sure how the two go together.
    """
    if old.frame == "prices" != new.frame and means_before(found, begins.lower):
        raise unsure("Of a launch, or of what was charged: please say the whole question.")
    speaks = means_before(found, begins.lower) or bool(_HOW_DOES.match(begins.lower))
    one_name = sum(len(f.values) for f in old.scope.filters if f.op == "in") == 1
    if old.unknown and old.unknown != (WHEN,) and speaks and not (begins.content or one_name):
        raise unsure("That was not answered: which one do you mean?", partial=old)
    if old.unknown:
        old = resumed(old, new)
    if (old.scope.limit or old.scope.order) and not old.scope.groups:
        if means_before(found, begins.lower) and not isinstance(old, Changes):
            raise unsure("The first of which rows: services, teams, accounts?", partial=old)
    if isinstance(old, Fixes) and not isinstance(new, (Fixes, Coverage)):
        raise unsure("What of it: how much is untagged? Please say the whole question.")
    bound(old.within(filters=(*old.scope.filters, *new.scope.filters)), begins.lower, view)
    it = means_before(found, begins.lower) or bool(_ON_WHAT.search(begins.lower))
    it = it or (isinstance(old, Changes) and bool(_BARE_WHY.fullmatch(begins.lower)))
    it = it or bool(untimed(new.scope.groups) and _THE_ROWS.fullmatch(begins.lower))
    it = it and not EACH.search(begins.lower)  # "each of them" is of all the rows
    if old.top is not None and old.top.dimension not in TIMES and it:
        dimension = old.top.dimension
        focus = getattr(new, "focus", None)  # "how much of that is OpenAI" names one itself
        named = dimension in new.scope.groups or new.scope.on(dimension) is not None
        if not (named or new.scope.having) and (focus is None or focus.dimension != dimension):
            # "what do they spend it on?" after "which team spent the most?"
            old = old.within(filters=(*old.scope.filters, old.top), groups=(), order="", limit=0)
    if old.top is not None and old.top.dimension in TIMES and not new.scope.period:
        things = untimed(new.scope.groups) and isinstance(new, Costs)
        if things or isinstance(new, Changes) or means_before(found, begins.lower):
            # "why?" or "by service" after "which month was the highest?"
            old = old.within(period=old.top.values[0], groups=untimed(old.scope.groups), order="")
    old = old.but(top=None)
    old = of_all_times(old, new, history, view)
    old = back_to(old, new, begins, history)
    part = getattr(old, "focus", None)
    if begins.corrects and part is not None and part.op == "is_null" and not new.scope.filters:
        if len(new.scope.groups) == 1 and new.scope.groups[0] in view.keys:
            # "I meant products" after what has no team
            return old.but(focus=Filter(dimension=new.scope.groups[0], op="is_null"))
    scope = scoped(old, new, found, begins, view)
    beside = [item for item in new.scope.filters if item.op == "in"]
    if beside and found.said.compared and not found.said.periods and _BESIDE.match(found.text):
        if isinstance(old, (Costs, Units)) and isinstance(new, (Costs, Units)):
            return _beside(old, beside, scope)
    if isinstance(new, Costs):
        if scope.compare_to == "previous_period" and not found.said.periods:
            scope = both_spoken_of(old, scope, history, view)
        return amounts(old, new, found, scope, view)
    if isinstance(new, Changes):
        if old.frame not in ("costs", "changes") and _BARE_WHY.fullmatch(found.text):
            raise unsure("I explain why a cost changed: of what, and when?", partial=old)
        if isinstance(old, Costs) and old.show == "share":
            raise unsure("Why that changed, or who spends the most of it?", partial=old)
        if not found.said.periods and scope.compare_to in ("", "previous_period"):
            both = both_spoken_of(old, scope, history, view)
            if both.compare_to not in ("", "previous_period"):
                old, scope = old.within(compare_to=both.compare_to), scope.but(period=both.period)
        if found.said.same_period and not scope.period:
            raise unsure("Between which two times in it: please say both.", partial=old)
        compare = new.scope.compare_to if found.said.periods else ""
        compare = compare or old.scope.compare_to or "previous_period"
        scope = scope.but(groups=untimed(scope.groups), compare_to=compare)
        if new.way and not scope.groups:
            scope = scope.but(groups=("service_name",))  # what grew is a service
        order = new.scope.order or ("desc" if new.way and len(scope.groups) == 1 else "")
        return new.but(scope=scope.but(limit=0, having="", order=order))
    if new.frame == "owners":
        if old.frame == "workloads":
            return old  # its list has whose they are
        if isinstance(old, Costs) and not old.show and _MOST_OF.search(found.text):
            return costs(settled(scope.but(groups=("team",), order="desc", limit=0, having="")))
        if isinstance(old, Changes):  # "which team was it?" after a why
            return old.but(scope=scope.but(groups=("team",)))
        return new.but(
            scope=scope.but(groups=("team",), compare_to="", limit=0, having="", order="")
        )
    if isinstance(new, Fixes):
        lacks = tuple(f.dimension for f in old.scope.filters if f.op == "is_null")
        named = any(f.dimension.startswith("resource_") for f in scope.filters)
        if not (isinstance(old, Coverage) or lacks or new.keys or named):
            raise unsure("The tags of what shall I propose: which account, service or team?")
        kept = tuple(f for f in scope.filters if f.op != "is_null")
        keys = new.keys or getattr(old, "keys", ()) or tuple(k for k in lacks if k in view.keys)
        return new.but(scope=Scope(filters=kept, period=scope.period), keys=keys)
    if isinstance(new, Coverage):
        old_keys = old.keys if isinstance(old, (Coverage, Fixes)) else ()
        asked = new.but(scope=scope, keys=new.keys or old_keys)
        return by_coverage(asked, found.text if scope.groups else "")
    if isinstance(new, Units):
        said = found.said.head or any(label.kind == "unit" for label in found.labels)
        of = old.of if isinstance(old, Units) and new.of == "cost" and not said else new.of
        if isinstance(old, Changes) and means_before(found, begins.lower):
            raise unsure("Of the change, or of the usage in that time: please say which.")
        if isinstance(old, Units) and old.of == "margin" and _PAYS.search(found.text):
            of = "margin"  # "and how much does hooli pay?" after who loses us money
        of_rows = isinstance(old, Units)  # a request is of no service that rows were by
        inherited = tuple(name for name in scope.groups if of_rows or knows(name, view))
        groups = new.scope.groups or inherited
        if isinstance(old, Units) and found.said.who and old.scope.groups:
            groups = old.scope.groups  # "who is the least profitable" of what is by customer
        if of == "margin" and not new.scope.groups:  # revenue is of customers
            groups = tuple(name for name in groups if name in ("customer", "day", "month"))
        filters = tuple(f for f in scope.filters if f.dimension != "x_ai_certainty")
        compare = scope.compare_to if _says_two_times(new, found) else ""
        scope = scope.but(compare_to=compare, groups=groups, filters=filters)
        return known(new.but(scope=scope, of=of), view)
    if isinstance(new, Data) and new.dimension in view.dimensions and old.frame == "costs":
        groups = (new.dimension,)  # "show me their services": with what they cost
        return costs(settled(scope.but(groups=groups, compare_to="", limit=0, having="", order="")))
    if isinstance(new, Allocation) and isinstance(old, Allocation):
        part = new.part or (old.part if means_before(found, begins.lower) else "")
        return new.but(scope=scope.but(compare_to=""), part=part)
    return new.but(scope=scope.but(compare_to=""))


def _says_two_times(new: Question, found: Found) -> bool:
    return bool(new.scope.compare_to or found.said.shift or found.said.against)


def _beside(old: Question, beside: Sequence[Filter], scope: Scope) -> Question:
    """After "compare with team platform": both as rows, in one period.

    Raises:
        Unclear: What stood before is of another kind.
    """
    item = beside[0]
    was = old.scope.on(item.dimension)
    if len(beside) > 1 or was is None or was.op != "in" or was.values == item.values:
        raise unsure("What of the same kind shall I compare with that?")
    both = item.model_copy(update={"values": tuple(dict.fromkeys([*was.values, *item.values]))})
    rest = [other for other in old.scope.filters if other is not was]
    scope = scope.but(
        filters=(*rest, both), groups=(item.dimension,), compare_to="", limit=0, order="",
        period=old.scope.period,
    )  # fmt: skip
    return old.but(scope=scope) if isinstance(old, Units) else costs(scope)
