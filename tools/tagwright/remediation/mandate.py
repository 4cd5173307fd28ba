"""Whether a plan may be written: judged on what was signed, by this home's policy and clock.

Nothing that the state store says is believed here: the plan's body must have the digest that the
approver signed, and the approver is asked (:mod:`tagwright.remediation.word`), not the store.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tagwright.errors import ApprovalError
from tagwright.remediation.approval import Approval, _mint
from tagwright.remediation.approver import SKEW, Approver
from tagwright.remediation.limits import fault_of_plan
from tagwright.remediation.policy import refusal, refusal_to_undo
from tagwright.remediation.rows import as_of, clock_text
from tagwright.remediation.word import fetch_word

if TYPE_CHECKING:
    from tagwright.remediation.plan import Plan
    from tagwright.remediation.rows import StoredPlan
    from tagwright.remediation.store import PlanStore
    from tagwright.remediation.word import Word
    from tagwright.state import Entry

__all__ = ["ORDER_LASTS", "ask_word", "mandate", "mandate_to_undo", "order_to_undo"]

ORDER_LASTS = dt.timedelta(hours=24)
"""How long an order to roll back can be carried out."""


def ask_word(store: PlanStore, plan_id: str) -> Word:
    """The approver's word on a plan, verified with the key that this home knows it by.

    Raises:
        ApprovalError: There is no approver, or what it says does not verify.
        ProviderError: It is elsewhere and cannot be reached.
    """
    verifier = store.keys.verifier("approver")
    if verifier is None:
        raise ApprovalError(
            f"Nothing is approved here: {store.keys.folder} has no key of an approver.",
            hint=f"A person approves it: tagwright approve {plan_id}.",
        )
    if (url := store.settings.approval.approver_url) is not None:
        return fetch_word(url, plan_id, verifier).verified(verifier)
    with Approver.open(store) as approver:
        return approver.word(plan_id).verified(verifier)


def mandate(store: PlanStore, found: StoredPlan, now: dt.datetime) -> Approval:
    """The live approval of a plan; every condition is judged again, by today's policy.

    Raises:
        ApprovalError: There is none, or it is worth nothing any more; says why.
    """
    plan = found.plan
    if not found.intact:
        raise ApprovalError(f"Plan {plan.id} was changed after it was stored: refused.")
    if plan.kind != "tag":
        raise ApprovalError(f"Plan {plan.id} is a rollback: tagwright rollback {plan.parent_id}.")
    if fault := fault_of_plan(plan):
        raise ApprovalError(f"Plan {plan.id} is not applied. {fault}")
    word = ask_word(store, plan.id)
    given = _given(found, word, now)
    if given.body.get("digest") != plan.digest:
        raise ApprovalError(f"What was approved of plan {plan.id} is not what it says now.")
    at = dt.datetime.fromisoformat(given.at)
    if at > now + SKEW:
        raise ApprovalError(
            f"Plan {plan.id} was approved at {clock_text(at)}, and here it is {clock_text(now)}: "
            "a clock is wrong.",
            hint="Set the clocks of the approver and the applier, then apply it again.",
        )
    by = str(given.body.get("by"))
    if why := refusal(store.people, plan, by):
        raise ApprovalError(f"Plan {plan.id} may not be applied: {why}.")
    if now >= plan.expires_at:
        raise ApprovalError(
            f"Plan {plan.id} expired at {clock_text(plan.expires_at)}.", hint="Propose it again."
        )
    return _mint(
        plan_id=plan.id, digest=plan.digest, by=by, channel=str(given.body.get("channel")),
        at=at, expires_at=plan.expires_at, nonce=str(given.body.get("nonce")),
    )  # fmt: skip


def mandate_to_undo(plan: Plan, by: str, now: dt.datetime) -> Approval:
    """What lets this home's own writes be put back: a person who may, and nothing more.

    Args:
        plan: Made from the applier's own book (:mod:`tagwright.remediation.undo`).
        by: The person.
        now: When they said so.
    """
    return _mint(
        plan_id=plan.id, digest=plan.digest, by=by, channel="applier", at=now,
        expires_at=plan.expires_at, nonce=plan.id,
    )  # fmt: skip


def order_to_undo(store: PlanStore, plan_id: str, seq: int, now: dt.datetime) -> Entry:
    """A person's signed order to roll a plan back, by its number in the approver's book.

    It need not serve once: a plan that is rolled back is never applied again.

    Raises:
        ApprovalError: There is none, it is too old, or they may not.
        ProviderError: The approver cannot be reached.
    """
    word = ask_word(store, plan_id)
    said = next(
        (it for it in word.entries if it.seq == seq and it.event == "rollback_ordered"), None
    )
    if said is None:
        raise ApprovalError(f"Nobody ordered plan {plan_id} to be rolled back.")
    if why := refusal_to_undo(store.people, str(said.body.get("by"))):
        raise ApprovalError(f"Plan {plan_id} was not rolled back: {why}.")
    if not now - ORDER_LASTS <= said.moment <= now + SKEW:
        raise ApprovalError(
            f"Plan {plan_id} was ordered to be rolled back at {clock_text(said.moment)}, and here "
            f"it is {clock_text(now)}.",
            hint="Order it again.",
        )
    return said


def _given(found: StoredPlan, word: Word, now: dt.datetime) -> Entry:
    """The approval, not withdrawn."""
    plan, given = found.plan, word.decision
    if given is None or given.event != "approved":
        raise ApprovalError(
            f"Plan {plan.id} is {as_of(found, now).state}, and nobody's approval of it is signed."
            if given is None and found.state != "proposed"
            else f"Plan {plan.id} is {as_of(found, now).state}, not approved.",
            hint=f"A person approves it: tagwright approve {plan.id}."
            if given is None
            else "Ask for a new plan: tagwright ask 'propose tag fixes'.",
        )
    if (taken := word.withdrawal) is not None:
        raise ApprovalError(
            f"The approval of plan {plan.id} was withdrawn by {taken.body.get('by')}.",
            hint="Ask for a new plan: tagwright ask 'propose tag fixes'.",
        )
    if found.state in {"rejected", "superseded", "withdrawn"}:
        raise ApprovalError(f"Plan {plan.id} is {found.state}.")
    return given
