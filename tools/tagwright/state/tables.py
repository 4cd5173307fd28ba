"""The tables of the state store as the code uses them; :mod:`migrations` makes them.

Times are ISO 8601 text in UTC, documents are JSON text.
"""

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
    UniqueConstraint,
)

__all__ = [
    "HEAD",
    "chargeback_lines",
    "chargeback_runs",
    "decisions",
    "feedback",
    "items",
    "jobs",
    "journal",
    "leases",
    "metadata",
    "plans",
    "receipts",
    "schema_version",
    "slack_installations",
    "turns",
    "versions",
]

HEAD = "0005"
"""The last migration, whose tables these are."""

metadata = MetaData()

versions = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
"""The library's own: the last migration that this store has seen."""

schema_version = Table(
    "schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False)
)
"""What Tagwright read before there were migrations: it says 3 now, so that one of those days
refuses a store that it does not know. Nobody else reads it.
"""

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

feedback = Table(
    "feedback",
    metadata,
    Column("thread", String(128), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("person", String(200), primary_key=True),
    Column("good", Integer, nullable=False),
    Column("at", String(40), nullable=False),
    Column("question", Text, nullable=False),
)
"""What a person says of an answer, the turn of that number: their last word alone."""

slack_installations = Table(
    "slack_installations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("sealed", Text, nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", String(40), nullable=False),
)
"""Workspaces of Slack that the app was installed in (:mod:`tagwright.state.installations`)."""

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
"""At most one decision a plan: the primary key sees to it. The database refuses to change one."""

items = Table(
    "plan_items",
    metadata,
    Column("plan_id", String(64), ForeignKey("plans.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
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
"""Which process is applying a plan; ``token`` is the fencing token of its turn."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),
    Column("key", String(128), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", String(40), nullable=False),
    Column("owner", String(200)),
    Column("heartbeat", String(40)),
    Column("created_at", String(40), nullable=False),
    Column("changed_at", String(40), nullable=False),
    Column("line", String(128)),
    Column("spared", Integer, nullable=False, server_default="0"),
    UniqueConstraint("kind", "key", name="one_job_a_key"),
    Index("jobs_to_do", "kind", "state", "not_before"),
    Index("jobs_in_line", "line", "state"),
)
"""Queues, one a kind (:mod:`tagwright.state.jobs`); jobs of one ``line`` are done in turn."""

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
"""Append-only and hash-chained (:mod:`tagwright.state.journal`); ``signature`` is hex, NULL on an
entry that nobody signed. The database refuses to change or delete a row.
"""

chargeback_runs = Table(
    "chargeback_runs",
    metadata,
    Column("run_id", String(64), primary_key=True),
    Column("period", String(7), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("reversal_of", String(64), unique=True),
    Column("digest", String(64), nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("period", "number", name="one_run_a_number"),
)
"""Closed chargeback journals, one row a run; ``body`` is all of it but the lines, JSON."""

chargeback_lines = Table(
    "chargeback_lines",
    metadata,
    Column("run_id", String(64), ForeignKey("chargeback_runs.run_id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
)
"""The lines of the runs. The database refuses to change or delete a row of either."""
