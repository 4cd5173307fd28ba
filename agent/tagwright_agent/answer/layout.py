"""Markdown tables of an answer, before and after lines of them were taken out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.answer.facts import Ledger

__all__ = ["RULE", "table_sizes", "without_empty_tables"]

RULE = re.compile(r"^\s*\|?[\s:|-]+\|?\s*$")
"""The line between a table's heading and its rows."""

_SHOWN = re.compile(r"[\d,]+ of [\d,]+ (?:rows|changes) are shown.*")


def without_empty_tables(kept: Sequence[str | None], lines: Sequence[str]) -> list[str]:
    """The kept lines, less the heading and rule of a table that lost its heading or all rows.

    Where rows were taken out, how many are shown is not so any more, and goes too.
    """
    if any(
        line.lstrip().startswith("|") and got is None for line, got in zip(lines, kept, strict=True)
    ):
        # How many rows are shown is not so any more.
        kept = [None if line and _SHOWN.fullmatch(line) else line for line in kept]
    shown: list[str] = []
    index = 0
    while index < len(kept):
        if not lines[index].lstrip().startswith("|"):
            if (line := kept[index]) is not None:
                shown.append(line)
            index += 1
            continue
        end = index
        while end < len(kept) and lines[end].lstrip().startswith("|"):
            end += 1
        block = [line for line in kept[index:end] if line is not None]
        body = [line for line in block if not RULE.fullmatch(line)]
        if kept[index] is not None and len(body) > 1:
            shown += block
        index = end
    return shown


def table_sizes(lines: Sequence[str], ledger: Ledger) -> set[int]:
    """Rows of each of the text's tables and up to it, and how many rows of a result they leave out ("12 more")."""
    found: set[int] = set()
    whole = shown = 0
    for line in [*lines, ""]:
        if not line.lstrip().startswith("|"):
            if shown > 1:  # a heading and rows
                whole += shown - 1
                found |= {shown - 1, whole}
            shown = 0
        elif not RULE.fullmatch(line) and "total" not in line.casefold()[:12]:
            shown += 1
    return found | {count - size for size in found for count in ledger.counts if count > size}
