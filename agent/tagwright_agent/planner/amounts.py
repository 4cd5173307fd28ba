"""Words of amounts that go on from a question of any frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright_agent.planner.carried import BY
from tagwright_agent.planner.follow import OF_WHOLE, means_before
from tagwright_agent.planner.frames.allocation import Allocation
from tagwright_agent.planner.frames.changes import Changes
from tagwright_agent.planner.frames.costs import Costs, costs, settled, share_of
from tagwright_agent.planner.frames.coverage import Coverage, by_coverage
from tagwright_agent.planner.frames.data import Data
from tagwright_agent.planner.frames.units import Units, known
from tagwright_agent.planner.measures import MONEY
from tagwright_agent.planner.question import Filter, Scope, cannot, unsure
from tagwright_agent.planner.said import TIMES
from tagwright_agent.planner.scoped import untimed
from tagwright_agent.planner.view import fold

if TYPE_CHECKING:
    from tagwright_agent.planner.frame import Found
    from tagwright_agent.planner.question import Question
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["amounts"]

_BY_HOW_MUCH = lazy(r"(?<![\w-])by how much(?![\w-])")
_OF = lazy(r"\W*(?:and )?(?:of|in|within|for) ")
_GREW = lazy(r"\b(?:increas|decreas|gr[eo]w|rise|rising|drop|fall|jump)")
_ABOUT = lazy(r"\W*(?:and )?(?:what|how) about ")
_EACH_OF = lazy(r"\b(?:each|every one|they|them|these|those|by (?:cost|spend|amount|size))\b")
_IN_PERCENT = lazy(r"\W*(?:and )?(?:(?:by )?(?:how much|what)(?:'s| is| was)?(?: (?:that|it|this))? )?"
    r"(?:in|as(?: an?)?) (?:percent(?:ages?)?|%)(?: terms)?(?:,? please)?\W*")  # fmt: skip
_IN = lazy(r"\W*(?:and )?in ")
_TOTAL = lazy(r"\b(?:total|overall|in all)\b")
_MONEY = lazy(r"(?<![\w-])(?:costs?|spend|spending|spent|money|dollars)(?![\w-])")
_HOW_MUCH = lazy(r"(?<![\w-])(?:how much|what (?:is|was|did|does|do)|total)(?![\w-])(?!.*(?:chang|ris|increas))")  # fmt: skip


def amounts(old: Question, new: Costs, found: Found, scope: Scope, view: CatalogueView) -> Question:
    """Words of amounts go on with whatever frame the question before had, where that can."""
    if isinstance(old, Changes) and not old.new and _IN_PERCENT.fullmatch(found.text):
        groups = untimed(old.scope.groups)  # rows of a comparison have their change in percent
        return costs(settled(old.scope.but(groups=groups, limit=0)))
    told = old.scope.compare_to or isinstance(old, (Coverage, Allocation))
    if isinstance(old, Allocation) and old.target and _IN_PERCENT.fullmatch(found.text):
        return old.but(target="")  # alone it would be all of itself
    if told and _IN_PERCENT.fullmatch(found.text):
        return old  # its change, or its coverage, stands there in percent too
    part = getattr(old, "focus", None)
    if part is not None and new.scope.filters == (part,) and untimed(new.scope.groups):
        return costs(settled(scope.but(filters=(*old.scope.filters, part))))
    if isinstance(old, Allocation) and new.show == "share" and new.focus is not None:
        if new.focus.dimension in (*old.scope.groups, "team")[:1] and new.focus.op == "in":
            return old.but(scope=old.scope.but(period=scope.period), target=new.focus.values[0])
    if new.show == "share" and new.focus is not None and OF_WHOLE.search(found.text):
        parts = [f for f in old.scope.filters if f.op == "in"]
        if len(parts) == 1 and parts[0].dimension != new.focus.dimension:
            times = tuple(name for name in scope.groups if name in TIMES)
            return new.but(scope=scope.but(filters=(new.focus,), groups=times), focus=parts[0])
    if new.show == "share":
        left_out = [f for f in old.scope.filters if f.op != "in"]
        if new.focus is None and left_out and left_out == list(old.scope.filters):
            if means_before(found, found.text):
                raise unsure("A share of what, and in what?", partial=old)
        return share_of(old, new, scope, view)
    if new.show:
        part = getattr(old, "focus", None)  # "per day on average" of what the share was of
        part = part if part is not None and scope.on(part.dimension) is None else None
        return new.but(scope=scope.but(filters=(*scope.filters, *([part] if part else []))))
    if isinstance(old, Coverage) and old.part == "untagged" and "resource_id" in old.scope.groups:
        if {*new.scope.groups} & {*TIMES} and found.said.head and means_before(found, found.text):
            lacks = (
                Filter(dimension="x_tagged", values=("false",)),
                Filter(dimension="x_taggable", values=("true",)),
            )
            times = tuple(name for name in new.scope.groups if name in TIMES)
            return costs(settled(scope.but(filters=(*scope.filters, *lacks), groups=times)))
    bare = new.scope.but(notes=()) == Scope() and _MONEY.search(found.text)
    if (
        bare
        and isinstance(old, Coverage)
        and (means_before(found, found.text) or _IN.match(found.text))
    ):
        return old  # "how much money is that" after what is untagged
    if bare and (isinstance(old, Coverage) or set(scope.metrics) - MONEY):
        return costs(settled(scope.but(metrics=(), having="")))  # "and the cost?" after savings
    if old.scope.compare_to and new.scope.limit and _GREW.search(found.text):
        raise unsure("The largest now, or what changed the most?", partial=old)
    if isinstance(old, Changes) and _BY_HOW_MUCH.search(found.text):
        return old.but(scope=scope.but(compare_to=old.scope.compare_to))
    own: object = found.said.periods and new.scope.filters
    if isinstance(old, Changes) and found.said.head and (own or _HOW_MUCH.search(found.text)):
        return costs(settled(scope.but(compare_to="", groups=new.scope.groups)))
    if isinstance(old, Coverage) and any(f.op == "is_null" for f in new.scope.filters):
        return costs(settled(scope))  # "list the resources that have no team"
    if isinstance(old, Coverage):
        asked = set(new.scope.groups)
        about = _ABOUT.match(found.text)
        by = BY.search(found.text, about.end() if about else 0)
        if asked and asked <= set(view.keys) and not by:
            # "and product?" is of the key; "by product" is a group.
            return old.but(scope=scope.but(groups=old.scope.groups), keys=new.scope.groups)
        resources = old.resources and "resource_id" not in scope.groups  # a list of them is by cost
        asked_of = old.but(scope=scope, resources=resources)
        return by_coverage(asked_of, found.text if scope.groups else "")
    lacking = {item.dimension for item in old.scope.filters if item.op == "is_null"}
    if lacking & set(new.scope.groups):
        raise unsure("That was of what has none: do you mean what has one?")
    timed = any(name in TIMES for name in scope.groups)
    if isinstance(old, Changes):
        if old.new and new.scope.groups and BY.search(found.text) and not new.scope.filters:
            raise unsure("What is new of that kind, or the cost by it of what is new?")
        if new.scope.limit and old.scope.groups and not (new.scope.groups or found.said.head):
            raise unsure("The largest now, or what changed the most?", partial=old)
        if timed or new.scope.limit or new.scope.having or found.said.limited:
            scope = scope.but(compare_to="", groups=new.scope.groups or scope.groups)
            return _ranked(costs(settled(scope)))
        return old.but(scope=scope)
    if isinstance(old, Units):
        if found.said.who and old.scope.groups:  # "who's the most expensive" of what is by customer
            scope = scope.but(groups=old.scope.groups)
        paid = found.said.head and _MONEY.search(found.text)  # a total may be of tokens
        counted = paid and not new.scope.groups and old.of not in ("", "margin")
        if counted and old.of not in ("tokens", "requests", "cost", "count", "cache"):
            return _cost_of_tokens(old, scope, view)
        return known(old.but(scope=scope, of="cost" if counted else old.of), view)
    if isinstance(old, Allocation):  # of one target: its row stands in the whole
        if not {*scope.groups} <= {*view.keys}:
            raise cannot("Costs are allocated to teams, products and the like: to which of them?")
        targets = [f for f in new.scope.filters if f.dimension in old.scope.groups]
        if any(f.op != "in" for f in targets):
            raise unsure("To all of them, or to which one: please say its name.", partial=old)
        others = tuple(f for f in scope.filters if f not in targets)
        # To one key at a time; a target of it is no row less.
        scope = scope.but(groups=new.scope.groups or old.scope.groups)
        bears = targets[0].values[0] if targets else "" if new.scope.groups else old.target
        return old.but(scope=scope.but(filters=others), target=bears)
    if old.frame == "workloads":
        return old.but(scope=scope.but(compare_to=""))
    if old.frame in ("owners", "data"):
        groups = new.scope.groups
        plain = not (found.said.head or new.scope.filters or new.scope.order or scope.limit)
        if isinstance(old, Data) and old.about == "values" and len(groups) == 1 and plain:
            if not BY.search(found.text):  # "and for project?" after the values of a tag
                return old.but(dimension=_tag(old, groups[0], found, view))
        if old.frame == "owners" and new.scope.filters and not (found.said.head or groups):
            return old.but(scope=scope)  # "and Lambda?" after who owns EC2
        each = _EACH_OF.search(found.text) or (found.said.limited and found.said.limit <= 1)
        if not groups and each:
            of = old.dimension if isinstance(old, Data) else "team"
            groups = (of,) if of not in ("", "tags") else ()
        return _ranked(costs(settled(scope.but(groups=groups))))
    if isinstance(old, Costs) and old.show == "gap":
        same = (scope.groups, scope.filters) == (old.scope.groups, old.scope.filters)
        return old.but(scope=scope) if same else costs(settled(scope))
    it = means_before(found, found.text)
    only_when = found.said.periods and not (
        new.scope.groups or scope.compare_to or found.said.trend
    )
    it = it and not (only_when and not new.scope.filters)  # "how was it in July?" is a share too
    if isinstance(old, Costs) and old.show == "share" and old.focus is not None and it:
        # "how did it move?" after a share is of what it was the share of.
        if old.focus.dimension in new.scope.groups:
            return costs(settled(scope))  # "show that for every provider"
        scope = scope.but(filters=(*scope.filters, old.focus))
        return costs(settled(scope, side_by_side=found.said.side_by_side))
    if isinstance(old, Costs) and old.show == "share" and old.focus is not None:
        if any(f.op in ("not_in", "not_null") for f in new.scope.filters):
            return _without(old, old.focus, new, scope)
        if any(name not in TIMES for name in new.scope.groups):
            whole = costs(settled(scope.but(filters=(*scope.filters, old.focus))))
            apart = old.focus.dimension not in new.scope.groups and not new.scope.order
            if old.focus.op == "is_null" and apart:
                return _ranked(whole)  # where what has none is, as if it was asked at once
            raise unsure("I tell a share of one whole at a time: of which one?", partial=whole)
        if new.scope.groups and not new.scope.filters:
            return old.but(scope=scope)
    if isinstance(old, Costs) and old.show == "share" and not new.scope.groups:
        if new.scope.filters and found.said.head and _TOTAL.search(found.text):
            return costs(settled(scope))  # "and the total GPU spend" is no share
        if new.scope.filters and old.focus is not None:
            other = new.scope.filters[-1].dimension != old.focus.dimension
            of_whole = old.scope.on(new.scope.filters[-1].dimension) is not None
            if other and (of_whole or _OF.match(found.text)):  # "of the search team" says the whole
                return old.but(scope=scope)
            return old.but(scope=scope.but(filters=old.scope.filters), focus=new.scope.filters[-1])
        return old.but(scope=scope)
    counted = old.scope.metric in ("resource_count", "charge_count")
    if counted and found.said.limited and not (new.scope.metrics or scope.groups):
        scope = scope.but(metrics=(), groups=("resource_id",))  # "which is the most expensive?"
    if found.said.head and counted and not new.scope.metrics:
        scope = scope.but(metrics=())  # "and the money in July?" after a count
    if isinstance(old, Costs) and old.show == "average" and new.scope.order and old.grain in TIMES:
        return costs(settled(scope))  # "and the highest?" is of the days themselves
    if isinstance(old, Costs) and old.show and scope.compare_to and untimed(new.scope.groups):
        return costs(settled(scope.but(groups=new.scope.groups)))  # "which of the two grew more"
    own = own or found.said.head or found.said.limited or new.scope.metrics or new.scope.groups
    if isinstance(old, Costs) and old.show == "count" and not (own or scope.compare_to):
        if not scope.groups:  # "same thing for search" after how many teams there are
            raise unsure("It is these that I counted: what shall I tell?", partial=old)
        return old.but(scope=scope)  # "and in September?" after how many there are
    if isinstance(old, Costs) and old.show in ("average", "pace", "year"):
        if not new.scope.groups:
            return old.but(scope=scope.but(groups=old.scope.groups))
        things = untimed(new.scope.groups)
        if old.show == "average" and {old.grain, *new.scope.groups} <= {*TIMES}:
            return old.but(scope=scope, grain=new.scope.groups[0])  # "and per week?"
        if things and old.show != "average":
            raise cannot("I tell a run rate or pace of one total: of which one?", partial=old)
        if things and old.grain in TIMES and not (scope.order or scope.limit):
            return old.but(scope=scope.but(groups=(*things, old.grain)))  # "by team"
    return _ranked(costs(settled(scope, side_by_side=found.said.side_by_side), receipt=new.receipt))


def _without(old: Costs, part: Filter, new: Costs, scope: Scope) -> Question:
    """A share of a whole that lacks what is left out: it is none of what is left out.

    Raises:
        Unclear: The part itself is left out.
    """
    for item in new.scope.filters:
        if item.dimension == part.dimension and (
            item.op == "not_null" if part.op == "is_null" else {*item.values} & {*part.values}
        ):
            raise unsure("That is the part that I told: the share of what else?", partial=old)
    return old.but(scope=scope)


def _cost_of_tokens(old: Units, scope: Scope, view: CatalogueView) -> Question:
    """After output tokens "how much did those cost?": telemetry knows the cost of all tokens alone.

    Raises:
        Unclear: The bill does not tell that kind of tokens, or what they were of, apart.
    """
    named = {*scope.groups, *(item.dimension for item in scope.filters)}
    if old.of not in ("input", "output") or named & view.telemetry:
        raise unsure(
            "I do not tell the cost of these tokens apart: that of all of them?", partial=old
        )
    kind = Filter(dimension="x_ai_token_direction", values=(old.of.capitalize(),))
    return costs(settled(scope.but(filters=(*scope.filters, kind))))


def _tag(old: Data, group: str, found: Found, view: CatalogueView) -> str:
    """The dimension whose values are asked for next: after those of a tag, a tag too."""
    if old.dimension in view.keys and group not in view.keys:
        for tag in view.tags:
            if view.names.get(fold(tag)) == group and fold(tag) in found.text:
                return f"tag:{tag}"
    return group


def _ranked(question: Costs) -> Costs:
    """The same, where there are rows to be ranked.

    Raises:
        Unclear: The first of nothing is asked for.
    """
    scope = question.scope
    if (scope.limit or scope.having) and not scope.groups:
        raise unsure("Of which rows: services, teams, accounts?", partial=question)
    return question
