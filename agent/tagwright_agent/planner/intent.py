"""From the signs found in a question to what is wanted and how it is to be compared and grouped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright import periods
from tagwright_agent.planner.refuse import greeting
from tagwright_agent.planner.slots import Intent, Slots, Unclear
from tagwright_agent.planner.units import settle_units
from tagwright_agent.planner.wording import dates
from tagwright_agent.planner.workloads import lacking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.results import Period
    from tagwright_agent.planner.signals import Signals
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["TIMES", "decide", "period_text"]

_MANYTIMES = 1000


def period_text(period: Period) -> str:
    """As tools take it: the short label of a whole unit, else ``START/END`` with exclusive end."""
    if " to " in period.label:
        return f"{period.start.isoformat()}/{period.end.isoformat()}"
    return period.label


def decide(
    slots: Slots,
    signals: Signals,
    spans: Sequence[Period],
    keys: Sequence[str],
    view: CatalogueView,
) -> None:
    """Fill intent, groups, period and comparison.

    Raises:
        Unclear: Nothing is asked, or in two ways.
    """
    slots.intent = _intent(slots, signals, view)
    slots.keys = list(keys)
    slots.resources = signals.by_resources
    groups = list(signals.groups)
    if slots.intent == "cost" and _only_telemetry_knows(groups, view):
        slots.intent, signals.units = "unit", "unit"
        slots.filters = [f for f in slots.filters if not str(f["dimension"]).startswith("x_ai_")]
    _times(slots, signals, spans, groups, view)
    if slots.intent == "workloads":
        # Its rows are workloads, with their team, product and model beside.
        lacking(slots)
        slots.compare_to = ""
        _this_month(slots, spans, view)
        return
    if slots.intent in ("unit", "allocate"):
        settle_units(slots, signals, view)
        return
    if signals.average:
        _average(slots, signals, groups)
    elif slots.intent == "share":
        _share(slots, signals, groups)
    elif slots.intent == "cost":
        _several(slots, groups)
    if signals.grains:
        groups += signals.grains
    elif signals.trend and slots.intent in ("cost", "share", "coverage"):
        groups.append("month")
    slots.group_by = ["tags"] if signals.tag_keys else list(dict.fromkeys(groups))
    if slots.intent == "coverage":
        _coverage(slots, signals)
    if any(name in TIMES for name in slots.group_by):
        slots.compare_to = ""
        if not signals.limited:
            slots.limit = _MANYTIMES
        elif slots.order == "desc":
            slots.order = "top"  # "the most expensive day": not the first ones in time
    signals.fragment = _is_fragment(slots, signals)


def _only_telemetry_knows(groups: Sequence[str], view: CatalogueView) -> bool:
    """Whether the bill has no value of a group (a customer, a feature), and telemetry may have."""
    return view.usage > 0 and any(
        name in view.keys and name in view.dimensions and not view.dimensions[name].values
        for name in groups
    )


def _this_month(slots: Slots, spans: Sequence[Period], view: CatalogueView) -> None:
    """A catalogue of this month, of which there is no data yet, is that of the last with data."""
    end, today = view.anchor.data_end, view.anchor.today
    for span in spans:
        if end is not None and end <= span.start <= today < span.end and _unit_of(span) == "month":
            slots.notes.append("this month = the last month with data")
            slots.period = ""


TIMES = ("day", "week", "month", "quarter", "year", "billing_period")


def _intent(slots: Slots, signals: Signals, view: CatalogueView) -> Intent:
    # The order is by how special the words are.
    if signals.units:
        return "allocate" if signals.units == "allocate" else "unit"
    if signals.workloads:
        return "workloads"
    if signals.propose:
        return "propose"
    if signals.plans or slots.plan:
        return "plans"
    if signals.tag_keys:
        return "describe"
    if signals.fresh:
        slots.fresh = True
        return "describe"
    if signals.explain or (signals.moved and signals.groups):
        return "explain"
    if signals.coverage:
        return "coverage"
    if signals.share_at >= 0:
        return "share"
    asked = bool(
        signals.groups or signals.metric or slots.filters or signals.periods or signals.compare
    )
    if signals.how_many and signals.groups and not signals.metric:
        if len(signals.groups) > 1 or signals.grains:
            # The rows would be counted as pairs, and no one asked for pairs.
            raise Unclear("clarify", f"How many of what: {' or '.join(signals.groups)}?")
        return "count"
    bare = not (signals.said_cost or signals.limited or signals.compare or signals.grains)
    if bare and signals.groups and not slots.filters and not signals.periods:
        if signals.describe or signals.listing:
            return "describe"
    if signals.describe and bare and not signals.periods and not slots.filters:
        return "describe"
    if not (asked or signals.said_cost or signals.grains or signals.trend or signals.limited):
        raise greeting(view)
    return "cost"


def _times(
    slots: Slots,
    signals: Signals,
    spans: Sequence[Period],
    groups: list[str],
    view: CatalogueView,
) -> None:
    """Period and comparison; the later of two periods is the one asked about."""
    ordered = sorted(dict.fromkeys(spans), key=lambda period: (period.start, period.end))
    comparing = signals.compare or slots.intent == "explain"
    if len(ordered) > 2:
        raise Unclear("clarify", "Which two of these periods shall I compare?")
    if len(ordered) == 2 and comparing and not signals.grains:
        slots.period, slots.compare_to = period_text(ordered[1]), period_text(ordered[0])
        return
    if len(ordered) == 2:
        first, second = ordered
        if first.end != second.start or _days(first, second):
            raise Unclear(
                "clarify",
                f"Shall I compare {first.label} with {second.label}, or add them up?",
            )
        slots.period = period_text(periods.make_period(first.start, second.end))
        unit = _unit_of(first)
        if unit and not signals.grains:
            groups.append(unit)
        return
    if ordered and signals.than and not slots.compare_to and not signals.grains:
        _against(slots, ordered[0], view)
        return
    if ordered:
        period = ordered[0]
        if comparing and slots.compare_to != "previous_year" and not signals.grains:
            period = _so_far(period, view)
        slots.period = period_text(period)
    several = _several_values(slots)
    if slots.intent in ("cost", "share", "explain") and comparing and not slots.compare_to:
        if (
            slots.intent == "explain"
            or (not several and (ordered or not slots.filters))
            or not several
        ):
            slots.compare_to = "previous_period"
    if slots.compare_to and not slots.period:
        slots.period = period_text(periods.resolve(f"last {signals.unit or 'month'}", view.anchor))


def _against(slots: Slots, before: Period, view: CatalogueView) -> None:
    """After "higher than last month": the period after it, as far as it has come."""
    unit = _unit_of(before)
    after = periods.make_period(before.end, before.end + (before.end - before.start))
    if unit in ("month", "quarter", "year"):
        after = periods.resolve(f"this {unit}", view.anchor)
        nothing_yet = after == before or not view.anchor.reaches(after)
        if nothing_yet and view.anchor.reaches(before):
            slots.notes.append(f"this {unit} = {dates(before)}, the last with data")
            slots.period, slots.compare_to = period_text(before), "previous_period"
            return
    if not unit or after.start != before.end or after.start > view.anchor.reference:
        raise Unclear("clarify", f"Which period shall I compare with {before.label}?")
    slots.period, slots.compare_to = period_text(after), period_text(before)


def _days(first: Period, second: Period) -> bool:
    return _unit_of(first) != _unit_of(second)


def _unit_of(period: Period) -> str:
    days = (period.end - period.start).days
    if days == 1:
        return "day"
    if days == 7 and period.start.weekday() == 0:
        return "week"
    if period.start.day == 1 and period.end.day == 1:
        months = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month
        return {1: "month", 3: "quarter", 12: "year"}.get(months, "")
    return ""


def _so_far(period: Period, view: CatalogueView) -> Period:
    """A month that is not over is compared as far as it has come, not with a whole one."""
    today = view.anchor.reference
    if _unit_of(period) == "month" and period.start < today < period.end:
        return periods.make_period(period.start, today)
    return period


def _several_values(slots: Slots) -> str:
    for item in slots.filters:
        if item["op"] == "in" and len(item["values"]) > 1:
            return str(item["dimension"])
    return ""


def _several(slots: Slots, groups: list[str]) -> None:
    """Two values named side by side are shown side by side, with their total."""
    named = _several_values(slots)
    if named and named not in groups and len(slots.filters) >= 1:
        said = {note.partition(" = ")[0] for note in slots.notes}
        meant = next(f for f in slots.filters if f["dimension"] == named)["values"]
        # One word that stands for several names ("Bedrock") is one thing to the person.
        if not any(len(note.split(", ")) == len(meant) for note in slots.notes if said):
            groups.append(named)


def _average(slots: Slots, signals: Signals, groups: list[str]) -> None:
    """What a day, week or month costs on average: one figure, over all that is asked about.

    Raises:
        Unclear: It is not said of what, or of several things at once.
    """
    if slots.intent != "cost" or signals.compare:
        raise Unclear("refused", "I know averages of what a day, week, month or quarter costs.")
    if groups:
        raise Unclear(
            "clarify", "I average one thing at a time: name it, or ask for the cost by month."
        )
    if len(signals.grains) != 1:
        raise Unclear("clarify", "An average by what: day, week, month or quarter?")
    slots.intent = "average"


def _share(slots: Slots, signals: Signals, groups: list[str]) -> None:
    """The part becomes the focus and its dimension a group; the whole stays a filter."""
    parts = [item for item in slots.filters if item["op"] in ("in", "is_null")]
    if not parts:
        slots.intent = "cost"  # every group of a breakdown has its share beside
        return
    if len(parts) == 1:
        part = parts[0]
    else:
        placed = [item for item in parts if item["dimension"] in signals.places]
        first = min(placed, key=lambda item: signals.places[item["dimension"]], default=parts[0])
        rest = [item for item in parts if item is not first]
        if len(rest) != 1:
            raise Unclear("clarify", "A share of what? Name one part and one whole.")
        part = first if signals.part_first else rest[0]
    if groups:
        raise Unclear(
            "clarify", f"Shall I show the share of each {groups[0]}, or one share in all?"
        )
    slots.filters = [item for item in slots.filters if item is not part]
    slots.focus = {"dimension": part["dimension"], "values": list(part["values"])}
    groups.append(str(part["dimension"]))
    slots.limit = _MANYTIMES


def _coverage(slots: Slots, signals: Signals) -> None:
    if signals.metric not in ("", "effective_cost", "resource_count"):
        raise Unclear("refused", "I know tag coverage of effective cost and of resources only.")
    keys = [name for name in signals.nulls if name not in slots.keys]
    slots.keys += keys
    slots.filters = [item for item in slots.filters if item["op"] != "is_null"]
    if slots.compare_to:
        raise Unclear(
            "refused",
            "I know coverage of one period at a time: ask for two periods one after the other.",
        )
    if "resource_id" in slots.group_by:
        if signals.how_many or len(slots.group_by) > 1:
            slots.group_by.remove("resource_id")
        else:
            slots.resources = False  # a list of resources, by the cost that lacks tags
    if signals.untagged and not slots.keys and not set(slots.group_by) & set(TIMES):
        slots.part = "untagged"


def _is_fragment(slots: Slots, signals: Signals) -> bool:
    """Whether it changes an earlier question rather than asking one of its own."""
    if slots.intent in ("describe", "plans", "propose", "count", "workloads", "unit", "allocate"):
        return False
    if signals.opened or signals.instead:
        return True
    if slots.intent == "explain":
        return not slots.filters and not signals.periods and signals.length <= 5
    return not signals.said_cost and signals.length <= 8
