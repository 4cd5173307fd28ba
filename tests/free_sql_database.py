"""A small database with what may be read and what may not, and workers on it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from tagwright.free_sql.process import MEMORY, Key

if TYPE_CHECKING:
    from tagwright.free_sql.pool import Pool

__all__ = ["SECRET", "UNGUARDED", "ask", "key_of", "make", "unguarded_command"]

SECRET = "/home/ann/exports/secret.csv"
"""Stands in tables that nobody may ask."""

UNGUARDED = """
import sys; sys.path += sys.argv[1:]
from tagwright.free_sql import worker
worker.check = lambda tree, tables, others: frozenset()
worker.names_money = worker.sums_without_currency = lambda tree: False
worker._Database._parse = lambda self, sql: {}
def anything(self, sql, limit):
    cursor = self.connection.cursor()
    cursor.execute(sql)
    return worker._fetched(cursor, limit)
worker._Database._run = anything
worker.main()
"""
"""A worker without the allow-list: what is behind it must hold by itself."""


def make(folder: Path) -> Path:
    """Charges in two currencies, usage, a rollup; files, a view and a macro that are off limits."""
    path = folder / "secret-place.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(
            'CREATE TABLE charges ("ServiceName" VARCHAR, "BillingCurrency" VARCHAR, '
            '"EffectiveCost" DECIMAL(38, 12), "ChargePeriodStart" TIMESTAMP, '
            '"Tags" MAP(VARCHAR, VARCHAR))'
        )
        con.execute(
            "INSERT INTO charges VALUES "
            "('EC2', 'USD', 1.25, '2026-09-01', MAP {'team': 'ml'}), "
            "('S3', 'USD', 0.000000000001, '2026-09-02', MAP {}), "
            "('OpenAI', 'EUR', 3, '2026-09-03', NULL)"
        )
        con.execute("CREATE TABLE usage (priced_currency VARCHAR, priced_cost DECIMAL(38, 15))")
        con.execute("CREATE TABLE rollup_ai AS SELECT * FROM charges")
        con.execute(f"CREATE TABLE files AS SELECT '{SECRET}' AS path")
        con.execute("CREATE VIEW everything AS SELECT * FROM files")
        con.execute("CREATE MACRO leak() AS (SELECT path FROM files)")
    return path


def key_of(path: Path) -> Key:
    """What a worker on it is bound to."""
    return Key(path, MEMORY)


def ask(pool: Pool, path: Path, sql: str, *, limit: int = 10, seconds: float = 10.0) -> Any:
    """Rows, or the error as ``{"refused" | "wrong" | "busy": why}``."""
    answer, _ = pool.ask(key_of(path), sql, limit, seconds)
    return answer.get("rows", answer)


def unguarded_command() -> list[str]:
    """The command of :data:`UNGUARDED`."""
    ours = Path(sys.modules["tagwright"].__file__ or "").parents[1]
    there = Path(duckdb.__file__).parents[1]
    return [sys.executable, "-I", "-S", "-c", UNGUARDED, str(ours), str(there)]
