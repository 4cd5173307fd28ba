"""The invariants of approval: no sequence of events breaks them, and without each check one does.

facts.md, "Approval": every write approved by digest, four eyes, allow-list again at apply, expiry,
drift, intent journaled before the call, at most once, never guess, reported = real, exact rollback,
hash-chained audit.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from approval_world import World
from effort import examples
from plans import arn, change

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
