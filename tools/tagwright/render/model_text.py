"""A tool's result as text for a model: raw names, exact figures, pages instead of cuts.

The one text of the MCP server and of our own agent. What does not fit is said, with the offset to
go on with; everything from bills is cleaned and escaped, because it is data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, Column, Note, Source, Table, sentence
from tagwright.render.figures import decimal_of
from tagwright.render.markdown import markdown
from tagwright.render.proposal import proposal_block
from tagwright.render.result import kind_of
from tagwright.text import clean, counted, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tagwright.blocks import Block, Line, Part
    from tagwright.results import ToolResult

__all__ = ["ROOM", "model_text"]

ROOM = 10_000
"""Characters of a text, about 2,500 tokens; twenty rows of a few columns take an eighth of it."""

_CELL = 400  # no tag's value is longer; an ARN rarely is
_NARROW = (_CELL, 100, 24)
_COLUMNS = 40
_NAME = 80
_TAIL = 5_000
_DETAIL = 2_500
_NOTE = 800


def model_text(result: ToolResult) -> str:
    """The result in at most :data:`ROOM` characters.

    Columns and dimensions stand under the names that further calls take; a value that is absent
    is a dash. A column that says the same in every row stands above the table. Where rows are
    left out, by the call's limit or for want of room, the first line says which are shown and how
    to get the next.
    """
    below = markdown(_below(result), exact=True)
    for width in _NARROW:
        text = _whole(result, len(result.rows), width, below)
        if len(text) <= ROOM:
            return text
        # By the rows' usual size, so that not all of them are written again and again.
        least, most = 1, min(len(result.rows), 2 * len(result.rows) * ROOM // len(text) + 1)
        while least < most:  # the most rows that fit
            middle = (least + most + 1) // 2
            if len(_whole(result, middle, width, below)) <= ROOM:
                least = middle
            else:
                most = middle - 1
        text = _whole(result, least, width, below)
        if len(text) <= ROOM:
            return text
    return _whole(result, 0, _CELL, below)


def _whole(result: ToolResult, shown: int, width: int, below: str) -> str:
    above = markdown(_above(result, shown, width), exact=True)
    return f"{above}\n\n{below}" if below else above


# --- the rows -------------------------------------------------------------------------------------


def _above(result: ToolResult, shown: int, width: int) -> Iterator[Block]:
    yield sentence(_range(result, shown))
    lines = Source(result).rows
    names = list(dict.fromkeys(name for row in result.rows for name in row))
    common = _common(result, names)
    facts: list[Part] = []
    if result.period is not None:
        period = result.period
        facts.append(
            f"Period: {shorten(period.label, _NAME)} ({period.start} to {period.end}, "
            "end exclusive)."
        )
    elif result.currency and "currency" not in names:
        facts.append(f"Currency: {shorten(result.currency, 12)}.")
    if common and shown:
        said = _pairs(lines[0], common, width)
        facts += [" " if facts else "", "In every row: ", *said, "."]
    if facts:
        yield sentence(*facts)
    own = [name for name in names if name not in common]
    if own[_COLUMNS:]:
        yield sentence(f"{counted(len(own) - _COLUMNS, 'column')} more: name fewer.")
    if shown and own:
        yield _table(result, own[:_COLUMNS], lines[:shown], width)


def _range(result: ToolResult, shown: int) -> str:
    """Which rows these are, of how many, and where the next ones are."""
    start = result.offset or 0
    stop = start + shown
    if not start and stop >= result.row_count:
        return f"{counted(result.row_count, 'row')}."
    if not shown:
        wide = f"{counted(result.row_count, 'row')}, too wide for a text: name fewer columns."
        return wide if result.rows else f"No row after {start:,} of {result.row_count:,}."
    text = f"Rows {start + 1:,} to {stop:,} of {result.row_count:,}"
    if stop >= result.row_count:
        return f"{text}."
    return f"{text}; {_more(result, stop)}."


def _more(result: ToolResult, stop: int) -> str:
    if result.offset is not None:
        return f"more with offset={stop}"
    plan = result.details.get("plan")
    if isinstance(plan, dict) and "id" in plan:
        return f"more with get_plan, plan_id={shorten(str(plan['id']), _NAME)}, offset={stop}"
    return "for the others narrow the question"


def _common(result: ToolResult, names: Sequence[str]) -> list[str]:
    """Columns that say the same in every row, and are no figures; at least one is left."""
    rows = result.rows
    if len(rows) < 2:
        return []
    found = [
        name
        for name in names
        if len({row.get(name) for row in rows}) == 1
        and (name in rows[0] and decimal_of(rows[0][name]) is None)
    ]
    return found if len(found) < len(names) else found[1:]


def _table(result: ToolResult, names: Sequence[str], lines: Sequence[Line], width: int) -> Table:
    kinds = {name: kind_of(name, result) for name in names}
    return Table(
        columns=tuple(Column(title=shorten(name, _NAME), kind=kinds[name]) for name in names),
        rows=tuple(
            tuple(_narrow(line.cell(name, kinds[name]), width) for name in names) for line in lines
        ),
        row_count=len(lines),
    )


def _narrow(cell: Cell, width: int) -> Cell:
    """The cell; a text that is too long loses its middle, a figure nothing."""
    called = shorten(cell.called, width)
    if isinstance(cell.value, str) and len(cell.value) > width and decimal_of(cell.value) is None:
        return Cell(value=shorten(cell.value, width), kind=cell.kind, called=called)
    return cell if called == cell.called else cell.model_copy(update={"called": called})


def _pairs(line: Line, names: Sequence[str], width: int) -> list[Part]:
    """``name value, name value``."""
    found: list[Part] = []
    for name in names[:_COLUMNS]:
        cell = _narrow(line.cell(name, "name"), width)
        found += [", " if found else "", f"{shorten(name, _NAME)} ", cell]
    return found


# --- totals, details, notes, receipt --------------------------------------------------------------


def _below(result: ToolResult) -> list[Block]:
    """All that is not rows, in its room: what is left out is counted."""
    blocks: list[Block] = []
    room, left = _TAIL, 0
    for block in _said(result):
        size = len(markdown([block], exact=True)) + 2  # the break before it
        if size > room:
            left += 1
            continue
        room -= size
        blocks.append(block)
    if left:
        blocks.append(sentence(f"{counted(left, 'line')} more did not fit."))
    if result.receipt:
        blocks.append(sentence(f"Receipt: {shorten(result.receipt, _NAME)}"))
    return blocks


def _said(result: ToolResult) -> Iterator[Block]:
    for line in Source(result).totals:
        yield sentence("Total: ", *_pairs(line, list(line.values), _CELL), bullet="-")
    plan = result.details.get("plan")
    if isinstance(plan, dict) and {"id", "digest"} <= plan.keys():
        yield from _decision(plan)
    yield from (Note(text=shorten(note, _NOTE)) for note in result.notes)
    for name, found in result.details.items():
        value = found
        if name == "plan" and isinstance(found, dict):
            value = {key: one for key, one in found.items() if key != "approve"}  # said above
        if name != "names" and value not in (None, "", [], {}):  # they stand in the rows
            text = _plain(value)
            if len(text) > _DETAIL:
                text = f"{text[:_DETAIL]}… ({len(text):,} characters: not shown whole)"
            yield sentence(f"{shorten(str(name), _NAME)}: {text}", bullet="-")


def _decision(plan: Mapping[str, Any]) -> Iterator[Block]:
    """How a plan that waits is decided, and by whom alone."""
    if plan.get("state", "proposed") != "proposed":
        return
    yield proposal_block(plan)
    if isinstance(approve := plan.get("approve"), dict):
        page = approve.get("page")
        at: list[Part] = [" on ", Cell(value=str(page), kind="code"), " or with that command,"]
        until = f" until {clean(str(plan.get('expires_at')))}, by {_who(plan, approve)}."
        yield sentence("It is decided", *(at if page else []), until)
    yield sentence("Only a person does this: no tool here approves or applies.")


def _who(plan: Mapping[str, Any], approve: Mapping[str, Any]) -> str:
    if plan.get("one_person"):
        return "the user of this machine (one-person mode)"
    names = ", ".join(shorten(clean(str(name)), _NAME) for name in approve.get("by") or ())
    if not names:
        return "nobody: as people.yaml is, no one may approve it"
    more = f" and {approve['others']} more" if approve.get("others") else ""
    return f"one of {names}{more} (four eyes: not who asked for it)"


def _plain(value: Any) -> str:
    """A detail in one line, names as they are."""
    if isinstance(value, dict):
        if value.keys() == {"start", "end", "label"}:
            return f"{_plain(value['label'])} ({value['start']} to {value['end']}, end exclusive)"
        pairs = (f"{clean(str(key))} {_inner(inner)}" for key, inner in value.items())
        return ", ".join(pair.rstrip() for pair in pairs)
    if isinstance(value, list | tuple):
        items = [_plain(item) for item in value]
        return ("; " if any(", " in item for item in items) else ", ").join(items)
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(str(value))


def _inner(value: Any) -> str:
    if value in ([], (), {}):
        return ""  # nothing is said of it
    return f"({_plain(value)})" if isinstance(value, dict | list | tuple) else _plain(value)
