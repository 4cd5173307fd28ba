"""A message in its conversation: cut into questions, each read with the one before as its context."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tagwright import periods
from tagwright_agent.planner.intent import period_text
from tagwright_agent.planner.parse import Parsed, parse
from tagwright_agent.planner.reading import normal
from tagwright_agent.planner.refuse import greeting
from tagwright_agent.planner.slots import Slots, Unclear
from tagwright_agent.planner.view import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.view import CatalogueView

__all__ = ["MAX_QUESTIONS", "read"]

MAX_QUESTIONS = 4
_ASKING = r"(?:what|how|why|which|who|show|list|explain|compare|give)\b"
_CUT = re.compile(
    rf"(?<=[?!;])\s+|(?<=\w)\.\s+(?=[A-Z])|[,;]?\s+(?:and|then)(?: also)?\s+(?={_ASKING})",
    re.IGNORECASE,
)
_CHATTER = re.compile(
    r"\W*(?:hi|hello|hey|thanks?|thank you|please|ok(?:ay)?|great|cool|good morning|good)\b[\s\w]{0,12}\W*",
    re.IGNORECASE,
)
_TIMES = {"day", "week", "month", "quarter", "year", "billing_period"}


def read(
    text: str,
    view: CatalogueView,
    *,
    before: Sequence[Slots] = (),
    asked: dict[str, Any] | None = None,
) -> list[Slots]:
    """The questions of a message.

    Args:
        text: The message.
        view: The names there are.
        before: What the last question that was answered meant.
        asked: What this planner asked back: ``{"question", "value", "dimensions"}``.

    Raises:
        Unclear: Any of them cannot be planned; nothing is answered by halves.
    """
    if asked and (settled := _settled(text, asked)):
        return read_parts(str(asked["question"]), view, before, settled)
    return read_parts(text, view, before, {})


def read_parts(
    text: str, view: CatalogueView, before: Sequence[Slots], pinned: dict[str, str]
) -> list[Slots]:
    """Like :func:`read`, once what was asked back is settled."""
    parts = [part for part in _CUT.split(normal(text)) if re.search(r"\w", part)]
    kept = [part for part in parts if not (len(parts) > 1 and _CHATTER.fullmatch(part))]
    if not kept:
        raise greeting(view)
    if len(kept) > MAX_QUESTIONS:
        raise Unclear("clarify", f"Please ask at most {MAX_QUESTIONS} questions at once.")
    found: list[Slots] = []
    context = list(before)
    for part in kept:
        parsed = parse(part, view, pinned)
        understood = _in_context(parsed, context, view)
        found += understood
        context = understood
    unique: list[Slots] = []
    for slots in found:
        if slots not in unique:
            unique.append(slots)
    return unique


def _settled(text: str, asked: dict[str, Any]) -> dict[str, str]:
    """The dimension that an answer to our question chose, by value; empty where it chose none."""
    words = fold(text).split()
    if len(words) > 6:
        return {}
    chosen = [
        name
        for name in asked.get("dimensions", [])
        if all(part in words or f"{part}s" in words for part in _spoken(str(name)))
    ]
    return {str(asked["value"]): str(chosen[0])} if len(chosen) == 1 else {}


def _spoken(dimension: str) -> list[str]:
    """The words by which a person names a dimension.

    >>> _spoken("sub_account_name"), _spoken("cost-center")
    (['account'], ['cost', 'center'])
    """
    drop = {"name", "id", "sub", "service"} if dimension != "service_name" else {"name"}
    return [part for part in fold(dimension).split() if part not in drop]


def _in_context(parsed: Parsed, before: Sequence[Slots], view: CatalogueView) -> list[Slots]:
    if not before or not parsed.fragment:
        if parsed.fragment and not before:
            _alone(parsed, view)
        return [_complete(slots, view) for slots in parsed.slots]
    return [
        _complete(_merged(old, new, parsed, view), view) for old in before for new in parsed.slots
    ]


def _alone(parsed: Parsed, view: CatalogueView) -> None:
    """A fragment with nothing before it stands where it says enough by itself."""
    slots = parsed.slots[0]
    says = slots.filters or slots.group_by or slots.period or slots.metric or slots.compare_to
    if not says and slots.intent not in ("explain", "coverage") and not parsed.signals.said_cost:
        raise greeting(view)


def _complete(slots: Slots, view: CatalogueView) -> Slots:
    if slots.intent == "cost" and slots.limit and not slots.group_by:
        raise Unclear("clarify", f"The first {slots.limit} of what: services, teams, accounts?")
    if slots.intent == "explain" and not slots.period:
        slots.period = period_text(periods.resolve("last month", view.anchor))
        slots.compare_to = slots.compare_to or "previous_period"
    return slots


def _merged(old: Slots, new: Slots, parsed: Parsed, view: CatalogueView) -> Slots:
    """The earlier question with what the new one says in place of what it said."""
    slots = copy.deepcopy(old)
    if new.intent != "cost":
        slots = replace(slots, intent=new.intent, focus={}, order="desc", limit=0)
        slots.keys = new.keys or slots.keys
        if new.intent == "explain":
            slots.group_by = [name for name in slots.group_by if name not in _TIMES]
            slots.compare_to = old.compare_to or "previous_period"
    elif old.intent in ("describe", "plans", "propose", "count"):
        return new
    elif old.intent != "cost" and parsed.signals.limited:  # "top 3 services" after "why?"
        slots = replace(slots, intent="cost", focus={}, keys=[], compare_to="", group_by=[])
    slots.notes = [*new.notes]
    if _against_before(old, new, parsed):
        slots.compare_to = new.period
    elif new.period:
        slots.period = new.period
        if new.compare_to in ("", "previous_period") and old.compare_to not in (
            "", "previous_period", "previous_year",
        ):  # fmt: skip
            slots.compare_to = "previous_period"
    if new.compare_to and not _against_before(old, new, parsed):
        slots.compare_to = new.compare_to
        slots.group_by = [name for name in slots.group_by if name not in _TIMES]
        slots.period = new.period if parsed.signals.periods else old.period or new.period
    if new.metric:
        slots.metric = new.metric
    if new.group_by and new.intent != "share":
        times = [name for name in slots.group_by if name in _TIMES]
        keep = list(slots.group_by) if parsed.also and not parsed.instead else []
        if not keep and not parsed.instead and all(name in _TIMES for name in new.group_by):
            keep = [name for name in slots.group_by if name not in times]
        slots.group_by = list(dict.fromkeys([*keep, *new.group_by]))
    if new.focus:
        slots.focus, slots.group_by = new.focus, new.group_by
    slots.filters = _filters(slots.filters, new.filters, instead=_in_place(parsed, old, new))
    for item in new.filters:
        # Rows by the one value that is left would be one row.
        if item["op"] == "in" and len(item["values"]) == 1 and old.filters:
            was = next((f for f in old.filters if f["dimension"] == item["dimension"]), None)
            if was and len(was["values"]) > 1 and item["dimension"] in slots.group_by:
                slots.group_by.remove(item["dimension"])
    if new.limit:
        slots.limit = new.limit
    if new.order != "desc":
        slots.order = new.order
    if any(name in _TIMES for name in slots.group_by):
        slots.compare_to = ""
        slots.limit = max(slots.limit, 1000) if not parsed.signals.limited else slots.limit
    elif slots.limit == 1000 and not slots.focus and old.group_by != slots.group_by:
        slots.limit = 0
    return slots


def _against_before(old: Slots, new: Slots, parsed: Parsed) -> bool:
    """A "compare with September" after a question about October: October against September."""
    return bool(
        parsed.signals.compare
        and parsed.signals.periods == 1
        and new.period
        and old.period
        and new.period != old.period
        and not old.compare_to
        and new.compare_to in ("", "previous_period")
        and not any(name in _TIMES for name in old.group_by)
    )


_THINGS = ("service_provider_name", "service_name", "x_ai_model_id", "service_category")


def _in_place(parsed: Parsed, old: Slots, new: Slots) -> bool:
    """An "and OpenAI?" after a question about Bedrock asks about OpenAI, not about what is both."""
    signals = parsed.signals
    one = [item for item in new.filters if item["op"] == "in" and item["dimension"] in _THINGS]
    return bool(
        signals.opened
        and signals.also
        and len(new.filters) == len(one) == 1
        and not new.group_by
        and not new.period
        and new.intent == "cost"
        and sum(item["dimension"] in _THINGS for item in old.filters) == 1
    )


def _filters(
    old: list[dict[str, Any]], new: list[dict[str, Any]], *, instead: bool
) -> list[dict[str, Any]]:
    """Earlier filters, less those on a dimension that the new ones speak of."""
    spoken = {item["dimension"] for item in new} | (set(_THINGS) if instead else set())
    return [item for item in old if item["dimension"] not in spoken] + new
