"""The ingest log, which the snapshot keeps of itself: the tables ``files`` and ``rejects``."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tagwright.classification import load_rules
from tagwright.ingest import prove
from tagwright.ingest.pricing import load_book
from tagwright.ingest.readings import reading_of
from tagwright.ingest.report import CurrencyTotal, FileReport
from tagwright.warehouse import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from tagwright.config import Settings
    from tagwright.ingest.read import Loaded
    from tagwright.sources import Reject
    from tagwright.taxonomy import Taxonomy
    from tagwright.warehouse import Build, SnapshotInfo

    Read = Sequence[tuple[Loaded, FileReport, str]]

__all__ = [
    "absolute",
    "examples",
    "is_current",
    "nothing_new",
    "prices_of",
    "total",
    "whole_files",
    "write",
]

_EXAMPLES = 5
_ROWS = (
    "(SELECT count(*) FROM charges AS c WHERE c.x_file = f.id) + "
    "(SELECT count(*) FROM usage AS u WHERE u.x_file = f.id) + "
    "(SELECT count(*) FROM kubernetes_usage AS k WHERE k.x_file = f.id)"
)


def prices_of(settings: Settings, usage: int) -> str:
    """Version of today's prices, for a snapshot with so many usage rows; empty without any."""
    return load_book(settings).version if usage else ""


def is_current(base: SnapshotInfo, taxonomy: Taxonomy, settings: Settings) -> bool:
    """Whether a snapshot has today's tables, made with today's taxonomy, rules and prices."""
    return (base.format, base.taxonomy_digest, base.rules_digest) == (
        FORMAT,
        taxonomy.digest,
        load_rules().digest,
    ) and base.prices == prices_of(settings, base.usage)


def whole_files(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Digests of the files all of whose rows are in the attached snapshot."""
    rows = con.execute(
        f"SELECT f.sha256 FROM files AS f WHERE f.charges + f.usage + f.kubernetes = {_ROWS}"
    ).fetchall()
    return {digest for (digest,) in rows}


def nothing_new(build: Build, read: Read) -> bool:
    """Whether every file is there in full, read as it would be today; fills the report if so.

    Only asked of a snapshot that :func:`is_current`.
    """
    with build.warehouse.open() as snapshot:
        live = {
            row[0]: row[1:]
            for row in snapshot.query(
                "SELECT f.sha256, f.id, f.charges, f.usage, f.kubernetes, f.rejected, "
                "(SELECT count(*) FROM charges AS c WHERE c.x_file = f.id), "
                "(SELECT count(*) FROM usage AS u WHERE u.x_file = f.id), "
                "(SELECT count(*) FROM kubernetes_usage AS k WHERE k.x_file = f.id), "
                "f.source, f.reading FROM files AS f"
            ).rows
        }
        for loaded, file, digest in read:
            if digest not in live or live[digest][1:4] != live[digest][5:8]:
                return False
            if live[digest][8:] != (file.source, reading_of(loaded.source)):
                return False
        for _, file, digest in read:
            number, file.charges, file.usage, file.kubernetes, file.rejected = live[digest][:5]
            table = snapshot.query(
                f"{prove.SUMS} FROM charges WHERE x_file = ? {prove.GROUP}", [number]
            )
            file.totals = [total(row) for row in table.rows]
            file.examples = examples(
                snapshot.query(
                    'SELECT line, "column", reason FROM rejects WHERE file_id = ? '
                    f"ORDER BY line LIMIT {_EXAMPLES}",
                    [number],
                ).rows
            )
    return True


def write(con: duckdb.DuckDBPyConnection, read: Read, rejects: list[tuple[int, Reject]]) -> None:
    """Enter what was read, and strike out files of which nothing is left."""
    # A file none of whose rows are left was restated; so were its rejects.
    paths = [absolute(file) for _, file, _ in read]
    con.execute(
        "DELETE FROM files WHERE id NOT IN (SELECT DISTINCT x_file FROM charges UNION "
        "SELECT DISTINCT x_file FROM usage UNION SELECT DISTINCT x_file FROM kubernetes_usage) "
        "AND (charges > 0 OR usage > 0 OR kubernetes > 0 OR list_contains(?, path))",
        [paths],
    )
    con.execute("DELETE FROM rejects WHERE file_id NOT IN (SELECT id FROM files)")
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    for loaded, file, digest in read:
        con.execute(
            "INSERT INTO files BY NAME SELECT ? AS id, ? AS path, ? AS name, ? AS source, "
            "? AS version, ? AS reading, ? AS sha256, ? AS charges, ? AS usage, ? AS kubernetes, "
            "? AS rejected, ? AS ingested_at, CAST(? AS VARCHAR[]) AS notes",
            [
                loaded.number,
                absolute(file),
                Path(file.path).name,
                file.source,
                file.version,
                reading_of(loaded.source),
                digest,
                file.charges,
                file.usage,
                file.kubernetes,
                file.rejected,
                now,
                file.notes,
            ],
        )
    if rejects:
        con.executemany(
            "INSERT INTO rejects VALUES (?, ?, ?, ?, ?, ?)",
            [(n, r.file, r.line, r.column, r.reason, r.raw) for n, r in rejects],
        )


def examples(rows: Iterable[tuple[object, ...]]) -> list[dict[str, object]]:
    """The first few rejects, for the report."""
    return [
        dict(zip(("line", "column", "reason"), row, strict=True)) for row in islice(rows, _EXAMPLES)
    ]


def total(row: Sequence[object]) -> CurrencyTotal:
    """A row of :data:`tagwright.ingest.prove.SUMS`."""
    currency, charges, billed, effective = row[:4]
    return CurrencyTotal(
        str(currency), int(str(charges)), Decimal(str(billed or 0)), Decimal(str(effective or 0))
    )


def absolute(file: FileReport) -> str:
    """Two exports of one name in two folders are two files."""
    return str(Path(file.path).absolute())
