"""Attacks on the way from a proposal to a write: for each check, one that only it stops."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from approval_world import World
from fake_tagging import ACCOUNT
from plans import arn, change
from sample_home import charge, load
from tagwright.remediation import apply as applier
from tagwright.remediation.execution import Execution
from tagwright.remediation.steps import Batch

EU = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-1"
AFTER_THE_LOOK, BETWEEN_THE_CALLS = 3, 8
"""Steps of a run: who one is, the look (two steps: before and after), the call (two), the
read-back (two); then the next region."""


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


def two_regions(world: World) -> str:
    plan = world.propose(change(1), change(1, arn=EU, region="eu-west-1"))
    world.approve(plan, "alice")
    return plan


def withdrawn_between_calls(world: World) -> None:
    plan = two_regions(world)
    world.at_step[BETWEEN_THE_CALLS] = lambda: world.withdraw(plan)
    run(world, plan)


def banned_between_calls(world: World) -> None:
    plan = two_regions(world)
    world.at_step[BETWEEN_THE_CALLS] = lambda: world.ban("alice")
    run(world, plan)


def runs_out_between_calls(world: World) -> None:
    def wait() -> None:
        world.now += dt.timedelta(hours=72)

    plan = two_regions(world)
    world.at_step[BETWEEN_THE_CALLS] = wait
    run(world, plan)


def undone_between_calls(world: World) -> None:
    plan = two_regions(world)
    world.at_step[BETWEEN_THE_CALLS] = lambda: world.rollback(plan)
    run(world, plan)


def run(world: World, plan: str) -> None:
    """A run that must get as far as what was to happen in it."""
    world.apply(plan)
    assert not world.at_step


def displaced(world: World) -> None:
    """After its look the applier stands still for over a minute; another one takes the plan."""

    def other() -> None:
        world.now += dt.timedelta(seconds=61)
        world.apply(plan)

    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.at_step[AFTER_THE_LOOK] = other
    run(world, plan)


def displaced_with_an_old_look(world: World) -> None:
    """As above, and what the first one saw is not so any more (D7)."""

    def other() -> None:
        world.now += dt.timedelta(seconds=61)
        world.drift(arn(1), "team", None)
        world.apply(plan)

    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.drift(arn(1), "team", "theirs")
    world.at_step[AFTER_THE_LOOK] = other
    run(world, plan)
    world.known(plan)


def stalled_after_the_intent(world: World) -> None:
    """The store is locked for over a minute between the intent and the call."""
    real, times = Execution.intent, iter([True])

    def other() -> None:
        world.now += dt.timedelta(seconds=61)
        world.apply(plan)

    def slow(self: Execution, *rest: Any) -> None:
        real(self, *rest)
        if next(times, False):
            world.meanwhile(other)

    world.monkeypatch.setattr(Execution, "intent", slow)
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.apply(plan)


def lost_and_late(world: World) -> None:
    """The answer is lost, and what was written does not show at once."""
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.aws.faults, world.aws.settles = ["lost"], 2
    world.apply(plan)


def undone_by_a_stranger(world: World) -> None:
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.apply(plan)
    world.rollback(plan, by="mallory")


def another_change_than_planned(world: World) -> None:
    """The applier's own code goes wrong: what it hands to the door is not in the plan."""

    def wrong(_plan: object, chosen: list[int]) -> Iterator[Batch]:
        if chosen:
            yield Batch({"team": "evil"}, (), {arn(1): chosen})

    world.monkeypatch.setattr(applier, "batches", wrong)
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.apply(plan)


# --- beyond what the approver may approve --------------------------------------------------------


def beyond(
    world: World, limits: str, *numbers: int, bill: str = "10.00", team: str = "ads", **item: Any
) -> None:
    """The plan is over the limits; the bill says what each resource cost last month, and whose."""
    charged = {"SubAccountId": ACCOUNT, "Tags": {"team": team, "environment": "prod"}}
    load(world.home, [charge(bill, "2026-10-31", ResourceId=arn(n), **charged) for n in (1, 2)])
    world.limits = limits
    world.store.people = world.people()
    plan = world.propose(*(change(number, **item) for number in numbers or (1,)))
    world.told[plan].over = True
    world.approve(plan, "alice")
    world.apply(plan)


def beyond_accounts(world: World) -> None:
    beyond(world, 'accounts: ["999999999999"]')


def beyond_teams(world: World) -> None:
    beyond(world, "teams: [search]", dimension="team")


def beyond_environments(world: World) -> None:
    beyond(world, "environments: [dev]", key="env", after="prod", dimension="environment")


def beyond_money(world: World) -> None:
    beyond(world, "effective_cost: 19.99 USD", 1, 2)


def understated_money(world: World) -> None:
    """The plan says 10.00 of what the bill says cost 500.00."""
    beyond(world, "effective_cost: 100 USD", bill="500.00")


def understated_teams(world: World) -> None:
    """The plan gives search's resource to ads, and does not say that it is search's."""
    beyond(world, "teams: [ads]", team="search", dimension="team")


def beyond_resources(world: World) -> None:
    beyond(world, "resources: 1", 1, 2)


ATTACKS: tuple[Callable[[World], None], ...] = (
    unapproved, wrong_digest, own_plan, stranger, banned_since, too_late, edited_in_the_database,
    changed_meanwhile, lost_reply, theirs_in_the_backoff, accepted_and_not_done, other_account,
    rollback_over_others, withdrawn_since, withdrawal_taken_out, forged_decision,
    rejected_and_flipped, replayed, applied_again_after_rollback, journal_cut,
    withdrawn_between_calls, banned_between_calls, runs_out_between_calls, undone_between_calls,
    displaced, displaced_with_an_old_look, stalled_after_the_intent, lost_and_late,
    undone_by_a_stranger, another_change_than_planned, beyond_accounts, beyond_teams,
    beyond_environments, beyond_money, beyond_resources, understated_money, understated_teams,
)  # fmt: skip
