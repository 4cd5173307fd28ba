"""Blocks in a terminal: figures are never cut, names go on in the next line, ids stay whole."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from tagwright.blocks import Cell, Chart, Note, Proposal, Sentence, Suggestions, Table
from tagwright.render.figures import cell_text, column_texts, heading_text
from tagwright.render.wording import note_text, proposal_sentence, shown_text
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from tagwright.blocks import Block

__all__ = ["print_blocks", "table_lines"]

_GAP = 2
_RULE = "\u2500"
_LEAST = 8
"""A name has at least so many columns; where there is no room for that, a row is several lines."""
_ID = 24
"""What is as long and has no blank is an id, and copied; what is shorter is read, and may break."""
_BREAKS = re.compile(r"[^\s/:.,_-]*[\s/:.,_-]?")
_WORDS = re.compile(r"^\s+|\S+\s*")
_DRAWN = frozenset({"trend", "stack", "change"})
"""Kinds of chart that tell more than the table above them."""
_POINTS = 12
"""A longer trend stands in the table already, figure by figure: a line shows its shape."""


def print_blocks(out: Console, blocks: Iterable[Block], *, charts: bool | None = False) -> None:
    """Print the blocks, one after the other with a blank line between.

    Args:
        out: Where to; its width decides where lines are broken.
        blocks: What is said.
        charts: Whether pictures are drawn; None: those that tell more than the table, and only
            where somebody looks at a terminal. A trend of many points is one line then.
    """
    before = ""
    for block in blocks:
        if isinstance(block, Chart) and not _is_drawn(block, charts, out):
            continue
        tight = isinstance(block, Note) or (isinstance(block, Sentence) and bool(block.bullet))
        kind = block.type if tight else ""
        if before and not (tight and before == kind):
            out.print()
        if isinstance(block, Chart):
            _print_chart(out, block, brief=charts is None)
        else:
            _print(out, block)
        before = kind or "any"


def _is_drawn(chart: Chart, charts: bool | None, out: Console) -> bool:  # noqa: FBT001
    from tagwright.render.bars import can_draw

    wanted = out.is_terminal and chart.kind in _DRAWN if charts is None else charts
    return wanted and can_draw(out)


def _print(out: Console, block: Block) -> None:
    if isinstance(block, Sentence):
        _print_text(out, _sentence(block))
    elif isinstance(block, Table):
        plain = not _can_write(_RULE, out)
        for line, bold in table_lines(block, out.width):
            rule = plain and set(line) <= {" ", _RULE}
            text = Text(line.replace(_RULE, "-") if rule else line, style="bold" if bold else "")
            # Neither cut nor broken again: what is too wide is an id that is copied.
            out.print(text, soft_wrap=True)
        if shown := shown_text(block):
            out.print(Text(f"\n{shown}"))
    elif isinstance(block, Note):
        _print_text(out, note_text(block))
    elif isinstance(block, Proposal):
        _print_proposal(out, block)
    elif isinstance(block, Suggestions):
        _print_text(out, clean(block.intro))
        for question in block.questions:
            _print_text(out, f"- {clean(question)}")


def _can_write(text: str, out: Console) -> bool:
    try:
        text.encode(out.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _print_text(out: Console, text: str) -> None:
    """Lines of whole words: what is longer than a line is an id, and is copied as one piece."""
    line = ""
    for word in _WORDS.findall(text):
        if line.strip() and cell_len((line + word).rstrip()) > out.width:
            out.print(Text(line.rstrip()), soft_wrap=True)
            line = ""
        line += word
    out.print(Text(line.rstrip()), soft_wrap=True)


def _print_chart(out: Console, chart: Chart, *, brief: bool) -> None:
    from tagwright.render.bars import print_chart, print_sparkline

    if brief and chart.kind == "trend" and len(chart.labels) > _POINTS:
        print_sparkline(out, chart)
    else:
        print_chart(out, chart)


def _sentence(block: Sentence) -> str:
    text = "".join(
        cell_text(part) if isinstance(part, Cell) else clean(part) for part in block.parts
    )
    return f"{block.bullet} {text}" if block.bullet else text


def _print_proposal(out: Console, block: Proposal) -> None:
    _print_text(out, _sentence(proposal_sentence(block)))
    if block.asked:
        return
    for command, meaning in block.commands:
        out.print(Text(f"  {clean(command)}"), soft_wrap=True)
        out.print(Text(f"      {clean(meaning)}", style="dim"))


# --- tables ----------------------------------------------------------------------------------


def table_lines(table: Table, width: int) -> list[tuple[str, bool]]:
    """The lines of a table, each with whether it is bold.

    Where an id in the first column has no room it stands whole in a line of its own. Where the
    columns do not fit beside each other at all, each row is lines of title and value.
    """
    if not table.columns:
        return []
    every = [*table.rows, *table.totals]
    cells = [[row[index] for row in every] for index in range(len(table.columns))]
    heads = [
        heading_text(column, found) for column, found in zip(table.columns, cells, strict=True)
    ]
    texts = [column_texts(found) for found in cells]
    figures = [column.is_figure for column in table.columns]
    widths, gap = _widths(heads, texts, figures, width)
    if not widths:
        return _as_lines(heads, texts, len(table.rows), width)
    layout = _Layout(widths, figures, gap)
    lines = [(line, True) for line in layout.row(heads, at_bottom=True)]
    for number in range(len(every)):
        row = [column[number] for column in texts]
        if number == len(table.rows):  # a rule under the figures says where the sum is
            rules = [
                _RULE * size if right else "" for size, right in zip(widths, figures, strict=True)
            ]
            lines.append((layout.line(rules), False))
        bold = number >= len(table.rows)
        if _is_id(row[0], widths[0]) and not figures[0]:
            lines.append((row[0], bold))
            row[0] = ""
        lines += [(line, bold) for line in layout.row(row)]
    return lines


class _Layout:
    """Columns of a width each."""

    def __init__(self, widths: Sequence[int], figures: Sequence[bool], gap: int) -> None:
        self.widths = widths
        self.figures = figures
        self.gap = " " * gap

    def line(self, cells: Sequence[str]) -> str:
        """Cells that fit, beside each other."""
        padded = []
        for cell, size, right in zip(cells, self.widths, self.figures, strict=True):
            blank = " " * (size - cell_len(cell))
            padded.append(blank + cell if right else cell + blank)
        return self.gap.join(padded).rstrip()

    def row(self, cells: Sequence[str], *, at_bottom: bool = False) -> list[str]:
        """Cells that go on in the next lines; what is shorter stands at the top."""
        broken = [_broken(cell, size) for cell, size in zip(cells, self.widths, strict=True)]
        height = max(len(part) for part in broken)
        filled = [
            [""] * (height - len(part)) + part if at_bottom else part + [""] * (height - len(part))
            for part in broken
        ]
        lines = [self.line(line) for line in zip(*filled, strict=True)]
        return [line for line in lines if line]


def _widths(
    heads: Sequence[str], texts: Sequence[Sequence[str]], figures: Sequence[bool], width: int
) -> tuple[list[int], int]:
    """The width of each column, and the gap between them; no widths where they do not fit."""
    body = [max(map(cell_len, column), default=0) for column in texts]
    words = [max(map(cell_len, head.split()), default=0) for head in heads]
    wanted = [max(size, word) for size, word in zip(body, words, strict=True)]
    names = [index for index, right in enumerate(figures) if not right]
    fixed = sum(wanted[index] for index, right in enumerate(figures) if right)
    least = fixed + sum(min(_LEAST, wanted[index]) for index in names)
    gap = _GAP if least + _GAP * (len(heads) - 1) <= width else 1
    room = width - gap * (len(heads) - 1) - fixed
    if least - fixed > room:
        return [], gap
    widths = list(wanted)
    # Each line holds a whole word, where there is room for that; then short columns come first.
    needs = {
        index: min(wanted[index], max(_longest_piece(texts[index]), words[index]))
        for index in names
    }
    if sum(needs.values()) > room:
        needs = dict.fromkeys(names, 0)
    room -= sum(needs.values())
    for done, index in enumerate(sorted(names, key=lambda index: wanted[index] - needs[index])):
        more = min(wanted[index] - needs[index], room // (len(names) - done))
        widths[index] = max(needs[index] + more, 1)
        room -= more
    for index, head in enumerate(heads):  # a heading in one line, where there is room for it
        more = max(0, min(cell_len(head) - widths[index], room))
        widths[index] += more
        room -= more
    return widths, gap


def _is_id(text: str, width: int) -> bool:
    """Whether it stands whole in a line of its own, because there is no room for it here."""
    return cell_len(text) > max(width, _ID - 1) and " " not in text


def _longest_piece(cells: Sequence[str]) -> int:
    pieces = {piece.rstrip() for cell in cells for piece in _BREAKS.findall(cell)}
    return max(map(cell_len, pieces), default=0)


def _broken(text: str, width: int) -> list[str]:
    """The text in lines: between words; a word that fits in no line, after punctuation or anywhere.

    Nothing is lost.

    >>> _broken("prod (1-2)", 7), _broken("i-0abc/def", 7)
    (['prod', '(1-2)'], ['i-0abc/', 'def'])
    """
    if cell_len(text) <= width:
        return [text]
    lines = [""]
    for word in _WORDS.findall(text):
        whole = cell_len(word.rstrip()) <= width
        for piece in [word] if whole else filter(None, _BREAKS.findall(word)):
            rest = piece
            if cell_len((lines[-1] + rest).rstrip()) > width and lines[-1]:
                lines.append("")
            while cell_len(rest.rstrip()) > width:
                cut = 1
                while cut < len(rest) and cell_len(rest[: cut + 1]) <= width:
                    cut += 1
                lines[-1] = rest[:cut]
                lines.append("")
                rest = rest[cut:]
            lines[-1] += rest
    return [line.rstrip() for line in lines if line.strip()] or [""]


def _as_lines(
    heads: Sequence[str], texts: Sequence[Sequence[str]], count: int, width: int
) -> list[tuple[str, bool]]:
    """Each row as lines of title and value, a blank line between the rows."""
    label = min(max(map(cell_len, heads)), width // 2)
    room = max(width - label - _GAP, 1)
    lines: list[tuple[str, bool]] = []
    for number in range(len(texts[0])):
        if lines:
            lines.append(("", False))
        for head, column in zip(heads, texts, strict=True):
            text, bold = column[number], number >= count
            if not text:
                continue
            if _is_id(text, room):
                lines += [(head, bold), (text, bold)]
                continue
            titles, values = _broken(head, label), _broken(text, room)
            for title, value in zip_longest(titles, values, fillvalue=""):
                blank = " " * (label + _GAP - cell_len(title))
                lines.append(((title + blank + value).rstrip(), bold))
    return lines
