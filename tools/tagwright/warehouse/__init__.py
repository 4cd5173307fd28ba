"""Immutable DuckDB snapshots: publish one, open one read-only."""

from tagwright.warehouse.model import SnapshotInfo, Table
from tagwright.warehouse.publish import Build, building
from tagwright.warehouse.store import Snapshot, Warehouse, open_warehouse

__all__ = [
    "Build",
    "Snapshot",
    "SnapshotInfo",
    "Table",
    "Warehouse",
    "building",
    "open_warehouse",
]
