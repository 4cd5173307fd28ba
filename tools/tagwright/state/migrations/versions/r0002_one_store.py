"""Signed entries, fencing tokens, queues, closed chargeback journals; guards on PostgreSQL too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_GUARDED = ("journal", "decisions", "chargeback_runs", "chargeback_lines")


def upgrade() -> None:
    """Add the columns and tables, keeping every row."""
    op.add_column("journal", sa.Column("signature", sa.Text))
    op.add_column("leases", sa.Column("token", sa.Integer, nullable=False, server_default="0"))
    # Tagwright made these at the first closed month, so that they may be there.
    op.create_table(
        "chargeback_runs",
        sa.Column("run_id", sa.String(64), primary_key=True),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reversal_of", sa.String(64), unique=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.UniqueConstraint("period", "number", name="one_run_a_number"),
        if_not_exists=True,
    )
    op.create_table(
        "chargeback_lines",
        sa.Column(
            "run_id", sa.String(64), sa.ForeignKey("chargeback_runs.run_id"), primary_key=True
        ),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("not_before", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(200)),
        sa.Column("heartbeat", sa.String(40)),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("changed_at", sa.String(40), nullable=False),
        sa.UniqueConstraint("kind", "key", name="one_job_a_key"),
    )
    op.create_index("jobs_to_do", "jobs", ["kind", "state", "not_before"])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()
    op.execute("DELETE FROM schema_version")
    op.execute("INSERT INTO schema_version (version) VALUES (3)")


def _guard_sqlite() -> None:
    for table in _GUARDED:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} "
                f"ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _guard_postgresql() -> None:
    # The class of fault is the one of SQLite's: a constraint that was violated.
    op.execute(
        "CREATE FUNCTION tagwright_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; "
        "END $$"
    )
    for table in _GUARDED:
        for verb, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION tagwright_append_only()"
            )
