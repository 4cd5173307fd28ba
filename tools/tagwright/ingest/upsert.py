"""Rows of a kind put in place of what they restate.

A request is itself by its id, a bucket of requests by what it was grouped by, an allocation by its
window, cluster and name; a row that comes again replaces what was there, so that an export that
overlaps another counts nothing twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.focus import COLUMNS as CHARGE_COLUMNS
from tagwright.ingest import windows
from tagwright.taxonomy import TAG_KEYS_SQL, promotions

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from tagwright.ingest.kinds import Kind
    from tagwright.taxonomy import Taxonomy

    Enrich = Callable[[duckdb.DuckDBPyConnection, Kind, str], str]

__all__ = ["pass_over", "repromote", "stored_sums", "upsert"]


def pass_over(con: duckdb.DuckDBPyConnection, kind: Kind) -> dict[int, int]:
    """Drop from the incoming rows those that another one there repeats; how many, by file.

    Of a request's rows the last one counts. Of a bucket's all rows of its last file count: what
    tells them apart may be no column here.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE repeated AS SELECT x_source, x_key, "
        f"max((x_file, x_record)) AS x_last FROM {kind.incoming} WHERE x_faults IS NULL "
        "GROUP BY ALL HAVING count(*) > 1"
    )
    old = (
        "u.x_source = r.x_source AND u.x_key = r.x_key AND u.x_faults IS NULL AND "
        "(u.x_file < r.x_last[1] OR (u.x_by_id AND (u.x_file, u.x_record) < r.x_last))"
    )
    counts = con.execute(
        f"SELECT u.x_file, count(*) FROM {kind.incoming} AS u, repeated AS r WHERE {old} GROUP BY 1"
    ).fetchall()
    if counts:
        con.execute(f"DELETE FROM {kind.incoming} AS u USING repeated AS r WHERE {old}")
    return {int(number): int(count) for number, count in counts}


def upsert(
    con: duckdb.DuckDBPyConnection, kind: Kind, taxonomy: Taxonomy, enrich: Enrich
) -> dict[int, list[str]]:
    """Put the accepted incoming rows in place of what they restate; notes on that, by file.

    ``enrich`` makes of the rows of a relation one that has the kind's extra columns too.
    """
    con.execute(
        f"DELETE FROM {kind.table} AS u USING {kind.incoming} AS i "
        "WHERE u.x_source = i.x_source AND u.x_key = i.x_key AND i.x_faults IS NULL"
    )
    gone = windows.replace(con, kind) if kind.whole else {}
    rows = enrich(con, kind, f"(SELECT * FROM {kind.incoming} WHERE x_faults IS NULL)")
    con.execute(
        f"INSERT INTO {kind.table} BY NAME {_made(con, kind, taxonomy, kind.incoming, rows)}"
    )
    overlaps = windows.overlaps(con, kind) if kind.whole else {}
    return {file: [*gone.get(file, []), *overlaps.get(file, [])] for file in {*gone, *overlaps}}


def repromote(
    con: duckdb.DuckDBPyConnection, kind: Kind, taxonomy: Taxonomy, enrich: Enrich
) -> None:
    """Make the promoted and the extra columns of every row anew."""
    rows = enrich(con, kind, f"(SELECT {kind.names} FROM {kind.table})")
    con.execute(
        f"CREATE TABLE fresh_{kind.table} AS {_made(con, kind, taxonomy, kind.table, rows)}"
    )
    con.execute(f"DROP TABLE {kind.table}")
    con.execute(f"ALTER TABLE fresh_{kind.table} RENAME TO {kind.table}")


def _made(
    con: duckdb.DuckDBPyConnection, kind: Kind, taxonomy: Taxonomy, table: str, rows: str
) -> str:
    """The rows with all their columns, in order of time."""
    columns = ", ".join([kind.names, *kind.extra, _promoted(con, taxonomy, table)])
    return (
        f"SELECT {columns} FROM {_like_charges(kind, rows)} "
        'ORDER BY "ChargePeriodStart", x_file, x_record'
    )


def _promoted(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy, table: str) -> str:
    keys = [key for (key,) in con.execute(TAG_KEYS_SQL.format(table=table)).fetchall()]
    return ", ".join(
        f'CAST({item.sql} AS {item.type}) AS "{item.column}"' for item in promotions(taxonomy, keys)
    )


def _like_charges(kind: Kind, table: str) -> str:
    """The rows with every FOCUS column, so that virtual tags may name them; absent ones null."""
    own = {column.name for column in kind.columns}
    absent = ", ".join(
        f'CAST(NULL AS VARCHAR) AS "{column.name}"'
        for column in CHARGE_COLUMNS
        if column.name not in own
    )
    return f"(SELECT *, {absent} FROM {table})"


def stored_sums(con: duckdb.DuckDBPyConnection, kind: Kind, number: int) -> tuple[Any, ...]:
    """The same of what the snapshot holds of that file."""
    [row] = con.execute(
        f"SELECT count(*), {', '.join(kind.stored)} FROM {kind.table} WHERE x_file = {number}"
    ).fetchall()
    return tuple(row)
