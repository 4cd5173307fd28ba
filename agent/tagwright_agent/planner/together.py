"""What a message asks of the last two questions at once: both, their difference, which is more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright import periods
from tagwright.lazy import lazy
from tagwright_agent.planner.frames.costs import Costs, costs
from tagwright_agent.planner.frames.units import Units
from tagwright_agent.planner.link import same_thing
from tagwright_agent.planner.phrases import number as number_of
from tagwright_agent.planner.question import Filter, cannot, unsure
from tagwright_agent.planner.said import TIMES
from tagwright_agent.planner.shown import ANEW, REST
from tagwright_agent.planner.view import fold
from tagwright_agent.planner.words import group_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.question import Question
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["together"]

_TWO = 2
_EFFECTIVE = "effective_cost"
_AH = r"\W*(?:(?:no|nope|wait|sorry|actually|i meant?|ok(?:ay)?|and|so|now|then|please|show|give|put|me|what about|what (?:do|did|does)|how much (?:is|are|was|were) (?:that|it|they)) *(?:[,:] *)?)*"
_THEM = r"(?:them|(?:the |these |those )(?:two|three|four|five)|both|these|those)"
_BOTH = lazy(rf"{_AH}(?:(?:both|all(?= (?:two|three|four|of (?:them|those)|together)|\W*$))(?: (?P<n>two|three|four))?(?: of (?:them|those))?(?: together)?(?=\W|$)(?! (?:the|our|my))|"
    rf"(?:the )?(?:two|both)(?: months| weeks| quarters| teams| of them)? together|(?:the )?(?:sum|total) of {_THEM}(?=\W|$)|"
    r"(?:together|combined)(?=\W*$))", re.IGNORECASE)  # fmt: skip
_COMPARE_THEM = lazy(rf"{_AH}(?:compare {_THEM}(?: two)?(?: (?:days|weeks|months|quarters|teams|services|products|models|accounts|providers))?(?: again)?|how do (?:they|the two) compare|"
    rf"(?:which|who|what)(?: one)?(?:'s)? ?(?:of {_THEM} )?(?:is |was |costs? )?"
    r"(?:the )?(?:more(?: expensive)?|less(?: expensive)?|cheaper|dearer|higher|lower|bigger|smaller))\W*", re.IGNORECASE)  # fmt: skip
_FOR_BOTH = lazy(r"\s+(?:for|of|in|by|to|on) (?:both(?: of them)?|each of the two|the two(?: of them)?)\W*$", re.IGNORECASE)  # fmt: skip
_DIFFERENCE = lazy(rf"{_AH}(?:(?:what(?:'s| is| was) )?(?:the |their )?(?:difference|change|delta|gap)(?: (?:between|of) {_THEM}(?: (?:months|weeks|quarters|teams))?)?|"
    r"(?:by )?how much (?:more|less|higher|lower) (?:is|was) (?:that|it|this)|how far apart are (?:they|those|the two)|"
    r"(?:it|that|they) (?:went|has gone|have gone) (?:up|down) by how much)(?: in total| overall)?\W*", re.IGNORECASE)  # fmt: skip
_WIDEST = lazy(
    r"\b(?:biggest|largest|greatest|widest|smallest|most) (?:difference|gap|delta)\b", re.IGNORECASE
)
_COMES_FROM = lazy(rf"{_AH}(?:where (?:does|did|is) (?:the|that) (?:difference|gap)(?: com(?:e|ing))?(?: from)?|what(?:'s| is| was) (?:the|that) (?:difference|gap) (?:due to|from)|why (?:the|that) (?:difference|gap))\W*", re.IGNORECASE)  # fmt: skip
_SUM = lazy(rf"{_AH}(?:(?:the )?sum(?: (?:it|them|these|all))*(?: up)?|add (?:it|them|these)(?: all)? up|(?:put|add|take) (?:{_THEM}|all of them|it all)(?: all)? together)\W*", re.IGNORECASE)  # fmt: skip
_WHO_ELSE = lazy(rf"{_AH}(?:who|which [a-z]+) (?:gets?|got|takes?|took|has|have|receives?|received) (?:(?:all )?the (?:rest|others?|remainder)|everything else)(?: of (?:it|that|them))?\W*", re.IGNORECASE)  # fmt: skip
_OTHERS = lazy(rf"{_AH}(?:(?:what about|how about|for|in|by|of) )?(?:all )?the other (?P<kind>\w+)(?: together| combined)?\W*", re.IGNORECASE)  # fmt: skip
_ELSE_ON = lazy(rf"{_AH}(?:everything|everyone|all|anything) else (?:on|in|at|of|from) (?P<what>(?!it\b|that\b|this\b|them\b|us\b|our\b|the\b)[\w .-]+?)\W*", re.IGNORECASE)  # fmt: skip
_ELSE = lazy(r"\b(?:what|who|where|which \w+|anything|anybody|anyone) else\b", re.IGNORECASE)
_WHAT_ELSE = lazy(rf"{_AH}what else (?:do|does|did) (?:they|it|we|he|she|(?:that|this) \w+)(?: all)? (?:pay(?: for)?|spend(?: (?:it|money))?(?: on)?|use|buy|run|own|have)\W*", re.IGNORECASE)  # fmt: skip
_RANK = lazy(rf"{_AH}(?:(?:and )?where (?:does|do|did|is|are) (?P<who>[\w .&-]+?) (?:rank(?:ed)?|stand|place[d]?|come(?: in)?|land|in (?:it|that|this|the (?:list|ranking)))|how (?:does|do|did) (?P<how>[\w .&-]+?) rank|"
    r"(?:what|which) (?:place|rank|position|number)(?: (?:is|has|does|did))? (?P<place>[\w .&-]+?)(?: (?:in|at|on|take|hold))?)(?: (?:among|amongst|in|of|on) (?:them|those|these|that list|the list))?\W*", re.IGNORECASE)  # fmt: skip
_PAID_FOR = (
    "service_name", "service_provider_name", "service_category", "resource_type", "product",
    "x_ai_model_id", "x_ai_kind",
)  # fmt: skip
_SAME = lazy(r"\W*(?:and )?(?:the )?same (?:thing )?(?:for|in|with|by)\b", re.IGNORECASE)
_OF_THEM = lazy(rf"\bwhich(?: one)? of {_THEM}(?! (?:together|days|weeks|months|quarters|years))\b", re.IGNORECASE)  # fmt: skip
_BESIDE = lazy(r"\s*(?:side by side|next to each other|in one table|separately)\W*", re.IGNORECASE)
_TIMED = lazy(r"\s*(?:by|per|each|monthly|weekly|daily)\b", re.IGNORECASE)


def together(
    text: str, before: Sequence[Question], history: Sequence[Question], view: CatalogueView
) -> tuple[list[Question], Sequence[Question], str]:
    """The questions that a message makes of the last two; else what it goes on from, and its rest.

    Raises:
        Unclear: Nothing stands that it could be of, or two of the last differ in more than a thing.
    """
    if before and (match := _ELSE_ON.fullmatch(text)):
        return [], [_rest(before)], f"only {match['what']}"
    if before and (match := _RANK.fullmatch(text)):
        if ranked := _ranking(before[0], match["who"] or match["how"] or match["place"], view):
            return [ranked], before, text
    if before and _WHAT_ELSE.fullmatch(text) and (else_of := _beside_that(before[0])):
        return [else_of], before, text
    if before and before[0].frame == "owners" and _WHAT_ELSE.fullmatch(text):
        raise unsure('What else of whose: please say the name, as in "team platform by service".')
    if _ELSE.search(text) or (not before and _SAME.match(text)):
        raise unsure("Beside what, or the same as what: please say the whole question.")
    if REST.fullmatch(text):
        return [_rest(before)], before, text
    if before and _WHO_ELSE.fullmatch(text):
        return [_rest_by(before)], before, text
    if before and (match := _OTHERS.fullmatch(text)):
        kind = view.names.get(match["kind"].lower()) or view.names.get(
            match["kind"].lower().rstrip("s")
        )
        if kind and any(
            f.op == "in" and same_thing(f.dimension, kind) for f in before[0].scope.filters
        ):
            others = _rest(before)
            if not isinstance(others, Units):
                return [others], before, text
            # Of usage half has no customer: it is none of the other customers.
            out = [f for f in others.scope.filters if f.op == "not_in"][-1:]
            some = tuple(Filter(dimension=f.dimension, op="not_null") for f in out)
            return [others.within(filters=(*others.scope.filters, *some))], before, text
    if before and (match := _FOR_BOTH.search(text)):
        named = _several(before[0]) and not (history and history[0].scope != before[0].scope)
        both = _together(before, history) or ([before[0]] if named else [])
        if not both:
            raise unsure("Both of what: please say their names.")
        return [], both, text[: match.start()]
    if match := _BOTH.match(text):
        both = _together(before, history)
        if "all" in match.group().lower():
            both = _all_of(both, history)
        if not both and before and _several(before[0]):
            both = [before[0].within(groups=())]  # they were named together already
        number = (match["n"] or "").lower()
        if number and both and len(_several(both[0])[0].values) != number_of(number):
            raise unsure(f"Which {number}: please say their names.")
        rest = text[match.end() :]
        if _BESIDE.fullmatch(rest):
            if not both:
                raise unsure("Both of what: please say their names.")
            return [_as_rows(question) for question in both], before, text
        if not rest.strip(" ?!.,"):
            if not both and not (before and match.group().strip().lower() == "all"):
                raise unsure("Both of what: please say their names.")
            if both:
                return both, before, text
        if both and _TIMED.match(rest):
            both = [_as_rows(both[0])]
        if both and "both" in match.group().lower() and not _TIMED.match(rest):
            rest = f"and{rest}"  # "what did both cost in May" goes on, though it has its own verb
        before, text = both or before, rest if both else text
    if _SUM.fullmatch(text) and (every := _all_of(_together(before, history), history)):
        return every, before, text  # "sum" after AWS, "and Azure", "and Google"
    measured = len(before) > 1 and len({q.scope.metrics for q in before}) == len(before)
    if measured and _COMES_FROM.fullmatch(text):  # of two costs, not of two times
        return [q.within(groups=("service_name",), order="", limit=0) for q in before], before, text
    if measured and _WIDEST.search(text):
        raise cannot("The two costs stand beside each other; I rank rows by one of them: by which?")
    if _DIFFERENCE.fullmatch(text):
        return [_difference(before, history, view)], before, text
    if before and _COMPARE_THEM.fullmatch(text):
        two, several = _two_periods(before, history, view), _several(before[0])
        if two and several:
            raise unsure("Shall I compare the two times, or the names with each other?")
        if two:
            return [two], before, text
        both = [before[0]] if several else _together(before, history)
        if not both:
            raise unsure("Which two shall I compare?")
        return [_as_rows(question) for question in both], before, text
    if before and (match := _OF_THEM.search(text)):
        if before[0].frame == "workloads":
            return [], before, f"and which AI workloads{text[match.end() :]}"
        both = [before[0]] if _several(before[0]) else _together(before, history)
        things = [name for name in before[0].scope.groups if name not in TIMES]
        if not both and len(things) == 1 and isinstance(before[0], (Costs, Units)):
            return [], before, f"and which {group_words(things[0])}{text[match.end() :]}"
        if not both:
            raise unsure("Which of what: please say their names.")
        # "which of the two grew more" is which product did, of those two
        noun = group_words(_several(both[0])[0].dimension)
        return [], both, f"and which {noun}{text[match.end() :]}"
    return [], before, text


def _ranking(old: Question, name: str, view: CatalogueView) -> Question | None:
    """All rows of the list that stands, where a name is of their kind: its place is seen there."""
    show = getattr(old, "show", "")
    if not isinstance(old, (Costs, Units)) or old.unknown or show:
        return None
    if len(old.scope.groups) != 1 or old.scope.compare_to:
        return None
    kinds = {dimension for dimension, _ in view.values.get(fold(name), ())}
    if not any(same_thing(old.scope.groups[0], kind) for kind in kinds):
        return None
    return old.within(limit=0, having="", order="desc", notes=()).but(**ANEW, many=False)


def _beside_that(old: Question) -> Question | None:
    """What else a team pays for: by what stood, without it. None where it stands for no one.

    "What does the recommendation engine cost", "which team is that", "what else do they pay for".
    """
    show = getattr(old, "show", "")
    if old.frame not in ("costs", "owners") or old.unknown or show:
        return None
    named = [f for f in (*old.scope.filters, *filter(None, [old.top])) if f.op == "in"]
    whom = [f for f in named if f.dimension == "team"] or [
        row for row in old.rows if row.dimension == "team" and len(old.rows) == 1
    ]
    things = [f for f in named if f.dimension in _PAID_FOR]
    if len(whom) != 1 or len(whom[0].values) != 1 or len(things) != 1:
        return None
    others = things[0].model_copy(update={"op": "not_in"})
    rest = tuple(f for f in old.scope.filters if f not in (*whom, *things))
    scope = old.scope.but(filters=(*rest, whom[0], others), groups=(things[0].dimension,), limit=0)
    return costs(scope.but(order="", having="", compare_to="", notes=()))


def _all_of(both: list[Question], history: Sequence[Question]) -> list[Question]:
    """The last two questions with those before them that differ in the same thing."""
    for index in range(1, len(history)):
        both = (both and _together(both, history[index:])) or both
    return both


def _several(question: Question) -> list[Filter]:
    """Filters that name several values: what "both" and "the two" may mean."""
    return [f for f in question.scope.filters if f.op == "in" and len(f.values) > 1]


def _rest(before: Sequence[Question]) -> Question:
    """All but the one name that the question before was about.

    Raises:
        Unclear: It named none or several, or showed the first rows of many.
    """
    old = before[0] if len(before) == 1 else None
    if isinstance(old, Units) and not old.unknown:
        ones = [f for f in old.scope.filters if f.op == "in"]
        if len(ones) == 1:
            rest = tuple(f for f in old.scope.filters if f is not ones[0])
            others = ones[0].model_copy(update={"op": "not_in"})
            return old.within(filters=(*rest, others), notes=())
    if not isinstance(old, Costs) or old.unknown or old.show not in ("", "share"):
        raise unsure("The rest of what: please say what shall be left out.")
    scope = old.scope
    if any(f.op == "not_in" for f in scope.filters):  # of what was left out, or of what was named
        raise unsure("The rest beside what: please say what shall be left out.", partial=old)
    named = [old.focus] if old.focus else [f for f in scope.filters if f.op == "in"]
    people = [f for f in named if f.dimension in ("team", "customer", "product")]
    if len(named) > 1 and len(people) == 1 and not scope.groups:
        named = people  # "and everyone else" of a team's GPUs
    if len(named) != 1 or named[0].op != "in" or scope.limit or scope.having:
        raise unsure(
            "The rest beside what: shall I leave out a name that you say, or show all the rows?",
            partial=old,
        )
    kept = [item for item in scope.filters if item is not named[0]]
    groups = tuple(name for name in scope.groups if name != named[0].dimension)
    others = named[0].model_copy(update={"op": "not_in"})
    return costs(scope.but(filters=(*kept, others), groups=groups))


def _rest_by(before: Sequence[Question]) -> Question:
    """Who else has a part: rows of the same kind, of the whole where a share was told.

    Raises:
        Unclear: What stands names none, or several.
    """
    rest, old = _rest(before), before[0]
    focus = getattr(old, "focus", None)
    if focus is not None:  # the share of the rest would be no share of the whole
        return costs(old.scope.but(groups=(focus.dimension,), notes=()))
    [others] = [f for f in rest.scope.filters if f not in old.scope.filters]
    return rest.within(groups=(others.dimension,))


def _difference(
    before: Sequence[Question], history: Sequence[Question], view: CatalogueView
) -> Question:
    """Of the last two: of their times, or between two names; a comparison has its own beside.

    Raises:
        Unclear: There are no two, or they differ in more than one thing.
    """
    old = before[0] if len(before) == 1 else None
    if old is not None and not old.unknown:
        if two := _two_periods(before, history, view):
            return two
        if old.scope.compare_to:
            return old
        other = history[0] if history else None
        if other is not None and {old.scope.metric or _EFFECTIVE, other.scope.metric or _EFFECTIVE} == {
            "list_cost", _EFFECTIVE,
        } and old.within(metrics=(), notes=()) == other.within(metrics=(), notes=()):  # fmt: skip
            return old.within(metrics=("savings",))
        both = [old] if _several(old) else _together(before, history)
        several = _several(both[0]) if both else []
        if len(several) == 1 and len(several[0].values) == _TWO and isinstance(old, Costs):
            scope = both[0].scope.but(groups=(several[0].dimension,), limit=0, order="", having="")
            return costs(scope, show="gap")
    raise unsure(
        "The difference between what: that of two months, or of two names? Please say which two.",
        partial=old,
    )


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


def _as_rows(question: Question) -> Question:
    """A row for each of the values that it names."""
    return question.within(
        groups=tuple(item.dimension for item in _several(question)), limit=0, order=""
    )


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
            if len(values) == 1:
                continue  # the same name twice
            return [one.within(filters=(*rest, item.model_copy(update={"values": values})))]
    return []
