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
from plans import ALICE, NOW, arn, change
from tagwright.remediation import Approval, PlanStore
from tagwright.remediation import apply as applier
from tagwright.remediation import execution as execution_module
from tagwright.remediation import store as store_module
from tagwright.remediation.approval import _MINT
from tagwright.remediation.execution import Execution
from tagwright.remediation.rows import Decision
from tagwright.remediation.writers import Access, Door

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


def rollback_too_late(world: World) -> None:
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.apply(plan)
    world.now += dt.timedelta(days=30)
    world.rollback(plan)


ATTACKS = (
    unapproved, wrong_digest, own_plan, stranger, banned_since, too_late, edited_in_the_database,
    changed_meanwhile, lost_reply, theirs_in_the_backoff, accepted_and_not_done,
    other_account, rollback_over_others, rollback_too_late,
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


def minting(store: PlanStore, plan_id: str, now: dt.datetime) -> Approval:
    """An approval without a question asked."""
    plan = store.get(plan_id).plan
    return Approval(
        _MINT, plan_id=plan.id, digest=plan.digest, by="cli:x", channel="cli", at=now,
        expires_at=now + dt.timedelta(days=99),
    )  # fmt: skip


def any_state(patch: pytest.MonkeyPatch) -> None:
    """The state of the plan is a second lock: it is opened here, so that the first is tested."""
    patch.setattr(execution_module, "RUNNABLE", (*store_module.RUNNABLE, "proposed"))


def no_approval(patch: pytest.MonkeyPatch) -> None:
    any_state(patch)
    patch.setattr(PlanStore, "approval", minting)


def no_decision(patch: pytest.MonkeyPatch) -> None:
    any_state(patch)
    said = Decision("approve", ALICE.id, "cli", NOW, "", "")
    patch.setattr(PlanStore, "_live_decision", lambda *_: said)


def no_policy(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store_module, "refusal", lambda *_: "")


def no_policy_at_apply(patch: pytest.MonkeyPatch) -> None:
    real = PlanStore._live_decision

    def lax(self: PlanStore, found: Any, now: dt.datetime) -> Decision:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(store_module, "refusal", lambda *_: "")
            return real(self, found, now)

    patch.setattr(PlanStore, "_live_decision", lax)


def no_digest(patch: pytest.MonkeyPatch) -> None:
    real = PlanStore.decide

    def lax(self: PlanStore, plan_id: str, digest: str, *rest: Any, **more: Any) -> Any:
        return real(self, plan_id, self.get(plan_id).digest, *rest, **more)

    patch.setattr(PlanStore, "decide", lax)


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
        (no_approval, rollback_too_late),
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
