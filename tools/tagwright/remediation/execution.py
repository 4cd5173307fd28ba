"""The applier's side: claim a plan, write down each step in its own book before it is taken.

The book is the applier's alone (:mod:`tagwright.proof.book`): what was approved with it, tried and
done is known from there, whatever the state store says meanwhile. A claim is a lease with a
fencing token, the number of the entry that claimed: one who lost the plan writes nothing down any
more, and so makes no further call.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import socket
from typing import TYPE_CHECKING, Any

from tagwright.errors import ApprovalError, BusyError
from tagwright.remediation.audit import refuse_broken
from tagwright.remediation.lease import STALE, check_lease, root_of, take_lease
from tagwright.remediation.mandate import mandate
from tagwright.remediation.mirror import mirror, open_book
from tagwright.remediation.record import recorder
from tagwright.remediation.rows import ItemState, StoredPlan, insert_plan, read_plan
from tagwright.state.journal import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection

    from tagwright.proof import Book
    from tagwright.remediation.approval import Approval
    from tagwright.remediation.plan import Plan
    from tagwright.remediation.store import PlanStore

__all__ = ["DONE", "MAYBE", "Execution", "booked", "undoable", "undos"]

DONE = ("applied", "already")
MAYBE = frozenset({"pending", "unverified", "unsupported"})
"""States in which an item that was attempted may have been written."""

_RUNNABLE = ("approved", "applying", "partly_applied", "failed")


class Execution:
    """One process applying one plan. Make it with :meth:`claim` or :meth:`claim_undo`.

    Attributes:
        approval: The live approval.
        items: State of each item, as it changes.
        stored: The plan as it was when it was claimed.
    """

    def __init__(  # noqa: PLR0917  what a claim consists of
        self,
        store: PlanStore,
        book: Book,
        stored: StoredPlan,
        approval: Approval,
        lease: tuple[str, int],
        now: Callable[[], dt.datetime],
    ) -> None:
        self.approval = approval
        self.stored = stored
        self.items = list(stored.items)
        self._store = store
        self._book = book
        self._owner, self._token = lease
        self._now = now
        self._beaten = dt.datetime.min.replace(tzinfo=dt.UTC)
        self._record = recorder(book)

    @classmethod
    def claim(cls, store: PlanStore, plan_id: str, now: Callable[[], dt.datetime]) -> Execution:
        """Take the plan, if it is approved and no live process has it.

        Raises:
            UnknownNameError: There is no such plan.
            ApprovalError: It has no live approval, is applied already, or the journal does not
                verify.
            BusyError: Another process is applying it.
        """
        book = open_book(store, "applier")
        try:
            mirror(store, book, recorder(book))
            found = _to_apply(store, book, plan_id)
            refuse_broken(store)
            approval = mandate(store, found, now())
            lease = _claim(store, book, found, approval, now)
        except BaseException:
            book.close()
            raise
        return cls(store, book, booked(book, plan_id) or found, approval, lease, now)

    @classmethod
    def claim_undo(
        cls,
        store: PlanStore,
        book: Book,
        plan: Plan,
        approval: Approval,
        now: Callable[[], dt.datetime],
    ) -> Execution:
        """Take the plan that undoes another one, which nobody may be applying meanwhile.

        Raises:
            BusyError: Another process is applying or undoing it.
            ApprovalError: The journal does not verify.
        """
        refuse_broken(store)
        found = StoredPlan(plan, "approved", plan.digest)
        lease = _claim(store, book, found, approval, now)
        return cls(store, book, booked(book, plan.id) or found, approval, lease, now)

    def heartbeat(self) -> None:
        """Say that this process is alive.

        Raises:
            BusyError: Another process took the plan over.
        """
        self._book.write(self._beat)

    def hold(self) -> None:
        """Before a call: see that nobody can have taken the plan over since the last heartbeat.

        Writing the intent down may have waited for a locked store, longer than a lease lasts.

        Raises:
            BusyError: Another process took it over: the call must not be made.
        """
        while self._now() - self._beaten >= STALE / 2:
            self.heartbeat()

    def intent(self, positions: Iterable[int], call: dict[str, Any]) -> None:
        """Write down, durably, that a call that changes these items is about to be made.

        Raises:
            BusyError: Another process took the plan over: the call must not be made.
            ApprovalError: The approval was withdrawn, ran out, or is not its approver's to give
                any more.
        """
        chosen = list(positions)
        if self.stored.plan.kind == "tag":
            mandate(self._store, self.stored, self._now())
        self._note("intent", {**call, "items": chosen})
        for position in chosen:
            old = self.items[position]
            self.items[position] = ItemState(old.state, old.detail, old.attempts + 1)

    def outcome(self, outcomes: dict[int, tuple[str, str]]) -> None:
        """Record what became of items: position to state and detail.

        Raises:
            BusyError: Another process took the plan over: its outcomes count.
        """
        if not outcomes:
            return
        body: dict[str, Any] = {"items": {str(p): list(value) for p, value in outcomes.items()}}
        if self.stored.plan.parent_id is not None:
            body |= self._of_parent(outcomes)
        self._note("outcome", body)
        for position, (state, detail) in outcomes.items():
            self.items[position] = ItemState(state, detail, self.items[position].attempts)

    def finish(self) -> StoredPlan:
        """Give the plan its final state and the lease back."""
        plan = self.stored.plan
        done = sum(item.state in DONE for item in self.items)
        some = done or any(item.state == "unverified" for item in self.items)
        final = "applied" if done == len(self.items) else "partly_applied" if some else "failed"
        counts: dict[str, int] = {}
        for item in self.items:
            counts[item.state] = counts.get(item.state, 0) + 1
        body: dict[str, Any] = {"state": final, "items": counts}
        self._note("finished", body, self._give_back)
        found = booked(self._book, plan.id) or self.stored
        self._book.close()
        return self._store.with_decision(found)

    def release(self) -> None:
        """Give the lease back after a failure; what was done so far stays recorded.

        A plan of which nothing was tried (no credentials, no network) is approved as before.
        """
        untried = all(item.state == "pending" and not item.attempts for item in self.items)
        body: dict[str, Any] = {"owner": self._owner}
        if untried and self.stored.plan.kind == "tag":
            body["state"] = "approved"
        try:
            self._note("released", body, self._give_back)
        finally:
            self._book.close()

    # --- inside --------------------------------------------------------------------------------

    def _of_parent(self, outcomes: dict[int, tuple[str, str]]) -> dict[str, Any]:
        """What an undo's outcomes make of the items of the plan that it undoes."""
        parent = booked(self._book, self.stored.plan.parent_id or "")
        assert parent is not None  # noqa: S101  claim_undo was made from it
        at = {(item.arn, item.key): p for p, item in enumerate(parent.plan.items)}
        said: dict[str, list[str]] = {}
        for position, (state, detail) in outcomes.items():
            item = self.stored.plan.items[position]
            new = _UNDONE.get(state)
            if new is not None:
                said[str(at[item.arn, item.key])] = [new[0], new[1] or detail]
        body: dict[str, Any] = {"parent": self.stored.plan.parent_id, "parent_items": said}
        settled = {int(position) for position, (state, _) in said.items() if state != "unverified"}
        if settled.issuperset(undoable(parent)):
            # In the entry of the last outcome: who dies before the end has undone it all the same.
            body["parent_state"] = "rolled_back"
        return body

    def _note(
        self, event: str, body: dict[str, Any], more: Callable[[Connection], None] | None = None
    ) -> None:
        """Write an entry into the book while the lease is held, then copy it into the store."""
        at, plan_id = self._now(), self.approval.plan_id

        def work(con: Connection) -> None:
            self._beat(con)
            self._record(con, self._book.append(con, event, plan_id, body, at))
            if more is not None:
                more(con)

        self._book.write(work)
        mirror(self._store, self._book, self._record)

    def _give_back(self, con: Connection) -> None:
        from sqlalchemy import delete

        from tagwright.state.tables import leases

        con.execute(delete(leases).where(leases.c.plan_id == root_of(self.stored.plan)))

    def _beat(self, con: Connection) -> None:
        from sqlalchemy import update

        from tagwright.state.tables import leases

        now = self._now()
        kept = con.execute(
            update(leases)
            .where(leases.c.plan_id == root_of(self.stored.plan), leases.c.token == self._token)
            .values(heartbeat=now.isoformat())
        )
        if kept.rowcount != 1:
            raise BusyError(f"Another process took plan {self.approval.plan_id} over.")
        self._beaten = now


_OVER = ("applied", "rolled_back", "partly_undone")
_UNDONE = {
    "applied": ("undone", "put back"),
    "already": ("undone", "it was put back before"),
    "drift": ("drift", "somebody changed it since: it is not ours any more"),
    "unverified": ("unverified", ""),
}
"""State of an undo's item to state and detail of the undone plan's; others leave it as it is."""


def _to_apply(store: PlanStore, book: Book, plan_id: str) -> StoredPlan:
    """The plan as the book has it where it was claimed before, else as the store has it."""
    known = booked(book, plan_id)
    found = known or store.get(plan_id)
    if found.state not in _RUNNABLE and (known or found.state in _OVER):
        raise ApprovalError(f"Plan {plan_id} is {found.state.replace('_', ' ')} already.")
    return found


def booked(book: Book, plan_id: str) -> StoredPlan | None:
    """A plan as the applier's own book has it; None where it never claimed it."""
    with book.state.reading() as con:
        return read_plan(con, plan_id)


def undos(book: Book, plan_id: str) -> list[StoredPlan]:
    """The plans that undo, or were to undo, a plan."""
    from sqlalchemy import select

    from tagwright.state.tables import plans

    with book.state.reading() as con:
        ids = list(con.execute(select(plans.c.id).where(plans.c.parent_id == plan_id)).scalars())
        return [found for one in ids if (found := read_plan(con, one)) is not None]


def undoable(found: StoredPlan) -> list[int]:
    """Positions of the items whose value may be ours: written, or sent and not known to be."""
    return [
        position
        for position, item in enumerate(found.items)
        if item.state == "applied" or (item.attempts and item.state in MAYBE)
    ]


def _claim(
    store: PlanStore,
    book: Book,
    found: StoredPlan,
    approval: Approval,
    now: Callable[[], dt.datetime],
) -> tuple[str, int]:
    """Take the lease; the owner and the fencing token."""
    plan = found.plan
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    record = recorder(book)

    def work(con: Connection) -> tuple[str, int]:
        known = read_plan(con, plan.id)
        if known is not None and known.state not in _RUNNABLE:
            raise ApprovalError(f"Plan {plan.id} is {known.state.replace('_', ' ')} already.")
        _check_nonce(con, plan, approval)
        if plan.parent_id is not None:
            _check_left(read_plan(con, plan.parent_id), plan)
        moment = now()
        check_lease(con, book, plan, owner, moment)
        if plan.kind == "rollback":
            record(con, book.append(con, "undo", plan.id, _undo_body(plan), moment))
        elif known is None:
            insert_plan(con, plan, "approved", moment)
        body: dict[str, Any] = {
            "owner": owner, "approved_by": approval.by, "digest": approval.digest,
            "nonce": approval.nonce,
        }  # fmt: skip
        if plan.parent_id is not None:
            body["parent"] = plan.parent_id
        entry = book.append(con, "claimed", plan.id, body, moment)
        record(con, entry)
        take_lease(con, root_of(plan), owner, entry.seq, moment)
        return owner, entry.seq

    lease = book.write(work)
    mirror(store, book, record)
    return lease


def _check_nonce(con: Connection, plan: Plan, approval: Approval) -> None:
    """A plan has one approval for good."""
    for entry in read(con, plan.id, event="claimed"):
        if entry.body.get("nonce") != approval.nonce:
            raise ApprovalError(f"Plan {plan.id} was claimed with another approval before.")


def _check_left(parent: StoredPlan | None, undo: Plan) -> None:
    """Another process may have undone it since this undo was made."""
    left = (
        {(parent.plan.items[p].arn, parent.plan.items[p].key) for p in undoable(parent)}
        if parent
        else set()
    )
    if not {(item.arn, item.key) for item in undo.items} <= left:
        raise ApprovalError(f"Plan {undo.parent_id} was rolled back meanwhile.")


def _undo_body(plan: Plan) -> dict[str, Any]:
    return {"plan": plan.model_dump(mode="json"), "parent": plan.parent_id}
