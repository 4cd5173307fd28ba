"""The sentences that all media share: what is left out, what waits, how many of how many."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import TYPE_CHECKING

from tagwright.blocks import Cell, sentence
from tagwright.text import clean, counted

if TYPE_CHECKING:
    from tagwright.blocks import Note, Proposal, Sentence, Table

__all__ = ["moment_text", "note_text", "note_words", "proposal_sentence", "shown_text", "time_text"]


_DAY = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?")
_MONTHS = tuple(calendar.month_name)


def time_text(text: str) -> str:
    """A day or month as people say it; another time as it is.

    >>> time_text("2026-10-14"), time_text("2026-10"), time_text("2026-Q3")
    ('14 October 2026', 'October 2026', '2026-Q3')
    """
    found = _DAY.fullmatch(text)
    if found is None:
        return text
    day = f"{int(found[3])} " if found[3] else ""
    return f"{day}{_MONTHS[int(found[2])]} {found[1]}"


def moment_text(moment: dt.datetime) -> str:
    """A moment as people say it, to the minute.

    >>> moment_text(dt.datetime(2026, 10, 14, 9, 5, tzinfo=dt.UTC))
    '14 October 2026, 09:05 UTC'
    """
    there = moment.astimezone(dt.UTC)
    return f"{time_text(f'{there:%Y-%m-%d}')}, {there:%H:%M} UTC"


def note_words(note: Note) -> str:
    """What a note says."""
    if note.kind != "left_out":
        return clean(note.text)
    statements = counted(note.count, "statement was", "statements were")
    return f"{statements} left out of the answer: no source in the data."


def note_text(note: Note) -> str:
    """A note with the word that it begins with."""
    return f"{'Question' if note.kind == 'question' else 'Note'}: {note_words(note)}"


def shown_text(table: Table) -> str:
    """How many of the rows are shown; empty where all are."""
    shown = len(table.rows)
    if table.row_count <= shown + table.offset and not table.offset:
        return ""
    order = f", {table.order}" if table.order else ""
    if table.offset:
        last = table.offset + shown
        return f"{table.what.capitalize()} {table.offset + 1:,} to {last:,} of {table.row_count:,}."
    return f"{shown:,} of {table.row_count:,} {table.what} are shown{order}."


def proposal_sentence(block: Proposal) -> Sentence:
    """What is stored, what it is about, and that nothing has happened."""
    from tagwright.blocks import joined

    worth = joined(block.amounts)
    return sentence(
        "Plan ", Cell(value=block.plan, kind="code"), " is stored: ",
        f"{counted(block.changes, 'change')} of tags on {counted(block.resources, 'resource')}",
        *([" with ", worth, " of effective cost"] if worth else []),
        ". Nothing is changed until a person approves it and it is applied.",
    )  # fmt: skip
