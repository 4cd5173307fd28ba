"""The real code with one check taken out, and where there are two locks, with both open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from plans import NOW
from tagwright.errors import ApprovalError
from tagwright.people import Limits
from tagwright.proof import Keys, Verifier
from tagwright.remediation import Approval, PlanStore, StoredPlan
from tagwright.remediation import apply as applier
from tagwright.remediation import approver as approver_module
from tagwright.remediation import audit as audit_module
from tagwright.remediation import bill as bill_module
from tagwright.remediation import execution as execution_module
from tagwright.remediation import lease as lease_module
from tagwright.remediation import mandate as mandate_module
from tagwright.remediation import mirror as mirror_module
from tagwright.remediation import policy as policy_module
from tagwright.remediation import undo as undo_module
from tagwright.remediation import word as word_module
from tagwright.remediation.approval import _MINT
from tagwright.remediation.approver import Approver
from tagwright.remediation.execution import Execution
from tagwright.remediation.policy import Touched
from tagwright.remediation.word import Word
from tagwright.remediation.writers import Access, Door
from tagwright.state import Entry

Patch = pytest.MonkeyPatch


def minting(_: PlanStore, found: StoredPlan, now: dt.datetime) -> Approval:
    """An approval without a question asked."""
    plan = found.plan
    return Approval(
        _MINT, plan_id=plan.id, digest=plan.digest, by="cli:x", channel="cli", at=now,
        expires_at=now + dt.timedelta(days=99), nonce="",
    )  # fmt: skip


def no_approval(patch: Patch) -> None:
    patch.setattr(execution_module, "mandate", minting)


def no_decision(patch: Patch) -> None:
    def said(found: StoredPlan, *_: object) -> Entry:
        body = {"by": "alice", "digest": found.plan.digest, "nonce": "", "channel": "cli"}
        return Entry(1, NOW.isoformat(), "approved", found.plan.id, body, "", "")

    no_word(patch)
    patch.setattr(mandate_module, "_given", said)


def no_word(patch: Patch) -> None:
    """That there is an approver with a key is a lock of its own: it is opened here."""
    patch.setattr(mandate_module, "ask_word", lambda _, plan_id: Word(plan_id, ()))


def the_store_is_believed(patch: Patch) -> None:
    """What the decisions table says is taken for the approver's word."""

    def said(store: PlanStore, found: StoredPlan, now: dt.datetime) -> Approval:
        stored = store.get(found.plan.id)
        if stored.decision is None or stored.decision.decision != "approve":
            raise ApprovalError("not approved")
        return minting(store, found, now)

    patch.setattr(execution_module, "mandate", said)


def no_withdrawal(patch: Patch) -> None:
    patch.setattr(Word, "withdrawal", None)


def no_own_record(patch: Patch) -> None:
    """The applier believes the store on what it wrote itself."""
    patch.setattr(execution_module, "_to_apply", lambda store, _, plan_id: store.get(plan_id))
    real = execution_module._claim

    def forgets(store: PlanStore, book: Any, found: StoredPlan, *rest: Any) -> Any:
        if found.plan.kind == "tag":
            with book.state.engine.begin() as con:
                con.exec_driver_sql("UPDATE plans SET state = 'approved'")
                con.exec_driver_sql("UPDATE plan_items SET state = 'pending', attempts = 0")
        return real(store, book, found, *rest)

    patch.setattr(execution_module, "_claim", forgets)


def no_audit(patch: Patch) -> None:
    patch.setattr(execution_module, "refuse_broken", lambda _: None)


def no_policy(patch: Patch) -> None:
    patch.setattr(approver_module, "refusal_here", lambda *_: "")
    patch.setattr(mandate_module, "refusal", lambda *_: "")


def no_policy_at_apply(patch: Patch) -> None:
    patch.setattr(mandate_module, "refusal", lambda *_: "")


def no_digest(patch: Patch) -> None:
    real = Approver.decide

    def lax(self: Approver, plan_id: str, digest: str, *rest: Any, **more: Any) -> Any:
        return real(self, plan_id, self.store.get(plan_id).digest, *rest, **more)

    patch.setattr(Approver, "decide", lax)


def no_drift_check(patch: Patch) -> None:
    patch.setattr(applier, "drift_of", lambda *_, **__: None)


def one_look_alone(patch: Patch) -> None:
    """What was read before the first try serves the others."""
    real, seen = Door.read, dict[str, dict[str, str]]()

    def lazy(self: Door, arns: Sequence[str]) -> dict[str, dict[str, str]]:
        new = [one for one in arns if one not in seen]
        seen.update({one: {} for one in new} | (real(self, new) if new else {}))
        return seen

    patch.setattr(Door, "read", lazy)


def no_verification(patch: Patch) -> None:
    def trusting(run: applier._Run, _door: Door) -> None:
        run.record(dict.fromkeys(run.accepted, ("applied", "")))

    patch.setattr(applier._Run, "verify", trusting)


def no_account_check(patch: Patch) -> None:
    patch.setattr(Access, "account", lambda _: "123456789012")


def no_intent(patch: Patch) -> None:
    patch.setattr(Execution, "intent", lambda *_: None)


def no_expiry(patch: Patch) -> None:
    real, check = mandate_module.mandate, Door.check

    def lax(store: PlanStore, found: StoredPlan, now: dt.datetime) -> Approval:
        return real(store, found, min(now, found.plan.created_at + dt.timedelta(hours=1)))

    def unchecked(self: Door, *rest: Any) -> None:
        self._now = lambda: NOW
        check(self, *rest)

    patch.setattr(execution_module, "mandate", lax)
    patch.setattr(Door, "check", unchecked)


def asked_once(patch: Patch) -> None:
    """What was approved when the plan was claimed is not asked again before each call."""
    real, given = mandate_module.mandate, dict[str, Approval]()

    def lazy(store: PlanStore, found: StoredPlan, now: dt.datetime) -> Approval:
        if found.plan.id not in given:
            given[found.plan.id] = real(store, found, now)
        return given[found.plan.id]

    patch.setattr(execution_module, "mandate", lazy)


def no_digest_when_applying(patch: Patch) -> None:
    real = mandate_module._given

    def lax(found: StoredPlan, *rest: Any) -> Entry:
        entry = real(found, *rest)
        return replace(entry, body={**entry.body, "digest": found.plan.digest})

    patch.setattr(mandate_module, "_given", lax)


def unfenced(method: str) -> Callable[[Patch], None]:
    """Who lost the plan may still call that."""

    def mutate(patch: Patch) -> None:
        beat, real, inside = Execution._beat, getattr(Execution, method), list[str]()

        def called(self: Execution, *rest: Any) -> None:
            inside.append(method)
            try:
                real(self, *rest)
            finally:
                inside.pop()

        patch.setattr(Execution, method, called)
        patch.setattr(Execution, "_beat", lambda self, con: None if inside else beat(self, con))
        no_look_at_the_lease(patch)  # a second lock

    mutate.__name__ = f"no_fencing_of_{method}"
    return mutate


def no_look_at_the_lease(patch: Patch) -> None:
    patch.setattr(Execution, "hold", lambda _: None)


def no_shared_lease(patch: Patch) -> None:
    for module in (execution_module, lease_module):
        patch.setattr(module, "root_of", lambda plan: plan.id)


def one_look_after_an_unsure_call(patch: Patch) -> None:
    patch.setattr(applier, "_LOOKS", 1)


def no_right_to_undo(patch: Patch) -> None:
    patch.setattr(undo_module, "refusal_to_undo", lambda *_: "")


def no_guard_at_the_door(patch: Patch) -> None:
    patch.setattr(Door, "check", lambda *_: None)


def no_four_eyes(patch: Patch) -> None:
    patch.setattr(policy_module, "_two_eyes", lambda *_: "")


def without(limit: str) -> Callable[[Patch], None]:
    """One kind of limit is not looked at."""

    def mutate(patch: Patch) -> None:
        real = policy_module._over

        def lax(limits: Limits, said: Touched, resources: int) -> str:
            return real(limits.model_copy(update={limit: None}), said, resources)

        patch.setattr(policy_module, "_over", lax)

    mutate.__name__ = f"no_limit_of_{limit}"
    return mutate


def no_bill(patch: Patch) -> None:
    """The plan's own word is enough."""
    patch.setattr(bill_module, "asks_bill", lambda *_: False)


def no_anchor(patch: Patch) -> None:
    patch.setattr(audit_module, "fault_of_end", lambda *_: "")


def no_chain(patch: Patch) -> None:
    patch.setattr(audit_module, "verify", lambda *_, **__: "")


def no_signatures_in_the_journal(patch: Patch) -> None:
    patch.setattr(audit_module, "_unsigned", lambda *_: [])


def an_older_book_will_do(patch: Patch) -> None:
    def as_far(_con: object, book: Any) -> int:
        with book.state.reading() as own:
            return mirror_module._end(own)

    patch.setattr(mirror_module, "_copied", as_far)


def no_signature(patch: Patch) -> None:
    patch.setattr(Verifier, "holds", lambda *_: True)


def any_key_will_do(patch: Patch) -> None:
    """What one role signed is taken for the other's."""
    real = Keys.verifier

    class Either(Verifier):
        def holds(self, *signed: Any) -> bool:
            return super().holds(*signed) or self.other.holds(*signed)

    def lax(self: Keys, role: Any) -> Verifier | None:
        own, other = real(self, "approver"), real(self, "applier")
        if role != "approver" or own is None or other is None:
            return real(self, role)
        either = Either(role, own._key)
        either.other = Verifier(role, other._key)
        return either

    patch.setattr(Keys, "verifier", lax)


def no_challenge(patch: Patch) -> None:
    """The approver's word is not bound to the question."""

    class Secrets:
        token_hex = staticmethod(lambda size: "0" * 2 * size)

    patch.setattr(word_module, "secrets", Secrets)


def any_clock(patch: Patch) -> None:
    patch.setattr(mandate_module, "SKEW", dt.timedelta(days=1))


def many_decisions(patch: Patch) -> None:
    def sign(self: Approver, con: Any, found: StoredPlan, *rest: Any) -> None:
        event, body, now = rest
        self.book.append(con, event, found.plan.id, body, now)

    patch.setattr(Approver, "_sign_once", sign)
