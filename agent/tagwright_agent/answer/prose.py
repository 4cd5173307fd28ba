"""The text of a model as blocks, and as the Markdown that the check of figures reads.

Markdown can say one thing in its source and another where it is shown: ``3&comma;080``, ``**3**80``
and a line that goes on in the next. So the check reads what :func:`canonical` writes, which is what
:func:`prose_blocks` shows and nothing else.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from tagwright.blocks import Cell, Column, Sentence, Table, sentence
from tagwright.render.markdown import markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

    from tagwright.blocks import Block, Part

__all__ = ["canonical", "plain", "prose_blocks"]

_FIGURE = re.compile(r"[^\w]*\d[\d,. ]*(?:%|[A-Z]{3})?|-?")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_IN_CELL = re.compile(r"\\([!-/:-@\[-`{-~])(?<!\|)")


def canonical(text: str) -> str:
    r"""The same text with a line for each paragraph, item and row, and no markup but code.

    >>> canonical("## It was\n\n**3**80&period;00 [USD][a]\nin all\n\n[a]: /b")
    'It was\n\n380.00 USD in all'
    """
    return markdown(prose_blocks(text))


def plain(line: str, *, cell: bool = False) -> str:
    r"""A line of :func:`canonical`, or a part of it, as it is read; in a row, pipes stay escaped.

    >>> plain(r"\<0.1% of a\|b"), plain(r"| a\|b\* |", cell=True)
    ('<0.1% of a|b', '| a\\|b* |')
    """
    return (_IN_CELL if cell else _ESCAPED).sub(r"\1", line)


def prose_blocks(text: str) -> list[Block]:
    """Markdown as sentences and tables; markup that blocks do not have is dropped, not its text.

    HTML is text like any other: nothing that a model writes is markup in any medium.
    """
    from markdown_it import MarkdownIt  # only for what a model wrote

    tokens = (
        MarkdownIt("commonmark", {"html": False}).enable("table").parse(text.replace("\t", "    "))
    )
    return list(_blocks(tokens))


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    lists: list[str] = []  # of each list we are in: the mark that its next item bears
    marks: list[str] = []
    numbered = 0
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
            parts = list(_apart(list(_inline(token))))
            if parts:
                mark = marks.pop() if marks else ""
                numbered += mark[:1].isdigit()
                if mark[:1].isdigit() and int(mark[:-1]) > numbered:  # it counts nothing: a figure
                    numbered -= 1
                    yield sentence(f"{mark} ", parts)
                else:
                    yield sentence(parts, bullet=mark)
        elif token.type in {"fence", "code_block"}:
            for line in filter(str.strip, token.content.splitlines()):
                yield Sentence(parts=(Cell(value=line, kind="code"),))
        index += 1


def _inline(token: Token) -> Iterator[Part]:
    for child in token.children or ():
        if child.type == "code_inline":
            yield Cell(value=child.content, kind="code")
        elif child.type in {"softbreak", "hardbreak"}:
            yield " "
        elif child.content and child.type != "image":
            yield child.content


def _apart(parts: Sequence[Part]) -> Iterator[Part]:
    """Code that touches a letter, a digit or other code is text: the eye reads them as one."""
    for index, part in enumerate(parts):
        if isinstance(part, Cell) and (
            _touches(parts[index - 1] if index else "", -1)
            or _touches(parts[index + 1] if index + 1 < len(parts) else "", 0)
        ):
            yield str(part.value)
        else:
            yield part


def _touches(part: Part, end: int) -> bool:
    return isinstance(part, Cell) or part[end:][:1].isalnum()


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
            rows[-1].append(Cell(value=text.strip()))
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
