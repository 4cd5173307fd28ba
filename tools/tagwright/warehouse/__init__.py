"""Immutable DuckDB snapshots: publish one, open one read-only."""

from tagwright.warehouse.model import FORMAT, SnapshotInfo, Table
from tagwright.warehouse.publish import Build, building
from tagwright.warehouse.store import Snapshot, Warehouse, open_warehouse

__all__ = [
    "FORMAT",
    "Build",
    "Snapshot",
    "SnapshotInfo",
    "Table",
    "Warehouse",
    "building",
    "open_warehouse",
]
