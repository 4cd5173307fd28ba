"""Columns of Parquet that are numbers and times already: read as they are, where that is exact.

The way by text is exact for any column and slow. A decimal is taken as it is; a double only where
every value of its column is proven to be the very decimal that its shortest text is. How many
digits a column needs is guessed from its first rows and then proven over all; a column for which
the proof fails goes by text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.ingest.numbers import MAX_WHOLE, Need, need_sql, number_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

__all__ = ["Number", "measure_numbers", "moment"]

_SAMPLE = 20_000
_EXACT = re.compile(r"DECIMAL\(\d+,\s*\d+\)|U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER")
_WIDE = re.compile(r"DECIMAL\((?:19|2\d|3\d),\s*(\d+)\)")
_SHORT = 18
"""Digits of a decimal in 64 bits."""

_DOUBLE_DIGITS = 15
"""Decimals of so many significant digits each have a double of their own (IEEE 754)."""

_NAIVE = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "DATE"}
_ZONED = {"TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"}


@dataclass(frozen=True)
class Number:
    """A column that need not go by text.

    Attributes:
        raw: Its expression.
        need: Digits that it needs, proven over all rows.
    """

    raw: str
    need: Need


def moment(raw: str, kind: str) -> str | None:
    """A native date or time as a naive UTC TIMESTAMP; None for any other type."""
    if kind.upper() in _NAIVE:
        return f"CAST({raw} AS TIMESTAMP)"
    if kind.upper() in _ZONED:
        return f"timezone('UTC', {raw})"
    return None


def measure_numbers(
    con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, tuple[str, str]]
) -> dict[str, Number]:
    """Those of the columns that can be read as they are.

    Args:
        con: Connection.
        table: Where they are.
        columns: Name to expression and type.
    """
    typed = {
        name: (raw, kind.upper())
        for name, (raw, kind) in columns.items()
        if kind.upper() == "DOUBLE" or _EXACT.fullmatch(kind.upper())
    }
    if not typed:
        return {}
    typed = _narrowed(con, table, typed)
    guesses = ", ".join(
        need_sql(f"({number_text(f'CAST({raw} AS VARCHAR)')})")[0] for raw, _ in typed.values()
    )
    some = ", ".join(dict.fromkeys(raw for raw, _ in columns.values()))
    [decimals] = con.execute(
        f"SELECT {guesses} FROM (SELECT {some} FROM {table} LIMIT {_SAMPLE})"
    ).fetchall()
    scales = [min(int(found or 0), MAX_WHOLE - 2) for found in decimals]
    proofs = ", ".join(
        f"bool_and({_exact(raw, kind, scale)}), sum(abs(CAST({raw} AS DOUBLE)))"
        for (raw, kind), scale in zip(typed.values(), scales, strict=True)
    )
    [row] = con.execute(f"SELECT {proofs} FROM {table}").fetchall()
    return {
        name: Number(raw, Need(scale, float(row[2 * index + 1] or 0)))
        for index, ((name, (raw, _)), scale) in enumerate(zip(typed.items(), scales, strict=True))
        if row[2 * index] in (True, None)
    }


def _narrowed(
    con: duckdb.DuckDBPyConnection, table: str, typed: Mapping[str, tuple[str, str]]
) -> dict[str, tuple[str, str]]:
    """Decimals of 128 bits whose values fit in 64, as those: all else is some 40 times faster."""
    wide = {
        name: (raw, int(given.group(1)))
        for name, (raw, kind) in typed.items()
        if (given := _WIDE.fullmatch(kind)) and int(given.group(1)) < _SHORT
    }
    if not wide:
        return dict(typed)
    largest = ", ".join(f"CAST(max(abs({raw})) AS DOUBLE)" for raw, _ in wide.values())
    [row] = con.execute(f"SELECT {largest} FROM {table}").fetchall()
    narrow = {
        name: (f"CAST({raw} AS DECIMAL({_SHORT}, {scale}))", f"DECIMAL({_SHORT},{scale})")
        for (name, (raw, scale)), found in zip(wide.items(), row, strict=True)
        if float(found or 0) * 1.000001 < 10 ** (_SHORT - scale)
    }
    return {**typed, **narrow}


def _exact(raw: str, kind: str, scale: int) -> str:
    """Whether a value is below 10^20 and is a decimal of that many places."""
    if kind == "DOUBLE":
        as_decimal = f"TRY_CAST({raw} AS DECIMAL(38, {scale}))"
        return f"abs({raw}) < 1e{_DOUBLE_DIGITS - scale} AND CAST({as_decimal} AS DOUBLE) = {raw}"
    small = f"abs(CAST({raw} AS DOUBLE)) < 1e{MAX_WHOLE}"
    given = re.search(r",\s*(\d+)\)", kind)
    if given is None or int(given.group(1)) <= scale:
        return small
    digits = 38 if _WIDE.fullmatch(kind) else _SHORT
    return f"{small} AND CAST({raw} AS DECIMAL({digits}, {scale})) = {raw}"
