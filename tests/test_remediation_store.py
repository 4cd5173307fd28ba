"""Approvals: bound to a digest, given by who may, once, in time; mintable by nobody else."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
import re
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans import (
    ALICE,
    BOB,
    MALLORY,
    NOW,
    approval_of,
    approved,
    change,
    decide,
    plan_of,
    plan_store,
)
from tagwright.api import ApprovalError, MisuseError, UnknownNameError
from tagwright.people import Principal, parse_people
from tagwright.remediation import Approval, Plan, PlanItem, approver
from tagwright.remediation.limits import fault_of_tag
from tagwright.remediation.rows import insert_plan
from tagwright.state import verify
from tagwright.state.tables import plans


@pytest.fixture
def home(home: Path, database: str) -> Path:
    """Each test that has a home runs on SQLite and on PostgreSQL."""
    return home


def test_an_approval_is_bound_to_who_what_and_when(home: Path) -> None:
    with plan_store(home) as store:
        plan = approved(store, plan_of(change(1)))
        approval = approval_of(store, plan.id, NOW)
    assert (approval.by, approval.channel, approval.digest) == ("alice", "cli", plan.digest)
    assert approval.expires_at == plan.expires_at


@pytest.mark.parametrize(
    ("digest", "who", "hours", "words"),
    [
        ("sha256:other", ALICE, 0, "not the one that was shown"),
        (None, MALLORY, 0, "four eyes"),
        (None, Principal("mallory", "chat", "mallory"), 0, "four eyes"),
        (None, Principal("", "slack", "T1/U9"), 0, "slack:T1/U9 is nobody in people.yaml"),
        (None, Principal("", "mcp"), 0, "mcp:nobody is nobody in people.yaml"),
        (None, Principal("ALICE", "cli", "ALICE"), 0, "ALICE is nobody in people.yaml"),
        (None, ALICE, 72, "expired"),
    ],
)
def test_approvals_that_are_refused(
    digest: str | None, who: Principal, hours: int, words: str, home: Path
) -> None:
    with plan_store(home) as store:
        plan = plan_of(change(1))
        store.save(plan, NOW)
        moment = NOW + dt.timedelta(hours=hours)
        with pytest.raises(ApprovalError, match=words):
            decide(store, plan, who, "approve", moment, digest or "")
        with pytest.raises(ApprovalError):
            approval_of(store, plan.id, NOW)
        assert store.get(plan.id).state == "proposed"


def test_the_second_decision_is_told_who_decided(home: Path) -> None:
    with plan_store(home) as store:
        plan = approved(store, plan_of(change(1)))
        with pytest.raises(ApprovalError, match="approved by alice already"):
            decide(store, plan, BOB, "reject")


def test_of_many_at_once_one_wins(home: Path) -> None:
    with plan_store(home) as store:
        plan = plan_of(change(1))
        store.save(plan, NOW)
        outcomes: list[str] = []

        def decide_too(who: Principal) -> None:
            try:
                decide(store, plan, who, "approve")
                outcomes.append("won")
            except ApprovalError:
                outcomes.append("lost")

        threads = [threading.Thread(target=decide_too, args=(who,)) for who in (ALICE, BOB) * 3]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["lost"] * 5 + ["won"]
        assert [e.event for e in store.state.journal()].count("approved") == 1


def test_a_rejected_and_a_superseded_plan_have_no_approval(home: Path) -> None:
    with plan_store(home) as store:
        plan = plan_of(change(1))
        store.save(plan, NOW)
        decide(store, plan, ALICE, "reject")
        old = plan_of(change(2), plan_id="plan-2")
        store.save(old, NOW)
        store.supersede(old.id, plan_of(change(2, after="search"), plan_id="plan-3"), NOW)
        with pytest.raises(ApprovalError, match="superseded"):
            decide(store, old, ALICE, "approve")
        for plan_id in ("plan-1", "plan-2", "plan-3"):
            with pytest.raises(ApprovalError):
                approval_of(store, plan_id, NOW)


def test_who_may_is_judged_again_when_applying(home: Path) -> None:
    with plan_store(home) as store:
        plan = approved(store, plan_of(change(1)))
        store.people = parse_people("people: {alice: {cli: [alice], may: [ask]}}")
        with pytest.raises(ApprovalError, match="may not be applied"):
            approval_of(store, plan.id, NOW)


@pytest.mark.parametrize(("resources", "allowed"), [(2, True), (3, False)])
def test_an_approver_covers_so_many_resources(resources: int, allowed: bool, home: Path) -> None:
    people = parse_people("people: {alice: {may: [approve], approves: {resources: 2}}}")
    with plan_store(home, people) as store:
        plan = plan_of(*(change(n) for n in range(resources)))
        store.save(plan, NOW)
        if allowed:
            decide(store, plan, ALICE, "approve")
        else:
            with pytest.raises(ApprovalError, match="touches 3 resources, they approve 2"):
                decide(store, plan, ALICE, "approve")


def test_a_plan_changed_in_the_database_is_worth_nothing(home: Path) -> None:
    with plan_store(home) as store:
        plan = approved(store, plan_of(change(1)))
        edited = plan_of(change(1, after="evil")).canonical().decode()
        with store.state.engine.begin() as con:
            con.execute(plans.update().values(body=edited))
        assert not store.get(plan.id).intact
        with pytest.raises(ApprovalError, match="changed after it was stored"):
            approval_of(store, plan.id, NOW)
        # Even with its digest rewritten it is not what was approved.
        with store.state.engine.begin() as con:
            con.execute(plans.update().values(digest=Plan.from_json(edited).digest))
        with pytest.raises(ApprovalError, match="not what it says now"):
            approval_of(store, plan.id, NOW)


def test_an_approval_cannot_be_made_copied_or_changed(home: Path) -> None:
    with pytest.raises(ApprovalError):
        Approval()
    with pytest.raises(ApprovalError):
        Approval(object(), plan_id="plan-1", digest="x")
    with pytest.raises(ApprovalError):
        type("Mine", (Approval,), {})
    with plan_store(home) as store:
        approval = approval_of(store, approved(store, plan_of(change(1))).id, NOW)
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(ApprovalError):
            attempt(approval)
    with pytest.raises(ApprovalError):
        approval.digest = "other"
    with pytest.raises(ApprovalError):
        del approval.expires_at


def test_only_a_mandate_mints() -> None:
    """A search of the source: nobody else names the mint."""
    root = Path(__file__).resolve().parents[1]
    named = {
        path.relative_to(root).as_posix()
        for room in ("tools", "agent", "mcp_server", "evals")
        for path in (root / room).rglob("*.py")
        if re.search(r"\b_(?:mint|MINT)\b", path.read_text(encoding="utf-8"))
    }
    assert named == {
        "tools/tagwright/remediation/approval.py",
        "tools/tagwright/remediation/mandate.py",
    }


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (change(1, key="aws:x"), "AWS's own"),
        (change(1, key=""), "0 characters"),
        (change(1, key="k" * 129), "129 characters"),
        (change(1, after="v" * 257), "257 characters"),
        (change(1, after="a\u202eb"), "does not allow"),
        (change(1, after="a\nb"), "does not allow"),
        (change(1, after="=cmd|' /C calc'!A0"), "does not allow"),
        (change(1, arn="i-0abc"), "not the ARN"),
        (change(1, account="999999999999"), "belongs to account"),
        (change(1, region="eu-west-1"), "is in us-east-1"),
        (change(1, before="ads"), "already"),
    ],
)
def test_what_aws_would_refuse_is_never_stored(item: PlanItem, words: str, home: Path) -> None:
    with plan_store(home) as store:
        with pytest.raises(MisuseError, match=words):
            store.save(plan_of(item), NOW)
        assert store.list() == []


def test_a_plan_needs_changes_and_each_once(home: Path) -> None:
    with plan_store(home) as store:
        with pytest.raises(MisuseError, match="at least one"):
            store.save(plan_of(), NOW)
        with pytest.raises(MisuseError, match="twice"):
            store.save(plan_of(change(1), change(1, after="search")), NOW)


def test_unknown_plans_name_the_nearest(home: Path) -> None:
    with plan_store(home) as store:
        store.save(plan_of(change(1), plan_id="plan-20261123-aa"), NOW)
        with pytest.raises(UnknownNameError, match="plan-20261123-aa"):
            store.get("plan-20261123-ab")


def test_time_runs_out(home: Path) -> None:
    late = NOW + dt.timedelta(days=4)
    with plan_store(home) as store:
        plan = approved(store, plan_of(change(1)))
        assert store.get(plan.id, late).state == "expired"
        with pytest.raises(ApprovalError, match="expired"):
            approval_of(store, plan.id, late)


@given(
    field=st.sampled_from(
        ["id", "proposed_by", "expires_at", "arn", "key", "before", "after", "region"]
    ),
    value=st.text(min_size=1, max_size=8),
)
def test_any_edit_makes_another_digest(field: str, value: str) -> None:
    plan = plan_of(change(1))
    if field in ("id", "proposed_by"):
        edited = plan.model_copy(update={field: value})
    elif field == "expires_at":
        edited = plan.model_copy(update={field: NOW + dt.timedelta(seconds=len(value))})
    else:
        item = plan.items[0].model_copy(update={field: value})
        edited = plan.model_copy(update={"items": (item,)})
    assert (edited.digest == plan.digest) is (edited == plan)


def test_absent_is_not_empty() -> None:
    assert plan_of(change(1, before=None)).digest != plan_of(change(1, before="")).digest


@given(st.text(max_size=300))
def test_tags_are_judged_without_fault(text: str) -> None:
    assert isinstance(fault_of_tag(text, text), str)


def test_the_journal_holds_every_step_and_its_chain(home: Path) -> None:
    with plan_store(home) as store:
        approved(store, plan_of(change(1)))
        entries = store.state.journal()
    assert [entry.event for entry in entries] == ["proposed", "approved"]
    assert verify(entries) == ""
    assert verify(entries[1:]) == "entry 1 is missing"


def test_a_plan_that_somebody_put_into_the_store_is_looked_at_as_one_proposed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(change(1, after="ads\u200b"))
    with plan_store(home) as store:
        with store.state.engine.begin() as con:
            insert_plan(con, plan, "proposed", NOW)
        with pytest.raises(ApprovalError, match=r"Change 1 of the plan: the value holds '.u200b'"):
            decide(store, plan, ALICE, "approve")
        monkeypatch.setattr(approver, "fault_of_plan", lambda _: "")  # an approver of before
        decide(store, plan, ALICE, "approve")
        with pytest.raises(ApprovalError, match="is not applied"):
            approval_of(store, plan.id, NOW)
