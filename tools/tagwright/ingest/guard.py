"""What keeps an ingest from making what is there smaller, coarser or other than it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.errors import DataError
from tagwright.ingest import prove, schema

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import duckdb

__all__ = ["keep_parts", "keep_whole", "no_rounding", "untouched"]


def no_rounding(
    con: duckdb.DuckDBPyConnection, types: dict[str, tuple[str, int]], *, fresh: bool
) -> None:
    """Refuse amounts so large that the decimals of what is there could not be kept beside them.

    Raises:
        DataError: More than 38 digits would be needed.
    """
    before = {} if fresh else schema.base_needs(con)
    for kind, need in before.items():
        if types[kind][1] < need.decimals:
            raise DataError(
                f"The largest {kind} in these files does not fit beside the {need.decimals} "
                "decimals of the charges that are there: 38 digits can be kept. Nothing was "
                "changed.",
                hint="Look for an amount that is wrong; else ingest into a home of its own.",
            )


def untouched(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    """Totals of the charges of all partitions that are not replaced."""
    using = ", ".join(f'"{name}"' for name in schema.PARTITION)
    return con.execute(
        f"{prove.SUMS} FROM charges ANTI JOIN changed USING ({using}) {prove.GROUP}"
    ).fetchall()


def keep_whole(con: duckdb.DuckDBPyConnection, failed: Sequence[str]) -> None:
    """Refuse to replace a partition of which a file that cannot be read now holds a part.

    Args:
        con: Connection with the tables ``changed``, ``charges`` and ``files``.
        failed: Absolute paths of the files of this run that cannot be read.

    Raises:
        DataError: The partition would be published smaller than it is.
    """
    using = ", ".join(f'"{name}"' for name in schema.PARTITION)
    lost = con.execute(
        'SELECT DISTINCT f.name, c."BillingAccountId", CAST(c."BillingPeriodStart" AS DATE) '
        f"FROM charges AS c SEMI JOIN changed USING ({using}) JOIN files AS f ON f.id = c.x_file "
        "WHERE list_contains(?, f.path) ORDER BY ALL LIMIT 1",
        [list(failed)],
    ).fetchall()
    if lost:
        name, account, period = lost[0]
        raise DataError(
            f"{name} cannot be read, and it holds a part of billing account {account}, billing "
            f"period {period}, which other files restate. Nothing was changed.",
            hint="Mend or export it again, then ingest all files of that period together.",
        )


def keep_parts(
    con: duckdb.DuckDBPyConnection, known: Collection[int], digests: Collection[str]
) -> None:
    """Refuse to read a file again without the others that hold the rest of its period.

    A file that is new restates the period: what else was in it is no longer so. A file that is read
    again restates nothing.

    Args:
        con: Connection with the tables ``incoming``, ``changed``, ``charges`` and ``files``.
        known: Numbers of the incoming files that are there in full already.
        digests: SHA-256 of all files of this run.

    Raises:
        DataError: The period would lose charges of files that are not in this run.
    """
    if not known:
        return
    using = ", ".join(f'"{name}"' for name in schema.PARTITION)
    lost = con.execute(
        'SELECT DISTINCT f.name, c."BillingAccountId", CAST(c."BillingPeriodStart" AS DATE) '
        f"FROM charges AS c SEMI JOIN changed USING ({using}) ANTI JOIN (SELECT {using} "
        "FROM incoming WHERE x_faults IS NULL AND NOT list_contains(?, x_file)) AS n "
        f"USING ({using}) JOIN files AS f ON f.id = c.x_file "
        "WHERE NOT list_contains(?, f.sha256) ORDER BY ALL LIMIT 1",
        [list(known), list(digests)],
    ).fetchall()
    if lost:
        name, account, period = lost[0]
        raise DataError(
            f"{name} holds another part of billing account {account}, billing period {period}, "
            "which is to be read again. Nothing was changed.",
            hint="Ingest all files of that period together.",
        )
