"""The lease of a plan in the applier's book: who is at it, and whether that process is alive."""

from __future__ import annotations

import datetime as dt
import os
import socket
from typing import TYPE_CHECKING

from tagwright.errors import BusyError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tagwright.proof import Book
    from tagwright.remediation.plan import Plan

__all__ = ["STALE", "check_lease", "root_of", "take_lease"]

STALE = dt.timedelta(seconds=60)
"""A lease without a heartbeat for so long may be taken over."""


def root_of(plan: Plan) -> str:
    """Whose lease it is: nobody applies a plan while another one undoes it."""
    return plan.parent_id or plan.id


def check_lease(con: Connection, book: Book, plan: Plan, owner: str, now: dt.datetime) -> None:
    """Take a dead process's lease away, and write that down.

    Raises:
        BusyError: A live process has it.
    """
    from sqlalchemy import delete, select

    from tagwright.state.tables import leases

    root = root_of(plan)
    held = con.execute(select(leases).where(leases.c.plan_id == root)).first()
    if held is None:
        return
    fresh = now - dt.datetime.fromisoformat(held.heartbeat) < STALE
    if fresh and not _dead(held.owner):
        raise BusyError(
            f"Plan {root} is being applied by another process ({held.owner}).",
            hint="Wait until it is done; a process that died is taken over after a minute.",
        )
    con.execute(delete(leases).where(leases.c.plan_id == root))
    book.append(con, "taken_over", plan.id, {"from": held.owner, "by": owner}, now)


def take_lease(con: Connection, root: str, owner: str, token: int, now: dt.datetime) -> None:
    """Note whose it is now, with the fencing token."""
    from tagwright.state.tables import leases

    con.execute(
        leases.insert().values(plan_id=root, owner=owner, heartbeat=now.isoformat(), token=token)
    )


def _dead(owner: str) -> bool:
    """Whether the owner is surely gone: a process of this host that is not there any more."""
    host, pid, _ = owner.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
