"""Whether a message goes on from the question before, by how it begins and what it leaves out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright_agent.planner.link import same_thing
from tagwright_agent.planner.question import unsure
from tagwright_agent.planner.said import TIMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.frame import Found
    from tagwright_agent.planner.question import Question
    from tagwright_agent.planner.turn import Opening
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["OF_WHOLE", "THAT", "bound", "follows", "means_before"]

THAT = lazy(r"(?<![\w-])(?:that|this) (?!month|week|quarter|year|day|cost|total)([a-z]+)(?![\w-])")
_THEY_SPEND = lazy(r"(?<![\w-])they (?:spend|spent|use|used|pay|paid)(?![\w-])")
_ITS = lazy(r"(?<![\w-])its(?![\w-])")
_SPENT_ON = frozenset({"service_name", "service_category", "x_ai_model_id", "x_ai_certainty"})

_PRONOUN = lazy(r"(?<![\w-])(?:it|they|them|those|these|its|their|ones?|there|this(?! (?:month|week|quarter|year|time|morning|data))|(?<!than )that|the same)(?![\w-])")  # fmt: skip
_SHORT = 12
_BRIEF = 6
_BARE = 4
_UNTAGGED = lazy(
    r"\W*(?:and |so |the |only |just )*(?:how (?:much|many)(?: of (?:it|that|them|those))? (?:is|was|are|were) )?(?:un)?tagged(?: ones| only)?\W*"
)
_THE_TOTAL = lazy(r"\W*(?:and )?what(?:'s| is| was) the (?:total|sum)\W*")
_BARE_HEAD = lazy(r"\W*(?:(?:and|just|only|so|but|then|ok) )*(?:(?:by )?how much|(?:the |its |their )?(?:total|sum|amount|costs?|spend))(?: (?:is|was) (?:it|that))?(?: in total| overall| altogether| in all)?\W*")  # fmt: skip
_HOW_MUCH_THEN = lazy(
    r"\W*(?:and )?(?:how much|(?:the )?(?:total|sum)|what(?:'s| is| was) the (?:total|sum|figure|costs?|amount|bill)) (?:in|on|for|during|over|since|last|this)\b"
)
_SPLIT = lazy(r"\W*(?:split|break|broken|breakdown)(?: [\w.-]+){0,4} (?:by|per)\b")
_WE_HAVE = lazy(r"\b(?:do|did|have|are) we\b")
OF_WHOLE = lazy(
    r"\b(?:share|percent(?:age)?|part|%|fraction) of (?:the |our |all )*(?:total|overall|whole|entire|all)\b"
)
_WITHOUT = frozenset({"talk", "plans", "fixes"})
"""Frames whose questions nothing goes on from."""


def follows(found: Found, begins: Opening, before: Sequence[Question]) -> bool:
    """Whether the message goes on from the question before."""
    if found.frame.name == "fixes" and means_before(found, begins.lower):
        return not all(q.frame in _WITHOUT - {"fixes"} for q in before)
    lacks = any(f.op == "is_null" for q in before for f in q.scope.filters)
    lacks = lacks or before[0].frame == "coverage"
    if found.frame.name == "fixes" and lacks and not found.questions[0].scope.filters:
        return not begins.fresh  # "can we fix the tags" of what has none
    if found.frame.name in _WITHOUT:
        return False
    if all(q.frame in _WITHOUT for q in before):
        return before[0].frame == "fixes" and means_before(found, begins.lower)
    said, scope = found.said, found.questions[0].scope
    if begins.fresh:
        return False
    whole = scope.filters and scope.groups and scope.period and found.frame.name == "costs"
    apart = before[0].frame == "coverage" or before[0].unknown
    if whole and apart and not means_before(found, begins.lower):
        return False  # "and Bedrock by model in October" asks for no coverage, nor for pods
    if begins.goes_on or begins.instead or begins.back or said.than_only:
        return True
    if begins.corrects and found.frame.name not in ("data", "workloads", "allocation"):
        return True
    if means_before(found, begins.lower):
        return True
    part = getattr(before[0], "focus", None)
    if part is not None and scope.filters == (part,) and not said.periods:
        return True  # "which services make up the AI part"
    own = scope.filters or scope.period or said.periods
    if (
        getattr(found.questions[0], "show", "") == "share"
        and not scope.groups
        and (getattr(found.questions[0], "focus", None) is None)
    ):
        return True
    if found.frame.name == "changes" and not (scope.filters or said.head):
        return True  # "what happened in September?"
    if getattr(found.questions[0], "show", "") == "share" and OF_WHOLE.search(begins.lower):
        return not scope.period  # "share of total AI spend" of what stands
    if found.frame.name in ("changes", "owners"):
        return not own
    if found.frame.name == "coverage" and _UNTAGGED.fullmatch(begins.lower):
        return True
    if found.frame.name == "coverage":
        return before[0].frame == "coverage" and not own
    if found.frame.name == "units":
        bare = not (own or scope.groups) and len(begins.lower.split()) <= _BARE
        if not own and before[0].scope.filters:  # "cost per request by model" after OpenAI's cost
            return True  # where telemetry does not know a filter of it, that is said
        return bare or (any(q.frame == "units" for q in before) and not scope.period)
    if found.frame.name in ("data", "workloads", "allocation"):
        return False
    words = re.findall(r"\w+", begins.lower)
    if said.count and scope.groups and _WE_HAVE.search(begins.lower):
        return False
    if _SPLIT.match(begins.lower) and not (scope.period or said.periods):
        return True
    if _THE_TOTAL.fullmatch(begins.lower) or _BARE_HEAD.fullmatch(begins.lower):
        return True
    if _HOW_MUCH_THEN.match(begins.lower) and not (scope.filters or scope.groups):
        return True
    if said.head and len(words) > 2:
        # "cost" alone asks of what stands; so does "which costs most?" of its rows.
        if re.match(r"\W*how (?:much|many dollars) (?:is|was|were|are|does|did)\b", begins.lower):
            return len(words) <= _BRIEF and not said.periods and not scope.groups
        return said.limited and not own
    return len(words) <= _SHORT


def bound(old: Question, lower: str, view: CatalogueView) -> None:
    """Look whether what "that team", "they" and "its" stand for was named before.

    Raises:
        Unclear: It was not, and all there is would be answered.
    """
    named = [item for item in (*old.scope.filters, getattr(old, "focus", None), old.top) if item]
    known = {item.dimension for item in named if item.op == "in"}
    things = {name for name in old.scope.groups if name not in TIMES}
    for match in THAT.finditer(lower):
        meant = view.names.get(match[1])
        if meant and not any(same_thing(meant, name) for name in known):
            raise unsure(f"Which {match[1]} do you mean: please say its name.")
    if _THEY_SPEND.search(lower) and not (known | things) - _SPENT_ON:
        raise unsure("Who are they: a team, a product, an account? Please say its name.")
    if _ITS.search(lower) and things and not known:
        raise unsure("Of which one of these: please say its name.")


def means_before(found: Found, lower: str) -> bool:
    """Whether a word stands for what was said before."""
    for match in _PRONOUN.finditer(lower):
        if any(
            label.start <= match.start() < label.end
            for label in found.labels
            if label.kind in ("period", "filter", "metric", "opening")
            or (label.kind == "tail" and match.group() == "it")
        ):
            continue
        word = match.group()
        if word == "there" and _stands_for_nothing(lower):
            continue
        if word == "that" and _follows_noun(found, match.start(), lower):
            continue
        if word in ("one", "ones") and re.match(
            r"\s+(?:line|request|call|month|day)", lower[match.end() :]
        ):
            continue
        return True
    return False


def _stands_for_nothing(lower: str) -> bool:
    """In "there are" and "hi there" the word stands for nothing."""
    return bool(re.search(r"\b(?:is|are|hi|hey|hello) there|there (?:is|are)", lower))


def _follows_noun(found: Found, start: int, lower: str) -> bool:
    """Whether it is that of "services that cost most": it stands for the noun right before it."""
    head = lower[:start].rstrip()
    return any(
        label.end == len(head) and label.kind in ("group", "filter", "head", "metric", "workload")
        for label in found.labels
    )
