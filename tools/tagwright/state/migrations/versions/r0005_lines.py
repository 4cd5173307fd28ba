"""Jobs may stand in a line: of one line, one after the other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; what waits already stands in none."""
    op.add_column("jobs", sa.Column("line", sa.String(128)))
    op.create_index("jobs_in_line", "jobs", ["line", "state"])
