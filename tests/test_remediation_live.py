"""Live tags are held against what the journal says was written last."""

from __future__ import annotations

import pytest

from fake_tagging import FakeTagging
from plans import approved, arn, change, clock, plan_of
from tagwright.remediation import PlanStore
from tagwright.remediation.apply import apply
from tagwright.remediation.live import live_faults
from tagwright.remediation.undo import rollback


def looked(store: PlanStore) -> tuple[list[str], list[str]]:
    return live_faults(store, store.state.journal(), lambda _: None)


def test_what_was_written_is_there(aws: FakeTagging, store: PlanStore) -> None:
    assert looked(store) == ([], [])
    assert aws.calls == []  # nothing was written: nothing is asked
    apply(approved(store, plan_of(change(1), change(2))).id, store, clock=clock())
    assert looked(store) == ([], [])


@pytest.mark.parametrize(("now", "shown"), [("theirs", "'theirs'"), (None, "absent")])
def test_what_somebody_changed_since_is_said(
    now: str | None, shown: str, aws: FakeTagging, store: PlanStore
) -> None:
    apply(approved(store, plan_of(change(1), change(2))).id, store, clock=clock())
    aws.tags[arn(2)] = {} if now is None else {"team": now}
    assert looked(store)[0] == [
        f"{arn(2)} has team {shown}; the journal says that plan plan-1 made it 'ads'"
    ]


def test_the_last_one_counts_and_what_was_undone_is_as_before(
    aws: FakeTagging, store: PlanStore
) -> None:
    apply(approved(store, plan_of(change(1), change(2))).id, store, clock=clock())
    second = plan_of(change(1, before="ads", after="search"), plan_id="plan-2")
    apply(approved(store, second).id, store, clock=clock())
    aws.tags[arn(2)]["team"] = "theirs"
    assert len(looked(store)[0]) == 1
    rollback("plan-1", store, "bob", clock=clock())
    rollback("plan-2", store, "bob", clock=clock())
    # Of the first nothing was ours any more; the second is back at what it found.
    assert looked(store) == ([], [])
    aws.tags[arn(1)] = {}
    assert "made it 'ads'" in looked(store)[0][0]


def test_what_cannot_be_read_is_said_and_is_no_fault(aws: FakeTagging, store: PlanStore) -> None:
    apply(approved(store, plan_of(change(1))).id, store, clock=clock())
    aws.account = "999999999999"
    assert looked(store) == ([], ["account 123456789012: the credentials are for 999999999999"])
