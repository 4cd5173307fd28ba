"""A Slack in which a plan stands as a message, and who may what with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from plans import arn, change, clock, plan_of
from sample_home import charge
from slack_world import World, buttons, slack_world
from tagwright.people import load_people
from tagwright.remediation import Plan, PlanItem, PlanStore, StoredPlan
from tagwright.remediation.apply import apply
from tagwright.state import open_state
from tagwright_agent.slack.plans import show

PEOPLE = """
people:
  lee: {slack: [T0001/U1], cli: [lee], may: [ask, propose, approve]}
  dana: {slack: [T0001/U2], may: [ask, propose, approve, roll_back]}
  eve: {slack: [E0001/U3], may: [ask, propose, approve]}
  mo: {slack: [T0001/U4], may: [ask], sees: {team: [nothing-of-it]}}
"""


@contextmanager
def store_of(world: World) -> Iterator[PlanStore]:
    state = open_state(world.settings)
    try:
        yield PlanStore(state, world.settings, load_people(world.settings))
    finally:
        state.close()


def proposed(world: World, *items: PlanItem, **more: Any) -> Plan:
    """A plan of lee's, stored, whose message is posted in a thread."""
    now = world.now()
    times = {"created_at": now, "expires_at": now + dt.timedelta(hours=72)}
    plan = plan_of(*(items or (change(1), change(2, before="old"))), by="lee", **times, **more)
    with store_of(world) as store:
        store.save(plan, now)
        show(store.state, plan.id, team="T0001", channel="C1", thread_ts="100.1", now=now)
    world.work()
    return plan


def passes(world: World, **time: float) -> None:
    """Time passes, and the workers do what is due then."""
    world.later += dt.timedelta(**time)
    world.work()


def stored(world: World, plan_id: str = "plan-1") -> StoredPlan:
    with store_of(world) as store:
        return store.get(plan_id)


def applied(world: World) -> StoredPlan:
    with store_of(world) as store:
        return apply("plan-1", store, clock=clock(world.now()))


def labels(world: World, nth: int = 0) -> list[str]:
    return [one["text"]["text"] for one in buttons(world.slack.messages["C1"][nth])]


def text(world: World, nth: int = 0) -> str:
    return str(world.slack.messages["C1"][nth]["text"])


def told(world: World) -> tuple[str, str]:
    """To whom alone, and what, was said last."""
    last = world.slack.ephemeral[-1]
    return last["user"], last["text"]


@contextmanager
def with_proposals(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world in whose bill there is a tag to mend."""
    home.mkdir()
    monkeypatch.setenv("TAGWRIGHT_HOME", str(home))
    (home / "taxonomy.yaml").write_text(
        "keys:\n  team: {layer: business, required: true, values: [discovery, platform]}\n"
    )
    bill = [
        charge("10.00", "2026-09-30", ServiceName="Amazon EC2", SubAccountId="123456789012",
               RegionId="us-east-1", ResourceName=f"recs-{n}", ResourceId=arn(n),
               Tags={"Team": "discovry" if n == 4 else "discovery"})
        for n in range(1, 5)
    ]  # fmt: skip
    with slack_world(home, monkeypatch, PEOPLE, bill) as world:
        yield world
