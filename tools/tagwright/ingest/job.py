"""What one ingest knows as it goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tagwright.ingest import schema, upsert
from tagwright.ingest.kubernetes import KINDS
from tagwright.ingest.log import is_current
from tagwright.ingest.pricing import load_book, priced

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from tagwright.config import Settings
    from tagwright.ingest.kinds import Kind
    from tagwright.ingest.read import Loaded
    from tagwright.ingest.report import FileReport, IngestReport
    from tagwright.sources import Reject
    from tagwright.taxonomy import Taxonomy
    from tagwright.warehouse import Build

    Progress = Callable[[str, int, int], None]

__all__ = ["Run"]


@dataclass
class Run:
    """What one ingest knows as it goes."""

    settings: Settings
    taxonomy: Taxonomy
    build: Build
    con: duckdb.DuckDBPyConnection
    report: IngestReport
    progress: Progress
    loaded: list[tuple[Loaded, FileReport, str]] = field(default_factory=list)
    rejects: list[tuple[int, Reject]] = field(default_factory=list)
    sums: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    instead_of: str | None = None
    refused: bool = False

    @property
    def current(self) -> bool:
        """Whether the base is made as one would be made today."""
        base = self.build.base
        return base is not None and is_current(base, self.taxonomy, self.settings)

    def repromote(self) -> None:
        """What is made of rows made anew, in every table."""
        schema.repromote(self.con, self.taxonomy)
        for kind in KINDS.values():
            upsert.repromote(self.con, kind, self.taxonomy, self.enrich)

    def enrich(self, con: duckdb.DuckDBPyConnection, kind: Kind, rows: str) -> str:
        """Rows beside charges with their kind's extra columns: prices, for usage."""
        return priced(con, load_book(self.settings), rows) if kind.name == "usage" else rows
