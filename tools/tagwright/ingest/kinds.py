"""A kind of rows that an ingest can load beside charges: its table, and what tells its rows apart.

What is a kind's own stands in :mod:`tagwright.ingest.usage` and :mod:`tagwright.ingest.kubernetes`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tagwright.taxonomy import promotions
from tagwright.usage import COST_SCALE, UsageColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb

    from tagwright.ingest.read import Loaded
    from tagwright.taxonomy import Taxonomy

__all__ = ["SQL_TYPES", "Kind", "column_types", "create_table"]


@dataclass(frozen=True)
class Kind:
    """A kind of rows that are no charges.

    Attributes:
        name: As sources (``Staged.table``) and reports call it.
        table: Where they are.
        columns: Its columns, of which ``ChargePeriodStart``, ``ChargePeriodEnd`` and ``Tags`` are
            some.
        identity: What makes a row the one it is, where it has no ``row_key``.
        whole: Columns of what a file restates whole; empty where it restates rows one by one.
        stored: Aggregates over the table that prove what was written.
        raw: The same over a file's own text.
        staged: Whole numbers that a source may give beside the columns.
        values: SQL of a column that is computed of others where it was not given.
        checks: A column's name to faults: SQL tests, each with its words.
        extra: Columns that are made of the rows at ingest, with their SQL types.
    """

    name: Literal["usage", "kubernetes"]
    table: str
    columns: tuple[UsageColumn, ...]
    identity: tuple[str, ...]
    stored: tuple[str, ...]
    raw: Callable[[Loaded], tuple[str, ...]]
    whole: tuple[str, ...] = ()
    staged: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def incoming(self) -> str:
        """The scratch table of rows that are not yet in it."""
        return f"incoming_{self.table}"

    @property
    def names(self) -> str:
        """The columns before promotion."""
        return ", ".join(f'"{name}"' for name in (*(c.name for c in self.columns), *_OWN))


SQL_TYPES = {
    "text": "VARCHAR",
    "count": "BIGINT",
    "money": f"DECIMAL(38, {COST_SCALE})",
    "number": "DECIMAL(38, 12)",
    "datetime": "TIMESTAMP",
    "flag": "BOOLEAN",
    "tags": "MAP(VARCHAR, VARCHAR)",
}
_OWN = {
    "x_key": "UHUGEINT",
    "x_source": "VARCHAR",
    "x_file": "INTEGER",
    "x_record": "BIGINT",
}


def column_types(kind: Kind) -> list[str]:
    """``"name" TYPE`` of each column before promotion."""
    return [f'"{c.name}" {SQL_TYPES[c.kind]}' for c in kind.columns] + [
        f'"{name}" {sql}' for name, sql in _OWN.items()
    ]


def create_table(con: duckdb.DuckDBPyConnection, kind: Kind, taxonomy: Taxonomy) -> None:
    """The kind's table, empty, where there is none; with what an older one lacks, null."""
    made = [f"{name} {sql}" for name, sql in kind.extra.items()]
    made += [f'"{item.column}" {item.type}' for item in promotions(taxonomy, ())]
    columns = ", ".join([*column_types(kind), *made])
    con.execute(f"CREATE TABLE IF NOT EXISTS {kind.table} ({columns})")
    have = {name for name, *_ in con.execute(f"DESCRIBE {kind.table}").fetchall()}
    for column in kind.columns:
        if column.name not in have:
            con.execute(
                f'ALTER TABLE {kind.table} ADD COLUMN "{column.name}" {SQL_TYPES[column.kind]}'
            )
