"""Filters that go on from the question before, and those that the new ones take the place of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright.text import clean
from tagwright_agent.planner.question import Filter, Scope, unsure

if TYPE_CHECKING:
    from tagwright_agent.planner.turn import Opening
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["BY", "carried", "other_kind"]

_WITH = lazy(r"\W*(?:(?:and|but|now|ok(?:ay)?|then) )*(?:with|including|include|add|put|bring)\b")
_OWNERS = {"team", "product"}
_INSIDE = lazy(r"\W*(?:(?:and|but|now|ok(?:ay)?|then) )*(?:in|for|of|on|within|without|not|no)\b")
_ALL_OF = lazy(r"(?<![\w-])(?:all|every|each|other|both)(?![\w-])")
_ADDED = lazy(r"\W*(?:(?:and|but|now|ok(?:ay)?|then) )*(?:add|put|bring|includ(?:e|ing))\b")
_WITHIN = lazy(r"\W*(?:(?:and|but|now|ok(?:ay)?|then) )*(?:with|includ(?:e|ing))\b")
_TOO = lazy(r"(?<!\bup )(?<!\bdown )(?<!higher )(?<!lower )(?<![\w-])(?:too|as well)\W*$")
_SPENDS = lazy(r"\b(?:spend(?:s|ing)?|spent|pays?|paid|paying)\b")
_NARROWED = lazy(r"\bonly\b|\bjust\b|^\W*(?:and )?(?:of|in) (?:that|which|those|it)\b")
_AND = lazy(r"\W*(?:and|plus|also)\b(?! (?:only|what|how|just))")
_AND_NOT = lazy(r"\W*(?:and|what about|how about|vs\.?|versus)(?: the| for)? not\b")
BY = lazy(r"(?<![\w-])(?:by|per|each|every|across|which|what|split)(?![\w-])")
"""Before what rows are by."""
_MODELS = {"x_ai_model_id", "x_ai_model_family", "x_ai_model_developer"}
_THINGS = (
    "service_provider_name", "service_name", "x_ai_model_id", "x_ai_model_family",
    "x_ai_model_developer", "service_category",
)  # fmt: skip
"""Of these a bill's line has one each that a person calls "the thing"."""


def carried(was: Scope, now: Scope, begins: Opening, groups: tuple[str, ...]) -> tuple[Filter, ...]:
    """Earlier filters, less those on a dimension that the new ones speak of."""
    spoken = {item.dimension for item in now.filters}
    one = [item for item in now.filters if item.op == "in" and item.dimension in _THINGS]
    one_in = [item for item in now.filters if item.op == "in"]
    others = [item for item in was.filters if item.dimension in _THINGS and item.op == "in"]
    narrowed = _NARROWED.search(begins.lower)
    beside_rows = not now.groups or not _within(one, begins.lower)
    if len(now.filters) == len(one) > 0 and len(others) == 1 and beside_rows and not narrowed:
        # "and OpenAI?" after Bedrock asks about OpenAI, not about what is both.
        spoken |= set(_THINGS)
    owned = [item for item in was.filters if item.dimension in _OWNERS and item.op == "in"]
    beside = {item.dimension for item in owned} - spoken
    if len(now.filters) == 1 and spoken & _OWNERS and beside and not now.groups:
        if not (narrowed or begins.corrects or begins.instead or _INSIDE.match(begins.lower)):
            names = " or ".join(clean(value) for item in owned for value in item.values)
            raise unsure(f"Beside {names}, or only what is both? Please say all that you want.")
    kind = was.on("charge_category")
    if kind is not None and len(now.filters) == 1 and _AND.match(begins.lower) and not now.groups:
        if not spoken & {"charge_category"}:
            raise unsure(f"Of {' and '.join(map(clean, kind.values))} alone, or all that it costs?")
    wanted = [item for item in was.filters if item.op == "in"]
    other = len(now.filters) == len(one_in) == len(wanted) == 1 and not now.groups
    if begins.instead and other and not narrowed:  # "prod instead" after an account
        spoken.add(wanted[0].dimension)
    back = [item for item in was.filters if item.op == "not_in" and item.dimension in spoken]
    plain = bool(now.filters) and all(item.op == "in" for item in now.filters)
    if plain and "charge_category" in spoken and not back and _WITHIN.match(begins.lower):
        raise unsure("That is counted already: do you mean it alone?")
    if plain and back and _WITH.match(begins.lower):
        return _taken_back(was.filters, now.filters)  # "with EC2 again" after "without EC2"
    if plain and back and begins.goes_on and _AND.match(begins.lower):
        old = {value for item in back for value in item.values}
        if not old & {value for item in now.filters for value in item.values}:
            raise unsure("Shall I leave that out too, or is it wanted?")
    if plain and _ADDED.match(begins.lower):
        if not any(was.on(item.dimension) for item in now.filters):
            raise unsure("Add that to what: please name all that you want.")
        now = now.but(filters=tuple(_widened(item, was) for item in now.filters))
    if plain and not back and _WITH.match(begins.lower) and not now.groups:
        # "with Azure" after AWS is both of them
        now = now.but(filters=tuple(_widened(item, was) for item in now.filters))
    kept = [item for item in was.filters if item.dimension not in spoken]
    if _ALL_OF.search(begins.lower):  # "all providers" after AWS asks for the others too
        kept = [item for item in kept if item.dimension not in now.groups]
    if plain and not now.groups and (begins.also or _TOO.search(begins.lower)):
        now = now.but(filters=tuple(_widened(item, was) for item in now.filters))
    if spoken & _MODELS:  # "Claude?" after gpt-5: no model is of both
        kept = [item for item in kept if item.dimension not in _MODELS]
    if begins.corrects:  # "I mean the product search" after the team search
        said = {value.casefold() for item in now.filters for value in item.values}
        kept = [item for item in kept if not said & {value.casefold() for value in item.values}]
    added = [item for item in now.filters if item.op != "in"]
    lacking = {item.dimension for item in was.filters if item.op == "is_null"}
    if lacking and any(item.op == "is_null" and item.dimension not in lacking for item in added):
        raise unsure("What has neither, or what lacks that alone?")
    if added and len(added) == len(now.filters):
        # What is left out narrows what stands, also on its own dimension.
        kept = list(was.filters)
        for item in tuple(added):
            same = was.on(item.dimension)
            nothing = item.op == "is_null" or (same and set(same.values) <= set(item.values))
            if same and nothing and _AND_NOT.match(begins.lower):
                kept.remove(same)  # "and non-AI?" after AI
            elif same and same.op == "in" and item.op == "not_in" and not nothing:
                left = tuple(value for value in same.values if value not in item.values)
                kept[kept.index(same)] = same.model_copy(update={"values": left})
                added.remove(item)
            elif same and same.op == "in" and nothing:
                raise unsure(
                    f"What we spoke of was {' or '.join(map(clean, same.values))} alone: "
                    "do you mean everything but that?",
                    {"yes": "everything but that"},
                )
        before = {item.dimension: item for item in kept if item.op == "not_in"}
        for index, item in enumerate(added):
            if item.op == "not_in" and item.dimension in before:
                both = dict.fromkeys([*before[item.dimension].values, *item.values])
                added[index] = item.model_copy(update={"values": tuple(both)})
                kept.remove(before[item.dimension])
        return (*kept, *added)
    return (*kept, *now.filters)


def _within(named: list[Filter], lower: str) -> bool:
    """Whether rows are asked for inside a name: "by region in AWS", not "who uses OpenAI"."""
    words = [re.escape(word) for f in named for value in f.values for word in value.lower().split()]
    places = "in|within|inside|from|at" if _SPENDS.search(lower) else "in|within|inside|from|at|on"
    return re.search(rf"\b(?:{places}) (?:the |our )?(?:{'|'.join(words)})\b", lower) is not None


def other_kind(was: Scope, now: Scope, begins: Opening, view: CatalogueView) -> tuple[Filter, ...]:
    """After "team search": "no, the product" is the product of that name; empty where none is."""
    if len(now.groups) != 1 or now.filters or BY.search(begins.lower):
        return ()
    known = view.dimensions.get(now.groups[0])
    meant = {
        item: item.model_copy(update={"dimension": now.groups[0]})
        for item in was.filters
        if known is not None and item.op == "in" and set(item.values) <= set(known.values)
    }
    return tuple(meant.get(item, item) for item in was.filters) if len(meant) == 1 else ()


def _widened(item: Filter, was: Scope) -> Filter:
    """A filter with the values that stood before too: "also staging" after production."""
    before = was.on(item.dimension)
    if before is None or before.op != "in":
        return item
    return item.model_copy(update={"values": tuple(dict.fromkeys([*before.values, *item.values]))})


def _taken_back(was: tuple[Filter, ...], now: tuple[Filter, ...]) -> tuple[Filter, ...]:
    """Filters without those values left out before that are wanted again."""
    wanted = {(item.dimension, value) for item in now for value in item.values}
    kept = []
    for item in was:
        left = tuple(value for value in item.values if (item.dimension, value) not in wanted)
        if item.op != "not_in":
            kept.append(item)
        elif left:
            kept.append(item.model_copy(update={"values": left}))
    return tuple(kept)
