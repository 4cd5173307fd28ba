"""Proof that what was written is what was read, and that rollups add up to charges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.errors import SnapshotError
from tagwright.focus import MONEY

if TYPE_CHECKING:
    import duckdb

    from tagwright.ingest.read import Loaded

__all__ = ["GROUP", "SUMS", "cubes_equal", "raw_totals", "totals"]

SUMS = 'SELECT "BillingCurrency", count(*), ' + ", ".join(f'sum("{name}")' for name in MONEY)
"""Currency, charges and the four sums; followed by FROM."""

GROUP = 'GROUP BY "BillingCurrency" ORDER BY "BillingCurrency"'


def totals(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Currency, charges, and the four sums of all charges."""
    return con.execute(f"{SUMS} FROM charges {GROUP}").fetchall()


def raw_totals(
    con: duckdb.DuckDBPyConnection, loaded: Loaded, types: dict[str, tuple[str, int]]
) -> list[tuple[Any, ...]]:
    """Currency, charges, billed and effective sums, straight from the file's own text.

    Independent of the typed rows but for which records were accepted: it does not pass through
    their values, the partitions, the promotion or the sort.
    """
    kind, scale = types["money"]
    numbers = [(name, loaded.as_number(name, scale)) for name in ("BilledCost", "EffectiveCost")]
    sums = ", ".join(
        f"sum(CAST({number.raw if number else loaded.text(name)} AS {kind}))"
        for name, number in numbers
    )
    typed = f"typed_{loaded.number}"
    [(faulty,)] = con.execute(f"SELECT count(*) FROM {typed} WHERE x_faults IS NOT NULL").fetchall()
    kept = (
        f" WHERE {loaded.ordinal} NOT IN (SELECT x_record FROM {typed} WHERE x_faults IS NOT NULL)"
        if faulty
        else ""
    )
    return con.execute(
        f"SELECT {loaded.text('BillingCurrency')} AS currency, count(*), {sums} "
        f"FROM {loaded.table}{kept} GROUP BY 1 ORDER BY 1"
    ).fetchall()


def cubes_equal(con: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    """Every rollup has, per currency, the count and the four sums of the charges.

    Raises:
        SnapshotError: One has not.
    """
    truth = totals(con)
    sums = ", ".join(f'sum("{name}")' for name in MONEY)
    for name in names:
        rolled = con.execute(
            f'SELECT "BillingCurrency", sum("x_charges"), {sums} FROM "{name}" {GROUP}'
        ).fetchall()
        if rolled != truth:
            raise SnapshotError(
                f"The rollup {name} does not add up to the charges; nothing was published.",
                hint="This is a fault in Tagwright; report it.",
            )
