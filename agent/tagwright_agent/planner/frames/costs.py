"""Questions of amounts: totals, groups, shares, averages, counts, thresholds (``query_costs``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.lazy import lazy
from tagwright.text import clean
from tagwright_agent.planner.frame import Frame, Hearing
from tagwright_agent.planner.frames.costs_say import MACHINES, Costs, say
from tagwright_agent.planner.frames.part import part_of
from tagwright_agent.planner.frames.rows import BESIDE
from tagwright_agent.planner.listen import listen
from tagwright_agent.planner.phrases import rx
from tagwright_agent.planner.question import Filter, Question, Scope, Unclear, cannot, unsure
from tagwright_agent.planner.roles import apart
from tagwright_agent.planner.said import TIMES, Said
from tagwright_agent.planner.times import unit_of
from tagwright_agent.planner.words import group_words, plural, scope_from, scope_words, value_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright_agent.planner.reading import Reading
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["FRAME", "Costs", "costs", "settled", "share_of"]

_MOST = 1000
_YEARLY = rx(
    r"(?:annual|yearly)(?:i[sz]ed?)? run[- ]?rate|annuali[sz]ed?|(?<!daily )run[- ]?rate|extrapolated? to a year"
)
_PACE = rx(
    r"(?:at|with) (?:this|the current|our current|that) (?:pace|rate)|(?:where|what) (?:do|will|would) we land(?: at)?|if (?:we keep going like this|(?:this|it) (?:continues|goes on)(?: like this)?)|"
    r"(?:land|end up)(?: at)?(?: the)?(?: end of)?|(?:to|by|at|for) (?:the )?(?:month[- ]?end|end of(?: the)? month)|"
    r"(?:at )?the end of(?= )|on track(?: for)?|month[- ]end estimate"
)
_BELONGS = rx(r"belongs? to|(?:came|comes?|coming) from|contribut(?:e|es|ed)(?: to)?")
_WORKLOADS = lazy(r"\bworkloads(?! types?)\b")
_OF_TOTAL = rx(
    r"(?:(?:how much|what) (?:is|was|are|were|does|did|do)(?: [\w./-]+){1,5} of|"
    r"(?:compared? (?:\w+ )?(?:to|with)|vs\.?|versus|against|relative to|out of)) (?:our |the |my |all |that |overall |whole )*(?:total|overall|whole)"
    r"(?: (?:costs?|spend|spending|bills?|amount))?(?=\W*$| (?:in|for|during|this|last|over|by|per|since)\b)",
    "total|overall|whole",
)
"""A part beside the whole: its share, though no word says so."""
_ALREADY = rx(r"already|by now|so far", "already|now|far")
_WILL = rx(r"will|would", "will|would")
_WITHIN_EACH = lazy(r"\b(?:per|each|every)\b|\b(?:top|bottom)\b.*\b(?:top|bottom)\b")
_ARE = lazy(r"\s+(?:that |which |who )?(?:is|are|has|have|had|with|without|uses?)\b")
_GROWTH = lazy(r"\b(?:increas|gr[eo]w|ris[ei]|rose|chang|dropp?|decreas|f[ea]ll|differ)")
_MOVES = lazy(r"\b(?:increase|decrease|rise|drop|jump|mover|change)s\b")
_DOUBLED = rx(
    r"(?:more than )?(?:doubled|tripled|halved|quadrupled)|"
    r"(?:with|whose) (?:costs? |spend )?(?:is |are )?(?:ris|fall|grow|increas|decreas|declin|shrink|dropp)ing"
)
_GPU_FAMILY = "x_ai_instance_family"
_OF_PLANS = lazy(r"\s*(?:(?:the|our|my|all|of) )*(?:savings? plan|reserv|commitment)")
_NOW = lazy(r"\b(?:right now|currently|at the moment|running now)\b")


def costs(scope: Scope | None = None, **own: Any) -> Costs:
    """A question of amounts."""
    return Costs(scope=scope or Scope(), **own)


def _read(hearing: Hearing) -> tuple[Sequence[Question], Said] | None:
    reading = hearing.reading
    pace = "year" if reading.consume_all(_YEARLY, "pace") else ""
    pace = pace or ("pace" if reading.consume_all(_PACE, "pace") else "")
    if pace:
        reading.consume_all(_WILL, "pace")
    said = listen(reading, hearing.view, hearing.pinned)
    whole = _OF_TOTAL.search(reading.lower)
    if whole and said.share_at < 0 and not (said.groups or said.count or len(said.values) > 1):
        said.share_at = whole.start()
        if said.compared and len(said.periods) < 2:  # against the whole, not the time before
            said.compared, said.compare_to = False, ""
            said.period = said.period if said.periods else ""
    if said.share_at >= 0:
        reading.consume_all(_BELONGS, "share")
    if said.count:
        reading.consume_all(_ALREADY, "weak")
        if not (said.metrics or said.groups) and said.scope().on(_GPU_FAMILY):
            said.metrics.append("resource_count")  # "how many g5s": machines of that family
    several = apart(reading, said)
    if (len(said.metrics) > 1 or len(several) > 1) and len(said.periods) < 2:
        said.compared, said.compare_to = False, ""  # "list vs effective cost" is not two periods
        said.period = said.period if said.periods else ""
    one_by_one = said.average or said.count or said.share_at >= 0
    if (
        said.share_at >= 0 and said.grains and said.compared
    ):  # "how has AI's share changed by month"
        said.compared, said.compare_to = False, ""
        said.period = said.period if said.periods else ""
    growing = said.compared and (said.share_at < 0 or bool(_GROWTH.search(reading.lower)))
    if one_by_one and (len(said.periods) > 1 or growing):
        raise unsure(
            "I tell that of one period at a time: of which one first?",
            partial=costs(said.scope().but(compare_to="")),
        )
    unbilled = hearing.view.telemetry & {*said.groups, *(item.dimension for item in said.filters)}
    if said.having and (unbilled or _WORKLOADS.search(reading.lower)):
        raise cannot("I find by its amount what the bill has: services, teams, resources.")
    if len(several) > 1 and said.share_at >= 0:
        raise unsure("I tell one share at a time: of which one first?")
    things = [name for name in said.groups if name not in TIMES]
    if said.limit and said.compared and things and _MOVES.search(reading.lower):
        raise unsure("The largest now, or what changed the most?")
    if said.limited and len(things) > 1 and _WITHIN_EACH.search(reading.lower):
        raise cannot("I rank all rows together, not within each of a group.")
    if said.limit and things and said.grains:
        raise unsure(
            f"The first {said.limit} of all that time, or of each {said.grains[0]}?",
            partial=costs(settled(said.scope().but(limit=0, order=""))),
        )
    counted = [
        x.end for x in reading.labels if 0 <= x.start - said.share_at <= 5 and x.kind == "group"
    ]
    if said.limited and not said.limit and _is_of_one(said):
        raise unsure("Of one alone nothing is the most: shall I rank all of them?")
    if said.share_at >= 0 and any(_ARE.match(reading.lower[end:]) for end in counted):
        raise cannot("I tell shares of cost, not of how many.")
    question = _shown(said, pace, reading, hearing.view)
    if question.focus is not None and question.focus.dimension == "billing_currency":
        # Of two currencies neither is a part of the other.
        question = costs(said.scope().but(groups=("billing_currency",), filters=()))
    found = [question]
    if len(question.scope.metrics) > 1:
        found = [question.within(metrics=(name,)) for name in question.scope.metrics]
    if len(several) > 1:
        order = list(dict.fromkeys(v.dimension for v in said.values if v.dimension in several))
        found = [
            one.within(
                filters=tuple(f for f in one.scope.filters if f.dimension not in several - {name})
            )
            for one in found
            for name in order
        ]
    return found, said


def _is_of_one(said: Said) -> bool:
    """Whether what is to be ranked is pinned to one: "is Bedrock our most expensive service"."""
    pinned = {f.dimension for f in said.filters if f.op == "in" and len(f.values) == 1}
    times = {unit_of(period) for period in said.periods}
    return bool(pinned & set(said.groups) or times & set(said.grains))


def _shown(said: Said, pace: str, reading: Reading, view: CatalogueView) -> Costs:
    """How the figures are to be shown."""
    scope = said.scope()
    if _DOUBLED.search(reading.lower) and scope.groups:
        raise unsure(
            "I do not leave out rows by how much they changed. Shall I show all of them with their "
            "change, or which grew the most?",
            partial=costs(settled(scope)),
        )
    if pace and not {*scope.groups} <= {*TIMES}:
        raise cannot("I tell a run rate or pace of one total: of which one?")
    if pace == "year":
        return costs(scope.but(groups=("month",), compare_to=""), show="year")
    if pace:
        return costs(scope.but(compare_to=""), show="pace")
    if said.average and scope.metric != "unit_price":  # that is an average already
        return _average(said, scope)
    if said.share_at >= 0:
        return _share(said, scope, reading, view)
    if scope.metric == "resource_count" and not said.periods and _NOW.search(reading.lower):
        raise unsure(
            "A bill tells what ran in a time, not what runs at this moment: in which month?"
        )
    if said.count and scope.groups and not said.metrics:
        if len(scope.groups) > 1:
            # The rows would be counted as pairs, and no one asked for pairs.
            raise unsure(f"How many of what: {' or '.join(scope.groups)}?")
        return costs(scope.but(compare_to=""), show="count")
    if said.count and not said.metrics:
        if (
            left := reading.left()
        ):  # what is counted is nothing of a bill; its cost may be asked next
            word = clean(left[0].text[:60])
            raise cannot(f"I cannot count {word!r}: it is nothing I know.", partial=costs(scope))
        raise unsure("How many of what: services, teams, resources?", partial=costs(scope))
    return costs(settled(scope, side_by_side=said.side_by_side))


def settled(scope: Scope, *, side_by_side: str = "") -> Scope:
    """Two values named side by side are rows; rows by time are not compared, and all are shown."""
    if side_by_side and side_by_side not in scope.groups:
        scope = scope.but(groups=(*scope.groups, side_by_side))
    if any(name in TIMES for name in scope.groups):
        scope = scope.but(compare_to="")
    return scope


def _average(said: Said, scope: Scope) -> Costs:
    """An average of times, of each group; else of the values of the one group.

    Raises:
        Unclear: It is not said by what.
    """
    times = [name for name in scope.groups if name in TIMES]
    others = [name for name in scope.groups if name not in TIMES]
    if len(times) > 1 or (not times and len(others) != 1):
        raise unsure("An average by what: day, week, month or quarter?", partial=costs(scope))
    return costs(scope.but(compare_to=""), show="average", grain=(times or others)[0])


def _share(said: Said, scope: Scope, reading: Reading, view: CatalogueView) -> Costs:
    """The part becomes the focus; the whole stays a filter.

    Raises:
        Unclear: It is not said of what.
    """
    scope = scope.but(compare_to="")
    parts = [item for item in scope.filters if item.op in ("in", "is_null")]
    others = [name for name in scope.groups if name not in TIMES]
    ranked = said.limited and scope.order == "desc" and not scope.limit  # "the largest share of"
    if others and len(parts) == 1 and parts[0].op == "in" and said.values and not ranked:
        raise _which_share(scope, parts[0], others[0], view)
    if others and len(parts) <= 1:
        return costs(settled(scope))  # every group of a breakdown has its share beside
    if not parts:
        return costs(scope, show="share")  # of what the question before was about
    covered = next((item for item in parts if item.dimension == "commitment_discount_status"), None)
    if len(parts) == 1 or covered is not None:
        part = covered or parts[0]
        if covered and _OF_PLANS.match(reading.lower[said.share_at :]):
            whole = Filter(dimension="commitment_discount_id", op="not_null")
            scope = scope.but(filters=(*scope.filters, whole))
    else:
        part = part_of(parts, said, reading)
    scope = scope.but(filters=tuple(item for item in scope.filters if item is not part))
    return costs(scope.but(limit=0, order=""), show="share", focus=part)


def _which_share(scope: Scope, part: Filter, group: str, view: CatalogueView) -> Unclear:
    """Both readings of a share by rows, each with a question that is answered."""
    told, name = value_words(part), group_words(group)
    whole = costs(settled(scope.but(limit=0, order="", compare_to="")))
    known = view.dimensions.get(group)
    values = known.values[:1] if known is not None else ()
    one = whole.within(
        groups=(),
        filters=tuple(
            item.model_copy(update={"dimension": group, "values": tuple(values)})
            if item is part
            else item
            for item in whole.scope.filters
        ),
    )
    tries = [_words(whole)] + [_words(one.but(show="share", focus=part)) for _ in values]
    return unsure(
        f"Shall I show each {name}'s part of {told}, or what part of each {name} is {told}?",
        partial=whole.but(unknown=("share",)),
        questions=tuple(text[:1].upper() + text[1:] for text in tries),
    )


def share_of(old: Question, new: Costs, scope: Scope, view: CatalogueView) -> Question:
    """After "how much of that is Bedrock" or "in percent of the total", of the scope that stands.

    Raises:
        Unclear: There is nothing to be a share of, or two things.
    """
    times = tuple(name for name in scope.groups if name in TIMES)
    plain = scope.but(groups=times, limit=0, order="", having="", compare_to="")
    if new.focus is not None:
        own = [item for item in old.scope.filters if item.op == "in"]
        wider = new.focus.dimension == "service_provider_name"
        if wider and own and own[-1].dimension in ("service_name", "x_ai_model_id"):
            # "what share of AWS is that?" after EC2: the provider is the whole.
            rest = tuple(item for item in old.scope.filters if item is not own[-1])
            return new.but(scope=plain.but(filters=(*rest, new.focus)), focus=own[-1])
        whole = tuple(f for f in old.scope.filters if not _excludes(f, new.focus))
        # "how much of production is AI?" says the whole too
        whole = tuple(f for f in whole if new.scope.on(f.dimension) is None)
        return new.but(scope=plain.but(filters=(*whole, *new.scope.filters)))
    if isinstance(old, Costs) and old.show == "share":
        return old.but(scope=plain.but(filters=old.scope.filters))
    parts = [item for item in old.scope.filters if item.op in ("in", "is_null")]
    if not parts and old.scope.groups and old.frame == "costs":
        return old  # each of its rows has its share beside
    if not parts:
        raise unsure("A share of what, and in what?")
    others = [n for n in old.scope.groups if n not in (*TIMES, parts[-1].dimension)]
    if others and old.frame == "costs" and parts[-1].op == "in":
        raise _which_share(scope, parts[-1], others[0], view)
    rest = tuple(item for item in old.scope.filters if item is not parts[-1])
    return new.but(scope=plain.but(filters=rest), focus=parts[-1])


def _excludes(item: Filter, part: Filter) -> bool:
    """Whether nothing of a part can be in it: "what share is AI?" after what is not AI."""
    if item.dimension != part.dimension or part.op != "in":
        return False
    both = set(item.values) & set(part.values)
    return (
        item.op == "is_null"
        or (item.op == "not_in" and bool(both))
        or (item.op == "in" and not both)
    )


def _call(question: Costs) -> dict[str, Any]:
    scope = question.scope
    filters = list(scope.filters)
    groups = list(scope.groups)
    limit = scope.limit
    if limit:  # of times each currency has its own first
        limit = _MOST if any(name in TIMES for name in groups) else min(limit + BESIDE, _MOST)
    if question.show == "count":  # charges without a value are not one value more
        filters.append(Filter(dimension=groups[0], op="not_null"))
        limit = _MOST
    elif MACHINES in groups and not scope.on(MACHINES):
        filters.append(Filter(dimension=MACHINES, op="not_null"))
    if question.show == "share" and question.focus is not None:
        groups.append(question.focus.dimension)
        limit = _MOST
    timed = any(name in TIMES for name in groups)
    if timed and not scope.limit and not (scope.order and not question.show):
        limit = _MOST
    order: str = scope.order
    if order == "desc" and not (timed and not question.show):
        order = ""  # the tool's own, but of times
    lacking = [f for f in filters if f.op == "is_null"]
    if not groups and not question.show and len(lacking) == 1 and _tells_untaggable(scope, lacking):
        groups = ["x_taggable"]
    wanted: dict[str, Any] = {
        "metric": scope.metric,
        "group_by": groups,
        "filters": [item.argument() for item in filters],
        "period": scope.period,
        "compare_to": "" if question.show in ("count", "share") else scope.compare_to,
        "having": scope.having,
        "convert_to": scope.currency,
        "order": order,
        "limit": limit,
    }
    return {name: value for name, value in wanted.items() if value}


def _tells_untaggable(scope: Scope, lacking: Sequence[Filter]) -> bool:
    """Whether a total of what has no key is told apart from what cannot have one."""
    named = scope.metric in ("", "effective_cost", "billed_cost") and not scope.compare_to
    no_key = any(
        item.dimension in ("commitment_discount_status", "x_ai_certainty") for item in lacking
    )
    return named and scope.on("x_taggable") is None and bool(lacking) and not no_key


def _words(question: Costs) -> str:
    scope = question.scope
    if question.show == "count":
        return f"how many {scope_words(scope.but(groups=()), _counted(scope))}"
    if question.show == "share" and question.focus is not None:
        return f"share of {value_words(question.focus)} in {scope_words(scope)}"
    if question.show == "average":
        return f"average {scope_words(scope)}"
    if question.show == "pace":
        return f"{scope_words(scope)} at this pace"
    if question.show == "year":
        return f"annual run rate of {scope_words(scope.but(groups=()))}"
    return scope_words(scope)


def _counted(scope: Scope) -> str:
    """What is counted; where the words would say something else, the column's own name."""
    [dimension] = scope.groups
    other = dimension in ("resource_id", "commitment_discount_id", "invoice_id")
    other = other or (dimension == "sub_account_id" and scope.filters != ())  # "accounts for"
    return dimension if other else plural(dimension)


def _back(arguments: Mapping[str, Any]) -> Question:
    return costs(scope_from(arguments))


FRAME = Frame("costs", "query_costs", Costs, None, _read, _call, say, _words, _back)
