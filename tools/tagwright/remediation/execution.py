"""The applier's side of the store: claim a plan, write down each step before it is taken."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import socket
from typing import TYPE_CHECKING, Any

from tagwright.errors import ApprovalError, BusyError
from tagwright.remediation.rows import ItemState, StoredPlan, move, read_plan
from tagwright.remediation.store import RUNNABLE
from tagwright.state.journal import append

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection

    from tagwright.remediation.approval import Approval
    from tagwright.remediation.store import PlanStore

__all__ = ["STALE", "Execution"]

STALE = dt.timedelta(seconds=60)
"""A lease without a heartbeat for so long may be taken over."""

DONE = ("applied", "already")


class Execution:
    """One process applying one plan. Make it with :meth:`claim`.

    Attributes:
        approval: The live approval.
        items: State of each item, as it changes.
        stored: The plan as it was when it was claimed.
    """

    def __init__(
        self,
        store: PlanStore,
        stored: StoredPlan,
        approval: Approval,
        owner: str,
        now: Callable[[], dt.datetime],
    ) -> None:
        self.approval = approval
        self.stored = stored
        self.items = list(stored.items)
        self._store = store
        self._owner = owner
        self._now = now

    @classmethod
    def claim(cls, store: PlanStore, plan_id: str, now: Callable[[], dt.datetime]) -> Execution:
        """Take the plan, if it is approved and no live process has it.

        Raises:
            UnknownNameError: There is no such plan.
            ApprovalError: It has no live approval, or is applied already.
            BusyError: Another process is applying it.
        """
        stored = store.get(plan_id)
        if stored.state in ("applied", "rolled_back"):
            raise ApprovalError(f"Plan {plan_id} is {stored.state.replace('_', ' ')} already.")
        approval = store.approval(plan_id, now())
        owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

        def work(con: Connection) -> None:
            if not move(con, plan_id, RUNNABLE, "applying"):
                found = read_plan(con, plan_id)
                state = found.state if found else "gone"
                raise ApprovalError(f"Plan {plan_id} is {state.replace('_', ' ')}.")
            _take_lease(con, plan_id, owner, now())
            body = {"owner": owner, "approved_by": approval.by, "digest": approval.digest}
            append(con, "claimed", plan_id, body, now())

        store.state.transact(work)
        return cls(store, store.get(plan_id), approval, owner, now)

    def heartbeat(self) -> None:
        """Say that this process is alive.

        Raises:
            BusyError: Another process took the plan over.
        """
        self._store.state.transact(self._beat)

    def intent(self, positions: Iterable[int], call: dict[str, Any]) -> None:
        """Write down, durably, that a call that changes these items is about to be made.

        Raises:
            BusyError: Another process took the plan over: the call must not be made.
        """
        chosen = list(positions)

        def work(con: Connection) -> None:
            from sqlalchemy import update

            from tagwright.state.tables import items

            self._beat(con)
            con.execute(
                update(items)
                .where(items.c.plan_id == self.approval.plan_id, items.c.position.in_(chosen))
                .values(attempts=items.c.attempts + 1, changed_at=self._now().isoformat())
            )
            append(con, "intent", self.approval.plan_id, {**call, "items": chosen}, self._now())

        self._store.state.transact(work)
        for position in chosen:
            old = self.items[position]
            self.items[position] = ItemState(old.state, old.detail, old.attempts + 1)

    def outcome(self, outcomes: dict[int, tuple[str, str]]) -> None:
        """Record what became of items: position to state and detail."""
        if not outcomes:
            return

        def work(con: Connection) -> None:
            from sqlalchemy import update

            from tagwright.state.tables import items

            for position, (state, detail) in outcomes.items():
                con.execute(
                    update(items)
                    .where(items.c.plan_id == self.approval.plan_id, items.c.position == position)
                    .values(state=state, detail=detail, changed_at=self._now().isoformat())
                )
            body = {str(position): list(value) for position, value in outcomes.items()}
            append(con, "outcome", self.approval.plan_id, {"items": body}, self._now())

        self._store.state.transact(work)
        for position, (state, detail) in outcomes.items():
            self.items[position] = ItemState(state, detail, self.items[position].attempts)

    def finish(self) -> StoredPlan:
        """Give the plan its final state and the lease back."""
        plan = self.stored.plan
        done = sum(item.state in DONE for item in self.items)
        final = "applied" if done == len(self.items) else "partly_applied" if done else "failed"

        def work(con: Connection) -> None:
            from sqlalchemy import delete

            from tagwright.state.tables import leases

            self._beat(con)
            move(con, plan.id, ("applying",), final)
            if plan.kind == "rollback" and final == "applied" and plan.parent_id:
                move(con, plan.parent_id, ("applied", "partly_applied", "failed"), "rolled_back")
            con.execute(delete(leases).where(leases.c.plan_id == plan.id))
            counts: dict[str, int] = {}
            for item in self.items:
                counts[item.state] = counts.get(item.state, 0) + 1
            append(con, "finished", plan.id, {"state": final, "items": counts}, self._now())

        self._store.state.transact(work)
        return self._store.get(plan.id)

    def release(self) -> None:
        """Give the lease back after a failure; what was done so far stays recorded.

        A plan of which nothing was tried (no credentials, no network) is approved as before.
        """
        untried = all(item.state == "pending" and not item.attempts for item in self.items)

        def work(con: Connection) -> None:
            from sqlalchemy import delete

            from tagwright.state.tables import leases

            if untried:
                move(con, self.approval.plan_id, ("applying",), "approved")
            con.execute(
                delete(leases).where(
                    leases.c.plan_id == self.approval.plan_id, leases.c.owner == self._owner
                )
            )
            append(con, "released", self.approval.plan_id, {"owner": self._owner}, self._now())

        self._store.state.transact(work)

    def _beat(self, con: Connection) -> None:
        from sqlalchemy import update

        from tagwright.state.tables import leases

        kept = con.execute(
            update(leases)
            .where(leases.c.plan_id == self.approval.plan_id, leases.c.owner == self._owner)
            .values(heartbeat=self._now().isoformat())
        )
        if kept.rowcount != 1:
            raise BusyError(f"Another process took plan {self.approval.plan_id} over.")


def _take_lease(con: Connection, plan_id: str, owner: str, now: dt.datetime) -> None:
    from sqlalchemy import delete, select

    from tagwright.state.tables import leases

    held = con.execute(select(leases).where(leases.c.plan_id == plan_id)).first()
    if held is not None:
        fresh = now - dt.datetime.fromisoformat(held.heartbeat) < STALE
        if fresh and not _dead(held.owner):
            raise BusyError(
                f"Plan {plan_id} is being applied by another process ({held.owner}).",
                hint="Wait until it is done; a process that died is taken over after a minute.",
            )
        con.execute(delete(leases).where(leases.c.plan_id == plan_id))
        append(con, "taken_over", plan_id, {"from": held.owner, "by": owner}, now)
    con.execute(leases.insert().values(plan_id=plan_id, owner=owner, heartbeat=now.isoformat()))


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
