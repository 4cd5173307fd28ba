"""Plans and their approvals in the state store: the one place where an approval comes from.

States: ``proposed`` → ``approved`` | ``rejected`` | ``expired`` | ``superseded``; ``approved`` →
``applying`` → ``applied`` | ``partly_applied`` | ``failed``; then ``rolled_back``. A plan that is
partly applied or failed can be applied again while its approval lives.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

from tagwright.errors import ApprovalError, MisuseError, UnknownNameError
from tagwright.people import may
from tagwright.remediation.approval import Approval, _mint
from tagwright.remediation.limits import fault_of_item
from tagwright.remediation.policy import refusal
from tagwright.remediation.rows import (
    Decision,
    StoredPlan,
    as_of,
    clock_text,
    insert_plan,
    move,
    plan_ids,
    read_plan,
    short,
)
from tagwright.state.journal import append

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tagwright.config import ApprovalPolicy
    from tagwright.people import People, Principal
    from tagwright.remediation.plan import Plan
    from tagwright.state import State

__all__ = ["RUNNABLE", "PlanStore"]

RUNNABLE = ("approved", "applying", "partly_applied", "failed")


class PlanStore:
    """Plans, decisions and approvals.

    Args:
        state: The store, open.
        policy: How long a plan and its approval last.
        people: Who may approve.
    """

    def __init__(self, state: State, policy: ApprovalPolicy, people: People) -> None:
        self.state = state
        self.policy = policy
        self.people = people

    # --- proposing ---------------------------------------------------------------------------

    def save(self, plan: Plan, now: dt.datetime) -> StoredPlan:
        """Store a new plan as ``proposed``.

        Raises:
            MisuseError: It has no items, an item twice, or one that AWS would refuse.
        """
        if not plan.items:
            raise MisuseError("A plan needs at least one change.")
        seen: set[tuple[str, str]] = set()
        for number, item in enumerate(plan.items, 1):
            if fault := fault_of_item(item):
                raise MisuseError(f"Change {number} of the plan: {fault}.")
            if (item.arn, item.key) in seen:
                raise MisuseError(f"Change {number} of the plan: {item.arn} has {item.key} twice.")
            seen.add((item.arn, item.key))

        def work(con: Connection) -> None:
            insert_plan(con, plan, "proposed", now)
            append(con, "proposed", plan.id, plan.model_dump(mode="json"), now)

        self.state.transact(work)
        return self.get(plan.id)

    def supersede(self, old_id: str, plan: Plan, now: dt.datetime) -> StoredPlan:
        """Store an edited plan; the old one can no longer be approved.

        Raises:
            ApprovalError: The old one is decided already.
        """
        stored = self.save(plan, now)

        def work(con: Connection) -> None:
            if not move(con, old_id, ("proposed",), "superseded"):
                raise ApprovalError(f"Plan {old_id} is {self.get(old_id).state} already.")
            append(con, "superseded", old_id, {"by": plan.id}, now)

        self.state.transact(work)
        return stored

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

    # --- deciding ----------------------------------------------------------------------------

    def why_not(self, found: StoredPlan, principal: Principal, now: dt.datetime) -> str:
        """Why this person cannot approve this plan here and now; empty where they can be asked.

        It only spares a person a question whose answer would be refused: :meth:`decide` judges
        again.
        """
        if not found.intact:
            return f"Plan {found.plan.id} was changed after it was stored."
        state = as_of(found, now).state
        if state == "expired":
            return f"Plan {found.plan.id} expired at {clock_text(found.plan.expires_at)}."
        if state != "proposed":
            return _too_late(found)
        why = refusal(self.people, found.plan, principal.id)
        return f"Plan {found.plan.id} cannot be approved here: {why}." if why else ""

    def decide(  # noqa: PLR0917  what a decision consists of
        self,
        plan_id: str,
        digest: str,
        principal: Principal,
        decision: Literal["approve", "reject"],
        reason: str = "",
        now: dt.datetime | None = None,
    ) -> StoredPlan:
        """Record a person's decision on the plan of exactly that digest.

        Raises:
            UnknownNameError: There is no such plan.
            ApprovalError: It is not the plan they saw, is decided, expired or superseded, or the
                policy does not let them approve.
        """
        moment = now or dt.datetime.now(dt.UTC)
        found = self.get(plan_id)
        if digest != found.digest or not found.intact:
            raise ApprovalError(
                f"Plan {plan_id} is not the one that was shown (its digest is "
                f"{short(found.digest)}, not {short(digest)}).",
                hint=f"Look at it again: tagwright plan show {plan_id}.",
            )
        if decision == "approve":
            why, done = refusal(self.people, found.plan, principal.id), "approved"
        else:
            why, done = self._why_not_reject(found.plan, principal), "rejected"
        if why:
            self._note_refusal(plan_id, principal, why, moment)
            raise ApprovalError(f"Plan {plan_id} was not {done}: {why}.")

        def work(con: Connection) -> None:
            from tagwright.state.tables import decisions

            if moment >= found.plan.expires_at:
                raise ApprovalError(
                    f"Plan {plan_id} expired at {clock_text(found.plan.expires_at)}.",
                    hint="Propose it again.",
                )
            state = "approved" if decision == "approve" else "rejected"
            if not move(con, plan_id, ("proposed",), state):
                raise ApprovalError(_too_late(read_plan(con, plan_id)))
            con.execute(
                decisions.insert().values(
                    plan_id=plan_id,
                    digest=digest,
                    decision=decision,
                    by=principal.id,
                    channel=principal.channel,
                    decided_at=moment.isoformat(),
                    reason=reason,
                )
            )
            body: dict[str, object] = {
                "by": principal.id, "channel": principal.channel, "proven": principal.proven,
                "digest": digest, "reason": reason,
            }  # fmt: skip
            if self.people.one_person:
                body["one_person"] = True
            append(con, state, plan_id, body, moment)

        self.state.transact(work)
        return self.get(plan_id)

    def _why_not_reject(self, plan: Plan, principal: Principal) -> str:
        """Who may approve plans may reject any, and who asked for a plan their own."""
        if self.people.one_person:
            return ""
        person = self.people.all.get(principal.person)
        if person is not None:
            proposer = self.people.named(plan.proposed_by)
            if person.id in {plan.proposed_by, proposer and proposer.id}:
                return ""
        return may(self.people, principal, "approve")

    def _note_refusal(self, plan_id: str, principal: Principal, why: str, now: dt.datetime) -> None:
        body = {"by": principal.id, "channel": principal.channel, "why": why}
        self.state.transact(lambda con: append(con, "refused", plan_id, body, now))

    # --- approvals ---------------------------------------------------------------------------

    def approval(self, plan_id: str, now: dt.datetime) -> Approval:
        """The live approval of a plan; every condition is judged again, by today's policy.

        A rollback is covered by the approval of the plan it undoes, for as many days as the
        policy says: the digest that was approved holds the values before as well as after.

        Raises:
            ApprovalError: There is none, or it is worth nothing any more; says why.
        """
        found = self.get(plan_id)
        if not found.intact:
            raise ApprovalError(f"Plan {plan_id} was changed after it was stored: refused.")
        if found.plan.kind == "rollback":
            return self._rollback_approval(found, now)
        decision = self._live_decision(found, now)
        if now >= found.plan.expires_at:
            raise ApprovalError(
                f"Plan {plan_id} expired at {clock_text(found.plan.expires_at)}.",
                hint="Propose it again.",
            )
        return _mint(
            plan_id=plan_id, digest=found.plan.digest, by=decision.by, channel=decision.channel,
            at=decision.at, expires_at=found.plan.expires_at,
        )  # fmt: skip

    def _live_decision(self, found: StoredPlan, now: dt.datetime) -> Decision:
        plan, decision = found.plan, found.decision
        if decision is None or decision.decision != "approve":
            raise ApprovalError(
                f"Plan {plan.id} is {as_of(found, now).state}, not approved.",
                hint=f"A person approves it: tagwright approve {plan.id}."
                if decision is None
                else "Ask for a new plan: tagwright ask 'propose tag fixes'.",
            )
        if decision.digest != plan.digest:
            raise ApprovalError(f"What was approved of plan {plan.id} is not what it says now.")
        if why := refusal(self.people, plan, decision.by):
            raise ApprovalError(f"Plan {plan.id} may not be applied: {why}.")
        return decision

    def _rollback_approval(self, found: StoredPlan, now: dt.datetime) -> Approval:
        plan = found.plan
        parent = self.get(plan.parent_id or "")
        if not parent.intact:
            raise ApprovalError(f"Plan {parent.plan.id} was changed after it was stored: refused.")
        decision = self._live_decision(parent, now)
        days = self.policy.rollback_days
        ends = decision.at + dt.timedelta(days=days)
        if now >= ends:
            raise ApprovalError(
                f"The approval of plan {parent.plan.id} covered its rollback until "
                f"{clock_text(ends)}.",
                hint="Propose the previous values as a new plan.",
            )
        allowed = {
            (item.arn, item.account, item.region, item.key, item.after, item.before)
            for item, done in zip(parent.plan.items, parent.items, strict=True)
            if done.state == "applied"
        }
        for item in plan.items:
            if (item.arn, item.account, item.region, item.key, item.before, item.after) not in (
                allowed
            ):
                raise ApprovalError(
                    f"Plan {plan.id} does more than undo plan {parent.plan.id}: refused."
                )
        return _mint(
            plan_id=plan.id, digest=plan.digest, by=decision.by, channel=decision.channel,
            at=decision.at, expires_at=ends,
        )  # fmt: skip

    def save_rollback(self, plan: Plan, now: dt.datetime) -> StoredPlan:
        """Store a rollback plan; one that is there already for the parent is given back.

        Raises:
            ApprovalError: The parent's approval does not cover it.
        """
        from sqlalchemy import select

        from tagwright.state.tables import plans

        def work(con: Connection) -> str:
            known = con.execute(
                select(plans.c.id).where(
                    plans.c.parent_id == plan.parent_id, plans.c.kind == "rollback"
                )
            ).scalar()
            if known is not None:
                return str(known)
            insert_plan(con, plan, "approved", now)
            append(con, "rollback", plan.id, plan.model_dump(mode="json"), now)
            return plan.id

        stored = self.get(self.state.transact(work))
        self.approval(stored.plan.id, now)
        return stored


def _too_late(found: StoredPlan | None) -> str:
    assert found is not None  # noqa: S101  plans are never deleted
    if found.decision is not None:
        done = "approved" if found.decision.decision == "approve" else "rejected"
        return f"Plan {found.plan.id} was {done} by {found.decision.by} already."
    return f"Plan {found.plan.id} is {found.state}."
