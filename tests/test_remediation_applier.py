"""The applier's service: what the queue says is only a hint, and what passes is tried again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from fake_tagging import ACCOUNT, FakeTagging
from plans import ALICE, BOB, NOW, approved, arn, change, clock, plan_of
from tagwright.api import ApprovalError, ProviderError, TagwrightError
from tagwright.people import Principal
from tagwright.remediation import PlanStore, StoredPlan
from tagwright.remediation import applier as module
from tagwright.remediation.applier import new_owner, work_once
from tagwright.remediation.apply import Clock
from tagwright.remediation.approver import Approver
from tagwright.state import jobs


def worked(store: PlanStore, seconds: int = 0) -> list[tuple[str, str, str]]:
    """What comes of all that is due so many seconds later."""
    found = []
    while it := work_once(store, new_owner(), clock(NOW + dt.timedelta(seconds=seconds))):
        found.append((it.kind, it.plan_id, it.plan.state if it.plan else it.why))
    return found


def order(store: PlanStore, who: Principal = BOB, now: dt.datetime = NOW) -> None:
    with Approver.open(store) as approver:
        approver.order_rollback("plan-1", who, now=now)


def test_what_is_approved_is_applied_once(aws: FakeTagging, store: PlanStore) -> None:
    approved(store, plan_of(change(1)))
    store.save(plan_of(change(2), plan_id="plan-2"), NOW)
    assert worked(store) == [("apply", "plan-1", "applied")]
    assert worked(store, 99) == []
    assert aws.tags == {arn(1): {"team": "ads"}}


def test_what_is_ordered_is_rolled_back_once(aws: FakeTagging, store: PlanStore) -> None:
    approved(store, plan_of(change(1)))
    worked(store)
    order(store)
    assert worked(store) == [("undo", "plan-1", "applied")]
    assert aws.tags == {arn(1): {}}
    assert store.get("plan-1").state == "rolled_back"
    with pytest.raises(ApprovalError, match="nothing to undo"):
        order(store)


def test_an_order_is_carried_out_to_its_end_once(aws: FakeTagging, store: PlanStore) -> None:
    approved(store, plan_of(change(1), change(2)))
    worked(store)
    order(store)
    aws.account = "unreachable"
    aws.at = dict.fromkeys(range(len(aws.calls) + 1, len(aws.calls) + 9), "500")
    outcome = work_once(store, new_owner(), clock())
    assert outcome is not None
    assert outcome.again_at is not None
    aws.account, aws.at = ACCOUNT, {}
    aws.unknown = {arn(1)}  # one of the two cannot be put back
    assert worked(store, 40) == [("undo", "plan-1", "partly_applied")]
    aws.unknown = set()
    assert worked(store, 99) == []
    assert worked(store, 200) == [("undo", "plan-1", "applied")]
    assert aws.tags == {arn(1): {}, arn(2): {}}
    # The same order again, put into the queue by whoever has the store.
    jobs.put(store.state, "undo", "again", {"plan": "plan-1", "order": 2}, NOW)
    assert worked(store, 300) == [("undo", "plan-1", "Plan plan-1 is rolled back already.")]


def test_nobody_but_who_may_orders(aws: FakeTagging, store: PlanStore) -> None:
    approved(store, plan_of(change(1)))
    worked(store)
    with pytest.raises(ApprovalError, match="alice may not roll a plan back"):
        order(store, ALICE)


@pytest.mark.parametrize(
    ("kind", "key", "body", "words"),
    [
        ("apply", "plan-9", {}, "Unknown plan"),
        ("apply", "plan-2", {}, "proposed, not approved"),
        ("undo", "x", {"plan": "plan-1", "order": 1}, "Nobody ordered"),
        ("undo", "y", {"plan": "plan-1"}, "Nobody ordered"),
        ("undo", "z", {"plan": "plan-1", "order": "abc"}, "Nobody ordered"),
        ("undo", "z", {"plan": "plan-1", "order": [1]}, "Nobody ordered"),
        ("apply", "../../etc/passwd", {}, "Unknown plan"),
    ],
)
def test_a_job_that_somebody_put_does_nothing(
    kind: str, key: str, body: dict[str, object], words: str, aws: FakeTagging, store: PlanStore
) -> None:
    approved(store, plan_of(change(1)))
    worked(store)
    store.save(plan_of(change(2), plan_id="plan-2"), NOW)
    before = list(aws.writes)
    jobs.put(store.state, kind, key, body, NOW)
    assert words in worked(store)[0][2]
    assert aws.writes == before
    assert worked(store, 100_000) == []  # given up, and the journal says why
    assert "job_failed" in [entry.event for entry in store.state.journal()]


def test_a_fault_of_ours_at_one_plan_stops_no_other(
    aws: FakeTagging, store: PlanStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(store, plan_of(change(1)))
    approved(store, plan_of(change(2), plan_id="plan-2"))
    real = module.apply

    def breaks(plan_id: str, *rest: object, **more: object) -> object:
        if plan_id == "plan-1":
            raise KeyError("a-secret")
        return real(plan_id, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "apply", breaks)
    first, second = worked(store)
    assert first[2].startswith("This is a fault in Tagwright: KeyError at ")
    assert "a-secret" not in first[2]
    assert second == ("apply", "plan-2", "applied")
    for seconds in (40, 120, 400, 100_000):  # four tries in all
        worked(store, seconds)
    assert worked(store, 200_000) == []
    assert aws.tags == {arn(2): {"team": "ads"}}


def test_what_passes_is_tried_again_after_longer_waits(
    aws: FakeTagging, store: PlanStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(store, plan_of(change(1)))
    waits = []
    real = module.apply

    def unreachable(*_: object, **__: object) -> None:
        raise ProviderError("AWS cannot be reached.")

    monkeypatch.setattr(module, "apply", unreachable)
    moment = NOW
    for _ in range(9):
        outcome = work_once(store, new_owner(), clock(moment))
        assert outcome is not None
        assert outcome.again_at is not None
        assert work_once(store, new_owner(), clock(moment)) is None
        waits.append(int((outcome.again_at - moment).total_seconds()))
        moment = outcome.again_at
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    monkeypatch.setattr(module, "apply", real)
    assert work_once(store, new_owner(), clock(moment)) is not None
    assert aws.tags == {arn(1): {"team": "ads"}}


def test_what_was_written_in_part_is_tried_again_and_drift_is_not(
    aws: FakeTagging, store: PlanStore
) -> None:
    aws.tags[arn(2)] = {"team": "theirs"}
    aws.unknown = {arn(1)}
    approved(store, plan_of(change(1), change(2)))
    assert worked(store) == [("apply", "plan-1", "failed")]
    aws.unknown = set()
    assert worked(store, 40) == [("apply", "plan-1", "partly_applied")]
    assert worked(store, 100_000) == []
    assert aws.tags == {arn(1): {"team": "ads"}, arn(2): {"team": "theirs"}}


def test_a_withdrawn_plan_in_the_queue_is_not_written(aws: FakeTagging, store: PlanStore) -> None:
    plan = approved(store, plan_of(change(1)))
    with Approver.open(store) as approver:
        approver.withdraw(plan.id, ALICE, now=NOW)
    assert "withdrawn" in worked(store)[0][2]
    assert aws.writes == []


def test_a_job_that_another_took_over_ends_no_service(
    aws: FakeTagging, store: PlanStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(store, plan_of(change(1)))
    real = module.apply

    def slow(*arguments: Any, **more: Any) -> StoredPlan:
        late = NOW + dt.timedelta(seconds=61)
        assert jobs.take(store.state, "apply", "another", late) is not None
        return real(*arguments, **more)

    monkeypatch.setattr(module, "apply", slow)
    outcome = work_once(store, new_owner(), clock())
    assert outcome is not None
    assert "Another worker took job plan-1 over" in outcome.why
    assert outcome.plan is not None
    assert outcome.plan.state == "applied"


def test_a_job_is_kept_while_aws_makes_it_wait(aws: FakeTagging, store: PlanStore) -> None:
    approved(store, plan_of(change(1)))
    aws.faults = ["throttle"] * 3
    moment, taken = [NOW], []

    def sleep(_: float) -> None:
        moment[0] += dt.timedelta(seconds=40)
        taken.append(jobs.take(store.state, "apply", "another", moment[0]))

    assert work_once(store, new_owner(), Clock(lambda: moment[0], sleep)) is not None
    assert len(taken) > 1
    assert set(taken) == {None}


def test_an_approved_plan_waits_while_the_journal_does_not_verify(
    aws: FakeTagging, store: PlanStore
) -> None:
    approved(store, plan_of(change(1)))
    seen = store.anchor.path.read_text()
    store.anchor.path.write_text('{"seq": 99, "hash": ""}')
    assert "does not verify" in worked(store)[0][2]
    store.anchor.path.write_text(seen)
    assert worked(store, 40) == [("apply", "plan-1", "applied")]


def test_a_store_that_was_away_in_the_middle_is_tried_again(
    aws: FakeTagging, store: PlanStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(store, plan_of(change(1)))

    def cut(*_: object, **__: object) -> None:
        raise TagwrightError("The state store on this host cannot be used.")

    with monkeypatch.context() as patch:
        patch.setattr(module, "apply", cut)
        assert "cannot be used" in worked(store)[0][2]
    assert worked(store, 40) == [("apply", "plan-1", "applied")]
