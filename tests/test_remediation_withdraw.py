"""An approval can be taken back whatever was done to the store, and what is signed is said."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from plans import ALICE, BOB, NOW, change, clock, plan_of, plan_store
from tagwright.errors import ApprovalError, TagwrightError
from tagwright.people import Principal
from tagwright.remediation import PlanStore
from tagwright.remediation.apply import apply
from tagwright.remediation.approver import Approver
from tagwright.remediation.audit import plan_faults

FORGED = """INSERT INTO decisions
    SELECT id, digest, 'approve', 'mallory', 'cli', created_at, '' FROM plans"""
UNWRITABLE = """CREATE TRIGGER stop BEFORE INSERT ON journal
    WHEN new.event IN ('approved', 'withdrawn') BEGIN SELECT RAISE(ABORT, 'no'); END"""


def sql(home: Path, text: str) -> None:
    with sqlite3.connect(home / "state.sqlite3") as con:
        con.execute(text)
    con.close()


def proposed(store: PlanStore) -> str:
    plan = plan_of(change(1))
    store.save(plan, NOW)
    return plan.digest


def test_a_forged_row_keeps_nothing_that_is_signed_from_being_copied(home: Path) -> None:
    with plan_store(home) as store, Approver.open(store) as approver:
        digest = proposed(store)
        sql(home, FORGED)
        approver.decide("plan-1", digest, ALICE, "approve", now=NOW)
        assert store.get("plan-1").state == "approved"
        (fault,) = plan_faults(store, store.state.journal())
        assert "approved by mallory in the store; the journal says otherwise" in fault
        assert approver.withdraw("plan-1", ALICE, now=NOW).state == "withdrawn"


def test_what_is_signed_and_not_copied_is_said_and_counts(home: Path) -> None:
    with plan_store(home) as store, Approver.open(store) as approver:
        digest = proposed(store)
        sql(home, UNWRITABLE)
        with pytest.raises(ApprovalError) as caught:
            approver.decide("plan-1", digest, ALICE, "approve", now=NOW)
        assert caught.value.message.startswith(
            "Plan plan-1 is approved: that is signed and counts, though it could not be copied"
        )
        assert caught.value.hint.endswith("To take it back: tagwright withdraw plan-1.")
        assert store.get("plan-1").state == "proposed"
        sql(home, "DROP TRIGGER stop")
        approver.withdraw("plan-1", BOB, now=NOW)
        assert store.get("plan-1").state == "withdrawn"


@pytest.mark.parametrize("meddling", [UNWRITABLE, "DELETE FROM plan_items", "DELETE FROM plans"])
def test_who_approved_takes_it_back_whatever_the_store_is_like(meddling: str, home: Path) -> None:
    with plan_store(home) as store, Approver.open(store) as approver:
        approver.decide("plan-1", proposed(store), ALICE, "approve", now=NOW)
        sql(home, meddling)
        with pytest.raises(TagwrightError):  # it says what is wrong with the store
            approver.withdraw("plan-1", ALICE, now=NOW)
        assert approver.word("plan-1").withdrawal is not None
        if meddling is UNWRITABLE:
            sql(home, "DROP TRIGGER stop")
            with pytest.raises(ApprovalError, match="withdrawn"):
                apply("plan-1", store, clock=clock())


def test_a_stranger_takes_nothing_back(home: Path) -> None:
    with plan_store(home) as store, Approver.open(store) as approver:
        approver.decide("plan-1", proposed(store), ALICE, "approve", now=NOW)
        with pytest.raises(ApprovalError, match="was not withdrawn"):
            approver.withdraw("plan-1", Principal("eve", "cli", "eve"), now=NOW)
        assert approver.word("plan-1").withdrawal is None
