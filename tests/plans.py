"""Plans written beside the assertion, and an applier that does not wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from fake_tagging import ACCOUNT
from tagwright.config import load_settings
from tagwright.people import People, Principal, parse_people
from tagwright.remediation import Approval, Plan, PlanItem, PlanStore, StoredPlan
from tagwright.remediation.apply import Clock
from tagwright.remediation.approver import Approver
from tagwright.remediation.mandate import mandate
from tagwright.state import open_state

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
ALICE = Principal("alice", "cli", "alice")
BOB = Principal("bob", "cli", "bob")
MALLORY = Principal("mallory", "slack", "T1/U7")
PEOPLE = parse_people(
    """
    people:
      alice: {cli: [alice], may: [approve]}
      bob: {cli: [bob], slack: [T1/U2], may: [approve, apply, roll_back]}
      mallory: {cli: [mallory], slack: [T1/U7], may: [ask, propose, approve]}
    """
)


def arn(number: int) -> str:
    return f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-{number:04}"


def change(number: int, key: str = "team", before: str | None = None, after: str | None = "ads",
           **more: Any) -> PlanItem:  # fmt: skip
    return PlanItem(
        **{"arn": arn(number), "account": ACCOUNT, "region": "us-east-1", "key": key,
           "before": before, "after": after, "currency": "USD", "effective_cost": "10.00", **more}
    )  # fmt: skip


def plan_of(*items: PlanItem, plan_id: str = "plan-1", by: str = "mallory", **more: Any) -> Plan:
    return Plan(
        **{"id": plan_id, "proposed_by": by, "created_at": NOW,
           "expires_at": NOW + dt.timedelta(hours=72), "items": items, **more}
    )  # fmt: skip


def clock(now: dt.datetime = NOW) -> Clock:
    return Clock(now=lambda: now, sleep=lambda _: None)


@contextmanager
def plan_store(home: Path, people: People = PEOPLE) -> Iterator[PlanStore]:
    settings = load_settings(home)
    state = open_state(settings)
    try:
        yield PlanStore(state, settings, people)
    finally:
        state.close()


def approved(store: PlanStore, plan: Plan, by: Principal = ALICE) -> Plan:
    store.save(plan, NOW)
    decide(store, plan, by, "approve")
    return plan


def decide(
    store: PlanStore,
    plan: Plan,
    by: Principal,
    decision: Literal["approve", "reject"],
    now: dt.datetime = NOW,
    digest: str = "",
) -> StoredPlan:
    with Approver.open(store) as approver:
        return approver.decide(plan.id, digest or plan.digest, by, decision, now=now)


def approval_of(store: PlanStore, plan_id: str, now: dt.datetime) -> Approval:
    return mandate(store, store.get(plan_id), now)
