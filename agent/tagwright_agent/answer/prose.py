"""The text of a model as blocks; after its figures were checked, and for no other text."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from tagwright.blocks import Cell, Column, Sentence, Table, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

    from tagwright.blocks import Block, Part

__all__ = ["prose_blocks"]

_FIGURE = re.compile(r"[^\w]*\d[\d,. ]*(?:%|[A-Z]{3})?|-?")


def prose_blocks(text: str) -> list[Block]:
    """Markdown as sentences and tables; markup that blocks do not have is dropped, not its text.

    HTML is text like any other: nothing that a model writes is markup in any medium.
    """
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(text)
    return list(_blocks(tokens))


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    lists: list[str] = []  # of each list we are in: the mark that its next item bears
    marks: list[str] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.type == "table_open":
            end = next(n for n in range(index, len(tokens)) if tokens[n].type == "table_close")
            yield _table(tokens[index:end])
            index = end
        elif token.type in {"bullet_list_open", "ordered_list_open"}:
            lists.append("-" if token.tag == "ul" else "1.")
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            lists.pop()
        elif token.type == "list_item_open":
            marks = [f"{token.info}." if token.info else lists[-1]]
        elif token.type == "inline":
            parts = list(_inline(token))
            if parts:
                yield sentence(parts, bullet=marks.pop() if marks else "")
        elif token.type in {"fence", "code_block"}:
            for line in token.content.splitlines():
                yield Sentence(parts=(Cell(value=line, kind="code"),))
        index += 1


def _inline(token: Token) -> Iterator[Part]:
    for child in token.children or ():
        if child.type == "code_inline":
            yield Cell(value=child.content, kind="code")
        elif child.type in {"softbreak", "hardbreak"}:
            yield " "
        elif child.content:
            yield child.content


def _table(tokens: Sequence[Token]) -> Table:
    rows: list[list[Cell]] = []
    right: list[bool] = []
    for before, token in itertools.pairwise(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and before.type in {"th_open", "td_open"}:
            text = "".join(
                str(part.value) if isinstance(part, Cell) else part for part in _inline(token)
            )
            rows[-1].append(Cell(value=text))
            if len(rows) == 1:
                right.append("right" in str(before.attrs.get("style", "")))
    head, body = rows[0], rows[1:]
    columns = tuple(
        Column(
            title=str(cell.value),
            kind="amount" if right[index] or _all_figures(body, index) else "text",
        )
        for index, cell in enumerate(head)
    )
    return Table(columns=columns, rows=tuple(tuple(row) for row in body), row_count=len(body))


def _all_figures(rows: Sequence[Sequence[Cell]], index: int) -> bool:
    return bool(rows) and all(_FIGURE.fullmatch(str(row[index].value)) for row in rows)
