"""Answers about tags: coverage, proposed fixes, plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, ColumnOf, Note, Source, joined, sentence, tabled
from tagwright.render.proposal import proposal_block
from tagwright_agent.planner.compose_unknown import scope_parts
from tagwright_agent.planner.wording import heading, is_some, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.blocks import Block, Line, Part, Table
    from tagwright.results import ToolResult
    from tagwright_agent.planner.slots import Slots

__all__ = ["coverage", "plans", "proposal", "tag_keys"]

_ROWS = 10
_ALL = "all"
_TAGS = 20
_PARTS = ("covered", "untagged", "missing", "invalid", "taggable")
_QUESTIONS = 5


def coverage(slots: Slots, result: ToolResult) -> list[Block]:
    """Coverage of each key, or of groups."""
    by_resource = result.details.get("basis") == "resources"
    keys = [str(key) for key in result.details.get("keys") or slots.keys]
    what = "resources" if by_resource else "effective cost"
    scope = scope_parts(slots, result)
    source = Source(result)
    known = [line for line in source.totals if line.get("coverage") is not None]
    if not known:
        return [sentence("Tag coverage", scope, ": nothing there can be tagged.")]
    said = joined([named(key) for key in keys])
    blocks: list[Block] = [
        sentence(
            line.ratio("coverage"), f" of the taggable {what}", scope, " has a valid ", said, ": ",
            _parts(line, keys, "resources" if by_resource else line.get("currency")),
        )
        for line in known
    ]  # fmt: skip
    rows = source.rows[:_ROWS]
    if len(rows) > 1 or slots.group_by:
        blocks.append(_table(slots, rows, result.row_count))
    return blocks


def _parts(line: Line, keys: Sequence[str], unit: Any) -> list[Part]:
    """The amounts of all parts, and what cannot be tagged: the whole is told."""
    lacking: list[Part] = (
        ["lacks at least one of them"] if len(keys) > 1 else ["no ", named(keys[0])]
    )
    parts: list[Part] = [
        line.amount("covered", unit), " of ", line.amount("taggable", unit), "; ",
        line.amount("untagged", unit), " has no tags at all; ",
        line.amount("missing", unit), " has tags but ", *lacking, "; ",
        line.amount("invalid", unit), " has a value that is not valid.",
    ]  # fmt: skip
    if is_some(line.get("untaggable")):
        parts += [" Beside it ", line.amount("untaggable", unit), " cannot be tagged."]
    return parts


def _table(slots: Slots, found: Sequence[Line], count: int) -> Table:
    # A currency in which nothing can be tagged would only be a row of zeros.
    lines = [line for line in found if slots.group_by or line.get("coverage") is not None]
    columns: list[ColumnOf] = [
        (heading(label), "name", _key if label == "key" else label)
        for label in list(slots.group_by) or ["key"]
    ]
    columns += [(part.capitalize(), "amount", part) for part in _PARTS]
    columns.append(("Coverage", "ratio", "coverage"))
    left_out = len(found) - len(lines)
    return tabled(lines, columns, row_count=count - left_out, order="the largest gaps first")


def _key(line: Line) -> Cell:
    return Cell(value="all keys") if line.get("key") == _ALL else line.name("key")


def tag_keys(result: ToolResult) -> list[Block]:
    """The raw tag keys of the bill."""
    if not result.rows:
        return [sentence("Nothing in the data carries a tag.")]
    lines = Source(result).rows[:_TAGS]
    several = len({row.get("currency") for row in result.rows}) > 1
    empty = any(is_some(line.get("empty_ratio")) for line in lines)
    columns: list[ColumnOf] = [
        ("Tag", "name", "tag"),
        ("Currency", "name", "currency"),
        ("Key", "name", lambda line: line.name("key") if line.get("key") else Cell(value="(none)")),
        ("For example", "name", "examples"),
        ("Coverage", "ratio", "coverage"),
        ("Empty", "ratio", "empty_ratio"),
        ("Resources", "count", "resources"),
        ("Values", "count", "values"),
    ]
    hidden = {title for title, shown in (("Currency", several), ("Empty", empty)) if not shown}
    text = (
        "Tags of the bill, the key of the taxonomy that each is, and how much of the effective "
        "cost that could be tagged has it"
        + (" (and how much of that with an empty value):" if empty else ":")
    )
    return [
        sentence(text),
        tabled(
            lines,
            [column for column in columns if column[0] not in hidden],
            row_count=result.row_count,
        ),
    ]


def proposal(slots: Slots, result: ToolResult) -> list[Block]:
    """A stored plan that waits for a person, or why there is none."""
    del slots
    questions = _questions(result.details.get("questions"))
    if not result.details.get("plan"):
        return [sentence("No plan was stored."), *questions]
    changes = tabled(
        Source(result).rows[:_ROWS],
        [*_CHANGE, ("Sure (%)", "count", "confidence")],
        row_count=result.row_count,
        what="changes",
    )
    return [proposal_block(result.details["plan"]), changes, *questions]


def _before(line: Line) -> Cell:
    return Cell(value="(absent)") if line.get("before") is None else line.name("before")


def _after(line: Line) -> Cell:
    return Cell(value="(absent)") if line.get("after") is None else line.name("after")


_CHANGE: list[ColumnOf] = [
    ("Resource", "code", "resource_id"),
    ("Tag", "name", "key"),
    ("Before", "name", _before),
    ("After", "name", _after),
]
_PLAN: list[ColumnOf] = [
    ("Plan", "code", "plan"),
    ("Kind", "name", "kind"),
    ("State", "name", "state"),
    ("Changes", "count", "changes"),
    ("Created", "time", "created_at"),
]


def _questions(value: object) -> list[Note]:
    """What a person should answer, whether it comes as texts or as objects."""
    texts = []
    for item in value if isinstance(value, (list, tuple)) else ():
        if isinstance(item, dict):
            texts.append(str(item.get("question") or item.get("text") or ""))
        else:
            texts.append(str(item))
    return [Note(text=text, kind="question") for text in texts if text][:_QUESTIONS]


def plans(slots: Slots, result: ToolResult) -> list[Block]:
    """One plan, or the list."""
    del slots
    lines = Source(result).rows[:_ROWS]
    plan = result.details.get("plan")
    if not plan:
        return _list_of_plans(lines, result.row_count)
    text = sentence(
        "Plan ", Cell(value=str(plan.get("id")), kind="code"), " is ", named(plan.get("state")), "."
    )
    if not lines:
        return [text]
    columns: list[ColumnOf] = [*_CHANGE, ("State", "name", "state")]
    return [text, tabled(lines, columns, row_count=result.row_count, what="changes")]


def _list_of_plans(lines: Sequence[Line], count: int) -> list[Block]:
    if not lines:
        return [sentence("There are no plans.")]
    return [
        sentence(f"{count:,} plan{'' if count == 1 else 's'}:"),
        tabled(lines, _PLAN, row_count=count),
    ]
