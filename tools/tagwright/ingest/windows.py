"""What a file restates whole: a window of a cluster, with all that ran in it.

An answer for a window leaves nothing out, so what an earlier file had in that window and this one
has not is no longer so. Files of one ingest are parts of one answer (pages, or one a namespace).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from tagwright.ingest.kinds import Kind

__all__ = ["overlaps", "replace"]


def replace(con: duckdb.DuckDBPyConnection, kind: Kind) -> dict[int, list[str]]:
    """Drop what is left in the windows of the accepted incoming rows; notes, by file."""
    names = ", ".join(f'"{name}"' for name in kind.whole)
    windows = (
        f"(SELECT x_source, {names}, max(x_file) AS x_by FROM {kind.incoming} "
        "WHERE x_faults IS NULL GROUP BY ALL)"
    )
    same = " AND ".join(
        f'u."{name}" IS NOT DISTINCT FROM i."{name}"' for name in ("x_source", *kind.whole)
    )
    gone = con.execute(
        f"SELECT i.x_by, count(*) FROM {kind.table} AS u, {windows} AS i WHERE {same} GROUP BY 1"
    ).fetchall()
    if gone:
        con.execute(f"DELETE FROM {kind.table} AS u USING {windows} AS i WHERE {same}")
    words = "a window is replaced whole. Ingest the parts of a window together."
    return {
        int(number): [f"Earlier rows of its windows that it has not are gone ({count:,}): {words}"]
        for number, count in gone
    }


def overlaps(con: duckdb.DuckDBPyConnection, kind: Kind) -> dict[int, list[str]]:
    """Notes on incoming files whose windows overlap with others in the table, by file."""
    rows = con.execute(
        f'WITH w AS (SELECT DISTINCT x_source, x_file, cluster AS c, "ChargePeriodStart" AS s, '
        f'"ChargePeriodEnd" AS e FROM {kind.table}) '
        "SELECT a.x_file, a.c, min(greatest(a.s, b.s)), max(least(a.e, b.e)) FROM w AS a, w AS b "
        "WHERE a.x_source = b.x_source AND a.c IS NOT DISTINCT FROM b.c AND a.s < b.e "
        "AND b.s < a.e AND (a.x_file, a.s, a.e) <> (b.x_file, b.s, b.e) AND a.x_file IN "
        f"(SELECT DISTINCT x_file FROM {kind.incoming} WHERE x_faults IS NULL) GROUP BY ALL "
        "ORDER BY ALL"
    ).fetchall()
    notes: dict[int, list[str]] = {}
    for number, cluster, start, end in rows:
        where = f" of cluster {cluster}" if cluster else ""
        notes.setdefault(int(number), []).append(
            f"Its windows{where} overlap with others, between {start} and {end}: what both hold "
            "weighs twice. Ask for windows that do not overlap, always with the same aggregate."
        )
    return notes
