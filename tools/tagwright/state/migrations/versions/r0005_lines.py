"""Jobs may stand in a line, one after the other; and what was no try of one is counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns; what waits already stands in no line."""
    op.add_column("jobs", sa.Column("line", sa.String(128)))
    op.add_column("jobs", sa.Column("spared", sa.Integer, nullable=False, server_default="0"))
    op.create_index("jobs_in_line", "jobs", ["line", "state"])
