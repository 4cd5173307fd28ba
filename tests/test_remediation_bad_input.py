"""Clocks that are off, look-alike names, two approvers at once, a disk that is full."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event

from fake_tagging import FakeTagging
from plans import (
    ALICE,
    BOB,
    NOW,
    approved,
    arn,
    change,
    clock,
    decide,
    plan_of,
    plan_store,
)
from tagwright.api import ApprovalError, TagwrightError
from tagwright.people import Principal
from tagwright.proof import Book
from tagwright.remediation import PlanStore
from tagwright.remediation.apply import apply
from tagwright.remediation.audit import audit

HOUR = dt.timedelta(hours=1)


def test_the_proposers_clock_is_an_hour_ahead(store: PlanStore) -> None:
    plan = plan_of(change(1), created_at=NOW + HOUR)
    store.save(plan, NOW)
    with pytest.raises(ApprovalError, match=r"was made at 2026-11-23 13:00 UTC, and here it is"):
        decide(store, plan, ALICE, "approve")


def test_the_appliers_clock_is_an_hour_behind(aws: FakeTagging, store: PlanStore) -> None:
    plan = approved(store, plan_of(change(1), created_at=NOW - 2 * HOUR))
    with pytest.raises(ApprovalError, match=r"was approved at 2026-11-23 12:00 UTC, and here it"):
        apply(plan.id, store, clock=clock(NOW - HOUR))
    assert aws.writes == []


def test_the_appliers_clock_is_an_hour_ahead(aws: FakeTagging, store: PlanStore) -> None:
    """What ran out by its clock is not written; what did not, is."""
    plan = approved(store, plan_of(change(1), expires_at=NOW + HOUR))
    with pytest.raises(ApprovalError, match="expired at 2026-11-23 13:00 UTC"):
        apply(plan.id, store, clock=clock(NOW + HOUR))
    other = approved(store, plan_of(change(2), plan_id="plan-2"))
    assert apply(other.id, store, clock=clock(NOW + HOUR)).state == "applied"
    assert aws.writes == [(arn(2), "team", "ads")]


@pytest.mark.parametrize("name", ["alic\u0435", "alice\u200b", "ali\u0441e", "Alice", "alice "])
def test_a_name_that_looks_like_an_approvers(name: str, store: PlanStore) -> None:
    plan = plan_of(change(1))
    store.save(plan, NOW)
    with pytest.raises(ApprovalError, match="is nobody in"):
        decide(store, plan, Principal(name, "cli", name), "approve")


@pytest.mark.parametrize("said", [("approve", "approve"), ("approve", "reject")])
def test_two_approvers_at_once(said: tuple[str, str], database: str, home: Path) -> None:
    def one(who: Principal, decision: str) -> str:
        with plan_store(home) as own:
            try:
                return decide(own, plan, who, decision).state  # type: ignore[arg-type]
            except ApprovalError as error:
                return str(error)

    plan = plan_of(change(1))
    with plan_store(home) as store, ThreadPoolExecutor(2) as threads:
        store.save(plan, NOW)
        found = sorted(threads.map(one, (ALICE, BOB), said))
        assert "already" in found[0]
        assert found[1] in ("approved", "rejected")
        assert store.get(plan.id).state == found[1]
        decided = [e for e in store.state.journal() if e.event in ("approved", "rejected")]
        assert len(decided) == 1
        assert audit(store).faults == []


@pytest.mark.parametrize("pages", [0, 1])
@pytest.mark.parametrize("where", ["store", "book"])
def test_the_disk_is_full_in_the_middle_of_the_journal(
    where: str, pages: int, aws: FakeTagging, store: PlanStore
) -> None:
    """No more room than ``pages`` for what is written down; then there is room again."""
    long = "x" * 200
    plan = approved(store, plan_of(*(change(n, key=f"k{n}", after=long) for n in range(8))))
    with Book.open(store.settings, store.keys, "applier") as book:
        engine = (store if where == "store" else book).state.engine
        with engine.connect() as con:
            used = con.exec_driver_sql("PRAGMA page_count").scalar_one()

    def full(connection: object, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {used + pages}")  # type: ignore[attr-defined]

    event.listen(engine, "checkout", full)
    engine.dispose()
    with pytest.raises(TagwrightError, match=r"cannot be used|stayed locked"):
        apply(plan.id, store, clock=clock())
    event.remove(engine, "checkout", full)
    engine.dispose()
    later = clock(NOW + dt.timedelta(seconds=61))
    assert apply(plan.id, store, clock=later).state == "applied"
    assert len(aws.writes) == len(set(aws.writes)) == 8
    assert [item.state for item in store.get(plan.id).items] == ["applied"] * 8
    assert audit(store).faults == []
