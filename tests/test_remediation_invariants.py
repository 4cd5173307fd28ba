"""The invariants of approval: no sequence of events breaks them, and without each check one does.

facts.md, "Approval": every write approved by digest, four eyes, allow-list again at apply, expiry,
drift, intent journaled before the call, at most once, never guess, reported = real, exact rollback,
hash-chained audit.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from approval_world import World
from effort import examples
from plans import NOW, arn, change
from tagwright.errors import ApprovalError
from tagwright.remediation import Approval, PlanStore, StoredPlan
from tagwright.remediation import apply as applier
from tagwright.remediation import approver as approver_module
from tagwright.remediation import execution as execution_module
from tagwright.remediation import mandate as mandate_module
from tagwright.remediation.approval import _MINT
from tagwright.remediation.approver import Approver
from tagwright.remediation.execution import Execution
from tagwright.remediation.word import Word
from tagwright.remediation.writers import Access, Door
from tagwright.state import Entry

NUMBERS = st.integers(1, 3)
VALUES = st.sampled_from([None, "", "ads", "old"])
PEOPLE = st.sampled_from(["alice", "bob", "mallory", "eve"])
KILL = st.sampled_from([-1, -1, 1, 2, 3, 4, 5, 6, 7])


class Approvals(RuleBasedStateMachine):
    """Anything may happen in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.patch = pytest.MonkeyPatch()
        self.world = World(Path(self.folder.name), self.patch)

    def plan(self, number: int) -> str:
        plans = list(self.world.told)
        return plans[-(number % len(plans) + 1)] if plans else ""  # mostly one of the last

    @rule(numbers=st.sets(NUMBERS, min_size=1), before=VALUES, by=PEOPLE)
    def propose(self, numbers: set[int], before: str | None, by: str) -> None:
        after = "search" if before != "search" else "ads"
        self.world.propose(*(change(n, before=before, after=after) for n in sorted(numbers)), by=by)

    @rule(number=NUMBERS)
    def propose_what_is_live(self, number: int) -> None:
        live = self.world.aws.tags.get(arn(number), {}).get("team")
        self.world.propose(change(number, before=live, after=f"{live or ''}x"))

    @rule(
        number=NUMBERS,
        who=st.sampled_from(["alice", "bob"]),
        then=st.sampled_from(["", "drift", "lost", "ban", "wait"]),
        kill_at=KILL,
    )
    def all_the_way(self, number: int, who: str, then: str, kill_at: int) -> None:
        """The common way, with one thing gone wrong: random steps seldom get so far."""
        live = self.world.aws.tags.get(arn(number), {}).get("team")
        plan = self.world.propose(change(number, before=live, after=f"{live or ''}y"))
        if not plan:
            return
        self.world.approve(plan, who)
        if then == "drift":
            self.world.drift(arn(number), "team", "theirs")
        elif then == "lost":
            self.world.aws.faults = ["lost"]
        elif then == "ban":
            self.world.ban(who)
        elif then == "wait":
            self.world.now += dt.timedelta(hours=72)
        self.world.apply(plan, kill_at=kill_at)
        self.world.apply(plan)

    @rule()
    def everybody_is_welcome_again(self) -> None:
        self.world.allowed = {"alice", "bob"}
        self.world.store.people = self.world.people()

    @rule(number=NUMBERS, who=PEOPLE, digest=st.sampled_from(["", "", "", "sha256:wrong"]))
    def approve(self, number: int, who: str, digest: str) -> None:
        if plan := self.plan(number):
            self.world.approve(plan, who, digest)

    @rule(number=NUMBERS)
    def reject(self, number: int) -> None:
        if plan := self.plan(number):
            self.world.reject(plan)

    @rule(number=NUMBERS)
    def withdraw(self, number: int) -> None:
        if plan := self.plan(number):
            self.world.withdraw(plan)

    @rule(number=NUMBERS)
    def tamper(self, number: int) -> None:
        if plan := self.plan(number):
            self.world.tamper(plan)

    @rule(number=NUMBERS, value=VALUES)
    def drift(self, number: int, value: str | None) -> None:
        self.world.drift(arn(number), "team", value)

    @rule(hours=st.sampled_from([1, 71, 24 * 29]))
    def wait(self, hours: int) -> None:
        self.world.now += dt.timedelta(hours=hours)

    @rule(fault=st.sampled_from(["throttle", "500", "lost", "reset", "internal"]))
    def trouble(self, fault: str) -> None:
        self.world.aws.faults.append(fault)

    @rule(number=NUMBERS, kill_at=KILL)
    def apply(self, number: int, kill_at: int) -> None:
        if plan := self.plan(number):
            self.world.apply(plan, kill_at=kill_at)

    @rule(number=NUMBERS, kill_at=KILL)
    def rollback(self, number: int, kill_at: int) -> None:
        if plan := self.plan(number):
            self.world.rollback(plan, kill_at=kill_at)

    @rule()
    def ban_bob(self) -> None:
        self.world.ban("bob")

    @invariant()
    def nothing_is_violated(self) -> None:
        assert self.world.violations == []

    def teardown(self) -> None:
        self.world.close()
        self.patch.undo()
        self.folder.cleanup()
        assert self.world.violations == []


TestApprovals = Approvals.TestCase
TestApprovals.settings = settings(
    max_examples=examples(150), stateful_step_count=30, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
TestApprovals = pytest.mark.slow(TestApprovals)  # a state store an example


# --- attacks: each check has one that only it stops -----------------------------------------------


def unapproved(world: World) -> None:
    world.apply(world.propose(change(1)))


def wrong_digest(world: World) -> None:
    plan = world.propose(change(1))
    world.approve(plan, "alice", "sha256:wrong")
    world.apply(plan)


def own_plan(world: World) -> None:
    plan = world.propose(change(1), by="alice")
    world.approve(plan, "alice")
    world.apply(plan)


def stranger(world: World) -> None:
    plan = world.propose(change(1))
    world.approve(plan, "eve")
    world.apply(plan)


def banned_since(world: World) -> None:
    plan = world.propose(change(1))
    world.approve(plan, "bob")
    world.ban("bob")
    world.apply(plan)


def too_late(world: World) -> None:
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.now += dt.timedelta(hours=72)
    world.apply(plan)


def edited_in_the_database(world: World) -> None:
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.tamper(plan)
    world.apply(plan)


def changed_meanwhile(world: World) -> None:
    plan = world.propose(change(1, before="old"))
    world.approve(plan, "alice")
    world.drift(arn(1), "team", "theirs")
    world.apply(plan)


def lost_reply(world: World) -> None:
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.aws.faults = ["lost"]
    world.apply(plan)


def theirs_in_the_backoff(world: World) -> None:
    plan, aws = world.propose(change(1)), world.aws
    world.approve(plan, "alice")
    aws.faults = ["throttle"]
    busy = lambda: aws.faults and aws.calls[-1] == "TagResources"  # noqa: E731
    aws.between = lambda _: world.drift(arn(1), "team", "theirs") if busy() else None
    world.apply(plan)


def accepted_and_not_done(world: World) -> None:
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.aws._change = lambda *_: (200, {"FailedResourcesMap": {}})  # type: ignore[method-assign]
    world.apply(plan)


def other_account(world: World) -> None:
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.aws.account = "999999999999"
    world.apply(plan)


def rollback_over_others(world: World) -> None:
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.apply(plan)
    world.drift(arn(1), "team", "theirs")
    world.rollback(plan)


def withdrawn_since(world: World) -> None:
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.withdraw(plan)
    world.apply(plan)


def withdrawal_taken_out(world: World) -> None:
    """Somebody makes the state store look as if nobody had withdrawn."""
    withdrawn_since(world)
    world.sql("UPDATE plans SET state = 'approved'")
    world.apply(next(iter(world.told)))


def forged_decision(world: World) -> None:
    """One INSERT, as it stood in the findings (D1)."""
    plan = world.propose(change(1))
    world.sql(
        "INSERT INTO decisions VALUES (?, ?, 'approve', 'alice', 'cli', ?, '')",
        plan, world.told[plan].digest, world.now.isoformat(),
    )  # fmt: skip
    world.sql("UPDATE plans SET state = 'approved'")
    world.apply(plan)


def rejected_and_flipped(world: World) -> None:
    plan = world.propose(change(1))
    world.reject(plan)
    world.sql("DROP TRIGGER decisions_no_update")
    world.sql("UPDATE decisions SET decision = 'approve'")
    world.sql("UPDATE plans SET state = 'approved'")
    world.apply(plan)


def replayed(world: World) -> None:
    """The plan is set back to approved after somebody removed its tag again."""
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.apply(plan)
    world.told[plan].used = True
    world.drift(arn(1), "team", None)
    world.sql("UPDATE plans SET state = 'approved'")
    world.sql("UPDATE plan_items SET state = 'pending', attempts = 0")
    world.apply(plan)


def applied_again_after_rollback(world: World) -> None:
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.apply(plan)
    world.rollback(plan)
    world.told[plan].used = True
    world.sql("UPDATE plans SET state = 'approved'")
    world.apply(plan)


def journal_cut(world: World) -> None:
    """A refusal is cut off the journal: whoever did that may have done more."""
    plan = world.propose(change(1))
    world.approve(plan, "mallory")
    world.sql("DROP TRIGGER journal_no_delete")
    world.sql("DELETE FROM journal WHERE event = 'refused'")
    world.approve(plan, "alice")
    world.told[plan].tampered = world.cut = True
    world.apply(plan)


ATTACKS = (
    unapproved, wrong_digest, own_plan, stranger, banned_since, too_late, edited_in_the_database,
    changed_meanwhile, lost_reply, theirs_in_the_backoff, accepted_and_not_done, other_account,
    rollback_over_others, withdrawn_since, withdrawal_taken_out, forged_decision,
    rejected_and_flipped, replayed, applied_again_after_rollback, journal_cut,
)  # fmt: skip


def attacked(
    home: Path, attack: Callable[[World], None], mutate: Callable[[pytest.MonkeyPatch], None]
) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        mutate(patch)
        home.mkdir()
        world = World(home, patch)
        try:
            attack(world)
        finally:
            world.close()
        return world.violations


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_succeeds(attack: Callable[[World], None], tmp_path: Path) -> None:
    assert attacked(tmp_path / "home", attack, lambda _: None) == []


def minting(_: PlanStore, found: StoredPlan, now: dt.datetime) -> Approval:
    """An approval without a question asked."""
    plan = found.plan
    return Approval(
        _MINT, plan_id=plan.id, digest=plan.digest, by="cli:x", channel="cli", at=now,
        expires_at=now + dt.timedelta(days=99), nonce="",
    )  # fmt: skip


def no_approval(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(execution_module, "mandate", minting)


def no_decision(patch: pytest.MonkeyPatch) -> None:
    def said(found: StoredPlan, *_: object) -> Entry:
        body = {"by": "alice", "digest": found.plan.digest, "nonce": "", "channel": "cli"}
        return Entry(1, NOW.isoformat(), "approved", found.plan.id, body, "", "")

    no_word(patch)
    patch.setattr(mandate_module, "_given", said)


def no_word(patch: pytest.MonkeyPatch) -> None:
    """That there is an approver with a key is a lock of its own: it is opened here."""
    patch.setattr(mandate_module, "ask_word", lambda _, plan_id: Word(plan_id, ()))


def the_store_is_believed(patch: pytest.MonkeyPatch) -> None:
    """What the decisions table says is taken for the approver's word."""

    def said(store: PlanStore, found: StoredPlan, now: dt.datetime) -> Approval:
        stored = store.get(found.plan.id)
        if stored.decision is None or stored.decision.decision != "approve":
            raise ApprovalError("not approved")
        return minting(store, found, now)

    patch.setattr(execution_module, "mandate", said)


def no_withdrawal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Word, "withdrawal", None)


def no_own_record(patch: pytest.MonkeyPatch) -> None:
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


def no_audit(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(execution_module, "refuse_broken", lambda _: None)


def no_policy(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(approver_module, "refusal", lambda *_: "")
    patch.setattr(mandate_module, "refusal", lambda *_: "")


def no_policy_at_apply(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(mandate_module, "refusal", lambda *_: "")


def no_digest(patch: pytest.MonkeyPatch) -> None:
    real = Approver.decide

    def lax(self: Approver, plan_id: str, digest: str, *rest: Any, **more: Any) -> Any:
        return real(self, plan_id, self.store.get(plan_id).digest, *rest, **more)

    patch.setattr(Approver, "decide", lax)


def no_drift_check(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(applier, "drift_of", lambda *_, **__: None)


def one_look_alone(patch: pytest.MonkeyPatch) -> None:
    """What was read before the first try serves the others."""
    real, seen = Door.read, dict[str, dict[str, str]]()

    def lazy(self: Door, arns: Sequence[str]) -> dict[str, dict[str, str]]:
        new = [one for one in arns if one not in seen]
        seen.update({one: {} for one in new} | (real(self, new) if new else {}))
        return seen

    patch.setattr(Door, "read", lazy)


def no_verification(patch: pytest.MonkeyPatch) -> None:
    def trusting(run: applier._Run, _door: Door) -> None:
        run.record(dict.fromkeys(run.accepted, ("applied", "")))

    patch.setattr(applier._Run, "verify", trusting)


def no_account_check(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Access, "account", lambda _: "123456789012")


def no_intent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Execution, "intent", lambda *_: None)


@pytest.mark.parametrize(
    ("mutate", "attack"),
    [
        (no_approval, unapproved),
        (no_approval, too_late),
        (no_approval, edited_in_the_database),
        (no_approval, withdrawn_since),
        (no_withdrawal, withdrawal_taken_out),
        (the_store_is_believed, forged_decision),
        (the_store_is_believed, rejected_and_flipped),
        (the_store_is_believed, withdrawal_taken_out),
        (no_own_record, replayed),
        (no_own_record, applied_again_after_rollback),
        (no_audit, journal_cut),
        (no_decision, unapproved),
        (no_policy, own_plan),
        (no_policy, stranger),
        (no_policy_at_apply, banned_since),
        (no_digest, wrong_digest),
        (no_drift_check, changed_meanwhile),
        (no_drift_check, rollback_over_others),
        (one_look_alone, lost_reply),
        (one_look_alone, theirs_in_the_backoff),
        (no_verification, accepted_and_not_done),
        (no_account_check, other_account),
        (no_intent, lost_reply),
    ],
)
def test_without_a_check_its_attack_is_noticed(
    mutate: Callable[[pytest.MonkeyPatch], None], attack: Callable[[World], None], tmp_path: Path
) -> None:
    assert attacked(tmp_path / "home", attack, mutate) != []


@pytest.mark.parametrize("kill_at", range(1, 9))
def test_killed_at_any_call_it_ends_well(
    kill_at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    world = World(tmp_path / "home", monkeypatch)
    plan = world.propose(change(1), change(2, before="old"))
    world.drift(arn(2), "team", "old")
    world.approve(plan, "alice")
    world.apply(plan, kill_at=kill_at)
    world.apply(plan)
    assert world.aws.tags == {arn(1): {"team": "ads"}, arn(2): {"team": "ads"}}
    world.rollback(plan, kill_at=kill_at)
    world.rollback(plan)
    assert world.aws.tags == {arn(1): {}, arn(2): {"team": "old"}}
    world.close()
    assert world.violations == []
