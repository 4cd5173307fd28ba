"""Where decisions are taken: the one place that signs what a person decided.

The approver's book is the record that counts: at most one decision a plan, and what was withdrawn.
The state store's copy is for people to look at. In one home it all happens in the process of the
person who decides; ``tagwright approver`` is the same as a service of its own
(docs/approvals.md).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import secrets
from typing import TYPE_CHECKING, Any, Literal

from tagwright.errors import ApprovalError, TagwrightError
from tagwright.people import may
from tagwright.remediation.bill import refusal_here
from tagwright.remediation.limits import fault_of_plan
from tagwright.remediation.mirror import mirror, open_book
from tagwright.remediation.policy import refusal_to_undo
from tagwright.remediation.rows import as_of, clock_text, insert_decision, move, short, too_late
from tagwright.remediation.word import DECISIONS, Word
from tagwright.state import jobs
from tagwright.state.journal import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from tagwright.people import Principal
    from tagwright.proof import Book
    from tagwright.remediation.plan import Plan
    from tagwright.remediation.rows import StoredPlan
    from tagwright.remediation.store import PlanStore
    from tagwright.state import Entry

__all__ = ["APPLY", "LIVE", "SKEW", "UNDO", "Approver", "why_not", "why_not_reject"]

SKEW = dt.timedelta(minutes=5)
"""How far the clocks of proposer, approver and applier may differ."""

APPLY, UNDO = "apply", "undo"
"""The queues of the applier (:mod:`tagwright.state.jobs`)."""

_UNTOUCHED = ("proposed", "approved", "rejected", "expired", "superseded", "rolled_back")
LIVE = ("approved", "applying", "partly_applied", "failed")
"""States in which there is an approval to take back."""


class Approver:
    """The approver of a home; make it with :meth:`open`.

    Args:
        store: The plans.
        book: The approver's.
    """

    def __init__(self, store: PlanStore, book: Book) -> None:
        self.store = store
        self.book = book

    @classmethod
    @contextlib.contextmanager
    def open(cls, store: PlanStore) -> Iterator[Approver]:
        """The approver of the store's home.

        Raises:
            ApprovalError: Its key is elsewhere, lost, or can be read by others.
        """
        with open_book(store, "approver") as book:
            yield cls(store, book)

    def decide(  # noqa: PLR0917  what a decision consists of
        self,
        plan_id: str,
        digest: str,
        principal: Principal,
        decision: Literal["approve", "reject"],
        reason: str = "",
        now: dt.datetime | None = None,
    ) -> StoredPlan:
        """Sign a person's decision on the plan of exactly that digest.

        Raises:
            UnknownNameError: There is no such plan.
            ApprovalError: It is not the plan they saw, is decided, expired or superseded, or the
                policy does not let them approve.
        """
        moment = now or dt.datetime.now(dt.UTC)
        mirror(self.store, self.book, _record)  # what a process that died had signed
        found = self.store.get(plan_id)
        self._check_shown(found, digest)
        if decision == "approve":
            # Whoever can write the store need not have proposed it through ours.
            fault = fault_of_plan(found.plan).removesuffix(".")
            why = fault or refusal_here(self.store, found.plan, principal, moment)
            done = "approved"
        else:
            why, done = why_not_reject(self.store, found.plan, principal), "rejected"
        if why:
            self.store.note("refused", plan_id, {**_who(principal), "why": why}, moment)
            raise ApprovalError(f"Plan {plan_id} was not {done}: {why}.")
        self._check_time(found.plan, moment)
        if found.state != "proposed":
            raise ApprovalError(too_late(found))
        body = {
            **_who(principal), "proven": principal.proven, "digest": digest, "reason": reason,
            "nonce": secrets.token_hex(16), "expires_at": found.plan.expires_at.isoformat(),
        }  # fmt: skip
        if self.store.people.one_person:
            body["one_person"] = True
        self.book.write(lambda con: self._sign_once(con, found, done, body, moment))
        self._copy(plan_id, done)
        return self._recorded(plan_id, done, moment)

    def withdraw(
        self, plan_id: str, principal: Principal, reason: str = "", now: dt.datetime | None = None
    ) -> StoredPlan:
        """Take an approval back: from now on no further call is made for that plan.

        What is written already stays; a rollback puts it back.

        Raises:
            UnknownNameError: There is no such plan.
            ApprovalError: It is not approved, or they may not.
        """
        moment = now or dt.datetime.now(dt.UTC)
        given = self.word(plan_id).decision
        if given is None or given.event != "approved":
            mirror(self.store, self.book, _record)
            found = self.store.get(plan_id)
            raise ApprovalError(f"Plan {plan_id} is {found.state}: there is no approval of it.")
        # What stops writing is signed whatever state the store is in: who meddles with it must not
        # be able to keep an approval from being taken back.
        if why := self._why_not_withdraw(plan_id, given, principal):
            raise ApprovalError(f"The approval of plan {plan_id} was not withdrawn: {why}.")
        body = {**_who(principal), "proven": principal.proven, "reason": reason}

        def work(con: Connection) -> None:
            if not any(entry.event == "withdrawn" for entry in read(con, plan_id)):
                self.book.append(con, "withdrawn", plan_id, body, moment)

        self.book.write(work)
        self._copy(plan_id, "withdrawn")
        return self.store.get(plan_id)

    def order_rollback(
        self, plan_id: str, principal: Principal, reason: str = "", now: dt.datetime | None = None
    ) -> StoredPlan:
        """Sign a person's word that what a plan wrote is to be put back, for an applier elsewhere.

        Raises:
            UnknownNameError: There is no such plan.
            ApprovalError: Nothing of it can have been written, or they may not.
        """
        moment = now or dt.datetime.now(dt.UTC)
        mirror(self.store, self.book, _record)
        found = self.store.get(plan_id)
        if why := refusal_to_undo(self.store.people, principal.id):
            raise ApprovalError(f"Plan {plan_id} was not rolled back: {why}.")
        if not self.may_order_rollback(found, principal):
            raise ApprovalError(f"Plan {plan_id} is {found.state}: there is nothing to undo.")
        body = {**_who(principal), "proven": principal.proven, "reason": reason}
        self.book.write(
            lambda con: self.book.append(con, "rollback_ordered", plan_id, body, moment)
        )
        mirror(self.store, self.book, _record)
        return self.store.get(plan_id)

    def may_withdraw(self, found: StoredPlan, principal: Principal) -> bool:
        """Whether :meth:`withdraw` would be done for them now.

        Raises:
            ApprovalError: The book was changed.
        """
        given = self.word(found.plan.id).decision
        return (
            given is not None
            and given.event == "approved"
            and found.state in LIVE
            and not self._why_not_withdraw(found.plan.id, given, principal)
        )

    def has_said(self, plan_id: str, principal: Principal, event: str, digest: str) -> bool:
        """Whether the book says this already of this person: what they sent came twice.

        Args:
            plan_id: Of which plan.
            principal: Who.
            event: ``approved`` or ``rejected``, of that digest; or ``withdrawn``. Anything else
                may be said again.
            digest: Of the plan that they were shown.

        Raises:
            ApprovalError: The book was changed.
        """
        word = self.word(plan_id)
        given = word.withdrawal if event == "withdrawn" else word.decision
        return (
            given is not None
            and given.event == event
            and given.body.get("by") == principal.id
            and (event == "withdrawn" or given.body.get("digest") == digest)
        )

    def may_order_rollback(self, found: StoredPlan, principal: Principal) -> bool:
        """Whether :meth:`order_rollback` would be done for them now."""
        return (
            found.plan.kind == "tag"
            and found.state not in _UNTOUCHED
            and not refusal_to_undo(self.store.people, principal.id)
        )

    def word(self, plan_id: str) -> Word:
        """What the book says of a plan now.

        Raises:
            ApprovalError: The book was changed.
        """
        return Word(plan_id, tuple(self.book.entries(plan_id)))

    # --- inside --------------------------------------------------------------------------------

    def _copy(self, plan_id: str, done: str) -> None:
        """Copy what was just signed into the store; where that fails, it is signed all the same.

        Raises:
            ApprovalError: It could not be copied; says what counts.
        """
        try:
            mirror(self.store, self.book, _record)
        except TagwrightError as error:
            raise ApprovalError(
                f"Plan {plan_id} is {done}: that is signed and counts, though it could not be "
                f"copied into the state store. {error.message}",
                hint=f"{error.hint} It is copied as soon as that is mended."
                + (
                    f" To take it back: tagwright withdraw {plan_id}." if done == "approved" else ""
                ),
            ) from None

    def _why_not_withdraw(self, plan_id: str, given: Entry, principal: Principal) -> str:
        """Empty for who gave it, also where the plan cannot be read any more."""
        if given.body.get("by") == principal.id:
            return ""
        return why_not_reject(self.store, self.store.get(plan_id).plan, principal)

    def _check_shown(self, found: StoredPlan, digest: str) -> None:
        if digest != found.digest or not found.intact:
            raise ApprovalError(
                f"Plan {found.plan.id} is not the one that was shown (its digest is "
                f"{short(found.digest)}, not {short(digest)}).",
                hint=f"Look at it again: tagwright plan show {found.plan.id}.",
            )

    def _check_time(self, plan: Plan, now: dt.datetime) -> None:
        if now >= plan.expires_at:
            raise ApprovalError(
                f"Plan {plan.id} expired at {clock_text(plan.expires_at)}.",
                hint="Propose it again.",
            )
        if plan.created_at > now + SKEW:
            raise ApprovalError(
                f"Plan {plan.id} was made at {clock_text(plan.created_at)}, and here it is "
                f"{clock_text(now)}: a clock is wrong.",
                hint="Set the clocks of both machines, then propose it again.",
            )

    def _sign_once(
        self, con: Connection, found: StoredPlan, event: str, body: dict[str, Any], now: dt.datetime
    ) -> None:
        """At most one decision a plan, also where two people or two processes decide at once."""
        for entry in read(con, found.plan.id):
            if entry.event in DECISIONS:
                raise ApprovalError(
                    f"Plan {found.plan.id} was {entry.event} by {entry.body.get('by')} already."
                )
        self.book.append(con, event, found.plan.id, body, now)

    def _recorded(self, plan_id: str, done: str, now: dt.datetime) -> StoredPlan:
        """The plan as the store has it; an approval of one that was edited meanwhile is void."""
        found = self.store.get(plan_id)
        if done == "approved" and found.state == "superseded":
            body = {"by": "tagwright", "reason": "it was edited before the approval was recorded"}
            self.book.write(lambda con: self.book.append(con, "withdrawn", plan_id, body, now))
            mirror(self.store, self.book, _record)
            raise ApprovalError(f"Plan {plan_id} is superseded.")
        return found


def why_not(store: PlanStore, found: StoredPlan, principal: Principal, now: dt.datetime) -> str:
    """Why this person cannot approve this plan here and now; empty where they can be asked.

    It only spares a person a question whose answer would be refused: :meth:`Approver.decide`
    judges again.
    """
    if not found.intact:
        return f"Plan {found.plan.id} was changed after it was stored."
    state = as_of(found, now).state
    if state == "expired":
        return f"Plan {found.plan.id} expired at {clock_text(found.plan.expires_at)}."
    if state != "proposed":
        return too_late(found)
    fault = fault_of_plan(found.plan).removesuffix(".")
    why = fault or refusal_here(store, found.plan, principal, now)
    return f"Plan {found.plan.id} cannot be approved here: {why}." if why else ""


def why_not_reject(store: PlanStore, plan: Plan, principal: Principal) -> str:
    """Why this person may not reject this plan, or have its approval withdrawn; empty: they may.

    Who may approve plans may reject any, and who asked for a plan their own.
    """
    people = store.people
    if people.one_person:
        return ""
    person = people.all.get(principal.person)
    if person is not None:
        proposer = people.named(plan.proposed_by)
        if person.id in {plan.proposed_by, proposer and proposer.id}:
            return ""
    return may(people, principal, "approve")


def _who(principal: Principal) -> dict[str, Any]:
    return {"by": principal.id, "channel": principal.channel}


def _record(con: Connection, entry: Entry) -> None:
    """What an entry of the approver's book makes of the plan in the state store."""
    plan_id = entry.plan_id or ""
    if entry.event in DECISIONS:
        if move(con, plan_id, ("proposed",), entry.event):
            insert_decision(con, entry)
            if entry.event == "approved":
                jobs.add(con, APPLY, plan_id, {}, entry.moment)
    elif entry.event == "withdrawn":
        move(con, plan_id, LIVE, "withdrawn")
    elif entry.event == "rollback_ordered":
        body = {"plan": plan_id, "order": entry.seq}
        jobs.add(con, UNDO, f"{plan_id}/{entry.seq}", body, entry.moment)
