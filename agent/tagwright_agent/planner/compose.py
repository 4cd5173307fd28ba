"""From a tool's result to a short answer. Every figure printed stands in the result."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.money import display_text
from tagwright.text import clean, shorten
from tagwright_agent.planner.words import (
    amount,
    dimension_title,
    filters_text,
    join,
    metric_title,
    percent,
    period_text,
    shown,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.results import Scalar, ToolResult
    from tagwright_agent.planner.slots import Slots
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["Answered", "compose", "compose_failure"]

_ROWS = 10


@dataclass(frozen=True)
class Answered:
    """A call and what came of it."""

    tool: str
    arguments: dict[str, Any]
    slots: Slots
    result: ToolResult


def compose(item: Answered, view: CatalogueView) -> str:
    """The answer as Markdown: first the figure, then at most one table, then what to know."""
    makers = {
        "query_costs": _costs,
        "explain_change": _change,
        "tag_coverage": _coverage,
        "describe_data": _data,
        "propose_tag_fixes": _proposal,
        "get_plan": _plans,
    }
    text = makers[item.tool](item, view)
    notes = [note for note in item.slots.notes if note]
    notes += [clean(note) for note in item.result.notes]
    return "\n\n".join([text, *(f"Note: {note}" for note in dict.fromkeys(notes))])


def compose_failure(text: str) -> str:
    """What a tool's error says to a person."""
    try:
        error = json.loads(text)
        return f"{clean(str(error['message']))} {clean(str(error.get('hint', '')))}".strip()
    except (ValueError, KeyError, TypeError):
        return clean(text)


# --- costs -------------------------------------------------------------------------------------


def _costs(item: Answered, view: CatalogueView) -> str:
    metric = str(item.arguments.get("metric", "effective_cost"))
    groups = [str(name) for name in item.arguments.get("group_by", [])]
    scope = _scope(item)
    result = item.result
    if not result.totals and not result.rows:
        return f"There are no charges {scope}."
    if item.slots.intent == "share" and item.slots.group_by:
        return _share(item, metric, scope)
    if item.arguments.get("compare_to"):
        first = _compared(item, metric)
    else:
        first = f"{metric_title(metric)} {scope}: {_sums(result.totals, metric)}."
    if not groups or not result.rows:
        return first
    return f"{first}{_leader(item, metric, groups, view)}\n\n{_cost_table(item, metric, groups)}"


def _scope(item: Answered) -> str:
    parts = [period_text(item.result.period)]
    if said := filters_text(item.arguments.get("filters", [])):
        parts.append(said)
    return ", ".join(part for part in parts if part)


def _sums(totals: Sequence[dict[str, Scalar]], metric: str) -> str:
    found = [_figure(row, metric) for row in totals]
    return join(found) if found else "nothing"


def _figure(row: dict[str, Scalar], name: str) -> str:
    value = row.get(name)
    if value is None:
        return "none"
    if isinstance(value, int):
        return f"{value:,}"
    if row.get("currency"):
        return amount(value, row["currency"])
    unit = row.get("consumed_unit")
    return f"{display_text(Decimal(str(value)))}{f' {clean(str(unit))}' if unit else ''}"


def _compared(item: Answered, metric: str) -> str:
    lines = []
    for row in item.result.totals:
        now, before = row.get(metric), row.get(f"previous_{metric}")
        lines.append(_moved(row, metric_title(metric), now, before, row.get("change")))
    where = filters_text(item.arguments.get("filters", []))
    scope = f" ({where})" if where else ""
    other = _other_period(item)
    head = f"{period_text(item.result.period).capitalize()} against {other}{scope}: "
    return head + " ".join(lines)


def _other_period(item: Answered) -> str:
    details = item.result.details.get("compared_to") or {}
    label = details.get("label") if isinstance(details, dict) else None
    said = str(label or item.arguments.get("compare_to", ""))
    return {"previous_period": "the period before", "previous_year": "the year before"}.get(
        said, clean(said)
    )


def _moved(row: dict[str, Scalar], title: str, now: Scalar, before: Scalar, change: Scalar) -> str:
    after = Decimal(str(now or 0))
    earlier = Decimal(str(before or 0))
    verb = "rose" if after > earlier else "fell" if after < earlier else "stayed the same"
    currency = row.get("currency")
    text = f"{title} {verb} from {_money(earlier, currency)} to {_money(after, currency)}"
    if after != earlier:
        moved = Decimal(str(change if change is not None else after - earlier))
        ratio = row.get("change_ratio")
        text += f", {'+' if moved > 0 else ''}{_money(moved, currency)}"
        if ratio is not None:
            text += f" ({'+' if Decimal(str(ratio)) > 0 else ''}{percent(ratio)})"
    return f"{text}."


def _money(value: Decimal, currency: Scalar) -> str:
    return amount(str(value), currency) if currency else display_text(value, places=0)


def _leader(item: Answered, metric: str, groups: list[str], view: CatalogueView) -> str:
    """The first row in words, where the rows are ordered by amount."""
    kinds = {view.dimensions[g].kind for g in groups if g in view.dimensions}
    if "time" in kinds or item.arguments.get("compare_to"):
        return ""
    row = item.result.rows[0]
    name = join([shown(row.get(group)) for group in groups])
    least = "lowest" if item.arguments.get("order") == "asc" else "highest"
    share = f" ({percent(row['share'])})" if row.get("share") is not None else ""
    return f" The {least} is {name} with {_figure(row, metric)}{share}."


def _cost_table(item: Answered, metric: str, groups: list[str]) -> str:
    result, compared = item.result, bool(item.arguments.get("compare_to"))
    several = result.currency is None and any(row.get("currency") for row in result.rows)
    unit = f" ({result.currency})" if result.currency else ""
    head = [dimension_title(name) for name in groups]
    head += ["Currency"] if several else []
    columns = [f"previous_{metric}", metric, "change"] if compared else [metric]
    titles = ["Before", "After", "Change"] if compared else [metric_title(metric)]
    head += [f"{title}{unit}" for title in titles]
    share = any(row.get("share") is not None for row in result.rows) and not compared
    head += ["Share"] if share else []
    limit = (
        31 if {"day", "week", "month", "quarter", "year", "billing_period"} & set(groups) else _ROWS
    )
    body = []
    for row in result.rows[:limit]:
        line = [shown(row.get(name)) for name in groups]
        line += [clean(str(row.get("currency") or ""))] if several else []
        line += [_plain(row.get(name)) for name in columns]
        line += [percent(row.get("share"))] if share else []
        body.append(line)
    for total in result.totals:
        line = ["Total", *[""] * (len(groups) - 1)]
        line += [clean(str(total.get("currency") or ""))] if several else []
        line += [_plain(total.get(name)) for name in columns]
        line += [""] if share else []
        body.append(line)
    text = table(head, body, right=len(columns) + int(share))
    left = result.row_count - min(limit, len(result.rows))
    return (
        f"{text}\n\n{min(limit, len(result.rows))} of {result.row_count} shown."
        if left > 0
        else text
    )


def _plain(value: Scalar) -> str:
    if value is None:
        return "none"
    return f"{value:,}" if isinstance(value, int) else display_text(Decimal(str(value)))


def _share(item: Answered, metric: str, scope: str) -> str:
    group = item.slots.group_by[0]
    wanted: list[Any] = list(item.slots.focus) or [None]
    lines = []
    for total in item.result.totals:
        currency = total.get("currency")
        rows = [
            row
            for row in item.result.rows
            if row.get("currency") == currency and row.get(group) in wanted
        ]
        for row in rows:
            lines.append(
                f"{shown(row.get(group))} is {percent(row.get('share'))} of "
                f"{metric_title(metric).lower()} {scope}: {_figure(row, metric)} of "
                f"{_figure(total, metric)}."
            )
    if not lines:
        names = join([shown(value) for value in wanted])
        return f"{names} has no charges {scope}: total {_sums(item.result.totals, metric)}."
    return "\n".join(lines)


# --- changes -----------------------------------------------------------------------------------


def _change(item: Answered, view: CatalogueView) -> str:
    result = item.result
    if not result.totals:
        return f"There are no charges in either period ({period_text(result.period)})."
    metric = str(item.arguments.get("metric", "effective_cost"))
    where = filters_text(item.arguments.get("filters", []))
    head = f"{period_text(result.period).capitalize()} against {_other_period(item)}"
    lines = [f"{head}{f' ({where})' if where else ''}:"]
    lines += [
        _moved(row, metric_title(metric), row.get("after"), row.get("before"), row.get("change"))
        for row in result.totals
    ]
    for step in result.details.get("step") or []:
        until = f" until {step['end']}" if step.get("end") else ""
        lines.append(
            f"The level changed on {step['start']}{until}: {amount(step['per_day_from_start'], step['currency'])} "
            f"a day instead of {amount(step['per_day_otherwise'], step['currency'])}."
        )
    rows = [row for row in result.rows if row.get("status") != "same"][: 2 * _ROWS]
    if not rows:
        return " ".join(lines)
    several = result.currency is None
    unit = f" ({result.currency})" if result.currency else ""
    body = [
        [
            dimension_title(str(row["dimension"])),
            "all others" if row.get("status") == "rest" else shown(row.get("value")),
            *([clean(str(row.get("currency") or ""))] if several else []),
            _plain(row.get("before")),
            _plain(row.get("after")),
            _plain(row.get("change")),
        ]
        for row in rows
    ]
    titles = ["By", "Value", *(["Currency"] if several else [])]
    titles += [f"Before{unit}", f"After{unit}", f"Change{unit}"]
    return " ".join(lines) + "\n\n" + table(titles, body, right=3)


# --- tags --------------------------------------------------------------------------------------


def _coverage(item: Answered, view: CatalogueView) -> str:
    result = item.result
    if not result.totals:
        return f"There are no charges {_scope(item)}."
    resources = item.arguments.get("basis") == "resources"
    what = "resources" if resources else "taggable effective cost"
    keys = [clean(str(key)) for key in result.details.get("keys", [])]
    lines = []
    for row in result.totals:
        if row.get("coverage") is None and not row.get("taggable"):
            lines.append(f"Nothing is taggable {_scope(item)}.")
            continue
        named = (
            f"a valid {keys[0]}"
            if len(keys) == 1
            else f"a valid value for all of {', '.join(keys)}"
        )
        gap = (
            _plain(row.get("untagged"))
            if resources
            else amount(row.get("untagged"), row.get("currency"))
        )
        bad = (
            _plain(row.get("invalid"))
            if resources
            else amount(row.get("invalid"), row.get("currency"))
        )
        ratio = row.get("coverage")
        share = percent(ratio) if ratio is not None else "none"
        lines.append(
            f"{share} of {what} {_scope(item)} has {named}; {gap} is untagged, {bad} has an invalid value."
        )
    groups = [str(name) for name in item.arguments.get("group_by", [])]
    if not result.rows or (len(result.rows) == 1 and not groups):
        return " ".join(lines)
    several = result.currency is None and not resources
    unit = f" ({result.currency})" if result.currency else ""
    titles = [
        *([dimension_title(name) for name in groups] or ["Key"]),
        *(["Currency"] if several else []),
    ]
    titles += [f"{name}{unit}" for name in ("Covered", "Invalid", "Untagged")] + ["Coverage"]
    body = []
    for row in result.rows[:_ROWS]:
        line = [shown(row.get(name)) for name in groups] or [_key(row.get("key"))]
        line += [clean(str(row.get("currency") or ""))] if several else []
        line += [_plain(row.get(name)) for name in ("covered", "invalid", "untagged")]
        body.append(
            [*line, percent(row.get("coverage")) if row.get("coverage") is not None else "none"]
        )
    text = table(titles, body, right=4)
    left = result.row_count - len(body)
    more = f"\n\n{len(body)} of {result.row_count} shown." if left > 0 else ""
    return " ".join(lines) + "\n\n" + text + more


def _key(value: Scalar) -> str:
    return "all of them" if value == "all" else shown(value)


def _proposal(item: Answered, view: CatalogueView) -> str:
    result = item.result
    plan = result.details.get("plan")
    questions = result.details.get("questions") or []
    asked = [clean(str(question["question"])) for question in questions[:3]]
    open_questions = (
        "\n".join(["Only a person can say:", *(f"- {line}" for line in asked)]) if asked else ""
    )
    if not plan:
        return "\n\n".join(
            part for part in ("There is nothing to propose.", open_questions) if part
        )
    worth = join([amount(row["effective_cost"], row["currency"]) for row in plan["amounts"]])
    lines = [
        f"Plan {plan['id']} proposes {plan['changes']} changes on {plan['resources']} resources "
        f"with {worth} of effective cost."
    ]
    for row in plan.get("expected", {}).get("coverage", []):
        if Decimal(row["gained"]) and row["before"] is not None and row["after"] is not None:
            lines.append(
                f"Coverage of {clean(row['key'])} would go from {percent(row['before'])} to "
                f"{percent(row['after'])} ({row['currency']})."
            )
    body = [
        [
            shorten(str(row["resource_id"]).split(":", 5)[-1], 32),
            f"{shown(row['key'])}: {shown(row['before'])} → {shown(row['after'])}",
            f"{row['confidence']} %",
        ]
        for row in result.rows[:_ROWS]
    ]
    text = " ".join(lines) + "\n\n" + table(["Resource", "Change", "Sure"], body, right=1)
    if result.row_count > len(body):
        text += f"\n\n{len(body)} of {result.row_count} shown."
    return f"{text}\n\n{open_questions}".strip()


def _plans(item: Answered, view: CatalogueView) -> str:
    result = item.result
    plan = result.details.get("plan")
    if plan is None:
        if not result.rows:
            return "There are no plans yet."
        body = [
            [shown(row["plan"]), shown(row["state"]), _plain(row["changes"]), shown(row["proposed_by"]),
             shown(row["decided_by"])]
            for row in result.rows[:_ROWS]
        ]  # fmt: skip
        head = (
            f"There are {result.row_count} plans." if result.row_count != 1 else "There is 1 plan."
        )
        return head + "\n\n" + table(["Plan", "State", "Changes", "By", "Decided by"], body)
    state = clean(str(plan.get("state", ""))).replace("_", " ")
    body = [
        [
            shorten(str(row["resource_id"]).split(":", 5)[-1], 30),
            f"{shown(row['key'])}: {shown(row['before'])} → {shown(row['after'])}",
            shown(row["state"]),
        ]
        for row in result.rows[:_ROWS]
    ]
    head = f"Plan {clean(str(plan['id']))} is {state}: {plan['changes']} changes on {plan['resources']} resources."
    return head + "\n\n" + table(["Resource", "Change", "State"], body)


# --- the data ----------------------------------------------------------------------------------


def _data(item: Answered, view: CatalogueView) -> str:
    result = item.result
    name = item.arguments.get("dimension")
    several = result.currency is None and len(result.totals) > 1
    unit = f" ({result.currency})" if result.currency else ""
    group = str(name) if name else "service_provider_name"
    titles = [
        dimension_title(group),
        *(["Currency"] if several else []),
        f"Effective cost{unit}",
        "Charges",
    ]
    body = [
        [
            shown(row.get(group)),
            *([clean(str(row.get("currency") or ""))] if several else []),
            _plain(row.get("effective_cost")),
            _plain(row.get("charge_count")),
        ]
        for row in result.rows[: 2 * _ROWS]
    ]
    text = table(titles, body, right=2) if body else ""
    if name:
        found = f"{dimension_title(str(name))} has {result.row_count:,} values {period_text(result.period)}."
        return f"{found}\n\n{text}".strip()
    details = result.details
    lag = details.get("lag_days")
    head = f"The data has {details.get('charges', 0):,} charges {period_text(result.period)}"
    head += f"; the last one is {lag:,} days old." if isinstance(lag, int) else "."
    keys = [clean(key) for names in (details.get("taxonomy") or {}).values() for key in names]
    tail = "\n\nAsk by provider, service, account, region, resource, day or month"
    tail += f", and by the taxonomy: {', '.join(keys)}." if keys else "."
    return f"{head}\n\n{text}{tail}"
