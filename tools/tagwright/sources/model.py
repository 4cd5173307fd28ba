"""What a source is: it recognises a file and gives a SELECT over it with FOCUS column names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Head", "Reject", "Source", "Staged"]


@dataclass(frozen=True)
class Head:
    """The beginning of a file, enough to recognise it.

    Attributes:
        path: Where it is.
        kind: Its format.
        columns: Its column names, stripped of white space, in order.
        types: DuckDB type of each column; all ``VARCHAR`` for CSV.
        delimiter: CSV only.
    """

    path: Path
    kind: Literal["csv", "parquet"]
    columns: tuple[str, ...]
    types: tuple[str, ...]
    delimiter: str = ","


@dataclass(frozen=True)
class Reject:
    """A row that was kept out, and why.

    Attributes:
        file: Path as given.
        line: Physical line of a CSV where the record starts (the header is 1), or the row of a
            Parquet file counted from 1.
        column: The columns at fault, joined by ``, ``; empty where the row itself is malformed.
        reason: What was wrong, in words.
        raw: The record's text, at most 2,000 characters.
    """

    file: str
    line: int
    column: str
    reason: str
    raw: str


@dataclass(frozen=True)
class Staged:
    """How to read a file as FOCUS.

    Attributes:
        columns: FOCUS 1.4 column (or ours, ``x_…``) to a SQL expression over the raw columns, of
            any type; text is typed and checked by common code. Absent columns are null.
        version: The format's version as people say it, e.g. ``"FOCUS 1.2"``.
        notes: What a reader of the totals must know (columns left out, how dates were read).
    """

    columns: dict[str, str]
    version: str
    notes: list[str] = field(default_factory=list)


class Source(Protocol):
    """One billing format. Third parties register theirs under ``tagwright.sources``."""

    name: str

    def recognise(self, head: Head) -> int:
        """How sure it is that this file is its own: 0 (no) to 100 (certain)."""
        ...

    def missing(self, head: Head) -> list[str]:
        """Columns without which a file of this kind cannot be used; empty when it can be."""
        ...

    def stage(self, head: Head) -> Staged:
        """How to read it; only called where :meth:`missing` is empty."""
        ...
