"""The tables of the state store. Times are ISO 8601 text in UTC, documents are JSON text."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

__all__ = [
    "GUARDS",
    "SCHEMA_VERSION",
    "decisions",
    "items",
    "journal",
    "leases",
    "metadata",
    "plans",
    "receipts",
    "turns",
    "versions",
]

SCHEMA_VERSION = 2

metadata = MetaData()

versions = Table(
    "schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False)
)

receipts = Table(
    "receipts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("created_at", String(40), nullable=False),
    Column("body", Text, nullable=False),
)

turns = Table(
    "turns",
    metadata,
    Column("thread", String(128), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),
    Column("waits", Integer, nullable=False),
    Column("body", Text, nullable=False),
)
"""Conversations: one row a turn; ``waits`` is 1 where a plan of it waits for a decision."""

plans = Table(
    "plans",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("digest", String(80), nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("expires_at", String(40), nullable=False),
    Column("parent_id", String(64), ForeignKey("plans.id")),
    Column("body", Text, nullable=False),
    Index("plans_by_time", "created_at"),
)
"""One row a plan; ``body`` is the canonical JSON of what the approver sees, and never changes."""

decisions = Table(
    "decisions",
    metadata,
    Column("plan_id", String(64), ForeignKey("plans.id"), primary_key=True),
    Column("digest", String(80), nullable=False),
    Column("decision", String(16), nullable=False),
    Column("by", String(200), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("decided_at", String(40), nullable=False),
    Column("reason", Text, nullable=False),
)
"""At most one decision a plan: the primary key sees to it."""

items = Table(
    "plan_items",
    metadata,
    Column("plan_id", String(64), ForeignKey("plans.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("changed_at", String(40), nullable=False),
)
"""How far each item of a plan has come."""

leases = Table(
    "leases",
    metadata,
    Column("plan_id", String(64), ForeignKey("plans.id"), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("heartbeat", String(40), nullable=False),
    Column("token", Integer, nullable=False, server_default="0"),
)
"""Which process is applying a plan."""

journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),
    Column("event", String(32), nullable=False),
    Column("plan_id", String(64)),
    Column("body", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("signature", Text),
)
"""Append-only and hash-chained (:mod:`tagwright.state.journal`)."""

GUARDS = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for table in ("journal", "decisions")
    for verb in ("UPDATE", "DELETE")
)
"""SQLite triggers; on another database, revoke UPDATE and DELETE from the role instead."""
