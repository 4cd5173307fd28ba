"""Immutable DuckDB snapshots: publish one, open one read-only."""

from tagwright.warehouse.contents import contents_of
from tagwright.warehouse.model import FORMAT, SnapshotInfo, Table
from tagwright.warehouse.part import MARK, Part, open_part
from tagwright.warehouse.publish import Build, building
from tagwright.warehouse.store import Snapshot, Warehouse, open_warehouse

__all__ = [
    "FORMAT",
    "MARK",
    "Build",
    "Part",
    "Snapshot",
    "SnapshotInfo",
    "Table",
    "Warehouse",
    "building",
    "contents_of",
    "open_part",
    "open_warehouse",
]
