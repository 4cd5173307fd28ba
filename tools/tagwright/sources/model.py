"""What a source is: it recognises a file and gives a SELECT over it with FOCUS column names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Head", "Reject", "Source", "Staged"]


@dataclass(frozen=True)
class Head:
    """The beginning of a file, enough to recognise it.

    Attributes:
        path: Where it is.
        kind: Its format.
        columns: Its column names, stripped of white space, in order; of JSON the keys of the first
            object.
        types: DuckDB type of each column; all ``VARCHAR`` for CSV, ``JSON`` for JSON.
        delimiter: CSV only.
        utf16: CSV only: whether it is UTF-16 with a byte order mark; everything else is UTF-8.
        sample: JSON only: the first object.
        lines: JSON only: whether each line is a document of its own.
    """

    path: Path
    kind: Literal["csv", "parquet", "json"]
    columns: tuple[str, ...]
    types: tuple[str, ...]
    delimiter: str = ","
    utf16: bool = False
    sample: Mapping[str, Any] | None = None
    lines: bool = False


@dataclass(frozen=True)
class Reject:
    """A row that was kept out, and why.

    Attributes:
        file: Path as given.
        line: Physical line of a CSV where the record starts (the header is 1) or of JSON lines;
            else the record of a JSON document, or the row of a Parquet file, counted from 1.
        column: The columns at fault, joined by ``, ``; empty where the row itself is malformed.
        reason: What was wrong, in words.
        raw: The record's text, at most 2,000 characters; empty for JSON, which may hold prompts.
    """

    file: str
    line: int
    column: str
    reason: str
    raw: str


@dataclass(frozen=True)
class Staged:
    """How to read a file as charges, or as usage.

    Attributes:
        columns: Column to a SQL expression over the raw columns, of any type; text is typed and
            checked by common code. Absent columns are null. For charges the columns of FOCUS 1.4
            (:data:`tagwright.focus.COLUMNS`) and ours, ``x_…``; for usage those of
            :data:`tagwright.usage.COLUMNS`, for Kubernetes of
            :data:`tagwright.kubernetes.COLUMNS`. Of documents only these are kept: a prompt beside
            them never reaches a disk.
        version: The format's version as people say it, e.g. ``"FOCUS 1.2"``.
        notes: What a reader of the totals must know (columns left out, how dates were read).
        table: What the rows are.
        explode: Of a document, which list inside it holds the records: SQL expressions of type
            ``JSON[]``, the first over the document ``d0``, giving ``d1``, the next over ``d0``
            and ``d1``, and so on. ``columns`` may name them all. A Parquet file with one of these
            is read as one document a row.
        sparse: Whether ``explode`` leaves records out, so that a sound file may come to none.
    """

    columns: dict[str, str]
    version: str
    notes: list[str] = field(default_factory=list)
    table: Literal["charges", "usage", "kubernetes"] = "charges"
    explode: tuple[str, ...] = ()
    sparse: bool = False


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
