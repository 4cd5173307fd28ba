"""Answers about tags: coverage, proposed fixes, plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright_agent.planner.wording import (
    amount,
    dates,
    filters_text,
    heading,
    join,
    name,
    percent,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.results import ToolResult
    from tagwright_agent.planner.slots import Slots

__all__ = ["coverage", "plans", "proposal", "tag_keys"]

_ROWS = 10
_ALL = "all"
_TAGS = 20
_PARTS = ("covered", "untagged", "missing", "invalid", "taggable")


def coverage(slots: Slots, result: ToolResult) -> str:
    """Coverage of each key, or of groups."""
    by_resource = result.details.get("basis") == "resources"
    keys = [str(key) for key in result.details.get("keys") or slots.keys]
    what = "resources" if by_resource else "effective cost"
    scope = f"{filters_text(slots.filters)}, {dates(result.period)}"
    if not result.totals or all(row.get("coverage") is None for row in result.totals):
        return f"Tag coverage{scope}: nothing there can be tagged."
    said = join([name(key) for key in keys])
    sentences = []
    for row in result.totals:
        if row.get("coverage") is None:
            continue
        sentences.append(
            f"{percent(row['coverage'])} of the taggable {what}{scope} has a valid {said}: "
            + _parts(row, keys, "resources" if by_resource else row.get("currency"))
        )
    rows = result.rows[:_ROWS]
    parts = ["\n".join(sentences)]
    if len(rows) > 1 or slots.group_by:
        parts.append(_table(slots, result, by_resource=by_resource))
    if result.row_count > len(rows):
        parts.append(f"{len(rows)} of {result.row_count:,} rows are shown, the largest gaps first.")
    return "\n\n".join(parts)


def _parts(row: Mapping[str, Any], keys: Sequence[str], unit: Any) -> str:
    """The amounts of all parts, and what cannot be tagged: the whole is told."""
    lacking = "at least one of them" if len(keys) > 1 else f"no {name(keys[0])}"
    told = [
        f"{amount(row.get('covered'), unit)} of {amount(row.get('taggable'), unit)}",
        f"{amount(row.get('untagged'), unit)} has no tags at all",
        f"{amount(row.get('missing'), unit)} has tags but "
        + (f"lacks {lacking}" if len(keys) > 1 else lacking),
        f"{amount(row.get('invalid'), unit)} has a value that is not valid",
    ]
    text = "; ".join(told) + "."
    if _some(row.get("untaggable")):
        text += f" Beside it {amount(row.get('untaggable'), unit)} cannot be tagged."
    return text


def _some(value: object) -> bool:
    """Whether a figure is there and is not zero."""
    return value is not None and any(char in "123456789" for char in str(value))


def _table(slots: Slots, result: ToolResult, *, by_resource: bool) -> str:
    # A currency in which nothing can be tagged would only be a row of zeros.
    rows = [row for row in result.rows[:_ROWS] if slots.group_by or row.get("coverage") is not None]
    several = len({row.get("currency") for row in rows}) > 1
    one = "" if several or by_resource else f" ({name(rows[0].get('currency'))})" if rows else ""
    labels = list(slots.group_by) or ["key"]
    titles = [heading(label) for label in labels] + (["Currency"] if several else [])
    left = len(titles)
    titles += [f"{part.capitalize()}{one}" for part in _PARTS] + ["Coverage"]
    lines = []
    for row in rows:
        cells = []
        for label in labels:
            value = row.get(label)
            cells.append("all keys" if label == "key" and value == _ALL else name(value))
        cells += [name(row.get("currency"))] if several else []
        cells += [amount(row.get(part)) for part in _PARTS]
        lines.append([*cells, percent(row.get("coverage"))])
    return table(titles, lines, left=left)


def tag_keys(result: ToolResult) -> str:
    """The raw tag keys of the bill."""
    if not result.rows:
        return "Nothing in the data carries a tag."
    several = len({row.get("currency") for row in result.rows}) > 1
    empty = any(_some(row.get("empty_ratio")) for row in result.rows[:_TAGS])
    lines = [
        [
            name(row.get("tag")),
            *([name(row.get("currency"))] if several else []),
            name(row.get("key")) if row.get("key") else "(none)",
            name(row.get("examples") or None),
            percent(row.get("coverage")),
            *([percent(row.get("empty_ratio"))] if empty else []),
            amount(row.get("resources")),
            amount(row.get("values")),
        ]
        for row in result.rows[:_TAGS]
    ]
    titles = ["Tag", *(["Currency"] if several else []), "Key", "For example"]
    text = (
        "Tags of the bill, the key of the taxonomy that each is, and how much of the effective "
        "cost that could be tagged has it"
        + (" (and how much of that with an empty value):" if empty else ":")
    )
    figures = ["Coverage", *(["Empty"] if empty else []), "Resources", "Values"]
    shown = table([*titles, *figures], lines, left=len(titles))
    parts = [text, shown]
    if result.row_count > len(lines):
        parts.append(f"{len(lines)} of {result.row_count:,} rows are shown.")
    return "\n\n".join(parts)


def proposal(slots: Slots, result: ToolResult) -> str:
    """A stored plan that waits for a person, or why there is none."""
    del slots
    plan = result.details.get("plan") or {}
    questions = [
        f"Question: {name(question, width=300)}"
        for question in _texts(result.details.get("questions"))
    ]
    if not plan:
        return "\n".join(["No plan was stored.", *questions[:5]])
    lines = [
        [
            name(row.get("resource_id")),
            name(row.get("key")),
            "(absent)" if row.get("before") is None else name(row["before"]),
            name(row.get("after")),
            f"{row.get('confidence')}%",
        ]
        for row in result.rows[:_ROWS]
    ]
    worth = join([amount(row["effective_cost"], row["currency"]) for row in plan["amounts"]])
    text = (
        f"Plan `{name(plan.get('id'))}` is stored: {amount(plan.get('changes'))} changes of tags on "
        f"{amount(plan.get('resources'))} resources with {worth} of effective cost. "
        "Nothing is changed until a person approves it and it is applied."
    )
    shown = table(["Resource", "Tag", "Before", "After", "Confidence"], lines, left=4)
    parts = [text, shown]
    if result.row_count > len(lines):
        parts.append(f"{len(lines)} of {result.row_count:,} changes are shown.")
    return "\n\n".join([*parts, *(["\n".join(questions[:5])] if questions else [])])


def _texts(value: object) -> list[str]:
    """Questions as sentences, whether they come as texts or as objects."""
    if not isinstance(value, (list, tuple)):
        return []
    found = []
    for item in value:
        if isinstance(item, dict):
            found.append(str(item.get("question") or item.get("text") or ""))
        else:
            found.append(str(item))
    return [text for text in found if text]


def plans(slots: Slots, result: ToolResult) -> str:
    """One plan, or the list."""
    plan = result.details.get("plan")
    if plan:
        lines = [
            [
                name(row.get("resource_id")),
                name(row.get("key")),
                "(absent)" if row.get("before") is None else name(row["before"]),
                "(absent)" if row.get("after") is None else name(row["after"]),
                name(row.get("state")),
            ]
            for row in result.rows[:_ROWS]
        ]
        text = f"Plan `{name(plan.get('id'))}` is {name(plan.get('state'))}."
        shown = table(["Resource", "Tag", "Before", "After", "State"], lines, left=5)
        more = (
            [f"{len(lines)} of {result.row_count:,} changes are shown."]
            if result.row_count > len(lines)
            else []
        )
        return "\n\n".join([text, *([shown] if lines else []), *more])
    del slots
    if not result.rows:
        return "There are no plans."
    lines = [
        [name(row.get(cell)) for cell in ("plan", "kind", "state", "changes", "created_at")]
        for row in result.rows[:_ROWS]
    ]
    return f"{amount(result.row_count)} plans:\n\n" + table(
        ["Plan", "Kind", "State", "Changes", "Created"], lines, left=5
    )
