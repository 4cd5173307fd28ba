"""What goes into one call, and what the live tags make of a change."""

from __future__ import annotations

import pytest

from fake_tagging import ACCOUNT
from plans import change, plan_of
from tagwright.remediation import PlanItem
from tagwright.remediation.steps import batches, by_place, drift_of

EKS = f"arn:aws:eks:us-east-1:{ACCOUNT}:cluster"


def sizes(*items: PlanItem) -> list[tuple[int, int]]:
    """Resources and tags of each call."""
    made = batches(plan_of(*items), range(len(items)))
    return [(len(batch.positions), len(batch.tags) + len(batch.keys)) for batch in made]


def test_calls_hold_twenty_resources_and_fifty_tags() -> None:
    assert sizes(*(change(n) for n in range(45))) == [(20, 1), (20, 1), (5, 1)]
    assert sizes(*(change(1, key=f"k{n}") for n in range(60))) == [(1, 50), (1, 10)]
    assert sizes(*(change(1, key=f"k{n}", before="x", after=None) for n in range(60))) == [
        (1, 50), (1, 10),
    ]  # fmt: skip


def test_native_apis_take_one_resource_a_call() -> None:
    assert sizes(*(change(n, arn=f"{EKS}/{n}") for n in range(3))) == [(1, 1)] * 3


def test_writing_and_removing_are_calls_of_their_own() -> None:
    removed = change(1, key="old", before="x", after=None)
    assert sizes(change(1), removed, change(2)) == [(2, 1), (1, 1)]


def test_items_are_parted_by_account_region_and_api() -> None:
    items = (
        change(1),
        change(2, account="210987654321"),
        change(3, region="eu-west-1"),
        change(4, arn=f"{EKS}/a"),
        change(5),
    )
    shared = "resourcegroupstaggingapi"
    assert by_place(items, range(5)) == {
        (ACCOUNT, "us-east-1", shared): [0, 4],
        ("210987654321", "us-east-1", shared): [1],
        (ACCOUNT, "eu-west-1", shared): [2],
        (ACCOUNT, "us-east-1", "eks"): [3],
    }


@pytest.mark.parametrize(
    ("live", "ours", "state"),
    [
        ({}, False, None),
        ({}, True, None),  # what may have been written was not
        ({"team": "ads"}, False, "already"),
        ({"team": "ads"}, True, "applied"),
        ({"team": ""}, False, "drift"),  # empty is not absent
        ({"team": "theirs"}, True, "drift"),
        ({"aws:cloudformation:stack-id": "s"}, False, "refused"),
    ],
)
def test_what_live_tags_make_of_a_change(
    live: dict[str, str], ours: bool, state: str | None
) -> None:
    found = drift_of(change(1), live, ours=ours)
    assert (found[0] if found else None) == state
