"""Blocks as HTML: a fragment for any page, and a page that is one file.

No script, no font and nothing from the network; everything from the data is escaped by markupsafe.
Pictures are left out, as in Markdown: what they show stands in the tables.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup

from tagwright.blocks import Cell, Note, Proposal, Sentence, Suggestions, Table
from tagwright.render.figures import cell_text, column_texts, heading_text
from tagwright.render.wording import note_text, proposal_sentence, shown_text
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tagwright.blocks import Block

__all__ = ["html", "page", "style"]

_FEW = 3
"""A table of more columns has no room on a phone: there each row is lines of head and value."""
_SHORT = 24
"""A name of so many characters is not broken."""
_PAGE = Markup(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<header><h1>{title}</h1></header>
<main>
<div class="card long">
{body}
</div>
</main>
</body>
</html>
"""
)


def html(blocks: Iterable[Block]) -> Markup:
    """The blocks as one element, ``<div class="answer">``; looks right with :func:`style`."""
    parts = []
    for name, group in groupby(blocks, _list_of):
        if name:
            parts.append(
                _list((_inline(item) for item in group if isinstance(item, Sentence)), name)
            )
        else:
            parts += [_written(block) for block in group]
    return _tag("div", _lines(filter(None, parts)), "answer")


def page(title: str, blocks: Iterable[Block]) -> str:
    """A whole page: readable on a phone, in the dark and on paper.

    Args:
        title: At its head, such as the question; is data.
        blocks: What is said.
    """
    return str(_PAGE.format(title=clean(title), style=Markup(style()), body=html(blocks)))  # noqa: S704  our own file


@cache
def style() -> str:
    """The style sheet that every page of ours begins with."""
    return (files("tagwright.render") / "style.css").read_text(encoding="utf-8")


def _tag(name: str, inner: str, kind: str = "", **data: str) -> Markup:
    """An element by our own words for its name, class and attributes; all else is escaped."""
    opened = f'{name} class="{kind}"' if kind else name
    opened += "".join(f' data-{key}="{{{key}}}"' for key in data)
    return Markup(f"<{opened}>{{}}</{name}>").format(inner, **data)  # noqa: S704


def _lines(parts: Iterable[Markup]) -> Markup:
    return Markup("\n").join(parts)


def _list_of(block: Block) -> str:
    """Which list an item belongs to; empty for what is no item."""
    if not isinstance(block, Sentence) or not block.bullet:
        return ""
    return "ul" if block.bullet == "-" else "ol"


def _list(items: Iterable[str], name: str = "ul") -> Markup:
    lines = [_tag("li", item) for item in items]
    return _tag(name, _lines(lines)) if lines else Markup()


def _written(block: Block) -> Markup:
    if isinstance(block, Sentence):
        return _paragraph(_inline(block))
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Note):
        return _paragraph(note_text(block), "question" if block.kind == "question" else "soft")
    if isinstance(block, Proposal):
        commands = [] if block.asked else block.commands
        items = [_tag("code", clean(command)) + f": {clean(means)}" for command, means in commands]
        return _paragraph(_inline(proposal_sentence(block))) + _list(items)
    if isinstance(block, Suggestions):
        return _paragraph(clean(block.intro)) + _list(clean(asked) for asked in block.questions)
    return Markup()


def _paragraph(text: str, kind: str = "") -> Markup:
    return _tag("p", text, kind) if text else Markup()


def _inline(block: Sentence) -> Markup:
    return Markup().join(
        _value(part, cell_text(part)) if isinstance(part, Cell) else clean(part)
        for part in block.parts
    )


def _value(cell: Cell, text: str) -> str:
    """A figure stays in one line; a name that is written from the right turns nothing round it."""
    if cell.is_figure:
        return _tag("span", text, "n")
    if cell.kind == "code" and cell.value is not None:
        return _tag("code", text)
    return _tag("bdi", text) if cell.kind == "name" else text


def _table(block: Table) -> Markup:
    if not block.columns:
        return Markup()
    every = [*block.rows, *block.totals]
    columns = [[row[index] for row in every] for index in range(len(block.columns))]
    kinds = ["n" if column.is_figure else "name" for column in block.columns]
    heads = [
        heading_text(column, cells) for column, cells in zip(block.columns, columns, strict=True)
    ]
    texts = zip(*(column_texts(cells) for cells in columns), strict=True)
    rows = [
        Markup().join(_cell(*placed) for placed in zip(row, said, kinds, heads, strict=True))
        for row, said in zip(every, texts, strict=True)
    ]
    count = len(block.rows)
    top = Markup().join(_tag("th", head, kind) for head, kind in zip(heads, kinds, strict=True))
    parts = [
        _tag("thead", _tag("tr", top)),
        _tag("tbody", _lines(_tag("tr", row) for row in rows[:count])),
    ]
    if block.totals:
        parts.append(_tag("tfoot", _lines(_tag("tr", row, "total") for row in rows[count:])))
    table = _tag("table", _lines(parts), "many" if len(heads) > _FEW else "")
    return _tag("div", table, "scroll") + _paragraph(shown_text(block), "soft")


def _cell(cell: Cell, text: str, kind: str, head: str) -> Markup:
    """A cell that knows its head: on a phone it stands in a line of its own, after it."""
    if kind == "n":
        return _tag("td", text, kind, head=head)
    kind = "name short" if len(text) <= _SHORT else kind
    return _tag("td", _value(cell, text), kind, head=head)
