"""A result as a few lines of text, for clients that show no structured content.

Everything is cleaned: values come from bills and tags and may hold anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.results import Scalar, ToolResult

__all__ = ["TEXT_LIMIT", "render"]

TEXT_LIMIT = 1500
"""Characters; the whole result is in the structured content."""

_CELL = 64  # a digest is shown whole
_TAIL_LIMIT = 600
_DETAILS_LIMIT = 400
_DETAIL = 180
_REST = 120
_MORE = 100
_NOTE = 240
_MAX_COLUMNS = 12


def render(result: ToolResult, *, limit: int = TEXT_LIMIT) -> str:
    """The result in at most ``limit`` characters: a table, totals, notes, the receipt.

    Rows give way first; figures are never cut, they are as exact as in the structured content.
    """
    head = _head(result)
    tail = _tail(result)
    room = limit - len(tail) - len(head) - 2
    table, shown = _table(result.rows, room - _MORE)
    more = result.row_count - shown
    parts = [head, *table]
    if more > 0:
        unit = "row" if more == 1 else "rows"
        parts.append(f"… {more} more {unit} (see the structured content, or narrow the question)")
    parts.append(tail)
    return "\n".join(part for part in parts if part)


def _head(result: ToolResult) -> str:
    words = [f"{result.row_count} row{'' if result.row_count == 1 else 's'}"]
    if result.period is not None:
        period = result.period
        words.append(
            f"period {shorten(period.label, _CELL)} ({period.start} to {period.end}, exclusive)"
        )
    if result.currency:
        words.append(f"currency {shorten(result.currency, 12)}")
    return ", ".join(words)


def _tail(result: ToolResult) -> str:
    lines = [
        "Total: " + ", ".join(f"{_cell(name)} {_cell(value)}" for name, value in total.items())
        for total in result.totals
    ]
    lines += [f"Note: {shorten(note, _NOTE)}" for note in result.notes]
    kept: list[str] = []
    room = _TAIL_LIMIT
    for index, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            kept.append(f"… {len(lines) - index} more lines in the structured content")
            break
        kept.append(line)
    kept += _details(result.details)
    if result.receipt:
        kept.append(f"Receipt: {clean(result.receipt)}")
    return "\n".join(kept)


def _details(details: Mapping[str, Any]) -> list[str]:
    """What is plain in the details (a plan's id, lists of names); the rest by its name."""
    lines: list[str] = []
    rest: list[str] = []
    room = _DETAILS_LIMIT
    for key, value in details.items():
        name = shorten(str(key), 40)
        line = f"{name}: {_plain(value)}"
        if line.endswith(": ") or len(line) > room:
            rest.append(name)
        else:
            room -= len(line) + 1
            lines.append(line)
    if rest:
        names = ", ".join(rest)
        lines.append(f"In the structured content also: {shorten(names, _REST)}")
    return lines


def _plain(value: Any) -> str:
    """A cell, cells, or the cells of a mapping, in one line; empty where there are none."""
    if isinstance(value, str | int | None):
        return _cell(value)
    if isinstance(value, dict):
        items = [f"{_cell(str(k))} {_cell(v)}" for k, v in value.items() if _is_cell(v)]
    elif isinstance(value, list | tuple):
        items = [_cell(item) for item in value if _is_cell(item)]
    else:
        return ""
    line = ""
    for index, item in enumerate(items):
        longer = f"{line}, {item}" if line else item
        if len(longer) > _DETAIL:
            return f"{line} … {len(items) - index} more"
        line = longer
    return line


def _is_cell(value: Any) -> bool:
    return isinstance(value, str | int)  # bool is one


def _table(rows: Sequence[Mapping[str, Scalar]], room: int) -> tuple[list[str], int]:
    """Lines of a table that fit, and how many rows they show."""
    if not rows:
        return [], 0
    columns = list(dict.fromkeys(key for row in rows for key in row))[:_MAX_COLUMNS]
    lines = [" | ".join(_cell(column) for column in columns)]
    room -= len(lines[0]) + 1
    if room < 0:
        return [], 0
    for row in rows:
        line = " | ".join(_cell(row.get(column)) for column in columns)
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    shown = len(lines) - 1
    return (lines, shown) if shown else ([], 0)


def _cell(value: Scalar) -> str:
    """A value so that it can be told from the table around it; None is a dash."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shorten(str(value), _CELL).replace("|", "\\|")
