"""Rows of the answer before that a message points at, and filters that it takes away."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright.periods import resolve
from tagwright_agent.planner.frames.changes import Changes
from tagwright_agent.planner.frames.costs import Costs
from tagwright_agent.planner.frames.units import Units
from tagwright_agent.planner.link import same_thing
from tagwright_agent.planner.onward import AH
from tagwright_agent.planner.phrases import NEGATIONS, SHARE
from tagwright_agent.planner.phrases import number as number_of
from tagwright_agent.planner.question import cannot, unsure
from tagwright_agent.planner.said import TIMES
from tagwright_agent.planner.shown import (
    ANEW,
    REST,
    all_rows,
    beside,
    list_of,
    names_several,
    pointable,
    row_at,
    said_names,
    same_at,
    shown,
    those,
)
from tagwright_agent.planner.times import (
    period_around,
    period_earlier,
    period_following,
    unit_of,
)
from tagwright_agent.planner.words import group_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.question import Question
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["named_before", "pointed", "timed", "widened"]

_NTH = {
    "first": 1, "1st": 1, "top": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4,
    "fifth": 5, "5th": 5, "next": 0, "last": -1, "bottom": -1,
}  # fmt: skip
_ORDINAL = "|".join(_NTH)
_KIND = r"(?:one|row|line|place|entry|item)"
_WHOLE_ROW = lazy(rf"{AH}(?:only |(?:how|what) about |what is |who is |which is |show(?: me)? )?(?:the |number )?(?P<nth>{_ORDINAL})(?: (?:most expensive|biggest|largest|highest))?"
    rf"(?: {_KIND})?(?: (?:only|alone|then|place))?\W*|"
    rf"{AH}(?:who|what|which(?: one)?)(?: is| comes| came)? (?:in |on )?(?:the )?(?P<at>second|third|fourth|fifth|next|last)(?: place)?\W*|"
    rf"{AH}(?:(?:who|what|which(?: one)?)(?:'s| is| was) )?(?:the )?(?P<runner>runner[- ]?up)\W*", re.IGNORECASE)  # fmt: skip
_ROW = lazy(rf"\b(?:number (?P<number>one|two|three|four|five|[1-5])\b|the (?:(?P<nth>{_ORDINAL}) {_KIND}\b|(?:biggest|largest|highest|most expensive) one(?='s| by| per| split)|(?<=behind the )(?:biggest|largest|highest|most expensive|worst|lowest) one))(?P<of>'s)?", re.IGNORECASE)  # fmt: skip
_SAME_FOR = lazy(rf"{AH}(?:the )?same (?:thing )?(?:for|with) the (?P<nth>{_ORDINAL})(?: {_KIND})?\W*", re.IGNORECASE)  # fmt: skip
_THAT_TIME = lazy(
    r"\b(?:(?<!it )(?<!that )(?<!money )(?:on |in ))?(?:that|this) (?P<unit>day|week|month)\b",
    re.IGNORECASE,
)
_N = r"two|three|four|five|six|seven|eight|nine|ten|[2-9]|10"
_TWO = lazy(rf"{AH}(?:only |show (?:me )?)?(?:those|these|the|both) (?P<n>{_N})(?: of (?:them|those))?(?: only| alone| together| combined)?\W*", re.IGNORECASE)  # fmt: skip
_THEM = lazy(rf"\b(?:they|them|those|these|their|together|combined|both|all (?:{_N}))\b", re.IGNORECASE)  # fmt: skip
_THOSE_N = lazy(
    rf"\b(?:those|these|the|all) (?P<n>{_N})(?: of (?:them|those|these))?\b", re.IGNORECASE
)
_THEIRS = lazy(r"\b(?:they|them|those|these|their)\b", re.IGNORECASE)
_HOW_MANY = lazy(rf"{AH}(?:how many (?:are (?:there|they|those|these)|is that|of (?:them|those|these)(?: are there)?|rows(?: are there)?)|count (?:them|those|these))"
    r"(?: in (?:total|all))?\W*", re.IGNORECASE)  # fmt: skip
_UNFILTERED = lazy(rf"{AH}(?:(?:forget|clear|remove|drop|reset|lift|undo|lose|without|take (?:off|away))(?: (?:all|about|the|that|those|my|any|every))*"
    r"(?: (?P<kind>\w+))? (?:filters?|restrictions?|conditions?)|(?:remove|clear|undo) (?:it|that) again|"
    r"(?:everything|all|the whole thing|all of (?:it|them)|the lot) again|(?:go |going )?back to (?:all|everything|the whole company|the (?:full|overall|grand) total|the whole thing|the whole picture|the big picture)(?: again)?|"
    r"(?:everything|all of it), (?:not just|unfiltered).*|unfiltered)(?: again| then| please)?\W*", re.IGNORECASE)  # fmt: skip
_UNGROUPED = lazy(rf"{AH}(?:without|drop|remove|not|no|lose|hide|forget|take out|skip)(?P<by> by| per)?(?: the| that)? (?P<name>\w+)"
    r"(?P<part> (?:column|breakdown|split|part)s?)?\W*", re.IGNORECASE)  # fmt: skip
_ALL_OF_KIND = lazy(rf"{AH}(?:for |of |across |over )?(?:(?:all|every|each)(?: of)?(?: the| our)? (?P<kind>\w+)|everyone|everybody) (?:together|combined|in total|taken together|summed up)\W*", re.IGNORECASE)  # fmt: skip
_THAN_THAT = lazy(r"\b(?:which|what|who|any) (?!is\b|was\b)\w+ (?:\w+ ){0,3}?(?:more|less|higher|lower|bigger|smaller) than (?:that|it|this)\W*$", re.IGNORECASE)  # fmt: skip
_THAT_KIND = lazy(r"\bthat (?P<kind>account|team|service|product|provider|customer|environment|region|model)\b", re.IGNORECASE)  # fmt: skip
_THAT_ONE = lazy(r"\b(?:that|this|the last) filter\b", re.IGNORECASE)
_WHOLE_UNIT = lazy(r"\b(?:(?:(?:the|that) |(?<=, ))(?:whole|entire|full)|(?<=for )the) (?P<unit>week|month|quarter|year)\b(?! (?:of|to|before|after)\b)", re.IGNORECASE)  # fmt: skip
_BUT_IT = lazy(rf"{AH}(?:without|excluding|except(?: for)?|leav(?:e|ing) out|apart from|ignor(?:e|ing)|not counting|minus|less|drop|remove) (?:that|this|it)(?: one| team| service| account| product| provider| model| customer)?"
    r"(?:,? (?:what(?:'s| is| was) )?(?:the )?(?:change|total|costs?|sum|rest|spend))?\W*", re.IGNORECASE)  # fmt: skip
_ADD_UP = lazy(rf"{AH}(?:what|how much) (?:do|does|did) (?:(?:those|these|they|the|all|that)(?: of (?:them|those|these))? ?)+(?:(?P<n>two|three|four|five|six|seven|eight|nine|ten|\d+) )?(?:services |teams |products |accounts |models |providers |customers |rows |lines )?"
    r"(?:add up to|sum (?:up )?to|come to|amount to|total|make(?: up)?|cost|add up)(?: together| in total| in all| altogether| combined)?\W*", re.IGNORECASE)  # fmt: skip
_THAT_ALONE = lazy(rf"{AH}(?:only |just |show me )?that \w+(?: only| alone)?\W*", re.IGNORECASE)
_VERSUS = lazy(r" (?:vs\.?|versus|against|compared (?:to|with)) ", re.IGNORECASE)
_ALLOCATED = lazy(r"\b(?:re)?allocat|\bbears?\b", re.IGNORECASE)
_ONE_TOTAL = lazy(rf"{AH}(?:(?:show|give|make|put|tell)(?: me)? )?(?:(?:the )?whole (?:thing|lot)|(?:all of )?(?:it|that|them|those|these)|everything|(?:it )?all|the lot)? ?(?:as|in|into) (?:just )?(?:one|a single) (?:grand )?(?:total|number|sum|figure|amount)\W*", re.IGNORECASE)  # fmt: skip
_ALL_TIME = lazy(r"\b(?:over|for|in|during|across) the (?:whole|entire|full) (?:period|time|range|history)\b(?! of)", re.IGNORECASE)  # fmt: skip
_OF_ALL = lazy(rf"{AH}(?:what share|how much) of (?:the |our )?(?:total|whole|overall|entire)(?: (?:bill|costs?|spend|amount))? is (?:that|it|this)\W*", re.IGNORECASE)  # fmt: skip
_UNIT = "day|week|month|quarter"
_AFTER = lazy(rf"\bthe (?:following (?P<unit>{_UNIT})|(?P<one>{_UNIT}) after)(?: that| it)?(?=\W*$)", re.IGNORECASE)  # fmt: skip
_SAME_UNIT = lazy(rf"\b(?:(?:the |that )?same|that) (?:{_UNIT})s?(?: (?:of|in|from))? (?:(?:a|one) (?P<ago>week|month|quarter|year) (?:earlier|before|ago|prior)|the (?P<before>week|month|quarter|year) before|(?:the (?:previous|prior|preceding)|last) (?P<last>week|month|quarter|year))\b", re.IGNORECASE)  # fmt: skip
_NTH_DAY = r"(?:the )?(?P<{0}>[1-9]|[12]\d|3[01])(?:st|nd|rd|th)"
_DAYS = lazy(rf"(?:\b(?P<on>on|for|from|between) )?\b{_NTH_DAY.format('first')}"
    rf"(?:(?: to | through | until | till | ?[-\u2013] ?|(?<=\w) and ){_NTH_DAY.format('last')})?(?![\w-])", re.IGNORECASE)  # fmt: skip
_OTHER_TIME = lazy(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|month|week|quarter|since|after|before|until \w+ \w+\W*$)|\d{4}", re.IGNORECASE)  # fmt: skip
_RANKS = 5
_GONE = lazy(r"\b(?:dropped out|disappeared|vanished|fell away|went away|(?:is|are) gone)\b", re.IGNORECASE)  # fmt: skip
_ALL_N = lazy(rf"\b(?:all|the) (?:{_N})\b", re.IGNORECASE)
_NTH_KIND = lazy(rf"{AH}(?:only |(?:what|how) about |show(?: me)? |(?:the )?same (?:thing )?(?:for|with) )?the (?P<nth>first|1st|second|2nd|third|3rd|fourth|4th|fifth|5th) (?P<kind>[a-z]+(?: [a-z]+)?)(?: (?:only|alone|then|instead))?\W*", re.IGNORECASE)  # fmt: skip
_RANKED_TIME = lazy(rf"{AH}the (?:worst|best|highest|lowest|most expensive|cheapest|biggest|largest|peak) (?P<unit>day|week|month) (?:by|per) [\w -]+?\W*", re.IGNORECASE)  # fmt: skip
_EACH_COSTS = lazy(rf"{AH}(?:how much|what)(?: (?:did|does|do|is|was|were))?(?: for)? (?:each|every one)(?: (?:one|of (?:them|those|these)))?(?: (?:costs?|spends?|spent|is|was))?(?: us)?\W*", re.IGNORECASE)  # fmt: skip


def pointed(
    text: str, before: Sequence[Question], history: Sequence[Question]
) -> tuple[list[Question], Sequence[Question], str]:
    """The question that points at rows; else what the message goes on from, and its words.

    Raises:
        Unclear: It points at a row, and there is none, or nothing says which.
    """
    old = before[0]
    if _GONE.search(text):
        raise cannot("I find what is new, not what is gone.", partial=old)
    if _THAN_THAT.search(text):
        raise unsure("Than how much: please say the amount.", partial=old)
    if _HOW_MANY.fullmatch(text) and isinstance(old, Costs) and not (old.show or old.unknown):
        things = [name for name in old.scope.groups if name not in TIMES]
        if len(things) == len(old.scope.groups) == 1:
            return [old.but(show="count", **ANEW)], before, text
    if match := _WHOLE_ROW.fullmatch(text):
        nth = match["nth"] or match["at"] or "second"
        said = re.sub(r"\W", "", text).casefold()
        if said not in ("first", "top", "last", "bottom") or (
            names_several(old) and old.rows
        ):  # alone they are of times, or of nothing
            asked = pointable(text, (*before, *history))
            if any(
                row.values != (value,)
                for row, value in zip(old.rows, said_names(old), strict=False)
            ):
                raise unsure(
                    "Which row do you mean, as you named them or as shown? Please say its name."
                )
            return [row_at(_NTH[nth.lower()], asked[:1], asked[1:], old)], before, text
    if old.top is not None and (match := _THAT_TIME.search(text)):
        if match["unit"].lower() == old.top.dimension:  # "what happened that day?"
            return [], before, f"{text[: match.start()]}there{text[match.end() :]}"
    if match := _ONE_TOTAL.fullmatch(text):
        if isinstance(old, (Costs, Units)) and not (getattr(old, "show", "") or old.unknown):
            first = old.scope.limit or old.scope.having
            if first and not shown(old):
                raise unsure("The sum of these rows, or of all: please say which.", partial=old)
            kept = those(old) if first else old
            return [kept.within(groups=(), order="", notes=()).but(**ANEW)], before, text
    if match := _SAME_FOR.fullmatch(text):
        return [same_at(_NTH[match["nth"].lower()], before, history)], before, text
    if (match := _RANKED_TIME.fullmatch(text)) and (
        old.top is None or old.top.dimension not in TIMES
    ):
        unit = match["unit"].lower()
        raise unsure(
            f"Which {unit} is that? Ask which {unit} it was first, then for what of it.",
            partial=old,
        )
    if match := _NTH_KIND.fullmatch(text):
        if listed := list_of(match["kind"].lower(), (*before, *history)):
            number = _NTH[match["nth"].lower()]
            if listed is not old and any(row in old.scope.filters for row in listed.rows):
                return [same_at(number, before, [listed])], before, text
            return [row_at(number, [listed], [], old)], before, text
    shows = isinstance(old, (Costs, Units)) and not getattr(old, "show", "") and old.scope.groups
    if shows and not old.unknown and _EACH_COSTS.fullmatch(text):
        return [old], before, text  # its rows have their amounts
    if rest := REST.fullmatch(text):
        whole = all_rows(history[0]) if history and not history[0].scope.limit else None
        if whole == all_rows(old) or rest["sum"] or rest["them"]:  # of the list that stood before
            if left := beside(old, summed=bool(rest["sum"])):
                return [left], before, text
    if match := _ROW.search(text):
        asked = pointable("", (*before, *history))
        said = match["number"]
        number = number_of(said) if said else _NTH[(match["nth"] or "top").lower()]
        row = row_at(number, asked[:1], asked[1:], old)
        meant = "its" if match["of"] else "it"
        return [], [row], f"{text[: match.start()]}{meant}{text[match.end() :]}"
    ranked = old.scope.order or old.scope.limit
    if isinstance(old, Costs) and not (old.show or ranked) and _OF_ALL.fullmatch(text):
        return [], [old.within(groups=(), order="", limit=0).but(**ANEW)], "as a share"
    if old.top is not None and _BUT_IT.fullmatch(text):
        others = old.top.model_copy(update={"op": "not_in"})
        return (
            [old.within(filters=(*old.scope.filters, others), notes=()).but(**ANEW)],
            before,
            text,
        )
    if old.top is not None and (match := _THAT_KIND.search(text)):
        # A share of it, or what it bears of all that is allocated, is told of the whole.
        otherwise = SHARE.search(text.lower()) or _ALLOCATED.search(text)
        otherwise = otherwise or NEGATIONS.search(text.lower(), 0, match.start())
        if not otherwise and match["kind"].lower() == group_words(old.top.dimension):
            one = old.within(filters=(*old.scope.filters, old.top), groups=(), order="", limit=0)
            # "What did that customer cost us" is of that one, and no row of a list.
            its = text[match.end() :].startswith(("'s ", "\u2019s "))
            after = text[match.end() + 2 * its :]
            if _THAT_ALONE.fullmatch(text):
                return [one.but(**ANEW)], before, text
            if not text[: match.start()].strip() and _VERSUS.match(after):
                return [], [one.but(**ANEW)], f"and{after}"
            return [], [one.but(**ANEW)], f"{text[: match.start()]}it{'s' * its}{after}"
    if (
        isinstance(old, Costs)
        and not (old.show or old.unknown)
        and (match := _ADD_UP.fullmatch(text))
    ):
        rows = len(shown(old))
        if rows and (not match["n"] or number_of(match["n"]) in (rows, old.scope.limit)):
            return [those(old)], before, text  # its total is the sum
        if old.scope.groups and not (match["n"] or old.scope.limit or old.scope.having):
            return [old.within(groups=(), order="", notes=()).but(**ANEW)], before, text
    if (match := _TWO.fullmatch(text)) and not names_several(old):
        if len(shown(old)) != number_of(match["n"]):
            if old.rows:
                raise unsure("Which of these: please say their names.")
            return [], before, text
        return [those(old)], before, text
    if isinstance(old, Changes) and old.new and _THEIRS.search(text):
        if not old.rows:
            raise unsure("Nothing is new there: of which names, then?", partial=old)
        if not shown(old):  # a service and a team are new: rows of two kinds
            raise unsure("Which of these: please say their names.", partial=old)
        return [], [those(old)], text
    if (old.scope.limit > 1 or old.scope.having) and shown(old) and _THEM.search(text):
        if _ALL_N.search(text) and history and _beside(old, history[0]):
            raise unsure("The rows that are shown, or all that was asked one after the other?")
        if (match := _THOSE_N.search(text)) and len(shown(old)) == number_of(match["n"]):
            text = f"{text[: match.start()]}they{text[match.end() :]}"
        return [], [those(old)], text
    return [], before, text


def _beside(one: Question, other: Question) -> bool:
    """Whether two questions differ in what they name alone."""
    plain = [q.within(filters=(), notes=()).but(**ANEW, many=False) for q in (one, other)]
    return plain[0] == plain[1] and one.scope.filters != other.scope.filters


def timed(text: str, before: Sequence[Question], view: CatalogueView) -> str:
    """The message with "the whole quarter" and "the 14th" as times of the question that stands.

    Raises:
        Unclear: What stands lies in more than one of these.
    """
    period = before[0].scope.period
    if not period:
        return text
    if (match := _ALL_TIME.search(text)) and unit_of(resolve(period, view.anchor)):
        start, end = view.anchor.data_start, view.anchor.data_end
        if start and end:  # of all the data, after a month of it
            day = end - dt.timedelta(days=1)
            return f"{text[: match.start()]}from {start} to {day}{text[match.end() :]}"
    if match := _WHOLE_UNIT.search(text):
        around = period_around(period, match["unit"].lower(), view)
        return f"{text[: match.start()]}{around}{text[match.end() :]}"
    if match := _AFTER.search(text):
        after = period_following(period, (match["unit"] or match["one"]).lower(), view)
        return f"{text[: match.start()]}{after}{text[match.end() :]}"
    if match := _SAME_UNIT.search(text):
        unit = match["ago"] or match["before"] or match["last"]
        earlier = period_earlier(period, unit.lower(), view)
        return f"{text[: match.start()]}{earlier}{text[match.end() :]}"
    match = _DAYS.search(text)
    if match is None or _OTHER_TIME.search(text):
        return text
    on, last = (match["on"] or "").lower(), match["last"]
    if not last and (on in ("from", "between") or (int(match["first"]) <= _RANKS and not on)):
        return text  # "the 2nd" is a row
    if last and " and " in match.group() and on != "between":
        return text
    month = period_around(period, "month", view)
    days = " to ".join(f"{month}-{int(day):02d}" for day in (match["first"], match["last"]) if day)
    return f"{text[: match.start()]}{days}{text[match.end() :]}"


def named_before(
    text: str, before: Sequence[Question], history: Sequence[Question], view: CatalogueView
) -> tuple[str, str]:
    """The message with "that account" as the one that was named before the question that stands.

    That name is given beside it, empty where none was put in: it comes from a bill, and the caller
    looks that it was read as a name and not as words.

    Raises:
        Unclear: The name is none that can be written in a message.
    """
    match = _THAT_KIND.search(text)
    kind = view.names.get(match["kind"].lower()) if match else None
    if match is None or kind is None:
        return text, ""
    for question in (*before, *history):
        top = [question.top] if question.top else []
        for item in (*question.scope.filters, *top):
            if item.op == "in" and len(item.values) == 1 and same_thing(item.dimension, kind):
                if question is before[0]:
                    return text, ""  # it goes on from that
                name = item.values[0]
                if not name.isprintable():
                    raise unsure(f"Which {match['kind']} do you mean: please say its name.")
                said = f"{match['kind']} {name}"
                return f"{text[: match.start()]}{said}{text[match.end() :]}", name
    return text, ""


def widened(text: str, before: Sequence[Question], view: CatalogueView) -> list[Question]:
    """The questions before without filters or a column, where that is asked for; else none."""
    if (match := _UNGROUPED.fullmatch(text)) and len(before) == 1 and not before[0].unknown:
        said, groups = match["name"].lower(), before[0].scope.groups
        name = said.rstrip("s") if said.rstrip("s") in TIMES else view.names.get(said, "")
        # "without teams" leaves out a column that stands; "without team" is what has none.
        taken = not re.match(rf"{AH}(?:without|not?)\b", text, re.IGNORECASE)
        if name in groups and (match["by"] or match["part"] or said.endswith("s") or taken):
            if getattr(before[0], "show", "") == "count":
                raise unsure("It is these that I counted: what shall I tell?", partial=before[0])
            left = tuple(group for group in groups if group != name)
            return [before[0].within(groups=left, order="", limit=0, notes=()).but(**ANEW)]
    if (match := _ALL_OF_KIND.fullmatch(text)) and len(before) == 1 and not before[0].unknown:
        kind, old = view.names.get((match["kind"] or "team").lower(), ""), before[0]
        named = [f for f in old.scope.filters if same_thing(f.dimension, kind)] if kind else []
        if named or kind in old.scope.groups:  # "all teams together" of one, or of rows by it
            left = tuple(group for group in old.scope.groups if group != kind)
            kept = tuple(f for f in old.scope.filters if f not in named)
            rows = {} if left else {"limit": 0, "order": "", "having": ""}
            return [old.within(filters=kept, groups=left, notes=(), **rows).but(**ANEW)]
    match = _UNFILTERED.fullmatch(text)
    if match is None or any(question.unknown for question in before):
        return []
    kind = view.names.get((match["kind"] or "").lower(), "")
    if match["kind"] and not kind:
        return []
    if not kind and _THAT_ONE.search(text):  # "without that filter" is without the last of them
        return [q.within(filters=q.scope.filters[:-1], notes=()).but(**ANEW) for q in before]
    found = [
        question.within(
            filters=tuple(f for f in question.scope.filters if kind and f.dimension != kind),
            limit=0,
            having="",
            notes=(),
        ).but(**ANEW)
        for question in before
    ]
    if all(f.scope.filters == q.scope.filters for f, q in zip(found, before, strict=True)):
        raise unsure("There is no such filter. What shall I show?")
    return found
