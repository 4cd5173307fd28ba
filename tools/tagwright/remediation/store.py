"""Plans in the state store, as everybody sees them.

States: ``proposed`` → ``approved`` | ``rejected`` | ``expired`` | ``superseded``; ``approved`` →
``applying`` → ``applied`` | ``partly_applied`` | ``failed``; ``withdrawn``; then ``rolled_back`` |
``partly_undone``. A plan that is partly applied or failed can be applied again while its approval
lives. What the store says of an approval or of what was written is a copy: the approver's and the
applier's own books count (:mod:`tagwright.proof.book`).
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from tagwright.errors import ApprovalError, MisuseError, UnknownNameError
from tagwright.proof import Anchor, Keys
from tagwright.remediation.limits import fault_of_plan
from tagwright.remediation.rows import (
    StoredPlan,
    as_of,
    insert_plan,
    move,
    plan_ids,
    read_plan,
    too_late,
)
from tagwright.state.journal import append, hash_at, last

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator
    from typing import Self

    from sqlalchemy import Connection

    from tagwright.config import Settings
    from tagwright.people import People
    from tagwright.remediation.plan import Plan
    from tagwright.state import State

__all__ = ["PlanStore"]

_T = TypeVar("_T")


class PlanStore:
    """Plans, decisions and approvals.

    Args:
        state: The store, open.
        settings: Of the home whose store it is.
        people: Who may approve.

    Attributes:
        keys: Of the home.
        anchor: Where the last entry of the journal is noted.
    """

    def __init__(self, state: State, settings: Settings, people: People) -> None:
        self.state = state
        self.settings = settings
        self.people = people
        self.keys = Keys.of(settings)
        self.anchor = Anchor.of(settings)

    @classmethod
    @contextlib.contextmanager
    def open(cls, settings: Settings) -> Iterator[Self]:
        """The plans of a home, closed afterwards.

        Raises:
            ConfigError: ``people.yaml`` or ``state_url`` is wrong.
        """
        from tagwright.people import load_people
        from tagwright.state import open_state

        people = load_people(settings)
        state = open_state(settings)
        try:
            yield cls(state, settings, people)
        finally:
            state.close()

    def write(self, work: Callable[[Connection], _T]) -> _T:
        """Run ``work`` in one transaction, then note the journal's end outside the store.

        Raises:
            BusyError: The store stayed locked.
            TagwrightError: It, or the anchor, cannot be written.
        """
        done = self.state.transact(work)
        with self.state.reading() as con:
            head, (seq, hash_) = last(con), self.anchor.read()
            # A journal that lost what was seen keeps its anchor: the evidence must stay.
            if head is not None and (seq == 0 or hash_at(con, seq) == hash_):
                self.anchor.raise_to(head.seq, head.hash)
        return done

    def note(self, event: str, plan_id: str | None, body: dict[str, Any], now: dt.datetime) -> None:
        """Add an entry to the journal that nobody signs."""
        self.write(lambda con: append(con, event, plan_id, body, now))

    # --- proposing ---------------------------------------------------------------------------

    def save(self, plan: Plan, now: dt.datetime) -> StoredPlan:
        """Store a new plan as ``proposed``.

        Raises:
            MisuseError: It has no items, an item twice, or one that AWS would refuse.
        """
        _check_items(plan)

        def work(con: Connection) -> None:
            _insert(con, plan, now)

        self.write(work)
        return self.get(plan.id)

    def supersede(self, old_id: str, plan: Plan, now: dt.datetime) -> StoredPlan:
        """Store an edited plan; the old one can no longer be approved.

        Raises:
            UnknownNameError: There is no such old one.
            ApprovalError: It is decided, expired or superseded already.
            MisuseError: As for :meth:`save`.
        """
        _check_items(plan)
        old = self.get(old_id, now)

        def work(con: Connection) -> None:
            if old.state == "expired" or not move(con, old_id, ("proposed",), "superseded"):
                raise ApprovalError(too_late(read_plan(con, old_id) or old))
            append(con, "superseded", old_id, {"by": plan.proposed_by, "plan": plan.id}, now)
            _insert(con, plan, now)

        self.write(work)
        return self.get(plan.id)

    # --- looking -----------------------------------------------------------------------------

    def get(self, plan_id: str, now: dt.datetime | None = None) -> StoredPlan:
        """A plan; one whose time has run out reads as ``expired`` where ``now`` is given.

        Raises:
            UnknownNameError: There is none of that id.
        """
        with self.state.reading() as con:
            found = read_plan(con, plan_id)
            if found is None:
                from tagwright.registry import nearest

                raise UnknownNameError("plan", plan_id, nearest(plan_id, plan_ids(con)))
        return as_of(found, now)

    def undo_of(self, plan_id: str) -> StoredPlan | None:
        """The plan that is undoing this one just now; None where none is."""
        from sqlalchemy import select

        from tagwright.state.tables import plans

        running = select(plans.c.id).where(
            plans.c.parent_id == plan_id, plans.c.kind == "rollback", plans.c.state == "applying"
        )
        with self.state.reading() as con:
            found = con.execute(running).scalars().first()
            return None if found is None else read_plan(con, found)

    def ids(self, con: Connection) -> list[str]:
        """Every plan's id, in the transaction of ``con``."""
        return plan_ids(con)

    def with_decision(self, found: StoredPlan) -> StoredPlan:
        """A plan of the applier's book with what the store knows of its decision."""
        with self.state.reading() as con:
            known = read_plan(con, found.plan.id)
        return replace(found, decision=known.decision if known else None)

    def list(self, *, limit: int = 50, now: dt.datetime | None = None) -> list[StoredPlan]:
        """Plans, the newest first."""
        from sqlalchemy import select

        from tagwright.state.tables import plans

        with self.state.reading() as con:
            ids = con.execute(
                select(plans.c.id).order_by(plans.c.created_at.desc(), plans.c.id).limit(limit)
            ).scalars()
            found = [read_plan(con, plan_id) for plan_id in list(ids)]
        return [as_of(stored, now) for stored in found if stored is not None]

    def count(self) -> int:
        """How many plans there are."""
        from sqlalchemy import func, select

        from tagwright.state.tables import plans

        with self.state.reading() as con:
            return int(con.execute(select(func.count()).select_from(plans)).scalar_one())


def _insert(con: Connection, plan: Plan, now: dt.datetime) -> None:
    insert_plan(con, plan, "proposed", now)
    append(con, "proposed", plan.id, plan.model_dump(mode="json"), now)


def _check_items(plan: Plan) -> None:
    if fault := fault_of_plan(plan):
        raise MisuseError(fault)
