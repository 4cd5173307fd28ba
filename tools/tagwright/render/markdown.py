"""Blocks as Markdown: tables by GitHub's rules, everything from the data escaped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright.blocks import Cell, Note, Proposal, Sentence, Suggestions, Table
from tagwright.render.figures import cell_text, column_texts, heading_text
from tagwright.render.wording import note_text, proposal_sentence, shown_text
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tagwright.blocks import Block

__all__ = ["escaped", "markdown"]

_MARKUP = re.compile(r"([\\`*\[\]<>|~]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;))")
"""Underscores within a word are text already: names of columns and tags read as they are."""
_BEGIN = re.compile(r"#{1,6}(?=\s|$)|[-+=](?=\s|$|[-=\s]+$)|(?<=\d)[.)](?=\s|$)")
"""What at the begin of a line is a heading, a list or a rule; of ``12.`` the full stop."""
_TICKS = re.compile(r"`+")


def markdown(blocks: Iterable[Block], *, exact: bool = False) -> str:
    """The blocks, one after the other with a blank line between.

    Pictures are left out: what they show stands in the tables.

    Args:
        blocks: Of one answer.
        exact: Figures with every decimal, and a dash for no value: for models.
    """
    text = before = ""
    for block in blocks:
        written = _written(block, exact=exact)
        if not written:
            continue
        item = _item_of(block)
        tight = item and before and (item == before or exact)
        text += ("\n" if tight else "\n\n") + written
        before = item
    return text.strip("\n")


def _item_of(block: Block) -> str:
    """What list it is an item of: right below another's item it would be read as part of that."""
    if isinstance(block, Note):
        return "note"
    if not isinstance(block, Sentence) or not block.bullet:
        return ""
    return "-" if block.bullet == "-" else "1."


def escaped(text: str) -> str:
    r"""Text with Markdown's own characters made harmless.

    >>> escaped("a|b*c")
    'a\\|b\\*c'
    """
    return _MARKUP.sub(r"\\\1", text)


def _begun(text: str) -> str:
    r"""A paragraph that begins with text, however that begins.

    >>> _begun("# 1"), _begun("2. b"), _begun("-5.00 USD")
    ('\\# 1', '2\\. b', '-5.00 USD')
    """
    text = text.lstrip()
    digits = len(text) - len(text.lstrip("0123456789"))
    found = _BEGIN.match(text, digits)
    return f"{text[:digits]}\\{text[digits:]}" if found else text


def _written(block: Block, *, exact: bool) -> str:
    if isinstance(block, Sentence):
        return _sentence(block, exact=exact)
    if isinstance(block, Table):
        return _table(block, exact=exact)
    if isinstance(block, Note):
        return escaped(note_text(block))
    if isinstance(block, Proposal):
        return _proposal(block, exact=exact)
    if isinstance(block, Suggestions):
        questions = (f"- {_begun(escaped(clean(asked)))}" for asked in block.questions)
        return "\n".join([_begun(escaped(clean(block.intro))), *questions])
    return ""


def _sentence(block: Sentence, *, exact: bool) -> str:
    text = "".join(
        _inline(part, exact=exact) if isinstance(part, Cell) else escaped(clean(part))
        for part in block.parts
    )
    text = _begun(text)
    return f"{block.bullet} {text}" if block.bullet else text


def _inline(cell: Cell, *, exact: bool) -> str:
    text = cell_text(cell, exact=exact)
    return _code(text) if cell.kind == "code" and cell.value is not None else escaped(text)


def _code(text: str) -> str:
    """A code span: nothing in it is markup, if its fence is longer than any run in it.

    >>> _code("a`b")
    '`` a`b ``'
    """
    runs = [len(run) for run in _TICKS.findall(text)]
    if not runs:
        return f"`{text}`"
    fence = "`" * (max(runs) + 1)
    return f"{fence} {text} {fence}"


def _table(block: Table, *, exact: bool) -> str:
    if not block.columns:
        return ""
    every = [*block.rows, *block.totals]
    cells: list[Sequence[Cell]] = [
        [row[index] for row in every] for index in range(len(block.columns))
    ]
    heads = [
        escaped(heading_text(column, found))
        for column, found in zip(block.columns, cells, strict=True)
    ]
    rules = ["---:" if column.is_figure else "---" for column in block.columns]
    texts = [[escaped(text) for text in column_texts(found, exact=exact)] for found in cells]
    lines = [f"| {' | '.join(row)} |" for row in (heads, rules, *zip(*texts, strict=True))]
    shown = shown_text(block)
    return "\n".join([*lines, *(["", escaped(shown)] if shown else [])])


def _proposal(block: Proposal, *, exact: bool) -> str:
    lines = [_sentence(proposal_sentence(block), exact=exact)]
    if not block.asked:
        lines += [
            f"- {_code(clean(command))}: {escaped(clean(meaning))}"
            for command, meaning in block.commands
        ]
    return "\n".join(lines)
