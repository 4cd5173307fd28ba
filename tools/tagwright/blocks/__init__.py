"""Answers as typed blocks: what is said, before any medium shows it.

Whoever answers makes blocks from a tool's result; :mod:`tagwright.render` writes them for a
terminal, as Markdown, for Slack or as HTML. A figure or a name in a block is a :class:`Cell` that
says where in the result it stands, so that it needs no check against the result afterwards.
"""

from __future__ import annotations

from tagwright.blocks.chart import OTHERS, Chart, ChartKind, Series, summed
from tagwright.blocks.model import (
    Block,
    Cell,
    Column,
    Kind,
    Note,
    Part,
    Proposal,
    Sentence,
    Suggestions,
    Table,
    dumped,
    grid,
    joined,
    loaded,
    money,
    sentence,
)
from tagwright.blocks.source import ColumnOf, Line, Source, extended, misplaced, tabled

__all__ = [
    "OTHERS",
    "Block",
    "Cell",
    "Chart",
    "ChartKind",
    "Column",
    "ColumnOf",
    "Kind",
    "Line",
    "Note",
    "Part",
    "Proposal",
    "Sentence",
    "Series",
    "Source",
    "Suggestions",
    "Table",
    "dumped",
    "extended",
    "grid",
    "joined",
    "loaded",
    "misplaced",
    "money",
    "sentence",
    "summed",
    "tabled",
]
