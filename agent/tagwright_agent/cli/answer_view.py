"""An answer as people read it in a terminal: its Markdown tables as tables, no markup left."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from tagwright_agent.session import Answer

__all__ = ["plain", "print_answer", "print_charts", "print_statements", "print_text"]

_RULE_CELL = re.compile(r":?-+:?")
_CELL = re.compile(r"(?<!\\)\|")
_ESCAPED = re.compile(r"\\([\\|`*_\[<])")
_EMPHASIS = re.compile(r"(?<![\\\w*])(\*{1,3}|`)(?=\S)(.+?)(?<=\S)(?<!\\)\1(?![\w*])")
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_FIGURE = re.compile(r"[^\w]*\d[\d,. ]*(?:%|[A-Z]{3})?")
_WHOLE = frozenset({"Tag", "For example"})
"""Columns that are there to be copied from: they go on in the next line and are never cut."""
_GAP = 2
_LEAST = 6


def print_answer(out: Console, answer: Answer, *, chart: bool | None = None) -> None:
    """The text, a picture, the notes, and under them the receipts and the conversation's id.

    Args:
        out: Where to.
        answer: What came of a question.
        chart: Whether to draw what can be drawn; None: what goes over time or tells a change, and
            only where somebody looks at a terminal.
    """
    print_text(out, answer.answer)
    if chart is not False:
        print_charts(out, answer, always=chart is True)
    for note in answer.notes:
        out.print(f"Note: {clean(note)}")
    print_statements(out, answer)
    receipts = dict.fromkeys(str(call["receipt"]) for call in answer.calls if call["receipt"])
    if receipts:
        out.print(f"\nReceipt: {', '.join(receipts)}", style="dim")
    out.print(f"{'' if receipts else chr(10)}Conversation: {answer.thread}", style="dim")


def print_charts(out: Console, answer: Answer, *, always: bool) -> None:
    """The pictures of an answer, drawn in the terminal."""
    if answer.status != "answered" or not (always or out.is_terminal):
        return
    from tagwright_agent.charts import charts_of
    from tagwright_agent.charts.terminal import print_chart

    for chart in charts_of(answer.calls):
        if always or chart.kind in ("trend", "stack", "change"):
            print_chart(out, chart)


def print_statements(out: Console, answer: Answer) -> None:
    """SQL that a model wrote and that the answer rests on, for the reader to judge."""
    said = (call["result"]["details"].get("sql") for call in answer.calls if call.get("result"))
    for sql in dict.fromkeys(str(sql) for sql in said if sql):
        out.print("\nSQL:", style="dim")
        for line in sql.strip().splitlines():
            out.print(f"  {clean(line)}", style="dim")


def print_text(out: Console, text: str) -> None:
    """Text with Markdown tables; figures are never cut, long names are, in the middle.

    Names and values of tags go on in the next line instead.
    """
    block: list[str] = []
    lines = text.rstrip("\n").split("\n")
    for number, line in enumerate([*lines, ""]):
        if line.lstrip().startswith("|"):
            block.append(line)
            continue
        if block:
            _print_table(out, block)
            block = []
        if number < len(lines) or line:  # the last, empty one only ends a table
            out.print(plain(line))


def plain(text: str) -> str:
    r"""One line without Markdown: no emphasis, no heading marks, escapes undone.

    >>> plain("## **Total**: `x` is 5\\_000"), plain("a * b * c, snake_case_name")
    ('Total: x is 5_000', 'a * b * c, snake_case_name')
    """
    bare = _HEADING.sub("", text)
    for _ in range(3):  # emphasis inside emphasis
        bare = _EMPHASIS.sub(r"\2", bare)
    return clean(_ESCAPED.sub(r"\1", bare))


def _cells(line: str) -> list[str]:
    inner = line.strip()
    inner = inner.removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.strip() for cell in _CELL.split(inner)]


def _print_table(out: Console, block: Sequence[str]) -> None:
    rows = [_cells(line) for line in block]
    if len(rows) < 3 or not all(_RULE_CELL.fullmatch(cell) for cell in rows[1]):
        for line in block:  # not a table after all
            out.print(plain(line))
        return
    head, rule, body = rows[0], rows[1], rows[2:]
    width = len(head)
    body = [[*row[:width], *[""] * (width - len(row))] for row in body]
    right = [index < len(rule) and rule[index].endswith(":") for index in range(width)]
    right = [
        aligned or all(_FIGURE.fullmatch(row[index]) for row in body)
        for index, aligned in enumerate(right)
    ]
    shown = [[plain(cell) for cell in row] for row in (head, *body)]
    out.print(_table(shown[0], shown[1:], right, out.width))


def _table(
    head: Sequence[str], body: Sequence[Sequence[str]], right: Sequence[bool], width: int
) -> Table:
    from rich.table import Table

    wraps = [title in _WHOLE for title in head]
    wanted = [max(len(row[index]) for row in body) for index in range(len(head))]
    # A heading may break between its words; what stands below it may not.
    wanted = [
        max(size, *(len(word) for word in title.split() or [""]))
        if figures
        else max(size, len(title))
        for size, title, figures in zip(wanted, head, right, strict=True)
    ]
    whole = [max(size, len(title)) for size, title in zip(wanted, head, strict=True)]
    room = width - _GAP * (len(head) - 1)
    if sum(whole) <= room:
        wanted = whole
    else:  # a line of what goes on in the next one holds a whole word, where there is room for it
        wanted = [
            max(len(word) for row in (head, *body) for word in row[index].split() or [""])
            if wraps[index]
            else size
            for index, size in enumerate(wanted)
        ]
    room -= sum(size for size, figures in zip(wanted, right, strict=True) if figures)
    names = [index for index, figures in enumerate(right) if not figures]
    widths = list(wanted)
    for done, index in enumerate(sorted(names, key=lambda item: wanted[item])):
        widths[index] = max(_LEAST, min(wanted[index], room // (len(names) - done)))
        room -= widths[index]
    for index in (index for index in names if wraps[index]):
        more = max(0, min(whole[index] - widths[index], room))
        widths[index] += more
        room -= more
    table = Table(
        box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold", show_edge=False
    )
    # Figures stand beside the first line of a name that goes on.
    vertical: Literal["top", "bottom"] = "top" if any(wraps) else "bottom"
    for title, figures, wrap, size in zip(head, right, wraps, widths, strict=True):
        table.add_column(
            title if figures or wrap else shorten(title, size),
            justify="right" if figures else "left",
            vertical=vertical,
            width=size,
            overflow="fold",
        )
    for row in body:
        cells = [
            cell if figures or wrap else shorten(cell, size)
            for cell, figures, wrap, size in zip(row, right, wraps, widths, strict=True)
        ]
        table.add_row(*cells, style="bold" if row[0].startswith("Total") else None)
    return table
