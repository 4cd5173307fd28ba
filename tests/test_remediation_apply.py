"""Applying: only what was approved, at most once, verified; faults, drift, crashes, rollback."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fake_tagging import ACCOUNT, FakeTagging
from plans import (
    ALICE,
    NOW,
    approval_of,
    approved,
    arn,
    change,
    clock,
    decide,
    plan_of,
)
from tagwright.api import ApprovalError, BusyError, ProviderError
from tagwright.remediation import Approval, PlanStore
from tagwright.remediation.apply import apply
from tagwright.remediation.execution import Execution
from tagwright.remediation.permissions import ACTIONS, iam_policy
from tagwright.remediation.undo import rollback
from tagwright.remediation.writers import Access, Door


def states(store: PlanStore, plan_id: str = "plan-1") -> list[str]:
    return [item.state for item in store.get(plan_id).items]


def test_an_approved_plan_is_written_and_read_back(aws: FakeTagging, store: PlanStore) -> None:
    aws.tags[arn(1)] = {"team": "old", "keep": "me"}
    plan = plan_of(change(1, before="old"), change(2), change(2, key="product", after="recs"))
    done = apply(approved(store, plan).id, store, clock=clock())
    assert done.state == "applied"
    assert aws.tags == {
        arn(1): {"team": "ads", "keep": "me"},
        arn(2): {"team": "ads", "product": "recs"},
    }
    events = [entry.event for entry in store.state.journal()]
    assert events == ["proposed", "approved", "claimed", "intent", "intent", "outcome", "finished"]


@pytest.mark.parametrize("state", ["proposed", "rejected"])
def test_nothing_is_written_without_an_approval(
    state: str, aws: FakeTagging, store: PlanStore
) -> None:
    plan = plan_of(change(1))
    store.save(plan, NOW)
    if state == "rejected":
        decide(store, plan, ALICE, "reject")
    with pytest.raises(ApprovalError):
        apply(plan.id, store, clock=clock())
    assert aws.calls == []


def test_nothing_is_written_after_the_approval_ran_out(aws: FakeTagging, store: PlanStore) -> None:
    plan = approved(store, plan_of(change(1)))
    with pytest.raises(ApprovalError, match="expired"):
        apply(plan.id, store, clock=clock(NOW + dt.timedelta(hours=72)))
    assert aws.writes == []


def test_the_writer_demands_an_approval_of_that_plan(aws: FakeTagging, store: PlanStore) -> None:
    plan, other = plan_of(change(1)), plan_of(change(2), plan_id="plan-2")
    approval = approval_of(store, approved(store, plan).id, NOW)

    class Forged:
        plan_id, digest, expires_at = plan.id, plan.digest, plan.expires_at

    where, access = (ACCOUNT, "us-east-1", "resourcegroupstaggingapi"), Access("us-east-1", "", "")
    for wrong, of in ((None, plan), (Forged(), plan), (approval, other)):
        with pytest.raises(ApprovalError):
            Door(wrong, of, where, access, clock().now)  # type: ignore[arg-type]
    writer = Door(approval, plan, where, access, clock().now)
    for arns, tags in (
        ([arn(2)], {"team": "ads"}),
        ([arn(1)], {"team": "evil"}),
        ([arn(1)], {"team": "ads", "owner": "me"}),
        ([arn(1), arn(2)], {"team": "ads"}),
    ):
        with pytest.raises(ApprovalError, match="not in the approved plan"):
            writer.change(arns, tags, ())
    with pytest.raises(ApprovalError):
        writer.change([arn(1)], {}, ["team"])
    assert aws.writes == []
    assert type(approval) is Approval


def test_drift_is_left_alone(aws: FakeTagging, store: PlanStore) -> None:
    aws.tags = {arn(1): {"team": "theirs"}, arn(2): {"team": ""}, arn(3): {"team": "ads"}}
    plan = plan_of(change(1), change(2), change(3), change(4))
    done = apply(approved(store, plan).id, store, clock=clock())
    assert states(store) == ["drift", "drift", "already", "applied"]
    assert done.state == "partly_applied"
    assert aws.writes == [(arn(4), "team", "ads")]
    assert "'theirs' now, not absent" in done.items[0].detail
    assert "'' now, not absent" in done.items[1].detail


def test_every_page_of_live_tags_is_read(aws: FakeTagging, store: PlanStore) -> None:
    """A resource on a page that is not read would look untagged, and be overwritten."""
    aws.page = 2
    aws.tags = {arn(n): {"team": "theirs"} for n in range(7)}
    apply(approved(store, plan_of(*(change(n) for n in range(8)))).id, store, clock=clock())
    assert states(store) == ["drift"] * 7 + ["applied"]
    assert aws.writes == [(arn(7), "team", "ads")]


def test_cloudformation_and_full_resources_are_refused(aws: FakeTagging, store: PlanStore) -> None:
    aws.tags = {
        arn(1): {"aws:cloudformation:stack-id": "arn:aws:cloudformation:x:stack/s"},
        arn(2): {f"k{n}": "v" for n in range(50)},
        arn(3): {f"k{n}": "v" for n in range(49)} | {"aws:autoscaling:groupName": "g"},
    }
    done = apply(approved(store, plan_of(change(1), change(2), change(3))).id, store, clock=clock())
    assert states(store) == ["refused", "refused", "applied"]
    assert "CloudFormation" in done.items[0].detail
    assert "50 tags" in done.items[1].detail


def test_calls_hold_at_most_twenty_resources(aws: FakeTagging, store: PlanStore) -> None:
    plan = plan_of(*(change(n) for n in range(45)))
    apply(approved(store, plan).id, store, clock=clock())
    assert aws.calls.count("TagResources") == 3
    assert states(store) == ["applied"] * 45
    assert len(aws.writes) == 45


@pytest.mark.parametrize("fault", ["throttle", "500", "reset", "lost", "internal"])
def test_a_passing_fault_is_overcome_and_nothing_is_written_twice(
    fault: str, aws: FakeTagging, store: PlanStore
) -> None:
    aws.faults = [fault]
    plan = plan_of(change(1), change(2))
    assert apply(approved(store, plan).id, store, clock=clock()).state == "applied"
    assert sorted(aws.writes) == [(arn(1), "team", "ads"), (arn(2), "team", "ads")]


@pytest.mark.parametrize(
    ("fault", "state"),
    [("throttle", "failed"), ("internal", "unsupported"), ("reset", "unverified")],
)
def test_a_lasting_fault_is_given_up_and_said(
    fault: str, state: str, aws: FakeTagging, store: PlanStore
) -> None:
    aws.faults = [fault] * 20
    done = apply(approved(store, plan_of(change(1))).id, store, clock=clock())
    assert done.state == ("partly_applied" if state == "unverified" else "failed")
    assert done.items[0].state == state
    assert "gave up after 6 tries" in done.items[0].detail
    assert aws.writes == []


def test_one_resource_fails_and_the_others_do_not(aws: FakeTagging, store: PlanStore) -> None:
    aws.unknown = {arn(2)}
    done = apply(approved(store, plan_of(change(1), change(2), change(3))).id, store, clock=clock())
    assert states(store) == ["applied", "failed", "applied"]
    assert "no such resource" in done.items[1].detail
    # Later it exists: the same approval still covers what is left, and only that.
    aws.unknown = set()
    assert apply("plan-1", store, clock=clock()).state == "applied"
    assert sorted(aws.writes) == [(arn(n), "team", "ads") for n in (1, 2, 3)]


def test_aws_may_take_a_moment_to_show_it(aws: FakeTagging, store: PlanStore) -> None:
    plan = approved(store, plan_of(change(1)))
    aws.lag = 0
    original = aws._change

    def lagging(*arguments: object) -> object:
        reply = original(*arguments)  # type: ignore[arg-type]
        aws.lag = 2
        return reply

    aws._change = lagging  # type: ignore[assignment,method-assign]
    assert apply(plan.id, store, clock=clock()).state == "applied"
    assert aws.calls.count("TagResources") == 1


def test_what_never_shows_is_unverified_not_applied(aws: FakeTagging, store: PlanStore) -> None:
    plan = approved(store, plan_of(change(1)))
    aws._change = lambda *_: (200, {"FailedResourcesMap": {}})  # type: ignore[method-assign]
    done = apply(plan.id, store, clock=clock())
    assert done.items[0].state == "unverified"
    assert "reading back shows another value" in done.items[0].detail


def test_credentials_of_another_account(aws: FakeTagging, store: PlanStore) -> None:
    aws.account = "999999999999"
    done = apply(approved(store, plan_of(change(1))).id, store, clock=clock())
    assert done.items[0].state == "failed"
    assert f"for account 999999999999, not {ACCOUNT}" in done.items[0].detail
    assert aws.writes == []


def test_no_credentials_and_no_network(
    store: PlanStore, aws_env: pytest.MonkeyPatch, aws: FakeTagging
) -> None:
    plan = approved(store, plan_of(change(1)))
    aws_env.delenv("AWS_ACCESS_KEY_ID")
    aws_env.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(ProviderError, match="no AWS credentials"):
        apply(plan.id, store, clock=clock())
    assert store.get(plan.id).state == "approved"  # nothing was tried: it can be applied later
    aws_env.setenv("AWS_ACCESS_KEY_ID", "x")
    aws_env.setenv("AWS_SECRET_ACCESS_KEY", "x")
    aws_env.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(ProviderError, match="cannot be reached"):
        apply(plan.id, store, clock=clock())
    assert store.get(plan.id).state == "approved"
    aws_env.setenv("AWS_ENDPOINT_URL", aws.url)
    assert apply(plan.id, store, clock=clock()).state == "applied"


def test_an_applied_plan_is_not_applied_again(aws: FakeTagging, store: PlanStore) -> None:
    apply(approved(store, plan_of(change(1))).id, store, clock=clock())
    with pytest.raises(ApprovalError, match="applied already"):
        apply("plan-1", store, clock=clock())
    assert len(aws.writes) == 1


# --- two appliers, crashes --------------------------------------------------------------------


def test_of_two_appliers_one_waits(aws: FakeTagging, store: PlanStore) -> None:
    plan = approved(store, plan_of(change(1)))
    Execution.claim(store, plan.id, clock().now)
    with pytest.raises(BusyError, match="being applied by another process"):
        apply(plan.id, store, clock=clock())
    # A minute without a sign of life, and the plan is taken over.
    later = NOW + dt.timedelta(seconds=61)
    assert apply(plan.id, store, clock=clock(later)).state == "applied"
    assert "taken_over" in [entry.event for entry in store.state.journal()]


def test_who_lost_the_plan_writes_nothing_more(aws: FakeTagging, store: PlanStore) -> None:
    plan = approved(store, plan_of(change(1)))
    first = Execution.claim(store, plan.id, clock().now)
    Execution.claim(store, plan.id, clock(NOW + dt.timedelta(seconds=61)).now)
    with pytest.raises(BusyError, match="took plan plan-1 over"):
        first.intent([0], {})


KILLED_AT = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from plans import NOW, plan_store
from tagwright.remediation import apply as module
from tagwright.remediation.apply import Clock
from tagwright.remediation.execution import Execution
from tagwright.remediation.writers import Access, Door

def stop(*_):
    print("there", flush=True)
    time.sleep(60)

real = Door.change
def after(self, *arguments):
    reply = real(self, *arguments)
    stop()
    return reply

if {place!r} == "claimed": Access.account = stop
if {place!r} == "intent": Door.change = stop
if {place!r} == "written": Door.change = after
if {place!r} == "verified": Execution.finish = stop
with plan_store(Path({home!r})) as store:
    module.apply("plan-1", store, clock=Clock(now=lambda: NOW))
"""


@pytest.mark.slow  # a process a case, to be killed for real
@pytest.mark.parametrize("place", ["claimed", "intent", "written", "verified"])
def test_kill_9_and_again(place: str, aws: FakeTagging, store: PlanStore, home: Path) -> None:
    approved(store, plan_of(change(1), change(2)))
    code = KILLED_AT.format(tests=str(Path(__file__).parent), place=place, home=str(home))
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "there\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert apply("plan-1", store, clock=clock()).state == "applied"
    assert sorted(aws.writes) == [(arn(1), "team", "ads"), (arn(2), "team", "ads")]
    # After a crash an item that was found written is ours, and is undone as ours.
    assert states(store) == ["applied", "applied"]
    rollback("plan-1", store, "bob", clock=clock())
    assert aws.tags[arn(1)] == {}


# --- rollback -----------------------------------------------------------------------------------


def test_rollback_restores_exactly(aws: FakeTagging, store: PlanStore) -> None:
    before = {arn(1): {"team": "old"}, arn(2): {"team": ""}, arn(4): {"team": "ads"}}
    aws.tags = {key: dict(tags) for key, tags in before.items()}
    plan = plan_of(change(1, before="old"), change(2, before=""), change(3), change(4))
    apply(approved(store, plan).id, store, clock=clock())
    assert rollback("plan-1", store, "bob", clock=clock()).state == "applied"
    # Absent again is not empty; what was so before is not ours and stays.
    assert aws.tags == {**before, arn(3): {}}
    assert store.get("plan-1").state == "rolled_back"
    with pytest.raises(ApprovalError, match="rolled back already"):
        rollback("plan-1", store, "bob", clock=clock())


def test_rollback_leaves_what_others_changed_since(aws: FakeTagging, store: PlanStore) -> None:
    apply(approved(store, plan_of(change(1), change(2))).id, store, clock=clock())
    aws.tags[arn(1)]["team"] = "theirs"
    done = rollback("plan-1", store, "bob", clock=clock())
    assert [item.state for item in done.items] == ["drift", "applied"]
    assert aws.tags == {arn(1): {"team": "theirs"}, arn(2): {}}


def test_what_was_written_can_be_undone_at_any_time(aws: FakeTagging, store: PlanStore) -> None:
    apply(approved(store, plan_of(change(1))).id, store, clock=clock())
    late = clock(NOW + dt.timedelta(days=400))
    assert rollback("plan-1", store, "bob", clock=late).state == "applied"
    assert aws.tags == {arn(1): {}}


def test_an_undo_is_made_from_the_appliers_own_book(aws: FakeTagging, store: PlanStore) -> None:
    """Whoever has the state store can make nothing else be written, nor keep anything."""
    apply(approved(store, plan_of(change(1))).id, store, clock=clock())
    evil = plan_of(change(1, before="evil"), change(2, before="evil")).canonical().decode()
    with store.state.engine.begin() as con:
        con.exec_driver_sql("UPDATE plans SET body = ?", (evil,))
        con.exec_driver_sql("UPDATE plan_items SET state = 'applied'")
    assert rollback("plan-1", store, "bob", clock=clock()).state == "applied"
    assert aws.tags == {arn(1): {}}


def test_a_rollback_is_no_plan_to_apply(aws: FakeTagging, store: PlanStore) -> None:
    apply(approved(store, plan_of(change(1))).id, store, clock=clock())
    forged = plan_of(change(2), plan_id="undo-1", kind="rollback", parent_id="plan-1")
    store.save(forged, NOW)
    with pytest.raises(ApprovalError, match="is a rollback"):
        apply("undo-1", store, clock=clock())
    assert len(aws.writes) == 1


def test_nothing_to_undo(aws: FakeTagging, store: PlanStore) -> None:
    approved(store, plan_of(change(1)))
    with pytest.raises(ApprovalError, match="nothing to undo"):
        rollback("plan-1", store, "bob", clock=clock())


# --- permissions --------------------------------------------------------------------------------


def test_the_policy_holds_what_is_called_and_no_wildcards(
    aws: FakeTagging, store: PlanStore
) -> None:
    plan = plan_of(change(1))
    apply(approved(store, plan).id, store, clock=clock())
    rollback(plan.id, store, "bob", clock=clock())
    declared = {name for names in ACTIONS.values() for name in names}
    of_sts = "GetCallerIdentity"
    assert {f"{'sts' if name == of_sts else 'tag'}:{name}" for name in aws.calls} <= declared
    statements = iam_policy()["Statement"]
    listed = [action for statement in statements for action in statement["Action"]]
    assert sorted(listed) == sorted(name for names in ACTIONS.values() for name in names)
    assert not [action for action in listed if "*" in action]
