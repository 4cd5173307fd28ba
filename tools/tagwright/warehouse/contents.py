"""What the tables of a finished file say of it, as its pointer keeps it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

__all__ = ["BESIDE", "contents_of"]

BESIDE = {"usage": "usage", "kubernetes": "kubernetes_usage"}
"""Rows beside charges: field of :class:`~tagwright.warehouse.SnapshotInfo` to table."""


def contents_of(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Rows, days and currencies of the database in use, as fields of ``SnapshotInfo``."""
    count, start, end, currencies = con.execute(
        'SELECT count(*), min(CAST("ChargePeriodStart" AS DATE)), '
        'max(CAST("ChargePeriodStart" AS DATE)) + 1, '
        'list_sort(list(DISTINCT "BillingCurrency")) FROM charges'
    ).fetchall()[0]
    return {
        "charges": int(count),
        "data_start": start,
        "data_end": end.date() if isinstance(end, dt.datetime) else end,
        "currencies": tuple(currencies or ()),
        **{
            name: int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])
            for name, table in BESIDE.items()
        },
    }
