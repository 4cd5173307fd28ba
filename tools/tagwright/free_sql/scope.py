"""Which data a person may see, as a database file: the one place where free SQL asks.

There is no model of scopes in Tagwright yet: every asker of one installation sees the whole
snapshot. Views or filters would not do here, since they do not hide their base; so this gives a
file, and once scopes exist it will give one that holds only what the asker may see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.people import Principal
    from tagwright.warehouse import SnapshotInfo

__all__ = ["database_for"]


def database_for(principal: Principal, snapshot: SnapshotInfo) -> Path:  # noqa: ARG001  see above
    """The file that holds what ``principal`` may see of the snapshot: today all of it."""
    return snapshot.path
