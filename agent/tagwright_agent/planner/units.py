"""Questions of unit costs and of allocation: the words that ask for them, and by what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tagwright_agent.planner.lexicon import rx
from tagwright_agent.planner.refuse import out_of_scope

if TYPE_CHECKING:
    from tagwright_agent.planner.reading import Reading
    from tagwright_agent.planner.signals import Signals
    from tagwright_agent.planner.slots import Slots
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["settle_units", "take_units"]

_COST = r"(?:(?:ai|effective|priced|llm|model) )?(?:costs?|spend|price)"
_EACH = r"(?:per|for (?:each|every)|an?|each)"
_THING = (
    r"(?:requests?|calls?|inferences?|tokens?|(?:(?:1|one|a) )?(?:1?m|million|1k|thousand|1,?000,?000)"
    r"(?: of)? tokens?)"
)
_UNITS = (
    rx(r"unit[- ](?:costs?|economics|prices?)"),
    rx(rf"{_COST} {_EACH} {_THING}"),
    rx(rf"{_EACH} {_THING} {_COST}"),
    rx(r"cache[- ](?:hit[- ])?(?:ratios?|rates?)|cache hits?"),
    rx(
        rf"(?:how many|number of|total) (?:(?:input|output|cached) )?{_THING}(?: (?:were |was |are )?used)?"
    ),
    rx(r"(?:token|request) (?:usage|consumption|counts?|volumes?)"),
    rx(rf"{_THING} (?:used|consumed|sent)"),
)
_MARGINS = (
    rx(r"(?:gross )?margins?"),
    rx(
        r"(?:that |who |which )?costs? (?:us )?more than (?:they|it|he|she) pays?|(?:un)?profitable"
    ),
)
_ALLOCATED = (
    rx(
        r"(?:fully[- ]?)?(?:allocat(?:e|es|ed|ing|ion|ions)|loaded)(?: (?:shared |all |our |the )*"
        r"(?:costs?|spend|charges?))?(?: (?:to|among|across|between|over)(?: (?:the|our|all|each))?)?"
    ),
    rx(r"charge-?backs?|show-?backs?"),
    rx(r"(?:includ(?:e|es|ing)|with) (?:the |all |their )*shared? (?:costs?|spend|charges?)"),
    rx(r"(?:split|divide|spread|distribute) (?:the |our |all )*(?:shared )?(?:costs?|spend|charges?)"
       r"(?: (?:to|among|across|between|over)(?: (?:the|our|all|each))?)?"),
)  # fmt: skip
_NONE = "No usage telemetry (tokens, requests) is loaded, so I know no unit costs."


def take_units(reading: Reading, view: CatalogueView) -> Literal["", "unit", "margin", "allocate"]:
    """Whether unit costs or an allocation are asked for; marks the words that say so.

    Raises:
        Unclear: Unit costs are asked for, and there is no telemetry.
    """
    margins = [m for pattern in _MARGINS for m in reading.consume_all(pattern)]
    units = [m for pattern in _UNITS for m in reading.consume_all(pattern)]
    if margins or units:
        if not view.usage:
            raise out_of_scope(_NONE, view)
        return "margin" if margins else "unit"
    if [m for pattern in _ALLOCATED for m in reading.consume_all(pattern)]:
        return "allocate"
    return ""


def settle_units(slots: Slots, signals: Signals, view: CatalogueView) -> None:
    """Groups and keys as the tools take them; neither compares periods."""
    slots.compare_to = ""
    groups = list(dict.fromkeys([*signals.groups, *signals.grains]))
    if slots.intent == "unit":
        if signals.trend and not signals.grains:
            groups.append("month")
        slots.show = "margin" if signals.units == "margin" else ""
        slots.group_by = groups or (["customer"] if signals.units == "margin" else ["model"])
        return
    keys = [name for name in groups if name in view.keys]
    if len(keys) > 1 or (groups and not keys):
        raise out_of_scope(
            "I allocate to one key of the taxonomy at a time, such as team or product.", view
        )
    slots.group_by = keys or ["team"]
