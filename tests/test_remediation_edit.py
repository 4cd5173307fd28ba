"""An edit is another plan: it supersedes, and who edited asked for it."""

from __future__ import annotations

from typing import Any

import pytest

from plans import ALICE, BOB, NOW, approval_of, approved, change, decide, plan_of
from tagwright.api import ApprovalError, MisuseError
from tagwright.remediation import PlanStore
from tagwright.remediation.edit import edit


def test_an_edit_supersedes_and_needs_somebody_else(store: PlanStore) -> None:
    expected = {"names": {"x": "y"}, "coverage": [{"key": "team"}]}
    old = store.save(plan_of(change(1), change(2), change(3), expected=expected), NOW).plan
    new = edit(store, old.id, ALICE, drop=[2], values={3: "search"}, now=NOW)
    assert [(item.arn[-1], item.after) for item in new.plan.items] == [
        ("1", "ads"),
        ("3", "search"),
    ]
    assert new.plan.items[1].evidence == ("alice says so; proposed was ads",)
    assert (new.plan.proposed_by, new.plan.expected) == ("alice", {"names": {"x": "y"}})
    assert store.get(old.id).state == "superseded"
    with pytest.raises(ApprovalError, match="superseded"):
        decide(store, old, BOB, "approve")
    with pytest.raises(ApprovalError, match="four eyes"):
        decide(store, new.plan, ALICE, "approve")
    decide(store, new.plan, BOB, "approve")
    assert approval_of(store, new.plan.id, NOW).digest == new.digest


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "Nothing is edited"),
        ({"drop": [3]}, "changes 1 to 2, not 3"),
        ({"drop": [1, 2]}, "at least one change"),
        ({"values": {0: "x"}}, "not 0"),
        ({"values": {1: "a\nb"}}, "does not allow"),
        ({"drop": [1], "values": {1: "x"}}, "both left out"),
    ],
)
def test_edits_that_cannot_be(arguments: dict[str, Any], words: str, store: PlanStore) -> None:
    store.save(plan_of(change(1), change(2)), NOW)
    with pytest.raises(MisuseError, match=words):
        edit(store, "plan-1", ALICE, now=NOW, **arguments)
    assert [found.state for found in store.list()] == ["proposed"]


def test_a_decided_plan_is_not_edited_and_leaves_no_second_one(store: PlanStore) -> None:
    approved(store, plan_of(change(1)))
    with pytest.raises(ApprovalError, match="approved by alice already"):
        edit(store, "plan-1", BOB, values={1: "x"}, now=NOW)
    assert len(store.list()) == 1
